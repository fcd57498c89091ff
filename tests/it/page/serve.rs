//! The page as a service, inside the layer.

use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH,
};
use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use tower::{Layer as _, ServiceExt as _};
use tower_visor::VisorLayer;
use tower_visor::header::UnencodedDigest;
use tower_visor::page::Page;
use tower_visor::policy::{Caching, Policy};
use tower_visor::response::WholeBody;

use super::{app, compile};
use crate::support::{document, pinned, pins, sdk};

const HTML: &str = "<!doctype html><title>t</title><script type=module src=app.js></script>";

async fn ask(page: &Page, request: http::request::Builder) -> Response<WholeBody> {
    // The layer's own policy is another one.
    let service = VisorLayer::new(&Policy::api()).unwrap().layer(page.clone());
    let request = request.header("host", "liveness.contoso.example");
    service.oneshot(request.body(()).unwrap()).await.unwrap()
}

#[tokio::test]
async fn a_page_comes_with_its_own_policy() {
    let page = compile(HTML).unwrap();
    let answer = ask(&page, Request::get("/")).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let headers = answer.headers().clone();
    assert_eq!(headers[CONTENT_TYPE], "text/html; charset=utf-8");
    assert_eq!(headers[CONTENT_LENGTH], page.bytes().len().to_string());
    assert_eq!(headers[CACHE_CONTROL], "no-store");
    assert_eq!(headers[ETAG], page.etag());
    assert_eq!(
        headers["unencoded-digest"],
        UnencodedDigest::of(page.bytes()).to_string()
    );
    assert_eq!(headers["integrity-policy"], "blocked-destinations=(script)");
    let csp = headers["content-security-policy"].to_str().unwrap();
    assert!(csp.contains("trusted-types default"), "{csp}");
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, page.html());

    // But for what Chromium would compare with no bytes at all.
    let mut headers = headers;
    headers.remove("unencoded-digest");
    let head = ask(&page, Request::head("/")).await;
    assert_eq!(*head.headers(), headers);
    assert_eq!(head.into_body().collect().await.unwrap().to_bytes(), "");
}

#[tokio::test]
async fn what_a_browser_has_is_not_sent_again() {
    let pins = pins("/");
    let verified = pins.verify(sdk("1.5.0")).unwrap();
    let policy = pinned(document().caching(Caching::Revalidate), &pins);
    let page = Page::builder(HTML)
        .app_files(app())
        .compile(&verified, &policy)
        .unwrap();
    let etag = page.etag().to_str().unwrap();
    for tags in [etag.to_owned(), format!("\"a\", W/{etag}"), "*".to_owned()] {
        let request = Request::get("/")
            .header(IF_NONE_MATCH, tags)
            .header("sec-fetch-dest", "document");
        let answer = ask(&page, request).await;
        assert_eq!(answer.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(answer.headers()[ETAG], etag);
        assert!(answer.headers().contains_key("content-security-policy"));
        assert!(!answer.headers().contains_key(CONTENT_LENGTH));
        assert!(!answer.headers().contains_key("unencoded-digest"));
        assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "");
    }
    // The second is a tag with a comma in it, and then nothing that can be read.
    for other in ["\"a\"".to_owned(), format!("\"a, {etag}")] {
        let answer = ask(&page, Request::get("/").header(IF_NONE_MATCH, &other)).await;
        assert_eq!(answer.status(), StatusCode::OK, "{other}");
        assert_eq!(answer.headers()[CACHE_CONTROL], "no-cache");
    }
}

#[tokio::test]
async fn other_bytes_than_asked_for_are_refused() {
    let page = compile(HTML).unwrap();
    let answer = ask(&page, Request::get("/").header(IF_MATCH, "\"a\"")).await;
    assert_eq!(answer.status(), StatusCode::PRECONDITION_FAILED);
    assert_eq!(answer.headers()[CACHE_CONTROL], "no-store");
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "");
    let answer = ask(&page, Request::get("/").header(IF_MATCH, page.etag())).await;
    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test]
async fn other_methods_are_told_which_there_are() {
    let page = compile(HTML).unwrap();
    let answer = ask(&page, Request::builder().method(Method::POST)).await;
    assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.headers()[ALLOW], "GET, HEAD");
    assert_eq!(answer.headers()[CACHE_CONTROL], "no-store");
    assert_eq!(answer.headers()[CONTENT_LENGTH], "0");
    assert!(answer.headers().contains_key("content-security-policy"));
}

#[test]
fn a_page_goes_everywhere() {
    fn is_shared<T: Send + Sync + Clone + std::fmt::Debug + 'static>() {}
    is_shared::<Page>();
    is_shared::<WholeBody>();
}
