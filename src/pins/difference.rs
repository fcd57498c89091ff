//! How files differ from their pins.

use std::fmt;

use super::TreeError;
use crate::sdk::Version;
use crate::sri::Digest;

crate::errors::opaque! {
    /// One way in which the files differ from the pins, and what to do about it.
    pub struct Difference(DifferenceFault);
}

/// What is wrong, with the message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum DifferenceFault {
    #[error(transparent)]
    Unreadable(TreeError),

    #[error(transparent)]
    Tree(TreeError),

    #[error("{path}: {}; {}", self.fact(), self.advice())]
    Missing { path: String },

    #[error("{path}: {}; {}", self.fact(), self.advice())]
    Unpinned { path: String },

    #[error("{path}: {}; {}", self.fact(), self.advice())]
    Changed {
        path: String,
        expected: Box<Digest>,
        found: Box<Digest>,
    },

    #[error("{path}: {}; {}", self.fact(), self.advice())]
    WrongSize {
        path: String,
        expected: u64,
        found: u64,
    },

    #[error("{path}: {}; {}", self.fact(), self.advice())]
    LineEndings { path: String, found: LineEnding },

    #[error("{package}: {}; {}", self.fact(), self.advice())]
    Version {
        package: &'static str,
        expected: Version,
        found: Version,
    },

    #[error("{path}: {}; {}", self.fact(), self.advice())]
    OtherRelease {
        path: String,
        expected: Version,
        found: Version,
    },

    #[cfg(feature = "pin")]
    #[error("{file}: {error}")]
    Tarball {
        file: String,
        error: Box<super::sources::TarballError>,
    },

    #[cfg(feature = "pin")]
    #[error("{file}: {}; {}", self.fact(), self.advice())]
    TarballIntegrity { file: String },

    #[cfg(feature = "pin")]
    #[error("{file}: {}; {}", self.fact(), self.advice())]
    TarballPackage { file: String, found: String },

    #[cfg(feature = "pin")]
    #[error("{file}: {}; {}", self.fact(), self.advice())]
    TarballTwice { file: String, package: &'static str },

    #[cfg(feature = "pin")]
    #[error("{package}: {}; {}", self.fact(), self.advice())]
    NoTarball { package: &'static str },

    #[cfg(feature = "pin")]
    #[error("{file}: {}: {}; {}", .difference.subject(), self.fact(), self.advice())]
    InTarball { file: String, difference: Box<Self> },
}

impl From<TreeError> for DifferenceFault {
    fn from(error: TreeError) -> Self {
        if error.is_unreadable() {
            Self::Unreadable(error)
        } else {
            Self::Tree(error)
        }
    }
}

impl Difference {
    /// The path or the package that it is about.
    pub fn subject(&self) -> &str {
        self.0.subject()
    }

    /// The name of the tarball that holds the file that differs.
    pub fn tarball(&self) -> Option<&str> {
        match &self.0 {
            #[cfg(feature = "pin")]
            DifferenceFault::InTarball { file, .. } => Some(file),
            _ => None,
        }
    }

    /// What kind of difference it is. A file in a tarball has the one that it would have on disk.
    pub const fn kind(&self) -> DifferenceKind {
        self.0.kind()
    }

    /// What is different, without the subject and, where [`fix`](Self::fix) says it, without what to
    /// do.
    pub fn fact(&self) -> String {
        self.0.fact()
    }

    /// What to do about it; `None` for faults of folders and of tarballs, whose sentences end with it.
    pub fn fix(&self) -> Option<String> {
        Some(self.0.advice()).filter(|advice| !advice.is_empty())
    }
}

/// What kind of [`Difference`] it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DifferenceKind {
    /// A folder that is not there or can't be read, so that nothing is known of its files.
    Unreadable,
    /// A fault in the folders themselves.
    Tree,
    /// A pinned file is not there.
    Missing,
    /// A file that has no pin.
    Unpinned,
    /// Other bytes.
    Changed,
    /// The same text with other line endings: git's doing, not an attack.
    LineEndings,
    /// A version other than the pinned one is installed.
    Version,
    /// A tarball that is damaged, not a pinned one, or given twice.
    Tarball,
    /// A pinned package without its tarball. If a folder was verified too, one tarball is enough.
    NoTarball,
}

impl DifferenceFault {
    pub(super) fn subject(&self) -> &str {
        match self {
            Self::Missing { path }
            | Self::Unpinned { path }
            | Self::Changed { path, .. }
            | Self::WrongSize { path, .. }
            | Self::LineEndings { path, .. }
            | Self::OtherRelease { path, .. } => path,
            Self::Version { package, .. } => package,
            Self::Unreadable(error) | Self::Tree(error) => error.subject(),
            #[cfg(feature = "pin")]
            Self::Tarball { file, .. }
            | Self::TarballIntegrity { file }
            | Self::TarballPackage { file, .. }
            | Self::TarballTwice { file, .. } => file,
            #[cfg(feature = "pin")]
            Self::NoTarball { package } => package,
            #[cfg(feature = "pin")]
            Self::InTarball { difference, .. } => difference.subject(),
        }
    }

    const fn kind(&self) -> DifferenceKind {
        match self {
            Self::Unreadable(_) => DifferenceKind::Unreadable,
            Self::Tree(_) => DifferenceKind::Tree,
            Self::Missing { .. } => DifferenceKind::Missing,
            Self::Unpinned { .. } => DifferenceKind::Unpinned,
            Self::Changed { .. } | Self::WrongSize { .. } => DifferenceKind::Changed,
            Self::LineEndings { .. } => DifferenceKind::LineEndings,
            Self::Version { .. } | Self::OtherRelease { .. } => DifferenceKind::Version,
            #[cfg(feature = "pin")]
            Self::NoTarball { .. } => DifferenceKind::NoTarball,
            #[cfg(feature = "pin")]
            Self::InTarball { difference, .. } => difference.kind(),
            #[cfg(feature = "pin")]
            _ => DifferenceKind::Tarball,
        }
    }

    fn fact(&self) -> String {
        match self {
            Self::Unreadable(error) | Self::Tree(error) => {
                let sentence = error.to_string();
                let rest = sentence.strip_prefix(error.subject());
                let rest = rest.and_then(|rest| rest.strip_prefix(": "));
                rest.map_or_else(|| sentence.clone(), str::to_owned)
            }
            Self::Missing { .. } => "pinned, but missing".to_owned(),
            Self::Unpinned { .. } => "not pinned".to_owned(),
            Self::Changed {
                expected, found, ..
            } => format!("changed: it is {found} instead of {expected}"),
            Self::WrongSize {
                expected, found, ..
            } => format!("changed: it has {found} bytes instead of {expected}"),
            Self::LineEndings { found, .. } => format!(
                "differs only in its line endings, which are {found} instead of {}",
                found.other()
            ),
            Self::Version {
                expected, found, ..
            } => format!("version {found} is installed, {expected} is pinned"),
            Self::OtherRelease {
                expected, found, ..
            } => format!("it is of {found}, and the SDK is pinned as {expected}"),
            #[cfg(feature = "pin")]
            Self::Tarball { error, .. } => error.to_string(),
            #[cfg(feature = "pin")]
            Self::TarballIntegrity { .. } => {
                "not a pinned tarball: its integrity isn't in the lock file".to_owned()
            }
            #[cfg(feature = "pin")]
            Self::TarballPackage { found, .. } => {
                format!("it contains {found}, which is not pinned")
            }
            #[cfg(feature = "pin")]
            Self::TarballTwice { package, .. } => format!("a second tarball of {package}"),
            #[cfg(feature = "pin")]
            Self::NoTarball { .. } => "pinned, but not among the tarballs".to_owned(),
            // Nothing is installed out of a tarball.
            #[cfg(feature = "pin")]
            Self::InTarball { difference, .. } => match &**difference {
                Self::Version {
                    expected, found, ..
                } => format!("version {found}, {expected} is pinned"),
                other => other.fact(),
            },
        }
    }

    fn advice(&self) -> String {
        let advice = match self {
            Self::LineEndings { path, .. } => {
                return format!(
                    "keep git from converting it: `{path} -text` in .gitattributes, then check it out again"
                );
            }
            Self::Unreadable(_) | Self::Tree(_) => "",
            Self::Missing { .. } => {
                "install the SDK again, or pin again if the release no longer has it"
            }
            Self::Unpinned { .. } => "remove it, or pin again if it belongs to the release",
            Self::Changed { .. } | Self::WrongSize { .. } => {
                "restore it from the package, and find out who changed it"
            }
            Self::Version { .. } => {
                "install the pinned one, or look at the differences with `visor update`"
            }
            Self::OtherRelease { .. } => {
                "get component and assets of one release, and pin them with `visor pin`"
            }
            #[cfg(feature = "pin")]
            Self::Tarball { .. } => "",
            #[cfg(feature = "pin")]
            Self::TarballIntegrity { .. } => {
                "get it again from the registry, or look at the differences with `visor update`"
            }
            #[cfg(feature = "pin")]
            Self::TarballPackage { .. } => "give the SDK's own tarballs",
            #[cfg(feature = "pin")]
            Self::TarballTwice { .. } => "give one",
            #[cfg(feature = "pin")]
            Self::NoTarball { .. } => "give its tarball too",
            #[cfg(feature = "pin")]
            Self::InTarball { .. } => {
                "it is not the tarball that was pinned: get that one from the registry, or look at the differences with `visor update`"
            }
        };
        advice.to_owned()
    }
}

/// How lines end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineEnding {
    Lf,
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
