// Does once what a shop does, and leaves in `seen` what came of each.
import "./style.css";
import dot from "./dot.svg"; // small, so Vite makes a `data:` URL of it

const seen = {};
const violations = [];
addEventListener("securitypolicyviolation", (event) => {
  violations.push(`${event.effectiveDirective} ${event.blockedURI}`);
});

const picture = (url) =>
  new Promise((done) => {
    const image = new Image();
    image.onload = () => done(image.naturalWidth);
    image.onerror = () => done("refused");
    image.src = url;
  });

const message = (target) =>
  new Promise((done) => {
    target.onmessage = (event) => done(event.data);
    target.onerror = () => done("refused");
  });

const needs = {
  lazy: async () => (await import("./later.js")).word,
  style: async () => {
    // Scripts may run before the style sheets are there.
    if (document.readyState !== "complete") await new Promise((done) => addEventListener("load", done));
    return getComputedStyle(document.querySelector("p")).color;
  },
  session: async () => (await (await fetch("/api/orders")).json()).visitor,
  upload: async () => {
    const body = new Blob(["%PDF-1.7"], { type: "application/pdf" });
    return (await fetch("/api/upload", { method: "POST", body })).text();
  },
  pdf: async () => (await fetch("/files/terms.pdf")).headers.get("content-type"),
  events: async () => message(new EventSource("/api/events")),
  live: async () => message(new WebSocket(`wss://${location.host}/live`)),
  push: async () => message(new WebSocket("wss://push.example/feed")),
  data: async () => `${dot.slice(0, 5)} ${await picture(dot)}`,
  blob: async () => {
    const drawn = new Blob([decodeURIComponent(dot.split(",").slice(1).join(","))], { type: "image/svg+xml" });
    return picture(URL.createObjectURL(drawn));
  },
  worker: async () => message(new Worker("/worker.js")),
  font: async () => {
    // The stand-in's bytes are no font, so this fails once they have arrived.
    await document.fonts.load("16px Inter").catch(() => {});
    return "asked";
  },
  analytics: async () => navigator.sendBeacon("https://analytics.example/collect", "seen"),
};

for (const [need, meet] of Object.entries(needs)) {
  seen[need] = await Promise.race([
    meet().catch(String),
    new Promise((done) => setTimeout(done, 20000, "nothing in 20 s")),
  ]);
}
seen.violations = violations;
window.seen = seen;
