//! What a policy says of a prefetch: in Firefox its `default-src` alone, in Chromium any fetch directive
//! that allows the URL. This WebKit prefetches nothing.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use axum::response::{Html, IntoResponse as _};
use axum::routing::get;
use tower_visor::csp::{DirectiveName, PolicyList};
use tower_visor::url::{Origin, Url};

use crate::connection::PATIENCE;
use crate::engine::{Engine, in_each_engine};

in_each_engine!(what_allows_a_prefetch);

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
