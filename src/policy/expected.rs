//! Which host pages should be asked for at, and whether requests still are compared with it.

use std::sync::atomic::{AtomicU8, Ordering};

use crate::url::Origin;

/// The host of a policy's origin. The first requests are looked at and no later ones, so that it
/// costs nothing in the long run: whoever opens a page at the wrong host does so at once.
///
/// Those to localhost and to addresses are. Those to other names are where the policy's origin is
/// none that visitors can reach; of any other origin they say nothing, because a proxy in front may
/// ask for what it likes.
pub(crate) struct ExpectedHost {
    origin: Option<Origin>,
    reach: Reach,
    left: AtomicU8,
}

/// Who can open a page of an origin.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Whoever knows its name, as far as can be told.
    Everybody,
    /// Browsers that are told localhost or an address.
    Local,
    /// Nobody: the name is one of those for examples (RFC 2606, sections 2 and 3).
    Nobody,
}

impl Reach {
    fn of(origin: &Origin) -> Self {
        let reserved = [
            "example",
            "invalid",
            "example.com",
            "example.net",
            "example.org",
        ];
        let authority = origin.authority();
        let name = authority.split(':').next().unwrap_or_default();
        let is_reserved = reserved.into_iter().any(|reserved| {
            name.strip_suffix(reserved)
                .is_some_and(|before| before.is_empty() || before.ends_with('.'))
        });
        if origin.is_local() {
            Self::Local
        } else if is_reserved {
            Self::Nobody
        } else {
            Self::Everybody
        }
    }
}

impl ExpectedHost {
    pub(super) fn new(origin: Option<&Origin>) -> Self {
        Self {
            origin: origin.cloned(),
            reach: origin.map_or(Reach::Everybody, Reach::of),
            left: AtomicU8::new(if origin.is_some() { u8::MAX } else { 0 }),
        }
    }

    /// The same host, to be looked at anew.
    #[cfg(all(feature = "page", feature = "waict"))]
    pub(super) fn again(&self) -> Self {
        Self::new(self.origin.as_ref())
    }

    /// Whether requests are still looked at: those to localhost and addresses, or also the others.
    #[inline]
    pub(crate) fn is_watched(&self, is_local: bool) -> bool {
        (is_local || self.reach != Reach::Everybody) && self.left.load(Ordering::Relaxed) != 0
    }

    /// Uses up one look.
    pub(crate) fn look(&self) {
        // Two threads that take the same look at once look twice.
        let left = self.left.load(Ordering::Relaxed);
        self.left.store(left.saturating_sub(1), Ordering::Relaxed);
    }

    /// The policy's origin, if that is another host. Then nothing more is looked at.
    pub(crate) fn differs(&self, host: &[u8], is_local: bool) -> Option<&Origin> {
        let origin = self.origin.as_ref()?;
        let default: &[u8] = match origin.scheme() {
            "https" => b":443",
            _ => b":80",
        };
        let host = host.strip_suffix(default).unwrap_or(host);
        let is_own = host.eq_ignore_ascii_case(origin.authority().as_bytes());
        // One word is how a proxy on the same machine or in the same set of containers asks.
        let by_proxy = !is_local && self.reach == Reach::Local && {
            let name = host.split(|&c| c == b':').next().unwrap_or_default();
            !name.contains(&b'.')
        };
        (!is_own && !by_proxy).then(|| {
            self.left.store(0, Ordering::Relaxed);
            origin
        })
    }
}

/// How many looks are left is not part of what a policy says.
impl PartialEq for ExpectedHost {
    fn eq(&self, other: &Self) -> bool {
        self.origin == other.origin
    }
}
