//! `Unencoded-Digest`: which changed files each engine refuses where the header stayed as it was,
//! and that it is in nobody's way where nothing was changed, ranges of media least of all.
//!
//! The table is that of `docs/integrity.md`.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, RANGE};
use axum::http::{Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::Response;
use tower_visor::app::AppFiles;
use tower_visor::pins::Pins;
use tower_visor::policy::{Document, Resource};
use tower_visor::sdk::Endpoint;
use tower_visor::site::Site;

use crate::engine::{Engine, in_each_engine};
use crate::example::stand_in;
use crate::proxy::Proxy;
use crate::ways::beep;

in_each_engine!(what_was_changed_beside_its_digest);

const FONT: &[u8] = include_bytes!("../../fixtures/media/box.ttf");
const VIDEO: &[u8] = include_bytes!("../../fixtures/media/moving.webm");

/// Ways to load, and whether Chromium refuses what was changed. Firefox and WebKit refuse nothing.
const CELLS: [(&str, &str, bool); 8] = [
    ("picture", "./dot.svg", true),
    ("font", "./box.ttf", true),
    ("fetch", "./dot.svg", true),
    ("Cache.add", "./dot.svg", true),
    ("fetch of a frame", "./note.txt", true),
    ("XMLHttpRequest", "./dot.svg", false),
    ("sound", "./beep.wav", false),
    ("video", "./moving.webm", false),
];

/// The manual's sentence about [`CELLS`].
fn sentence() -> String {
    let names = |refused: bool| {
        let cells = CELLS.iter().filter(|cell| cell.2 == refused);
        let names = cells.map(|(way, ..)| {
            if way.contains(char::is_uppercase) {
                format!("`{way}`")
            } else {
                (*way).to_owned()
            }
        });
        names.collect::<Vec<_>>().join(", ")
    };
    format!("refused: {}\n* used: {}", names(true), names(false))
}

#[derive(Debug, Default)]
struct Wire {
    changes: bool,
    /// Whether each part that was sent had the digest of the whole.
    parts: Vec<bool>,
}

/// Between the site and the browser. The page and what tries are never changed.
async fn change(
    State(wire): State<Arc<Mutex<Wire>>>,
    mut request: Request,
    next: Next,
) -> Response {
    let keep = ["/", "/ways.js"].contains(&request.uri().path());
    let changes = wire.lock().unwrap().changes && !keep && request.method() == Method::GET;
    if changes {
        // All of it, so that there is something to compare.
        request.headers_mut().remove(RANGE);
    }
    let answer = next.run(request).await;
    if answer.status() == StatusCode::PARTIAL_CONTENT {
        let has = answer.headers().contains_key("unencoded-digest");
        wire.lock().unwrap().parts.push(has);
    }
    if !changes {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let mut bytes = to_bytes(body, usize::MAX).await.unwrap().to_vec();
    bytes.push(b'\n');
    parts.headers.remove(CONTENT_LENGTH);
    let kept = "no-store".parse().unwrap();
    parts.headers.insert(CACHE_CONTROL, kept);
    assert!(parts.headers.contains_key("unencoded-digest"));
    Response::from_parts(parts, Body::from(bytes))
}

async fn what_was_changed_beside_its_digest(engine: Engine) {
    let manual = include_str!("../../docs/integrity.md");
    let sentence = sentence();
    assert!(manual.contains(&sentence), "the manual has no {sentence}");

    let proxy = Proxy::start().await;
    let Some(browser) = engine.launch(&proxy.address).await else {
        return;
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let html = "<!doctype html><link rel=icon href='data:,'><title>t</title><script type=module src=ways.js></script><body>";
    let files = [
        ("/index.html", html.as_bytes()),
        ("/ways.js", include_bytes!("ways.js")),
        ("/note.txt", b"note"),
        (
            "/dot.svg",
            b"<svg xmlns='http://www.w3.org/2000/svg' width='8' height='8'></svg>",
        ),
        ("/box.ttf", FONT),
        ("/moving.webm", VIDEO),
        ("/beep.wav", &beep(4000)),
        // So long that no browser keeps all of it: to play its end, it asks for a part.
        ("/long.wav", &beep(6_000_000)),
    ]
    .into_iter()
    .fold(AppFiles::new(), |files, (path, bytes)| {
        files.file(path, bytes.to_vec()).unwrap()
    });
    let folder = stand_in("1.5.0");
    let document = [
        (Resource::Connect, "/"),
        (Resource::Image, "/dot.svg"),
        (Resource::Font, "/box.ttf"),
        (Resource::Media, "/beep.wav"),
        (Resource::Media, "/long.wav"),
        (Resource::Media, "/moving.webm"),
    ]
    .into_iter()
    .fold(Document::new(&origin).unwrap(), |page, (kind, place)| {
        page.loads(kind, place)
    });
    let endpoint = Endpoint::local_test("http://127.0.0.1:9").unwrap();
    let site = Site::pinned(&folder, Pins::scan(&folder).unwrap())
        .app_files(files)
        .load(document, endpoint)
        .unwrap();
    let wire = Arc::new(Mutex::new(Wire::default()));
    let app = Router::new()
        .fallback_service(site.around(Router::new()))
        .layer(middleware::from_fn_with_state(Arc::clone(&wire), change));
    tokio::spawn(async move { axum::serve(listener, app).await });

    let mut cells: Vec<(&str, &str)> = CELLS.iter().map(|(way, url, _)| (*url, *way)).collect();
    // What was fetched whole has its digest in the browser's cache; parts of it come afterwards.
    cells.extend([
        ("./moving.webm", "fetch"),
        ("./moving.webm", "video, to its end"),
        ("./dot.svg", "fetch of the head"),
        ("./long.wav", "fetch"),
        ("./long.wav", "sound, near its end"),
        ("./long.wav", "fetch of a part"),
    ]);
    let tries = format!("tryAll({})", serde_json::to_string(&cells).unwrap());
    for changes in [true, false] {
        wire.lock().unwrap().changes = changes;
        let page = browser.tab(&proxy.address).await;
        page.goto(&format!("{origin}/")).await;
        page.wait_for("window.ready").await;
        let used: Vec<bool> = page.eval(&tries).await.unwrap();
        let expected = CELLS.iter().map(|(_, _, refused)| {
            let refuses = *refused && engine == Engine::Chromium;
            !(changes && refuses)
        });
        let expected: Vec<bool> = expected.collect();
        assert_eq!(
            used[..CELLS.len()],
            expected,
            "{cells:?}, changed: {changes}"
        );
        if !changes {
            assert_eq!(used[CELLS.len()..], [true; 6], "{cells:?}");
        }
    }
    let parts = std::mem::take(&mut wire.lock().unwrap().parts);
    assert!(parts.len() > 1, "nothing came in parts");
    assert!(
        !parts.contains(&true),
        "a part with the digest of the whole"
    );
}
