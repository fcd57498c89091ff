//! The three hash algorithms of SRI.

use std::str::FromStr;

use super::SriError;
use crate::named::named;

named! {
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
        Sha256 = "sha256",
        /// SHA-384, 48 bytes. The default: it is what Microsoft's samples and most tools use, and
        /// not open to length extension.
        #[default]
        Sha384 = "sha384",
        /// SHA-512, 64 bytes.
        Sha512 = "sha512",
    }
}

impl Algorithm {
    /// Length of a digest in bytes.
    pub const fn digest_len(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
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
