//! Every response is covered, whoever made it.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::response::{Html, Redirect};
use axum::routing::{get, post};
use bytes::Bytes;
use futures_util::stream;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Method, Request, Response, StatusCode, Version};
use http_body::Frame;
use http_body_util::{BodyExt as _, Full, StreamBody};
use tower::{Layer as _, ServiceBuilder};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;
use tower_visor::layer::VisorLayer;

use super::hashes;
use super::server::{Answer, Server, request};

const VERSIONS: [Version; 2] = [Version::HTTP_11, Version::HTTP_2];

/// An application with everything that can answer in place of a handler, inside the visor.
async fn application() -> Server {
    let limit =
        TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::from_millis(1));
    let router = Router::new()
        .route(
            "/",
            get(|| async { Html("<!doctype html><title>page</title>") }),
        )
        .route(
            "/api",
            get(|| async { ([(CONTENT_TYPE, "application/json")], "{}") }),
        )
        .route("/form", post(|_: Bytes| async { "taken" }))
        .route(
            "/error",
            get(|| async { (StatusCode::INTERNAL_SERVER_ERROR, "broken") }),
        )
        .route("/panic", get(|| async { broken_handler() }))
        // Around this one alone: on a busy machine any other may take longer, too.
        .route("/slow", get(std::future::pending::<&str>).layer(limit))
        .route("/elsewhere", get(|| async { Redirect::temporary("/") }))
        .route("/stream", get(streaming))
        .layer(DefaultBodyLimit::max(16));
    let service = ServiceBuilder::new()
        .layer(VisorLayer::new(&hashes()).unwrap())
        .layer(CatchPanicLayer::new())
        .service(router);
    Server::start(service).await
}

/// The type of a handler that never returns is not a response; this one is.
fn broken_handler() -> &'static str {
    panic!("a handler breaks; the next line in the test's output is meant")
}

async fn streaming() -> Response<Body> {
    let mut trailers = HeaderMap::new();
    trailers.insert("x-checksum", HeaderValue::from_static("done"));
    let frames = [
        Frame::data(Bytes::from_static(b"<!doctype html>")),
        Frame::data(Bytes::from_static(b"<p>streamed</p>")),
        Frame::trailers(trailers),
    ];
    let body = StreamBody::new(stream::iter(frames.map(Ok::<_, Infallible>)));
    Response::builder()
        .header(CONTENT_TYPE, "text/html")
        .header("trailer", "x-checksum")
        .body(Body::new(body))
        .unwrap()
}

/// What any response carries, a document or not.
fn assert_covered(answer: &Answer, what: &str) {
    assert_eq!(answer.one("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(answer.one("x-frame-options"), "DENY", "{what}");
    assert_eq!(answer.one("referrer-policy"), "no-referrer", "{what}");
    assert_eq!(
        answer.one("cross-origin-resource-policy"),
        "same-origin",
        "{what}"
    );
    assert_eq!(
        answer.one("strict-transport-security"),
        "max-age=63072000; includeSubDomains",
        "{what}"
    );
    let policy = answer.one("content-security-policy");
    assert!(policy.contains("default-src 'none'"), "{what}: {policy}");
    assert!(
        policy.contains("frame-ancestors 'none'"),
        "{what}: {policy}"
    );
}

fn assert_document(answer: &Answer, what: &str) {
    assert_covered(answer, what);
    assert_eq!(
        answer.one("cross-origin-opener-policy"),
        "same-origin",
        "{what}"
    );
    assert!(
        answer.one("permissions-policy").contains("camera=(self)"),
        "{what}"
    );
    assert!(
        answer.one("content-security-policy").contains("/app.js"),
        "{what}"
    );
}

fn assert_other(answer: &Answer, what: &str) {
    assert_covered(answer, what);
    let policy = answer.one("content-security-policy");
    assert!(
        policy.contains("sandbox") && !policy.contains("/app.js"),
        "{what}: {policy}"
    );
}

#[tokio::test]
async fn every_status_is_covered_over_both_protocols() {
    let server = application().await;
    for version in VERSIONS {
        for (method, path, body, status) in [
            (Method::GET, "/", "", 200),
            (Method::GET, "/api", "", 200),
            (Method::GET, "/nowhere", "", 404),
            (Method::DELETE, "/api", "", 405),
            (Method::POST, "/form", "longer than sixteen bytes", 413),
            (Method::GET, "/error", "", 500),
            (Method::GET, "/panic", "", 500),
            (Method::GET, "/slow", "", 408),
            (Method::GET, "/elsewhere", "", 307),
        ] {
            let what = format!("{method} {path} over {version:?}");
            let mut request = request(path).map(|_| body);
            *request.method_mut() = method;
            let answer = server.send(version, request).await;
            assert_eq!(answer.status, status, "{what}");
            assert_eq!(answer.version, version, "{what}");
            if path == "/" {
                assert_document(&answer, &what);
            } else {
                assert_other(&answer, &what);
            }
        }
    }
}

#[tokio::test]
async fn an_error_page_in_html_is_a_document() {
    let router = Router::new().fallback(|| async {
        (
            StatusCode::NOT_FOUND,
            Html("<!doctype html><title>not found</title>"),
        )
    });
    let server = Server::start(VisorLayer::new(&hashes()).unwrap().layer(router)).await;
    let answer = server.get("/nowhere").await;
    assert_eq!(answer.status, 404);
    assert_document(&answer, "404 in HTML");
}

#[tokio::test]
async fn head_gets_what_get_gets() {
    let server = application().await;
    for version in VERSIONS {
        for path in ["/", "/api"] {
            let get = server.send(version, request(path)).await;
            let mut head = request(path);
            *head.method_mut() = Method::HEAD;
            let head = server.send(version, head).await;
            assert!(head.body.is_empty());
            let strip_date = |mut headers: HeaderMap| {
                headers.remove("date");
                headers
            };
            assert_eq!(strip_date(head.headers), strip_date(get.headers), "{path}");
        }
    }
}

#[tokio::test]
async fn bodies_stream_and_keep_their_trailers() {
    let server = application().await;
    for version in VERSIONS {
        let mut request = request("/stream");
        request
            .headers_mut()
            .insert("te", HeaderValue::from_static("trailers"));
        let answer = server.send(version, request).await;
        assert_document(&answer, "stream");
        assert_eq!(answer.body, "<!doctype html><p>streamed</p>");
        assert_eq!(answer.trailers.unwrap()["x-checksum"], "done");
        assert!(!answer.headers.contains_key("content-length"));
    }
}

#[tokio::test]
async fn the_body_is_the_applications_own() {
    // The body's type passes through, so size hint, end of stream and frames are untouched.
    let service = tower::service_fn(|_: Request<()>| async {
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"seven b"))))
    });
    let response: Response<Full<Bytes>> = tower::ServiceExt::oneshot(
        VisorLayer::new(&hashes()).unwrap().layer(service),
        Request::new(()),
    )
    .await
    .unwrap();
    let body = response.into_body();
    assert_eq!(http_body::Body::size_hint(&body).exact(), Some(7));
    assert_eq!(body.collect().await.unwrap().to_bytes(), "seven b");
}

#[tokio::test]
async fn a_plain_hyper_service_is_covered() {
    let service = tower::service_fn(|_| async {
        Response::builder()
            .header(CONTENT_TYPE, "text/html; charset=utf-8")
            .body(Full::new(Bytes::from_static(b"<!doctype html>")))
            .map_err(|_| -> Infallible { unreachable!("the parts are valid") })
    });
    let server = Server::start(VisorLayer::new(&hashes()).unwrap().layer(service)).await;
    for version in VERSIONS {
        let answer = server.send(version, request("/")).await;
        assert_document(&answer, "hyper");
        assert_eq!(answer.one("content-type"), "text/html; charset=utf-8");
        assert_eq!(answer.one("content-length"), "15");
    }
}

#[tokio::test]
async fn content_types_choose_the_class() {
    for (content_type, document) in [
        (Some("text/html"), true),
        (Some("Text/HTML;charset=utf-8"), true),
        (Some(" application/xhtml+xml ; charset=utf-8"), true),
        (Some("text/htmlx"), false),
        (Some("application/json"), false),
        (Some("image/svg+xml"), false),
        (Some("application/xml"), false),
        (Some(""), false),
        (None, false),
    ] {
        let service = tower::service_fn(move |_| async move {
            let mut response = Response::new(Full::new(Bytes::new()));
            if let Some(content_type) = content_type {
                let value = HeaderValue::from_static(content_type);
                response.headers_mut().insert(CONTENT_TYPE, value);
            }
            Ok::<_, Infallible>(response)
        });
        let server = Server::start(VisorLayer::new(&hashes()).unwrap().layer(service)).await;
        let answer = server.get("/").await;
        let what = format!("{content_type:?}");
        if document {
            assert_document(&answer, &what);
        } else {
            assert_other(&answer, &what);
        }
        let sent: Vec<&str> = content_type.map(str::trim).into_iter().collect();
        assert_eq!(answer.all("content-type"), sent, "nothing is made up");
    }
}

#[tokio::test]
async fn hosts_without_a_name_get_no_transport_security() {
    let server = application().await;
    for version in VERSIONS {
        for (host, secured) in [
            ("contoso.example", true),
            ("contoso.example:8443", true),
            ("localhost:3000", false),
            ("app.localhost", false),
            ("127.0.0.1", false),
            ("[::1]:80", false),
        ] {
            let mut request = request("/");
            request
                .headers_mut()
                .insert("host", HeaderValue::from_static(host));
            let answer = server.send(version, request).await;
            assert_eq!(
                !answer.all("strict-transport-security").is_empty(),
                secured,
                "{host} over {version:?}"
            );
            assert_eq!(
                answer
                    .one("content-security-policy")
                    .contains("upgrade-insecure-requests"),
                secured,
                "{host} over {version:?}"
            );
        }
    }
}
