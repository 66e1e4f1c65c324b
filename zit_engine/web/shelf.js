// The gallery: search as you type, hearts, ticks, undo. No outside host.
window.zitShelf = (() => {
  // A word typed at a usual pace is one search, not one a letter.
  const TYPING_MS = 250;
  const PAGE = 24;
  const place = tile => ({job: tile.dataset.job, name: tile.dataset.name});
  const keyOf = ({job, name}) => `${job}/${name}`;

  // Counts what was asked: an answer that was overtaken is asked for anew.
  let turn = 0;

  function find(element, props, trigger) {
    const field = element.querySelector('[data-find=search]');
    const favourites = element.querySelector('[data-find=favourites]');
    let shown = PAGE, typing = 0;
    const tell = () => {
      const wanted = {search: field.value, favourites: favourites.getAttribute('aria-pressed') === 'true', shown, turn};
      props.value = wanted;
      trigger('find', wanted);
    };
    const next = () => { turn += 1; tell(); };
    const anew = () => { clearTimeout(typing); shown = PAGE; next(); };
    field.addEventListener('input', () => {
      clearTimeout(typing);
      typing = setTimeout(anew, field.value ? TYPING_MS : 0);
    });
    field.addEventListener('keydown', e => {
      // While a syllable is put together, Enter ends the syllable.
      if (e.key === 'Enter' && !e.isComposing) { e.preventDefault(); anew(); }
      if (e.key === 'Escape' && field.value) { field.value = ''; anew(); }
    });
    favourites.addEventListener('click', () => {
      favourites.setAttribute('aria-pressed', favourites.getAttribute('aria-pressed') !== 'true');
      anew();
    });
    document.addEventListener('zit-more', () => { shown += PAGE; next(); });
    document.addEventListener('zit-overtaken', tell);
    document.addEventListener('zit-all', () => {
      field.value = '';
      favourites.setAttribute('aria-pressed', 'false');
      anew();
      field.focus();
    });
  }

  function hearts(element, trigger) {
    element.addEventListener('click', e => {
      const heart = e.target.closest('[data-heart]');
      if (!heart) return;
      const is = heart.getAttribute('aria-pressed') !== 'true';
      heart.setAttribute('aria-pressed', is);
      trigger('favourite', {...place(heart.closest('.tile')), is});
    });
  }

  function shelf(element, trigger, watch) {
    zit.tiles(element, trigger);
    hearts(element, trigger);
    const boxes = () => [...element.querySelectorAll('.tile input[type=checkbox]')];
    // Redrawing reuses boxes by position, so what is ticked is remembered by picture.
    const ticked = new Map();
    const key = box => keyOf(place(box.closest('.tile')));
    const remember = box => {
      if (box.checked) ticked.set(key(box), place(box.closest('.tile')));
      else ticked.delete(key(box));
    };
    const tell = () => {
      const line = element.querySelector('.chosen');
      if (!line) return;
      line.hidden = !ticked.size;
      line.querySelectorAll('span').forEach(s => { s.textContent = s.textContent.replace(/\d+/, ticked.size); });
    };
    // A line that was there before is read out when it changes; one that comes with it is not.
    const told = () => {
      const line = element.querySelector('.found, .empty p');
      const heard = document.querySelector('#mine-find .heard');
      if (heard && line && heard.innerHTML !== line.innerHTML) heard.innerHTML = line.innerHTML;
    };
    watch('value', () => {
      const answer = element.querySelector('[data-turn]');
      if (answer && Number(answer.dataset.turn) !== turn) document.dispatchEvent(new Event('zit-overtaken'));
      const there = new Set(boxes().map(key));
      [...ticked.keys()].filter(k => !there.has(k)).forEach(k => ticked.delete(k));
      boxes().forEach(box => { box.checked = ticked.has(key(box)); });
      tell();
      told();
    });
    element.addEventListener('change', e => { if (e.target.type === 'checkbox') { remember(e.target); tell(); } });
    element.addEventListener('click', e => {
      const b = e.target.closest('[data-shelf]');
      if (!b) return;
      const act = b.dataset.shelf;
      if (act === 'all') {
        const every = boxes().every(x => x.checked);
        boxes().forEach(x => { x.checked = !every; remember(x); });
        tell();
      } else if (act === 'load_more') document.dispatchEvent(new Event('zit-more'));
      else if (act === 'show_all') document.dispatchEvent(new Event('zit-all'));
      else trigger(act, {items: [...ticked.values()]});
    });
  }

  // The way back stands for as long as the server keeps what was deleted.
  function undo(element, trigger, watch) {
    let ending = 0;
    element.setAttribute('aria-live', 'polite');
    const button = () => element.querySelector('[data-undo]');
    const end = () => {
      clearTimeout(ending);
      const b = button();
      if (!b) return;
      const hadFocus = b === document.activeElement;
      b.hidden = true;
      b.closest('.status').classList.add('past');  // told long enough; it no longer follows
      if (hadFocus) { element.tabIndex = -1; element.focus({preventScroll: true}); }
    };
    watch('value', () => {
      clearTimeout(ending);
      const b = button();
      if (!b) return;
      b.hidden = false;
      b.closest('.status').classList.remove('past');
      ending = setTimeout(end, Number(b.dataset.undoMs));
      // What had the focus was deleted: the next key must not start from the top of the page.
      const active = document.activeElement;
      if (!active || active === document.body || active.closest('#shelf, #tiles')) b.focus({preventScroll: true});
    });
    element.addEventListener('click', e => {
      const b = e.target.closest('[data-undo]');
      if (!b) return;
      const items = JSON.parse(b.dataset.undo);
      end();
      trigger('undo', {items});
    });
  }
  return {find, shelf, undo};
})();
