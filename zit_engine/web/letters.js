// «Add text»: a form that shows at once what it does, a movable frame, the shop's own look.
window.zitLetters = (() => {
  const language = () => document.documentElement.dataset.lang || 'ko';
  // Long enough to finish a syllable of three keys, short enough to feel at once.
  const PAUSE_MS = 180;
  let state = {};
  let turn = 0;
  const page = Math.random().toString(36).slice(2);
  let send = () => {};
  let show = () => {};
  const changed = () => { remember(); show(); send(); };
  // What the shop has not filled in leaves what is typed alone.
  const shop = kit => {
    const contact = [kit.name, kit.contact].filter(Boolean).join(' · ');
    const filled = {contact, colour: kit.colour, accent: kit.accent, qr: kit.link};
    Object.entries(filled).forEach(([field, value]) => { if (value) state[field] = value; });
    if (state.has_logo) state.logo = true;
    changed();
  };
  // Words belong to the person until they are saved: another picture or a reload loses none.
  const WORDS = ['headline', 'subline', 'price', 'contact', 'qr'];
  const LOOKS = ['template', 'font', 'colour', 'accent', 'logo', 'label', 'channels', 'shown', 'framings'];
  const session = {
    get: key => { try { return JSON.parse(sessionStorage.getItem(key)); } catch { return null; } },
    set: (key, value) => { try { sessionStorage.setItem(key, JSON.stringify(value)); } catch { /* private mode */ } },
    drop: key => { try { sessionStorage.removeItem(key); } catch { /* private mode */ } },
  };
  const draftOf = place => `zit-draft/${place.job}/${place.name}`;
  const remember = () => {
    if (!state.job) return;
    session.set(draftOf(state), Object.fromEntries([...WORDS, ...LOOKS].map(f => [f, state[f]])));
  };
  function takenOver(opened) {
    const draft = session.get(draftOf(opened));
    if (draft) return {...opened, ...draft};
    const isBare = !WORDS.some(f => opened[f]);
    const typed = WORDS.some(f => state[f]);
    if (!isBare || !typed) return opened;
    return {...opened, ...Object.fromEntries(WORDS.map(f => [f, state[f] || '']))};
  }
  const setLogo = has => { state = {...state, has_logo: has}; show(); };

  function radios(element) {
    element.querySelectorAll('[data-choice]').forEach(group => {
      const all = [...group.querySelectorAll('[role=radio]')];
      const chosen = String(state[group.dataset.choice] ?? '');
      const known = all.some(b => b.dataset.id === chosen);
      all.forEach((b, i) => {
        const on = b.dataset.id === chosen || (!known && i === 0);
        b.setAttribute('aria-checked', on);
        b.tabIndex = on ? 0 : -1;
      });
    });
  }
  function colours(element) {
    element.querySelectorAll('[data-colour]').forEach(group => {
      const chosen = state[group.dataset.colour] || '';
      group.querySelector('[data-auto]').setAttribute('aria-pressed', !chosen);
      group.querySelectorAll('[data-swatch]').forEach(b => b.setAttribute('aria-pressed', b.dataset.swatch === chosen));
      if (chosen) group.querySelector('input').value = chosen;
    });
  }
  function form(element, props, trigger, watch) {
    let timer;
    send = () => {
      clearTimeout(timer);
      // Numbered: an answer equal to the one before would not be noticed, though the frame was moved.
      timer = setTimeout(() => { if (state.job) trigger('draft', {...state, page, turn: ++turn}); }, PAUSE_MS);
    };
    show = () => {
      element.querySelectorAll('[data-letter]').forEach(f => {
        if (f.type === 'checkbox') f.checked = !!state[f.dataset.letter];
        else if (f !== document.activeElement || state.opened) f.value = state[f.dataset.letter] ?? '';
      });
      const chosen = state.channels || [];
      element.querySelectorAll('[data-channel]').forEach(b => {
        b.checked = chosen.includes(b.dataset.channel);
        b.closest('.place').classList.toggle('shown', b.dataset.channel === state.shown);
        if (b.checked && b.closest('details')) b.closest('details').open = true;
      });
      element.querySelector('.no-logo').hidden = !!state.has_logo;
      element.querySelector('[data-letter=logo]').disabled = !state.has_logo;
      radios(element);
      colours(element);
      document.querySelectorAll('.count-places').forEach(b => { b.textContent = chosen.length > 1 ? ` (${chosen.length})` : ''; });
    };
    const choose = b => {
      state[b.closest('[data-choice]').dataset.choice] = b.dataset.id;
      changed();
      b.focus();
    };
    element.addEventListener('input', e => {
      const field = e.target.dataset.letter;
      if (field) { state[field] = e.target.type === 'checkbox' ? e.target.checked : e.target.value; remember(); send(); }
      const group = e.target.closest('[data-colour]');
      if (group) { state[group.dataset.colour] = e.target.value; changed(); }
    });
    element.addEventListener('change', e => {
      const id = e.target.dataset.channel;
      if (!id) return;
      const rest = (state.channels || []).filter(c => c !== id);
      state.channels = e.target.checked ? [...rest, id] : rest.length ? rest : [id];
      if (e.target.checked) state.shown = id;
      else if (state.shown === id) state.shown = state.channels[0];
      changed();
    });
    element.addEventListener('click', e => {
      const radio = e.target.closest('[role=radio]');
      if (radio) choose(radio);
      const swatch = e.target.closest('[data-swatch], [data-auto]');
      if (swatch) { state[swatch.closest('[data-colour]').dataset.colour] = swatch.dataset.swatch || ''; changed(); }
    });
    element.addEventListener('keydown', e => {
      const step = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[e.key];
      const b = e.target.closest('[role=radio]');
      if (!step || !b) return;
      e.preventDefault();
      const all = [...b.closest('[data-choice]').querySelectorAll('[role=radio]')];
      choose(all[(all.indexOf(b) + step + all.length) % all.length]);
    });
    watch('value', () => {
      if (!props.value || !props.value.job) return;
      const opened = props.value;
      session.set('zit-open', {job: opened.job, name: opened.name});
      const next = opened.saved ? opened : takenOver(opened);
      if (opened.saved) session.drop(draftOf(opened.saved));
      const isOther = WORDS.concat(LOOKS).some(f => JSON.stringify(next[f]) !== JSON.stringify(opened[f]));
      state = {...next, saved: null, opened: true};
      show();
      delete state.opened;
      if (isOther) send();
    });
    show();
  }

  // Colours found in the picture become swatches; the frame moves where the server put it.
  function stage(element, watch) {
    const update = () => {
      const stage = element.querySelector('.stage');
      if (!stage) return;
      const found = stage.dataset.colours.split(',').filter(Boolean);
      document.querySelectorAll('[data-colour] .swatches').forEach(box => {
        if (box.dataset.found === stage.dataset.colours) return;
        box.dataset.found = stage.dataset.colours;
        box.innerHTML = found.map(c => `<button type="button" class="swatch" data-swatch="${c}" aria-label="${c}" aria-pressed="false" style="--swatch:${c}"></button>`).join('');
      });
      show();
      placeFrame(stage.dataset.box.split(',').map(Number), stage.dataset.extended === 'true');
    };
    element.addEventListener('click', e => {
      const b = e.target.closest('[data-show]');
      if (b) { state.shown = b.dataset.show; changed(); }
    });
    watch('value', update);
  }
  let box = [0, 0, 1, 1];
  function placeFrame(next, extended) {
    const framer = document.querySelector('.framer');
    if (!framer) return;
    box = next;
    const i = framer.querySelector('i');
    const inside = box.map(v => Math.min(1, Math.max(0, v)));
    i.style.left = `${inside[0] * 100}%`;
    i.style.top = `${inside[1] * 100}%`;
    i.style.width = `${(inside[2] - inside[0]) * 100}%`;
    i.style.height = `${(inside[3] - inside[1]) * 100}%`;
    const extend = document.querySelector('[data-frame=extend]');
    if (extend) extend.checked = extended;
  }
  function moveFrame(x, y) {
    const w = box[2] - box[0], h = box[3] - box[1];
    const left = Math.min(Math.max(0, x - w / 2), Math.max(0, 1 - w));
    const top = Math.min(Math.max(0, y - h / 2), Math.max(0, 1 - h));
    const now = (state.framings || {})[state.shown] || {};
    const framing = {...now, x: Math.min(1, Math.max(0, left + w / 2)), y: Math.min(1, Math.max(0, top + h / 2)), extend: false};
    state.framings = {...state.framings, [state.shown]: framing};
    placeFrame([left, top, left + w, top + h], false);
    send();
  }
  function frame(element) {
    const at = e => {
      const edge = element.querySelector('.framer').getBoundingClientRect();
      return [(e.clientX - edge.left) / edge.width, (e.clientY - edge.top) / edge.height];
    };
    element.addEventListener('pointerdown', e => {
      const framer = e.target.closest('.framer');
      if (!framer) return;
      e.preventDefault();
      framer.focus();
      framer.setPointerCapture(e.pointerId);
      moveFrame(...at(e));
    });
    element.addEventListener('pointermove', e => { if (e.buttons && e.target.closest('.framer')) moveFrame(...at(e)); });
    element.addEventListener('keydown', e => {
      const step = {ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1]}[e.key];
      if (!step || !e.target.closest('.framer')) return;
      e.preventDefault();
      moveFrame((box[0] + box[2]) / 2 + step[0] * 0.02, (box[1] + box[3]) / 2 + step[1] * 0.02);
    });
    element.addEventListener('click', e => {
      if (!e.target.closest('[data-frame=auto]')) return;
      state.framings = {...state.framings, [state.shown]: null};
      send();
    });
    element.addEventListener('change', e => {
      if (e.target.dataset.frame !== 'extend') return;
      state.framings = {...state.framings, [state.shown]: {x: null, y: null, extend: e.target.checked}};
      send();
    });
  }
  // What is wrong stands at its field too, and the picture that no longer matches pales (CSS).
  function status(element, watch) {
    zit.autoDownload(element, watch);
    watch('value', () => {
      const field = element.querySelector('[data-bad-field]')?.dataset.badField;
      document.querySelectorAll('#letters-form [data-letter]').forEach(f => {
        if (f.dataset.letter === field) f.setAttribute('aria-invalid', 'true');
        else f.removeAttribute('aria-invalid');
      });
    });
  }
  function strip(element, trigger, watch) {
    // After a reload the picture that was open opens again.
    let isFirst = true;
    watch('value', () => {
      const open = session.get('zit-open');
      if (!isFirst || state.job || !open) return;
      const there = [...element.querySelectorAll('.thumb')].some(b => b.dataset.job === open.job && b.dataset.name === open.name);
      if (!element.querySelector('.thumb')) return;
      isFirst = false;
      if (there) trigger('pick', open);
    });
    element.addEventListener('click', e => {
      const b = e.target.closest('.thumb');
      if (b) trigger('pick', {job: b.dataset.job, name: b.dataset.name});
    });
  }
  function action(element, trigger) {
    element.addEventListener('click', e => {
      const b = e.target.closest('[data-take]');
      if (b) trigger(b.dataset.take, state);
    });
  }
  return {form, stage, frame, strip, status, action, shop, setLogo};
})();

// The shop's own look: on the server for this owner, and a copy in the browser for the next one.
window.zitBrand = (() => {
  const KEY = 'zit-brand';
  const language = () => document.documentElement.dataset.lang || 'ko';
  const kept = () => { try { return JSON.parse(localStorage.getItem(KEY)) || {}; } catch { return {}; } };
  const keep = kit => { try { localStorage.setItem(KEY, JSON.stringify(kit)); } catch { /* private mode */ } };

  function form(element, props, trigger, watch) {
    const fields = () => [...element.querySelectorAll('[data-brand]')];
    // A colour field always holds a colour: only one that was touched or kept counts.
    const read = () => Object.fromEntries(fields().map(f => [f.dataset.brand, f.type !== 'color' || f.dataset.set ? f.value : '']));
    const tell = (text, isError) => {
      const line = element.querySelector('.brand-told');
      line.textContent = text;
      line.classList.toggle('error', !!isError);
    };
    const write = kit => fields().forEach(f => {
      const value = kit[f.dataset.brand] || '';
      if (!value) unset(f);
      else { f.value = value; f.dataset.set = '1'; }
    });
    // A colour field always shows some colour; only one that is set counts and is drawn full.
    const unset = f => { if (f.type !== 'color') f.value = ''; delete f.dataset.set; };
    watch('value', () => {
      const value = props.value || {};
      // A new logo comes without the kit: what is typed and not yet kept stays.
      if (value.kit) {
        const known = Object.values(value.kit).some(Boolean);
        write(known ? value.kit : kept());
        if (known) keep(value.kit);
      }
      if ('logo' in value) {
        const now = element.querySelector('.logo-now');
        now.hidden = !value.logo;
        if (value.logo) now.querySelector('img').src = value.logo;
        zitLetters.setLogo(!!value.logo);
      }
      tell((value.told || {})[language()] || '', value.is_error);
    });
    element.addEventListener('input', e => { if (e.target.type === 'color') e.target.dataset.set = '1'; });
    element.addEventListener('click', e => {
      const act = e.target.closest('[data-brand-do]')?.dataset.brandDo;
      if (act === 'keep') { keep(read()); element.querySelector('details').open = true; trigger('keep', read()); }
      if (act === 'use') {
        const kit = read();
        const isEmpty = !Object.values(kit).some(Boolean) && element.querySelector('.logo-now').hidden;
        if (!isEmpty) zitLetters.shop(kit);
        else { element.querySelector('details').open = true; tell(e.target.closest('button').dataset[language()], true); }
      }
      if (act === 'unlogo') trigger('unlogo', {});
      if (act === 'forget') { keep({}); fields().forEach(unset); trigger('forget', {}); }
      const clear = e.target.closest('[data-brand-clear]');
      if (clear) unset(element.querySelector(`[data-brand=${clear.dataset.brandClear}]`));
    });
    element.addEventListener('change', async e => {
      if (e.target.type !== 'file' || !e.target.files.length) return;
      const file = e.target.files[0];
      e.target.value = '';
      const answer = await zitUpload(file, 'logo');
      if (answer.id) trigger('logo', {id: answer.id});
      else tell(answer.error[language()], true);
    });
  }
  return {form};
})();

// One file to the server as raw bytes; answers {id, …} or {error: {ko, en}}.
window.zitUpload = async (file, kind) => {
  const broken = {error: {ko: '파일을 올리지 못했어요. 연결을 확인하고 다시 골라 주세요.', en: 'The file could not be sent. Check the connection and choose it again.'}};
  const ticket = document.querySelector('[data-ticket]')?.dataset.ticket || '';
  try {
    const answer = await fetch(`/u?kind=${kind}&${ticket}`, {method: 'POST', body: file});
    return await answer.json();
  } catch { return broken; }
};
