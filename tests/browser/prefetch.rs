//! What a policy says of a prefetch: in Firefox its `default-src` alone, in Chromium any fetch directive
//! that allows the URL. This WebKit prefetches nothing. And what becomes of a prefetched file on a guarded
//! page.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::get;
use tower_visor::app::AppFiles;
use tower_visor::csp::{DirectiveName, PolicyList};
use tower_visor::pins::Pins;
use tower_visor::policy::Document;
use tower_visor::sdk::Endpoint;
use tower_visor::site::Site;
use tower_visor::url::{Origin, Url};

use crate::connection::PATIENCE;
use crate::engine::{Engine, in_each_engine};
use crate::example::stand_in;

in_each_engine!(
    what_allows_a_prefetch,
    what_was_prefetched_is_checked_when_it_is_used,
);

/// The policies of a page, and whether it may prefetch in Chromium and in Firefox.
const CASES: &[(&[&str], bool, bool)] = &[
    (&[], true, true),
    (&["default-src 'none'"], false, false),
    (&["default-src 'self'"], true, true),
    (
        &["default-src 'self'; img-src 'none'; connect-src 'none'; script-src 'none'"],
        true,
        true,
    ),
    (&["img-src 'none'; connect-src 'none'"], true, true),
    (&["default-src 'none'; img-src 'self'"], true, false),
    (&["default-src 'none'; manifest-src 'self'"], true, false),
    (&["default-src 'none'; worker-src 'self'"], true, false),
    (&["default-src 'none'; script-src-elem 'self'"], true, false),
    (
        &["default-src 'none'; script-src-attr 'self'"],
        false,
        false,
    ),
    (&["default-src 'none'; prefetch-src 'self'"], false, false),
    (
        &["default-src 'none'; form-action 'self'; base-uri 'self'"],
        false,
        false,
    ),
    (
        &["default-src 'none'; img-src https://other.example"],
        false,
        false,
    ),
    // Each policy for itself.
    (
        &[
            "default-src 'none'; img-src 'self'",
            "default-src 'none'; font-src 'self'",
        ],
        true,
        false,
    ),
    (
        &["default-src 'none'; img-src 'self'", "default-src 'none'"],
        false,
        false,
    ),
];

async fn what_allows_a_prefetch(engine: Engine) {
    let Some(browser) = engine.launch_direct().await else {
        return;
    };
    let fetched: Arc<Mutex<BTreeSet<usize>>> = Arc::default();
    let note = Arc::clone(&fetched);
    let page = |Path(case): Path<usize>| async move {
        let mut headers = HeaderMap::new();
        for policy in CASES[case].0 {
            headers.append(CONTENT_SECURITY_POLICY, policy.parse().unwrap());
        }
        let html = format!("<!doctype html><link rel=prefetch href=/file/{case}>");
        (headers, Html(html)).into_response()
    };
    let file = move |Path(case): Path<usize>| async move {
        note.lock().unwrap().insert(case);
        ([(CACHE_CONTROL, "max-age=600")], "file")
    };
    // A frame for each, so that one page is enough.
    let mut frames = String::from("<!doctype html><link rel=icon href='data:,'>");
    for case in 0..CASES.len() {
        write!(frames, "<iframe src=/page/{case}></iframe>").unwrap();
    }
    let site = Router::new()
        .route("/", get(|| async { Html(frames) }))
        .route("/page/{case}", get(page))
        .route("/file/{case}", get(file));
    let site = crate::serve(site).await;
    let expected: BTreeSet<usize> = (0..CASES.len())
        .filter(|&case| match engine {
            Engine::Chromium => CASES[case].1,
            Engine::Firefox => CASES[case].2,
            Engine::Webkit => false,
        })
        .collect();

    let tab = browser.direct_tab().await;
    tab.goto(&format!("{site}/")).await;
    let all = async {
        while !expected.is_subset(&fetched.lock().unwrap()) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let _ = tokio::time::timeout(PATIENCE, all).await;
    // And for what mustn't come.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(*fetched.lock().unwrap(), expected);

    let (origin, file): (Origin, Url) = (
        site.parse().unwrap(),
        format!("{site}/file/0").parse().unwrap(),
    );
    for (policies, _, by_default) in CASES {
        let read = PolicyList::effective(*policies);
        let allowed = read.allows_url(DirectiveName::DefaultSrc, &file, &origin);
        assert_eq!(allowed, *by_default, "{policies:?}");
    }
}

/// Prefetches a file as builds of Vite and webpack do, or with `rel` behind `href`, and uses it.
const PREFETCHING: &str = r#"
window.given = {};
window.prefetch = (url, late) => new Promise((done) => {
  const link = document.createElement("link");
  if (!late) link.rel = "prefetch";
  link.setAttribute("href", url);
  if (late) link.rel = "prefetch";
  link.onload = link.onerror = () => done();
  document.head.append(link);
  // No event comes from a browser that prefetches nothing.
  setTimeout(done, 1000);
});
const added = (name, properties) => new Promise((done) => {
  const element = document.createElement(name);
  Object.assign(element, properties, { onload: () => done(true), onerror: () => done(false) });
  document.head.append(element);
});
window.use = {
  script: (src) => added("script", { src }),
  module: (src) => added("script", { type: "module", src }),
  imported: (src) => import(src).then(() => true, () => false),
  sheet: (href) => added("link", { rel: "stylesheet", href }),
};
// An element is what its `rel` says now, and not what it said when it got its URL.
window.become = (url) => new Promise((done) => {
  const link = document.createElement("link");
  link.rel = "prefetch";
  link.href = url;
  link.onload = () => done(true);
  link.onerror = () => done(false);
  link.rel = "stylesheet";
  document.head.append(link);
});
window.ready = true;
"#;

/// What was asked of the server: by path, the answers.
type Answers = Arc<Mutex<BTreeMap<String, Vec<StatusCode>>>>;

/// Between the site and the browser: changes what is named so.
async fn wire(State(answers): State<Answers>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let answer = next.run(request).await;
    let status = answer.status();
    let is_changed = path.starts_with("/parts/changed") && status == StatusCode::OK;
    answers
        .lock()
        .unwrap()
        .entry(path)
        .or_default()
        .push(status);
    if !is_changed {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let mut bytes = to_bytes(body, usize::MAX).await.unwrap().to_vec();
    bytes.push(b'\n');
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.remove("unencoded-digest");
    Response::from_parts(parts, Body::from(bytes))
}

async fn what_was_prefetched_is_checked_when_it_is_used(engine: Engine) {
    let Some(browser) = engine.launch_direct().await else {
        return;
    };
    let html = "<!doctype html><link rel=icon href='data:,'><title>t</title><script type=module src=start.js></script>";
    let mut files = AppFiles::new()
        .file("/index.html", html)
        .unwrap()
        .file("/start.js", PREFETCHING)
        .unwrap();
    let uses = ["script", "module", "imported", "sheet"];
    let path = |state: &str, how: &str| {
        let kind = if how == "sheet" { "css" } else { "js" };
        format!("/parts/{state}-{how}.{kind}")
    };
    for how in uses {
        for state in ["changed", "right"] {
            let path = path(state, how);
            let text = match how {
                "sheet" => format!("#{state}-{how} {{ color: red }}"),
                _ => format!("given['{state}-{how}'] = true;"),
            };
            files = files.file(path, text).unwrap();
        }
    }
    files = files
        .file("/parts/changed-late.css", "b { color: red }")
        .unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let folder = stand_in("1.5.0");
    let site = Site::pinned(&folder, Pins::scan(&folder).unwrap()).app_files(files);
    let endpoint = Endpoint::local_test("http://127.0.0.1:9").unwrap();
    let site = site.load(Document::new(&origin).unwrap(), endpoint);
    let answers = Answers::default();
    let app = Router::new()
        .fallback_service(site.unwrap().around(Router::new()))
        .layer(middleware::from_fn_with_state(Arc::clone(&answers), wire));
    tokio::spawn(async move { axum::serve(listener, app).await });

    let tab = browser.direct_tab().await;
    tab.goto(&format!("{origin}/")).await;
    tab.wait_for("window.ready").await;
    let answered = |path: &str| {
        let answers = answers.lock().unwrap();
        answers.get(path).cloned().unwrap_or_default()
    };
    let told = async |path: &str| -> Vec<String> {
        let told = format!(
            "visorRefused.filter(({{ url }}) => url.endsWith('{path}')).map(({{ reason }}) => reason)"
        );
        tab.eval(&told).await.unwrap()
    };
    for (number, how) in uses.into_iter().enumerate() {
        for state in ["right", "changed"] {
            let path = path(state, how);
            let late = number % 2 == 1;
            tab.eval::<()>(&format!("prefetch('{path}', {late})"))
                .await
                .unwrap();
            // That it did not come, or was changed, is nothing to tell of.
            assert_eq!(told(&path).await, Vec::<String>::new(), "{path}");
            let before = answered(&path);
            if engine == Engine::Chromium {
                assert_eq!(before, [StatusCode::OK], "{path}");
            }
            let outcome = tab.eval::<bool>(&format!("use.{how}('{path}')")).await;
            assert_eq!(outcome, Ok(state == "right"), "{path}");
            let script = format!("given['{state}-{how}'] === true");
            let ran = tab.eval::<bool>(&script).await;
            assert_eq!(ran, Ok(state == "right" && how != "sheet"), "{path}");
            // Its bytes came once.
            let answers = answered(&path);
            let whole = answers.iter().filter(|&&status| status == StatusCode::OK);
            assert_eq!(whole.count(), 1, "{path}: {before:?}, {answers:?}");
            // Who imports hears of it himself.
            let expected = match (state, how) {
                ("changed", "module") if engine == Engine::Webkit => {
                    vec!["changed, or what it imports"]
                }
                ("changed", "script" | "module" | "sheet") => vec!["changed"],
                _ => vec![],
            };
            if !expected.is_empty() {
                let any = format!("visorRefused.some(({{ url }}) => url.endsWith('{path}'))");
                tab.wait_for(&any).await;
            }
            assert_eq!(told(&path).await, expected, "{path}");
        }
    }
    // A prefetch that becomes something else is checked.
    let became = tab.eval("become('/parts/changed-late.css')").await;
    assert_eq!(became, Ok(false));
    assert_eq!(told("/parts/changed-late.css").await, ["changed"]);
}
