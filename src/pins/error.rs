//! Why files can't be pinned.

use super::TreeError;
use super::sources;
use crate::sdk::Version;
use crate::sdk::layout::FileKind;
use crate::sri::Digest;

/// Why files can't be pinned. A scan gives all that it finds, not only the first.
///
/// No message holds a credential or a path of the machine.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PinError {
    /// A fault in the folders.
    #[error(transparent)]
    Tree(#[from] TreeError),

    /// Not an URL path that files can be served under.
    #[error(
        "`{text}` is not a base path; write `/` or for example `/liveness/`, with `/` at both ends and letters, digits and `-._~@+` between"
    )]
    Base {
        /// The text as given, shortened.
        text: String,
    },

    /// A version whose files are not known to this crate.
    #[error(
        "version {version}: from before 0.18, its files are not known; update to 1.5.0 or newer"
    )]
    Unsupported {
        /// The version.
        version: Version,
    },

    /// Component and assets of different versions.
    #[error(
        "{one} is {version} and {other} is {other_version}; both must have the same version, install them again"
    )]
    PackagesDisagree {
        /// One package.
        one: &'static str,
        /// Its version.
        version: Version,
        /// The other.
        other: &'static str,
        /// Its version.
        other_version: Version,
    },

    /// The component's own version is another one.
    #[error(
        "FaceLivenessDetector.js says that it is {found}, {package}; they must agree, get both again from one release"
    )]
    ComponentDisagrees {
        /// What the component says.
        found: Version,
        /// What everything else says: `its package is 1.5.0`, `1.5.0 was expected`.
        package: String,
    },

    /// The component names two versions.
    #[error(
        "FaceLivenessDetector.js names two versions of itself, {one} and {other}; get it again from one release"
    )]
    TwoVersions {
        /// One.
        one: Version,
        /// The other.
        other: Version,
    },

    /// Nothing says which version this is.
    #[error(
        "no version: FaceLivenessDetector.js holds no `clientSDKversion`; get it again from its package, or name the version that you expect"
    )]
    NoVersion,

    /// Not the version that the caller asked for.
    #[error(
        "found version {found}, expected {expected}; install the expected one or expect the other"
    )]
    Unexpected {
        /// What was found.
        found: Version,
        /// What the caller expects.
        expected: Version,
    },

    /// An override of a file that is not there.
    #[error("{path}: declared as override but not there; remove the declaration or add the file")]
    OverrideMissing {
        /// The path.
        path: String,
    },

    /// An override of something else than a picture or strings.
    #[error(
        "{path}: only pictures and language files can be overridden, not the {kind}; use the file of the package"
    )]
    OverrideOfCode {
        /// The path.
        path: String,
        /// What it is.
        kind: FileKind,
    },

    /// An override without a reason.
    #[error(
        "{path}: an override needs a reason, one line of text of at most 200 characters, without an URL that has a user or a query; say why the file differs from the package's"
    )]
    OverrideReason {
        /// The path.
        path: String,
    },

    /// Two declarations for one file.
    #[error("{path}: declared as override twice; remove one")]
    OverrideTwice {
        /// The path.
        path: String,
    },

    /// A lock file of a package manager that can't be relied on.
    #[error("{file}: {error}")]
    NpmLock {
        /// The file's name.
        file: String,
        /// What is wrong.
        error: Box<sources::LockError>,
    },

    /// A lock file without the package.
    #[error(
        "{file}: no entry for {package} {version}; give the lock file of the project that installed it, or install again"
    )]
    NotLocked {
        /// The lock file's name.
        file: String,
        /// The package.
        package: &'static str,
        /// Its version.
        version: Version,
    },

    /// An entry without an integrity.
    #[error("{file}: {package} {version}: {reason}")]
    NoIntegrity {
        /// The lock file's name.
        file: String,
        /// The package.
        package: &'static str,
        /// Its version.
        version: Version,
        /// Why.
        reason: sources::NoIntegrity,
    },

    /// Two lock files that contradict each other.
    #[error(
        "{package}: {one} and {other} give different integrities; give only the one that it was installed with"
    )]
    LocksDisagree {
        /// The package.
        package: &'static str,
        /// One lock file.
        one: String,
        /// The other.
        other: String,
    },

    /// Neither a folder nor a tarball.
    #[error("nothing to scan; give a folder that holds the SDK, or its tarballs")]
    NothingGiven,

    /// A tarball that can't be relied on.
    #[cfg(feature = "pin")]
    #[error("{file}: {error}")]
    Tarball {
        /// The file's name.
        file: String,
        /// What is wrong.
        error: Box<sources::TarballError>,
    },

    /// A tarball that no lock file and no signature speaks of. Nothing of it was unpacked.
    #[error(
        "{file}: neither a lock file nor a signature that was given speaks of this tarball; nothing was unpacked, fetch it again with the lock file's package manager"
    )]
    TarballUnknown {
        /// The file's name.
        file: String,
    },

    /// A tarball of another package.
    #[error("{file}: it holds {found} and should hold {needed}; give the SDK's own tarballs")]
    TarballPackage {
        /// The file's name.
        file: String,
        /// What its `package.json` says, shortened.
        found: String,
        /// What it should be.
        needed: String,
    },

    /// Two tarballs of one package.
    #[error("{file}: a second tarball of {package}; give one")]
    TarballTwice {
        /// The file's name.
        file: String,
        /// The package.
        package: &'static str,
    },

    /// A file on disk is not the tarball's.
    #[error(
        "{path}: not the file of {package}'s tarball: it is {found}, the tarball has {packed}; restore it, or declare an override if it is a picture or a language file"
    )]
    DiffersFromTarball {
        /// Its path.
        path: String,
        /// The package.
        package: &'static str,
        /// What the tarball holds.
        packed: Box<Digest>,
        /// What lies on disk.
        found: Box<Digest>,
    },

    /// A file on disk that the tarball doesn't have.
    #[error("{path}: not in {package}'s tarball; remove it")]
    NotInTarball {
        /// Its path.
        path: String,
        /// The package.
        package: &'static str,
    },

    /// A file of the tarball that isn't on disk.
    #[error("{path}: in {package}'s tarball but not on disk; install the package again")]
    NotOnDisk {
        /// Its path.
        path: String,
        /// The package.
        package: &'static str,
    },

    /// A publisher's list that can't be relied on, or that contradicts a file.
    #[error("{file}: {error}")]
    Published {
        /// The list's name.
        file: String,
        /// What is wrong.
        error: Box<sources::PublishedError>,
    },

    /// A publisher's list in which no file of the SDK stands.
    #[error("{file}: none of its paths is a file of the SDK; give the list of this release")]
    PublishedOfSomethingElse {
        /// The list's name.
        file: String,
    },
}

crate::errors::debug_is_display!(PinError);
