//! What a request gets of bytes that can only be read: a file, a page.

use http::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, HeaderMap, HeaderValue};
use http::{Method, Request, Response, StatusCode};

use super::body::WholeBody;
use super::condition::{Condition, condition};

/// What a request asks for, as far as it can be told without the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// The bytes.
    Get,
    /// What is said of them, without them.
    Head,
    /// Nothing: it has them (`304`).
    NotModified,
    /// What it doesn't get; see [`refusal`].
    Refused(StatusCode),
}

/// Reads a request for bytes with this strong entity tag, quotes included. `GET` and `HEAD` are
/// answered, under the conditions of [RFC 9110, section 13]; any other method is `405`.
///
/// [RFC 9110, section 13]: https://www.rfc-editor.org/rfc/rfc9110#section-13
pub(crate) fn asked<B>(request: &Request<B>, tag: &HeaderValue) -> Asked {
    let of_bytes = match *request.method() {
        Method::GET => Asked::Get,
        Method::HEAD => Asked::Head,
        _ => return Asked::Refused(StatusCode::METHOD_NOT_ALLOWED),
    };
    match condition(request.headers(), tag.as_bytes()) {
        Condition::Holds => of_bytes,
        Condition::NotModified => Asked::NotModified,
        Condition::Failed => Asked::Refused(StatusCode::PRECONDITION_FAILED),
    }
}

/// A response without a body that nobody may keep: after a reload it may differ. A `405`
/// says which methods there are ([RFC 9110, section 15.5.6]).
///
/// [RFC 9110, section 15.5.6]: https://www.rfc-editor.org/rfc/rfc9110#section-15.5.6
#[cold]
pub(crate) fn refusal(status: StatusCode) -> Response<WholeBody> {
    let mut headers = HeaderMap::with_capacity(3);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(0));
    if status == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    response(status, headers, WholeBody::default())
}

/// A response of its parts.
pub(crate) fn response(
    status: StatusCode,
    headers: HeaderMap,
    body: WholeBody,
) -> Response<WholeBody> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}
