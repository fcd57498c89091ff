//! A page as a response and as a service.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use tower_service::Service;

use super::Page;

/// The body of a page's response: all of it, or nothing.
#[derive(Clone, Debug, Default)]
pub struct PageBody(Option<Bytes>);

impl Body for PageBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

impl Page {
    /// The answer to a request: the page for `GET` and `HEAD`, `304` where the browser has it,
    /// `405` for any other method.
    ///
    /// It holds the page's own policy in its extensions, for the layer.
    pub fn response<B>(&self, request: &Request<B>) -> Response<PageBody> {
        let mut response = Response::new(PageBody(None));
        response.extensions_mut().insert(self.policy);
        let get = request.method() == Method::GET;
        if !get && request.method() != Method::HEAD {
            *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
            let allow = HeaderValue::from_static("GET, HEAD");
            response.headers_mut().insert(ALLOW, allow);
            return response;
        }
        let known = self.is_known(request.headers());
        let headers = response.headers_mut();
        headers.insert(ETAG, self.etag.clone());
        if known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        let html = HeaderValue::from_static("text/html; charset=utf-8");
        headers.insert(CONTENT_TYPE, html);
        headers.insert(CONTENT_LENGTH, self.body.len().into());
        if get {
            *response.body_mut() = PageBody(Some(self.body.clone()));
        }
        response
    }

    /// Whether the browser names this page's bytes ([RFC 9110, section 13.1.2]).
    ///
    /// [RFC 9110, section 13.1.2]: https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2
    fn is_known(&self, headers: &HeaderMap) -> bool {
        headers.get_all(IF_NONE_MATCH).iter().any(|value| {
            value
                .as_bytes()
                .split(|byte| *byte == b',')
                .map(<[u8]>::trim_ascii)
                .any(|tag| {
                    tag == b"*" || tag.strip_prefix(b"W/").unwrap_or(tag) == self.etag.as_bytes()
                })
        })
    }
}

impl<B> Service<Request<B>> for Page {
    type Response = Response<PageBody>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        ready(Ok(self.response(&request)))
    }
}
