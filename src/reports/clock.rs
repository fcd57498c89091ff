//! The time at which a request comes: nobody can give it to a service.

/// Seconds since 1970-01-01 (UTC).
pub(super) fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}
