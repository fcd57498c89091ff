//! What a page sends by navigating, and who answers for its origin: the layer's part.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Uri};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use serde_json::{Value, json};
use tower::{Layer as _, ServiceExt as _};
use tower_visor::header::ClearSiteData;
use tower_visor::layer::VisorLayer;
use tower_visor::policy::{Document, Policy, Reason, Resource};

use crate::chromium::Chromium;
use crate::engine::{Engine, Tab, in_each_engine};
use crate::example::Example;
use crate::page::Page;
use crate::serve;

in_each_engine!(no_service_worker_is_served);

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
        let token = format!("{there}/token");
        if arrives {
            navigate(&page, &example.origin, &token).await;
            assert_eq!(foreign.take(), ["/token"]);
        } else {
            // The guard is asked before the browser looks at the header.
            let refused = format!(
                "new Promise((done) => {{
                    addEventListener('visor-refused', (event) => done(event.detail));
                    location.href = '{token}';
                }})"
            );
            let refused: Value = page.eval(&refused).await.unwrap();
            let expected = json!({"url": there, "reason": "leaves the page"});
            assert_eq!(refused, expected);
            assert_eq!(foreign.take(), [""; 0]);
        }
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

/// A form's answer that redirects, as a login's does, is refused with all redirects, be it to the page's
/// own origin; the form itself is not.
#[tokio::test]
async fn a_redirect_behind_a_form_has_to_be_allowed() {
    let Some(browser) = Chromium::launch(&[]).await else {
        return;
    };
    for allowed in [false, true] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let document = Document::new(&origin).unwrap();
        let document = document.loads(Resource::Form, "/login");
        let mut policy = Policy::document(document).enforce_connections();
        if allowed {
            let reason: Reason = "the login answers with 303".parse().unwrap();
            policy = policy.dangerous().allow_redirects(reason);
        }
        let layer = VisorLayer::new(&policy).unwrap();
        let (forms, homes) = (Counter::default(), Counter::default());
        let (form, home) = (forms.clone(), homes.clone());
        let html = "<!doctype html><title>login</title><form method=post action=/login></form>";
        let sent = move || async move {
            form.0.lock().unwrap().push("/login".to_owned());
            Redirect::to("/home")
        };
        let app = Router::new()
            .route("/login", get(move || async move { Html(html) }).post(sent))
            .merge(home.router())
            .layer(layer);
        tokio::spawn(async move { axum::serve(listener, app).await });
        let page = browser.page().await;
        page.goto(&format!("{origin}/login")).await;
        let _ = page.eval::<()>("document.forms[0].submit()").await;
        // There, or at the browser's own page of what it refused.
        page.wait_for("document.title !== 'login' && document.readyState === 'complete'")
            .await;
        assert_eq!(forms.take(), ["/login"]);
        let expected: &[&str] = if allowed { &["/home"] } else { &[] };
        assert_eq!(homes.take(), expected);
    }
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

async fn title(tab: &Tab<'_>, url: &str) -> String {
    tab.goto(url).await;
    tab.eval("document.title").await.unwrap()
}

async fn ask(tab: &Tab<'_>, js: &str) -> String {
    tab.eval(js).await.unwrap()
}

/// A service worker is refused; one that is there already stays, until the browser is told to throw
/// it away by an answer that it lets pass.
async fn no_service_worker_is_served(engine: Engine) {
    let Some(browser) = engine.launch_direct().await else {
        return;
    };
    let tab = &browser.direct_tab().await;
    let (server, origin) = Origin::serve().await;
    server.guard();
    assert_eq!(title(tab, &format!("{origin}/bare")).await, "own");
    assert_eq!(
        ask(tab, REGISTER).await,
        "TypeError",
        "the script is refused"
    );
    assert_eq!(title(tab, &format!("{origin}/")).await, "own");

    let (server, origin) = Origin::serve().await;
    let (page, bare) = (format!("{origin}/"), format!("{origin}/bare"));
    title(tab, &bare).await;
    assert_eq!(ask(tab, REGISTER).await, "registered");
    assert_eq!(title(tab, &page).await, "owned");
    server.guard();
    assert_eq!(title(tab, &page).await, "owned", "no server is asked");
    title(tab, &bare).await;
    assert_eq!(ask(tab, UPDATE).await, "TypeError", "the script is refused");
    assert_eq!(title(tab, &page).await, "owned", "the old one stays");
    // An answer that it lets pass, to whatever was asked.
    title(tab, &bare).await;
    let cleared = "fetch('/clear').then(answer => answer.text())";
    assert_eq!(ask(tab, cleared).await, "<title>clear</title>");
    if engine == Engine::Webkit {
        // WebKitGTK 2.50 throws nothing away, for a navigation neither. A script of a page that the
        // worker lets pass can.
        assert_eq!(title(tab, &page).await, "owned");
        assert_eq!(title(tab, &format!("{origin}/clear")).await, "clear");
        assert_eq!(title(tab, &page).await, "owned");
        title(tab, &bare).await;
        let unregister = "navigator.serviceWorker.getRegistration()
            .then((own) => own.unregister()).then(String)";
        assert_eq!(ask(tab, unregister).await, "true");
    }
    assert_eq!(title(tab, &page).await, "own", "it is gone");
}
