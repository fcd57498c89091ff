//! What can be wrong with the folders that hold the SDK.

use std::io;

use crate::sdk::layout::FileKind;

/// A fault in the folders that hold the SDK.
///
/// Paths are relative to the folder that was given, with `/` between the parts: no message holds
/// a path of the machine.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TreeError {
    /// No folder was given.
    #[error("no folder was given; give the one that holds the SDK")]
    NoFolders,

    /// A folder that was given is not there.
    #[error(
        "{folder}: no such folder; give one that holds `node_modules`, the component beside its assets, or tarballs (`.tgz`)"
    )]
    NoFolder {
        /// Its last part.
        folder: String,
    },

    /// A folder that was given is a file.
    #[error(
        "{folder}: not a folder; give one that holds `node_modules`, the component beside its assets, or tarballs (`.tgz`)"
    )]
    NotAFolder {
        /// Its last part.
        folder: String,
    },

    /// Nothing of the SDK in a folder that was given.
    #[error("{folder}: holds nothing of the SDK: no `node_modules/@azure/ai-vision-face-ui`, no `node_modules/azure-ai-vision-face-ui`, no `FaceLivenessDetector.js`, no `facelivenessdetector-assets`, no tarball (`.tgz`){}", .near.as_ref().map(|near| format!("; did you mean its folder `{near}`?")).unwrap_or_default())]
    NothingFound {
        /// Its last part.
        folder: String,
        /// A folder in it that does hold it.
        near: Option<String>,
    },

    /// Only tarballs in a folder that was given: they are read, not found.
    #[error(
        "{folder}: holds tarballs, and nothing of the SDK beside them; unpack them, or let `visor` or `Scan::tarball` read them"
    )]
    OnlyTarballs {
        /// Its last part.
        folder: String,
    },

    /// Two components, or two asset folders.
    #[error("{what} found twice, in {one} and in {other}; give only the folder that is served")]
    FoundTwice {
        /// `component` or `assets`.
        what: &'static str,
        /// Where.
        one: String,
        /// And where.
        other: String,
    },

    /// A file without which some browser can't run the SDK.
    #[error(
        "{path}: {kind} is missing; deploy the complete SDK: a browser chooses its engine at run time"
    )]
    Missing {
        /// Its path in the package.
        path: String,
        /// What it is.
        kind: FileKind,
    },

    /// A file that no release of the SDK has.
    #[error(
        "{path}: not a file of the SDK; remove it: whatever lies in the SDK's folder is served"
    )]
    UnknownFile {
        /// Its path.
        path: String,
    },

    /// A symbolic link.
    #[error(
        "{path}: symbolic link; put the file itself there: a link can be pointed elsewhere without a trace"
    )]
    Symlink {
        /// Its path.
        path: String,
    },

    /// A package folder is a link to somewhere outside.
    #[error(
        "{path}: leads out of the folder that was given; give the folder that holds its target"
    )]
    LeavesRoot {
        /// Its path.
        path: String,
    },

    /// A socket, a pipe or a device.
    #[error("{path}: neither file nor folder; remove it")]
    NotAFile {
        /// Its path.
        path: String,
    },

    /// A name that some file system would change, refuse or show otherwise.
    #[error(
        "{path}: file name with other characters than ASCII letters, digits and `-._@+`, or with a dot at its end; file systems treat such names differently, rename it"
    )]
    OddName {
        /// Its path, escaped.
        path: String,
    },

    /// Two names that are one name on a file system that ignores case.
    #[error("{one} and {other}: the same name on file systems that ignore case; remove one")]
    Collision {
        /// One.
        one: String,
        /// The other.
        other: String,
    },

    /// Folders in folders in folders.
    #[error(
        "{path}: deeper than {} folders; the SDK is not, remove it",
        super::tree::DEEPEST
    )]
    TooDeep {
        /// Its path.
        path: String,
    },

    /// More files than an SDK has.
    #[error(
        "{folder}: more than {} files; the SDK has about 85, is this the right folder?",
        super::tree::MOST
    )]
    TooMany {
        /// The folder.
        folder: String,
    },

    /// A file larger than any of the SDK.
    #[error(
        "{path}: {bytes} bytes, more than the {} that a file of the SDK may have",
        super::tree::LARGEST
    )]
    TooLarge {
        /// Its path.
        path: String,
        /// Its size.
        bytes: u64,
    },

    /// A file without a byte.
    #[error("{path}: empty; no file of the SDK is, get the package again")]
    Empty {
        /// Its path.
        path: String,
    },

    /// What the operating system says.
    #[error("{path}: {kind}")]
    Io {
        /// The path that could not be read.
        path: String,
        /// Why.
        kind: io::ErrorKind,
    },

    /// A `package.json` that is none.
    #[error("{path}: {reason}; get the package again")]
    PackageJson {
        /// Its path.
        path: String,
        /// What is wrong.
        reason: String,
    },
}

crate::errors::debug_is_display!(TreeError);

impl TreeError {
    /// The path or the folder that it is about.
    pub fn subject(&self) -> &str {
        match self {
            Self::NoFolders => "",
            Self::NoFolder { folder }
            | Self::NotAFolder { folder }
            | Self::NothingFound { folder, .. }
            | Self::OnlyTarballs { folder }
            | Self::TooMany { folder } => folder,
            Self::FoundTwice { one, .. } | Self::Collision { one, .. } => one,
            Self::Missing { path, .. }
            | Self::UnknownFile { path }
            | Self::Symlink { path }
            | Self::LeavesRoot { path }
            | Self::NotAFile { path }
            | Self::OddName { path }
            | Self::TooDeep { path }
            | Self::TooLarge { path, .. }
            | Self::Empty { path }
            | Self::Io { path, .. }
            | Self::PackageJson { path, .. } => path,
        }
    }

    pub(super) fn io(path: &str, error: &io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            kind: error.kind(),
        }
    }
}
