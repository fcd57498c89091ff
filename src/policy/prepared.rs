//! A compiled policy: the headers of each response, ready to be copied.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY_REPORT_ONLY,
    CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, IterMut, LINK,
};

use super::expected::ExpectedHost;
use super::second::{Looks, fits};
use super::strip::StripList;
use super::{Conflict, PolicyWarning, Relaxed};
use crate::response::ResponseClass;

/// What a [`Policy`](super::Policy) becomes: complete header maps for each class of response.
///
/// Put it into the extensions of a response to give that response a policy of its own; the layer
/// then uses it in place of the one that it was made with.
///
/// It is a reference to data that lives as long as the process, so that no request pays for
/// reference counting: two threads that change the same count slow each other down. Compiling
/// equal policies gives the same data, so a server that compiles repeatedly (on each reload, say)
/// grows only with policies that really differ, by about 40 KB each.
///
/// ```
/// use tower_visor::response::ResponseClass;
/// use tower_visor::policy::{HostKind, Policy};
///
/// let policy = Policy::api().compile()?;
/// let headers = policy.headers(ResponseClass::Other, HostKind::Named);
/// assert_eq!(headers["x-content-type-options"], "nosniff");
/// assert_eq!(policy, Policy::api().compile()?);
/// # Ok::<(), tower_visor::errors::Errors<tower_visor::policy::PolicyError>>(())
/// ```
#[derive(Clone, Copy)]
pub struct CompiledPolicy(&'static Prepared);

/// What `Strict-Transport-Security` and `upgrade-insecure-requests` depend on.
///
/// Browsers ignore HSTS for IP addresses ([RFC 6797, section 8.1.1]); for `localhost` it would
/// lock a developer out of every other local server, and Safari's upgrade of insecure requests
/// breaks pages on `http://localhost`. A proxy in front has to pass on the `Host` that the browser
/// sent: if it puts its own address there, every response is treated as one for this machine.
///
/// [RFC 6797, section 8.1.1]: https://www.rfc-editor.org/rfc/rfc6797#section-8.1.1
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)] // a host is one or the other
pub enum HostKind {
    /// A domain name; also a request that names no host, so that no protection is lost.
    Named,
    /// `localhost`, a name below it, or an IP address.
    Local,
}

#[derive(PartialEq)]
pub(crate) struct Prepared {
    /// By class, then by kind of host.
    pub(super) headers: [[Headers; 2]; 3],
    pub(super) conflicts: Vec<(HeaderName, Conflict)>,
    pub(super) strip: StripList,
    pub(super) service_workers: ServiceWorkers,
    pub(super) warnings: Vec<PolicyWarning>,
    pub(super) relaxed: Vec<Relaxed>,
    pub(super) looks: Looks,
    pub(crate) expected_host: ExpectedHost,
}

/// Every policy that was compiled.
static KEPT: Mutex<Vec<&'static Prepared>> = Mutex::new(Vec::new());

/// Whether scripts of service workers are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ServiceWorkers {
    /// `worker-src` names one.
    Named,
    Refused,
}

/// The headers of one class of response.
#[derive(Clone, PartialEq)]
pub(crate) struct Headers {
    /// Every value, behind free slots for [`CONTENT_TYPE`] and [`CONTENT_LENGTH`]: to fill one in
    /// hashes nothing and moves nothing, to add one would make the copy grow, to take one out
    /// would move another. So there is a map for each set of the two: none, the type, the length,
    /// both.
    maps: [HeaderMap; 4],
    /// Policies that name a nonce, split where it stands. The first of each name has a slot in
    /// `maps`.
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

/// What is in a slot until it is filled.
const FREE: HeaderValue = HeaderValue::from_static("");

impl Headers {
    pub(super) fn new(
        values: &[(HeaderName, &'static str)],
        mut nonced: Vec<Nonced>,
        cache: CacheRule,
    ) -> Self {
        nonced.sort_by(|a, b| a.name.as_str().cmp(b.name.as_str()));
        let maps = [
            &[][..],
            &[CONTENT_TYPE],
            &[CONTENT_LENGTH],
            &[CONTENT_TYPE, CONTENT_LENGTH],
        ];
        let maps = maps.map(|own| {
            let mut map = HeaderMap::with_capacity(own.len() + nonced.len() + values.len());
            // Slots are looked for from the front.
            for name in own.iter().chain(nonced.iter().map(|nonced| &nonced.name)) {
                map.insert(name, FREE);
            }
            for (name, value) in values {
                map.append(name, HeaderValue::from_static(value));
            }
            map
        });
        Self {
            maps,
            nonced,
            cache,
        }
    }
}

#[cfg(all(feature = "page", feature = "waict"))]
impl Headers {
    /// The same and one more, behind the slots.
    pub(super) fn and(&self, name: &HeaderName, value: &HeaderValue) -> Self {
        let mut more = self.clone();
        for map in &mut more.maps {
            map.append(name.clone(), value.clone());
        }
        more
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

    /// Whether this value, which isn't this policy's, is another compiled policy's. True once.
    #[cold]
    pub(crate) fn finds_another(&self, name: &HeaderName, value: &HeaderValue) -> bool {
        self.looks.take(|| {
            // Not while another thread holds them: a response waits for nobody.
            KEPT.try_lock().is_ok_and(|kept| {
                let mut all = kept.iter().flat_map(|one| one.headers.iter().flatten());
                all.any(|headers| headers.wrote(name, value.as_bytes()))
            })
        })
    }

    /// Whether no service worker may get its script.
    pub(crate) fn refuses_service_workers(&self) -> bool {
        self.service_workers == ServiceWorkers::Refused
    }

    pub(crate) fn strips(&self, name: &HeaderName) -> bool {
        self.strip.contains(name)
    }
}

impl CompiledPolicy {
    /// Keeps a policy for the rest of the process, once.
    pub(super) fn keep(prepared: Prepared) -> Self {
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
        self.0.headers(class, host).with(None, None, b"{nonce}")
    }

    /// What is legal but probably unintended, in stable order.
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
        self.maps[0].contains_key(name)
    }

    /// Whether a value of this header may be one of these, whatever the nonce.
    fn wrote(&self, name: &HeaderName, value: &[u8]) -> bool {
        let mut fixed = self.maps[0].get_all(name).iter();
        let mut nonced = self.nonced.iter().filter(|nonced| nonced.name == *name);
        fixed.any(|known| known.as_bytes() == value)
            || nonced.any(|nonced| fits(&nonced.pieces, value))
    }

    /// What happens to a header that both have, unless the user chose something else.
    pub(crate) fn usual_conflict(&self, name: &HeaderName) -> Conflict {
        match *name {
            // `Link` is a list of things to load, in which nothing takes anything away.
            CONTENT_SECURITY_POLICY | CONTENT_SECURITY_POLICY_REPORT_ONLY | LINK => {
                Conflict::Append
            }
            CACHE_CONTROL if self.cache == CacheRule::Application => Conflict::Keep,
            _ => Conflict::Replace,
        }
    }

    /// A copy, with the application's two headers swapped into their slots, and the nonce in its.
    // A call of its own would cost each response 40 instructions.
    #[inline(always)]
    #[allow(clippy::inline_always)]
    pub(crate) fn with(
        &self,
        content_type: Option<&mut HeaderValue>,
        content_length: Option<&mut HeaderValue>,
        nonce: &[u8],
    ) -> HeaderMap {
        let index =
            usize::from(content_type.is_some()) | usize::from(content_length.is_some()) << 1;
        // Both bits make an index below 4.
        let mut map = self.maps[index].clone();
        // In the order of the slots, so that one pass over the first few finds all.
        let mut slots = map.iter_mut();
        if let Some(value) = content_type {
            fill(&mut slots, &CONTENT_TYPE, value);
        }
        if let Some(value) = content_length {
            fill(&mut slots, &CONTENT_LENGTH, value);
        }
        if !self.nonced.is_empty() {
            self.put_nonce(&mut map, nonce);
        }
        map
    }

    /// Fills the slots of the policies that name a nonce.
    #[inline(never)]
    fn put_nonce(&self, map: &mut HeaderMap, nonce: &[u8]) {
        let mut slots = map.iter_mut();
        let mut further = Vec::new();
        let mut last: Option<&HeaderName> = None;
        for Nonced { name, pieces } in &self.nonced {
            let mut value = join(pieces, nonce);
            // The first of each name has its slot, the further ones are added.
            if last == Some(name) {
                further.push((name, value));
            } else {
                fill(&mut slots, name, &mut value);
            }
            last = Some(name);
        }
        for (name, value) in further {
            map.append(name, value);
        }
    }
}

/// Leaves in `value` what the slot held.
#[inline]
fn fill(slots: &mut IterMut<'_, HeaderValue>, name: &HeaderName, value: &mut HeaderValue) {
    if let Some((_, slot)) = slots.find(|(slot, _)| *slot == name) {
        std::mem::swap(slot, value);
    }
}

/// The pieces with the nonce between them.
fn join(pieces: &[&str], nonce: &[u8]) -> HeaderValue {
    // Exact, so that the text need not be moved to become `Bytes`.
    let length = pieces.iter().map(|piece| piece.len()).sum::<usize>()
        + nonce.len() * pieces.len().saturating_sub(1);
    let mut text = Vec::with_capacity(length);
    let (first, rest) = pieces.split_first().unwrap_or((&"", &[]));
    text.extend_from_slice(first.as_bytes());
    for piece in rest {
        text.extend_from_slice(nonce);
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

#[cfg(test)]
mod tests {
    use super::{CacheRule, Headers, Nonced, join};
    use http::HeaderValue;
    use http::header::{
        CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY,
    };

    fn nonced(name: HeaderName, before: &'static str) -> Nonced {
        let pieces = vec![before, "'"];
        Nonced { name, pieces }
    }

    #[test]
    fn every_slot_is_filled_and_none_is_left_over() {
        let report_only = http::header::CONTENT_SECURITY_POLICY_REPORT_ONLY;
        let headers = Headers::new(
            &[
                (CONTENT_SECURITY_POLICY, "object-src 'none'"),
                (REFERRER_POLICY, "no-referrer"),
            ],
            vec![
                nonced(CONTENT_SECURITY_POLICY, "script-src 'nonce-"),
                nonced(report_only.clone(), "img-src 'nonce-"),
                nonced(CONTENT_SECURITY_POLICY, "style-src 'nonce-"),
            ],
            CacheRule::Policy,
        );
        for (own_type, own_length) in [
            (None, None),
            (Some("text/html"), None),
            (None, Some("5")),
            (Some("text/html"), Some("5")),
        ] {
            let mut content_type = own_type.map(HeaderValue::from_static);
            let mut content_length = own_length.map(HeaderValue::from_static);
            let map = headers.with(content_type.as_mut(), content_length.as_mut(), b"N");
            let all = |name: &HeaderName| -> Vec<_> { map.get_all(name).iter().collect() };
            assert_eq!(all(&CONTENT_TYPE), Vec::from_iter(own_type));
            assert_eq!(all(&CONTENT_LENGTH), Vec::from_iter(own_length));
            assert_eq!(
                all(&CONTENT_SECURITY_POLICY),
                [
                    "script-src 'nonce-N'",
                    "object-src 'none'",
                    "style-src 'nonce-N'"
                ]
            );
            assert_eq!(all(&report_only), ["img-src 'nonce-N'"]);
            assert_eq!(all(&REFERRER_POLICY), ["no-referrer"]);
            let own = usize::from(own_type.is_some()) + usize::from(own_length.is_some());
            assert_eq!(map.len(), 5 + own);
        }
    }

    #[test]
    fn a_nonce_that_is_no_header_value_gives_the_strictest_policy() {
        assert_eq!(join(&["a ", " b"], b"\n"), "default-src 'none'");
    }
}
