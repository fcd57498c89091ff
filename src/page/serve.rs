//! A page as a response and as a service.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use http::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use tower_service::Service;

use super::Page;
use crate::response::WholeBody;

impl Page {
    /// The answer to a request: the page for `GET` and `HEAD`, `304` where the browser has it,
    /// `405` for any other method.
    ///
    /// It holds the page's own policy in its extensions, for the layer.
    pub fn response<B>(&self, request: &Request<B>) -> Response<WholeBody> {
        let mut response = Response::new(WholeBody::default());
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
            *response.body_mut() = self.body.clone().into();
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
    type Response = Response<WholeBody>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        ready(Ok(self.response(&request)))
    }
}
