//! What can be wrong with a lock file.

use super::super::{IntegrityError, RegistryHost, RegistryIntegrity, Stated};
use super::{LockFile, LockFormat};

/// Why a lock file can't be relied on.
///
/// A place is the path of keys to the value (`packages > node_modules/x > integrity`), or a line.
/// No message holds an URL, or any other text that could carry a credential.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// Larger than any lock file.
    #[error(
        "lock file is {bytes} bytes long, more than the {} that are read; is this the right file?",
        LockFile::LARGEST
    )]
    TooLarge {
        /// Its size in bytes.
        bytes: usize,
    },

    /// Not text.
    #[error(
        "byte {offset}: not UTF-8; lock files are, make it again with the package manager that owns it"
    )]
    NotUtf8 {
        /// Where the first bad byte stands.
        offset: usize,
    },

    /// A merge was not finished.
    #[error("line {line}: an unresolved merge conflict; resolve it, then install again")]
    MergeConflict {
        /// Line, from 1.
        line: usize,
    },

    /// None of the formats.
    #[error(
        "not a lock file of npm, yarn or pnpm: no `lockfileVersion`, no `# yarn lockfile v1`; give package-lock.json, npm-shrinkwrap.json, yarn.lock or pnpm-lock.yaml"
    )]
    UnknownFormat,

    /// The `yarn.lock` of yarn 2 or later. Its `checksum` is of the zip archive that yarn makes
    /// itself ([`checksumBehavior`](https://yarnpkg.com/configuration/yarnrc#checksumBehavior)).
    #[error(
        "a yarn.lock of yarn 2 or later holds hashes of yarn's own cache archives and not of the registry's tarballs, so it can't check one; give an npm or pnpm lock file, or the tarball and a published digest"
    )]
    YarnBerry,

    /// YAML, which this build can't read.
    #[error("a pnpm-lock.yaml is YAML; build tower-visor with the feature `pin` to read it")]
    NeedsPin,

    /// Cut off or damaged.
    #[error("line {line}, column {column}: {reason}; this should be {format}")]
    Syntax {
        /// The format that it was read as.
        format: LockFormat,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What the parser says.
        reason: String,
    },

    /// A version of the format whose meaning isn't known.
    #[error(
        "{format} of version {found}; {known} can be read, install with a release that writes one of those"
    )]
    FormatVersion {
        /// The format.
        format: LockFormat,
        /// The version as written; `none` where there is none.
        found: String,
        /// The versions that can be read.
        known: &'static str,
    },

    /// A value of another kind than the format has there.
    #[error("{place}: should be {needed}; make the lock file again")]
    Shape {
        /// Where.
        place: String,
        /// What should stand there.
        needed: &'static str,
    },

    /// An integrity that proves nothing.
    #[error("{place}: {fault}")]
    Integrity {
        /// Where.
        place: String,
        /// What is wrong with it.
        fault: IntegrityError,
    },

    /// Not an exact version.
    #[error("{place}: `{found}` is no exact version such as 1.5.0; make the lock file again")]
    PackageVersion {
        /// Where.
        place: String,
        /// The version as written, shortened.
        found: String,
    },

    /// An URL without a host that could be named.
    #[error(
        "{place}: no plain http or https URL with a host; install again from the registry (the value isn't shown: it may hold a credential)"
    )]
    Resolved {
        /// Where.
        place: String,
    },

    /// One version of a package with two integrities.
    #[error(
        "{package} has two integrities: {one} and {other}; one of them is wrong, ask the registry which and remove the other"
    )]
    Contradiction {
        /// The package, `name@version`.
        package: String,
        /// One integrity.
        one: Box<Stated<RegistryIntegrity>>,
        /// The other.
        other: Box<Stated<RegistryIntegrity>>,
    },

    /// One version of a package from two hosts.
    #[error(
        "{package} comes from two hosts: {one} and {other}; a private name that a public registry also answers is an attack's way in, keep the host that you trust"
    )]
    TwoHosts {
        /// The package, `name@version`.
        package: String,
        /// One host.
        one: Box<Stated<RegistryHost>>,
        /// The other.
        other: Box<Stated<RegistryHost>>,
    },
}

crate::errors::debug_is_display!(LockError);
