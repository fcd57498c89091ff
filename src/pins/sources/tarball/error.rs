//! What can be wrong with a tarball.

use super::{RegistryIntegrity, Tarball};

crate::errors::opaque! {
    /// Why a tarball can't be relied on.
    ///
    /// Paths are shown shortened and with escapes, as they come from the archive.
    pub struct TarballError(TarballFault);

    /// What a [`TarballError`] is about.
    pub enum TarballErrorKind {
        /// Not the file that the registry describes. Nothing of it was unpacked.
        Mismatch = Mismatch,
        /// Cut off, or not a gzipped tar archive: fetch it again.
        Damaged = Truncated | NotGzip | Decompressed | NotTar,
    } else {
        /// Something that no package of the SDK contains: too much, paths that lead out of it, links.
        Content
    }
}

/// What is wrong, with the message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum TarballFault {
    #[error(
        "the tarball is not the registry's: its hash is {found}, and should be {expected}; nothing was unpacked, fetch it again and compare"
    )]
    Mismatch {
        expected: RegistryIntegrity,
        found: RegistryIntegrity,
    },

    #[error("the tarball is cut off after {unpacked} unpacked bytes; fetch it again")]
    Truncated { unpacked: u64 },

    #[error(
        "not a gzip file, or a damaged one, after {unpacked} unpacked bytes; give the .tgz as the registry serves it"
    )]
    NotGzip { unpacked: u64 },

    #[error(
        "a tar archive that is no longer gzipped: a proxy or a client decompressed it on the way (`Content-Encoding`), so no integrity can match; fetch it again as it is"
    )]
    Decompressed,

    #[error(
        "not a tar archive, or a damaged one, near unpacked byte {unpacked}: {reason}; give the .tgz as the registry serves it"
    )]
    NotTar { unpacked: u64, reason: String },

    #[error("{bytes} bytes follow the end of the gzip stream; npm writes none, fetch it again")]
    BehindGzip { bytes: usize },

    #[error(
        "something follows the end of the archive at unpacked byte {at}; npm writes nothing there"
    )]
    BehindEnd { at: u64 },

    #[error(
        "unpacks to more than {} bytes; this is not a package of the SDK",
        Tarball::LARGEST_TOTAL
    )]
    TooLarge,

    #[error(
        "`{path}` is {bytes} bytes long, over the limit of {}",
        Tarball::LARGEST_FILE
    )]
    FileTooLarge { path: String, bytes: u64 },

    #[error(
        "more than {} entries; this is not a package of the SDK",
        Tarball::MOST_ENTRIES
    )]
    TooManyEntries,

    #[error("`{path}`: {fault}")]
    Path { path: String, fault: PathFault },

    #[error("`{path}` is {kind}; a package holds files only")]
    Kind { path: String, kind: &'static str },

    #[error(
        "`{path}` is a folder with a size, {bytes} bytes, in which readers find different files; npm never writes that"
    )]
    FolderWithSize { path: String, bytes: u64 },

    #[error(
        "the header of `{path}` has a `{field}` that readers interpret differently; npm never writes that"
    )]
    Header { path: String, field: &'static str },

    #[error(
        "the extended header `{path}` has the record `{key}`, which readers interpret differently; npm never writes that"
    )]
    Ambiguous { path: String, key: String },

    #[error(
        "the extended header `{path}` has a form that readers interpret differently; npm never writes that"
    )]
    ExtendedForm { path: String },

    #[error(
        "the extended header `{path}` is {bytes} bytes long, over the limit of {}",
        super::extended::LARGEST
    )]
    ExtendedTooLarge { path: String, bytes: u64 },

    #[error(
        "the extended header `{path}` follows another, and which one counts depends on the reader; npm writes one for an entry"
    )]
    ExtendedTwice { path: String },

    #[error("the extended header `{path}` is not followed by an entry; fetch the tarball again")]
    NothingExtended { path: String },

    #[error("`{path}` appears twice in the archive; which one counts depends on the reader")]
    Duplicate { path: String },

    #[error("`{one}` and `{other}` collide on a disk")]
    Collision { one: String, other: String },

    #[error("no `package.json` in the archive's top folder; give the .tgz of an npm package")]
    NoPackageJson,

    #[error("package.json: {reason}")]
    PackageJson { reason: String },
}

/// What is wrong with a path in an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PathFault {
    #[error("lies outside any folder; npm puts everything into one, `package/`, and strips it")]
    Outside,
    #[error("lies in a different folder than the first entry; npm puts everything into one")]
    TwoRoots,
    #[error("is absolute; a package's paths are relative")]
    Absolute,
    #[error("has a `..` and could leave the folder")]
    Parent,
    #[error("has an empty part or a `.`, so that one file has several names")]
    Dot,
    #[error(
        "has a `\\`, a `:` or a part that ends in a dot or space, which Windows reads as another path"
    )]
    Windows,
    #[error("has characters outside printable ASCII, which the SDK's names never have")]
    Characters,
    #[error("is longer than {} bytes", Tarball::LONGEST_PATH)]
    TooLong,
}
