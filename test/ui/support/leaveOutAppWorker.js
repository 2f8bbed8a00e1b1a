// Runs in every page of a window, before anything else of it: leaves out the service worker by which code-server can be
// installed as an app. VS Code's own window has none. Under it the first webview finds itself controlled already and asks for
// an update of its own worker, just installed; Chromium puts that off while a page has only just been loaded, and the webview
// stays empty for seconds.
(() => {
  if (typeof ServiceWorkerContainer === 'undefined') return;
  const { register } = ServiceWorkerContainer.prototype;
  ServiceWorkerContainer.prototype.register = function (script, options) {
    return String(script).includes('/_static/out/browser/serviceWorker.js')
      ? Promise.reject(new Error('left out by the tests'))
      : register.call(this, script, options);
  };
})();
