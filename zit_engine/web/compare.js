// The comparison: options, tools, and two pictures under one slider. No outside host.
window.zitCompare = (() => {
  const language = () => document.documentElement.dataset.lang || 'ko';
  const MOST_TABLE_BYTES = 1000000;

  function options(element, props, trigger) {
    const boxes = () => [...element.querySelectorAll('[data-style]')];
    const seeds = element.querySelector('[data-seeds]');
    const tell = () => {
      props.value = {styles: boxes().filter(b => b.checked).map(b => b.dataset.style), seeds: seeds.value};
    };
    element.addEventListener('input', e => { if (e.target.type !== 'file') tell(); });
    element.addEventListener('click', e => {
      if (!e.target.closest('.all-styles')) return;
      const every = boxes().every(b => b.checked);
      boxes().forEach(b => { b.checked = !every; });
      tell();
    });
    element.addEventListener('change', async e => {
      if (e.target.type !== 'file' || !e.target.files.length) return;
      const bytes = await e.target.files[0].slice(0, MOST_TABLE_BYTES).arrayBuffer();
      e.target.value = '';
      let text;
      try { text = new TextDecoder('utf-8', {fatal: true}).decode(bytes); }
      catch { text = new TextDecoder('euc-kr').decode(bytes); }  // what Korean Excel saves
      trigger('table', {text});
    });
  }

  // Two pictures in one place; the range input below moves the edge between them.
  function pairBox() {
    let box = document.getElementById('pair');
    if (box) return box;
    box = document.createElement('dialog');
    box.id = 'pair';
    box.innerHTML = '<form method="dialog"><button class="close">×</button></form>'
      + '<div class="two"><img class="under" alt=""><img class="over" alt=""><i aria-hidden="true"></i></div>'
      + '<div class="names"><b></b><b></b></div><input type="range" min="0" max="100" step="1">';
    const range = box.querySelector('input');
    const two = box.querySelector('.two');
    const move = () => two.style.setProperty('--at', `${range.value}%`);
    range.addEventListener('input', move);
    const drag = e => {
      const edge = two.getBoundingClientRect();
      range.value = Math.round((e.clientX - edge.left) / edge.width * 100);
      move();
    };
    two.addEventListener('pointerdown', e => { two.setPointerCapture(e.pointerId); drag(e); });
    two.addEventListener('pointermove', e => { if (e.buttons) drag(e); });
    box.addEventListener('click', e => { if (e.target === box) box.close(); });
    document.body.append(box);
    return box;
  }
  function openPair(first, second) {
    const box = pairBox();
    const texts = {ko: ['닫기', '경계 옮기기'], en: ['Close', 'Move the edge']}[language()];
    const name = tile => tile.dataset[language()];
    box.querySelector('.close').setAttribute('aria-label', texts[0]);
    const [under, over] = box.querySelectorAll('img');
    [[over, first], [under, second]].forEach(([img, tile]) => {
      img.src = tile.querySelector('img').src;
      img.alt = tile.querySelector('img').alt;
    });
    const [left, right] = box.querySelectorAll('.names b');
    left.textContent = `◀ ${name(first)}`;
    right.textContent = `${name(second)} ▶`;
    const range = box.querySelector('input');
    range.setAttribute('aria-label', texts[1]);
    range.value = 50;
    range.dispatchEvent(new Event('input'));
    box.showModal();
    range.focus();
  }

  // Whoever opens it votes on this grid, blind; the id in it is what lets them in.
  async function copyLink(button) {
    const link = `${location.origin}${location.pathname}?vote=${button.dataset.grid}#compare`;
    try { await navigator.clipboard.writeText(link); }
    catch { window.prompt('', link); return; }  // no clipboard without https
    const shown = button.innerHTML;
    button.textContent = {ko: '링크를 복사했어요', en: 'Link copied'}[language()];
    setTimeout(() => { button.innerHTML = shown; }, 2000);
  }

  function grid(element, trigger, watch) {
    // Redrawing reuses boxes by position, so the picked pictures are remembered by their files.
    let picked = [];
    const key = tile => `${tile.dataset.job}/${tile.dataset.name}`;
    const tiles = () => [...element.querySelectorAll('.tile.cell')];
    const show = () => {
      const there = new Set(tiles().map(key));
      picked = picked.filter(k => there.has(k));
      tiles().forEach(t => { t.querySelector('[data-pick]').checked = picked.includes(key(t)); });
      const bar = element.querySelector('.pair-bar');
      if (!bar) return;
      bar.hidden = !picked.length;
      bar.querySelector('span').hidden = picked.length > 1;
      bar.querySelector('.pair').hidden = picked.length < 2;
    };
    element.addEventListener('change', e => {
      if (!e.target.matches('[data-pick]')) return;
      const k = key(e.target.closest('.tile'));
      picked = e.target.checked ? [...picked.filter(x => x !== k), k].slice(-2) : picked.filter(x => x !== k);
      show();
    });
    element.addEventListener('click', e => {
      const take = e.target.closest('[data-take]');
      if (take && take.dataset.take.startsWith('vote_')) {
        window.zitCompare.startVote(take.dataset.grid, take.dataset.take.slice(5));
        document.getElementById('compare-vote').scrollIntoView({block: 'start'});
        return;
      }
      if (take && take.dataset.take === 'link') { copyLink(take); return; }
      if (take && take.dataset.take === 'go_on') {
        trigger('go_on', {grid: take.dataset.grid, ticket: window.zit.ticket(`go_on ${take.dataset.grid}`, e)});
        return;
      }
      if (take) { trigger(take.dataset.take, {grid: take.dataset.grid}); return; }
      if (!e.target.closest('.pair')) return;
      const [first, second] = picked.map(k => tiles().find(t => key(t) === k));
      if (first && second) openPair(first, second);
    });
    watch('value', show);
  }
  // Voting: while a ballot is open the labelled grid is out of sight, here and for screen readers.
  function vote(element, trigger, watch) {
    const ballot = () => element.querySelector('.vote[data-ballot]');
    const about = () => { const s = element.querySelector('.vote'); return {grid: s.dataset.grid, mode: s.dataset.mode}; };
    let sent = '';
    const show = () => {
      const is_open = !!ballot();
      const is_done = document.body.classList.contains('voting') && !is_open;
      document.body.classList.toggle('voting', is_open);
      element.querySelectorAll('[data-reason]').forEach(b => { b.checked = false; });
      if (is_open) sent = '';
      // The form comes back above the result: keep the result in view.
      if (is_done) element.scrollIntoView({block: 'start'});
    };
    const cast = token => {
      const open = ballot();
      if (!open || sent === open.dataset.ballot) return;
      sent = open.dataset.ballot;
      const reasons = [...element.querySelectorAll('[data-reason]:checked')].map(b => b.dataset.reason);
      trigger('vote', {...about(), ballot: sent, token, reasons});
    };
    const undo = () => { const b = element.querySelector('[data-vote=undo]'); if (b && !b.disabled) trigger('undo', about()); };
    element.addEventListener('click', e => {
      const choice = e.target.closest('.choice');
      if (choice) { cast(choice.dataset.token); return; }
      const b = e.target.closest('[data-vote]');
      if (!b) return;
      if (b.dataset.vote === 'none') cast('');
      if (b.dataset.vote === 'undo') undo();
      if (['result', 'report', 'table'].includes(b.dataset.vote)) trigger(b.dataset.vote, about());
      if (b.dataset.vote === 'close') { element.querySelector('.vote').hidden = true; document.body.classList.remove('voting'); history.replaceState(null, '', location.pathname + location.hash); }
    });
    document.addEventListener('keydown', e => {
      if (!ballot() || document.body.dataset.tab !== 'compare' || e.ctrlKey || e.metaKey || e.altKey) return;
      if (e.target.matches('input:not([type=checkbox]), textarea, select')) return;
      const choices = [...element.querySelectorAll('.choice')];
      const at = {ArrowLeft: 0, ArrowRight: 1}[e.key];
      const chosen = /^[1-9]$/.test(e.key) ? choices[e.key - 1] : (choices.length === 2 && at !== undefined ? choices[at] : null);
      if (chosen) { e.preventDefault(); cast(chosen.dataset.token); }
      if (e.key === 'Backspace') { e.preventDefault(); undo(); }
    });
    window.zitCompare.startVote = (grid, mode) => trigger('start', {grid, mode});
    watch('value', show);
  }
  function proof(element, trigger) {
    element.addEventListener('click', e => { if (e.target.closest('.proof-go')) trigger('prove', {}); });
  }
  return {options, grid, proof, vote};
})();
