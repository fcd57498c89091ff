//! From a request to its response.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, HeaderMap, HeaderName, HeaderValue,
};
use http::{Method, Request, Response, StatusCode};
use tower_service::Service;

use super::range::{Wanted, wanted};
use super::set::{Asset, Representation, Set};
use super::{Paths, PinnedAssets};
use crate::response::ResponseClass;
use crate::response::WholeBody;
use crate::response::{Condition, condition, may_be_partial};

impl<B> Service<Request<B>> for PinnedAssets {
    type Response = Response<WholeBody>;
    type Error = Infallible;
    type Future = Ready<Result<Response<WholeBody>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        ready(Ok(self.respond(&request)))
    }
}

pub(super) fn respond<B>(set: &Set, paths: Paths, request: &Request<B>) -> Response<WholeBody> {
    // As it was sent, not decoded and not cleaned up: one file has one URL.
    let path = request.uri().path();
    let asset = match paths {
        Paths::Full => set.at(path),
        Paths::BelowBase => path.strip_prefix('/').and_then(|path| set.get(path)),
    };
    match asset {
        Some(asset) => marked(answer(asset, request)),
        None => not_found(),
    }
}

/// The answer to a request for one of the files, by its whole URL path.
#[cfg(feature = "page")]
pub(crate) fn find<B>(set: &Set, request: &Request<B>) -> Option<Response<WholeBody>> {
    let asset = set.at(request.uri().path())?;
    Some(marked(answer(asset, request)))
}

/// The answer to a request for a file that isn't there.
pub(crate) fn not_found() -> Response<WholeBody> {
    marked(refusal(StatusCode::NOT_FOUND, None))
}

fn marked(mut response: Response<WholeBody>) -> Response<WholeBody> {
    let class = ResponseClass::PinnedAsset;
    response.extensions_mut().insert(class);
    response
}

fn answer<B>(asset: &Asset, request: &Request<B>) -> Response<WholeBody> {
    let head = request.method() == Method::HEAD;
    if !head && request.method() != Method::GET {
        let allow = (ALLOW, HeaderValue::from_static("GET, HEAD"));
        return refusal(StatusCode::METHOD_NOT_ALLOWED, Some(allow));
    }
    let headers = request.headers();
    let file = asset.choose(headers);
    let tag = file.tag.as_bytes();
    match condition(headers, tag) {
        Condition::Failed => return refusal(StatusCode::PRECONDITION_FAILED, None),
        Condition::NotModified => {
            let headers = file.not_modified.clone();
            return build(StatusCode::NOT_MODIFIED, headers, WholeBody::default());
        }
        Condition::Holds => {}
    }
    if head {
        // Ranges are defined for `GET` alone (RFC 9110, section 14.2).
        return build(StatusCode::OK, file.whole.clone(), WholeBody::default());
    }
    let wanted = if may_be_partial(headers, tag) {
        wanted(headers, file.bytes.len())
    } else {
        Wanted::Whole
    };
    partial(file, wanted)
}

fn partial(file: &Representation, wanted: Wanted) -> Response<WholeBody> {
    let length = file.bytes.len();
    match wanted {
        Wanted::Whole => {
            let body = WholeBody::from(file.bytes.clone());
            build(StatusCode::OK, file.whole.clone(), body)
        }
        Wanted::Part(part) => {
            let mut headers = file.whole.clone();
            headers.insert(CONTENT_LENGTH, HeaderValue::from(part.len()));
            // A part is never empty, so its last byte is the one before its end.
            let last = part.end.saturating_sub(1);
            let place = format!("bytes {}-{last}/{length}", part.start);
            headers.insert(CONTENT_RANGE, value(place));
            // `wanted` gives no part beyond the end.
            let body = WholeBody::from(file.bytes.slice(part));
            build(StatusCode::PARTIAL_CONTENT, headers, body)
        }
        Wanted::Unsatisfiable => {
            let place = (CONTENT_RANGE, value(format!("bytes */{length}")));
            refusal(StatusCode::RANGE_NOT_SATISFIABLE, Some(place))
        }
    }
}

/// A response without a body, that nobody may keep: after a reload it may be another one.
fn refusal(status: StatusCode, further: Option<(HeaderName, HeaderValue)>) -> Response<WholeBody> {
    let mut headers = HeaderMap::with_capacity(3);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(0));
    headers.extend(further);
    build(status, headers, WholeBody::default())
}

fn build(status: StatusCode, headers: HeaderMap, body: WholeBody) -> Response<WholeBody> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// Digits, spaces and a few signs: always a value.
fn value(text: String) -> HeaderValue {
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}
