//! Where the digests of a pin come from: npm lock files, tarballs, registry signatures and
//! published lists.
//!
//! Everything here is pure: text or bytes in, typed values or errors out. No file is opened and
//! no connection made, so each reader can be tested on hostile input.
//!
//! * [`LockFile`] reads what the lock files of npm, yarn and pnpm say about the SDK's packages.
//! * [`RegistryIntegrity`] is what a registry says about a tarball; SHA-1 is [`WeakSha1`], never a
//!   [`sri::Digest`](crate::sri::Digest).
//! * `Tarball` (feature `pin`) is checked against that as a whole, and only then unpacked.
//! * [`Published`] reads the digests that a vendor publishes, and compares files with them.
//! * `RegistryKeys` (feature `npm-signatures`) verifies npm's signature over that integrity.
//!
//! # Credentials
//!
//! Lock files may contain URLs with a user, a password or a token. Only the host of a URL is
//! used ([`RegistryHost`]); no other part gets into a value, an error or a message.

mod integrity;
pub(super) mod json;
mod npm_lock;
mod published;
mod registry_host;
#[cfg(feature = "npm-signatures")]
mod signature;
mod stated;
#[cfg(feature = "pin")]
mod tarball;
pub(super) mod tree;
#[cfg(feature = "pin")]
mod yaml;

pub use integrity::{IntegrityError, RegistryIntegrity, WeakSha1};
pub use npm_lock::{LockError, LockErrorKind, LockFile, LockFormat, LockedPackage, NoIntegrity};
pub use published::{Comparison, Published, PublishedError, PublishedErrorKind};
pub use registry_host::RegistryHost;
#[cfg(feature = "npm-signatures")]
pub use signature::{KeyTime, RegistryKeys, SignatureError, SignatureErrorKind, SignedIntegrity};
pub use stated::Stated;
#[cfg(feature = "pin")]
pub use tarball::{Tarball, TarballError, TarballErrorKind, UnpackedFile, UnpackedPackage};
