//! What is wrong with a version, or with data about releases.

use std::fmt;

/// Why a text is not an exact version; the message names the place and the fix.
#[derive(Clone, PartialEq, Eq)]
pub struct VersionError {
    position: Option<usize>,
    what: String,
}

impl VersionError {
    pub(super) fn empty() -> Self {
        Self {
            position: None,
            what: "version is empty; write for example `1.5.0`".to_owned(),
        }
    }

    pub(super) const fn at(position: usize, what: String) -> Self {
        Self {
            position: Some(position),
            what,
        }
    }

    /// Byte offset into the text that was parsed; `None` where it is empty.
    pub const fn position(&self) -> Option<usize> {
        self.position
    }
}

impl fmt::Display for VersionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(position) = self.position {
            write!(f, "byte {position}: ")?;
        }
        f.write_str(&self.what)
    }
}

impl std::error::Error for VersionError {}

/// Why a text or a set of values is not a date, a support level, a table of releases or the hash of
/// a style: each of them can be written in only one way, which the message shows.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ReleaseError(pub(super) String);

crate::errors::debug_is_display!(VersionError, ReleaseError);
