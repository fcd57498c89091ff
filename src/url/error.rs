//! Why a text is not a URL.

use std::fmt;

/// Why a text is not a URL, an origin or a host: where, what, and how to repair it.
///
/// ```
/// use tower_visor::url::{Origin, UrlErrorKind};
///
/// let error = "https://user:secret@example.com".parse::<Origin>().unwrap_err();
/// assert_eq!(error.kind(), UrlErrorKind::UserInfo);
/// assert_eq!(error.position(), Some(8));
/// assert_eq!(
///     error.to_string(),
///     "byte 8: a user name or password; remove everything up to `@`",
/// );
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct UrlError {
    kind: UrlErrorKind,
    position: Option<usize>,
    what: String,
    fix: &'static str,
}

/// The part of a URL that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UrlErrorKind {
    /// No scheme, and nothing that the URL could be relative to.
    Relative,
    /// A user name or a password. The message doesn't repeat it.
    UserInfo,
    /// The host is missing, or no such host can exist.
    Host,
    /// Not a port.
    Port,
    /// The path, or a path where none belongs.
    Path,
    /// A character that has to be written differently.
    Character,
}

impl UrlError {
    pub(super) fn new(kind: UrlErrorKind, what: impl Into<String>, fix: &'static str) -> Self {
        Self {
            kind,
            position: None,
            what: what.into(),
            fix,
        }
    }

    /// There is one; which, no message says.
    pub(crate) fn user_info() -> Self {
        let fix = "remove everything up to `@`";
        Self::new(UrlErrorKind::UserInfo, "a user name or password", fix)
    }

    pub(super) fn at(mut self, position: usize) -> Self {
        self.position = Some(position);
        self
    }

    /// The part that is wrong.
    pub const fn kind(&self) -> UrlErrorKind {
        self.kind
    }

    /// Byte offset into the text; `None` for texts that were read as browsers do, which skip and
    /// repair so much that a position would be misleading.
    pub const fn position(&self) -> Option<usize> {
        self.position
    }

    /// What is wrong, for a message that names the place and the fix itself.
    pub(crate) fn what(&self) -> &str {
        &self.what
    }

    /// The same error, for a text that begins `offset` bytes into a longer one.
    pub(super) fn shifted(mut self, offset: usize) -> Self {
        self.position = self.position.map(|position| position + offset);
        self
    }
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(position) = self.position {
            write!(f, "byte {position}: ")?;
        }
        write!(f, "{}; {}", self.what, self.fix)
    }
}

impl std::error::Error for UrlError {}

crate::errors::debug_is_display!(UrlError);
