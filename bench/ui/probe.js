// Runs in the page under measurement, before anything else of it: notes calls, answers and the first painted row.
(() => {
  const isFilled = (row) => !row.classList.contains('pending');
  /** The rows that can be seen: in the list's box, not only in the document. */
  const shown = () => {
    const box = document.querySelector('.grid')?.getBoundingClientRect();
    return [...document.querySelectorAll('.layer > .row:not([hidden])')].filter((row) => {
      const { top, bottom } = row.getBoundingClientRect();
      return bottom > box.top && top < box.bottom;
    });
  };
  /** Ends with the next frame's callbacks, after those that they were joined by: what the document is then is painted. */
  const frame = () =>
    new Promise((resolve) => {
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = resolve;
        port2.postMessage(undefined);
      });
    });

  /** Milliseconds in which at least one call was unanswered. */
  let waited = 0;
  let waitingSince = 0;
  const open = new Set();
  let acquire;
  Object.defineProperty(window, 'acquireVsCodeApi', {
    configurable: true,
    get: () => acquire,
    set: (original) => {
      acquire = () => {
        const api = original();
        return {
          ...api,
          postMessage: (message) => {
            if (message.type === 'call') {
              if (open.size === 0) waitingSince = performance.now();
              open.add(message.id);
            }
            api.postMessage(message);
          },
        };
      };
    },
  });
  window.addEventListener('message', ({ data }) => {
    if ((data.type !== 'ok' && data.type !== 'error') || !open.delete(data.id)) return;
    if (open.size === 0) waited += performance.now() - waitingSince;
  });

  const firstPaint = (async () => {
    while (!shown().some(isFilled)) await frame();
    const unanswered = open.size === 0 ? 0 : performance.now() - waitingSince;
    const waiting = waited + unanswered;
    return { total: performance.now(), waiting };
  })();

  window.probe = {
    /** Since the navigation began, and how much of it the panel waited for answers. */
    firstPaint: () => firstPaint,

    /**
     * Moves the scrollbar to each place (0 to 1) and looks at every frame until the rows of that place are there.
     * Blank: no row with a text on the screen. Gap: some row without, or missing.
     */
    jump: async (places) => {
      const grid = document.querySelector('.grid');
      const most = grid.scrollHeight - grid.clientHeight;
      // One row may stand half outside at either end.
      const enough = shown().length - 1;
      const seen = { frames: 0, blank: 0, gaps: 0, late: 0, milliseconds: [] };
      for (const place of places) {
        const before = shown()[0]?.id;
        const start = performance.now();
        grid.scrollTop = most * place;
        for (let frames = 1; ; frames++) {
          await frame();
          const rows = shown();
          seen.frames++;
          if (!rows.some(isFilled)) seen.blank++;
          else if (rows.length < enough || !rows.every(isFilled)) seen.gaps++;
          if (rows.length >= enough && rows[0].id !== before && rows.every(isFilled)) {
            seen.milliseconds.push(performance.now() - start);
            break;
          }
          if (frames === 120) {
            seen.late++;
            break;
          }
        }
      }
      return seen;
    },

    /** Bytes in use after a collection. */
    heap: () => {
      globalThis.gc();
      return performance.memory.usedJSHeapSize;
    },
  };
})();
