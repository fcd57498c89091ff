//! [`Digest`]: a hash whose length is always right.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Algorithm, SriError};

/// The digest of some bytes: a hash expression of SRI, a hash source of CSP.
///
/// Text form: `sha384-` and the digest in standard, padded base64 ([SRI, section 3.5]).
///
/// ```
/// use tower_visor::sri::{Algorithm, Digest};
///
/// let digest: Digest = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".parse()?;
/// assert_eq!(digest, Digest::of(Algorithm::Sha256, b""));
///
/// let short = "sha384-AAAA".parse::<Digest>().unwrap_err();
/// assert_eq!(short.to_string(), "byte 7: digest is 3 bytes long, sha384 needs 48");
/// # Ok::<(), tower_visor::sri::SriError>(())
/// ```
///
/// [SRI, section 3.5]: https://w3c.github.io/webappsec-subresource-integrity/#integrity-metadata-description
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_enums)] // SRI names exactly these three
pub enum Digest {
    /// A SHA-256 digest.
    Sha256([u8; 32]),
    /// A SHA-384 digest.
    Sha384([u8; 48]),
    /// A SHA-512 digest.
    Sha512([u8; 64]),
}

impl Digest {
    /// A digest from its bytes.
    ///
    /// # Errors
    /// [`SriErrorKind::Length`](super::SriErrorKind::Length) unless there are exactly [`Algorithm::digest_len`] of them.
    pub fn from_bytes(algorithm: Algorithm, bytes: &[u8]) -> Result<Self, SriError> {
        let wrong = |_| SriError::wrong_length(0, algorithm, bytes.len());
        Ok(match algorithm {
            Algorithm::Sha256 => Self::Sha256(bytes.try_into().map_err(wrong)?),
            Algorithm::Sha384 => Self::Sha384(bytes.try_into().map_err(wrong)?),
            Algorithm::Sha512 => Self::Sha512(bytes.try_into().map_err(wrong)?),
        })
    }

    /// The algorithm.
    pub const fn algorithm(&self) -> Algorithm {
        match self {
            Self::Sha256(_) => Algorithm::Sha256,
            Self::Sha384(_) => Algorithm::Sha384,
            Self::Sha512(_) => Algorithm::Sha512,
        }
    }

    /// The raw bytes.
    pub const fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Sha256(bytes) => bytes,
            Self::Sha384(bytes) => bytes,
            Self::Sha512(bytes) => bytes,
        }
    }

    /// The digest alone, in standard, padded base64.
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.as_bytes())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let base64 = base64::display::Base64Display::new(self.as_bytes(), &STANDARD);
        write!(f, "{}-{base64}", self.algorithm())
    }
}

/// As `Display`: a digest in a test's output should be one that can be compared and pasted.
impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = SriError;

    /// Reads one hash expression, strictly.
    ///
    /// # Errors
    /// * `""`: empty
    /// * `"sha384"`: no hyphen
    /// * `"SHA384-..."`, `"md5-..."`: an algorithm that browsers ignore, and with it the entry
    /// * `"sha384-%"`, base64url, missing or surplus padding: not standard base64
    /// * `"sha384-AAAA"`: wrong length
    fn from_str(text: &str) -> Result<Self, SriError> {
        if text.is_empty() {
            return Err(SriError::empty());
        }
        let Some((name, encoded)) = text.split_once('-') else {
            return Err(SriError::no_hyphen(text));
        };
        let algorithm: Algorithm = name.parse()?;
        let position = name.len() + 1;
        let bytes = STANDARD
            .decode(encoded)
            .map_err(|error| base64_error(&error, encoded, position, algorithm))?;
        Self::from_bytes(algorithm, &bytes).map_err(|error| error.shifted(position))
    }
}

fn base64_error(
    error: &base64::DecodeError,
    encoded: &str,
    position: usize,
    algorithm: Algorithm,
) -> SriError {
    let character = match error {
        // The offset counts bytes; a character that begins there is what the reader sees.
        base64::DecodeError::InvalidByte(offset, byte) if *byte != b'=' => encoded
            .get(*offset..)
            .and_then(|rest| rest.chars().next())
            .map(|character| (*offset, character)),
        _ => None,
    };
    match character {
        Some((offset, character)) => SriError::not_base64(position + offset, character),
        None => SriError::malformed_base64(position, algorithm),
    }
}

#[cfg(feature = "serde")]
mod serde_impl {
    crate::serde_text::as_text!(super::Digest, "a digest such as `sha384-` and base64");
}
