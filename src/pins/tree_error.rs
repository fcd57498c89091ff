//! What can be wrong with the folders that hold the SDK.

use std::io;

use crate::sdk::layout::FileKind;

/// A fault in the folders that hold the SDK.
///
/// Paths are relative to the folder that was given, with `/` between the parts: no message holds
/// a path of the machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum TreeError {
    #[error("no folder was given; give the one that contains the SDK")]
    NoFolders,

    #[error(
        "{folder}: no such folder; give one that contains `node_modules`, the component next to its assets, or tarballs (`.tgz`)"
    )]
    NoFolder { folder: String },

    #[error(
        "{folder}: not a folder; give one that contains `node_modules`, the component next to its assets, or tarballs (`.tgz`)"
    )]
    NotAFolder { folder: String },

    #[error("{folder}: contains no part of the SDK: no `node_modules/@azure/ai-vision-face-ui`, no `node_modules/azure-ai-vision-face-ui`, no `FaceLivenessDetector.js`, no `facelivenessdetector-assets`, no tarball (`.tgz`){}", .near.as_ref().map(|near| format!("; did you mean its folder `{near}`?")).unwrap_or_default())]
    NothingFound {
        folder: String,
        near: Option<String>,
    },

    #[error(
        "{folder}: contains tarballs, but nothing else of the SDK; unpack them, or let `visor` or `Scan::tarball` read them"
    )]
    OnlyTarballs { folder: String },

    #[error("{what} found twice, in {one} and in {other}; give only the folder that is served")]
    FoundTwice {
        what: &'static str,
        one: String,
        other: String,
    },

    #[error(
        "{path}: {kind} is missing; deploy the complete SDK: a browser chooses its engine at run time"
    )]
    Missing { path: String, kind: FileKind },

    #[error(
        "{path}: not a file of the SDK; remove it: whatever lies in the SDK's folder is served"
    )]
    UnknownFile { path: String },

    #[error(
        "{path}: symbolic link; put the file itself there: a link can be pointed elsewhere without a trace"
    )]
    Symlink { path: String },

    #[error(
        "{path}: leads out of the folder that was given; give the folder that holds its target"
    )]
    LeavesRoot { path: String },

    #[error("{path}: neither file nor folder; remove it")]
    NotAFile { path: String },

    #[error(
        "{path}: the file name has characters other than ASCII letters, digits and `-._@+`, or ends in a dot; file systems treat such names differently, rename it"
    )]
    OddName { path: String },

    #[error("{one} and {other}: the same name on file systems that ignore case; remove one")]
    Collision { one: String, other: String },

    #[error(
        "{path}: nested deeper than {} folders, which the SDK never is; remove it",
        super::tree::DEEPEST
    )]
    TooDeep { path: String },

    #[error(
        "{folder}: more than {} files; the SDK has about 85, is this the right folder?",
        super::tree::MOST
    )]
    TooMany { folder: String },

    #[error(
        "{path}: {bytes} bytes, more than the {} that a file of the SDK may have",
        super::tree::LARGEST
    )]
    TooLarge { path: String, bytes: u64 },

    #[error("{path}: empty, which no file of the SDK is; get the package again")]
    Empty { path: String },

    #[error("{path}: {kind}")]
    Io { path: String, kind: io::ErrorKind },

    #[error("{path}: {reason}; get the package again")]
    PackageJson { path: String, reason: String },
}

impl TreeError {
    /// The path or the folder that it is about.
    pub(super) fn subject(&self) -> &str {
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

    /// Nothing is known of what lies there.
    pub(super) const fn is_unreadable(&self) -> bool {
        matches!(
            self,
            Self::NoFolder { .. } | Self::NotAFolder { .. } | Self::Io { .. }
        )
    }

    pub(super) fn io(path: &str, error: &io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            kind: error.kind(),
        }
    }
}
