//! What can be wrong with a tarball.

use super::{RegistryIntegrity, Tarball};

/// Why a tarball can't be relied on.
///
/// Paths are shown shortened and with escapes, as they come from the archive.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TarballError {
    /// Not the file that the registry speaks of. Nothing of it was unpacked.
    #[error(
        "the tarball is not the registry's: its hash is {found}, and should be {expected}; nothing was unpacked, fetch it again and compare"
    )]
    Mismatch {
        /// What the lock file says.
        expected: RegistryIntegrity,
        /// What the file hashes to, by the same algorithm.
        found: RegistryIntegrity,
    },

    /// Ends before its end.
    #[error("the tarball is cut off after {unpacked} unpacked bytes; fetch it again")]
    Truncated {
        /// How much could be unpacked.
        unpacked: u64,
    },

    /// Not gzip, or damaged.
    #[error(
        "no gzip file, or a damaged one, after {unpacked} unpacked bytes; give the .tgz as the registry serves it"
    )]
    NotGzip {
        /// How much could be unpacked.
        unpacked: u64,
    },

    /// Not a tar archive, or damaged.
    #[error(
        "no tar archive, or a damaged one, near unpacked byte {unpacked}: {reason}; give the .tgz as the registry serves it"
    )]
    NotTar {
        /// How much was unpacked.
        unpacked: u64,
        /// What the reader says.
        reason: String,
    },

    /// Something follows the gzip stream.
    #[error("{bytes} bytes follow the end of the gzip stream; npm writes none, fetch it again")]
    BehindGzip {
        /// How many.
        bytes: usize,
    },

    /// Something follows the end of the archive, which some readers would take for more files.
    #[error(
        "something follows the end of the archive at unpacked byte {at}; npm writes nothing there"
    )]
    BehindEnd {
        /// Where the first byte that isn't zero stands.
        at: u64,
    },

    /// More than fits the limit; a bomb, most likely.
    #[error(
        "unpacks to more than {} bytes; this is no package of the SDK",
        Tarball::LARGEST_TOTAL
    )]
    TooLarge,

    /// One file is larger than the limit.
    #[error(
        "`{path}` is {bytes} bytes long, more than the {} that are taken",
        Tarball::LARGEST_FILE
    )]
    FileTooLarge {
        /// The file.
        path: String,
        /// Its size as the archive states it.
        bytes: u64,
    },

    /// More entries than the limit.
    #[error(
        "more than {} entries; this is no package of the SDK",
        Tarball::MOST_ENTRIES
    )]
    TooManyEntries,

    /// A path that must not be followed.
    #[error("`{path}`: {fault}")]
    Path {
        /// The path.
        path: String,
        /// What is wrong with it.
        fault: PathFault,
    },

    /// Neither a file nor a folder.
    #[error("`{path}` is {kind}; a package holds files only")]
    Kind {
        /// The path.
        path: String,
        /// What it is.
        kind: &'static str,
    },

    /// An extended header that readers of archives disagree on.
    #[error(
        "`{path}` has the extended header `{key}`, which readers take differently; npm writes none"
    )]
    Ambiguous {
        /// The path.
        path: String,
        /// The header.
        key: String,
    },

    /// A path that stands twice.
    #[error("`{path}` stands twice in the archive; which one counts depends on the reader")]
    Duplicate {
        /// The path.
        path: String,
    },

    /// Two paths that are one where case is ignored, or a file that is also a folder.
    #[error("`{one}` and `{other}` collide on a disk")]
    Collision {
        /// One path.
        one: String,
        /// The other.
        other: String,
    },

    /// No `package.json` at the root.
    #[error("no `package/package.json`; this is no npm package")]
    NoPackageJson,

    /// A `package.json` that doesn't say which package it is.
    #[error("package.json: {reason}")]
    PackageJson {
        /// What is wrong.
        reason: String,
    },
}

crate::errors::debug_is_display!(TarballError);

/// What is wrong with a path in an archive.
#[derive(Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum PathFault {
    /// Not below `package/`.
    #[error("lies outside `package/`, where npm puts everything")]
    Outside,
    /// Begins at a root.
    #[error("is absolute; a package's paths are relative")]
    Absolute,
    /// Has `..` in it.
    #[error("has a `..` and could leave the folder")]
    Parent,
    /// Has an empty part or a `.`.
    #[error("has an empty part or a `.`, so that one file has several names")]
    Dot,
    /// Has a character that some system takes as more than a character.
    #[error(
        "has a `\\`, a `:` or a part that ends in a dot or space, which Windows reads as another path"
    )]
    Windows,
    /// Has a control character or a byte outside ASCII.
    #[error("has characters outside printable ASCII, which the SDK's names never have")]
    Characters,
    /// Longer than the limit.
    #[error("is longer than {} bytes", Tarball::LONGEST_PATH)]
    TooLong,
}

crate::errors::debug_is_display!(PathFault);
