//! A page whose nonces are written while it streams by.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use futures_util::stream;
use tokio::sync::Notify;
use tower_visor::html_stream::{HtmlStreamLayer, Mark};
use tower_visor::layer::VisorLayer;
use tower_visor::policy::{Document, Policy, Resource, ScriptTrust};

use crate::chromium::Chromium;

/// The application's source up to where something is slow: its script asks for what follows.
const FIRST: &str = "<!doctype html><title>t</title><script nonce=\"MARK\">\
    var ran = ['marked']; fetch('/go-on').then(() => ran.push('went on'));</script>";

/// What visitors wrote, between tags of the application.
const REST: &str = "\
    <script>ran.push('unmarked')</script>\
    <script nonce>ran.push('empty nonce')</script>\
    <script nonce=\"{nonce}\">ran.push('placeholder')</script>\
    <img src=x onerror=\"ran.push('handler')\">\
    <script src=/evil.js a=<script nonce=\"MARK\">ran.push('swallowed')</script>\
    <textarea id=leak><script nonce=\"MARK\"></script></textarea>\
    <script nonce=\"MARK\">ran.push('last'); var text = document.querySelector('#leak').value</script>";

#[tokio::test]
async fn marked_scripts_run_while_the_page_still_loads_and_injected_ones_never() {
    let Some(browser) = Chromium::launch(&[]).await else {
        return;
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let mark = Mark::random().unwrap();
    let marked = [FIRST, REST].map(|html| html.replace("MARK", mark.as_str()));
    let page = move |State(go_on): State<Arc<Notify>>| async move {
        let [first, rest] = marked.map(Bytes::from);
        // The rest waits for the script in the first part.
        let pieces = stream::unfold(0, move |piece| {
            let (first, rest, go_on) = (first.clone(), rest.clone(), Arc::clone(&go_on));
            async move {
                match piece {
                    0 => Some((Ok::<_, std::io::Error>(first), 1)),
                    1 => {
                        go_on.notified().await;
                        Some((Ok(rest), 2))
                    }
                    _ => None,
                }
            }
        });
        (
            [(CONTENT_TYPE, "text/html; charset=utf-8")],
            Body::from_stream(pieces),
        )
    };
    let go_on = |State(go_on): State<Arc<Notify>>| async move { go_on.notify_one() };
    let evil = || async { ([(CONTENT_TYPE, "text/javascript")], "ran.push('evil.js')") };
    let document = Document::new(&origin)
        .unwrap()
        .scripts_by(ScriptTrust::Nonce)
        .loads(Resource::Connect, "/go-on");
    let router = Router::new()
        .route("/", get(page))
        .route("/go-on", get(go_on))
        .route("/evil.js", get(evil))
        .with_state(Arc::new(Notify::new()))
        .layer(HtmlStreamLayer::new(mark.clone()))
        .layer(VisorLayer::new(&Policy::document(document)).unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });

    let page = browser.page().await;
    page.goto(&format!("{origin}/")).await;
    page.wait_for("ran.includes('last') && ran.includes('went on')")
        .await;
    let mut ran: Vec<String> = page.eval("ran").await.unwrap();
    ran.sort();
    assert_eq!(ran, ["last", "marked", "went on"]);
    // Each of the others was refused, by the policy.
    page.wait_for(
        "__violations.filter(v => v.effectiveDirective?.startsWith('script-src')).length >= 5",
    )
    .await;
    let refused = page.violations().await;
    let scripts = refused.iter().filter(|violation| {
        let directive = violation["effectiveDirective"].as_str().unwrap_or_default();
        directive.starts_with("script-src")
    });
    assert_eq!(scripts.count(), 5, "{refused:#?}");
    // The visitor sees no mark, in no text.
    let text: String = page.eval("text").await.unwrap();
    assert!(text.contains("<script nonce=\"xxxxxxxx"), "{text}");
    let all: String = page
        .eval("document.documentElement.outerHTML")
        .await
        .unwrap();
    assert!(!all.contains(mark.as_str()), "{all}");
}
