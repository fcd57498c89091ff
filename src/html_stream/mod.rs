//! Nonces for streamed HTML, on the tags that the application marked and on no others.
//!
//! A template that can write the request's [`Nonce`] should
//! ([`docs::dynamic_pages`](crate::docs::dynamic_pages)). This layer is for HTML whose source can't
//! know it: files that are read at start, fragments from a cache, a server behind this one. Such a
//! source carries a [`Mark`] in place of the nonce, and [`HtmlStreamLayer`] replaces it with the nonce
//! while the response streams through:
//!
//! ```
//! use axum::{Router, response::Html, routing::get};
//! use tower_layer::Layer as _;
//! use tower_visor::html_stream::{HtmlStreamLayer, Mark};
//! use tower_visor::policy::ScriptTrust;
//! use tower_visor::{Document, Policy, VisorLayer};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // At the start: the mark goes into the application's own source.
//! let mark = Mark::random()?;
//! let source = "<!doctype html><script nonce=\"{nonce}\">start()</script>"; // a file, say
//! let source = source.replace("{nonce}", mark.as_str());
//!
//! let page = get(|| async move { Html(source + "<script>injected()</script>") });
//! let document = Document::new("https://www.contoso.example")?.scripts_by(ScriptTrust::Nonce);
//! let app = tower::ServiceBuilder::new()
//!     .layer(VisorLayer::new(&Policy::document(document))?)
//!     .layer(HtmlStreamLayer::new(mark)) // inside, where the nonce is known
//!     .service(Router::new().route("/", page));
//! # use tower::ServiceExt as _;
//! # let request = http::Request::get("/").body(axum::body::Body::empty())?;
//! # let answer = app.oneshot(request).await?;
//! # let policy = answer.headers()["content-security-policy"].to_str()?.to_owned();
//! # let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap();
//! # use http_body_util::BodyExt as _;
//! # let html = answer.into_body().collect().await.map_err(|e| e.to_string())?.to_bytes();
//! # let expected = format!("<!doctype html><script nonce=\"{nonce}\">start()</script><script>injected()</script>");
//! # assert_eq!(html, expected);
//! # Ok(())
//! # }
//! ```
//!
//! # Why a mark, and why a secret one
//!
//! A rewriter that puts the nonce on *every* script also blesses injected ones, and so does one that
//! looks for something that an attacker can write: `<script nonce>`, `{nonce}`. A mark
//! is as unguessable as a nonce, and no visitor gets to see it:
//!
//! * on `<script>`, `<style>` and `<link>` with `nonce="MARK"` and nothing unusual, it becomes
//!   the nonce
//! * on a tag with a `<` in an attribute's name or value, or with an attribute twice, it does not:
//!   this is what an attacker's tag looks like that was left open to swallow the application's next one
//! * there and anywhere else, in text, comments, scripts and other attributes, it is overwritten with
//!   `x`
//!
//! Every other byte is passed on as it came.
//!
//! [`Mark::random`] is for one process; put it into the source when that is loaded. A mark that
//! is in a repository is known to everyone who can read it.
//!
//! # What is left alone
//!
//! Anything other than `text/html`; `206` and `304`; anything with a `Content-Encoding`, since
//! compressed HTML can't be read: **compress outside of this layer**, or the page shows its
//! marks and runs nothing. The headers of `HEAD` change as those of `GET` do.
//!
//! `Content-Length`, `ETag`, `Accept-Ranges` and digests of the content are removed from what
//! is rewritten, because its bytes differ each time. Trailers, the inner body's errors and its pace are kept:
//! what comes in goes out, at most 16 KiB at a time, and the first bytes don't wait for the last.
//!
//! # What stops it
//!
//! A body ends with a [`StampError`], and the connection with it, rather than passing on bytes that
//! were not checked:
//!
//! * markup that browsers may read in two ways (`<select><xmp><script>`)
//! * a tag that is too long for the memory of one response, or elements nested too deep for it:
//!   1 MiB. Tags that are never closed count as nested.
//!
//! # What it can't do
//!
//! Anyone who knows the mark can mark their own script. Anyone who can make the application
//! write *their text into a marked script* needs no mark at all. And with a nonce, browsers do not
//! check the bytes of a script: if the page can be compiled, [`Page`](crate::docs::integrity) is
//! stronger.
//!
//! Inside `<svg>` and `<math>`, and after one that isn't properly closed, this layer may treat as a tag
//! what is text to browsers, or the other way round (`<svg><title><![CDATA[`). Then a text shows
//! a nonce and runs nothing, or the application's own script doesn't run. No foreign element gets a
//! nonce this way.
//!
//! Name the encoding, `text/html; charset=utf-8`: otherwise an attacker may choose one in which
//! browsers read different tags from this layer. No nonce is given in an encoding whose markup is not
//! ASCII: one of UTF-16's or ISO-2022-JP's labels in the header, UTF-16's byte order mark, and, where
//! no encoding is named, whatever follows an escape character.
//!
//! [`Nonce`]: crate::Nonce

mod body;
mod encoding;
mod error;
mod mark;
mod parser_view;
mod replace;
mod rewrite;

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Buf;
use http::header::{ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_LENGTH, ETAG, HeaderMap, HeaderName};
use http::{Request, Response, StatusCode};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

pub use body::StampedBody;
pub use error::StampError;
pub use mark::{Mark, MarkError};

use crate::layer::Nonce;
use crate::response::may_be_html;
use encoding::{Named, Watch};

/// Puts nonces where the application's source is marked. See the [module](self).
#[derive(Clone, Debug)]
pub struct HtmlStreamLayer {
    mark: Mark,
}

/// A service whose HTML is stamped. Made by [`HtmlStreamLayer`].
#[derive(Clone, Debug)]
pub struct HtmlStream<S> {
    inner: S,
    mark: Mark,
}

impl HtmlStreamLayer {
    /// A layer that looks for this mark.
    pub fn new(mark: Mark) -> Self {
        Self { mark }
    }
}

impl<S> Layer<S> for HtmlStreamLayer {
    type Service = HtmlStream<S>;

    fn layer(&self, inner: S) -> HtmlStream<S> {
        HtmlStream {
            inner,
            mark: self.mark.clone(),
        }
    }
}

impl<S, Sent, B> Service<Request<Sent>> for HtmlStream<S>
where
    S: Service<Request<Sent>, Response = Response<B>>,
    B: Body<Data: Buf>,
{
    type Response = Response<StampedBody<B>>;
    type Error = S::Error;
    type Future = StampFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Sent>) -> Self::Future {
        StampFuture {
            mark: self.mark.clone(),
            nonce: request.extensions().get::<Nonce>().copied(),
            inner: self.inner.call(request),
        }
    }
}

pin_project! {
    /// The response of a [`HtmlStream`], as it arrives.
    #[derive(Debug)]
    pub struct StampFuture<F> {
        mark: Mark,
        nonce: Option<Nonce>,
        #[pin]
        inner: F,
    }
}

impl<F, B, E> Future for StampFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body<Data: Buf>,
{
    type Output = Result<Response<StampedBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = ready!(this.inner.poll(cx))?;
        if !is_readable(response.status(), response.headers()) {
            return Poll::Ready(Ok(response.map(StampedBody::untouched)));
        }
        let watch = Watch::new(Named::of(response.headers()));
        without(&OF_THE_BYTES, response.headers_mut());
        // Of a `HEAD` too, whose headers then say as little of a length as those of the `GET`.
        let stamped = |body| StampedBody::stamped(body, this.mark, *this.nonce, watch);
        Poll::Ready(Ok(response.map(stamped)))
    }
}

/// Headers that tell something of the bytes before they were changed.
const OF_THE_BYTES: [HeaderName; 8] = [
    CONTENT_LENGTH,
    ETAG,
    ACCEPT_RANGES,
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("repr-digest"),
    HeaderName::from_static("unencoded-digest"),
    HeaderName::from_static("digest"),
    HeaderName::from_static("content-md5"),
];

/// Takes headers out, and leaves the others in their order, which `HeaderMap::remove` doesn't.
fn without(names: &[HeaderName], headers: &mut HeaderMap) {
    if !names.iter().any(|name| headers.contains_key(name)) {
        return;
    }
    let mut current: Option<HeaderName> = None;
    for (name, value) in std::mem::take(headers) {
        // The name stands with the first of its values.
        current = name.or(current);
        if let Some(name) = &current
            && !names.contains(name)
        {
            // They all fitted into one before.
            let _ = headers.try_append(name, value);
        }
    }
}

/// Whether it is a whole HTML document, in plain text.
fn is_readable(status: StatusCode, headers: &HeaderMap) -> bool {
    let is_whole = status != StatusCode::PARTIAL_CONTENT && status != StatusCode::NOT_MODIFIED;
    let mut codings = headers.get_all(CONTENT_ENCODING).iter();
    let is_plain = codings.all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity"));
    is_whole && is_plain && may_be_html(headers)
}
