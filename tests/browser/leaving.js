// Every way out of a page that a script of it may try, each to the URL of a server of its own. In
// `ways` are those after which there may be another page here.
const add = (place, name, properties) => {
  const element = Object.assign(document.createElement(name), properties);
  document[place].append(element);
  return element;
};
const link = (rel) => (href) => void add("head", "link", { rel, href });
const frame = (properties) => add("body", "iframe", properties).contentWindow;
// A name server is asked for a STUN server's answer, by a data channel that nobody answers.
const connect = (realm, urls) => {
  const connection = new realm.RTCPeerConnection({ iceServers: [{ urls }] });
  connection.createDataChannel("x");
  connection.createOffer().then((offer) => connection.setLocalDescription(offer));
  window.kept = [...(window.kept ?? []), connection];
};
window.ways = {
  "navigation by script": (url) => void (location.href = url),
  "navigation by a link": (url) => add("body", "a", { href: url }).click(),
  "navigation by a form": (url) => add("body", "form", { action: url, method: "post" }).submit(),
  "navigation by meta refresh": (url) => void add("head", "meta", { httpEquiv: "refresh", content: `0;url=${url}` }),
  "navigation to a named origin": (url) => void (location.href = url),
  "navigation by a frame's script": (url) => void frame().top.location.replace(url),
  "window.open": (url) => void open(url),
  "window.open, into the page's own window": (url) => void open(url, "_self"),
  "beacon": (url) => void navigator.sendBeacon(url, "x"),
  "fetch": (url) => fetch(url, { mode: "no-cors" }),
  "fetch of a frame": (url) => frame().fetch(url, { mode: "no-cors" }),
  "image": (url) => void (new Image().src = url),
  "preconnect": link("preconnect"),
  "dns-prefetch": link("dns-prefetch"),
  "prefetch by a link": link("prefetch"),
  "prefetch by speculation rules": (url) =>
    void add("head", "script", {
      type: "speculationrules",
      text: JSON.stringify({ prefetch: [{ source: "list", urls: [url], eagerness: "immediate" }] }),
    }),
  "WebSocket": (url) => void new WebSocket(url.replace("http", "ws")),
  "EventSource": (url) => void new EventSource(url),
  "WebRTC": (url) => connect(window, url),
  "WebRTC of a blank frame": (url) => connect(frame(), url),
  "WebRTC of a srcdoc frame": (url) => connect(frame({ srcdoc: "<p>" }), url),
  "CSS url()": (url) => void (document.body.style.backgroundImage = `url(${url})`),
  "ping": (url) => add("body", "a", { href: "#ping", ping: url }).click(),
  "service worker": (url) => navigator.serviceWorker.register(`/sw.js?${encodeURIComponent(url)}`),
  "window.open, allowed": (url) => void open(url),
  "a blank window's navigation": (url) => void (open().location = url),
  "WebRTC of a blank window": (url) => connect(open(), url),
};
window.attempt = async (tries) => {
  for (const [name, url] of tries)
    try {
      await Promise.race([ways[name](url), new Promise((done) => setTimeout(done, 500))]);
    } catch (error) {
      console.info(`${name}: ${error}`);
    }
};
