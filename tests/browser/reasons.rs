//! What is told of a module graph in which one file was changed: that file, not who imports it.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, ETAG};
use axum::middleware::{self, Next};
use axum::response::Response;
use tower_visor::app::AppFiles;
use tower_visor::pins::Pins;
use tower_visor::policy::Document;
use tower_visor::sdk::Endpoint;
use tower_visor::site::Site;

use crate::engine::{Engine, in_each_engine};
use crate::example::stand_in;
use crate::proxy::Proxy;

in_each_engine!(the_file_that_was_changed_is_named);

/// Pages, each with the name of its script; and files.
const FILES: [(&str, &str); 8] = [
    ("/index.html", "plain.js"),
    ("/data.html", "first.js"),
    (
        "/plain.js",
        "import { word } from './word.js'; window.ran = word;",
    ),
    ("/word.js", "export const word = 'kiwi';"),
    (
        "/first.js",
        "import data from './data.json' with { type: 'json' }; window.ran = data.word;",
    ),
    ("/data.json", "{\"word\": \"kiwi\"}"),
    // What has nothing to do with it.
    ("/note.json", "{}"),
    ("/sheet.css", "p { color: red }"),
];

/// Between the site and the browser: one file gets a byte more.
async fn spoil(
    State(changed): State<Arc<Mutex<String>>>,
    request: Request,
    next: Next,
) -> Response {
    let is_changed = *changed.lock().unwrap() == request.uri().path();
    let (mut parts, body) = next.run(request).await.into_parts();
    parts
        .headers
        .insert(CACHE_CONTROL, "no-store".parse().unwrap());
    parts.headers.remove(ETAG);
    if !is_changed {
        return Response::from_parts(parts, body);
    }
    for name in ["content-encoding", "unencoded-digest"] {
        parts.headers.remove(name);
    }
    parts.headers.remove(CONTENT_LENGTH);
    let mut bytes = to_bytes(body, usize::MAX).await.unwrap().to_vec();
    bytes.push(b'\n');
    Response::from_parts(parts, Body::from(bytes))
}

async fn the_file_that_was_changed_is_named(engine: Engine) {
    let proxy = Proxy::start().await;
    let Some(browser) = engine.launch(&proxy.address).await else {
        return;
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    // The guard takes no other script's word for what browser it is in.
    let hides = "Object.defineProperty(navigator, 'vendor', { get() { throw 1 } });";
    let files = FILES.into_iter();
    let files = files.fold(AppFiles::new(), |files, (path, text)| {
        let page = format!(
            "<!doctype html><link rel=icon href=data:,><title>t</title><link rel=stylesheet href=sheet.css><script>fetch('note.json'); {hides}</script><script type=module src={text}></script>"
        );
        let is_page = ["/index.html", "/data.html"].contains(&path);
        let text = if is_page { page } else { text.to_owned() };
        files.file(path, text).unwrap()
    });
    let folder = stand_in("1.5.0");
    let site = Site::pinned(&folder, Pins::scan(&folder).unwrap())
        .app_files(files)
        .load(
            Document::new(&origin).unwrap(),
            Endpoint::local_test("http://127.0.0.1:9").unwrap(),
        )
        .unwrap();
    let changed: Arc<Mutex<String>> = Arc::default();
    let app = Router::new()
        .fallback_service(site.around(Router::new()))
        .layer(middleware::from_fn_with_state(Arc::clone(&changed), spoil));
    tokio::spawn(async move { axum::serve(listener, app).await });

    // WebKit runs no module that imports data by a static import.
    let cases = [
        ("/", "/word.js"),
        ("/", "/plain.js"),
        ("/data.html", "/first.js"),
        ("/data.html", "/data.json"),
    ];
    let known = match engine {
        Engine::Chromium => 4,
        // Its console names the data.
        Engine::Firefox => 3,
        Engine::Webkit => 2,
    };
    for (page, file) in cases.into_iter().take(known) {
        changed.lock().unwrap().clear();
        let tab = browser.tab(&proxy.address).await;
        tab.goto(&format!("{origin}{page}")).await;
        tab.wait_for("window.ran").await;
        assert_eq!(
            tab.eval::<String>("JSON.stringify(visorRefused)")
                .await
                .as_deref(),
            Ok("[]")
        );

        file.clone_into(&mut changed.lock().unwrap());
        let tab = browser.tab(&proxy.address).await;
        tab.goto(&format!("{origin}{page}")).await;
        tab.wait_for("visorRefused.length").await;
        let told = "visorRefused.map(one => [new URL(one.url).pathname, one.reason].join(' '))";
        let told: Vec<String> = tab.eval(told).await.unwrap();
        // It tells which script failed, and not which module is why.
        let expected = if engine == Engine::Webkit {
            "/plain.js changed, or what it imports".to_owned()
        } else {
            format!("{file} changed")
        };
        assert_eq!(told, [expected], "{file}");
        assert_eq!(
            tab.eval::<bool>("'ran' in window").await,
            Ok(false),
            "{file}"
        );
    }
}
