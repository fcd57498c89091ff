//! A page as a response and as a service.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use http::header::ETAG;
use http::{Request, Response, StatusCode};
use tower_service::Service;

use super::Page;
use crate::header::UnencodedDigest;
use crate::response::{Asked, WholeBody, asked, refusal};

impl Page {
    /// The answer to a request: the page for `GET` and `HEAD`, `304` if the browser has it,
    /// `412` if it asks for other bytes, `405` for any other method.
    ///
    /// It holds the page's own policy in its extensions, for the layer.
    pub fn response<B>(&self, request: &Request<B>) -> Response<WholeBody> {
        let mut response = self.answer(asked(request, &self.etag));
        response.extensions_mut().insert(self.policy);
        response
    }

    #[inline]
    fn answer(&self, asked: Asked) -> Response<WholeBody> {
        if let Asked::Refused(status) = asked {
            return refusal(status);
        }
        let mut response = Response::new(WholeBody::default());
        if asked == Asked::NotModified {
            response.headers_mut().insert(ETAG, self.etag.clone());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        // Copying a map costs less than hashing the names again.
        response.headers_mut().clone_from(&self.headers);
        if asked == Asked::Get {
            *response.body_mut() = self.body.clone().into();
        } else {
            // Chromium 156 compares it with the bytes of this response, and there are none.
            response.headers_mut().remove(UnencodedDigest::NAME);
        }
        response
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
