//! The three hash algorithms of SRI.

use std::fmt;
use std::str::FromStr;

use super::SriError;

/// A hash algorithm that Subresource Integrity and CSP hash sources know.
///
/// The order is the order of strength, in which browsers choose among several entries: only those
/// of the strongest algorithm count ([SRI, "get the strongest metadata from set"]).
///
/// ```
/// use tower_visor::sri::Algorithm;
///
/// assert!(Algorithm::Sha512 > Algorithm::Sha256);
/// assert_eq!("sha384".parse(), Ok(Algorithm::Sha384));
/// assert_eq!(Algorithm::Sha384.digest_len(), 48);
/// ```
///
/// [SRI, "get the strongest metadata from set"]: https://w3c.github.io/webappsec-subresource-integrity/#get-the-strongest-metadata
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[allow(clippy::exhaustive_enums)] // SRI names exactly these three
pub enum Algorithm {
    /// SHA-256, 32 bytes.
    Sha256,
    /// SHA-384, 48 bytes. The default: what Microsoft's samples and most tools publish, and not
    /// open to length extension.
    #[default]
    Sha384,
    /// SHA-512, 64 bytes.
    Sha512,
}

impl Algorithm {
    /// All algorithms, weakest first.
    pub const ALL: [Self; 3] = [Self::Sha256, Self::Sha384, Self::Sha512];

    /// Length of a digest in bytes.
    pub const fn digest_len(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The name as SRI and CSP write it: `sha256`, `sha384`, `sha512`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Algorithm {
    type Err = SriError;

    /// Reads `sha256`, `sha384` or `sha512`, in lower case: Chromium ignores any other spelling.
    fn from_str(text: &str) -> Result<Self, SriError> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.as_str() == text)
            .ok_or_else(|| SriError::unknown_algorithm(text))
    }
}
