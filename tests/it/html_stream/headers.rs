//! Which responses are rewritten, and what their headers say then.

use std::convert::Infallible;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body::Body as _;
use http_body_util::{BodyExt as _, Full};
use tower::{Layer as _, ServiceExt as _};
use tower_visor::html_stream::{HtmlStreamLayer, StampedBody};
use tower_visor::layer::VisorLayer;

use super::{MARK, mark, policy, text};

/// Headers that tell something of the bytes, and some that don't.
const HEADERS: [(&str, &str); 11] = [
    ("set-cookie", "c=d"),
    ("content-length", "1000"),
    ("etag", "\"a\""),
    ("accept-ranges", "bytes"),
    ("content-digest", "sha-256=:a:"),
    ("repr-digest", "sha-256=:a:"),
    ("unencoded-digest", "sha-256=:a:"),
    ("digest", "a"),
    ("content-md5", "a"),
    ("set-cookie", "a=b"),
    ("x-own", "kept"),
];

fn html() -> String {
    format!("<script nonce=\"{MARK}\">go()</script>")
}

/// The same where there is no nonce.
fn overwritten() -> String {
    html().replace(MARK, &"x".repeat(MARK.len()))
}

/// A response of the handler below `HtmlStreamLayer` alone: no nonce is there.
async fn below(
    method: Method,
    status: StatusCode,
    headers: &[(&str, &str)],
) -> Response<StampedBody<Full<Bytes>>> {
    let mut response = Response::new(Full::from(html()));
    *response.status_mut() = status;
    for (name, value) in headers.iter().chain(&HEADERS) {
        let name: HeaderName = name.parse().unwrap();
        response
            .headers_mut()
            .append(name, HeaderValue::from_str(value).unwrap());
    }
    let handler = tower::service_fn(move |_: Request<()>| {
        std::future::ready(Ok::<_, Infallible>(response.clone()))
    });
    let request = Request::builder().method(method).body(()).unwrap();
    let app = HtmlStreamLayer::new(mark()).layer(handler);
    app.oneshot(request).await.unwrap()
}

fn names(headers: &HeaderMap) -> Vec<&str> {
    headers.keys().map(HeaderName::as_str).collect()
}

#[tokio::test]
async fn what_told_of_the_bytes_is_gone() {
    let of_html = [("content-type", "text/html; charset=utf-8")];
    for status in [StatusCode::OK, StatusCode::NOT_FOUND] {
        for method in [Method::GET, Method::POST, Method::HEAD] {
            let answer = below(method, status, &of_html).await;
            assert_eq!(
                names(answer.headers()),
                ["content-type", "set-cookie", "x-own"]
            );
            let cookies = answer.headers().get_all("set-cookie").iter();
            assert_eq!(cookies.collect::<Vec<_>>(), ["c=d", "a=b"]);
        }
    }
    let answer = below(Method::GET, StatusCode::OK, &of_html).await;
    assert_eq!(answer.body().size_hint().exact(), None);
    assert!(!answer.body().is_end_stream());
    // Without a nonce the mark is overwritten all the same, and nothing runs.
    assert_eq!(text(answer.into_body()).await.unwrap(), overwritten());
    for content_type in ["TEXT/HTML", "text/html ; charset=utf-8", "text/html;a"] {
        let answer = below(
            Method::GET,
            StatusCode::OK,
            &[("content-type", content_type)],
        )
        .await;
        assert!(!answer.headers().contains_key("etag"), "{content_type}");
    }
}

#[tokio::test]
async fn all_else_is_left_alone() {
    let of_html = ("content-type", "text/html");
    for (status, headers) in [
        (200, vec![of_html, ("content-encoding", "gzip")]),
        (
            200,
            vec![
                of_html,
                ("content-encoding", "identity"),
                ("content-encoding", "br"),
            ],
        ),
        (200, vec![("content-type", "application/json")]),
        (200, vec![("content-type", "text/html-not")]),
        (200, vec![("content-type", "application/xhtml+xml")]),
        (200, vec![("content-type", "image/svg+xml")]),
        (200, vec![]),
        (206, vec![of_html, ("content-range", "bytes 0-9/10")]),
        (304, vec![of_html]),
    ] {
        let status = StatusCode::from_u16(status).unwrap();
        let answer = below(Method::GET, status, &headers).await;
        for (name, value) in headers.iter().chain(&HEADERS) {
            assert!(
                answer.headers().get_all(*name).iter().any(|is| is == value),
                "{status} {headers:?}: {name}"
            );
        }
        let body = answer.into_body();
        assert_eq!(body.size_hint().exact(), Some(html().len() as u64));
        assert_eq!(text(body).await.unwrap(), html());
    }
    // Said to be plain is plain.
    let headers = [of_html, ("content-encoding", "identity")];
    let answer = below(Method::GET, StatusCode::OK, &headers).await;
    assert_eq!(text(answer.into_body()).await.unwrap(), overwritten());
}

#[tokio::test]
async fn it_fits_into_axum() {
    let router: axum::Router = axum::Router::new()
        .route(
            "/",
            axum::routing::get(|| async { axum::response::Html(html()) }),
        )
        .layer(HtmlStreamLayer::new(mark()))
        .layer(VisorLayer::new(&policy()).unwrap());
    let server = crate::server::Server::start(router).await;
    let answer = server.get("/").await;
    let nonce = answer.one("content-security-policy");
    let nonce = nonce.split("'nonce-").nth(1).unwrap();
    let nonce = nonce.split('\'').next().unwrap();
    let expected = format!("<script nonce=\"{nonce}\">go()</script>");
    assert_eq!(answer.body, expected);
    assert_eq!(answer.one("cache-control"), "no-store");
    assert_eq!(answer.all("etag"), [""; 0]);
    assert_eq!(answer.one("transfer-encoding"), "chunked");

    let mut head = crate::server::request("/");
    *head.method_mut() = Method::HEAD;
    let head = server.send(http::Version::HTTP_11, head).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.all("content-length"), [""; 0]);
}

#[tokio::test]
async fn bodies_of_any_kind_of_buffer_are_taken() {
    use std::collections::VecDeque;
    let handler = tower::service_fn(|_: Request<()>| {
        let body = Full::new(VecDeque::from(html().into_bytes()));
        let mut response = Response::new(body);
        let headers = response.headers_mut();
        headers.insert("content-type", HeaderValue::from_static("text/html"));
        std::future::ready(Ok::<_, Infallible>(response))
    });
    let app = HtmlStreamLayer::new(mark()).layer(handler);
    let answer = app.oneshot(Request::new(())).await.unwrap();
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(bytes, overwritten());
}
