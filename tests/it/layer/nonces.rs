//! Nonces, and responses that a browser has stored.

use std::convert::Infallible;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH};
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use tower::Layer as _;
use tower_visor::layer::{Nonce, VisorLayer};
use tower_visor::policy::Policy;

use super::server::{Answer, Server, request};
use super::{hashes, nonces};

/// What the application sets itself at `/own`.
const OWN: [(&str, &str); 4] = [
    ("content-security-policy", "img-src 'self'"),
    ("x-frame-options", "SAMEORIGIN"),
    ("cross-origin-embedder-policy", "unsafe-none"),
    ("cache-control", "max-age=5"),
];

/// A page that writes its nonce, or `none`, and answers a validator.
async fn server(layer: VisorLayer) -> Server {
    Server::start(layer.layer(tower::service_fn(page))).await
}

async fn page(
    request: Request<hyper::body::Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let nonce = request.extensions().get::<Nonce>();
    let body = nonce.map_or_else(|| String::from("none"), Nonce::to_string);
    let mut response = Response::new(Full::new(Bytes::from(body)));
    let headers = response.headers_mut();
    if request.uri().path() == "/own" {
        for (name, value) in OWN {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    headers.insert(ETAG, HeaderValue::from_static("\"1\""));
    if request.headers().contains_key(IF_NONE_MATCH) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Full::default();
    } else if request.uri().path() == "/data" {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    } else {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    }
    Ok(response)
}

fn nonce_of(answer: &Answer) -> &str {
    let policy = answer.one("content-security-policy");
    let (_, rest) = policy
        .split_once("'nonce-")
        .unwrap_or_else(|| panic!("no nonce: {policy}"));
    rest.split_once('\'').unwrap().0
}

#[tokio::test]
async fn each_response_has_a_nonce_of_its_own_and_is_not_stored() {
    let server = server(VisorLayer::new(&nonces()).unwrap()).await;
    let mut seen = std::collections::HashSet::new();
    for _ in 0..50 {
        let answer = server.get("/").await;
        let nonce = nonce_of(&answer);
        assert_eq!(
            answer.body, nonce,
            "the handler and the header name the same"
        );
        assert_eq!(nonce.len(), 24);
        assert_eq!(answer.one("cache-control"), "no-store");
        assert!(seen.insert(nonce.to_owned()), "a nonce came twice");
    }
}

#[tokio::test]
async fn only_documents_name_the_nonce() {
    let server = server(VisorLayer::new(&nonces()).unwrap()).await;
    let data = server.get("/data").await;
    assert!(!data.one("content-security-policy").contains("nonce"));
}

#[tokio::test]
async fn without_a_nonce_in_the_policy_none_is_made() {
    let server = server(VisorLayer::new(&hashes()).unwrap()).await;
    let answer = server.get("/").await;
    assert_eq!(answer.body, "none");
    assert!(!answer.one("content-security-policy").contains("nonce"));
}

#[tokio::test]
async fn stacked_visors_share_the_nonce() {
    let layer = VisorLayer::new(&nonces()).unwrap();
    let service = layer.layer(layer.layer(tower::service_fn(page)));
    let server = Server::start(service).await;
    let answer = server.get("/").await;
    assert_eq!(answer.body, nonce_of(&answer));
}

#[tokio::test]
async fn a_route_can_have_nonces_under_a_layer_without() {
    let own = nonces().compile().unwrap();
    let service = tower::service_fn(move |request| async move {
        let mut response = page(request).await?;
        response.extensions_mut().insert(own);
        Ok::<_, Infallible>(response)
    });

    let prepared = VisorLayer::new(&Policy::api()).unwrap().with_nonces();
    let answer = Server::start(prepared.layer(service)).await.get("/").await;
    assert_eq!(answer.body, nonce_of(&answer));

    // Without `with_nonces` nobody knows a nonce, and the policy lets none pass.
    let unprepared = VisorLayer::new(&Policy::api()).unwrap();
    let answer = Server::start(unprepared.layer(service))
        .await
        .get("/")
        .await;
    assert_eq!(nonce_of(&answer), "");
}

fn conditional(headers: &[(&'static str, &'static str)]) -> Request<&'static str> {
    let mut request = request("/");
    request
        .headers_mut()
        .insert(IF_NONE_MATCH, HeaderValue::from_static("\"1\""));
    for (name, value) in headers {
        request
            .headers_mut()
            .insert(*name, HeaderValue::from_static(value));
    }
    request
}

const NAVIGATION: &[(&str, &str)] = &[("sec-fetch-dest", "document")];

#[tokio::test]
async fn not_modified_never_names_a_nonce() {
    let server = server(VisorLayer::new(&nonces()).unwrap()).await;
    for headers in [NAVIGATION, &[("accept", "text/html,*/*")], &[]] {
        let answer = server
            .send(http::Version::HTTP_11, conditional(headers))
            .await;
        assert_eq!(answer.status, 304);
        assert!(
            answer.all("content-security-policy").is_empty(),
            "{:#?}",
            answer.headers
        );
        assert_eq!(answer.one("x-content-type-options"), "nosniff");
        assert_eq!(answer.one("etag"), "\"1\"");
    }
}

#[tokio::test]
async fn not_modified_sends_policies_of_hashes_for_documents() {
    let server = server(VisorLayer::new(&hashes()).unwrap()).await;
    let full = server.get("/").await;
    for headers in [
        NAVIGATION,
        &[("sec-fetch-dest", "iframe")],
        &[("accept", "text/html,application/xhtml+xml")],
    ] {
        let answer = server
            .send(http::Version::HTTP_11, conditional(headers))
            .await;
        assert_eq!(answer.status, 304);
        assert_eq!(
            answer.one("content-security-policy"),
            full.one("content-security-policy")
        );
        assert!(answer.all("content-type").is_empty());
        assert!(answer.all("content-length").is_empty());
    }
}

#[tokio::test]
async fn not_modified_of_something_unknown_changes_no_stored_policy() {
    let server = server(VisorLayer::new(&hashes()).unwrap()).await;
    for headers in [
        &[("sec-fetch-dest", "empty")][..],
        &[("accept", "*/*")],
        &[],
    ] {
        let answer = server
            .send(http::Version::HTTP_11, conditional(headers))
            .await;
        assert_eq!(answer.status, 304);
        for name in [
            "content-security-policy",
            "x-frame-options",
            "cross-origin-embedder-policy",
            "cross-origin-resource-policy",
            "cache-control",
        ] {
            assert!(answer.all(name).is_empty(), "{headers:?}: {name}");
        }
        assert_eq!(
            answer.one("strict-transport-security"),
            "max-age=63072000; includeSubDomains"
        );
    }
}

/// A browser takes the headers of a `304` in place of the stored ones of the same name. The
/// application's policy alone would make it forget the visor's.
#[tokio::test]
async fn not_modified_does_not_leave_the_applications_policy_alone() {
    let own = |headers: &[(&'static str, &'static str)]| {
        let mut request = conditional(headers);
        *request.uri_mut() = http::Uri::from_static("/own");
        request
    };
    let server_of_nonces = server(VisorLayer::new(&nonces()).unwrap()).await;
    let answer = server_of_nonces
        .send(http::Version::HTTP_11, own(NAVIGATION))
        .await;
    assert!(answer.all("content-security-policy").is_empty());
    assert_eq!(answer.one("x-frame-options"), "DENY");

    let server_of_hashes = server(VisorLayer::new(&hashes()).unwrap()).await;
    let answer = server_of_hashes
        .send(http::Version::HTTP_11, own(&[]))
        .await;
    for (name, _) in &OWN[..3] {
        assert!(answer.all(name).is_empty(), "{name}");
    }
    assert_eq!(answer.one("cache-control"), "max-age=5");

    let answer = server_of_hashes
        .send(http::Version::HTTP_11, own(NAVIGATION))
        .await;
    let [ours, theirs] = answer.all("content-security-policy")[..] else {
        panic!("two policies: {:#?}", answer.headers)
    };
    assert!(ours.contains("/app.js"));
    assert_eq!(theirs, "img-src 'self'");

    // Where the application's policy is the one that is sent, it is the stored one too.
    let kept = hashes().dangerous().conflict(
        http::header::CONTENT_SECURITY_POLICY,
        tower_visor::policy::Conflict::Keep,
        "tested".parse().unwrap(),
    );
    let server_of_others = server(VisorLayer::new(&kept).unwrap()).await;
    let answer = server_of_others
        .send(http::Version::HTTP_11, own(&[]))
        .await;
    assert_eq!(answer.one("content-security-policy"), "img-src 'self'");
}

#[cfg(feature = "axum")]
#[tokio::test]
async fn the_extractor_gives_the_nonce_or_says_why_not() {
    use axum::response::Html;

    let router: axum::Router = axum::Router::new().route(
        "/",
        axum::routing::get(|nonce: Nonce| async move { Html(nonce.to_string()) }),
    );
    let covered = VisorLayer::new(&nonces()).unwrap().layer(router.clone());
    let answer = Server::start(covered).await.get("/").await;
    assert_eq!(answer.body, nonce_of(&answer));

    let bare = Server::start(router).await.get("/").await;
    assert_eq!(bare.status, 500);
    assert_eq!(
        bare.body,
        "no nonce for this request: put a `VisorLayer` whose policy has a nonce around this route"
    );
}

/// Every policy that names the nonce names the same one, as often as it asks for it.
#[tokio::test]
async fn each_slot_of_each_policy_is_filled() {
    let policy = nonces()
        .additional_csp(
            "script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'"
                .parse()
                .unwrap(),
        )
        .additional_csp("img-src 'self'".parse().unwrap())
        .report_only("script-src 'nonce-{nonce}'".parse().unwrap());
    let server = server(VisorLayer::new(&policy).unwrap()).await;
    let answer = server.get("/").await;
    let nonce = std::str::from_utf8(&answer.body).unwrap();
    assert_eq!(nonce.len(), 24);
    let mut enforced = answer.all("content-security-policy");
    enforced.sort_unstable_by_key(|policy| policy.len());
    assert_eq!(enforced.len(), 3, "{enforced:?}");
    assert_eq!(enforced[0], "img-src 'self'");
    assert_eq!(
        enforced[1],
        format!("script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'")
    );
    assert!(enforced[2].contains(&format!("'nonce-{nonce}'")));
    assert_eq!(
        answer.one("content-security-policy-report-only"),
        format!("script-src 'nonce-{nonce}'")
    );
}

#[tokio::test]
async fn not_modified_knows_a_document_by_what_was_asked() {
    let server = server(VisorLayer::new(&hashes()).unwrap()).await;
    for (headers, document) in [
        (&[("sec-fetch-dest", "frame")][..], true),
        (&[("sec-fetch-dest", "embed")], true),
        (&[("sec-fetch-dest", "object")], true),
        (&[("sec-fetch-dest", "image")], false),
        // What the browser says of itself counts before what the page's script may have set.
        (
            &[("sec-fetch-dest", "empty"), ("accept", "text/html")],
            false,
        ),
        (&[("accept", "image/*")], false),
    ] {
        let answer = server
            .send(http::Version::HTTP_11, conditional(headers))
            .await;
        let policies = answer.all("content-security-policy");
        assert_eq!(!policies.is_empty(), document, "{headers:?}: {policies:?}");
    }
}

#[tokio::test]
async fn a_date_is_a_validator_too_and_the_response_may_say_what_it_is() {
    let service = tower::service_fn(|request: Request<hyper::body::Incoming>| async move {
        let mut response = Response::new(Full::new(Bytes::new()));
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        if request.uri().path() == "/asset" {
            let class = tower_visor::response::ResponseClass::PinnedAsset;
            response.extensions_mut().insert(class);
        }
        Ok::<_, Infallible>(response)
    });
    let layer = VisorLayer::new(&hashes()).unwrap();
    let server = Server::start(layer.layer(service)).await;
    for (path, expected) in [("/", "/app.js"), ("/asset", "default-src 'none'; frame")] {
        let mut request = request(path);
        let headers = request.headers_mut();
        headers.insert("sec-fetch-dest", HeaderValue::from_static("document"));
        headers.insert(
            "if-modified-since",
            HeaderValue::from_static("Mon, 23 Nov 2026 00:00:00 GMT"),
        );
        let answer = server.send(http::Version::HTTP_11, request).await;
        let policy = answer.one("content-security-policy");
        assert!(policy.contains(expected), "{path}: {policy}");
    }
}
