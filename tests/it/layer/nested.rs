//! More policies than one: layers one in the other, and responses that bring their own.

use std::convert::Infallible;

use bytes::Bytes;
use http::header::HeaderValue;
use http::{Request, Response};
use http_body_util::Full;
use tower::Layer as _;
use tower_visor::layer::VisorLayer;
use tower_visor::policy::Policy;
use tower_visor::response::ResponseClass;

use super::application::{HTML, sent_through};
use super::server::{Answer, Server};
use super::{document, hashes, strict};

#[tokio::test]
async fn two_visors_of_one_policy_are_one() {
    let layer = VisorLayer::new(&hashes()).unwrap();
    let once = sent_through(layer, &[HTML, ("set-cookie", "a=1"), ("set-cookie", "b=2")]).await;
    let twice = tower::layer::util::Stack::new(layer, layer);
    let twice = sent_through(twice, &[HTML, ("set-cookie", "a=1"), ("set-cookie", "b=2")]).await;
    let sorted = |answer: &Answer| {
        let mut lines: Vec<String> = answer
            .headers
            .iter()
            .filter(|(name, _)| *name != "date")
            .map(|(name, value)| format!("{name}: {value:?}"))
            .collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&once), sorted(&twice));
}

#[tokio::test]
async fn two_visors_of_different_policies_intersect() {
    let inner = VisorLayer::new(&hashes()).unwrap();
    let outer = VisorLayer::new(&Policy::api()).unwrap();
    let answer = sent_through(tower::layer::util::Stack::new(inner, outer), &[HTML]).await;
    assert_eq!(
        answer.all("content-security-policy").len(),
        2,
        "browsers enforce both"
    );
    assert_eq!(answer.one("x-frame-options"), "DENY");
}

#[tokio::test]
async fn a_response_can_carry_its_own_policy_and_class() {
    let own = strict(document().framed_by("https://partner.example"));
    let own = own.compile().unwrap();
    let service = tower::service_fn(move |request: Request<hyper::body::Incoming>| async move {
        let mut response = Response::new(Full::new(Bytes::new()));
        response
            .headers_mut()
            .insert("content-type", HeaderValue::from_static("text/html"));
        match request.uri().path() {
            "/framed" => {
                response.extensions_mut().insert(own);
            }
            "/asset" => {
                response.extensions_mut().insert(ResponseClass::PinnedAsset);
            }
            _ => {}
        }
        Ok::<_, Infallible>(response)
    });
    let server = Server::start(VisorLayer::new(&hashes()).unwrap().layer(service)).await;
    let framed = server.get("/framed").await;
    assert!(
        framed
            .one("content-security-policy")
            .contains("frame-ancestors https://partner.example")
    );
    assert!(
        framed.all("x-frame-options").is_empty(),
        "it has no word for one partner"
    );
    let plain = server.get("/").await;
    assert_eq!(plain.one("x-frame-options"), "DENY");
    let asset = server.get("/asset").await;
    assert_eq!(
        asset.one("content-security-policy"),
        "default-src 'none'; frame-ancestors 'none'; sandbox"
    );
}

#[tokio::test]
async fn a_visor_further_out_keeps_its_own_policy() {
    let own = strict(document().framed_by("https://partner.example"));
    let own = own.compile().unwrap();
    let service = tower::service_fn(move |_: Request<hyper::body::Incoming>| async move {
        let response = Response::builder()
            .header("content-type", "text/html")
            .extension(own)
            .body(Full::new(Bytes::new()));
        Ok::<_, Infallible>(response.unwrap_or_default())
    });
    let inner = VisorLayer::new(&hashes()).unwrap();
    let outer = VisorLayer::new(&Policy::api()).unwrap();
    let server = Server::start(outer.layer(inner.layer(service))).await;
    let answer = server.get("/").await;
    let policies = answer.all("content-security-policy");
    assert_eq!(policies.len(), 2, "{policies:#?}");
    assert!(policies[0].contains("; sandbox") && !policies[0].contains("partner"));
    assert!(policies[1].contains("frame-ancestors https://partner.example"));
}

#[cfg(feature = "axum")]
#[tokio::test]
async fn a_policy_is_a_part_of_an_axum_response() {
    let own = strict(document().framed_by("https://partner.example"));
    let own = own.compile().unwrap();
    let router = axum::Router::new().route(
        "/",
        axum::routing::get(move || async move { (own, axum::response::Html("")) }),
    );
    let router: axum::Router = router;
    let server = Server::start(VisorLayer::new(&hashes()).unwrap().layer(router)).await;
    let answer = server.get("/").await;
    let policy = answer.one("content-security-policy");
    assert!(
        policy.contains("frame-ancestors https://partner.example"),
        "{policy}"
    );
}
