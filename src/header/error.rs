//! What is wrong with a header value.

use std::fmt;

/// Why a text is not a valid value of a header, or why a value can't be built. Each message names the
/// place and the fix.
///
/// ```
/// use tower_visor::header::{HeaderErrorKind, ReferrerPolicy};
///
/// let error = "no-referer".parse::<ReferrerPolicy>().unwrap_err();
/// assert_eq!(error.header(), "referrer-policy");
/// assert_eq!(error.position(), Some(0));
/// assert_eq!(error.kind(), HeaderErrorKind::Unknown);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct HeaderError {
    header: &'static str,
    position: Option<usize>,
    kind: HeaderErrorKind,
    what: String,
}

/// What a [`HeaderError`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HeaderErrorKind {
    /// Nothing to send: leave the header out, or give it a value.
    Empty,
    /// A text that does not have the form it needs.
    Syntax,
    /// A word that the header does not know. Browsers drop it, some of them with the whole header.
    Unknown,
    /// The same name twice.
    Duplicate,
    /// A part that the header needs.
    Missing,
    /// Two parts of one value that can't both hold.
    Contradiction,
}

impl HeaderError {
    /// The header's name, in lower case.
    pub const fn header(&self) -> &'static str {
        self.header
    }

    /// The byte offset of the fault in the text that was parsed, if the fault has one place.
    pub const fn position(&self) -> Option<usize> {
        self.position
    }

    /// What it is about.
    pub const fn kind(&self) -> HeaderErrorKind {
        self.kind
    }

    const fn new(
        header: &'static str,
        position: Option<usize>,
        kind: HeaderErrorKind,
        what: String,
    ) -> Self {
        Self {
            header,
            position,
            kind,
            what,
        }
    }

    pub(super) fn empty(header: &'static str, example: &str) -> Self {
        let what = format!("the value is empty; write for example `{example}`");
        Self::new(header, None, HeaderErrorKind::Empty, what)
    }

    /// Control characters and all outside ASCII.
    pub(super) fn character(header: &'static str, position: usize, character: char) -> Self {
        let shown = character.escape_default();
        let what = format!("`{shown}` isn't allowed in a header; write printable ASCII only");
        Self::new(header, Some(position), HeaderErrorKind::Syntax, what)
    }

    pub(super) fn missing(header: &'static str, name: &str, example: &str) -> Self {
        let what = format!("`{name}` is missing; write for example `{example}`");
        Self::new(header, None, HeaderErrorKind::Missing, what)
    }

    pub(super) fn malformed(
        header: &'static str,
        position: usize,
        fault: impl fmt::Display,
        fix: impl fmt::Display,
    ) -> Self {
        let what = format!("{fault}; {fix}");
        Self::new(header, Some(position), HeaderErrorKind::Syntax, what)
    }

    pub(super) fn unknown(
        header: &'static str,
        position: usize,
        what: &str,
        text: &str,
        known: &[&'static str],
    ) -> Self {
        Self::not_among(header, position, what, text, known, &list(known))
    }

    /// As [`Self::unknown`], where there are too many to list.
    pub(super) fn not_among(
        header: &'static str,
        position: usize,
        what: &str,
        text: &str,
        known: &[&'static str],
        described: &str,
    ) -> Self {
        let hint = crate::suggest::hint(text, known.iter().copied());
        let text = crate::foreign::word(text);
        let what = format!("unknown {what} `{text}`{hint}; use {described}");
        Self::new(header, Some(position), HeaderErrorKind::Unknown, what)
    }

    pub(super) fn duplicate(
        header: &'static str,
        position: usize,
        name: &str,
        effect: &str,
    ) -> Self {
        let name = crate::foreign::word(name);
        let what = format!("`{name}` appears twice; remove one, {effect}");
        Self::new(header, Some(position), HeaderErrorKind::Duplicate, what)
    }

    /// Two parts, or one and a limit, of which only one can hold.
    pub(super) fn contradiction(header: &'static str, what: String) -> Self {
        Self::new(header, None, HeaderErrorKind::Contradiction, what)
    }

    /// The same error, for a part that stands `offset` bytes into a value of another header.
    pub(super) fn within(mut self, header: &'static str, offset: usize) -> Self {
        self.header = header;
        self.shifted(offset)
    }

    /// The same error, for a part that stands `offset` bytes into a longer text.
    pub(super) fn shifted(mut self, offset: usize) -> Self {
        self.position = self.position.map(|position| position + offset);
        self
    }

    /// The same error, for a text that was parsed with `offset` bytes in front of it.
    pub(super) fn unshifted(mut self, offset: usize) -> Self {
        self.position = self
            .position
            .map(|position| position.saturating_sub(offset));
        self
    }
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            Some(position) => write!(f, "{}, byte {position}: {}", self.header, self.what),
            None => write!(f, "{}: {}", self.header, self.what),
        }
    }
}

crate::errors::debug_is_display!(HeaderError);

impl std::error::Error for HeaderError {}

/// `a`, `a or b`, `a, b or c`.
fn list(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [rest @ .., last] => format!("{} or {last}", rest.join(", ")),
    }
}
