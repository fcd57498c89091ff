//! A policy for some routes: a layer inside the application's.

use std::sync::Mutex;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use http::HeaderName;
use tower::{Layer as _, ServiceExt as _};
use tower_visor::layer::{ClientScheme, Notice, VisorLayer};
use tower_visor::policy::{Conflict, Document, Policy, Resource};

use super::application::{HTML, sent_through};
use super::document;
use super::server::{Answer, Server};

fn pages(picture: &str) -> Policy {
    Policy::document(document().loads(Resource::Image, picture))
}

fn admin() -> Policy {
    pages("/admin.png").dangerous().conflict(
        HeaderName::from_static("referrer-policy"),
        Conflict::Append,
        "an old client reads the first".parse().unwrap(),
    )
}

fn router(route: &Policy) -> Router {
    let page = || async {
        (
            [("referrer-policy", "same-origin")],
            Html("<!doctype html>"),
        )
    };
    Router::new()
        .route("/admin", get(page))
        .route_layer(route.compile().unwrap().layer())
        .route("/", get(page))
}

/// The lines of the head, in a fixed order.
fn head(answer: &Answer) -> Vec<String> {
    let mut lines: Vec<String> = answer
        .headers
        .iter()
        .filter(|(name, _)| *name != "date")
        .map(|(name, value)| format!("{name}: {value:?}"))
        .collect();
    lines.sort();
    lines
}

fn nobody(notice: &Notice) {
    panic!("{notice}");
}

#[tokio::test]
async fn the_visor_around_sends_the_routes_policy_and_no_other() {
    let around = VisorLayer::new(&pages("/around.png"))
        .unwrap()
        .notices(nobody);
    let both = Server::start(around.layer(router(&admin()))).await;
    let alone = Server::start(VisorLayer::new(&admin()).unwrap().layer(router(&admin()))).await;
    let bare = Server::start(router(&admin())).await;
    let expected = head(&alone.get("/admin").await);
    assert!(expected.iter().any(|line| line.contains("/admin.png")));
    assert_eq!(head(&both.get("/admin").await), expected);
    // Without a visor around, nothing is lost.
    assert_eq!(head(&bare.get("/admin").await), expected);
    let other = both.get("/").await;
    assert!(other.one("content-security-policy").contains("/around.png"));
    let missing = both.get("/nowhere").await;
    assert!(missing.one("content-security-policy").contains("sandbox"));
}

#[cfg(feature = "nonce")]
#[tokio::test]
async fn a_routes_nonce_is_taken_over() {
    use axum::extract::Request;
    use tower_visor::layer::Nonce;
    use tower_visor::policy::ScriptTrust;

    let route = Policy::document(document().scripts_by(ScriptTrust::Nonce));
    let page = |request: Request| async move {
        Html(request.extensions().get::<Nonce>().unwrap().to_string())
    };
    let router: Router = Router::new()
        .route("/", get(page))
        .route_layer(route.compile().unwrap().layer());
    for around in [pages("/around.png"), route] {
        let around = VisorLayer::new(&around).unwrap().notices(nobody);
        let server = Server::start(around.layer(router.clone())).await;
        let answer = server.get("/").await;
        let nonce = std::str::from_utf8(&answer.body).unwrap();
        let policy = answer.one("content-security-policy");
        assert!(policy.contains(&format!("'nonce-{nonce}'")), "{policy}");
        assert_eq!(answer.one("cache-control"), "no-store");
    }
}

/// What was told in the one test that asks.
static TOLD: Mutex<Vec<Notice>> = Mutex::new(Vec::new());

fn note(notice: &Notice) {
    TOLD.lock().unwrap().push(notice.clone());
}

/// A response doesn't wait for a look at the policies that there are while another thread compiles one,
/// as other tests do; a policy takes 255 looks.
async fn send_until_told(inner: VisorLayer, outer: VisorLayer, told: &Mutex<Vec<Notice>>) {
    for _ in 0..200 {
        let both = tower::layer::util::Stack::new(inner, outer);
        let _ = sent_through(both, &[HTML]).await;
        if !told.lock().unwrap().is_empty() {
            return;
        }
    }
}

#[tokio::test]
async fn a_second_visor_is_told_once_and_an_own_policy_is_not() {
    let outer = VisorLayer::new(&pages("/outer.png")).unwrap().notices(note);
    let own = ("content-security-policy", "img-src 'none'");
    let _ = sent_through(outer, &[HTML, own]).await;
    assert_eq!(*TOLD.lock().unwrap(), []);
    let inner = VisorLayer::new(&pages("/inner.png")).unwrap();
    send_until_told(inner, outer, &TOLD).await;
    let both = tower::layer::util::Stack::new(inner, outer);
    let _ = sent_through(both, &[HTML]).await;
    assert_eq!(*TOLD.lock().unwrap(), [Notice::SecondVisor]);
    assert_eq!(
        Notice::SecondVisor.to_string(),
        "a visor with another policy is inside this one, so browsers enforce both: give the route its policy with `CompiledPolicy::layer`, or remove one of them"
    );
}

#[cfg(feature = "nonce")]
#[tokio::test]
async fn a_second_visor_with_a_nonce_is_told_too() {
    use tower_visor::policy::ScriptTrust;

    static TOLD: Mutex<Vec<Notice>> = Mutex::new(Vec::new());
    fn note(notice: &Notice) {
        TOLD.lock().unwrap().push(notice.clone());
    }
    let outer = VisorLayer::new(&pages("/outer-2.png"))
        .unwrap()
        .notices(note);
    let page = document().scripts_by(ScriptTrust::Nonce);
    let inner = Policy::document(page.loads(Resource::Image, "/inner-2.png"));
    let inner = VisorLayer::new(&inner).unwrap();
    send_until_told(inner, outer, &TOLD).await;
    assert_eq!(*TOLD.lock().unwrap(), [Notice::SecondVisor]);
}

#[tokio::test]
async fn a_page_at_another_host_than_the_policys_is_told_once() {
    static TOLD: Mutex<Vec<Notice>> = Mutex::new(Vec::new());
    fn note(notice: &Notice) {
        TOLD.lock().unwrap().push(notice.clone());
    }
    let page = Document::new("http://localhost:3000").unwrap();
    let layer = VisorLayer::new(&Policy::document(page))
        .unwrap()
        .notices(note);
    let app = layer.layer(Router::new().route("/", get(|| async { Html("<!doctype html>") })));
    let open = async |host: &str, accept: &str| {
        let request = http::Request::get("/")
            .header("host", host)
            .header("accept", accept)
            .body(axum::body::Body::empty());
        let answer = app.clone().oneshot(request.unwrap()).await.unwrap();
        assert_eq!(answer.status(), 200);
    };
    open("localhost:3000", "text/html").await;
    open("LOCALHOST:3000", "text/html").await;
    // A health check.
    open("10.1.2.3", "*/*").await;
    assert_eq!(*TOLD.lock().unwrap(), []);
    open("127.0.0.1:3000", "text/html").await;
    open("127.0.0.1:3000", "text/html").await;
    let told = TOLD.lock().unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(
        told[0].to_string(),
        "a page was opened at `127.0.0.1:3000`, and its policy is for `http://localhost:3000`: browsers there refuse the page's own files; open it at that origin, give the policy the one that browsers see, or let the proxy in front pass on `Host`"
    );
}

#[tokio::test]
async fn an_origin_that_visitors_cannot_reach_is_told_at_any_host_and_two_real_names_at_none() {
    static TOLD: Mutex<Vec<String>> = Mutex::new(Vec::new());
    fn note(notice: &Notice) {
        let Notice::OtherHost { asked, origin } = notice else {
            panic!("{notice}");
        };
        TOLD.lock().unwrap().push(format!("{asked} for {origin}"));
    }
    for (origin, host, is_told) in [
        // The quick start, as it is, on a real server.
        ("http://localhost:3000", "liveness.fabrikam.com", true),
        ("http://127.0.0.1:3000", "liveness.fabrikam.com:8080", true),
        // A proxy of a developer's machine, or of a set of containers.
        ("http://localhost:3001", "backend:8080", false),
        ("http://localhost:3002", "backend", false),
        // The origin that the documentation names.
        ("https://liveness.contoso.example", "devbox:3000", true),
        ("https://www.example.com", "staging.fabrikam.com", true),
        ("https://www.notexample.com", "staging.fabrikam.com", false),
        (
            "https://www.example.com.fabrikam.com",
            "backend:8080",
            false,
        ),
        // One of the two may be what a proxy asks for.
        (
            "https://liveness.fabrikam.com",
            "staging.fabrikam.com",
            false,
        ),
        (
            "https://liveness.fabrikam.com:8443",
            "liveness.fabrikam.com",
            false,
        ),
        // Only a developer's machine is asked like that, or a proxy by its address.
        ("https://liveness.fabrikam.com", "127.0.0.1:8443", true),
    ] {
        let page = Document::new(origin).unwrap();
        let page = page.loads(Resource::Image, "/other-host.png");
        let layer = VisorLayer::new(&Policy::document(page))
            .unwrap()
            .notices(note);
        let app = layer.layer(Router::new());
        for _ in 0..2 {
            let request = http::Request::get("/")
                .header("host", host)
                .header("accept", "text/html")
                .body(axum::body::Body::empty());
            let _ = app.clone().oneshot(request.unwrap()).await.unwrap();
        }
        let told = std::mem::take(&mut *TOLD.lock().unwrap());
        let expected = if is_told {
            vec![format!("{host} for {origin}")]
        } else {
            Vec::new()
        };
        assert_eq!(told, expected);
    }
}

#[tokio::test]
async fn a_known_proxy_may_ask_for_any_host_and_default_ports_are_the_same_host() {
    fn nobody_is_told(notice: &Notice) {
        panic!("{notice}");
    }
    let page = Document::new("https://default-port.contoso.example").unwrap();
    let layer = VisorLayer::new(&Policy::document(page))
        .unwrap()
        .notices(nobody_is_told);
    let app = layer.layer(Router::new());
    for (host, scheme) in [
        ("default-port.contoso.example", None),
        ("default-port.contoso.example:443", None),
        ("backend:8080", Some(ClientScheme::Https)),
    ] {
        let mut request = http::Request::get("/")
            .header("host", host)
            .header("accept", "text/html");
        if let Some(scheme) = scheme {
            request = request.extension(scheme);
        }
        let request = request.body(axum::body::Body::empty()).unwrap();
        let _ = app.clone().oneshot(request).await.unwrap();
    }
}
