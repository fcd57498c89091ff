// Tries each way to load a known file, and tells which ones used it.
const late = (ms) => new Promise((_, failed) => setTimeout(failed, ms));
const event = (target, good = "load") => new Promise((done, failed) => {
  target.addEventListener(good, done);
  target.addEventListener("error", failed);
});
const added = (name, properties) => {
  const element = Object.assign(document.createElement(name), properties);
  const loaded = event(element);
  document.head.append(element);
  return loaded;
};
const body = async (response) => {
  const answer = await response;
  if (!answer.ok) throw new Error("no file");
  return answer.arrayBuffer();
};
// The same URL to a server, with an escape in it.
const escaped = (url) => url.replace(/\w(?=\.\w+$)/, (c) => "%" + c.charCodeAt(0).toString(16));
const WAYS = {
  "script element": (url) => added("script", { src: url }),
  "module element": (url) => added("script", { type: "module", src: url }),
  "modulepreload": (url) => added("link", { rel: "modulepreload", href: url }),
  "script element, escaped": (url) => added("script", { src: escaped(url) }),
  "import": (url) => import(url),
  "import, type json": (url) => import(url, { with: { type: "json" } }),
  "import, type css": (url) => import(url, { with: { type: "css" } }),
  "import, type text": (url) => import(url, { with: { type: "text" } }),
  "fetch": (url) => body(fetch(url)),
  "fetch, escaped": (url) => body(fetch(escaped(url))),
  "preload, then fetch": async (url) => {
    await added("link", { rel: "preload", as: "fetch", crossOrigin: "", href: url }).catch(() => {});
    return body(fetch(url));
  },
  "preload, then script element": async (url) => {
    await added("link", { rel: "preload", as: "script", crossOrigin: "", href: url }).catch(() => {});
    return added("script", { src: url });
  },
  "preload, then style sheet": async (url) => {
    await added("link", { rel: "preload", as: "style", crossOrigin: "", href: url }).catch(() => {});
    return added("link", { rel: "stylesheet", href: url });
  },
  "fetch of a frame": (url) => {
    const frame = document.createElement("iframe");
    document.body.append(frame);
    return body(frame.contentWindow.fetch(new URL(url, location).href));
  },
  "XMLHttpRequest": (url) => {
    const request = new XMLHttpRequest();
    request.open("GET", url);
    const loaded = event(request);
    request.send();
    return loaded;
  },
  "XMLHttpRequest, waiting": async (url) => {
    const request = new XMLHttpRequest();
    request.open("GET", url, false);
    request.send();
    if (request.status !== 200) throw new Error("no file");
  },
  "Cache.add": async (url) => {
    const cache = await caches.open("ways");
    await cache.add(url);
  },
  "EventSource": (url) => event(new EventSource(url), "open"),
  "worker": async (url) => {
    const worker = new Worker(url);
    await Promise.race([event(worker, "message"), new Promise((done) => setTimeout(done, 500))]);
  },
  "worklet": (url) => new OfflineAudioContext(1, 1, 8000).audioWorklet.addModule(url),
  "shared worker": (url) => event(new SharedWorker(url).port, "message"),
  "service worker": (url) => navigator.serviceWorker.register(url),
  "streaming": (url) => WebAssembly.compileStreaming(fetch(url)),
  "streaming, two-faced": async (url) => {
    const response = await fetch(url);
    const other = new Response(await response.clone().arrayBuffer(), { headers: { "content-type": "application/wasm" } });
    other.then = (done) => { delete other.then; done(response); };
    return WebAssembly.compileStreaming(other);
  },
  "late style sheet": (url) => added("link", { rel: "stylesheet", href: url }),
  "late style sheet, escaped": (url) => added("link", { rel: "stylesheet", href: escaped(url) }),
  "late style sheet, parsed": (url) => {
    const parsed = new DOMParser().parseFromString(`<link rel=stylesheet href=${url}>`, "text/html");
    const element = parsed.querySelector("link");
    const loaded = event(element);
    document.head.append(element);
    return loaded;
  },
  // The sheet that imports it is a file of its own.
  "@import": async () => {
    await added("link", { rel: "stylesheet", href: "importing.css" });
    await new Promise((done) => setTimeout(done, 300));
    if (getComputedStyle(document.body).textIndent !== "7px") throw new Error("no style");
  },
  "picture": (url) => event(Object.assign(new Image(), { src: url })),
  "font": (url) => new FontFace("Box", `url(${url})`).load(),
  "fetch of the head": (url) => body(fetch(url, { method: "HEAD" })),
  "fetch of a part": async (url) => {
    const answer = await fetch(url, { headers: { range: "bytes=10-19" } });
    if (answer.status !== 206 || (await answer.arrayBuffer()).byteLength !== 10) throw new Error("no part");
  },
  "video": (url) => event(Object.assign(document.createElement("video"), { src: url, preload: "auto" }), "loadeddata"),
  "video, to its end": async (url) => {
    // On a busy machine WebKitGTK's player sometimes stops in the middle: another one plays it then.
    for (let left = 3; left > 0; left--) {
      const video = Object.assign(document.createElement("video"), { src: url, muted: true });
      document.body.append(video);
      const ended = event(video, "ended");
      const played = Promise.all([video.play(), ended]);
      if (left === 1) await played;
      else if (await Promise.race([played.then(() => true), late(9000).catch(() => false)])) return;
      video.remove();
    }
  },
  "sound, near its end": async (url) => {
    const sound = Object.assign(new Audio(), { src: url, preload: "metadata" });
    await event(sound, "loadedmetadata");
    const there = event(sound, "seeked");
    sound.currentTime = sound.duration - 1;
    await there;
  },
  "sound": (url) => event(Object.assign(new Audio(), { src: url }), "loadeddata"),
};

window.tryAll = async (cells) => {
  const used = [];
  for (const [url, way] of cells) {
    try {
      // Playing takes its time where two browsers share a core.
      await Promise.race([WAYS[way](url), late(way.endsWith("its end") ? 30000 : 4000)]);
      used.push(true);
    } catch {
      used.push(false);
    }
  }
  return used;
};
window.ready = true;
