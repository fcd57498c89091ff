//! What a page sends by navigating, and who answers for its origin: the layer's part.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Uri};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use tower::{Layer as _, ServiceExt as _};
use tower_visor::header::ClearSiteData;
use tower_visor::layer::VisorLayer;
use tower_visor::policy::{Document, Policy};

use crate::chromium::Chromium;
use crate::example::Example;
use crate::firefox::Firefox;
use crate::page::Page;
use crate::serve;

/// A server that notes the paths that it is asked for.
#[derive(Clone, Default)]
struct Counter(Arc<Mutex<Vec<String>>>);

impl Counter {
    fn router(&self) -> Router {
        let note = |State(Self(seen)): State<Self>, uri: Uri| async move {
            seen.lock().unwrap().push(uri.path().to_owned());
            Html("<!doctype html><link rel=icon href=data:,><title>there</title>")
        };
        Router::new().fallback(note).with_state(self.clone())
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// Has a script of a page of this origin go there, and waits until the browser has gone, or shows
/// that it won't.
async fn navigate(page: &Page, origin: &str, to: &str) {
    page.eval::<()>(&format!("void (location.href = '{to}')"))
        .await
        .unwrap();
    page.wait_for(&format!("location.origin !== '{origin}'"))
        .await;
}

#[tokio::test]
async fn after_the_check_a_script_sends_nothing_by_navigating() {
    let Some(browser) = Chromium::launch(&[]).await else {
        return;
    };
    let foreign = Counter::default();
    let there = serve(foreign.router())
        .await
        .replace("127.0.0.1", "foreign.example");
    for (options, arrives) in [(&[][..], false), (&["--insecure-no-headers"], true)] {
        let example = Example::start(options).await;
        let page = browser.page().await;
        page.goto(&format!("{}/?auto", example.origin)).await;
        page.wait_for("['done', 'failed'].includes(document.documentElement.dataset.state)")
            .await;
        let state: String = page
            .eval("document.documentElement.dataset.state")
            .await
            .unwrap();
        assert_eq!(state, "done", "{:?}", page.console().await);
        let sent = page.requests().into_iter().next().unwrap();
        assert_eq!(sent.headers.contains_key("connection-allowlist"), !arrives);
        navigate(&page, &example.origin, &format!("{there}/token")).await;
        let expected: &[&str] = if arrives { &["/token"] } else { &[] };
        assert_eq!(foreign.take(), expected, "{options:?}");
    }
}

#[tokio::test]
async fn a_named_origin_is_reached_and_another_is_not() {
    let Some(browser) = Chromium::launch(&[]).await else {
        return;
    };
    let (named, foreign) = (Counter::default(), Counter::default());
    let to_named = serve(named.router()).await;
    let to_foreign = serve(foreign.router()).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let document = Document::new(&origin).unwrap().navigates_to(&to_named);
    let policy = Policy::document(document).enforce_connections();
    let html = "<!doctype html><link rel=icon href=data:,><title>here</title>";
    let layer = VisorLayer::new(&policy).unwrap();
    let app = Router::new()
        .fallback(move || async move { Html(html) })
        .layer(layer);
    tokio::spawn(async move { axum::serve(listener, app).await });

    let page = browser.page().await;
    page.goto(&format!("{origin}/")).await;
    navigate(&page, &origin, &format!("{to_foreign}/token")).await;
    assert_eq!(foreign.take(), [""; 0]);
    page.goto(&format!("{origin}/")).await;
    navigate(&page, &origin, &format!("{to_named}/login")).await;
    assert_eq!(named.take(), ["/login"]);
}

/// An origin with the script of a service worker on it, and with the layer or without.
#[derive(Clone)]
struct Origin {
    guarded: Arc<AtomicBool>,
    layer: VisorLayer,
}

/// Answers `/` and lets all else pass.
const WORKER: &str = "
    addEventListener('install', () => skipWaiting());
    addEventListener('activate', event => event.waitUntil(clients.claim()));
    addEventListener('fetch', event => {
        if (new URL(event.request.url).pathname === '/')
            event.respondWith(new Response('<title>owned</title>', {headers: {'content-type': 'text/html'}}));
    });
";

impl Origin {
    async fn serve() -> (Self, String) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let policy = Policy::document(Document::new(&origin).unwrap());
        let own = Self {
            guarded: Arc::default(),
            layer: VisorLayer::new(&policy).unwrap(),
        };
        let app = Router::new().fallback(answer).with_state(own.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        (own, origin)
    }

    fn guard(&self) {
        self.guarded.store(true, Ordering::Relaxed);
    }
}

async fn answer(State(origin): State<Origin>, request: Request) -> Response {
    let page = || async { Html("<!doctype html><link rel=icon href=data:,><title>own</title>") };
    let router = Router::new()
        .route(
            "/sw.js",
            get(|| async { ([(CONTENT_TYPE, "text/javascript")], WORKER) }),
        )
        .route(
            "/clear",
            get(|| async {
                let clear = HeaderValue::from(ClearSiteData::reclaim_origin());
                ([(ClearSiteData::NAME, clear)], Html("<title>clear</title>"))
            }),
        )
        .fallback(page);
    // Whoever has this page has no header on it.
    if origin.guarded.load(Ordering::Relaxed) && request.uri().path() != "/bare" {
        let app = origin.layer.layer(router);
        return app.oneshot(request).await.unwrap();
    }
    router.oneshot(request).await.into_response()
}

const REGISTER: &str = "navigator.serviceWorker.register('/sw.js')
    .then(() => navigator.serviceWorker.ready).then(() => 'registered', error => error.name)";
const UPDATE: &str = "navigator.serviceWorker.ready.then(own => own.update())
    .then(() => 'updated', error => error.name)";

/// A browser's page, as far as this needs one.
trait Tab {
    async fn title(&self, url: &str) -> String;
    async fn ask(&self, js: &str) -> String;
}

impl Tab for Page {
    async fn title(&self, url: &str) -> String {
        self.goto(url).await;
        self.eval("document.title").await.unwrap()
    }

    async fn ask(&self, js: &str) -> String {
        self.eval(js).await.unwrap()
    }
}

impl Tab for crate::firefox::Tab<'_> {
    async fn title(&self, url: &str) -> String {
        self.goto(url).await;
        self.eval("document.title").await.unwrap()
    }

    async fn ask(&self, js: &str) -> String {
        self.eval(js).await.unwrap()
    }
}

/// A service worker is refused; one that is there already stays, until the browser is told to throw
/// it away by an answer that it lets pass.
async fn workers(tab: &impl Tab) {
    let (server, origin) = Origin::serve().await;
    server.guard();
    assert_eq!(tab.title(&format!("{origin}/bare")).await, "own");
    assert_eq!(
        tab.ask(REGISTER).await,
        "TypeError",
        "the script is refused"
    );
    assert_eq!(tab.title(&format!("{origin}/")).await, "own");

    let (server, origin) = Origin::serve().await;
    let (page, bare) = (format!("{origin}/"), format!("{origin}/bare"));
    tab.title(&bare).await;
    assert_eq!(tab.ask(REGISTER).await, "registered");
    assert_eq!(tab.title(&page).await, "owned");
    server.guard();
    assert_eq!(tab.title(&page).await, "owned", "no server is asked");
    tab.title(&bare).await;
    assert_eq!(tab.ask(UPDATE).await, "TypeError", "the script is refused");
    assert_eq!(tab.title(&page).await, "owned", "the old one stays");
    // An answer that it lets pass, to whatever was asked.
    tab.title(&bare).await;
    let cleared = "fetch('/clear').then(answer => answer.text())";
    assert_eq!(tab.ask(cleared).await, "<title>clear</title>");
    assert_eq!(tab.title(&page).await, "own", "it is gone");
}

#[tokio::test]
async fn no_service_worker_is_served_to_chromium() {
    let Some(browser) = Chromium::launch(&[]).await else {
        return;
    };
    workers(&browser.page().await).await;
}

#[tokio::test]
async fn no_service_worker_is_served_to_firefox() {
    let Some(firefox) = Firefox::launch().await else {
        return;
    };
    workers(&firefox.tab().await).await;
}
