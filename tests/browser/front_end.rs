//! A front end as many have one (React, MUI, a router with lazy routes, `DOMPurify`, jsPDF, an error
//! monitor that wraps `fetch` and `XMLHttpRequest`), built by Vite and hosted by `Site`, in Chromium.

use std::collections::BTreeSet;
use std::error::Error;
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

use crate::chromium::Chromium;
use crate::liveness::console;
use crate::page::Page;
use crate::vite;
use face::Face;

#[path = "../../examples/liveness/face.rs"]
#[allow(dead_code)] // the real endpoint is the example's
mod face;

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

const SDK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.5.0");

/// The application as its team would host it.
fn site(origin: &str, face: &Face, dist: &Path) -> Site {
    let document = Document::new(origin)
        .unwrap()
        .loads(Resource::Connect, "/api/session");
    let endpoint = format!("http://{}", face.address().unwrap());
    Site::pinned(SDK, Pins::scan(SDK).unwrap())
        .app(dist)
        .page_at("/verify/{*rest}", "index.html")
        .policy(|policy| {
            let reason = "DOMPurify gives its result a type".parse().unwrap();
            policy
                .dangerous()
                .allow(DirectiveName::TrustedTypes, "dompurify", reason)
        })
        .load(document, Endpoint::local_test(&endpoint).unwrap())
        .unwrap()
}

/// Serves it, with the last byte of one file changed on the way where one is named.
async fn serve(dist: &Path) -> (String, Arc<Mutex<Option<String>>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let face = Face::start(&origin).await.unwrap();
    let site = site(&origin, &face, dist);
    assert_eq!(site.warnings(), []);
    let session = move || async move { face.session() };
    let app = site.around(Router::new().route("/api/session", post(session)));
    let changed: Arc<Mutex<Option<String>>> = Arc::default();
    let target = Arc::clone(&changed);
    let served = service_fn(move |request: Request| {
        let is_target = target.lock().unwrap().as_deref() == Some(request.uri().path());
        let app = app.clone();
        async move {
            let answer = app.oneshot(request).await?;
            if !is_target {
                return Ok(answer);
            }
            let (mut parts, body) = answer.into_parts();
            let mut bytes = to_bytes(body, usize::MAX).await.unwrap().to_vec();
            bytes.extend(b"\n;");
            parts.headers.remove(CONTENT_LENGTH);
            Ok::<_, std::convert::Infallible>(axum::response::Response::from_parts(
                parts,
                Body::from(bytes),
            ))
        }
    });
    let served = ServiceExt::<Request>::into_make_service(served);
    tokio::spawn(async move { axum::serve(listener, served).await });
    (origin, changed)
}

async fn click(page: &Page, text: &str) {
    let find = format!(
        "[...document.querySelectorAll('button, a')].find(e => e.textContent.includes('{text}') && !e.disabled)"
    );
    page.wait_for(&find).await;
    page.eval::<()>(&format!("{find}.click()")).await.unwrap();
}

#[tokio::test]
async fn it_runs_to_a_result_from_a_deep_link_and_each_changed_file_is_refused() {
    let Some(dist) = vite::build_example() else {
        return;
    };
    let Some(browser) = Chromium::launch(&[]).await else {
        return;
    };
    let (origin, changed) = serve(&dist).await;
    let page = browser.page().await;
    page.goto(&format!("{origin}/verify/check")).await;
    click(&page, "Start").await;
    page.wait_for("document.querySelector('[data-state]')")
        .await;
    let outcome = "document.querySelector('[data-state]').textContent";
    assert_eq!(
        page.eval::<String>(outcome).await.as_deref(),
        Ok("CompletedResultQueryableFromService"),
        "{:?}",
        page.console().await
    );
    click(&page, "Receipt").await;
    page.wait_for("document.querySelector('#note')").await;
    let note = "document.querySelector('#note').innerHTML";
    assert_eq!(
        page.eval::<String>(note).await.as_deref(),
        Ok("<b>Thank you.</b>")
    );
    click(&page, "Make a PDF").await;
    page.wait_for("Number(document.querySelector('output').textContent) > 1000")
        .await;
    let monitor: Value = page.eval("monitor").await.unwrap();
    assert_eq!(monitor["errors"], Value::Array(Vec::new()));
    assert!(monitor["fetch"].as_u64() > Some(2), "{monitor}");
    assert_eq!(
        page.eval::<Value>("visorRefused").await,
        Ok(Value::Array(Vec::new()))
    );
    assert_eq!(console(&page).await, []);
    assert_eq!(page.violations().await, Vec::<Value>::new());

    // Each file that it has loaded, changed on the way.
    let loaded: BTreeSet<String> = page
        .requests()
        .into_iter()
        .filter_map(|request| request.url.strip_prefix(&origin).map(str::to_owned))
        .filter(|path| matches!(path.rsplit('.').next(), Some("js" | "wasm" | "css")))
        .collect();
    assert!(loaded.len() > 7, "{loaded:?}");
    for path in loaded {
        *changed.lock().unwrap() = Some(path.clone());
        let page = browser.page().await;
        page.goto(&format!("{origin}/verify/check")).await;
        // The others are what the page itself loads.
        if path.to_lowercase().contains("facelivenessdetector") {
            click(&page, "Start").await;
        } else if path.contains("Receipt") || path.contains("purify") {
            click(&page, "Receipt").await;
        }
        page.wait_for(&format!(
            "visorRefused.some(({{url}}) => url.includes('{path}'))"
        ))
        .await;
    }
}
