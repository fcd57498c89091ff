//! The time at which a request comes: nobody can give it to a service.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970-01-01 (UTC).
pub(super) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}
