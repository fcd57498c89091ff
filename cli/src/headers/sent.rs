//! The headers that a policy sends.

use http::HeaderMap;

/// The two kinds of response that a static server can tell apart.
pub(super) struct Sent {
    pub(super) page: HeaderMap,
    pub(super) other: HeaderMap,
}

/// Values as text; what we send is ASCII.
pub(super) fn lines(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
}
