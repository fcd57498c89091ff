//! How far a digest can be traced back.

use std::str::FromStr;

use super::sources::RegistryIntegrity;
use crate::named::named;

named! {
    /// Where a digest comes from, weakest first.
    ///
    /// It says what was *checked*, not what was claimed. "Published" is said only of digests that the
    /// user gave as Microsoft's own publication; this crate ships none.
    ///
    /// ```
    /// use tower_visor::pins::Provenance;
    ///
    /// assert!(Provenance::Published > Provenance::Signed);
    /// assert!(Provenance::Registry > Provenance::RegistrySha1);
    /// assert_eq!(Provenance::RegistrySha1.as_str(), "registry (weak: sha1)");
    /// assert_eq!("observed".parse(), Ok(Provenance::Observed));
    /// ```
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum Provenance {
        /// Hashed as found, on first use. Later changes are noticed; whether the first copy was
        /// authentic is not known.
        Observed = "observed",
        /// The file is exactly that of a tarball with the SHA-1 digest in a lock file. Somebody who
        /// can create collisions can have two such tarballs.
        RegistrySha1 = "registry (weak: sha1)",
        /// The file is exactly that of a tarball with the integrity in a lock file.
        Registry = "registry",
        /// As [`Provenance::Registry`], and the registry signed that integrity.
        Signed = "signed",
        /// The digest is in the publisher's own list, given by the user.
        Published = "published",
    }
}

impl From<&RegistryIntegrity> for Provenance {
    /// The provenance of a tarball that was checked against this integrity.
    fn from(integrity: &RegistryIntegrity) -> Self {
        match integrity {
            RegistryIntegrity::Strong(_) => Self::Registry,
            RegistryIntegrity::Weak(_) => Self::RegistrySha1,
        }
    }
}

/// Not the name of a provenance.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown provenance `{text}`{}; write observed, `registry (weak: sha1)`, registry, signed or published", crate::suggest::hint(text, Provenance::ALL.map(Provenance::as_str)))]
#[non_exhaustive]
pub struct UnknownProvenance {
    /// The name as written, shortened.
    pub text: String,
}

crate::errors::debug_is_display!(UnknownProvenance);

impl FromStr for Provenance {
    type Err = UnknownProvenance;

    /// Reads the names of [`Provenance::as_str`].
    fn from_str(text: &str) -> Result<Self, UnknownProvenance> {
        Self::ALL
            .into_iter()
            .find(|provenance| provenance.as_str() == text)
            .ok_or_else(|| UnknownProvenance {
                text: crate::foreign::shown(text),
            })
    }
}

#[cfg(feature = "serde")]
mod serde_impl {
    crate::serde_text::as_text!(super::Provenance, "a provenance such as `registry`");
}
