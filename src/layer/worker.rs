//! Scripts of service workers: who gets one registered answers every later navigation of the
//! origin, so none is served where the policy has none.

use http::header::{CONTENT_LENGTH, HeaderName, HeaderValue};
use http::{Response, StatusCode};

/// Why [`VisorLayer`](super::VisorLayer) turned an answer into a `403`: a browser asked for the script
/// of a service worker, and the policy's `worker-src` names none. It is in the extensions
/// of that answer.
///
/// The application was asked all the same, since its answer may bring a policy that names a worker.
///
/// A single one is enough: registered for `/`, it answers each navigation of this origin from then
/// on, without any of the headers, in the browser of everybody who got it. A browser asks for such a
/// script with `Service-Worker: script` ([Service Workers, "Update"]) and `Sec-Fetch-Dest:
/// serviceworker` ([Fetch Metadata]), which no page can leave out.
///
/// [Service Workers, "Update"]: https://w3c.github.io/ServiceWorker/#update-algorithm
/// [Fetch Metadata]: https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-dest-header
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServiceWorkerRefused;

impl std::fmt::Display for ServiceWorkerRefused {
    /// What to do about it if there is meant to be one.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(
            "the script of a service worker, though the policy names none: name it with \
             `Resource::Worker` if there should be one",
        )
    }
}

/// Whether a request's header says that a service worker is asked for. For values of the two right
/// lengths alone, because it is asked for each header of each request.
#[inline]
pub(super) fn says_so(name: &HeaderName, value: &HeaderValue) -> bool {
    matches!(value.len(), 6 | 13) && is_named(name, value)
}

#[inline(never)]
fn is_named(name: &HeaderName, value: &HeaderValue) -> bool {
    match value.as_bytes() {
        b"script" => name == "service-worker",
        b"serviceworker" => name == "sec-fetch-dest",
        _ => false,
    }
}

/// Makes a refusal of an answer, before it gets its headers. Of the application's only the length
/// stays, as that of the bytes: no type to run them by, nothing by which a cache would keep it.
#[inline(never)]
pub(super) fn refuse<B>(response: &mut Response<B>) {
    *response.status_mut() = StatusCode::FORBIDDEN;
    let length = response.headers_mut().remove(CONTENT_LENGTH);
    response.headers_mut().clear();
    if let Some(length) = length {
        response.headers_mut().insert(CONTENT_LENGTH, length);
    }
    response.extensions_mut().insert(ServiceWorkerRefused);
}
