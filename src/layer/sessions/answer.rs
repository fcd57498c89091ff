//! What every answer of a route of sessions carries.

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE, ALLOW, CACHE_CONTROL, CONTENT_LENGTH,
    HeaderMap, HeaderName, HeaderValue, VARY,
};
use http::{Response, StatusCode};

use super::super::respond::is_for_some_caches;
use super::partner::{Credentials, Partner};
use super::refusal::SessionRefusal;
use crate::events::event;

/// What the answer depends on: a cache that stores it in spite of `no-store` keeps them apart.
const VARIES_BY: [&str; 4] = [
    "origin",
    "sec-fetch-site",
    "sec-fetch-mode",
    "sec-fetch-dest",
];

/// What the answer to a preflight depends on, besides.
const PREFLIGHT_VARIES_BY: [&str; 2] = [
    "access-control-request-method",
    "access-control-request-headers",
];

/// Ten minutes: a preflight for each check would slow it down, and each request is looked at
/// whatever the browser remembers.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");

const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// What CORS says. Only this layer does: what comes from inside is removed.
const CORS: [HeaderName; 6] = [
    ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_ALLOW_CREDENTIALS,
    ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_HEADERS,
    ACCESS_CONTROL_MAX_AGE,
    HeaderName::from_static("access-control-allow-private-network"),
];

/// A partner as answers name it.
#[derive(Clone, Debug)]
pub(super) struct Named {
    partner: Partner,
    origin: HeaderValue,
    headers: HeaderValue,
}

impl Named {
    /// `None` never: an origin and the names of headers are visible ASCII.
    pub(super) fn new(partner: Partner) -> Option<Self> {
        Some(Self {
            origin: HeaderValue::try_from(partner.origin().to_string()).ok()?,
            headers: HeaderValue::try_from(partner.allowed_headers()).ok()?,
            partner,
        })
    }

    pub(super) const fn origin(&self) -> &HeaderValue {
        &self.origin
    }

    /// Lets the partner's page read the answer
    /// ([Fetch, section 3.3.3](https://fetch.spec.whatwg.org/#http-responses)).
    fn let_read(&self, headers: &mut HeaderMap) {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, self.origin.clone());
        if self.partner.credentials() == Credentials::Included {
            let value = HeaderValue::from_static("true");
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, value);
        }
    }
}

/// Gives the answer of the service inside what every answer carries.
pub(super) fn protect(headers: &mut HeaderMap, partner: Option<&Named>) {
    for name in CORS {
        headers.remove(name);
    }
    let told: Vec<HeaderName> = headers
        .keys()
        .filter(|name| is_for_some_caches(name))
        .cloned()
        .collect();
    for name in told {
        headers.remove(name);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CORP, HeaderValue::from_static("same-origin"));
    vary(headers, &VARIES_BY);
    if let Some(partner) = partner {
        partner.let_read(headers);
    }
}

/// The answer to a request that doesn't get in.
pub(super) fn refused<Body: Default>(
    reason: SessionRefusal,
    partner: Option<&Named>,
    allow: &'static str,
) -> Response<Body> {
    event!(
        WARN,
        "request refused",
        layer = "SessionRoutes",
        reason = ?reason,
        status = reason.status().as_u16()
    );
    let mut response = empty(reason.status());
    let headers = response.headers_mut();
    headers.insert(CONTENT_LENGTH, HeaderValue::from(0));
    if reason == SessionRefusal::NotPost {
        headers.insert(ALLOW, HeaderValue::from_static(allow));
    }
    protect(headers, partner);
    response.extensions_mut().insert(reason);
    response
}

/// The answer to a partner's preflight. What else it asks for, the browser compares and says in its
/// console.
pub(super) fn preflight<Body: Default>(partner: &Named) -> Response<Body> {
    let mut response = empty(StatusCode::NO_CONTENT);
    let headers = response.headers_mut();
    protect(headers, Some(partner));
    headers.insert(
        ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("POST"),
    );
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, partner.headers.clone());
    headers.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    vary(headers, &PREFLIGHT_VARIES_BY);
    response
}

fn empty<Body: Default>(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::default());
    *response.status_mut() = status;
    response
}

/// Adds names to `Vary`, each once; what stands there stays.
fn vary(headers: &mut HeaderMap, names: &[&str]) {
    let stands = |name: &str| {
        headers
            .get_all(VARY)
            .iter()
            .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
            .any(|known| known.trim_ascii().eq_ignore_ascii_case(name.as_bytes()))
    };
    let missing: Vec<&str> = names.iter().copied().filter(|name| !stands(name)).collect();
    // Names of headers are visible ASCII.
    if let Ok(value) = HeaderValue::try_from(missing.join(", "))
        && !missing.is_empty()
    {
        headers.append(VARY, value);
    }
}
