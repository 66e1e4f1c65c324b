// The status tab asks again every five seconds, only while somebody looks at it.
window.zitStatus = (element, trigger) => {
  const EVERY_MS = 5000, LOOK_MS = 500;
  let askedAt = 0;
  setInterval(() => {
    const isSeen = document.body.dataset.tab === 'status' && !document.hidden;
    if (!isSeen) { askedAt = 0; return; }
    if (Date.now() - askedAt < EVERY_MS) return;
    askedAt = Date.now();
    trigger('refresh', {});
  }, LOOK_MS);
};
