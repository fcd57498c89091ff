//! What is wrong with a digest or with integrity metadata.

use super::Algorithm;

/// Why a text is no [`Digest`](super::Digest) or no [`Integrity`](super::Integrity).
///
/// `position` is a byte offset into the text that was parsed.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SriError {
    /// Nothing but white space. A browser takes it as "no integrity" and runs the file unchecked.
    #[error("integrity metadata is empty; write for example `sha384-` and the digest in base64")]
    Empty,

    /// An entry without the hyphen that ends the algorithm.
    #[error(
        "byte {position}: `{text}` has no `-` after the algorithm; write for example `sha384-` and the digest in base64"
    )]
    NoHyphen {
        /// Where the entry begins.
        position: usize,
        /// The entry, shortened.
        text: String,
    },

    /// Not one of the three algorithms, in lower case.
    #[error(
        "byte {position}: unknown algorithm `{text}`{}; use sha256, sha384 or sha512, in lower case",
        suggestion(text)
    )]
    UnknownAlgorithm {
        /// Where the algorithm begins.
        position: usize,
        /// The algorithm as written, shortened.
        text: String,
    },

    /// A character outside standard base64.
    #[error(
        "byte {position}: `{}` is not a base64 character; {}",
        crate::foreign::character(*character),
        base64_hint(*character)
    )]
    NotBase64 {
        /// Where the character stands.
        position: usize,
        /// The character.
        character: char,
    },

    /// Padding is missing, doubled or in the middle, or the last character holds stray bits.
    #[error("byte {position}: malformed base64; write the digest in standard, padded base64, {} characters for {algorithm}", algorithm.digest_len().div_ceil(3) * 4)]
    MalformedBase64 {
        /// Where the digest begins.
        position: usize,
        /// The algorithm in front of it.
        algorithm: Algorithm,
    },

    /// Right base64, wrong length.
    #[error("byte {position}: digest is {length} bytes long, {algorithm} needs {}", algorithm.digest_len())]
    WrongLength {
        /// Where the digest begins.
        position: usize,
        /// The algorithm in front of it.
        algorithm: Algorithm,
        /// Its length in bytes, decoded.
        length: usize,
    },

    /// An option holds something else than printable ASCII.
    #[error(
        "byte {position}: an option may hold printable ASCII characters only; remove `?` and what follows, browsers know no option"
    )]
    BadOption {
        /// Where the option begins.
        position: usize,
    },

    /// The same digest twice.
    #[error("byte {position}: {algorithm} digest stands twice; remove one")]
    Duplicate {
        /// Where the second one begins.
        position: usize,
        /// Its algorithm.
        algorithm: Algorithm,
    },
}

crate::errors::debug_is_display!(SriError);

impl SriError {
    pub(super) fn unknown_algorithm(position: usize, text: &str) -> Self {
        Self::UnknownAlgorithm {
            position,
            text: crate::foreign::word(text),
        }
    }

    /// The same error, for an entry that stands `offset` bytes into a longer text.
    pub(crate) fn shifted(mut self, offset: usize) -> Self {
        match &mut self {
            Self::Empty => {}
            Self::NoHyphen { position, .. }
            | Self::UnknownAlgorithm { position, .. }
            | Self::NotBase64 { position, .. }
            | Self::MalformedBase64 { position, .. }
            | Self::WrongLength { position, .. }
            | Self::BadOption { position }
            | Self::Duplicate { position, .. } => *position += offset,
        }
        self
    }
}

fn suggestion(text: &str) -> String {
    crate::suggest::hint(text, Algorithm::ALL.map(Algorithm::as_str))
}

fn base64_hint(character: char) -> &'static str {
    match character {
        '-' | '_' => "this looks like base64url, write `+` for `-` and `/` for `_`",
        ',' | ';' => "separate entries by a space",
        '\'' | '"' => "write the value without quotes",
        _ => "write the digest in standard, padded base64",
    }
}
