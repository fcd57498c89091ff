//! A compiled policy: the headers of each response, ready to be copied.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY_REPORT_ONLY,
    CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
};

use super::strip::StripList;
use super::{PolicyWarning, Relaxed};
use crate::header::ResponseClass;

/// What a [`Policy`](super::Policy) becomes: complete header maps for each class of response.
///
/// Put it into the extensions of a response to give that response a policy of its own; the layer
/// then uses it in place of the one that it was made with.
///
/// It is a reference to data that lives as long as the process, so that no request pays for
/// counting owners: two threads that count the same owners slow each other down. Compiling equal
/// policies gives the same data, so a server that compiles again and again (on a reload, say)
/// grows only with policies that really differ, by about 10 KB each.
///
/// ```
/// use tower_visor::header::ResponseClass;
/// use tower_visor::policy::{HostKind, Policy};
///
/// let policy = Policy::api().compile()?;
/// let headers = policy.headers(ResponseClass::Other, HostKind::Named);
/// assert_eq!(headers["x-content-type-options"], "nosniff");
/// assert_eq!(policy, Policy::api().compile()?);
/// # Ok::<(), tower_visor::policy::PolicyErrors>(())
/// ```
#[derive(Clone, Copy)]
pub struct CompiledPolicy(&'static Prepared);

/// What `Strict-Transport-Security` and `upgrade-insecure-requests` depend on.
///
/// Browsers ignore HSTS for IP addresses ([RFC 6797, section 8.1.1]); for `localhost` it would
/// lock a developer out of every other local server, and Safari's upgrade of insecure requests
/// breaks pages on `http://localhost`. A proxy in front has to pass the `Host` that the browser sent:
/// with an address of its own there, every response is one for this machine.
///
/// [RFC 6797, section 8.1.1]: https://www.rfc-editor.org/rfc/rfc6797#section-8.1.1
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)] // a host is one or the other
pub enum HostKind {
    /// A domain name; also a request that names no host, so that a protection is not lost.
    Named,
    /// `localhost`, a name below it, or an IP address.
    Local,
}

/// What happens to a header that the application set and the policy owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[allow(clippy::exhaustive_enums)] // the layer handles each
pub enum Conflict {
    /// The policy's value is sent, the application's is not. What happens to most headers.
    Replace,
    /// Both are sent. What happens to `Content-Security-Policy` and its report-only form: a
    /// browser enforces every policy that it gets, so it can only become stricter.
    Append,
    /// The application's value is sent, the policy's is not.
    Keep,
}

#[derive(PartialEq)]
pub(crate) struct Prepared {
    /// By class, then by kind of host.
    pub(super) headers: [[Headers; 2]; 3],
    pub(super) conflicts: Vec<(HeaderName, Conflict)>,
    pub(super) strip: StripList,
    pub(super) warnings: Vec<PolicyWarning>,
    pub(super) relaxed: Vec<Relaxed>,
}

/// The headers of one class of response.
#[derive(PartialEq)]
pub(crate) struct Headers {
    /// Every value, with [`CONTENT_TYPE`] and [`CONTENT_LENGTH`] as free slots: to fill one in
    /// moves nothing, to add one would make the copy grow.
    pub(crate) map: HeaderMap,
    /// Policies that name a nonce, split where it stands. The first of each name has a slot in
    /// `map`.
    pub(crate) nonced: Vec<Nonced>,
    pub(crate) cache: CacheRule,
}

#[derive(Clone, PartialEq)]
pub(crate) struct Nonced {
    pub(crate) name: HeaderName,
    pub(crate) pieces: Vec<&'static str>,
}

/// Whose `Cache-Control` is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CacheRule {
    /// The policy's: the response holds a nonce or a token.
    Policy,
    /// The application's, if it set one.
    Application,
}

impl Headers {
    pub(super) fn new(
        values: Vec<(HeaderName, &'static str)>,
        mut nonced: Vec<Nonced>,
        cache: CacheRule,
    ) -> Self {
        let mut map = HeaderMap::with_capacity(values.len() + nonced.len() + 2);
        nonced.sort_by(|a, b| a.name.as_str().cmp(b.name.as_str()));
        for Nonced { name, .. } in &nonced {
            map.insert(name, HeaderValue::from_static(""));
        }
        for (name, value) in values {
            map.append(name, HeaderValue::from_static(value));
        }
        // Last, so that to take one out leaves the others in order.
        map.insert(CONTENT_TYPE, HeaderValue::from_static(""));
        map.insert(CONTENT_LENGTH, HeaderValue::from_static(""));
        Self { map, nonced, cache }
    }
}

impl Prepared {
    pub(crate) fn headers(&self, class: ResponseClass, host: HostKind) -> &Headers {
        let class = match class {
            ResponseClass::Document => 0,
            ResponseClass::PinnedAsset => 1,
            ResponseClass::Other => 2,
        };
        let host = match host {
            HostKind::Named => 0,
            HostKind::Local => 1,
        };
        // Both indices are below the lengths that the type gives.
        &self.headers[class][host]
    }

    /// What the user chose; the last word counts.
    pub(crate) fn conflict(&self, name: &HeaderName) -> Option<Conflict> {
        self.conflicts
            .iter()
            .rev()
            .find(|(known, _)| known == name)
            .map(|(_, conflict)| *conflict)
    }

    pub(crate) fn strips(&self, name: &HeaderName) -> bool {
        self.strip.contains(name)
    }
}

impl CompiledPolicy {
    /// Keeps a policy for the rest of the process, once.
    pub(super) fn keep(prepared: Prepared) -> Self {
        static KEPT: Mutex<Vec<&'static Prepared>> = Mutex::new(Vec::new());
        // A panic while the list was held can't have left it half-changed.
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept.iter().find(|known| ***known == prepared) {
            return Self(known);
        }
        let prepared: &'static Prepared = Box::leak(Box::new(prepared));
        kept.push(prepared);
        Self(prepared)
    }

    pub(crate) fn prepared(self) -> &'static Prepared {
        self.0
    }

    /// Whether a response of this policy names a nonce.
    pub fn needs_nonce(self) -> bool {
        self.0
            .headers
            .iter()
            .flatten()
            .any(|headers| !headers.nonced.is_empty())
    }

    /// The headers of a response, as they are sent where the application set none. A nonce's
    /// place is written `{nonce}`.
    pub fn headers(self, class: ResponseClass, host: HostKind) -> HeaderMap {
        let headers = self.0.headers(class, host);
        let mut map = headers.map.clone();
        map.remove(CONTENT_LENGTH);
        map.remove(CONTENT_TYPE);
        headers.fill(&mut map, "{nonce}");
        map
    }

    /// What is legal and probably not meant, in stable order.
    pub fn warnings(self) -> &'static [PolicyWarning] {
        &self.0.warnings
    }

    /// Every exception that weakens the policy, with its reason: for start-up logs, audits and
    /// evidence.
    pub fn relaxed(self) -> &'static [Relaxed] {
        &self.0.relaxed
    }
}

impl Headers {
    /// Whether the policy sends it.
    pub(crate) fn holds(&self, name: &HeaderName) -> bool {
        self.map.contains_key(name)
    }

    /// What happens to a header that both have, unless the user chose something else.
    pub(crate) fn usual_conflict(&self, name: &HeaderName) -> Conflict {
        match *name {
            CONTENT_SECURITY_POLICY | CONTENT_SECURITY_POLICY_REPORT_ONLY => Conflict::Append,
            CACHE_CONTROL if self.cache == CacheRule::Application => Conflict::Keep,
            _ => Conflict::Replace,
        }
    }

    /// Writes the nonce into its slots.
    pub(crate) fn fill(&self, map: &mut HeaderMap, nonce: &str) {
        let mut slot: Option<&HeaderName> = None;
        for Nonced { name, pieces } in &self.nonced {
            let value = join(pieces, nonce);
            // The first of each name has its slot, the further ones are added.
            match map.get_mut(name).filter(|_| slot != Some(name)) {
                Some(first) => *first = value,
                None => {
                    map.append(name, value);
                }
            }
            slot = Some(name);
        }
    }
}

/// The pieces with the nonce between them.
fn join(pieces: &[&str], nonce: &str) -> HeaderValue {
    let length = pieces.iter().map(|piece| piece.len()).sum::<usize>()
        + nonce.len() * pieces.len().saturating_sub(1);
    let mut text = Vec::with_capacity(length);
    for (index, piece) in pieces.iter().enumerate() {
        if index > 0 {
            text.extend_from_slice(nonce.as_bytes());
        }
        text.extend_from_slice(piece.as_bytes());
    }
    // Pieces come from a policy and nonces from base64: visible ASCII and spaces. Should that ever
    // not hold, the strictest policy there is goes out rather than none.
    HeaderValue::from_maybe_shared(bytes::Bytes::from(text))
        .unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// The same text for the rest of the process; equal texts share one copy.
pub(super) fn intern(text: String) -> &'static str {
    static KEPT: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let kept = kept.get_or_insert_with(HashSet::new);
    if let Some(known) = kept.get(text.as_str()) {
        return known;
    }
    let text: &'static str = Box::leak(text.into_boxed_str());
    kept.insert(text);
    text
}

impl PartialEq for CompiledPolicy {
    fn eq(&self, other: &Self) -> bool {
        // Equal policies are kept once.
        std::ptr::eq(self.0, other.0)
    }
}

impl Eq for CompiledPolicy {}

impl fmt::Debug for CompiledPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompiledPolicy")
            .field(
                "document",
                &self.headers(ResponseClass::Document, HostKind::Named),
            )
            .field("warnings", &self.0.warnings)
            .field("relaxed", &self.0.relaxed)
            .finish_non_exhaustive()
    }
}
