//! What each engine enforces: the table in `docs/integrity.md`, measured.
//!
//! Each case is a page that has to work and one that must not. A gap stands here as the gap that it
//! is, so that an engine which closes it fails the test.

use axum::Router;
use axum::extract::Path;
use axum::http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use tower_visor::sri::{Algorithm, Digest};

use crate::engine::{Engine, in_each_engine};
use crate::proxy::Proxy;
use crate::serve;

in_each_engine!(the_table_of_what_is_enforced_is_true);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// What is right works, what is wrong doesn't.
    Enforced,
    /// What is wrong works, too.
    Ignored,
    /// Nothing works.
    Blocked,
}
use Outcome::{Blocked, Enforced, Ignored};

struct Case {
    /// As in the table.
    name: &'static str,
    /// Header fields and a body, of the right page and of the wrong one. `GOOD` stands for the
    /// digest of the script and the style, `BAD` for another one.
    headers: [&'static str; 2],
    body: [&'static str; 2],
    /// What is true when it works.
    works: &'static str,
    /// In Chromium, Firefox and `WebKit`.
    outcomes: [Outcome; 3],
}

const SCRIPT: &str = "window.ran = true";
const RAN: &str = "window.ran === true";
const PENDING: &str = "Promise.resolve(window.pending).then(() => window.ran === true)";
const ALL: [Outcome; 3] = [Enforced; 3];

const CASES: &[Case] = &[
    Case {
        name: "`integrity` of a script",
        headers: ["", ""],
        body: [
            "<script src=/s.js integrity=GOOD></script>",
            "<script src=/s.js integrity=BAD></script>",
        ],
        works: RAN,
        outcomes: ALL,
    },
    Case {
        name: "import map `integrity`, static `import`",
        headers: ["", ""],
        body: [
            "<script type=importmap>{\"integrity\":{\"/s.js\":\"GOOD\"}}</script><script type=module>import '/s.js'</script>",
            "<script type=importmap>{\"integrity\":{\"/s.js\":\"BAD\"}}</script><script type=module>import '/s.js'</script>",
        ],
        works: RAN,
        outcomes: ALL,
    },
    Case {
        name: "the same under a `script-src` of hashes",
        headers: ["content-security-policy: script-src 'GOOD' INLINE"; 2],
        body: [
            "<script type=importmap>{\"integrity\":{\"/s.js\":\"GOOD\"}}</script><script type=module>import '/s.js'</script>",
            "<script type=importmap>{}</script><script type=module>import '/s.js'</script>",
        ],
        works: RAN,
        outcomes: [Enforced, Enforced, Blocked],
    },
    Case {
        name: "the same under `Integrity-Policy`",
        headers: ["integrity-policy: blocked-destinations=(script)"; 2],
        body: [
            "<script type=importmap>{\"integrity\":{\"/s.js\":\"GOOD\"}}</script><script type=module>import '/s.js'</script>",
            "<script type=importmap>{}</script><script type=module>import '/s.js'</script>",
        ],
        works: RAN,
        outcomes: [Enforced, Enforced, Blocked],
    },
    Case {
        name: "import map `integrity`, `import()` under a `script-src` of hashes",
        headers: ["content-security-policy: script-src 'GOOD' INLINE"; 2],
        body: [
            "<script type=importmap>{\"integrity\":{\"/s.js\":\"GOOD\"}}</script><script>window.pending = import('/s.js').catch(() => {})</script>",
            "<script type=importmap>{}</script><script>window.pending = import('/s.js').catch(() => {})</script>",
        ],
        works: PENDING,
        outcomes: ALL,
    },
    Case {
        name: "`script-src` of hashes, external script",
        headers: ["content-security-policy: script-src 'GOOD'"; 2],
        body: [
            "<script src=/s.js integrity=GOOD crossorigin></script>",
            "<script src=/s.js></script>",
        ],
        works: RAN,
        outcomes: ALL,
    },
    Case {
        name: "`Integrity-Policy`, script element",
        headers: ["integrity-policy: blocked-destinations=(script)"; 2],
        body: [
            "<script src=/s.js integrity=GOOD crossorigin></script>",
            "<script src=/s.js></script>",
        ],
        works: RAN,
        outcomes: ALL,
    },
    Case {
        name: "`integrity` of `modulepreload`",
        headers: ["", ""],
        body: [
            "<script>window.pending = new Promise(done => { const e = document.createElement('link'); e.rel = 'modulepreload'; e.integrity = 'GOOD'; e.onload = () => done(window.ran = true); e.onerror = done; e.href = '/s.js'; document.head.append(e) })</script>",
            "<script>window.pending = new Promise(done => { const e = document.createElement('link'); e.rel = 'modulepreload'; e.integrity = 'BAD'; e.onload = () => done(window.ran = true); e.onerror = done; e.href = '/s.js'; document.head.append(e) })</script>",
        ],
        works: PENDING,
        outcomes: [Enforced, Enforced, Ignored],
    },
    Case {
        name: "`integrity` of `fetch`",
        headers: ["", ""],
        body: [
            "<script>window.pending = fetch('/s.js', {integrity: 'GOOD'}).then(() => window.ran = true, () => {})</script>",
            "<script>window.pending = fetch('/s.js', {integrity: 'BAD'}).then(() => window.ran = true, () => {})</script>",
        ],
        works: PENDING,
        outcomes: ALL,
    },
    Case {
        name: "`'wasm-unsafe-eval'`",
        headers: [
            "content-security-policy: script-src 'wasm-unsafe-eval' INLINE",
            "content-security-policy: script-src INLINE",
        ],
        body: [WASM; 2],
        works: PENDING,
        outcomes: [Enforced, Enforced, Ignored],
    },
    Case {
        name: "workers: `Integrity-Policy`",
        headers: ["", "integrity-policy: blocked-destinations=(script)"],
        body: ["", ""],
        works: WORKER,
        outcomes: [Ignored; 3],
    },
    Case {
        name: "workers: `worker-src 'none'`",
        headers: ["", "content-security-policy: worker-src 'none'"],
        body: ["", ""],
        works: WORKER,
        outcomes: ALL,
    },
    Case {
        name: "Trusted Types",
        headers: [
            "",
            "content-security-policy: require-trusted-types-for 'script'",
        ],
        body: ["", ""],
        works: "(() => { try { document.createElement('p').innerHTML = '<b>x</b>'; return true } catch { return false } })()",
        outcomes: ALL,
    },
    Case {
        name: "hashes of styles",
        headers: ["content-security-policy: style-src 'STYLE'"; 2],
        body: [
            "<style>body { margin: 3px }</style>",
            "<style>body { margin: 3px; }</style>",
        ],
        works: "getComputedStyle(document.body).marginTop === '3px'",
        outcomes: ALL,
    },
    Case {
        name: "`Permissions-Policy: camera`",
        headers: ["permissions-policy: camera=(self)", "permissions-policy: camera=()"],
        body: ["", ""],
        works: "navigator.mediaDevices.getUserMedia({video: true}).then(
            stream => { stream.getTracks().forEach(track => track.stop()); return true }, () => false)",
        outcomes: [Enforced, Ignored, Ignored],
    },
];

const WASM: &str = "<script>
    window.pending = WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))
        .then(() => window.ran = true, () => {})</script>";

const WORKER: &str = "new Promise(done => {
    try {
        const worker = new Worker('/worker.js');
        worker.onmessage = () => done(true);
        worker.onerror = () => done(false);
    } catch { done(false) }
})";

/// The page of a case: the headers and the text.
fn page(case: &Case, wrong: usize) -> Response {
    let digest = |text: &str| Digest::of(Algorithm::Sha384, text.as_bytes()).to_string();
    let fill = |text: &str| {
        text.replace("GOOD", &digest(SCRIPT))
            .replace("BAD", &digest("another"))
            .replace("STYLE", &digest("body { margin: 3px }"))
    };
    let body = fill(case.body[wrong]);
    // The inline scripts of the page are allowed.
    let inline: Vec<String> = body
        .split("<script")
        .filter_map(|part| part.split_once('>')?.1.split_once("</script>"))
        .map(|(text, _)| format!("'{}'", digest(text)))
        .collect();
    let mut headers = HeaderMap::new();
    if let Some((name, value)) = case.headers[wrong].split_once(": ") {
        let value = fill(value).replace("INLINE", &inline.join(" "));
        headers.insert(
            name.parse::<HeaderName>().unwrap(),
            value.parse::<HeaderValue>().unwrap(),
        );
    }
    let html = format!("<!doctype html><link rel=icon href=\"data:,\"><body>{body}");
    (headers, Html(html)).into_response()
}

async fn the_table_of_what_is_enforced_is_true(engine: Engine) {
    let proxy = Proxy::start().await;
    let Some(browser) = engine.launch(&proxy.address).await else {
        return;
    };
    let script = |text: &'static str| {
        get(move || async move { ([(CONTENT_TYPE, "text/javascript")], text) })
    };
    let site = serve(
        Router::new()
            .route("/s.js", script(SCRIPT))
            .route("/worker.js", script("postMessage(1)"))
            .route(
                "/{case}/{wrong}",
                get(
                    move |Path((case, wrong)): Path<(usize, usize)>| async move {
                        page(&CASES[case], wrong)
                    },
                ),
            ),
    )
    .await;
    let tab = browser.tab(&proxy.address).await;
    let mut news = Vec::new();
    for (index, case) in CASES.iter().enumerate() {
        let mut works = [false; 2];
        for (wrong, works) in works.iter_mut().enumerate() {
            tab.goto(&format!("{site}/{index}/{wrong}")).await;
            let here = format!(
                "document.readyState === 'complete' && location.pathname === '/{index}/{wrong}'"
            );
            tab.wait_for(&here).await;
            *works = tab.eval(case.works).await.unwrap();
        }
        let found = match works {
            [true, false] => Enforced,
            [true, true] => Ignored,
            [false, _] => Blocked,
        };
        let expected = case.outcomes[engine as usize];
        if found != expected {
            news.push(format!("{}: {found:?}, and not {expected:?}", case.name));
        }
        let docs = include_str!("../../docs/integrity.md");
        let cells = case.outcomes.map(|outcome| match outcome {
            Enforced => "yes",
            Ignored => "**no**",
            Blocked => "**blocks all**",
        });
        let row = format!("| {} | {} |", case.name, cells.join(" | "));
        if !docs.contains(&row) {
            news.push(format!("no row `{row}`"));
        }
    }
    assert!(
        news.is_empty(),
        "update the table in docs/integrity.md for {engine:?}, and this test:\n{}",
        news.join("\n")
    );
}
