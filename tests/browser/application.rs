//! An application that exists already, over TLS in each engine: a login with a cookie session, a front
//! end built by Vite, a JSON API with CORS, uploads and a PDF, server-sent events, sockets, fonts
//! from elsewhere, frames of a card form and a video, an analytics host, OAuth in a popup, all under an
//! enforced `Connection-Allowlist`, and an admin page that a partner frames. Each other host is a server
//! of the test.
#![allow(clippy::unused_async)] // axum wants its handlers so

use std::convert::Infallible;
use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::header::{
    CONTENT_TYPE, COOKIE, HOST, LOCATION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SET_COOKIE,
    UPGRADE,
};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::sse::{Event, Sse};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::{SinkExt as _, StreamExt as _, stream};
use serde_json::{Value, json};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Message, Role};
use tower::Layer as _;
use tower_http::cors::CorsLayer;
use tower_http::services::ServeDir;
use tower_visor::app::AppFiles;
use tower_visor::bundle::ViteManifest;
use tower_visor::header::CrossOriginResourcePolicy;
use tower_visor::layer::{Visor, VisorLayer};
use tower_visor::policy::{CompiledPolicy, Document, Isolation, Policy, Resource};

use crate::engine::{Engine, Tab, in_each_engine};
use crate::tls::{Tls, tunnel_to};
use crate::vite;

const SHOP: &str = "https://shop.example";
const PARTNER: &str = "https://partner.example";

/// The hosts of others.
const OTHERS: [&str; 8] = [
    "fonts.example",
    "analytics.example",
    "push.example",
    "accounts.example",
    "js.stripe.com",
    "www.youtube-nocookie.com",
    "partner.example",
    "evil.example",
];

/// What the documents may reach, as they say it.
const LOGIN_LIST: &str = "(response-origin \"https://accounts.example\");redirects=allow";
const FRONT_END_LIST: &str = "(response-origin \"https://analytics.example/collect\" \
    \"https://fonts.example/inter.woff2\" \"https://push.example/feed\")";
const CHECKOUT_LIST: &str =
    "(response-origin \"https://js.stripe.com\" \"https://www.youtube-nocookie.com\")";

fn page() -> Document {
    Document::new(SHOP).unwrap()
}

fn compiled(policy: &Policy) -> CompiledPolicy {
    let compiled = policy.compile().unwrap();
    assert_eq!(compiled.warnings(), []);
    compiled
}

/// The policy of the front end: its files one by one, and what it does.
fn front_end(dist: &Path) -> Policy {
    let files = AppFiles::read(dist, "/").unwrap();
    let json = std::fs::read_to_string(dist.join(".vite/manifest.json")).unwrap();
    let manifest = ViteManifest::from_json(&json, "/").unwrap();
    // Both name the same files; the manifest doesn't know those that Vite only copies.
    assert!(manifest.files().count() >= 3);
    assert!(manifest.files().all(|file| files.get(file).is_some()));
    let page = page()
        .loads_files(&files)
        .loads(Resource::Worker, "/worker.js")
        .loads(Resource::Connect, "/api/")
        .loads(Resource::Connect, "/files/")
        .loads(Resource::WebSocket, "/live")
        .loads(Resource::WebSocket, "wss://push.example/feed")
        .loads(Resource::Image, "data:")
        .loads(Resource::Image, "blob:")
        .loads(Resource::Font, "https://fonts.example/inter.woff2")
        .loads(Resource::Connect, "https://analytics.example/collect");
    Policy::document(page).enforce_connections()
}

fn shop(dist: &Path) -> Visor<Router> {
    let login = page()
        .loads(Resource::Script, "/login.js")
        .loads(Resource::Form, "/login")
        .opens("https://accounts.example");
    let login = Policy::document(login)
        .isolation(Isolation::AllowPopups)
        .enforce_connections()
        .dangerous()
        .allow_redirects(
            "the answer to the form redirects to the front end"
                .parse()
                .unwrap(),
        );
    let checkout = page()
        .loads(Resource::Script, "/frames.js")
        .loads(Resource::Frame, "https://js.stripe.com")
        .loads(Resource::Frame, "https://www.youtube-nocookie.com");
    let checkout = Policy::document(checkout)
        .isolation(Isolation::ForeignFrames)
        .enforce_connections();
    let admin = page()
        .loads(Resource::Script, "/frames.js")
        .framed_by(PARTNER);
    let public = Policy::api().cross_origin_resource_policy(CrossOriginResourcePolicy::CrossOrigin);
    let partners = CorsLayer::new()
        .allow_origin([PARTNER.parse().unwrap()])
        .allow_methods([Method::GET]);

    let router = Router::new()
        .route("/login", get(sign_in).post(signed_in))
        .route_layer(compiled(&login).layer())
        .merge(
            Router::new()
                .route("/checkout", get(checkout_page))
                .route_layer(compiled(&checkout).layer()),
        )
        .merge(
            Router::new()
                .route("/admin", get(admin_page))
                .route_layer(compiled(&Policy::document(admin)).layer()),
        )
        .merge(
            Router::new()
                .route("/badge.svg", get(badge))
                .route_layer(compiled(&public).layer()),
        )
        .route(
            "/login.js",
            get(|| script(include_str!("application/login.js"))),
        )
        .route(
            "/frames.js",
            get(|| script(include_str!("application/frames.js"))),
        )
        .route("/api/orders", get(orders))
        .route(
            "/api/upload",
            post(|body: Bytes| async move { format!("{} bytes", body.len()) }),
        )
        .route("/api/events", get(events))
        .route(
            "/api/public",
            get(async || axum::Json(json!({"open": true}))).layer(partners),
        )
        .route(
            "/files/terms.pdf",
            get(async || ([(CONTENT_TYPE, "application/pdf")], "%PDF-1.7")),
        )
        .route("/live", get(socket))
        .fallback_service(ServeDir::new(dist).fallback(get(missing)));
    let layer = VisorLayer::compiled(compiled(&front_end(dist)));
    layer.notices(|notice| panic!("{notice}")).layer(router)
}

const HEAD: &str = "<!doctype html><html lang=en><link rel=icon href='data:,'><title>Shop</title>";

async fn sign_in() -> Html<String> {
    Html(format!(
        "{HEAD}<form method=post action=/login><button>In</button></form><script src=/login.js></script>"
    ))
}

async fn signed_in() -> impl IntoResponse {
    let cookie = "__Host-session=ada; Secure; HttpOnly; SameSite=Lax; Path=/";
    (
        StatusCode::SEE_OTHER,
        [(SET_COOKIE, cookie), (LOCATION, "/")],
    )
}

async fn checkout_page() -> Html<String> {
    Html(format!(
        "{HEAD}<script src=/frames.js></script><iframe title=card src=https://js.stripe.com/v3/></iframe>\
         <iframe title=video src=https://www.youtube-nocookie.com/embed/x></iframe>"
    ))
}

async fn admin_page() -> Html<String> {
    Html(format!("{HEAD}<script src=/frames.js></script>"))
}

/// A page that nobody expects, with what an attacker would like to run there.
async fn missing() -> (StatusCode, Html<String>) {
    let html = format!("{HEAD}<script src=/login.js></script><p>nothing here");
    (StatusCode::NOT_FOUND, Html(html))
}

async fn script(text: &'static str) -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/javascript")], text)
}

async fn badge() -> impl IntoResponse {
    let dot = include_str!("application/src/dot.svg");
    ([(CONTENT_TYPE, "image/svg+xml")], dot)
}

async fn orders(headers: HeaderMap) -> axum::Json<Value> {
    let cookie = headers.get(COOKIE).map(|cookie| cookie.to_str().unwrap());
    let visitor = cookie.and_then(|cookie| cookie.strip_prefix("__Host-session="));
    axum::Json(json!({"visitor": visitor}))
}

async fn events() -> impl IntoResponse {
    let first = stream::once(async { Ok::<_, Infallible>(Event::default().data("event")) });
    Sse::new(first.chain(stream::pending()))
}

/// Says one word, and then listens.
async fn socket(mut request: Request) -> Response {
    let key = request.headers()[SEC_WEBSOCKET_KEY].clone();
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let stream = hyper_util::rt::TokioIo::new(upgrade.await.unwrap());
        let mut socket = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
        socket.send(Message::text("socket")).await.unwrap();
        while let Some(Ok(_)) = socket.next().await {}
    });
    let accept = derive_accept_key(key.as_bytes());
    (
        StatusCode::SWITCHING_PROTOCOLS,
        [
            ("connection", "upgrade"),
            (UPGRADE.as_str(), "websocket"),
            (SEC_WEBSOCKET_ACCEPT.as_str(), accept.as_str()),
        ],
    )
        .into_response()
}

/// What the others were asked for.
type Asked = Arc<Mutex<Vec<String>>>;

async fn others(State(asked): State<Asked>, request: Request) -> Response {
    let host = request.headers()[HOST].to_str().unwrap().to_owned();
    asked
        .lock()
        .unwrap()
        .push(format!("{host}{}", request.uri().path()));
    let says = |whom: &str, what: &str| {
        Html(format!(
            "{HEAD}<script>{whom}.postMessage('{what}', '*')</script>"
        ))
        .into_response()
    };
    match host.as_str() {
        "push.example" => socket(request).await,
        "js.stripe.com" => says("parent", "card form"),
        "www.youtube-nocookie.com" => says("parent", "video"),
        "accounts.example" => says("opener", "code-7"),
        "partner.example" | "evil.example" => {
            let html = format!(
                "{HEAD}<script>window.said = [];\
                 onmessage = (event) => said.push(`${{event.origin}} ${{event.data}}`);</script>\
                 <iframe src={SHOP}/admin onload='window.loaded = true'></iframe><img src={SHOP}/badge.svg>"
            );
            // A page that is isolated itself has the most to ask of what it shows.
            let isolated = [
                ("cross-origin-opener-policy", "same-origin"),
                ("cross-origin-embedder-policy", "require-corp"),
            ];
            (isolated, Html(html)).into_response()
        }
        _ => {
            let open = [("access-control-allow-origin", "*")];
            (open, "not a font").into_response()
        }
    }
}

async fn what_it_needs_works_and_nothing_else(engine: Engine) {
    let Some(dist) = vite::build() else { return };
    let app = shop(dist);
    #[cfg(feature = "audit")]
    is_clean(&app).await;

    let (tls, asked) = (Tls::new(), Asked::default());
    let elsewhere = Router::new().fallback(others).with_state(asked.clone());
    let others = tls.serve(elsewhere).await;
    let own = tls.serve(Router::new().fallback_service(app)).await;
    let mut hosts = vec![("shop.example", own)];
    hosts.extend(OTHERS.map(|host| (host, others)));
    let tunnel = tunnel_to(hosts).await;
    let Some(browser) = engine.launch_through(&tls, &tunnel).await else {
        return;
    };
    let page = browser.tab(&tunnel).await;

    // The login, and OAuth in its popup.
    page.goto(&format!("{SHOP}/login")).await;
    page.act("signIn()").await.unwrap();
    page.wait_for("window.code").await;
    let code: String = page.eval("code").await.unwrap();
    assert_eq!(code, "https://accounts.example code-7");

    // The front end, which the form leads to.
    let _ = page.eval::<Value>("document.forms[0].submit()").await;
    page.wait_for("window.seen").await;
    let seen: Value = page.eval("seen").await.unwrap();
    assert_eq!(
        seen,
        json!({
            "lazy": "lazy",
            "style": "rgb(1, 2, 3)",
            "session": "ada",
            "upload": "8 bytes",
            "pdf": "application/pdf",
            "events": "event",
            "live": "socket",
            "push": "socket",
            "data": "data: 8",
            "blob": 8,
            "worker": "worker",
            "font": "asked",
            "analytics": true,
            "violations": [],
        })
    );
    // What nobody named.
    for refused in ["https://evil.example/", "/login"] {
        let sent = format!("fetch('{refused}').then(() => 'sent', () => 'refused')");
        assert_eq!(page.eval::<String>(&sent).await.as_deref(), Ok("refused"));
    }
    let cached = "fetch('/api/').then(answer => answer.headers.get('cache-control'))";
    assert_eq!(page.eval::<String>(cached).await.as_deref(), Ok("no-store"));
    if let Tab::Chromium(page) = &page {
        let mut requests = page.requests().into_iter();
        let styles = requests.find(|request| request.url.contains(".css"));
        assert_eq!(styles.unwrap().headers["cache-control"], "no-cache");
    }

    page.goto(&format!("{SHOP}/checkout")).await;
    page.wait_for("said.length == 2").await;
    let mut said: Vec<String> = page.eval("said").await.unwrap();
    said.sort();
    assert_eq!(
        said,
        [
            "https://js.stripe.com card form",
            "https://www.youtube-nocookie.com video"
        ]
    );

    // All of that was under the enforced header.
    if let Tab::Chromium(page) = &page {
        for (path, list) in [
            ("/login", LOGIN_LIST),
            ("/", FRONT_END_LIST),
            ("/checkout", CHECKOUT_LIST),
        ] {
            let url = format!("{SHOP}{path}");
            let mut requests = page.requests().into_iter();
            let document = requests.find(|request| request.url == url).unwrap();
            assert_eq!(document.headers["connection-allowlist"], list, "{path}");
        }
    }

    // A page that nobody expects runs nothing and has no camera.
    page.goto(&format!("{SHOP}/nowhere")).await;
    assert_eq!(
        page.eval::<String>("typeof signIn").await.as_deref(),
        Ok("undefined")
    );
    // The others know no `Permissions-Policy`.
    if engine == Engine::Chromium {
        let camera = "document.featurePolicy.allowsFeature('camera')";
        assert_eq!(page.eval::<bool>(camera).await, Ok(false));
    }

    // The partner frames the admin page, shows the badge and reads the open part of the API.
    let read = format!("fetch('{SHOP}/api/public').then(() => 'read', () => 'refused')");
    page.goto(PARTNER).await;
    page.wait_for("said.length").await;
    let said: Vec<String> = page.eval("said").await.unwrap();
    assert_eq!(said, [format!("{SHOP} admin")]);
    let badge = "document.images[0].naturalWidth";
    assert_eq!(page.eval::<u32>(badge).await, Ok(8));
    assert_eq!(page.eval::<String>(&read).await.as_deref(), Ok("read"));
    // Nobody else does, but for the badge.
    page.goto("https://evil.example").await;
    page.wait_for("window.loaded").await;
    let said: Vec<String> = page.eval("said").await.unwrap();
    assert_eq!(said, [""; 0]);
    assert_eq!(page.eval::<u32>(badge).await, Ok(8));
    assert_eq!(page.eval::<String>(&read).await.as_deref(), Ok("refused"));

    let asked = asked.lock().unwrap();
    for wanted in ["fonts.example/inter.woff2", "analytics.example/collect"] {
        assert!(
            asked.iter().any(|one| one == wanted),
            "{wanted}: {asked:#?}"
        );
    }
}

in_each_engine!(what_it_needs_works_and_nothing_else);

/// What is sent for all of it is what the audit asks for.
#[cfg(feature = "audit")]
async fn is_clean(app: &Visor<Router>) {
    use tower_visor::audit::{self, Context, Exception, Finding, Profile, Severity};

    for path in ["/", "/login", "/checkout", "/admin"] {
        let mut context = Context::new(Profile::Document);
        if path == "/login" {
            context = context.relaxed([Exception::new(
                "connection-allowlist: redirects=allow",
                "the answer to the form redirects to the front end",
            )]);
        }
        let url = format!("{SHOP}{path}");
        let report = audit::service::<_, axum::body::Body, _>(app.clone(), &url, &context).await;
        let report = report.unwrap();
        // Of the needs it has nothing to say. The files are Vite's and `ServeDir`'s: without
        // `integrity`, which a compiled page has, and without a charset.
        let of_files = ["script-unchecked", "style-unchecked", "charset-missing"];
        let findings = report.findings.iter();
        let others = findings
            .filter(|finding| finding.severity > Severity::Note)
            .filter(|finding| !of_files.contains(&finding.code.as_str()));
        assert_eq!(others.collect::<Vec<_>>(), [] as [&Finding; 0], "{path}");
    }
}
