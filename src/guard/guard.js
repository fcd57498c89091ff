// The guard: gives the browser the digests of what a page loads at run time.
//
// It is the first script that runs on its page, allowed by its own hash. What checks is the
// browser; the guard only tells it what to check against:
//
// * Scripts. The page's policy allows hashes only, and Integrity-Policy asks for `integrity`. A
//   script element that code adds without it, as the SDK does, would be blocked; here it gets the
//   pinned digest. Whoever gets around this gets a script blocked, not run.
// * Modules have theirs in the import map.
// * Style sheets that code adds get theirs as scripts do.
// * Fetch. No header asks for its integrity, so each fetch of a pinned URL gets it here, and
//   WebAssembly is compiled from such responses only.
// * Trusted Types. Text becomes markup or the URL of a script only through the rules at the end,
//   whichever policy it comes from.
//
// It lives with libraries that change what browsers come with. What they put over a function of
// the guard's calls the guard's: the browser's own is known here only. And the guard itself calls
// what it took before any other script ran, and awaits nothing, since that calls `then`. A step
// that fails stops the script: without its last one, the policy for Trusted Types, the SDK does
// not start.
//
// What is served is this file without comments and most spaces, and with the names of the next
// line as A, B, C and then d, e, f. They are names of variables and of nothing else; a test looks.
//@short json why spelt refuse digest over native reports request response checked refused inside groups prefix folder before after pins here page markup reader method blocked told tell attribute element defineProperty apply exec then uncheckable webkit stamp property failed asked file places object list path
//
// It is called with: `groups`, lists of names and digests with what stands before and after each
// name in its path; `prefix`, how all digests begin; `folder`, where nothing but these may be
// loaded from; `reports`, a URL or null; `places`, the beginning of a
// regular expression for where the page may lead to, or null.
((groups, prefix, folder, reports, places) => {
  "use strict";
  const { window: self, document: doc, Request, URL, Element, Promise, HTMLScriptElement: Script, HTMLLinkElement: Link, CustomEvent, Blob, setTimeout, unescape } = window,
    { getOwnPropertyDescriptor: property, setPrototypeOf, freeze } = Object,
    { construct } = Reflect, { stringify: json } = JSON, { origin: here, pathname: page } = location, { vendor } = navigator,
    defineProperty = Object.defineProperty, apply = Reflect.apply,
    beacon = navigator.sendBeacon.bind(navigator),
    entries = performance.getEntriesByName.bind(performance),

  // The browser's own methods and getters, for objects that come later.
  method = (object, name) => {
    const native = object[name];
    return (it, ...rest) => apply(native, it, rest);
  },
  reader = (object, name) => {
    const { get } = property(object, name);
    return it => apply(get, it, []);
  },
  then = method(Promise.prototype, "then"),
  exec = method(RegExp.prototype, "exec"),
  has = method(WeakSet.prototype, "has"),
  add = method(WeakSet.prototype, "add"),
  slice = method(Array.prototype, "slice"),
  attribute = method(Element.prototype, "setAttribute"),
  append = method(Element.prototype, "append"),
  create = doc.createElement.bind(doc),
  base = reader(Node.prototype, "baseURI"),
  urlOf = reader(Request.prototype, "url"),
  originOf = reader(URL.prototype, "origin"),
  pathOf = reader(URL.prototype, "pathname"),

  // Puts another function over one of the browser's.
  over = (object, name, make) => defineProperty(object, name, { value: make(object[name]), writable: true, configurable: true }),

  webkit = exec(/^Apple/, vendor),
  inside = new RegExp("^" + folder.replace(/\W/g, "\\$&")),
  checked = new WeakSet(),
  // Without a prototype nobody sees what is put in.
  refused = setPrototypeOf([], null),
  // URLs that the page's policy stopped, and those of elements that were told of.
  blocked = { __proto__: null },
  told = { __proto__: null },
  pins = { __proto__: null },
  // The same without escapes: a server finds a file however its name is spelt.
  spelt = { __proto__: null };
  for (const [before, after, list] of groups)
    list.replace(/(\S+) (\S+)/g, (_, name, hash) => spelt[unescape(name = before + name + after)] = pins[name] = prefix + hash);

  // ---- What was refused

  // Tells the page and the server; the first hundred times, so that no loop in the page becomes a
  // flood. Of what the policy stopped the browser sends reports itself. The answer is for `throw`.
  const refuse = (url, reason, known) => {
    const body = freeze({ url: "" + url, reason });
    if (refused.length < 100) {
      refused[refused.length] = body;
      reports && !known && beacon(reports, new Blob(["[{\"type\":\"visor-refused\",\"age\":0,\"url\":" + json(here + page) + ",\"body\":{\"url\":" + json(body.url) + ",\"reason\":" + json(reason) + "}}]"], { type: "application/reports+json" }));
    }
    dispatch(new CustomEvent("visor-refused", { detail: body }));
    return new TypeError(reason + ": " + url);
  },
  dispatch = dispatchEvent.bind(self),

  // The digest of a pinned URL; undefined for what is not ours to judge.
  digest = url => {
    let at;
    try {
      at = new URL(url, base(doc));
    } catch {
      // Nothing is loaded from there.
      return;
    }
    const path = pathOf(at), pin = spelt[unescape(path)];
    if (originOf(at) === here) {
      if (!pin && exec(inside, path)) throw refuse(url, "not pinned");
      return pin;
    }
  },

  // What the browser did not take, once it is known whether the policy is why.
  tell = (url, reason) => {
    told[url] = 1;
    url in blocked || refuse(url, reason);
  };

  // For scripts that come too late for the event.
  defineProperty(self, "visorRefused", { get: () => slice(refused) });

  addEventListener("securitypolicyviolation", ({ disposition, blockedURI: url, effectiveDirective: name }) => {
    // Of Trusted Types the rules below tell. What only default-src is asked for is a prefetch, which a
    // page does without.
    if (disposition !== "enforce" || exec(/^trusted|^$/, url) || exec(webkit ? /^script/ : /^default/, name) && url.replace(here, "") in pins) return;
    blocked[url] = 1;
    refuse(url, "blocked by " + name, 1);
  });

  // A script, a preload or a style sheet that did not come. WebKit refuses each preload, because it
  // doesn't see that it has integrity; and Chromium says of each prefetch that it failed, because it
  // looks for the file's Unencoded-Digest in none of its bytes. It is kept nonetheless, and checked
  // when it is used. That a prefetch has integrity is for what its element may become.
  addEventListener("error", ({ target }) => {
    const link = target instanceof Link;
    if (!link && !(target instanceof Script) || !target.integrity || link && exec(webkit ? /pre/ : /fetch/, target.rel)) return;
    const url = target.src || target.href, list = entries(url),
      { responseStatus: status, transferSize: size, nextHopProtocol: via } = list[list.length - 1] || { responseStatus: 0 },
      // Old WebKit knows no status. Of an error's size it says nothing, as of what it has had before.
      why = status === 0 ? "not loaded" : (status === undefined ? via && !size : status > 399) ? "missing" : link || target.type !== "module" ? "changed" : webkit && "changed, or what it imports";
    if (why) tell(url, why);
    // It may be what it imports. A browser knows which modules it refused, so each one is asked for
    // again; data in Chromium alone, since Firefox preloads none.
    else
      for (const path in pins)
        if (exec(vendor ? /js(on)?$/i : /js$/i, path) && !exec(inside, path) && entries(here + path).length && !(here + path in told)) {
          const element = create("link");
          attribute(element, "rel", "modulepreload");
          attribute(element, "as", exec(/n$/i, path) ? "json" : "script");
          stamp(element, "href", path);
          attribute(element, "href", path);
          append(doc.head, element);
        }
  }, true);

  // ---- Scripts and style sheets

  const stamp = (element, name, url) => {
    const pin = exec(element instanceof Script ? /^src$/i : element instanceof Link ? /^href$/i : /^$/, name) && digest(url);
    if (pin) {
      attribute(element, "integrity", pin);
      attribute(element, "crossorigin", "");
    }
  };
  for (const [type, name] of [[Script, "src"], [Link, "href"]]) {
    const { get, set } = property(type.prototype, name);
    defineProperty(type.prototype, name, {
      get,
      set(url) {
        stamp(this, name, url);
        apply(set, this, [url]);
      },
    });
  }
  for (const kind of ["", "NS", "Node", "NodeNS"])
    over(Element.prototype, "setAttribute" + kind, native => function (a, b, c) {
      a?.name ? stamp(this, a.name, a.value) : kind ? stamp(this, b, c) : stamp(this, a, b);
      return apply(native, this, arguments);
    });

  // ---- Fetch, XMLHttpRequest and others, WebAssembly

  // A promise asks what it comes to for its `then`; with one of its own nobody else answers.
  const plain = it => defineProperty(it, "then", { value: undefined });
  plain(Response.prototype);
  // What a policy says of `/` it says of all that lies below. So a page that asks for itself by such a
  // name, to see whether there is a newer one, asks for the file.
  let load;
  over(self, "fetch", native => load = async (input, init) => {
    const request = new Request(input, init), url = urlOf(request), pin = digest(url);
    return pin ? then(native(request, { __proto__: null, integrity: pin }), response => {
      plain(response);
      add(checked, response);
      return response;
    }, error => {
      const failed = () => {
        throw error;
      };
      // The policy's event comes within a task. If it was not the policy, is the file there?
      return request.signal.aborted ? failed() : then(then(new Promise(done => setTimeout(done)), () => url in blocked || then(native(url, { "method": "HEAD" }), ({ ok }) => tell(url, ok ? "changed" : "missing"), () => tell(url, "not loaded"))), failed);
    }) : native(url.replace(/[?#].*/, "") === here + page ? new Request(page.replace(/\/$/, "/index.html"), request) : request);
  });
  const uncheckable = url => {
    if (digest(url)) throw refuse(url, "not checked: use fetch");
  };
  // A request of this kind has no integrity. So it gets the bytes of a fetch that has, from a URL of
  // the page's own; where there are none, from one that leads nowhere. One that waits can't. `asked`
  // holds what was opened last: it may be another one when the fetch has come.
  const asked = new WeakMap(), { get, set } = asked, { prototype } = XMLHttpRequest, { open, send } = prototype, { createObjectURL } = URL,
    blob = method(Response.prototype, "blob");
  over(prototype, "open", () => function (verb, url, async = true) {
    arguments[1] = url = "" + url;
    const pin = digest(url);
    async && exec(/^get$/i, verb) || uncheckable(url);
    apply(open, this, arguments);
    apply(set, asked, [this, pin && { url }]);
  });
  over(prototype, "send", () => function () {
    const file = apply(get, asked, [this]), go = (at = file.url) => {
      if (file === apply(get, asked, [this])) {
        apply(set, asked, [this]);
        apply(open, this, ["GET", at]);
        apply(send, this, []);
      }
    };
    file ? then(then(then(load(file.url), blob), createObjectURL), file.go = go, () => go("blob:")) : apply(send, this, arguments);
  });
  // Only what was sent tells of its end: so what waits for its bytes is sent, for as long as this takes.
  over(prototype, "abort", native => function () {
    apply(get, asked, [this])?.go?.();
    apply(native, this, []);
  });
  over(self, "EventSource", native => new Proxy(native, {
    construct(_, list, type) {
      uncheckable(list[0] = "" + list[0]);
      return construct(native, list, type);
    },
  }));
  defineProperty(EventSource.prototype, "constructor", { value: EventSource });
  if (self.Cache)
    for (const name of ["add", "addAll"])
      over(Cache.prototype, name, native => async function (input) {
        const list = (name === "add" ? [input] : [...input]).map(item => new Request(item));
        for (const request of list) uncheckable(urlOf(request));
        return apply(native, this, name === "add" ? list : [list]);
      });
  for (const name of ["instantiateStreaming", "compileStreaming"])
    over(WebAssembly, name, native => (source, imports, options) => then(new Promise(done => done(source)), response => {
      if (!has(checked, response)) throw refuse(response?.url, "not pinned");
      return native(response, imports, options);
    }));

  // ---- Leaving

  // Where Connection-Allowlist is unknown, what a page's own scripts leave it by. A frame that a script
  // makes has a connection of its own, and no event tells of it before that script goes on.
  if (places) {
    // Many a library looks for it; who makes one is told of. An own one may be put over it.
    for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection"])
      name in self && over(self, name, () => class {
        constructor() {
          throw refuse(name, "leaves the page");
        }
      });
    if (self.navigation) {
      const to = reader(NavigateEvent.prototype, "destination"),
        at = reader(NavigationDestination.prototype, "url"),
        stop = method(Event.prototype, "preventDefault"),
        // A document from a blob: would have the page's origin, and no guard.
        own = new RegExp(places + here.replace(/\W/g, "\\$&") + "/)");
      // For the capture phase: it comes before all that are added later.
      navigation.addEventListener("navigate", event => {
        const url = at(to(event));
        if (!exec(own, url)) {
          stop(event);
          // The origin alone: the rest may be the very secret.
          refuse(originOf(new URL(url)), "leaves the page");
        }
      }, true);
    }
  }

  // ---- Trusted Types

  // Beside these the page's policy stands: it allows no inline script in whatever spelling. A form
  // or a link that leads nowhere does nothing, nor does a meta that says nothing.
  const markup = /<(?:script|i?frame|frameset|fencedframe|portal|object|embed|base)(?![^\s\/>])|<(?:link|form|meta)(?![^\s\/>])(?!(?:\s+(?!href|action|imagesrcset|content\s*=)[^\s"'<>\/=]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'=<>`]+))?)*\s*\/?>)|[\s\x22\x27/]on\w+\s*=|javascript:|srcdoc/i,
    rules = {
      // A document that a parser makes by itself loads and runs nothing.
      createHTML: (html, _, sink) => sink !== "DOMParser parseFromString" && exec(markup, html) ? void refuse(html, "markup") : html,
      // Workers ask here too, and no browser checks the integrity of a worker.
      createScriptURL: (url, _, sink) => (sink || "HTMLScriptElement src") === "HTMLScriptElement src" && digest(url) ? url : void refuse(url, "not pinned"),
      //@createScript
    };
  if (self.trustedTypes) {
    trustedTypes.createPolicy("default", rules);
    // A policy of a library's own may make of its text what it likes; the rules are asked after it.
    over(TrustedTypePolicyFactory.prototype, "createPolicy", native => function (name, own) {
      const safe = { __proto__: null };
      for (const kind of ["createHTML", "createScript", "createScriptURL"]) {
        const make = own?.[kind], rule = rules[kind];
        if (make)
          safe[kind] = function () {
            const made = apply(make, undefined, arguments), text = made == null ? "" : "" + made;
            // What DOMPurify makes a document of loads and runs nothing; that is where it cleans.
            if (name === "dompurify" && kind === "createHTML") return text;
            if ((rule ? rule(text) : void refuse(text, "code from text")) === undefined) throw new TypeError("refused by the page's guard: " + text);
            return text;
          };
      }
      try {
        return apply(native, this, [name, safe]);
      } catch (error) {
        refuse(name, "policy for Trusted Types");
        throw error;
      }
    });
  }

  // ---- WebKit

  // It blocks a static import before it looks for its integrity in the import map. What a script
  // element has asked for before is not asked for again, so here one does, with integrity, for
  // each module. An element that changes its document before its script has come runs nothing.
  if (webkit)
    for (const src in pins)
      if (/js$/i.test(src) && !inside.test(src)) {
        const tag = Object.assign(create("script"), { type: "module", src });
        doc.head.append(tag);
        new Document().append(tag);
      }
})
