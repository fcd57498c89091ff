//! How files differ from their pins.

use std::fmt;

use super::TreeError;
use crate::sdk::Version;
use crate::sri::Digest;

/// One way in which the files differ from the pins, with what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Difference {
    /// A fault in the folders themselves.
    #[error(transparent)]
    Tree(#[from] TreeError),

    /// A pinned file is not there.
    #[error(
        "{path}: pinned, but missing; install the SDK again, or pin anew if the release no longer has it"
    )]
    Missing {
        /// Its path.
        path: String,
    },

    /// A file that has no pin.
    #[error("{path}: not pinned; remove it, or pin anew if it belongs to the release")]
    Unpinned {
        /// Its path.
        path: String,
    },

    /// Other bytes, of the same number.
    #[error(
        "{path}: changed, it is {found} and not {expected}; restore it from the package, and find out who changed it"
    )]
    Changed {
        /// Its path.
        path: String,
        /// The pin.
        expected: Box<Digest>,
        /// What the file has.
        found: Box<Digest>,
    },

    /// Another number of bytes.
    #[error(
        "{path}: changed, it has {found} bytes and not {expected}; restore it from the package, and find out who changed it"
    )]
    WrongSize {
        /// Its path.
        path: String,
        /// The pinned size.
        expected: u64,
        /// The file's size.
        found: u64,
    },

    /// The same text with other line endings.
    #[error("{path}: differs in its line endings only, it has {found} instead of {}; keep git from converting it: `{path} -text` in .gitattributes, then check it out again", found.other())]
    LineEndings {
        /// Its path.
        path: String,
        /// What the file has.
        found: LineEnding,
    },

    /// Another version than the pinned one is installed.
    #[error(
        "{package}: version {found} is installed, {expected} is pinned; install the pinned one, or look at the differences with `visor update`"
    )]
    Version {
        /// The package.
        package: &'static str,
        /// The pinned version.
        expected: Version,
        /// The installed one.
        found: Version,
    },
}

impl Difference {
    /// The path or the package that it is about.
    pub fn subject(&self) -> &str {
        match self {
            Self::Missing { path }
            | Self::Unpinned { path }
            | Self::Changed { path, .. }
            | Self::WrongSize { path, .. }
            | Self::LineEndings { path, .. } => path,
            Self::Version { package, .. } => package,
            Self::Tree(error) => error.subject(),
        }
    }

    /// A stable name for machines: `missing`, `unpinned`, `changed`, `wrong-size`,
    /// `line-endings`, `version`, `tree`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Tree(_) => "tree",
            Self::Missing { .. } => "missing",
            Self::Unpinned { .. } => "unpinned",
            Self::Changed { .. } => "changed",
            Self::WrongSize { .. } => "wrong-size",
            Self::LineEndings { .. } => "line-endings",
            Self::Version { .. } => "version",
        }
    }
}

/// How lines end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LineEnding {
    /// A line feed.
    Lf,
    /// A carriage return and a line feed.
    CrLf,
}

impl LineEnding {
    const fn other(self) -> Self {
        match self {
            Self::Lf => Self::CrLf,
            Self::CrLf => Self::Lf,
        }
    }
}

impl fmt::Display for LineEnding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lf => "LF",
            Self::CrLf => "CRLF",
        })
    }
}
