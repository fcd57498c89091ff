//! What is wrong with a digest or with integrity metadata.

use std::fmt;

use super::Algorithm;

/// Why a text is not a [`Digest`](super::Digest) or an [`Integrity`](super::Integrity).
///
/// ```
/// use tower_visor::sri::{Integrity, SriErrorKind};
///
/// let error = "sha384-AAAA".parse::<Integrity>().unwrap_err();
/// assert_eq!(error.kind(), SriErrorKind::Length);
/// assert_eq!(error.position(), Some(7));
/// assert_eq!(error.to_string(), "byte 7: digest is 3 bytes long, sha384 needs 48");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SriError {
    kind: SriErrorKind,
    position: Option<usize>,
    what: String,
}

/// What an [`SriError`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SriErrorKind {
    /// Nothing but white space. A browser takes it as "no integrity" and runs the file unchecked.
    Empty,
    /// Not one of the three algorithms, in lower case.
    Algorithm,
    /// An entry without its hyphen, with something other than standard, padded base64, or given twice.
    Syntax,
    /// Right base64, wrong length.
    Length,
}

impl SriError {
    /// What it is about.
    pub const fn kind(&self) -> SriErrorKind {
        self.kind
    }

    /// Byte offset into the text that was parsed; `None` where the text is empty.
    pub const fn position(&self) -> Option<usize> {
        self.position
    }

    pub(super) const fn new(kind: SriErrorKind, position: usize, what: String) -> Self {
        Self {
            kind,
            position: Some(position),
            what,
        }
    }

    pub(super) fn empty() -> Self {
        let example = "write for example `sha384-` and the digest in base64";
        Self {
            kind: SriErrorKind::Empty,
            position: None,
            what: format!("integrity metadata is empty; {example}"),
        }
    }

    pub(super) fn no_hyphen(text: &str) -> Self {
        let text = crate::foreign::word(text);
        let example = "write for example `sha384-` and the digest in base64";
        let what = format!("`{text}` has no `-` after the algorithm; {example}");
        Self::new(SriErrorKind::Syntax, 0, what)
    }

    pub(super) fn unknown_algorithm(text: &str) -> Self {
        let hint = crate::suggest::hint(text, Algorithm::ALL.map(Algorithm::as_str));
        let text = crate::foreign::word(text);
        let what = format!(
            "unknown algorithm `{text}`{hint}; use sha256, sha384 or sha512, in lower case"
        );
        Self::new(SriErrorKind::Algorithm, 0, what)
    }

    /// A character outside standard base64.
    pub(super) fn not_base64(position: usize, character: char) -> Self {
        let shown = crate::foreign::character(character);
        let hint = match character {
            '-' | '_' => "this looks like base64url, write `+` for `-` and `/` for `_`",
            ',' | ';' => "separate entries by a space",
            '\'' | '"' => "write the value without quotes",
            _ => "write the digest in standard, padded base64",
        };
        let what = format!("`{shown}` is not a base64 character; {hint}");
        Self::new(SriErrorKind::Syntax, position, what)
    }

    /// Padding is missing, doubled or in the middle, or the last character holds stray bits.
    pub(super) fn malformed_base64(position: usize, algorithm: Algorithm) -> Self {
        let length = algorithm.digest_len().div_ceil(3) * 4;
        let what = format!(
            "malformed base64; write the digest in standard, padded base64, {length} characters for {algorithm}"
        );
        Self::new(SriErrorKind::Syntax, position, what)
    }

    pub(super) fn wrong_length(position: usize, algorithm: Algorithm, length: usize) -> Self {
        let needed = algorithm.digest_len();
        let what = format!("digest is {length} bytes long, {algorithm} needs {needed}");
        Self::new(SriErrorKind::Length, position, what)
    }

    /// The same error, for an entry that stands `offset` bytes into a longer text.
    pub(crate) fn shifted(mut self, offset: usize) -> Self {
        self.position = self.position.map(|position| position + offset);
        self
    }
}

impl fmt::Display for SriError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(position) = self.position {
            write!(f, "byte {position}: ")?;
        }
        f.write_str(&self.what)
    }
}

crate::errors::debug_is_display!(SriError);

impl std::error::Error for SriError {}
