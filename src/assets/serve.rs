//! How a request for a pinned file is answered.

use http::header::{CONTENT_LENGTH, CONTENT_RANGE, HeaderValue};
use http::{Request, Response, StatusCode};

use super::range::{Wanted, wanted};
use super::set::{Asset, Representation, Set};
use crate::events::event;
#[cfg(feature = "tracing")]
use crate::foreign::in_event;
use crate::header::UnencodedDigest;
use crate::response::{Asked, ResponseClass, WholeBody, asked, may_be_partial, refusal, response};

/// What the path of a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paths {
    /// The pinned URL path.
    Full,
    /// What follows the base, after a slash.
    BelowBase,
}

pub(super) fn respond<B>(set: &Set, paths: Paths, request: &Request<B>) -> Response<WholeBody> {
    // Escapes mean the same however they are written; nothing else is cleaned up.
    let path = request.uri().path();
    let asset = match paths {
        Paths::Full => set.at(path),
        Paths::BelowBase => path.strip_prefix('/').and_then(|path| set.below(path)),
    };
    match asset {
        Some(asset) => marked(answer(asset, request)),
        None => not_found(path),
    }
}

/// The answer to a request for one of the files, by its whole URL path.
#[cfg(feature = "page")]
pub(crate) fn find<B>(set: &Set, request: &Request<B>) -> Option<Response<WholeBody>> {
    let asset = set.at(request.uri().path())?;
    Some(marked(answer(asset, request)))
}

/// The answer to a request for a file that isn't there.
#[allow(unused_variables)] // without the feature `tracing`
pub(crate) fn not_found(path: &str) -> Response<WholeBody> {
    event!(INFO, "file refused", path = in_event(path));
    marked(refusal(StatusCode::NOT_FOUND))
}

fn marked(mut response: Response<WholeBody>) -> Response<WholeBody> {
    let class = ResponseClass::PinnedAsset;
    response.extensions_mut().insert(class);
    response
}

fn answer<B>(asset: &Asset, request: &Request<B>) -> Response<WholeBody> {
    let headers = request.headers();
    let file = asset.choose(headers);
    match asked(request, &file.tag) {
        Asked::Refused(status) => refusal(status),
        Asked::NotModified => {
            let headers = file.not_modified.clone();
            response(StatusCode::NOT_MODIFIED, headers, WholeBody::default())
        }
        // Chromium 156 compares the digest with the bytes of this response, and there are none.
        Asked::Head => {
            let mut headers = file.whole.clone();
            headers.remove(UnencodedDigest::NAME);
            response(StatusCode::OK, headers, WholeBody::default())
        }
        // Ranges are defined for `GET` alone (RFC 9110, section 14.2).
        Asked::Get if may_be_partial(headers, file.tag.as_bytes()) => {
            partial(file, wanted(headers, file.bytes.len()))
        }
        Asked::Get => partial(file, Wanted::Whole),
    }
}

fn partial(file: &Representation, wanted: Wanted) -> Response<WholeBody> {
    let length = file.bytes.len();
    match wanted {
        Wanted::Whole => {
            let body = WholeBody::from(file.bytes.clone());
            response(StatusCode::OK, file.whole.clone(), body)
        }
        Wanted::Part(part) => {
            let mut headers = file.whole.clone();
            headers.insert(CONTENT_LENGTH, HeaderValue::from(part.len()));
            // It is of the whole file, and a browser would compare it with the part.
            headers.remove(UnencodedDigest::NAME);
            // A part is never empty, so its last byte is the one before its end.
            let last = part.end.saturating_sub(1);
            let place = format!("bytes {}-{last}/{length}", part.start);
            headers.insert(CONTENT_RANGE, value(place));
            // `wanted` gives no part beyond the end.
            let body = WholeBody::from(file.bytes.slice(part));
            response(StatusCode::PARTIAL_CONTENT, headers, body)
        }
        Wanted::Unsatisfiable => {
            let mut response = refusal(StatusCode::RANGE_NOT_SATISFIABLE);
            let place = value(format!("bytes */{length}"));
            response.headers_mut().insert(CONTENT_RANGE, place);
            response
        }
    }
}

/// Digits, spaces and a few signs: always a value.
fn value(text: String) -> HeaderValue {
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}
