//! HTML that streams by: nonces on marked tags.

use std::convert::Infallible;
use std::future::{Future as _, Ready, ready};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Collected, Full};
use tower_layer::Layer as _;
use tower_service::Service;
use tower_visor::html_stream::HtmlStreamLayer;
use tower_visor::policy::ScriptTrust;
use tower_visor::{Document, Policy};

use super::{Call, Reader, join, reader};
use crate::hot;

const MARK: &str = "Qm9yZWFsLWZvcmVzdC1tYXJr";

pub(super) const READERS: &[Reader] = &[
    reader("a stream: marked scripts", 200, |n| {
        stamped(&format!("<script nonce={MARK} src=/a.js></script>").repeat(n))
    }),
    reader("a stream: plain tags", 2000, |n| {
        stamped(&"<p>x</p>\n".repeat(n))
    }),
    reader("a stream: open tags", 2000, |n| stamped(&"<div>".repeat(n))),
    reader("a stream: attributes of a marked tag", 500, |n| {
        let attributes = join(n, " ", |i| format!("a{i}=x"));
        stamped(&format!("<script {attributes} nonce={MARK}></script>"))
    }),
    reader("a stream: comments", 2000, |n| {
        stamped(&"<!-- x -->".repeat(n))
    }),
    reader("a stream: text that begins as the mark does", 8000, |n| {
        stamped(&MARK[..20].repeat(n))
    }),
    reader("a stream: bytes of one script", 20_000, |n| {
        stamped(&format!(
            "<script nonce={MARK}>{}</script>",
            "a=1;".repeat(n)
        ))
    }),
];

#[derive(Clone)]
struct Html(Bytes);

impl Service<Request<()>> for Html {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        let mut response = Response::new(Full::new(self.0.clone()));
        let html = HeaderValue::from_static("text/html; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, html);
        ready(Ok(response))
    }
}

fn stamped(body: &str) -> Call {
    let html = Bytes::from(format!("<!doctype html><title>x</title>{body}"));
    let page = Document::new("https://page.example").unwrap();
    let policy = Policy::document(page.scripts_by(ScriptTrust::Nonce));
    let stream = HtmlStreamLayer::new(MARK.parse().unwrap());
    let mut service = hot::visor(&policy).layer(stream.layer(Html(html)));
    Box::new(move || {
        let mut context = Context::from_waker(Waker::noop());
        let Poll::Ready(Ok(response)) = pin!(service.call(Request::new(()))).poll(&mut context)
        else {
            panic!("the service did not answer at once");
        };
        let Poll::Ready(body) = pin!(response.into_body().collect()).poll(&mut context) else {
            panic!("the body was not there at once");
        };
        drop(std::hint::black_box(body.map(Collected::to_bytes)));
    })
}
