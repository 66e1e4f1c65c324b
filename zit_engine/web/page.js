// The page's own behaviour: language, tabs, tiles, the enlarged picture. No outside host.
window.zit = (() => {
  const root = document.documentElement;
  const stored = key => { try { return localStorage.getItem(key); } catch { return null; } };
  const store = (key, value) => { try { localStorage.setItem(key, value); } catch { /* private mode */ } };
  const language = () => root.dataset.lang || 'ko';

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
    };
    dress();
  }
  function writePrompt(text, id = 'prompt') {
    const area = document.querySelector(`#${id} textarea`);
    // Whoever keeps what was typed, to bring it back, hears of it before it is gone.
    document.dispatchEvent(new CustomEvent('zit-overwrite', {detail: {id, text: area.value, next: text}}));
    area.value = text;
    area.dispatchEvent(new Event('input', {bubbles: true}));
  }

  // Go at once becomes Stop: the server's word follows, the finger is not kept waiting.
  // The second half of a double click would otherwise hit Stop, which appears under the finger.
  const DOUBLE_CLICK_MS = 700;
  function action(element, props, trigger, watch) {
    let pressedAt = 0;
    const show = () => {
      const busy = props.value === 'busy';
      element.dataset.state = busy ? 'busy' : 'idle';
    };
    element.addEventListener('click', e => {
      if (e.target.closest('.go')) {
        props.value = 'busy';
        pressedAt = Date.now();
        show();
        // A mask or photo still on its way belongs to this press.
        Promise.resolve(window.zitPending).finally(() => trigger('go', {}));
        const results = document.getElementById('results');
        // On a phone the pictures appear below the form: bring them into view.
        if (results && innerWidth < 960 && element.closest('#action')) {
          setTimeout(() => results.scrollIntoView({block: 'start'}), 200);
        }
      }
      else if (e.target.closest('.stop') && Date.now() - pressedAt > DOUBLE_CLICK_MS) trigger('stop', {});
    });
    watch('value', show);
    show();
  }

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
      if (e.target.closest('.anyway')) { trigger('anyway', {}); return; }
      const b = e.target.closest('[data-act]');
      if (!b) return;
      const tile = b.closest('.tile');
      if (b.dataset.act === 'open') enlarge(b.querySelector('img'));
      else {
        b.closest('details')?.removeAttribute('open');
        if (b.dataset.act === 'reuse') { location.hash = '#make'; window.scrollTo({top: 0}); }
        if (b.dataset.act === 'again' || b.dataset.act === 'vary') location.hash = '#make';
        if (b.dataset.act === 'letter') { location.hash = '#letters'; window.scrollTo({top: 0}); }
        trigger(b.dataset.act, place(tile));
      }
    });
  }
  function autoDownload(element, watch) {
    watch('value', () => {
      const a = element.querySelector('a[data-auto]');
      if (a && a.href !== element.dataset.last) { element.dataset.last = a.href; a.click(); }
    });
  }

  let misses = 0;
  async function beat() {
    try {
      const answer = await fetch('/healthz', {cache: 'no-store'});
      misses = answer.ok ? 0 : misses + 1;
    } catch { misses += 1; }
    document.body.classList.toggle('offline', misses > 1);
  }
  setInterval(beat, 10000);
  return {header, banner, action, tiles, wake, autoDownload, dressPrompt, writePrompt, language};
})();
