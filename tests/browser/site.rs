//! A whole site out of a lock file and a folder, in Chromium.

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Html;
use axum::routing::post;
use axum::{Router, ServiceExt};
use serde_json::Value;
use tower_visor::pins::Pins;
use tower_visor::policy::{Document, Resource};
use tower_visor::sdk::Endpoint;
use tower_visor::site::Site;

use crate::chromium::Chromium;

const SDK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.5.0");

const HTML: &str = "<!doctype html><link rel=icon href=dot.svg><link rel=stylesheet href=app.css>\
    <title>t</title><p>hello</p><img src=dot.svg><script type=module src=app.js></script>";

const SCRIPT: &str = "
    import { word } from './words.js';
    const from = async path => (await fetch(path)).json();
    const session = fetch('api/session', { method: 'POST' }).then(answer => answer.text());
    await import('./FaceLivenessDetector.js');
    window.seen = [word, (await from('words/en.json')).word, await session,
        customElements.get('azure-ai-vision-face-ui') !== undefined];
";

const DOT: &str = "<svg xmlns='http://www.w3.org/2000/svg' width='8' height='8'>\
    <circle cx='4' cy='4' r='4'/></svg>";

#[tokio::test]
async fn what_the_folder_holds_works_without_being_named() {
    let Some(browser) = Chromium::launch(&[]).await else {
        return;
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let web = tempfile::TempDir::new().unwrap();
    let lock = web.path().join("visor-lock.json");
    Pins::scan(SDK).unwrap().save(&lock).unwrap();
    let app = web.path().join("app");
    std::fs::create_dir_all(app.join("words")).unwrap();
    for (file, text) in [
        ("index.html", HTML),
        ("app.js", SCRIPT),
        ("words.js", "export const word = 'module'"),
        ("words/en.json", "{\"word\": \"fetched\"}"),
        ("app.css", "p { color: rgb(1, 2, 3) }"),
        ("dot.svg", DOT),
    ] {
        std::fs::write(app.join(file), text).unwrap();
    }

    let document = Document::new(&origin)
        .unwrap()
        .loads(Resource::Connect, "/api/session");
    let endpoint = Endpoint::local_test("http://127.0.0.1:9").unwrap();
    let site = Site::builder(SDK, &lock)
        .app(&app)
        .load(document, endpoint)
        .unwrap();
    let missing = || async {
        let html = "<!doctype html><script src=FaceLivenessDetector.js type=module></script>";
        (StatusCode::NOT_FOUND, Html(html))
    };
    let router = Router::new()
        .route("/api/session", post(|| async { "token" }))
        .fallback(missing);
    let served = ServiceExt::<Request>::into_make_service(site.around(router));
    tokio::spawn(async move { axum::serve(listener, served).await });

    let page = browser.page().await;
    page.goto(&format!("{origin}/")).await;
    page.wait_for("window.seen").await;
    let seen: Value = page.eval("seen").await.unwrap();
    assert_eq!(
        seen,
        serde_json::json!(["module", "fetched", "token", true])
    );
    let style = "getComputedStyle(document.querySelector('p')).color";
    assert_eq!(
        page.eval::<String>(style).await.as_deref(),
        Ok("rgb(1, 2, 3)")
    );
    let picture = "document.querySelector('img').naturalWidth";
    assert_eq!(page.eval::<u32>(picture).await, Ok(8));
    // A page may ask for itself, to see whether there is a newer one; and for nothing else by that.
    let itself = "fetch(location.href + '?at=1#now', { cache: 'no-store' })
        .then(async answer => [answer.status, (await answer.text()).includes('hello')])";
    let itself: Value = page.eval(itself).await.unwrap();
    assert_eq!(itself, serde_json::json!([200, true]));
    let folder = "fetch('words/').then(() => 'sent', () => 'refused')";
    assert_eq!(page.eval::<String>(folder).await.as_deref(), Ok("refused"));
    // What nobody named is still refused.
    let other = "fetch('app.css').then(() => 'sent', () => 'refused')";
    assert_eq!(page.eval::<String>(other).await.as_deref(), Ok("refused"));

    // A page of the application: were the component changed on the way to it, it would run with
    // the camera.
    page.goto(&format!("{origin}/nowhere")).await;
    let powers = "[customElements.get('azure-ai-vision-face-ui') !== undefined,
        document.featurePolicy.allowsFeature('camera')]";
    let powers: Value = page.eval(powers).await.unwrap();
    assert_eq!(powers, serde_json::json!([false, false]));

    // Another script, another style: after the reload both are what the page asks for.
    std::fs::write(app.join("words.js"), "export const word = 'newer'").unwrap();
    std::fs::write(app.join("app.css"), "p { color: rgb(4, 5, 6) }").unwrap();
    site.reload().unwrap();
    page.goto(&format!("{origin}/")).await;
    page.wait_for("window.seen").await;
    assert_eq!(page.eval::<String>("seen[0]").await.as_deref(), Ok("newer"));
    assert_eq!(
        page.eval::<String>(style).await.as_deref(),
        Ok("rgb(4, 5, 6)")
    );
}
