//! The limits of a collector, for each sender and in all.

use std::time::Duration;

/// How much a [`Collector`](super::Collector) accepts and keeps. Anything beyond is dropped and
/// counted.
///
/// ```
/// use std::time::Duration;
/// use tower_visor::reports::CollectorLimits;
///
/// let limits = CollectorLimits::new()
///     .groups(1_000)
///     .kept_for(Duration::from_secs(30 * 24 * 3600));
/// # let _ = limits;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "limits are for a collector's builder"]
pub struct CollectorLimits {
    pub(super) reports_of_a_sender: u32,
    pub(super) groups_of_a_sender: u32,
    pub(super) reports: u32,
    pub(super) senders: usize,
    pub(super) groups: usize,
    pub(super) kept: u64,
}

impl CollectorLimits {
    /// How long a window of counting lasts, and how long the key of a sender is kept at the most.
    pub const WINDOW: Duration = Duration::from_secs(60);

    /// The defaults; see each.
    pub const fn new() -> Self {
        Self {
            reports_of_a_sender: 600,
            groups_of_a_sender: 30,
            reports: 60_000,
            senders: 10_000,
            groups: 256,
            kept: 7 * 24 * 3600,
        }
    }

    /// Reports of one sender in a window: 600, because many people may share an address, and a page
    /// without a guard reports a dozen scripts.
    pub const fn reports_of_a_sender(mut self, most: u32) -> Self {
        self.reports_of_a_sender = most;
        self
    }

    /// New groups by one sender in a window: 30. A page that is attacked or broken makes a few.
    pub const fn groups_of_a_sender(mut self, most: u32) -> Self {
        self.groups_of_a_sender = most;
        self
    }

    /// Reports in a window in total: 60,000, a thousand per second.
    pub const fn reports(mut self, most: u32) -> Self {
        self.reports = most;
        self
    }

    /// Senders that are told apart in a window: 10,000. Those that come later share one quota.
    pub const fn senders(mut self, most: usize) -> Self {
        self.senders = most;
        self
    }

    /// Groups of one kind: 256, of at most about 3 KB each. There are a dozen kinds, so it is 10 MB at the
    /// very most. Each pinned file has its own place regardless of this limit.
    pub const fn groups(mut self, most: usize) -> Self {
        self.groups = most;
        self
    }

    /// How long a group is kept after its last report: a week, in whole seconds.
    pub const fn kept_for(mut self, time: Duration) -> Self {
        self.kept = time.as_secs();
        self
    }
}

impl Default for CollectorLimits {
    fn default() -> Self {
        Self::new()
    }
}
