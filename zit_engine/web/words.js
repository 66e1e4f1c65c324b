// Help with the words: refine and undo, trades with examples, the form that writes. No outside host.
window.zitWords = (() => {
  const language = () => zit.language();
  const prompt = () => document.querySelector('#prompt textarea');
  const stored = () => { try { return localStorage.getItem('zit-trade') || ''; } catch { return ''; } };
  const store = id => { try { localStorage.setItem('zit-trade', id); } catch { /* private mode */ } };

  // The trade somebody chose, here or in the form; '' until then. Both parts follow it.
  let trade = stored();
  let data = {};
  const followers = [];
  function choose(id) {
    trade = id;
    store(id);
    followers.forEach(follow => follow());
  }

  function bilingual(pair, className) {
    const b = document.createElement('button');
    b.type = 'button';
    b.className = `chip ${className}`;
    ['ko', 'en'].forEach((lang, i) => {
      b.dataset[lang] = pair[i];
      const span = document.createElement('span');
      span.className = lang;
      span.lang = lang;
      span.textContent = pair[i];
      b.append(span);
    });
    return b;
  }

  // What stood in the text field before something of ours was written over it, newest last.
  function tools(element, props, trigger, watch) {
    const typed = [];
    const undo = element.querySelector('.undo');
    const told = element.querySelector('.told');
    let turn = 0;
    let undoing = false;
    document.addEventListener('zit-overwrite', e => {
      if (e.detail.id !== 'prompt') return;
      told.innerHTML = '';
      if (undoing || e.detail.text === e.detail.next) return;
      typed.push(e.detail.text);
      undo.disabled = false;
    });
    document.addEventListener('zit-empty', e => {
      if (e.detail.id === 'prompt') told.innerHTML = `<b class="missing">${element.querySelector('template').innerHTML}</b>`;
    });
    document.addEventListener('input', e => {
      if (e.isTrusted && e.target === prompt()) told.innerHTML = '';
    });
    element.addEventListener('click', e => {
      if (e.target.closest('.polish')) trigger('polish', {text: prompt().value, trade, turn: ++turn});
      if (!e.target.closest('.undo') || !typed.length) return;
      undoing = true;
      zit.writePrompt(typed.pop());
      undoing = false;
      undo.disabled = !typed.length;
      // A button that can no longer be pressed would lose the focus to nowhere.
      if (undo.disabled) element.querySelector('.polish').focus();
    });
    watch('value', () => {
      const answer = props.value;
      if (!answer || (answer.turn && answer.turn !== turn)) return;
      if (answer.text !== null) zit.writePrompt(answer.text);
      told.innerHTML = answer.told;
    });
  }

  function chips(element) {
    data = JSON.parse(element.querySelector('[data-trades]').dataset.trades);
    if (!(trade in data)) trade = '';
    const row = element.querySelector('.trade-row .chips');
    const every = element.querySelector('.every');
    const panel = element.querySelector('#every-trade');
    const examples = element.querySelector('.examples');
    const buttons = () => [...element.querySelectorAll('[data-trade]')];
    const show = () => {
      const open = trade || row.querySelector('[data-trade]').dataset.trade;
      if (!row.querySelector(`[data-trade="${open}"]`)) {
        row.querySelector('.guest')?.remove();
        const guest = panel.querySelector(`[data-trade="${open}"]`).cloneNode(true);
        guest.classList.add('guest');
        row.prepend(guest);
      }
      buttons().forEach(b => b.setAttribute('aria-pressed', b.dataset.trade === open));
      examples.replaceChildren(...data[open][0].map(pair => bilingual(pair, 'example')));
      const chosen = row.querySelector('[aria-pressed=true]');
      // Not scrollIntoView: that would move the page too.
      row.scrollLeft = chosen.offsetLeft - row.offsetLeft - (row.clientWidth - chosen.offsetWidth) / 2;
    };
    const openAll = open => {
      panel.hidden = !open;
      every.setAttribute('aria-expanded', open);
    };
    const groups = [...panel.querySelectorAll('.trade-group')].map(group => [group, [...group.querySelectorAll('[data-trade]')]]);
    const find = text => {
      const wanted = text.trim().toLowerCase();
      // 0: so called, 1: sells it, 2: neither. What is called so comes first, else as it was.
      const rank = b => {
        if (b.textContent.toLowerCase().includes(wanted)) return 0;
        return data[b.dataset.trade][1].flat().join(' ').toLowerCase().includes(wanted) ? 1 : 2;
      };
      const ranked = groups.map(([group, chips]) => {
        const ranks = new Map(chips.map(b => [b, rank(b)]));
        chips.forEach(b => { b.hidden = ranks.get(b) === 2; });
        group.querySelector('.chips').append(...[...chips].sort((a, b) => ranks.get(a) - ranks.get(b)));
        return [group, Math.min(...ranks.values())];
      });
      ranked.sort((a, b) => a[1] - b[1]).forEach(([group, best]) => {
        group.hidden = best === 2;
        panel.querySelector('.none').before(group);
      });
      panel.querySelector('.none').hidden = ranked.some(([, best]) => best < 2);
    };
    element.addEventListener('input', e => { if (e.target.type === 'search') find(e.target.value); });
    element.addEventListener('keydown', e => {
      if (e.key !== 'Escape' || panel.hidden) return;
      openAll(false);
      every.focus();
    });
    element.addEventListener('click', e => {
      const chip = e.target.closest('[data-trade]');
      const example = e.target.closest('.example');
      if (chip) {
        const fromAll = panel.contains(chip);
        choose(chip.dataset.trade);
        openAll(false);
        if (fromAll) row.querySelector('[aria-pressed=true]').focus({preventScroll: true});
      }
      if (example) zit.writePrompt(example.dataset[language()]);
      if (e.target.closest('.every')) openAll(panel.hidden);
    });
    followers.push(show);
    show();
  }

  const WAIT_MS = 150;
  function form(element, props, trigger, watch) {
    const fields = [...element.querySelectorAll('[data-field]')];
    const field = name => fields.find(f => f.dataset.field === name);
    const preview = element.querySelector('.preview');
    const use = element.querySelector('.use');
    let turn = 0;
    let answered = 0;
    let timer = 0;
    let text = '';
    let isWanted = false;
    let isNone = false;
    const ask = () => {
      const asked = Object.fromEntries(fields.map(f => [f.dataset.field, f.value]));
      trigger('preview', {...asked, lang: language(), turn: ++turn});
    };
    const askNow = () => { clearTimeout(timer); timer = 0; ask(); };
    const soon = () => { clearTimeout(timer); timer = setTimeout(askNow, WAIT_MS); };
    const take = () => {
      isWanted = false;
      if (!text) return;
      zit.writePrompt(text);
      element.querySelector('details').open = false;
      prompt().focus({preventScroll: true});
      prompt().scrollIntoView({block: 'center'});
    };
    const words = input => input.value.split(',').map(word => word.trim()).filter(Boolean);
    const press = () => element.querySelectorAll('.offer').forEach(b => {
      const there = words(field(b.closest('[data-for]').dataset.for));
      b.setAttribute('aria-pressed', there.includes(b.dataset.ko) || there.includes(b.dataset.en));
    });
    const products = () => {
      const offers = element.querySelector('[data-for=product]');
      const pairs = (data[trade] || Object.values(data)[0] || [[], []])[1];
      offers.replaceChildren(...pairs.map(pair => bilingual(pair, 'offer')));
      offers.scrollLeft = 0;
    };
    const follow = () => {
      // Until one is chosen it is the one pressed above, but for somebody who wants none.
      field('trade').value = trade || (isNone ? '' : Object.keys(data)[0]);
      products();
      press();
      if (element.querySelector('details').open) soon();
    };
    element.addEventListener('click', e => {
      const offer = e.target.closest('.offer');
      if (offer) {
        const input = field(offer.closest('[data-for]').dataset.for);
        const word = offer.dataset[language()];
        const rest = words(input).filter(w => w !== offer.dataset.ko && w !== offer.dataset.en);
        const isOn = offer.getAttribute('aria-pressed') === 'true';
        // Several products fit into one picture; one mood, occasion or background does.
        const kept = input.dataset.field === 'product' ? rest : [];
        const next = (isOn ? rest : [...kept, word]).join(', ');
        if (next.length > input.maxLength) return;
        input.value = next;
        press();
        soon();
      }
      if (!e.target.closest('.use')) return;
      // What was typed a moment ago is in no answer yet: it is taken as soon as it is.
      isWanted = Boolean(timer) || answered !== turn;
      if (timer) askNow();
      if (!isWanted) take();
    });
    element.addEventListener('input', e => {
      if (e.target.dataset.field === 'trade') { isNone = !e.target.value; choose(e.target.value); }
      press();
      soon();
    });
    element.querySelector('details').addEventListener('toggle', e => { if (e.target.open) ask(); });
    // The sentence follows the language of the page.
    new MutationObserver(() => { if (text) ask(); })
      .observe(document.documentElement, {attributes: true, attributeFilter: ['data-lang']});
    watch('value', () => {
      const answer = props.value;
      if (!answer || (answer.turn && answer.turn !== turn)) return;
      answered = turn;
      text = answer.text || '';
      const sentence = document.createElement('p');
      sentence.textContent = text;
      const note = document.createElement('p');
      note.className = text ? 'note' : 'empty-text';
      note.innerHTML = answer.told;
      preview.replaceChildren(...[text && sentence, answer.told && note].filter(Boolean));
      use.disabled = !text;
      if (isWanted && !timer) take();
    });
    followers.push(follow);
    // The chips' data may come after this part.
    const first = () => (Object.keys(data).length ? follow() : setTimeout(first, 50));
    first();
  }
  return {tools, chips, form};
})();
