//! What this crate does for each response, one variant each. Nothing here needs a peer.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::hint::black_box;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::header::{
    CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH,
};
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use tower_layer::Layer as _;
use tower_service::Service;
use tower_visor::pins::Pins;
use tower_visor::policy::ScriptTrust;
use tower_visor::sdk::Endpoint;
use tower_visor::{Document, LivenessPage, Page, PinnedAssets, Policy, Resource, VisorLayer};

/// One call.
pub type Call = Box<dyn FnMut()>;

/// Name, and what builds it.
pub type Variant = (&'static str, fn() -> Call);

/// The variants that have a budget, after the bare service that is taken off each.
pub const VARIANTS: &[Variant] = &[
    ("bare", || plain(App)),
    ("static", || plain(visor(&liveness()).layer(App))),
    ("nonce", || plain(visor(&nonce()).layer(App))),
    ("nonce, whole policy", || {
        plain(visor(&liveness_nonce()).layer(App))
    }),
    ("answer of an API", || {
        plain(visor(&Policy::api()).layer(Json))
    }),
    ("static, a browser's request", browsers),
    ("not modified", not_modified),
    ("page and its layer", page),
    ("asset", || asset(false)),
    ("asset, not modified", || asset(true)),
];

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/sdk/1.5.0");

/// A page as small as a response gets.
pub const HTML: &[u8] = b"<!doctype html>";

/// A layer for the policy.
#[must_use]
pub fn visor(policy: &Policy) -> VisorLayer {
    VisorLayer::new(policy).unwrap()
}

fn document() -> Document {
    let document = Document::new("https://contoso.example").unwrap();
    document.loads(Resource::Script, "/app.js")
}

/// The liveness page: 13 headers, 1.2 KB of Content Security Policy.
pub fn liveness() -> Policy {
    liveness_with(document())
}

/// The same with a nonce.
pub fn liveness_nonce() -> Policy {
    liveness_with(document().scripts_by(ScriptTrust::Nonce))
}

fn liveness_with(document: Document) -> Policy {
    let endpoint = Endpoint::resource("contoso").unwrap();
    Policy::strict(LivenessPage::new(
        document,
        "1.5.0".parse().unwrap(),
        endpoint,
    ))
}

/// A document's 13 headers with a nonce in a Content Security Policy of 528 bytes: the nonce's
/// price depends on the length.
pub fn nonce() -> Policy {
    let mut document = document().scripts_by(ScriptTrust::Nonce);
    for path in [
        "/styles/contoso.css",
        "/styles/liveness.css",
        "/styles/print.css",
    ] {
        document = document.loads(Resource::Style, path);
    }
    for path in [
        "/pictures/logo.svg",
        "/pictures/camera.svg",
        "/pictures/face.svg",
    ] {
        document = document.loads(Resource::Image, path);
    }
    Policy::document(document.loads(Resource::Connect, "/api/sessions/"))
}

/// A service that answers at once with a page.
#[derive(Clone)]
pub struct App;

impl<B> Service<Request<B>> for App {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<B>) -> Self::Future {
        ready(Ok(response("text/html; charset=utf-8", HTML, "15")))
    }
}

/// The same with JSON.
#[derive(Clone)]
struct Json;

impl Service<Request<()>> for Json {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        ready(Ok(response("application/json", b"{}", "2")))
    }
}

/// A response with the two headers that nearly every one has.
#[must_use]
pub fn response(
    content_type: &'static str,
    body: &'static [u8],
    length: &'static str,
) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(body)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CONTENT_LENGTH, HeaderValue::from_static(length));
    response
}

/// A request with a host and nothing else.
#[must_use]
pub fn request<B>(path: &'static str, body: B) -> Request<B> {
    let host = HeaderValue::from_static("contoso.example");
    Request::builder()
        .uri(path)
        .header(HOST, host)
        .body(body)
        .unwrap()
}

fn plain<S>(service: S) -> Call
where
    S: Service<Request<()>> + 'static,
    S::Error: std::fmt::Debug,
{
    calls(service, || request("/", ()))
}

/// Calls the service with such requests; it must answer at once.
pub fn calls<S, B>(mut service: S, make: impl Fn() -> Request<B> + 'static) -> Call
where
    S: Service<Request<B>> + 'static,
    S::Error: std::fmt::Debug,
{
    Box::new(move || {
        let mut context = Context::from_waker(Waker::noop());
        let mut future = std::pin::pin!(service.call(make()));
        let Poll::Ready(response) = future.as_mut().poll(&mut context) else {
            panic!("the service did not answer at once");
        };
        black_box(response.unwrap());
    })
}

/// Fourteen headers, as Chromium sends them when a page is opened.
fn browsers() -> Call {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("host", "contoso.example"),
        ("connection", "keep-alive"),
        ("sec-ch-ua", "\"Chromium\";v=\"140\""),
        ("sec-ch-ua-mobile", "?0"),
        ("sec-ch-ua-platform", "\"Linux\""),
        ("upgrade-insecure-requests", "1"),
        ("user-agent", "Mozilla/5.0"),
        ("accept", "text/html"),
        ("sec-fetch-site", "none"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-user", "?1"),
        ("sec-fetch-dest", "document"),
        ("accept-encoding", "gzip"),
        ("accept-language", "en"),
    ] {
        let value = HeaderValue::from_static(value);
        headers.insert(HeaderName::from_static(name), value);
    }
    calls(visor(&liveness()).layer(App), move || {
        let mut request = Request::new(());
        *request.headers_mut() = headers.clone();
        request
    })
}

/// The layer's part of a `304`.
fn not_modified() -> Call {
    #[derive(Clone)]
    struct NotModified;
    impl Service<Request<()>> for NotModified {
        type Response = Response<Full<Bytes>>;
        type Error = Infallible;
        type Future = Ready<Result<Self::Response, Infallible>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: Request<()>) -> Self::Future {
            let mut response = Response::new(Full::default());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            let headers = response.headers_mut();
            headers.insert("etag", HeaderValue::from_static("\"1\""));
            ready(Ok(response))
        }
    }
    calls(visor(&liveness()).layer(NotModified), || {
        let mut request = request("/", ());
        let headers = request.headers_mut();
        headers.insert(IF_NONE_MATCH, HeaderValue::from_static("\"1\""));
        headers.insert("sec-fetch-dest", HeaderValue::from_static("document"));
        request
    })
}

fn page() -> Call {
    let pins = Pins::scan(FIXTURE).unwrap();
    let verified = pins.verify(FIXTURE).unwrap();
    let endpoint = Endpoint::resource("contoso").unwrap();
    let document = Document::new("https://contoso.example").unwrap();
    let policy = Policy::strict(LivenessPage::pinned(document, &pins, endpoint));
    let html = "<!doctype html><title>Check</title>\
        <script type=module src=/FaceLivenessDetector.js></script>";
    let page = Page::compile(html, &verified, &policy).unwrap();
    calls(visor(&policy).layer(page), || request("/", ()))
}

fn asset(known: bool) -> Call {
    let pins = Pins::scan(FIXTURE).unwrap();
    let assets = PinnedAssets::new(&pins.verify(FIXTURE).unwrap()).unwrap();
    let path = "/FaceLivenessDetector.js";
    let etag = assets.respond(&request(path, ())).headers()["etag"].clone();
    calls(assets, move || {
        let mut request = request(path, ());
        if known {
            request.headers_mut().insert(IF_NONE_MATCH, etag.clone());
        }
        request
    })
}

#[cfg(test)]
mod tests {
    use super::{App, HTML, liveness, nonce, request, visor};
    use tower_layer::Layer as _;
    use tower_service::Service as _;

    fn answer(policy: &tower_visor::Policy) -> http::Response<http_body_util::Full<bytes::Bytes>> {
        let mut service = visor(policy).layer(App);
        let mut future = std::pin::pin!(service.call(request("/", ())));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match std::future::Future::poll(future.as_mut(), &mut context) {
            std::task::Poll::Ready(response) => response.unwrap(),
            std::task::Poll::Pending => panic!("not at once"),
        }
    }

    #[test]
    fn the_work_is_the_work_that_is_meant() {
        assert_eq!(HTML.len(), 15);
        assert_eq!(answer(&liveness()).headers().len(), 14 + 2);
        let response = answer(&nonce());
        assert_eq!(response.headers().len(), 13 + 2);
        assert_eq!(response.headers()["content-security-policy"].len(), 528);
    }
}
