// What an error monitor does: it wraps what the page talks to the network with, and counts.

export const seen = { fetch: 0, xhr: 0, errors: [] };

const { fetch } = window;
window.fetch = function (...rest) {
  seen.fetch += 1;
  return fetch.apply(this, rest).catch((error) => {
    seen.errors.push(String(error));
    throw error;
  });
};

const { open } = XMLHttpRequest.prototype;
XMLHttpRequest.prototype.open = function (...rest) {
  seen.xhr += 1;
  return open.apply(this, rest);
};

addEventListener("error", (event) => seen.errors.push(String(event.message)));
addEventListener("unhandledrejection", (event) => seen.errors.push(String(event.reason)));
window.monitor = seen;
