// The shop's own photo: sent as raw bytes, shown from the device, its product marked with a brush.
window.zitPhoto = (() => {
  const language = () => document.documentElement.dataset.lang || 'ko';
  // Wide enough for a finger; a mask needs no more pixels than this.
  const MASK_SIDE = 1024;

  function form(element, props, trigger, watch) {
    const find = selector => element.querySelector(selector);
    const tell = (text, kind = '') => { const p = find('.photo-told'); p.textContent = text; p.dataset.kind = kind; };
    let erasing = false, drawing = null, canvas = null, pen = null, stripes = null, sending = 0, onEasel = '';
    const set = change => { props.value = {...props.value, ...change}; show(); };
    const show = () => {
      const value = props.value || {};
      find('.photo-now').hidden = !value.photo;
      element.querySelectorAll('[data-choice]').forEach(group => {
        const all = [...group.querySelectorAll('[role=radio]')];
        const chosen = all.find(b => b.dataset.id === value[group.dataset.choice]) || all[0];
        all.forEach(b => { b.setAttribute('aria-checked', b === chosen); b.tabIndex = b === chosen ? 0 : -1; });
      });
      const isMood = (value.photo_mode || 'mood') === 'mood';
      find('.mood-only').hidden = !isMood;
      find('.background-only').hidden = isMood;
      find('.brush').hidden = !!value.has_alpha || !canvas;
      find('.again-note').hidden = !value.photo || !!canvas;
      find('.clear-note').hidden = !value.has_alpha;
      if (canvas) canvas.hidden = isMood || !!value.has_alpha;
    };
    const clearEasel = () => { find('.easel').innerHTML = ''; canvas = null; onEasel = ''; sending += 1; zit.noFile(element); };
    const pending = promise => { window.zitPending = promise; return promise; };

    async function take(file) {
      tell(find('.photo-told').dataset[`sending${language() === 'ko' ? 'Ko' : 'En'}`]);
      const answer = await pending(zitUpload(file, 'photo'));
      if (!answer.id) { tell(answer.error[language()], 'error'); return; }
      tell('');
      const holder = find('.easel');
      holder.innerHTML = '';
      const img = new Image();
      img.alt = '';
      img.src = URL.createObjectURL(file);
      holder.append(img);
      const scale = Math.min(1, MASK_SIDE / Math.max(answer.width, answer.height));
      canvas = document.createElement('canvas');
      canvas.width = Math.max(1, Math.round(answer.width * scale));
      canvas.height = Math.max(1, Math.round(answer.height * scale));
      canvas.setAttribute('role', 'img');
      holder.append(canvas);
      // Its pixels are read after every stroke.
      pen = canvas.getContext('2d', {willReadFrequently: true});
      stripes = striped(Math.max(2, Math.round(canvas.width / 60)));
      holder.style.aspectRatio = `${answer.width} / ${answer.height}`;
      sending += 1;  // a mask of the photo before is on its way to nowhere
      set({photo: answer.id, photo_mask: '', has_alpha: answer.has_alpha});
      onEasel = answer.id;
    }
    // Two colours: whatever the product's own is, one of them shows on it.
    const striped = width => {
      const tile = document.createElement('canvas');
      tile.width = tile.height = width * 4;
      const ink = tile.getContext('2d');
      ink.fillStyle = '#fff';
      ink.fillRect(0, 0, tile.width, tile.height);
      ink.strokeStyle = '#1d4ed8';
      ink.lineWidth = width * Math.SQRT2;
      [-1, 0, 1].forEach(i => {
        const x = i * tile.width;
        ink.beginPath();
        ink.moveTo(x - width, tile.height + width);
        ink.lineTo(x + tile.width + width, -width);
        ink.stroke();
      });
      return pen.createPattern(tile, 'repeat');
    };
    const point = e => {
      const edge = canvas.getBoundingClientRect();
      return [(e.clientX - edge.left) / edge.width * canvas.width, (e.clientY - edge.top) / edge.height * canvas.height];
    };
    const stroke = (from, to) => {
      pen.globalCompositeOperation = erasing ? 'destination-out' : 'source-over';
      pen.strokeStyle = pen.fillStyle = stripes;
      pen.lineWidth = Number(find('[data-photo=size]').value) / 100 * Math.min(canvas.width, canvas.height);
      pen.lineCap = pen.lineJoin = 'round';
      pen.beginPath();
      pen.moveTo(...from);
      pen.lineTo(...to);
      pen.stroke();
    };
    // The painted part as white on black, the form a mask has everywhere else.
    async function send() {
      const plain = document.createElement('canvas');
      plain.width = canvas.width;
      plain.height = canvas.height;
      const out = plain.getContext('2d');
      const source = pen.getImageData(0, 0, canvas.width, canvas.height);
      const target = out.createImageData(canvas.width, canvas.height);
      for (let i = 0; i < source.data.length; i += 4) {
        target.data[i] = target.data[i + 1] = target.data[i + 2] = source.data[i + 3] ? 255 : 0;
        target.data[i + 3] = 255;
      }
      out.putImageData(target, 0, 0);
      const mine = ++sending;
      const blob = await new Promise(done => plain.toBlob(done, 'image/png'));
      const answer = await zitUpload(blob, 'mask');
      if (mine !== sending) return;
      if (answer.id) { set({photo_mask: answer.id}); tell(''); }
      else tell(answer.error[language()], 'error');
    }
    element.addEventListener('pointerdown', e => {
      if (e.target !== canvas) return;
      e.preventDefault();
      canvas.setPointerCapture(e.pointerId);
      drawing = point(e);
      stroke(drawing, drawing);
    });
    element.addEventListener('pointermove', e => {
      if (!drawing || e.target !== canvas) return;
      const next = point(e);
      stroke(drawing, next);
      drawing = next;
    });
    const lift = () => { if (drawing) { drawing = null; pending(send()); } };
    element.addEventListener('pointerup', lift);
    element.addEventListener('pointercancel', lift);
    element.addEventListener('change', e => {
      if (e.target.type !== 'file' || !e.target.files.length) return;
      const file = e.target.files[0];
      e.target.value = '';
      take(file);
    });
    element.addEventListener('click', e => {
      const radio = e.target.closest('[role=radio]');
      if (radio) { set({[radio.closest('[data-choice]').dataset.choice]: radio.dataset.id}); radio.focus(); }
      const act = e.target.closest('[data-photo]')?.dataset.photo;
      if (act === 'remove') { clearEasel(); set({photo: '', photo_mask: '', has_alpha: false}); }
      if (act === 'clear' && canvas) { pen.clearRect(0, 0, canvas.width, canvas.height); sending += 1; set({photo_mask: ''}); }
      if (act === 'erase') { erasing = !erasing; e.target.closest('button').setAttribute('aria-pressed', erasing); }
    });
    element.addEventListener('keydown', e => {
      const step = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[e.key];
      const b = e.target.closest('[role=radio]');
      if (!step || !b) return;
      e.preventDefault();
      const all = [...b.closest('[data-choice]').querySelectorAll('[role=radio]')];
      all[(all.indexOf(b) + step + all.length) % all.length].click();
    });
    const follow = () => {
      const value = props.value || {};
      // Settings of another picture bring its photo and marks along, which this device cannot show.
      if (value.photo !== onEasel) {
        clearEasel();
        if (value.photo) find('details').open = true;
      }
      show();
    };
    watch('value', follow);
    follow();
    zit.keepValue('photo', props, follow);
  }
  return {form};
})();
