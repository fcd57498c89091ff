//! What libraries do to a page, and what a page may try to get around the guard: each with each, in
//! each engine.

use serde_json::Value;

use crate::engine::{Browser, Engine, Tab, in_each_engine};
use crate::example::Example;
use crate::proxy::Proxy;

in_each_engine!(libraries_run_and_nothing_gets_around_the_guard);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The page goes on as before.
    Honest,
    /// It breaks scripts that don't know of it, and must break no check.
    Lies,
}
use Kind::{Honest, Lies};

struct Library {
    kind: Kind,
    /// Who does it.
    name: &'static str,
    /// What it does, as an expression; it fails where the guard is in its way.
    does: &'static str,
    /// What the page then sees of it.
    shows: &'static str,
}

const LIBRARIES: &[Library] = &[
    Library {
        kind: Honest,
        name: "what needs nothing of a guard",
        does: "(() => {
          const made = document.createElement('template');
          made.innerHTML = '<p class=made>made</p>';
          document.body.append(made.content.cloneNode(true));
          const sheet = new CSSStyleSheet();
          sheet.replaceSync('.made { text-indent: 3px }');
          document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
          sheet.insertRule('.made { order: 4 }');
          localStorage.setItem('made', 'kept');
        })()",
        shows: "(() => { const { textIndent, order } = getComputedStyle(document.querySelector('.made'));
          return textIndent === '3px' && order === '4' && localStorage.getItem('made') === 'kept' })()",
    },
    Library {
        kind: Honest,
        name: "a subclass of Promise of the old kind, as jsPDF's",
        does: "(() => {
          window.Child = function (f) { const p = new Promise(f); Object.setPrototypeOf(p, Child.prototype); return p };
          Child.prototype = Object.create(Promise.prototype);
          Child.prototype.constructor = Child;
          const p = Promise.resolve(1);
          p.constructor = Child;
        })()",
        shows: "new Child((done) => done(2)).then((two) => two === 2)",
    },
    Library {
        kind: Honest,
        name: "wrappers, as error monitors put them",
        does: "(() => {
          window.calls = [];
          for (const [object, name] of [
            [window, 'fetch'], [XMLHttpRequest.prototype, 'open'], [XMLHttpRequest.prototype, 'send'],
            [Element.prototype, 'setAttribute'], [Document.prototype, 'createElement'],
            [WebAssembly, 'instantiateStreaming'], [EventTarget.prototype, 'addEventListener'],
          ]) {
            const native = object[name];
            object[name] = function () { calls.push(name); return native.apply(this, arguments) };
          }
        })()",
        shows: "fetch('index.html').then(() => {
          const r = new XMLHttpRequest(); r.open('GET', 'index.html'); document.body.setAttribute('data-x', 1);
          return ['fetch', 'open', 'setAttribute'].every((name) => calls.includes(name)) })",
    },
    Library {
        kind: Honest,
        name: "polyfills of RegExp, as core-js's",
        does: "(() => {
          const exec = RegExp.prototype.exec, re = /./;
          re[Symbol.match] = false;
          re.exec = exec;
          re.constructor = RegExp;
          RegExp.prototype.constructor = RegExp;
          RegExp.prototype.exec = function (text) { window.execs = (window.execs ?? 0) + 1; return exec.call(this, text) };
        })()",
        shows: "/a/.exec('a') && execs > 0",
    },
    Library {
        kind: Honest,
        name: "polyfills of URL and Request",
        does: "(() => {
          URL.prototype.toJSON = function () { return 'json' };
          window.Old = URL;
          window.URL = class extends URL {};
          window.Request = class extends Request {};
        })()",
        shows: "new URL('/a', location) instanceof Old",
    },
    Library {
        kind: Honest,
        name: "promises of zone.js",
        does: "(() => {
          const then = Promise.prototype.then, Native = Promise;
          Promise.prototype.then = function (done, failed) { window.thens = (window.thens ?? 0) + 1; return then.call(this, done, failed) };
          window.Promise = class extends Native {};
        })()",
        shows: "Promise.resolve().then(() => thens > 0)",
    },
    Library {
        kind: Lies,
        name: "getters and methods that lie",
        does: "(() => {
          for (const name of ['origin', 'pathname']) Object.defineProperty(URL.prototype, name, { get: () => 'x' });
          Object.defineProperty(Request.prototype, 'url', { get: () => 'https://x.example/' });
          Event.prototype.preventDefault = () => {};
          if (self.navigation) {
            Object.defineProperty(NavigateEvent.prototype, 'destination', { get: () => location });
            Object.defineProperty(NavigationDestination.prototype, 'url', { get: () => location.href });
            navigation.addEventListener('navigate', (event) => event.stopImmediatePropagation(), true);
          }
          RegExp.prototype.exec = () => null;
          Promise.prototype.constructor = Object;
          WeakSet.prototype.has = () => true;
          Element.prototype.append = () => {};
          Object.defineProperty = (it) => it;
          Reflect.apply = () => undefined;
          Array.prototype.slice = () => [];
          performance.getEntriesByName = () => [];
        })()",
        shows: "new WeakSet().has({})",
    },
    Library {
        kind: Lies,
        name: "frozen prototypes, as SES's lockdown leaves them",
        does: "for (const { prototype } of [Function, Array, Promise, RegExp, WeakMap, WeakSet, URL, Request, Response, Element, Event, XMLHttpRequest])
          Object.freeze(prototype)",
        shows: "Object.isFrozen(Promise.prototype)",
    },
    Library {
        kind: Honest,
        name: "a shim for WebRTC",
        does: "window.RTCPeerConnection = class Own {}",
        shows: "new RTCPeerConnection().constructor.name === 'Own'",
    },
    Library {
        kind: Lies,
        name: "a document whose baseURI is another",
        does: "(() => {
          document.body.append(Object.assign(document.createElement('img'), { name: 'baseURI' }));
          window.img = document.baseURI;
          Object.defineProperty(Node.prototype, 'baseURI', { value: 'https://x.example/' });
        })()",
        shows: "img instanceof HTMLImageElement",
    },
    Library {
        kind: Honest,
        name: "accessors over the guard's",
        does: "(() => {
          const { get, set } = Object.getOwnPropertyDescriptor(HTMLScriptElement.prototype, 'src');
          window.seen = 0;
          Object.defineProperty(HTMLScriptElement.prototype, 'src', { configurable: true, get, set(url) { seen++; set.call(this, url) } });
          Object.defineProperty(HTMLScriptElement.prototype, 'integrity', { configurable: true, get() { return this.getAttribute('integrity') }, set() {} });
        })()",
        shows: "(document.createElement('script').src = 'app.js', seen === 1)",
    },
];

/// What a script of the page may try, and what comes of it: an expression whose value says so.
const TRIES: &[(&str, &str)] = &[
    ("Reflect.set(window, 'visorRefused', []) || Reflect.defineProperty(window, 'visorRefused', {value: []})", "false"),
    // A file that was changed on its way.
    ("fetch(A + 'js/AzureAIVisionFace.wasm').then(() => 'came', () => 'refused')", "refused"),
    // A script element, whichever way it gets its URL.
    (
        "(() => { const s = document.createElement('script'); s.src = E; return s.integrity.slice(0, 7) + s.crossOrigin })()",
        "sha384-anonymous",
    ),
    (
        "(() => { const s = document.createElement('script'); s.setAttribute('SRC', E); return s.integrity.slice(0, 7) })()",
        "sha384-",
    ),
    (
        "(() => { const s = document.createElement('script'); s.setAttributeNS(null, 'src', E); return s.integrity.slice(0, 7) })()",
        "sha384-",
    ),
    (
        "(() => { const s = document.createElement('script'), a = document.createAttribute('src');
          a.value = E; s.setAttributeNode(a); return s.integrity.slice(0, 7) })()",
        "sha384-",
    ),
    (
        "(() => { const s = document.createElement('script'); s.src = location.origin + E.slice(1) + '?v=1'; return s.cloneNode().integrity.slice(0, 7) })()",
        "sha384-",
    ),
    (
        "(() => { const s = document.createElement('script'); try { s.src = A + 'js/x.js' } catch (e) { return e.message } })()",
        "not pinned: ./facelivenessdetector-assets/js/x.js",
    ),
    (
        "(() => { const s = document.createElement('script'); try { s.src = '/api/session' } catch (e) { return e.name } })()",
        "TypeError",
    ),
    // Taken off again, it does not run.
    (
        "new Promise(done => { const s = document.createElement('script'); s.src = './words.js';
          s.removeAttribute('integrity'); s.onload = () => done('ran'); s.onerror = () => done('blocked');
          document.head.appendChild(s) })",
        "blocked",
    ),
    // Fetch, in each of its forms.
    ("fetch(A + 'i18n/en-US/en.json').then(r => r.status)", "200"),
    ("fetch(new URL(A + 'i18n/en-US/en.json', location)).then(r => r.status)", "200"),
    ("fetch(new Request(A + 'i18n/en-US/en.json'), {integrity: ''}).then(r => r.status)", "200"),
    ("fetch(A + 'i18n/xx-XX/en.json').catch(e => e.message)", "not pinned: O/facelivenessdetector-assets/i18n/xx-XX/en.json"),
    ("fetch('index.html').then(r => r.status)", "200"),
    // What cannot be checked.
    (
        "(() => { try { new XMLHttpRequest().open('GET', A + 'i18n/en-US/en.json', false) } catch (e) { return e.message } })()",
        "not checked: use fetch: ./facelivenessdetector-assets/i18n/en-US/en.json",
    ),
    ("(() => { try { new Worker('./words.js') } catch (e) { return e.name } })()", "TypeError"),
    (
        "WebAssembly.instantiateStreaming(new Response('', {headers: {'content-type': 'application/wasm'}})).catch(e => e.message)",
        "not pinned: ",
    ),
    (
        "WebAssembly.compileStreaming(fetch('index.html')).catch(e => e.message)",
        "not pinned: O/index.html",
    ),
    ("WebAssembly.compileStreaming(fetch(A + 'js/AzureAIVisionFace_SIMD.wasm')).then(m => m instanceof WebAssembly.Module)", "true"),
    (
        "(() => { try { new EventSource(A + 'i18n/en-US/en.json') } catch (e) { return e.message } })()",
        "not checked: use fetch: ./facelivenessdetector-assets/i18n/en-US/en.json",
    ),
    (
        "self.caches ? caches.open('x').then(c => c.add(A + 'i18n/en-US/en.json')).catch(e => e.message.slice(0, 11)) : 'not checked'",
        "not checked",
    ),
    // A response of two faces: it is the pinned one when the guard looks.
    (
        "(async () => { const r = await fetch(A + 'js/AzureAIVisionFace_SIMD.wasm');
          return Reflect.defineProperty(r, 'then', {value(done) { done(new Response('')) }}) })()",
        "false",
    ),
    (
        "(async () => { let looks = 0, get = function () { if (this instanceof Response) looks++ };
          Object.defineProperty(Object.prototype, 'then', {configurable: true, get});
          try { await WebAssembly.compileStreaming(fetch(A + 'js/AzureAIVisionFace_SIMD.wasm')) } finally { delete Object.prototype.then }
          return looks })()",
        "0",
    ),
    (
        "(() => { const r = new Response('', {headers: {'content-type': 'application/wasm'}});
          r.then = (done) => fetch(A + 'js/AzureAIVisionFace_SIMD.wasm').then((pinned) => { delete r.then; done(r) });
          return WebAssembly.compileStreaming(r).catch(e => e.message) })()",
        "not pinned: ",
    ),
    // One that was given up before its bytes came says so, and one that has come says nothing more.
    (
        "new Promise(done => { const r = new XMLHttpRequest(), said = [];
          for (const name of ['load', 'abort', 'error', 'loadend']) r.addEventListener(name, () => said.push(name));
          r.open('GET', A + 'i18n/en-US/en.json'); r.send(); r.abort();
          fetch(A + 'i18n/en-US/en.json').then(() => {
            said.push(r.readyState);
            r.open('GET', A + 'i18n/en-US/en.json'); r.send();
            r.onload = () => setTimeout(() => { r.abort(); setTimeout(() => done(said + ''), 50) }, 50);
          }) })",
        "abort,loadend,0,load,loadend",
    ),
    // Style sheets.
    (
        "(() => { const l = document.createElement('link'); l.rel = 'stylesheet'; l.href = 'app.css'; return l.integrity.slice(0, 7) })()",
        "sha384-",
    ),
    (
        "(() => { const l = document.createElement('link'); l.setAttribute('href', 'app.css'); return l.integrity.slice(0, 7) })()",
        "sha384-",
    ),
    // Text.
    ("(() => { const p = document.createElement('p'); p.innerHTML = '<b>on</b> a = b'; return p.innerHTML })()", "<b>on</b> a = b"),
    ("H('<script>1</script>')", "TypeError"),
    ("H('<IFRAME src=/>')", "TypeError"),
    ("H('<img/onerror =1>')", "TypeError"),
    ("H('<a href=javascript:1>')", "TypeError"),
    ("H('<meta http-equiv=refresh content=0>')", "TypeError"),
    ("H('<meta content = 0 http-equiv=refresh>')", "TypeError"),
    ("H('<meta name=\"referrer\" content=unsafe-url>')", "TypeError"),
    ("H('<META/content=0 name=a>')", "TypeError"),
    // What Foundation reads its breakpoints from.
    ("H('<meta class=\"a\" name=\"a\" content>')", "undefined"),
    ("H('<form action=/>')", "TypeError"),
    ("H('<form></form><FORM class=a id=\"b\" hidden><link/></form>')", "undefined"),
    ("H('<form-field></form-field><base-button>')", "undefined"),
    ("H('<form title=\">\" action=/>')", "TypeError"),
    ("H('<form/action=/>')", "TypeError"),
    ("H('<link rel=preconnect href=//x.example>')", "TypeError"),
    ("H('<link title=a imagesrcset=x>')", "TypeError"),
    ("new DOMParser().parseFromString('<script>1</script>', 'text/html').scripts.length", "1"),
    ("H('<base href=/>')", "TypeError"),
    ("H('<p srcdoc=1>')", "TypeError"),
    ("(() => { try { document.createElement('script').text = '1' } catch (e) { return e.name } })()", "TypeError"),
    ("(() => { try { trustedTypes.createPolicy('default', {}) } catch (e) { return e.name } })()", "TypeError"),
    ("(() => { try { trustedTypes.createPolicy('lit-html', {}) } catch (e) { return e.name + visorRefused.some(r => r.url === 'lit-html' && r.reason === 'policy for Trusted Types') } })()", "TypeErrortrue"),
    // Error monitors look for it; who makes one is told of. WebKitGTK has none.
    (
        "(() => { const told = visorRefused.length, { RTCPeerConnection } = self;
          if (!RTCPeerConnection || RTCPeerConnection.name === 'Own') return 'refused';
          if (visorRefused.length > told) return 'told of a look';
          try { new RTCPeerConnection(); return 'made' } catch (e) { return e.message === 'leaves the page: RTCPeerConnection' ? 'refused' : e.message } })()",
        "refused",
    ),
    // Out of the page. Some engines can't cancel it.
    (
        "(async () => { if (!self.navigation) return 'stopped'; location.href = 'http://x.example/?1';
          await new Promise((done) => setTimeout(done, 50));
          return visorRefused.some(r => r.url === 'http://x.example' && r.reason === 'leaves the page') ? 'stopped' : 'not told' })()",
        "stopped",
    ),
    ("(() => { location.hash = 'x'; history.pushState(null, '', '?y'); history.replaceState(null, '', location.pathname); return location.search })()", ""),
    ("(() => { try { setTimeout('1') } catch (e) { return e.name } })()", "TypeError"),
];

/// A page of the example that is ready, and on which these did what they do.
async fn prepared<'a>(
    browser: &'a Browser,
    proxy: &Proxy,
    example: &Example,
    libraries: impl IntoIterator<Item = &Library>,
) -> Tab<'a> {
    let page = browser.tab(&proxy.address).await;
    page.goto(&format!("{}/", example.origin)).await;
    page.wait_for("document.documentElement.dataset.state === 'ready'")
        .await;
    for Library { name, does, .. } in libraries {
        let js = format!(
            "(() => {{ try {{ {does}; return 'done' }} catch (e) {{ return String(e) }} }})()"
        );
        let done = page.eval::<String>(&js).await;
        assert_eq!(done, Ok("done".to_owned()), "{name}");
    }
    page
}

async fn libraries_run_and_nothing_gets_around_the_guard(engine: Engine) {
    let proxy = Proxy::start().await;
    let Some(browser) = engine.launch(&proxy.address).await else {
        return;
    };
    let example = Example::start(&[]).await;

    // All of them at once, and the SDK runs to its end.
    let honest = LIBRARIES.iter().filter(|library| library.kind == Honest);
    let page = prepared(&browser, &proxy, &example, honest).await;
    for attempt in 1.. {
        page.eval::<Value>("void document.querySelector('#start').click()")
            .await
            .unwrap();
        page.wait_for("['done', 'failed'].includes(document.documentElement.dataset.state)")
            .await;
        let state = "[document.documentElement.dataset.state, livenessPage.error?.code ?? '', JSON.stringify([livenessPage.error, visorRefused])]";
        let [state, code, said]: [String; 3] = page.eval(state).await.unwrap();
        if state == "done" {
            break;
        }
        // On a busy machine WebKit's camera may show too few pictures in the SDK's time.
        assert!(
            code == "TimedOut" && attempt < 8,
            "{said} {:?}",
            page.console().await
        );
    }

    proxy.change("/AzureAIVisionFace.wasm", "/* B");
    let tries: Vec<String> = TRIES
        .iter()
        .map(|(js, _)| format!("() => ({js})"))
        .collect();
    let tries = format!(
        "(async () => {{ const gave = [], {{ setTimeout }} = window, late = () => new Promise((done) => setTimeout(() => done('never'), 10000)); for (const run of [{}]) {{ let text; try {{ text = String(await Promise.race([run(), late()])) }} catch (e) {{ text = String(e) }} gave.push(text) }} return gave }})()",
        tries.join(",\n")
    );
    let mut wrong = Vec::new();
    for library in LIBRARIES {
        let Library { name, shows, .. } = library;
        let page = prepared(&browser, &proxy, &example, [library]).await;
        let shown = page
            .eval::<bool>(&format!("Promise.resolve({shows}).then(Boolean)"))
            .await;
        if shown != Ok(true) {
            wrong.push(format!("{name}: it does not do what it does: {shown:?}"));
        }
        page.eval::<Value>(
            "void Object.assign(window, {
                 A: './facelivenessdetector-assets/', E: './facelivenessdetector-assets/js/AzureAIVisionFace.js',
                 H: html => { try { document.createElement('p').innerHTML = html } catch (e) { return e.name } },
             })",
        )
        .await
        .unwrap();
        let gave: Vec<String> = page.eval(&tries).await.unwrap();
        for ((js, expected), gave) in TRIES.iter().zip(gave) {
            let gave = gave.replace(&example.origin, "O");
            if gave != *expected {
                wrong.push(format!("{name}: {js}\n    gave {gave}, and not {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
