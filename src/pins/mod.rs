//! Pins: from what was published, through a lock file in git, to what is served.
//!
//! Microsoft's terms for the Face Liveness Web SDK ask that it be hosted as it was published, and
//! Microsoft publishes no digests of its files that we know of, so each user has to compute them. A
//! [`Scan`] finds the SDK in a folder, checks that it is complete and of one version, and returns
//! [`Pins`]: every file with its size, its digest and how far that can be traced back
//! ([`Provenance`]). They are written to `visor-lock.json`, reviewed and committed. At every build,
//! start or audit [`Pins::verify`] reads and hashes the files again; only then is there
//! a [`Verified`], which keeps what was hashed, and pages are compiled and files are served only
//! from that.
//!
//! ```
//! use tower_visor::pins::{DifferenceKind, Pins};
//!
//! # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.5.0");
//! # let other = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.4.8");
//! # let temporary = tempfile::TempDir::new().unwrap();
//! # let lock = temporary.path().join("visor-lock.json");
//! // Once, on a developer's machine:
//! Pins::scan(folder).unwrap().save(&lock).unwrap();
//!
//! // At every start:
//! let pins = Pins::load(&lock).unwrap();
//! let verified = pins.verify(folder).unwrap();
//! assert_eq!(verified.files().count(), pins.files().len());
//!
//! // Anything else is refused, with all that differs and what to do about it.
//! let differences = pins.verify(other).unwrap_err();
//! assert!(differences.iter().any(|d| d.kind() == DifferenceKind::Version));
//! ```
//!
//! # What is refused
//!
//! A missing engine or wasm; a file that isn't part of the SDK, or an empty or a huge one; a symbolic
//! link, except that a package's folder may be a link to somewhere inside the given folder
//! (pnpm installs this way); names that some file system would change, ignore or confuse; component
//! and assets of different versions. All faults are reported at once.
//!
//! The deployer may replace pictures and language files, declared with a reason
//! ([`Scan::overriding`]), but never code.
//!
//! # What is not known
//!
//! The first scan trusts what it finds, unless there is something to check it against: the
//! registry's integrity of the tarball, its signature, or digests that Microsoft published. Until
//! then, a pin says only that the files did not change since.

#[cfg(any(feature = "audit", feature = "page"))]
mod bundled;
mod content;
mod difference;
mod error;
mod hash;
mod lock;
mod provenance;
mod scan;
mod set;
pub mod sources;
#[cfg(feature = "pin")]
mod tarballs;
mod tree;
mod tree_error;
mod update;
mod verify;

#[cfg(feature = "page")]
pub(crate) use bundled::Bundled;
#[cfg(any(feature = "audit", feature = "page"))]
pub(crate) use bundled::ComponentMarks;
#[cfg(feature = "audit")]
pub(crate) use content::{component_versions, named_release};
pub use difference::{Difference, DifferenceKind};
use difference::{DifferenceFault, LineEnding};
use error::PinFault;
pub use error::{PinError, PinErrorKind};
pub use lock::{VisorLockError, VisorLockErrorKind};
pub use provenance::{Provenance, UnknownProvenance};
pub use scan::Scan;
pub(crate) use set::Base;
pub use set::{Package, PinnedFile, Pins};
use tree_error::TreeError;
pub use update::{Changes, FileChange, FileState, PackageChange};
pub use verify::Verified;

/// What of some folders a build depends on: the SDK's files and folders.
pub(crate) fn watched(folders: &[std::path::PathBuf]) -> Vec<std::path::PathBuf> {
    // What is wrong is said by the scan itself.
    tree::Tree::open(folders, &mut Vec::new()).watched
}
