//! What can be wrong with a lock file.

use super::super::{IntegrityError, RegistryHost, RegistryIntegrity, Stated};
use super::{LockFile, LockFormat};

crate::errors::opaque! {
    /// Why a lock file can't be relied on.
    ///
    /// A place is the path of keys to the value (`packages > node_modules/x > integrity`), or a line.
    /// No message holds a URL, or any other text that could carry a credential.
    pub struct LockError(LockFault);

    /// What a [`LockError`] is about.
    pub enum LockErrorKind {
        /// Cut off, damaged, or an unresolved merge conflict.
        Syntax = TooLarge | NotUtf8 | MergeConflict | Syntax,
        /// An entry that is malformed.
        Entry = Shape | Integrity | PackageVersion | Resolved,
        /// Two entries of one version that contradict each other: an attack looks like this.
        Contradiction = Contradiction | TwoHosts,
    } else {
        /// Not a lock file that this build can read.
        Format
    }
}

/// What is wrong, with the message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum LockFault {
    #[error(
        "the lock file is {bytes} bytes long, over the limit of {}; is this the right file?",
        LockFile::LARGEST
    )]
    TooLarge { bytes: usize },

    #[error(
        "byte {offset}: not UTF-8, as lock files are; create it again with its package manager"
    )]
    NotUtf8 { offset: usize },

    #[error("line {line}: an unresolved merge conflict; resolve it, then install again")]
    MergeConflict { line: usize },

    #[error(
        "not a lock file of npm, yarn or pnpm: no `lockfileVersion`, no `# yarn lockfile v1`; give package-lock.json, npm-shrinkwrap.json, yarn.lock or pnpm-lock.yaml"
    )]
    UnknownFormat,

    #[error(
        "a yarn.lock of yarn 2 or later holds hashes of yarn's own cache archives and not of the registry's tarballs, so it can't check one; give an npm or pnpm lock file, or the tarball and a published digest"
    )]
    YarnBerry,

    #[error("a pnpm-lock.yaml is YAML; build tower-visor with the feature `pin` to read it")]
    #[cfg(not(feature = "pin"))]
    NeedsPin,

    #[error("line {line}, column {column}: {reason}; this should be {format}")]
    Syntax {
        format: LockFormat,
        line: usize,
        column: usize,
        reason: String,
    },

    #[error(
        "{format} of version {found}; {known} can be read, install with a release that writes one of those"
    )]
    FormatVersion {
        format: LockFormat,
        found: String,
        known: &'static str,
    },

    #[error("{place}: should be {needed}; create the lock file again")]
    Shape { place: String, needed: &'static str },

    #[error("{place}: {fault}")]
    Integrity {
        place: String,
        fault: IntegrityError,
    },

    #[error("{place}: `{found}` is not an exact version such as 1.5.0; create the lock file again")]
    PackageVersion { place: String, found: String },

    #[error(
        "{place}: not a plain http or https URL with a host; install again from the registry (the value isn't shown: it may hold a credential)"
    )]
    Resolved { place: String },

    #[error(
        "{package} has two integrities: {one} and {other}; one of them is wrong, ask the registry which and remove the other"
    )]
    Contradiction {
        package: String,
        one: Box<Stated<RegistryIntegrity>>,
        other: Box<Stated<RegistryIntegrity>>,
    },

    #[error(
        "{package} comes from two hosts: {one} and {other}; a private name that a public registry also answers is a way in for attackers, keep the host that you trust"
    )]
    TwoHosts {
        package: String,
        one: Box<Stated<RegistryHost>>,
        other: Box<Stated<RegistryHost>>,
    },
}
