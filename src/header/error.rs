//! What is wrong with a header value.

use std::borrow::Cow;

/// Why a text is no valid value of a header, or why a value can't be built.
///
/// `header` is the header's name in lower case; `position` is a byte offset into the text that was
/// parsed. Each message names the place and the fix.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// Nothing to send. Leave the header out, or say something.
    #[error("{header}: the value is empty; write for example `{example}`")]
    Empty {
        /// The header.
        header: &'static str,
        /// A valid value.
        example: &'static str,
    },

    /// A character that may not stand in a header value: control characters and all outside ASCII.
    #[error(
        "{header}, byte {position}: `{}` can't stand in a header; write printable ASCII only",
        character.escape_default()
    )]
    Character {
        /// The header.
        header: &'static str,
        /// Where the character begins.
        position: usize,
        /// The character.
        character: char,
    },

    /// A word that the header does not know. Browsers drop it, some of them with the whole header.
    #[error("{header}, byte {position}: unknown {what} `{text}`{hint}; use {known}")]
    Unknown {
        /// The header.
        header: &'static str,
        /// Where the word begins.
        position: usize,
        /// What kind of word: `value`, `directive`, `feature` ...
        what: &'static str,
        /// The word, shortened.
        text: String,
        /// `, did you mean ...?`, or nothing.
        hint: String,
        /// The words that are known.
        known: Cow<'static, str>,
    },

    /// The same name twice.
    #[error("{header}, byte {position}: `{name}` stands twice; remove one, {effect}")]
    Duplicate {
        /// The header.
        header: &'static str,
        /// Where the second one begins.
        position: usize,
        /// What stands twice.
        name: String,
        /// What a browser would make of it.
        effect: &'static str,
    },

    /// A part that the header needs.
    #[error("{header}: `{name}` is missing; write for example `{example}`")]
    Missing {
        /// The header.
        header: &'static str,
        /// The missing part.
        name: &'static str,
        /// A valid value.
        example: &'static str,
    },

    /// A text that does not have the form it needs.
    #[error("{header}, byte {position}: {fault}; {fix}")]
    Malformed {
        /// The header.
        header: &'static str,
        /// Where the fault is.
        position: usize,
        /// What is wrong.
        fault: String,
        /// What to write.
        fix: Cow<'static, str>,
    },

    /// Two parts of one value that can't both hold.
    #[error("{header}: `{first}` contradicts `{second}`; {fix}")]
    Contradiction {
        /// The header.
        header: &'static str,
        /// One part.
        first: String,
        /// The other.
        second: String,
        /// Which one to keep, and why.
        fix: &'static str,
    },

    /// `preload` with a shorter `max-age` than the preload list takes.
    #[error(
        "strict-transport-security: preload needs a max-age of at least 31536000 (one year), not {seconds}; raise it or leave preload out"
    )]
    PreloadTooShort {
        /// The `max-age`, in seconds.
        seconds: u64,
    },

    /// `preload` for one host only, which the preload list does not take.
    #[error(
        "strict-transport-security: preload needs includeSubDomains; begin with `including_subdomains`, or leave preload out"
    )]
    PreloadOneHost,
}

crate::errors::debug_is_display!(HeaderError);

impl HeaderError {
    /// The header's name, in lower case.
    pub fn header(&self) -> &'static str {
        match self {
            Self::Empty { header, .. }
            | Self::Character { header, .. }
            | Self::Unknown { header, .. }
            | Self::Duplicate { header, .. }
            | Self::Missing { header, .. }
            | Self::Malformed { header, .. }
            | Self::Contradiction { header, .. } => header,
            Self::PreloadTooShort { .. } | Self::PreloadOneHost => "strict-transport-security",
        }
    }

    /// The byte offset of the fault in the text that was parsed, if the fault has one place.
    pub fn position(&self) -> Option<usize> {
        match self {
            Self::Character { position, .. }
            | Self::Unknown { position, .. }
            | Self::Duplicate { position, .. }
            | Self::Malformed { position, .. } => Some(*position),
            _ => None,
        }
    }

    pub(super) fn malformed(
        header: &'static str,
        position: usize,
        fault: impl Into<String>,
        fix: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::Malformed {
            header,
            position,
            fault: fault.into(),
            fix: fix.into(),
        }
    }

    pub(super) fn unknown(
        header: &'static str,
        position: usize,
        what: &'static str,
        text: &str,
        known: &[&'static str],
    ) -> Self {
        Self::Unknown {
            header,
            position,
            what,
            text: crate::foreign::word(text),
            hint: crate::suggest::hint(text, known.iter().copied()),
            known: list(known).into(),
        }
    }

    pub(super) fn duplicate(
        header: &'static str,
        position: usize,
        name: &str,
        effect: &'static str,
    ) -> Self {
        Self::Duplicate {
            header,
            position,
            name: crate::foreign::word(name),
            effect,
        }
    }

    /// The same error, for a part that stands `offset` bytes into a value of another header.
    pub(super) fn within(mut self, name: &'static str, offset: usize) -> Self {
        match &mut self {
            Self::Empty { header, .. }
            | Self::Character { header, .. }
            | Self::Unknown { header, .. }
            | Self::Duplicate { header, .. }
            | Self::Missing { header, .. }
            | Self::Malformed { header, .. }
            | Self::Contradiction { header, .. } => *header = name,
            Self::PreloadTooShort { .. } | Self::PreloadOneHost => {}
        }
        self.shifted(offset)
    }

    /// The same error, for a part that stands `offset` bytes into a longer text.
    pub(super) fn shifted(mut self, offset: usize) -> Self {
        if let Some(position) = self.position_mut() {
            *position += offset;
        }
        self
    }

    /// The same error, for a text that was parsed with `offset` bytes in front of it.
    pub(super) fn unshifted(mut self, offset: usize) -> Self {
        if let Some(position) = self.position_mut() {
            *position = position.saturating_sub(offset);
        }
        self
    }

    fn position_mut(&mut self) -> Option<&mut usize> {
        match self {
            Self::Character { position, .. }
            | Self::Unknown { position, .. }
            | Self::Duplicate { position, .. }
            | Self::Malformed { position, .. } => Some(position),
            _ => None,
        }
    }
}

/// `a`, `a or b`, `a, b or c`.
fn list(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [rest @ .., last] => format!("{} or {last}", rest.join(", ")),
    }
}
