// The page's own behaviour: language, tabs, tiles, the enlarged picture. No outside host.
window.zit = (() => {
  const root = document.documentElement;
  const stored = key => { try { return localStorage.getItem(key); } catch { return null; } };
  const store = (key, value) => { try { localStorage.setItem(key, value); } catch { /* private mode */ } };
  const language = () => root.dataset.lang || 'ko';

  // What the form holds outlives a reload, also one a phone makes by itself, but not its tab.
  const kept = (() => { try { return JSON.parse(sessionStorage.getItem('zit-form')) || {}; } catch { return {}; } })();
  const readers = {};
  let isTouched = false;
  ['pointerdown', 'keydown', 'input'].forEach(kind => addEventListener(kind, e => { isTouched ||= e.isTrusted; }, true));
  // The page's own first values arrive some time after a part is there, and win: so it is looked
  // after for a second, until when nothing of it is kept anew.
  const SETTLING_MS = 100, SETTLING_TIMES = 10;
  function keep(name, read, write) {
    const wanted = JSON.stringify(kept[name]);
    let times = kept[name] ? SETTLING_TIMES : 0;
    const settle = () => {
      if (!times || isTouched) { readers[name] = read; return; }
      times -= 1;
      if (JSON.stringify(read()) !== wanted) write(kept[name]);
      setTimeout(settle, SETTLING_MS);
    };
    settle();
  }
  const keepValue = (name, props, show) => keep(name, () => props.value, value => { props.value = value; show(); });
  function keepForm() {
    Object.keys(readers).forEach(name => { kept[name] = readers[name](); });
    try { sessionStorage.setItem('zit-form', JSON.stringify(kept)); } catch { /* private mode */ }
  }
  addEventListener('pagehide', keepForm);
  document.addEventListener('visibilitychange', () => { if (document.hidden) keepForm(); });

  function label(node) {
    const text = node.dataset[language()];
    if (text !== undefined) node.setAttribute(node.dataset.i18n, text);
  }
  function labelAll(scope) {
    if (scope.nodeType !== 1) return;
    if (scope.dataset && scope.dataset.i18n) label(scope);
    scope.querySelectorAll('[data-i18n]').forEach(label);
  }
  function setLanguage(lang) {
    root.dataset.lang = lang;
    root.lang = lang;
    store('zit-lang', lang);
    labelAll(document.body);
    const area = document.querySelectorAll('textarea[data-ko]');
    area.forEach(a => { a.placeholder = a.dataset[lang]; });
    document.querySelectorAll('[data-set-lang]').forEach(b => b.setAttribute('aria-pressed', b.dataset.setLang === lang));
    document.title = document.querySelector('.brand')?.innerText.trim() || document.title;
  }
  function firstLanguage() {
    const kept = stored('zit-lang');
    if (kept === 'ko' || kept === 'en') return kept;
    return (navigator.language || 'ko').toLowerCase().startsWith('ko') ? 'ko' : 'en';
  }
  root.dataset.lang = firstLanguage();
  root.lang = root.dataset.lang;

  function showTab() {
    const names = [...document.querySelectorAll('[data-tab]')].map(a => a.dataset.tab);
    const wanted = location.hash.slice(1);
    const tab = names.includes(wanted) ? wanted : 'make';
    document.body.dataset.tab = tab;
    document.querySelectorAll('[data-tab]').forEach(a => {
      if (a.dataset.tab === tab) a.setAttribute('aria-current', 'page');
      else a.removeAttribute('aria-current');
    });
  }
  window.addEventListener('hashchange', showTab);

  function header(element, props) {
    element.addEventListener('click', e => {
      const b = e.target.closest('[data-set-lang]');
      if (b) { setLanguage(b.dataset.setLang); props.value = b.dataset.setLang; }
    });
    props.value = language();
    new MutationObserver(changes => changes.forEach(c => c.addedNodes.forEach(labelAll)))
      .observe(document.body, {childList: true, subtree: true});
    setLanguage(language());
    showTab();
  }

  function banner(element) {
    if (stored('zit-banner') === 'closed') element.hidden = true;
    element.addEventListener('click', e => {
      if (!e.target.closest('[data-dismiss]')) return;
      element.hidden = true;
      store('zit-banner', 'closed');
    });
  }

  function dressPrompt(id, ko, en) {
    const dress = () => {
      const area = document.querySelector(`#${id} textarea`);
      const room = document.getElementById(`${id}-room`);
      if (!area || !room) return setTimeout(dress, 50);
      area.dataset.ko = ko;
      area.dataset.en = en;
      area.placeholder = area.dataset[language()];
      area.setAttribute('aria-labelledby', `${id}-label`);
      area.setAttribute('aria-describedby', room.id);
      area.setAttribute('enterkeyhint', 'done');
      // Not role=status: that reads the whole line anew whenever the number in it changes.
      room.setAttribute('aria-live', 'polite');
      keep(id, () => document.querySelector(`#${id} textarea`)?.value || '', text => type(area, text));
    };
    dress();
  }
  function type(area, text) {
    area.value = text;
    area.dispatchEvent(new Event('input', {bubbles: true}));
  }
  function writePrompt(text, id = 'prompt') {
    const area = document.querySelector(`#${id} textarea`);
    // Whoever keeps what was typed, to bring it back, hears of it before it is gone.
    document.dispatchEvent(new CustomEvent('zit-overwrite', {detail: {id, text: area.value, next: text}}));
    type(area, text);
  }
  // Nothing to draw: told where it is to be written, not where the pictures would come.
  function isEmpty(id = 'prompt') {
    const area = document.querySelector(`#${id} textarea`);
    if (area.value.trim()) return false;
    area.setAttribute('aria-invalid', 'true');
    area.addEventListener('input', () => area.removeAttribute('aria-invalid'), {once: true});
    area.focus({preventScroll: true});
    area.scrollIntoView({block: 'center'});
    document.dispatchEvent(new CustomEvent('zit-empty', {detail: {id}}));
    return true;
  }
  const isPhone = () => innerWidth < 960;
  // Below the form on a phone; the tab and its tiles may only just be about to appear.
  function showResults() {
    setTimeout(() => {
      if (isPhone()) document.getElementById('results').scrollIntoView({block: 'start'});
      else window.scrollTo({top: 0});
    }, 200);
  }

  // The line about the work may be far below: the bar with the button repeats it, and leads there.
  function brief(button) {
    const line = document.getElementById('status');
    if (!line) { setTimeout(() => brief(button), 50); return; }
    let isSeen = false, over = '';  // `over`: what was read in its own place needs no repeating
    const show = () => {
      const status = line.querySelector('.status')?.cloneNode(true);
      const kind = status?.dataset.kind || '';
      const short = status?.querySelector('.short');
      status?.querySelectorAll('.bar, .short').forEach(part => part.remove());
      const text = short ? short.innerHTML : status?.innerHTML || '';
      if (isSeen) over = text;
      const shown = kind === 'busy' || text !== over ? text : '';
      if (button.innerHTML !== shown) button.innerHTML = shown;
      button.dataset.kind = kind;
    };
    new IntersectionObserver(([entry]) => { isSeen = entry.isIntersecting; show(); }).observe(line);
    new MutationObserver(show).observe(line, {childList: true, subtree: true, characterData: true});
    button.addEventListener('click', () => document.getElementById('results').scrollIntoView({block: 'start'}));
  }

  // The number of one press: however often it arrives, the server paints for it once.
  // Kept while it is on its way, and for the second half of a double click.
  let last = {};
  function ticket(what, click) {
    const form = JSON.stringify([what, kept]);
    if (last.form !== form || !(last.isOnItsWay || click.detail > 1)) {
      const bytes = [...crypto.getRandomValues(new Uint8Array(16))];
      last = {form, number: bytes.map(b => b.toString(16).padStart(2, '0')).join('')};
    }
    last.isOnItsWay = true;
    return last.number;
  }

  // A press elsewhere than on the button: the button's value carries its number all the same.
  function press(number, go) {
    document.dispatchEvent(new CustomEvent('zit-press', {detail: number}));
    Promise.resolve().then(go);
  }

  // Go at once becomes Stop: the server's word follows, the finger is not kept waiting.
  // The second half of a double click would otherwise hit Stop, which appears under the finger.
  const DOUBLE_CLICK_MS = 700;
  function action(element, props, trigger, watch) {
    let pressedAt = 0;
    const show = () => {
      const busy = String(props.value).startsWith('busy');
      element.dataset.state = busy ? 'busy' : 'idle';
    };
    const begin = number => {
      props.value = `busy ${number}`;
      pressedAt = Date.now();
      show();
    };
    element.addEventListener('click', e => {
      if (e.target.closest('.go')) {
        const isMake = element.closest('#action');
        if (isMake && isEmpty()) return;
        keepForm();
        begin(ticket(element.id, e));
        // A mask or photo still on its way belongs to this press.
        Promise.resolve(window.zitPending).finally(() => trigger('go', {}));
        // On a phone the pictures appear below the form: bring them into view.
        if (isMake && isPhone()) showResults();
      }
      else if (e.target.closest('.stop') && Date.now() - pressedAt > DOUBLE_CLICK_MS) trigger('stop', {});
    });
    watch('value', show);
    if (element.closest('#action')) document.addEventListener('zit-press', e => { begin(e.detail); });
    document.addEventListener('zit-refused', () => { props.value = 'idle'; show(); });
    show();
    const repeated = element.querySelector('.brief');
    if (repeated) brief(repeated);
  }

  // A chosen file's name in the page's own words: the browser's are in its own language.
  document.addEventListener('change', e => {
    const label = e.target.type === 'file' && e.target.closest('label.file');
    if (!label || !e.target.files.length) return;
    let told = label.querySelector('.file-name');
    if (!told) {
      told = document.createElement('small');
      told.className = 'file-name';
      told.append(document.createElement('bdi'));
      label.append(told);
    }
    told.querySelector('bdi').textContent = e.target.files[0].name;
    told.hidden = false;
  }, true);
  const noFile = scope => scope.querySelectorAll('.file-name').forEach(told => { told.hidden = true; });

  function enlarge(img) {
    let box = document.getElementById('enlarged');
    if (!box) {
      box = document.createElement('dialog');
      box.id = 'enlarged';
      box.innerHTML = '<form method="dialog"><button class="close" aria-label="×">×</button></form><img alt="">';
      box.addEventListener('click', e => { if (e.target === box || e.target.tagName === 'IMG') box.close(); });
      document.body.append(box);
    }
    box.querySelector('img').src = img.src;
    box.querySelector('img').alt = img.alt;
    const close = box.querySelector('.close');
    const texts = {ko: '닫기', en: 'Close'};
    close.setAttribute('aria-label', texts[language()]);
    box.showModal();
  }
  const place = tile => ({job: tile.dataset.job, name: tile.dataset.name});
  // A phone that wakes up, or a tab that comes back, shows what happened meanwhile.
  function wake(element, trigger) {
    document.addEventListener('visibilitychange', () => { if (!document.hidden) trigger('wake', {}); });
  }
  function tiles(element, trigger) {
    element.addEventListener('click', e => {
      const hint = e.target.closest('.example');
      if (hint) { writePrompt(hint.dataset[language()]); return; }
      if (e.target.closest('.anyway')) { press(ticket('anyway', e), () => trigger('anyway', {})); return; }
      const b = e.target.closest('[data-act]');
      if (!b) return;
      const tile = b.closest('.tile');
      if (b.dataset.act === 'open') enlarge(b.querySelector('img'));
      else {
        b.closest('details')?.removeAttribute('open');
        if (b.dataset.act === 'reuse') { location.hash = '#make'; window.scrollTo({top: 0}); }
        if (b.dataset.act === 'again' || b.dataset.act === 'vary') { location.hash = '#make'; showResults(); }
        if (b.dataset.act === 'letter') { location.hash = '#letters'; window.scrollTo({top: 0}); }
        trigger(b.dataset.act, {...place(tile), ticket: ticket(`${b.dataset.act} ${tile.dataset.name}`, e)});
      }
    });
  }
  function autoDownload(element, watch) {
    watch('value', () => {
      const a = element.querySelector('a[data-auto]');
      if (a && a.href !== element.dataset.last) { element.dataset.last = a.href; a.click(); }
    });
  }

  // What the door refuses never reaches a handler: told here, and the buttons are free again.
  function refused(told) {
    const line = document.querySelector('.refused-line');
    const said = told.error?.[language()];
    document.dispatchEvent(new CustomEvent('zit-refused'));
    if (!line || !said) return;
    line.textContent = said;
    line.hidden = false;
    setTimeout(() => { line.hidden = true; }, 8000);
  }
  // The server reads large events, a picture's head or a table, only from a page with a ticket.
  const LARGE_CHARS = 20000, RETRY_MS = 1500;
  const plainFetch = window.fetch;
  window.fetch = async (address, options) => {
    const body = options?.body;
    if (typeof body !== 'string' || !String(address).includes('/queue/join')) return plainFetch(address, options);
    const pass = document.querySelector('#upload-ticket [data-ticket]')?.dataset.ticket;
    if (body.length > LARGE_CHARS && pass) address = `${address}${String(address).includes('?') ? '&' : '?'}${pass}`;
    // A press whose answer was lost on the way is sent once more; the next press is another one.
    const isPress = last.number && body.includes(last.number);
    let answer;
    try { answer = await plainFetch(address, options); }
    catch (error) {
      if (!isPress) throw error;
      await new Promise(later => setTimeout(later, RETRY_MS));
      answer = await plainFetch(address, options);
    }
    if (isPress) last.isOnItsWay = false;
    if (!answer.ok) answer.clone().json().then(refused).catch(() => refused({}));
    return answer;
  };

  let misses = 0;
  async function beat() {
    try {
      const answer = await fetch('/healthz', {cache: 'no-store'});
      misses = answer.ok ? 0 : misses + 1;
    } catch { misses += 1; }
    document.body.classList.toggle('offline', misses > 1);
  }
  setInterval(beat, 10000);
  return {header, banner, action, tiles, wake, autoDownload, dressPrompt, writePrompt, language, keepValue, noFile, ticket};
})();
