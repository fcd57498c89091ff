// The guard: gives the browser the digests of what a page loads at run time.
//
// It is the first script that runs on its page, allowed by its own hash. What checks is the
// browser; the guard only tells it what to check against:
//
// * Scripts. The page's policy allows hashes only, and Integrity-Policy asks for `integrity`. A
//   script element that code adds without it, as the SDK does, would be blocked; here it gets the
//   pinned digest. Whoever gets around this gets a script blocked, not run.
// * Modules have theirs in the import map.
// * Fetch. No header asks for its integrity, so each fetch of a pinned URL gets it here, and
//   WebAssembly is compiled from such responses only. This part has to hold by itself: what it
//   calls is taken or frozen now, before any other script runs, and what it sets can't be set
//   again. A step that fails stops the script: without its last one, the policy for Trusted Types,
//   the SDK does not start.
// * Trusted Types. Text becomes markup or the URL of a script only through the policy at the end.
//
// What is served is this file without comments and most spaces, and with the names of the next
// line as A, B, C. They are names of variables and of nothing else; a test looks.
//@short refuse digest lock wrap stamp native reports request response checked refused inside groups prefix folder before after pins here page lost beacon markup source method list
//
// It is called with: `groups`, lists of names and digests with what stands before and after each
// name in its path; `prefix`, how all digests begin; `folder`, where nothing but these may be
// loaded from; `reports`, a URL or null.
((groups, prefix, folder, reports) => {
  "use strict";
  const { fetch, dispatchEvent, Request, URL, Element, HTMLScriptElement: Script, CustomEvent, Blob } = window,
    { freeze } = Object, { apply } = Reflect, { stringify } = JSON, { origin: here, pathname: page } = location,
    beacon = navigator.sendBeacon.bind(navigator),
    checked = new WeakSet(),
    refused = [],
    inside = new RegExp("^" + folder.replace(/\W/g, "\\$&")),
    webkit = /^Apple/.test(navigator.vendor),
    pins = { __proto__: null };
  for (const [before, after, list] of groups)
    list.replace(/(\S+) (\S+)/g, (_, name, hash) => pins[before + name + after] = prefix + hash);

  // Tells the page and the server what was refused; the first hundred times, so that no loop in
  // the page becomes a flood. The answer is for `throw`.
  const refuse = (url, reason) => {
    const body = freeze({ url: "" + url, reason });
    if (refused.length < 100) {
      refused[refused.length] = body;
      reports && beacon(reports, new Blob([stringify([{ type: "visor-refused", age: 0, url: here + page, body }])], { type: "application/reports+json" }));
    }
    dispatchEvent(new CustomEvent("visor-refused", { detail: body }));
    return new TypeError(reason + ": " + url);
  },

  // The digest of a pinned URL; undefined for what is not ours to judge.
  digest = url => {
    const { origin, pathname } = new URL(url, document.baseURI);
    if (origin === here) {
      if (pathname in pins) return pins[pathname];
      if (inside.test(pathname)) throw refuse(url, "not pinned");
    }
  };

  // Sets a property for good.
  const lock = (object, name, rest) => Object.defineProperty(object, name, { configurable: false, ...rest }),
    wrap = (object, name, make) => lock(object, name, { value: make(object[name]), writable: false });

  // For scripts that come too late for the event.
  lock(window, "visorRefused", { get: () => refused.concat() });

  // ---- Scripts

  const stamp = (script, name, url) => {
    const pin = script instanceof Script && /^src$/i.test(name) && digest(url);
    if (pin) {
      script.integrity = pin;
      script.crossOrigin = "";
    }
  };
  const { get, set } = Object.getOwnPropertyDescriptor(Script.prototype, "src");
  lock(Script.prototype, "src", {
    get,
    set(url) {
      stamp(this, "src", url);
      apply(set, this, [url]);
    },
  });
  for (const method of ["", "NS", "Node", "NodeNS"])
    wrap(Element.prototype, "setAttribute" + method, native => function (a, b, c) {
      a?.name ? stamp(this, a.name, a.value) : method ? stamp(this, b, c) : stamp(this, a, b);
      return apply(native, this, arguments);
    });
  // The browser refused a script or a preload: what was changed is this file, or what it imports.
  // WebKit refuses each preload, because it doesn't see that it has integrity.
  const lost = "changed or not loaded";
  addEventListener("error", ({ target }) => target instanceof (webkit ? Script : Element) && target.integrity && refuse(target.src || target.href, lost), true);

  // ---- Fetch, XMLHttpRequest, WebAssembly

  wrap(window, "fetch", () => async (input, init) => {
    const request = new Request(input, init), { url } = request, pin = digest(url);
    if (!pin) return fetch(request);
    try {
      const response = await fetch(request, { integrity: pin });
      checked.add(response);
      return response;
    } catch (error) {
      request.signal.aborted || refuse(url, lost);
      throw error;
    }
  });
  wrap(XMLHttpRequest.prototype, "open", native => function (_, url) {
    arguments[1] = url = "" + url;
    if (digest(url)) throw refuse(url, "not checked: use fetch");
    return apply(native, this, arguments);
  });
  for (const name of ["instantiateStreaming", "compileStreaming"])
    wrap(WebAssembly, name, native => async (source, imports, options) => {
      const response = await source;
      if (!checked.has(response)) throw refuse(response.url, "not pinned");
      return native(response, imports, options);
    });
  // By this property `await` knows a promise that it need not ask what it comes to.
  lock(Promise.prototype, "constructor", { writable: false });
  for (const type of [Request, URL, Script, WeakSet, RegExp]) freeze(type.prototype);

  // ---- Trusted Types

  // Beside these the page's policy stands: it allows no inline script in whatever spelling.
  const markup = /<(script|i?frame|frameset|fencedframe|portal|object|embed|applet|base|link|meta|form)|[\s\x22\x27/]on\w+\s*=|javascript:|srcdoc/i;
  window.trustedTypes?.createPolicy("default", {
    createHTML: html => markup.test(html) ? void refuse(html, "markup") : html,
    // Workers ask here too, and no browser checks the integrity of a worker.
    createScriptURL: (url, _, sink) => sink === "HTMLScriptElement src" && digest(url) ? url : void refuse(url, "not pinned"),
    //@createScript
  });

  // ---- WebKit

  // It blocks a static import before it looks for its integrity in the import map. What a script
  // element has asked for before is not asked for again, so here one does, with integrity, for
  // each module. An element that changes its document before its script has come runs nothing.
  if (webkit)
    for (const src in pins)
      if (/js$/.test(src) && !inside.test(src)) {
        const tag = Object.assign(document.createElement("script"), { type: "module", src });
        document.head.append(tag);
        new Document().append(tag);
      }
})
