//! A site that enforces its manifest: each engine of today ignores the header, so the site runs
//! unchanged, with the right manifest and with a wrong one, and nobody asks for either.
//!
//! The day on which one of them doesn't is the day to measure what is in `docs/waict.md`.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use tower_visor::app::AppFiles;
use tower_visor::header::{Waict, WaictMode};
use tower_visor::pins::Pins;
use tower_visor::policy::Document;
use tower_visor::sdk::Endpoint;
use tower_visor::site::Site;
use tower_visor::waict::WaictManifest;

use crate::engine::{Engine, in_each_engine};
use crate::example::stand_in;
use crate::proxy::Proxy;

in_each_engine!(a_site_with_a_manifest_runs_as_without);

const HTML: &str = "<!doctype html><link rel=icon href='data:,'><link rel=stylesheet href=app.css>\
    <title>t</title><style>i { color: rgb(4, 5, 6) }</style><p>hello</p><i>i</i><img src=dot.svg>\
    <iframe src=help/></iframe><script type=module src=app.js></script>";

/// What a manifest would have to know: a module, a JSON file, WebAssembly, a picture, two style
/// sheets, a document in a frame, and the SDK's component.
const SCRIPT: &str = "
    import { word } from './words.js';
    await import('./FaceLivenessDetector.js');
    const module = await (await fetch('./module.wasm')).arrayBuffer();
    const color = name => getComputedStyle(document.querySelector(name)).color;
    if (document.readyState !== 'complete') await new Promise(done => addEventListener('load', done));
    window.seen = [word, (await (await fetch('./words/en.json')).json()).word,
        (await WebAssembly.compile(module)) instanceof WebAssembly.Module,
        document.images[0].naturalWidth, color('p'), color('i'),
        document.querySelector('iframe').contentDocument.title,
        customElements.get('azure-ai-vision-face-ui') !== undefined];
";

const DOT: &str = "<svg xmlns='http://www.w3.org/2000/svg' width='8' height='8'/>";

/// Of another application: all of this one would be blocked.
const WRONG: &str = "/waict-wrong";

#[derive(Debug, Default)]
struct Front {
    is_wrong: bool,
    /// The headers that went out, and the manifests that were asked for.
    headers: Vec<String>,
    asked: Vec<String>,
}

async fn front(State(front): State<Arc<Mutex<Front>>>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    if path.starts_with("/waict-") {
        front.lock().unwrap().asked.push(path.clone());
    }
    if path == WRONG {
        let kind = [("content-type", WaictManifest::CONTENT_TYPE)];
        return (kind, Body::from("{\"hashes\":{}}\n\n")).into_response();
    }
    let mut answer = next.run(request).await;
    let mut front = front.lock().unwrap();
    if let Some(value) = answer.headers_mut().get_mut(Waict::NAME) {
        if front.is_wrong {
            let wrong = Waict::new(WaictMode::Enforce, WRONG).unwrap();
            *value = HeaderValue::from(wrong);
        }
        front.headers.push(value.to_str().unwrap().to_owned());
    }
    answer
}

async fn a_site_with_a_manifest_runs_as_without(engine: Engine) {
    let proxy = Proxy::start().await;
    let Some(browser) = engine.launch(&proxy.address).await else {
        return;
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let files = [
        ("/index.html", HTML.as_bytes()),
        ("/help/index.html", b"<!doctype html><title>help</title>"),
        ("/app.js", SCRIPT.as_bytes()),
        ("/words.js", b"export const word = 'module'"),
        ("/words/en.json", b"{\"word\": \"fetched\"}"),
        ("/app.css", b"p { color: rgb(1, 2, 3) }"),
        ("/dot.svg", DOT.as_bytes()),
        ("/module.wasm", b"\0asm\x01\0\0\0"),
    ];
    let files = files
        .into_iter()
        .fold(AppFiles::new(), |all, (path, bytes)| {
            all.file(path, bytes).unwrap()
        });
    let sdk = stand_in("1.5.0");
    let site = Site::pinned(&sdk, Pins::scan(&sdk).unwrap())
        .app_files(files)
        .waict(WaictMode::Enforce)
        .load(
            Document::new(&origin).unwrap(),
            Endpoint::local_test("http://127.0.0.1:9").unwrap(),
        )
        .unwrap();
    let state = Arc::new(Mutex::new(Front::default()));
    let router = Router::new().fallback_service(site.around(Router::new()));
    let router = router.layer(middleware::from_fn_with_state(Arc::clone(&state), front));
    tokio::spawn(async move { axum::serve(listener, router).await });

    let tab = browser.tab(&proxy.address).await;
    for is_wrong in [false, true] {
        state.lock().unwrap().is_wrong = is_wrong;
        tab.goto(&format!("{origin}/?wrong={is_wrong}")).await;
        tab.wait_for("window.seen").await;
        let seen: Value = tab.eval("seen").await.unwrap();
        assert_eq!(
            seen,
            json!([
                "module",
                "fetched",
                true,
                8,
                "rgb(1, 2, 3)",
                "rgb(4, 5, 6)",
                "help",
                true
            ]),
            "{engine:?}, wrong: {is_wrong}"
        );
    }
    let front = state.lock().unwrap();
    let is_wrong = |header: &&String| header.contains(WRONG);
    // The page and the frame in it, twice.
    assert_eq!(front.headers.len(), 4, "{:?}", front.headers);
    assert_eq!(front.headers.iter().filter(is_wrong).count(), 2);
    assert_eq!(
        front.asked, [""; 0],
        "{engine:?} reads manifests: measure docs/waict.md"
    );
}
