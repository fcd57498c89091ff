//! Why the SDK's files can't be pinned.

use super::TreeError;
use super::sources;
#[cfg(feature = "audit")]
use super::{Difference, DifferenceFault};
use crate::sdk::Version;
use crate::sdk::layout::{FileKind, PREVIEW, after_previews};
use crate::sri::Digest;

crate::errors::opaque! {
    /// Why files can't be pinned. A scan returns every fault that it finds, not only the first.
    ///
    /// No message holds a credential or a path of the machine.
    pub struct PinError(PinFault);

    /// What a [`PinError`] is about.
    pub enum PinErrorKind {
        /// A folder that is not there or can't be read, so that nothing is known of its files.
        Unreadable = Unreadable,
        /// The folders: no SDK in them, or only a part of it, or more than the SDK.
        Folder = Tree | NothingGiven,
        /// The URL path under which the files are served.
        Base = Base,
        /// Which version it is, and whether all parts agree on it.
        Version = Unsupported | PackagesDisagree | ComponentDisagrees | TwoVersions | NoVersion
            | Unexpected | WasmDisagrees,
        /// A declared override.
        Override = OverrideMissing | OverrideOfCode | OverrideReason | OverrideTwice,
        /// A package manager's lock file, or what it says about the packages.
        LockFile = NpmLock | NotLocked | NoIntegrity | LocksDisagree,
        /// A publisher's list, or a file that isn't the published one.
        Published = Published | PublishedOfSomethingElse,
    } else {
        /// A tarball, or a file that isn't the tarball's.
        Tarball
    }
}

/// What is wrong, with the message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PinFault {
    #[error(transparent)]
    Unreadable(TreeError),

    #[error(transparent)]
    Tree(TreeError),

    #[error(
        "`{text}` is not a base path; write `/` or for example `/liveness/`, with `/` at both ends and letters, digits and `-._~@+` between"
    )]
    Base { text: String },

    #[error("version {version}: {}; update to {}", PREVIEW, after_previews())]
    Unsupported { version: Version },

    #[error(
        "{one} is {version} and {other} is {other_version}; both must have the same version, install them again"
    )]
    PackagesDisagree {
        one: &'static str,
        version: Version,
        other: &'static str,
        other_version: Version,
    },

    #[error(
        "FaceLivenessDetector.js says that it is {found}, {package}; they must agree, get both again from one release"
    )]
    ComponentDisagrees { found: Version, package: String },

    #[error(
        "FaceLivenessDetector.js names two versions of itself, {one} and {other}; get it again from one release"
    )]
    TwoVersions { one: Version, other: Version },

    #[error(
        "{path}: it is of {found}, and the SDK is {version}; component and assets must be of one release, get them again"
    )]
    WasmDisagrees {
        path: String,
        found: Version,
        version: Version,
    },

    #[error(
        "no version: FaceLivenessDetector.js holds no `clientSDKversion`; get it again from its package, or name the version that you expect"
    )]
    NoVersion,

    #[error(
        "found version {found}, expected {expected}; install the expected one or expect the other"
    )]
    Unexpected { found: Version, expected: Version },

    #[error("{path}: declared as an override, but missing; remove the declaration or add the file")]
    OverrideMissing { path: String },

    #[error(
        "{path}: only pictures and language files can be overridden, not the {kind}; use the file of the package"
    )]
    OverrideOfCode { path: String, kind: FileKind },

    #[error(
        "{path}: an override needs a reason, one line of text of at most 200 characters, without a URL that has a user or a query; say why the file differs from the package's"
    )]
    OverrideReason { path: String },

    #[error("{path}: declared as an override twice; remove one")]
    OverrideTwice { path: String },

    #[error("{file}: {error}")]
    NpmLock {
        file: String,
        error: Box<sources::LockError>,
    },

    #[error(
        "{file}: no entry for {package} {version}; give the lock file of the project that installed it, or install again"
    )]
    NotLocked {
        file: String,
        package: &'static str,
        version: Version,
    },

    #[error("{file}: {package} {version}: {reason}")]
    NoIntegrity {
        file: String,
        package: &'static str,
        version: Version,
        reason: sources::NoIntegrity,
    },

    #[error(
        "{package}: {one} and {other} give different integrities; give only the one that it was installed with"
    )]
    LocksDisagree {
        package: &'static str,
        one: String,
        other: String,
    },

    #[error("nothing to scan; give a folder that contains the SDK, or its tarballs")]
    NothingGiven,

    #[cfg(feature = "pin")]
    #[error("{file}: {error}")]
    Tarball {
        file: String,
        error: Box<sources::TarballError>,
    },

    #[cfg(feature = "pin")]
    #[error(
        "{file}: no given lock file or signature covers this tarball; nothing was unpacked, fetch it again with the lock file's package manager"
    )]
    TarballUnknown { file: String },

    #[cfg(feature = "pin")]
    #[error("{file}: contains {found} instead of {needed}; give the SDK's own tarballs")]
    TarballPackage {
        file: String,
        found: String,
        needed: String,
    },

    #[cfg(feature = "pin")]
    #[error("{file}: a second tarball of {package}; give one")]
    TarballTwice { file: String, package: &'static str },

    #[error(
        "{path}: not the file of {package}'s tarball: it is {found}, the tarball has {packed}; restore it, or declare an override if it is a picture or a language file"
    )]
    DiffersFromTarball {
        path: String,
        package: &'static str,
        packed: Box<Digest>,
        found: Box<Digest>,
    },

    #[error("{path}: not in {package}'s tarball; remove it")]
    NotInTarball { path: String, package: &'static str },

    #[error("{path}: in {package}'s tarball but not on disk; install the package again")]
    NotOnDisk { path: String, package: &'static str },

    #[error("{file}: {error}")]
    Published {
        file: String,
        error: Box<sources::PublishedError>,
    },

    #[error("{file}: none of its paths names a file of the SDK; give the list for this release")]
    PublishedOfSomethingElse { file: String },
}

impl From<TreeError> for PinFault {
    fn from(error: TreeError) -> Self {
        if error.is_unreadable() {
            Self::Unreadable(error)
        } else {
            Self::Tree(error)
        }
    }
}

impl PinError {
    /// The same fault of folders, as files are compared.
    #[cfg(feature = "audit")]
    pub(crate) fn of_folders(&self) -> Option<Difference> {
        match &self.0 {
            PinFault::Unreadable(error) | PinFault::Tree(error) => {
                Some(DifferenceFault::from(error.clone()).into())
            }
            _ => None,
        }
    }
}
