//! Which host pages should be asked for at, and whether requests still are compared with it.

use std::sync::atomic::{AtomicU8, Ordering};

use crate::url::Origin;

/// The host of a policy's origin. The first requests to localhost or to an address are looked at
/// and no later ones, so that it costs nothing in the long run: whoever opens a page at the wrong host does so at once.
pub(crate) struct ExpectedHost {
    origin: Option<Origin>,
    left: AtomicU8,
}

impl ExpectedHost {
    pub(super) fn new(origin: Option<&Origin>) -> Self {
        Self {
            origin: origin.cloned(),
            left: AtomicU8::new(if origin.is_some() { u8::MAX } else { 0 }),
        }
    }

    /// Whether requests are still looked at.
    #[inline]
    pub(crate) fn is_watched(&self) -> bool {
        self.left.load(Ordering::Relaxed) != 0
    }

    /// Uses up one look.
    pub(crate) fn look(&self) {
        // Two threads that take the same look at once look twice.
        let left = self.left.load(Ordering::Relaxed);
        self.left.store(left.saturating_sub(1), Ordering::Relaxed);
    }

    /// The policy's origin, if that is another host. Then nothing more is looked at.
    pub(crate) fn differs(&self, host: &[u8]) -> Option<&Origin> {
        let origin = self.origin.as_ref()?;
        let default: &[u8] = match origin.scheme() {
            "https" => b":443",
            _ => b":80",
        };
        let host = host.strip_suffix(default).unwrap_or(host);
        let is_own = host.eq_ignore_ascii_case(origin.authority().as_bytes());
        (!is_own).then(|| {
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
