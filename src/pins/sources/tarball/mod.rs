//! A package's tarball: checked whole, then unpacked into memory under limits.

mod error;
mod extended;
mod header;
mod path;
mod reader;
mod unpack;

use error::{PathFault, TarballFault};
pub use error::{TarballError, TarballErrorKind};

use super::RegistryIntegrity;
use super::WeakSha1;
use crate::sri::Digest;

/// A tarball that may be unpacked: its compressed bytes are those that the registry describes.
///
/// The check comes first and covers the whole file, so that nothing an attacker wrote is parsed:
/// no byte of a tarball that doesn't match is unpacked. If there is no integrity to check, the
/// constructor's name says so, and [`integrity`](Self::integrity) stays `None`.
///
/// ```no_run
/// use tower_visor::pins::sources::{RegistryIntegrity, Tarball};
/// use tower_visor::sri::Algorithm;
///
/// let bytes = std::fs::read("ai-vision-face-ui-1.5.0.tgz")?;
/// let integrity: RegistryIntegrity = "sha1-RwH7UWGA18ki7iJWNF4DVz2921c=".parse()?;
/// let tarball = Tarball::checked(&bytes, &integrity)?;
/// let package = tarball.unpack(Algorithm::Sha384, |path, content| {
///     println!("{path}: {} bytes", content.len());
/// });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Tarball<'a> {
    bytes: &'a [u8],
    integrity: Option<RegistryIntegrity>,
}

/// The contents of a tarball: the package's name and version, and each file with its digest.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnpackedPackage {
    /// `name` of its `package.json`.
    pub name: String,
    /// `version` of its `package.json`, exact.
    pub version: String,
    /// Every file, `package.json` too, sorted by path.
    pub files: Vec<UnpackedFile>,
}

/// A file of a tarball.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnpackedFile {
    /// The path in the package, with `/`, without the archive's top folder: npm writes `package/`,
    /// and accepts any name.
    pub path: String,
    /// Length in bytes.
    pub bytes: u64,
    /// Digest of the content.
    pub digest: Digest,
}

impl<'a> Tarball<'a> {
    /// Largest size of all files together, in bytes. The SDK's are 9.5 MB; more than ten times
    /// that is a mistake or a bomb.
    pub const LARGEST_TOTAL: u64 = 128 * 1024 * 1024;
    /// Largest single file, in bytes, and so about the memory that unpacking takes. The SDK's
    /// largest, an engine, is 4.5 MB.
    pub const LARGEST_FILE: u64 = 32 * 1024 * 1024;
    /// Most entries, folders and extended headers counted. The SDK has 85 files in two packages.
    pub const MOST_ENTRIES: usize = 4096;
    /// Longest path, in bytes. The SDK's longest is 72; file systems end at 255 for a name.
    pub const LONGEST_PATH: usize = 255;

    /// Checks the compressed file against the registry's integrity.
    ///
    /// # Errors
    /// [`TarballErrorKind::Mismatch`] unless one of the strongest digests is that of the bytes;
    /// [`TarballErrorKind::Damaged`] where these are an archive whose gzip was undone on the way.
    pub fn checked(bytes: &'a [u8], integrity: &RegistryIntegrity) -> Result<Self, TarballError> {
        if !integrity.matches(bytes) {
            if header::is_decompressed(bytes) {
                return Err(TarballFault::Decompressed.into());
            }
            let found = match integrity {
                RegistryIntegrity::Strong(strong) => {
                    RegistryIntegrity::Strong(Digest::of(strong.algorithm(), bytes).into())
                }
                RegistryIntegrity::Weak(_) => RegistryIntegrity::Weak(WeakSha1::of(bytes)),
            };
            let expected = integrity.clone();
            return Err(TarballFault::Mismatch { expected, found }.into());
        }
        Ok(Self {
            bytes,
            integrity: Some(integrity.clone()),
        })
    }

    /// Takes the file as found, if no integrity is known: its contents are then *observed*, and
    /// no registry vouches for them.
    pub const fn observed(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            integrity: None,
        }
    }

    /// The integrity that the file was checked against.
    pub const fn integrity(&self) -> Option<&RegistryIntegrity> {
        self.integrity.as_ref()
    }
}

impl UnpackedPackage {
    /// A file by its path in the package.
    pub fn file(&self, path: &str) -> Option<&UnpackedFile> {
        self.files
            .binary_search_by(|file| file.path.as_str().cmp(path))
            .ok()
            .and_then(|index| self.files.get(index))
    }
}
