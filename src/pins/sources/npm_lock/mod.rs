//! What the lock files of npm, yarn and pnpm say of a few packages.

mod collect;
mod error;
mod npm;
mod package;
#[cfg(feature = "pin")]
mod pnpm;
mod yarn_classic;

use error::LockFault;
pub use error::{LockError, LockErrorKind};
pub use package::{LockFormat, LockedPackage, NoIntegrity};

use crate::errors::Errors;
use collect::Collector;
#[cfg(feature = "pin")]
pub(super) use collect::is_exact;

/// The entries of a lock file for the packages that were asked for.
///
/// npm's `package-lock.json` and `npm-shrinkwrap.json` (versions 1, 2, 3), yarn's classic
/// `yarn.lock`, and with the feature `pin` `pnpm-lock.yaml` (5.x, 6.x, 9.x). The format is known
/// by the content, so the file may have any name. `yarn.lock` of yarn 2 and later is refused: it
/// holds nothing that a tarball could be checked with.
///
/// ```
/// use tower_visor::pins::sources::LockFile;
///
/// let lock = LockFile::read(
///     br#"{
///         "lockfileVersion": 3,
///         "packages": {
///             "node_modules/azure-ai-vision-face-ui": {
///                 "version": "1.3.1",
///                 "resolved": "https://user:secret@feed.example/azure-ai-vision-face-ui-1.3.1.tgz",
///                 "integrity": "sha1-tii5PNOXm9GU2K5K9lTpzeXf7Lc="
///             }
///         }
///     }"#,
///     &["azure-ai-vision-face-ui"],
/// )
/// .unwrap();
///
/// let package = lock.get("azure-ai-vision-face-ui", "1.3.1").unwrap();
/// assert_eq!(package.integrity.as_ref().unwrap().label(), "registry (weak: sha1)");
/// assert_eq!(package.registry.as_ref().unwrap().as_str(), "feed.example");
/// assert!(!format!("{lock:?}").contains("secret"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockFile {
    format: LockFormat,
    /// Sorted by name and version; no pair twice.
    packages: Vec<LockedPackage>,
}

impl LockFile {
    /// Largest lock file that is read, in bytes. Those of the largest projects are about 5 MB;
    /// ten times that still parses in a second.
    pub const LARGEST: usize = 64 * 1024 * 1024;

    /// Reads a lock file; extracts what it says about the packages named, and nothing else.
    ///
    /// A name that isn't in the file is not an error: the caller knows which names it needs. A name
    /// may come in several versions.
    ///
    /// # Errors
    /// Everything that is found, at once:
    /// * a file cut off in the middle, a key that appears twice: [`LockErrorKind::Syntax`]
    /// * `"integrity": "md5-..."`: [`LockErrorKind::Entry`]
    /// * two entries of one version with different integrities, or from different hosts without the
    ///   same strong one: [`LockErrorKind::Contradiction`]
    /// * a format that this build can't read: [`LockErrorKind::Format`]
    pub fn read(bytes: &[u8], names: &[&str]) -> Result<Self, Errors<LockError>> {
        let text = text(bytes)?;
        let format = LockFormat::of(text)?;
        let mut collector = Collector::new(names);
        match format {
            LockFormat::Npm => npm::read(text, &mut collector),
            LockFormat::YarnClassic => yarn_classic::read(text, &mut collector),
            #[cfg(feature = "pin")]
            LockFormat::Pnpm => pnpm::read(text, &mut collector),
            #[cfg(not(feature = "pin"))]
            LockFormat::Pnpm => Err(LockFault::NeedsPin),
        }?;
        let packages = collector.finish()?;
        Ok(Self { format, packages })
    }

    /// The format that the file was found to have.
    pub const fn format(&self) -> LockFormat {
        self.format
    }

    /// All entries, sorted by name and version.
    pub fn packages(&self) -> &[LockedPackage] {
        &self.packages
    }

    /// The entry of one version of a package.
    pub fn get(&self, name: &str, version: &str) -> Option<&LockedPackage> {
        self.packages
            .iter()
            .find(|package| package.name == name && package.version.as_deref() == Some(version))
    }
}

fn text(bytes: &[u8]) -> Result<&str, LockFault> {
    if bytes.len() > LockFile::LARGEST {
        return Err(LockFault::TooLarge { bytes: bytes.len() });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| LockFault::NotUtf8 {
        offset: error.valid_up_to(),
    })?;
    // An editor on Windows may have put a byte order mark in front.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match text.lines().position(|line| line.starts_with("<<<<<<< ")) {
        Some(index) => Err(LockFault::MergeConflict { line: index + 1 }),
        None => Ok(text),
    }
}
