//! Front ends as many have one, built by Vite (React, MUI, a router with lazy routes, `DOMPurify`, jsPDF,
//! an error monitor that wraps `fetch` and `XMLHttpRequest`) and by Next.js, and hosted by `Site`, in each
//! engine.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::CONTENT_LENGTH;
use axum::routing::post;
use axum::{Router, ServiceExt};
use serde_json::Value;
use tower::{ServiceExt as _, service_fn};
use tower_visor::csp::DirectiveName;
use tower_visor::pins::Pins;
use tower_visor::policy::{Document, Resource};
use tower_visor::sdk::Endpoint;
use tower_visor::site::Site;

use crate::engine::{Engine, Tab, in_each_engine};
use crate::proxy::Proxy;
use crate::vite;
use face::Face;

#[path = "../../examples/liveness/face.rs"]
#[allow(dead_code)] // the real endpoint is the example's
mod face;

type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

in_each_engine!(
    vites_runs_to_a_result_and_each_changed_file_is_refused,
    nexts_runs_to_a_result_and_each_changed_file_is_refused,
);

const SDK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.5.0");

/// How a team would host its own.
struct FrontEnd {
    dist: &'static Path,
    /// URLs of its router, with their pages.
    pages: &'static [(&'static str, &'static str)],
    /// Trusted Types policies of its libraries.
    policies: &'static [&'static str],
    /// Parts of what its site says at the start.
    warnings: &'static [&'static str],
    /// How many of its scripts nothing here uses. In WebKit the guard asks for them, too.
    unused: usize,
    check: &'static str,
    note: &'static str,
}

impl FrontEnd {
    fn site(&self, origin: &str, face: &Face) -> Site {
        let document = Document::new(origin)
            .unwrap()
            .loads(Resource::Connect, "/api/session");
        let endpoint = format!("http://{}", face.address().unwrap());
        let site = Site::pinned(SDK, Pins::scan(SDK).unwrap()).app(self.dist);
        let pages = self.pages.iter();
        let site = pages.fold(site, |site, (url, page)| site.page_at(*url, *page));
        let policies = self.policies;
        let site = site.policy(move |policy| {
            policies.iter().fold(policy, |policy, name| {
                let reason = "a library gives what it makes a type".parse().unwrap();
                policy
                    .dangerous()
                    .allow(DirectiveName::TrustedTypes, name, reason)
            })
        });
        site.load(document, Endpoint::local_test(&endpoint).unwrap())
            .unwrap()
    }
}

/// What the server has seen, and what it does.
#[derive(Default)]
struct Seen {
    /// The file whose bytes are changed on the way.
    changed: Option<String>,
    asked: BTreeSet<String>,
}

async fn serve(front_end: &FrontEnd) -> (String, Arc<Mutex<Seen>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let face = Face::start(&origin).await.unwrap();
    let site = front_end.site(&origin, &face);
    let said: Vec<String> = site.warnings().iter().map(ToString::to_string).collect();
    let is_said = |part: &&str| said.iter().any(|text| text.contains(*part));
    assert!(
        said.len() == front_end.warnings.len() && front_end.warnings.iter().all(is_said),
        "{said:?}"
    );
    let session = move || async move { face.session() };
    let app = site.around(Router::new().route("/api/session", post(session)));
    let state: Arc<Mutex<Seen>> = Arc::default();
    let seen = Arc::clone(&state);
    let served = service_fn(move |request: Request| {
        let path = request.uri().path().to_owned();
        let is_changed = {
            let mut seen = seen.lock().unwrap();
            let is_changed = seen.changed.as_ref() == Some(&path);
            seen.asked.insert(path.clone());
            is_changed
        };
        let app = app.clone();
        async move {
            let answer = app.oneshot(request).await?;
            if !is_changed {
                return Ok(answer);
            }
            let (mut parts, body) = answer.into_parts();
            let mut bytes = to_bytes(body, usize::MAX).await.unwrap().to_vec();
            bytes.extend(if is_script(&path) {
                &b"\n;window.ran = true;"[..]
            } else {
                b"\n;"
            });
            parts.headers.remove(CONTENT_LENGTH);
            Ok::<_, std::convert::Infallible>(axum::response::Response::from_parts(
                parts,
                Body::from(bytes),
            ))
        }
    });
    let served = ServiceExt::<Request>::into_make_service(served);
    tokio::spawn(async move { axum::serve(listener, served).await });
    (origin, state)
}

fn is_script(path: &str) -> bool {
    path.rsplit('.').next() == Some("js")
}

async fn click(tab: &Tab<'_>, text: &str) {
    let find = format!(
        "[...document.querySelectorAll('button, a')].find(e => e.textContent.includes('{text}') && !e.disabled)"
    );
    tab.wait_for(&find).await;
    tab.eval::<()>(&format!("void {find}.click()"))
        .await
        .unwrap();
}

/// Where the visitor comes to; the page has rendered what it has by itself, or `js` is true.
async fn open(tab: &Tab<'_>, url: &str, js: &str) {
    tab.goto(url).await;
    tab.wait_for(&format!("{js} || document.querySelector('button')"))
        .await;
}

async fn run(engine: Engine, front_end: &FrontEnd, further: Option<&str>) {
    let proxy = Proxy::start().await;
    let Some(browser) = engine.launch(&proxy.address).await else {
        return;
    };
    let (origin, seen) = serve(front_end).await;
    let url = format!("{origin}{}", front_end.check);
    {
        let tab = browser.tab(&proxy.address).await;
        open(&tab, &url, "false").await;
        click(&tab, "Start").await;
        tab.wait_for("document.querySelector('[data-state]')").await;
        let outcome: String = tab
            .eval("document.querySelector('[data-state]').textContent")
            .await
            .unwrap();
        assert_eq!(outcome, "CompletedResultQueryableFromService", "{engine:?}");
        click(&tab, "Receipt").await;
        tab.wait_for("document.querySelector('#note')").await;
        let note: String = tab
            .eval("document.querySelector('#note').innerHTML")
            .await
            .unwrap();
        assert_eq!(note, front_end.note);
        if let Some(further) = further {
            click(&tab, further).await;
            tab.wait_for("Number(document.querySelector('output').textContent) > 1000")
                .await;
            let monitor: Value = tab.eval("monitor").await.unwrap();
            assert_eq!(monitor["errors"], Value::Array(Vec::new()));
            assert!(monitor["fetch"].as_u64() > Some(2), "{monitor}");
        }
        let refused: Value = tab.eval("visorRefused").await.unwrap();
        assert_eq!(refused, Value::Array(Vec::new()), "{engine:?}");
        if let (Engine::Chromium, Some(said)) = (engine, tab.console().await) {
            let advice = "can escape its sandboxing";
            let said: Vec<_> = said.iter().filter(|text| !text.contains(advice)).collect();
            assert!(said.is_empty(), "{said:?}");
        }
    }

    // Each file that it has loaded, changed on the way.
    let asked = std::mem::take(&mut seen.lock().unwrap().asked);
    let checked = |path: &String| {
        let end = path.rsplit('.').next();
        matches!(end, Some("js" | "wasm" | "css" | "json" | "txt"))
    };
    let asked: Vec<String> = asked.into_iter().filter(checked).collect();
    assert!(asked.len() > 7, "{asked:?}");
    let mut unnoticed = Vec::new();
    for path in asked {
        seen.lock().unwrap().changed = Some(path.clone());
        let tab = browser.tab(&proxy.address).await;
        let mut noticed = format!("visorRefused.some(({{ url }}) => url.includes('{path}'))");
        if engine == Engine::Webkit && is_script(&path) {
            // There an `import()` tells its caller alone, and a module element not which module is why.
            noticed += " || visorRefused.length || window.monitor?.errors.length \
                || document.querySelector('[data-state=failed]')";
        }
        if !visit(&tab, &url, &noticed).await {
            unnoticed.push(path.clone());
        }
        let ran = tab.eval::<bool>("window.ran === true").await;
        assert_eq!(ran, Ok(false), "{path}");
    }
    let expected = if engine == Engine::Webkit {
        front_end.unused
    } else {
        0
    };
    assert_eq!(unnoticed.len(), expected, "{unnoticed:?}");
}

/// Does all that a visitor does, until `noticed`; whether that was so.
async fn visit(tab: &Tab<'_>, url: &str, noticed: &str) -> bool {
    open(tab, url, noticed).await;
    let is_noticed = async || {
        let js = format!("Boolean({noticed})");
        tab.eval::<bool>(&js).await.unwrap()
    };
    for (button, then) in [("Start", "[data-state]"), ("Receipt", "#note")] {
        if is_noticed().await {
            return true;
        }
        click(tab, button).await;
        tab.wait_for(&format!("{noticed} || document.querySelector('{then}')"))
            .await;
    }
    // What a router loads ahead comes after that.
    for _ in 0..30 {
        if is_noticed().await {
            return true;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    false
}

async fn vites_runs_to_a_result_and_each_changed_file_is_refused(engine: Engine) {
    let Some(dist) = vite::build_example() else {
        return;
    };
    let front_end = FrontEnd {
        dist,
        pages: &[("/verify/{*rest}", "index.html")],
        policies: &["dompurify"],
        // Of jsPDF, which loads it for HTML.
        warnings: &["html2canvas"],
        // What jsPDF loads for HTML and SVG.
        unused: 3,
        check: "/verify/check",
        note: "<b>Thank you.</b>",
    };
    run(engine, &front_end, Some("Make a PDF")).await;
}

async fn nexts_runs_to_a_result_and_each_changed_file_is_refused(engine: Engine) {
    let Some(dist) = vite::build_next_example() else {
        return;
    };
    let front_end = FrontEnd {
        dist,
        pages: &[("/check", "check.html"), ("/receipt", "receipt.html")],
        policies: &[],
        // What Next.js shows of an error that the application doesn't catch has a style element.
        warnings: &["`<style>` elements"],
        // Its polyfills, and three manifests.
        unused: 4,
        check: "/check",
        note: "Thank you.",
    };
    run(engine, &front_end, None).await;
}
