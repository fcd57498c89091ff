//! Registry signatures of npm.

mod document;
mod error;
mod keys;
mod time;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use p256::ecdsa::DerSignature;
use p256::ecdsa::signature::Verifier as _;

use error::SignatureFault;
pub use error::{SignatureError, SignatureErrorKind};
pub use keys::RegistryKeys;

use super::RegistryIntegrity;
use crate::errors::Errors;
use document::{Dist, Signature};
use time::Timestamp;

/// An integrity that a registry signed for one version of a package. Only
/// [`RegistryKeys::verify`] creates one, so whoever has one knows that the signature was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIntegrity {
    name: String,
    version: String,
    integrity: RegistryIntegrity,
    key_id: String,
    key_time: KeyTime,
}

/// Whether the key was valid when the package was published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // a match on it must handle what isn't known
pub enum KeyTime {
    /// The key doesn't expire, or it expired only after the time at which the document says that
    /// the version was published. That time isn't signed.
    Valid,
    /// The key has expired, and the document doesn't say when the version was published. npm
    /// itself accepts such a signature; a whole packument holds the time.
    Unknown,
}

impl SignedIntegrity {
    /// The package.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its version.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The integrity of the tarball; never SHA-1.
    pub const fn integrity(&self) -> &RegistryIntegrity {
        &self.integrity
    }

    /// The id of the key that signed it.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Whether the key was valid when the package was published.
    pub const fn key_time(&self) -> KeyTime {
        self.key_time
    }
}

impl RegistryKeys {
    /// Largest document that is read, in bytes. The packuments of packages with thousands of
    /// versions are about 15 MB.
    pub const LARGEST: usize = document::LARGEST;

    /// Verifies the signatures of one version of a package: ECDSA on P-256 with SHA-256 over
    /// `name@version:integrity`, as [npm documents it].
    ///
    /// The document is the registry's answer at `/name` (a packument) or `/name/version`, or the
    /// `dist` object of either, saved on its own. Every signature in it must be valid, as in
    /// `npm audit signatures`.
    ///
    /// # Errors
    /// Everything that is found, at once:
    /// * no signatures: mirrors and other registries omit them
    /// * a signature that doesn't belong to this name, version and integrity
    /// * one by a key that isn't among these, or that had expired when the version was published
    /// * one that is not base64, or not DER
    /// * the document of another package or version
    /// * a SHA-1 integrity: a signature makes it no stronger
    ///
    /// [npm documents it]: https://docs.npmjs.com/about-registry-signatures
    pub fn verify(
        &self,
        document: &[u8],
        name: &str,
        version: &str,
    ) -> Result<SignedIntegrity, Errors<SignatureError>> {
        let dist = Dist::read(document, name, version)?;
        let integrity = dist.strong_integrity()?;
        let mut errors = Vec::new();
        let mut signed = None;
        for signature in &dist.signatures {
            match self.check(&dist, signature) {
                Err(error) => errors.push(error),
                Ok(key_time) => {
                    signed = Some(SignedIntegrity {
                        name: name.to_owned(),
                        version: version.to_owned(),
                        integrity: integrity.clone(),
                        key_id: signature.key_id.clone(),
                        key_time,
                    });
                }
            }
        }
        Errors::check(errors)?;
        let package = dist.package;
        Ok(signed.ok_or(SignatureFault::NoSignatures { package })?)
    }

    fn check(&self, dist: &Dist, signature: &Signature) -> Result<KeyTime, SignatureFault> {
        let package = || dist.package.clone();
        let key_id = || error::key_id(&signature.key_id);
        let Some(key) = self.get(&signature.key_id) else {
            return Err(SignatureFault::UnknownKey {
                package: package(),
                key_id: key_id(),
            });
        };
        let der = STANDARD
            .decode(&signature.base64)
            .ok()
            .and_then(|bytes| DerSignature::try_from(bytes.as_slice()).ok())
            .ok_or_else(|| SignatureFault::Malformed {
                package: package(),
                key_id: key_id(),
            })?;
        let message = format!("{}:{}", dist.package, dist.integrity);
        key.key
            .verify(message.as_bytes(), &der)
            .map_err(|_| SignatureFault::Mismatch {
                package: package(),
                key_id: key_id(),
            })?;
        match (&key.expires, &dist.published) {
            (None, _) => Ok(KeyTime::Valid),
            (Some(_), None) => Ok(KeyTime::Unknown),
            (Some(expires), Some(published)) if published < expires => Ok(KeyTime::Valid),
            (Some(expires), Some(published)) => Err(SignatureFault::Expired {
                package: package(),
                key_id: key_id(),
                expires: expires.to_string(),
                published: published.to_string(),
            }),
        }
    }
}
