//! In an axum router, in its usual places, and under the layer.

use axum::Router;
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::get;
use tower_layer::Layer as _;
use tower_visor::layer::VisorLayer;
use tower_visor::policy::Policy;
use tower_visor::response::ResponseClass;

use super::{COMPONENT, assets};
use crate::server::Server;
use crate::support::pins;

/// Everything is found under the base, and nothing else by this service.
async fn serves(router: Router, base: &str) {
    let server = Server::start(router).await;
    for file in pins(base).files() {
        let answer = server.get(file.url()).await;
        assert_eq!(answer.status, 200, "{}", file.url());
        assert!(file.digest().matches(&answer.body), "{}", file.url());
    }
    for path in [
        "other.js",
        "%46aceLivenessDetector.js",
        "a/../FaceLivenessDetector.js",
    ] {
        let answer = server.get(&format!("{base}{path}")).await;
        assert_eq!((answer.status, answer.body.len()), (404, 0), "{path}");
    }
}

#[tokio::test]
async fn it_serves_wherever_it_is_put() {
    let base = "/sdk/1.5.0/";
    let index = || get(async || Html("start page"));
    let nested = assets(base).nested();
    serves(
        Router::new().nest_service("/sdk/1.5.0", nested.clone()),
        base,
    )
    .await;
    serves(
        Router::new().nest_service("/sdk/1.5.0/", nested.clone()),
        base,
    )
    .await;
    let inner = Router::new().nest_service("/1.5.0", nested.clone());
    serves(Router::new().nest("/sdk", inner), base).await;
    let inner = Router::new().fallback_service(nested);
    serves(Router::new().nest("/sdk/1.5.0", inner), base).await;

    let full = assets(base);
    serves(
        Router::new().route_service("/sdk/1.5.0/{*path}", full.clone()),
        base,
    )
    .await;
    serves(
        Router::new().route("/", index()).fallback_service(full),
        base,
    )
    .await;
    serves(Router::new().fallback_service(assets("/")), "/").await;
    serves(
        Router::new().nest_service("/sdk", assets("/sdk/").nested()),
        "/sdk/",
    )
    .await;
}

#[tokio::test]
async fn each_form_looks_at_its_own_paths_only() {
    let server = Server::start(assets("/sdk/").nested()).await;
    assert_eq!(server.get(&format!("/{COMPONENT}")).await.status, 200);
    assert_eq!(server.get(&format!("/sdk/{COMPONENT}")).await.status, 404);
    let server = Server::start(assets("/sdk/")).await;
    assert_eq!(server.get(&format!("/{COMPONENT}")).await.status, 404);
    assert_eq!(server.get(&format!("/sdk/{COMPONENT}")).await.status, 200);
}

async fn start_page(response: Response) -> Response {
    let own = response.extensions().get() == Some(&ResponseClass::PinnedAsset);
    match response.status().as_u16() {
        404 if !own => Html("start page").into_response(),
        _ => response,
    }
}

#[tokio::test]
async fn a_missing_file_does_not_become_the_start_page() {
    let router = Router::new()
        .nest_service("/sdk", assets("/sdk/").nested())
        .layer(axum::middleware::map_response(start_page))
        .fallback(async || Html("start page"));
    let server = Server::start(router).await;
    let answer = server
        .get("/sdk/facelivenessdetector-assets/js/other.wasm")
        .await;
    assert_eq!((answer.status, answer.body.len()), (404, 0));
    assert_eq!(answer.one("cache-control"), "no-store");
    assert_eq!(answer.all("content-type"), [""; 0]);
    let answer = server.get("/somewhere/else").await;
    assert_eq!((answer.status, &answer.body[..]), (200, &b"start page"[..]));
}

#[tokio::test]
async fn the_layer_gives_it_the_headers_of_an_asset() {
    let policy = Policy::api();
    let expected = policy.compile().unwrap().headers(
        ResponseClass::PinnedAsset,
        tower_visor::policy::HostKind::Named,
    );
    let layer = VisorLayer::new(&policy).unwrap();
    let server = Server::start(layer.layer(assets("/"))).await;
    for (path, status) in [
        (format!("/{COMPONENT}"), 200),
        ("/other.js".to_owned(), 404),
    ] {
        let answer = server.get(&path).await;
        assert_eq!(answer.status, status);
        for (name, value) in &expected {
            if name == "cache-control" {
                continue;
            }
            let sent = answer.headers.get_all(name);
            assert!(sent.iter().any(|sent| sent == value), "{path}: {name}");
        }
    }
    // What the service says of its bytes stays.
    let answer = server.get(&format!("/{COMPONENT}")).await;
    assert_eq!(answer.one("cache-control"), "no-cache, no-transform");
    assert_eq!(answer.one("content-type"), "text/javascript; charset=utf-8");
    assert!(answer.one("etag").starts_with("\"sha384-"));
}
