//! Whether a request is one that may ask for a session.

use http::header::{
    ACCESS_CONTROL_REQUEST_METHOD, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, ORIGIN,
};
use http::{Method, Request};

use super::answer::Named;
use super::query::has_token;
use super::refusal::SessionRefusal;
use crate::response::is_json;

/// What a request without Fetch Metadata gets: see
/// [`SessionRoutes::absent_metadata`](super::SessionRoutes::absent_metadata).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AbsentMetadata {
    /// It is refused.
    #[default]
    Refused,
    /// `Origin` alone decides.
    OriginDecides,
}

/// Who may ask.
#[derive(Debug)]
pub(super) struct Callers<'a> {
    pub(super) own: &'a HeaderValue,
    pub(super) partners: &'a [Named],
    pub(super) absent: AbsentMetadata,
}

/// What a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// A request of the policy's own page.
    Own,
    /// A request of this partner's page.
    Partner(usize),
    /// Its browser's question whether it may ask.
    Preflight(usize),
}

impl Caller {
    pub(super) const fn partner(self) -> Option<usize> {
        match self {
            Self::Own => None,
            Self::Partner(index) | Self::Preflight(index) => Some(index),
        }
    }
}

/// A refusal, and the partner who may read it.
pub(super) type Refused = (SessionRefusal, Option<usize>);

impl Callers<'_> {
    /// Everything but the body.
    pub(super) fn check<B>(&self, request: &Request<B>) -> Result<Caller, Refused> {
        let is_leaked = request.uri().query().is_some_and(has_token);
        let origin = one(request.headers(), &ORIGIN);
        let partner = origin.ok().flatten().and_then(|origin| {
            self.partners
                .iter()
                .position(|known| known.origin() == origin)
        });
        if is_leaked {
            return Err((SessionRefusal::TokenInQuery, partner));
        }
        let headers = request.headers();
        let metadata = asked_by_fetch(headers, partner);
        match (metadata, self.absent) {
            (Ok(()), _) | (Err(SessionRefusal::NoMetadata), AbsentMetadata::OriginDecides) => {}
            // Whoever it is, its page wasn't asked by the way that it says.
            (Err(refusal), _) => return Err((refusal, None)),
        }
        if let Some(index) = partner
            && *request.method() == Method::OPTIONS
            && let Ok(Some(_)) = one(headers, &ACCESS_CONTROL_REQUEST_METHOD)
        {
            return Ok(Caller::Preflight(index));
        }
        if *request.method() != Method::POST {
            return Err((SessionRefusal::NotPost, partner));
        }
        let caller = match (origin, partner) {
            (_, Some(index)) => Caller::Partner(index),
            (Ok(Some(origin)), None) if origin == self.own => Caller::Own,
            (Ok(None), _) => return Err((SessionRefusal::NoOrigin, None)),
            _ => return Err((SessionRefusal::ForeignOrigin, None)),
        };
        // Of several types, or a list in one, handlers and proxies take different ones.
        match one(headers, &CONTENT_TYPE) {
            Ok(Some(value)) if is_json(value) => Ok(caller),
            _ => Err((SessionRefusal::NotJson, partner)),
        }
    }
}

/// Whether the browser says that a script's `fetch` asked, on a page of the policy's origin, or
/// on one of another origin where a partner is named
/// ([Fetch Metadata, section 2](https://w3c.github.io/webappsec-fetch-metadata/#framework)).
fn asked_by_fetch(headers: &HeaderMap, partner: Option<usize>) -> Result<(), SessionRefusal> {
    let [site, mode, destination] = METADATA.each_ref().map(|name| one(headers, name));
    let (Ok(site), Ok(mode), Ok(destination)) = (site, mode, destination) else {
        return Err(SessionRefusal::OddMetadata);
    };
    let (site, mode, destination) = match (site, mode, destination) {
        (Some(site), Some(mode), Some(destination)) => (site, mode, destination),
        (None, None, None) => return Err(SessionRefusal::NoMetadata),
        _ => return Err(SessionRefusal::OddMetadata),
    };
    match (site.as_bytes(), partner) {
        (b"same-origin", None) | (b"same-site" | b"cross-site", Some(_)) => {}
        // Also "same-origin" of a partner, which is a proxy's mistake or a forgery.
        (b"same-origin" | b"same-site" | b"cross-site" | b"none", _) => {
            return Err(SessionRefusal::ForeignSite);
        }
        _ => return Err(SessionRefusal::OddMetadata),
    }
    match (mode.as_bytes(), destination.as_bytes()) {
        (b"cors" | b"same-origin", b"empty") => Ok(()),
        _ => Err(SessionRefusal::NotByFetch),
    }
}

const METADATA: [HeaderName; 3] = [
    HeaderName::from_static("sec-fetch-site"),
    HeaderName::from_static("sec-fetch-mode"),
    HeaderName::from_static("sec-fetch-dest"),
];

/// More than one.
#[derive(Clone, Copy, Debug)]
struct Several;

/// The one value of a header.
fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a HeaderValue>, Several> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    match values.next() {
        None => Ok(first),
        Some(_) => Err(Several),
    }
}
