//! How files differ from their pins.

use std::fmt;

use super::TreeError;
use crate::sdk::Version;
use crate::sri::Digest;

/// One way in which the files differ from the pins, with what to do about it.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Difference {
    /// A fault in the folders themselves.
    #[error(transparent)]
    Tree(#[from] TreeError),

    /// A pinned file is not there.
    #[error("{path}: {}; {}", self.fact(), self.advice())]
    Missing {
        /// Its path.
        path: String,
    },

    /// A file that has no pin.
    #[error("{path}: {}; {}", self.fact(), self.advice())]
    Unpinned {
        /// Its path.
        path: String,
    },

    /// Other bytes, of the same number.
    #[error("{path}: {}; {}", self.fact(), self.advice())]
    Changed {
        /// Its path.
        path: String,
        /// The pin.
        expected: Box<Digest>,
        /// What the file has.
        found: Box<Digest>,
    },

    /// Another number of bytes.
    #[error("{path}: {}; {}", self.fact(), self.advice())]
    WrongSize {
        /// Its path.
        path: String,
        /// The pinned size.
        expected: u64,
        /// The file's size.
        found: u64,
    },

    /// The same text with other line endings.
    #[error("{path}: {}; {}", self.fact(), self.advice())]
    LineEndings {
        /// Its path.
        path: String,
        /// What the file has.
        found: LineEnding,
    },

    /// Another version than the pinned one is installed.
    #[error("{package}: {}; {}", self.fact(), self.advice())]
    Version {
        /// The package.
        package: &'static str,
        /// The pinned version.
        expected: Version,
        /// The installed one.
        found: Version,
    },

    /// A tarball that is not sound.
    #[cfg(feature = "pin")]
    #[error("{file}: {error}")]
    Tarball {
        /// The file's name.
        file: String,
        /// What is wrong.
        error: Box<super::sources::TarballError>,
    },

    /// A tarball with none of the recorded integrities, or not with its package's.
    #[error("{file}: {}; {}", self.fact(), self.advice())]
    TarballIntegrity {
        /// The file's name.
        file: String,
    },

    /// A tarball of another package.
    #[error("{file}: {}; {}", self.fact(), self.advice())]
    TarballPackage {
        /// The file's name.
        file: String,
        /// What its `package.json` says, shortened.
        found: String,
    },

    /// Two tarballs of one package.
    #[error("{file}: {}; {}", self.fact(), self.advice())]
    TarballTwice {
        /// The file's name.
        file: String,
        /// The package.
        package: &'static str,
    },

    /// A pinned package without its tarball.
    #[error("{package}: {}; {}", self.fact(), self.advice())]
    NoTarball {
        /// The package.
        package: &'static str,
    },

    /// A difference between the pins and what a tarball holds.
    #[error("{file}: {}: {}; {}", .difference.subject(), self.fact(), self.advice())]
    InTarball {
        /// The tarball's name.
        file: String,
        /// The difference, as if the files lay on disk.
        difference: Box<Self>,
    },
}

crate::errors::debug_is_display!(Difference);

impl Difference {
    /// The path or the package that it is about.
    pub fn subject(&self) -> &str {
        match self {
            Self::Missing { path }
            | Self::Unpinned { path }
            | Self::Changed { path, .. }
            | Self::WrongSize { path, .. }
            | Self::LineEndings { path, .. } => path,
            Self::Version { package, .. } | Self::NoTarball { package } => package,
            Self::Tree(error) => error.subject(),
            #[cfg(feature = "pin")]
            Self::Tarball { file, .. } => file,
            Self::TarballIntegrity { file }
            | Self::TarballPackage { file, .. }
            | Self::TarballTwice { file, .. } => file,
            Self::InTarball { difference, .. } => difference.subject(),
        }
    }

    /// A stable name for machines: `missing`, `unpinned`, `changed`, `wrong-size`,
    /// `line-endings`, `version`, `tarball`, `tree`. A file in a tarball has the code that it would
    /// have on disk.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Tree(_) => "tree",
            Self::Missing { .. } => "missing",
            Self::Unpinned { .. } => "unpinned",
            Self::Changed { .. } => "changed",
            Self::WrongSize { .. } => "wrong-size",
            Self::LineEndings { .. } => "line-endings",
            Self::Version { .. } => "version",
            #[cfg(feature = "pin")]
            Self::Tarball { .. } => "tarball",
            Self::TarballIntegrity { .. }
            | Self::TarballPackage { .. }
            | Self::TarballTwice { .. }
            | Self::NoTarball { .. } => "tarball",
            Self::InTarball { difference, .. } => difference.code(),
        }
    }

    /// What is different, without the subject and, where [`fix`](Self::fix) says it, without what to
    /// do.
    pub fn fact(&self) -> String {
        match self {
            Self::Tree(error) => {
                let sentence = error.to_string();
                let rest = sentence.strip_prefix(error.subject());
                let rest = rest.and_then(|rest| rest.strip_prefix(": "));
                rest.map_or_else(|| sentence.clone(), str::to_owned)
            }
            Self::Missing { .. } => "pinned, but missing".to_owned(),
            Self::Unpinned { .. } => "not pinned".to_owned(),
            Self::Changed {
                expected, found, ..
            } => format!("changed, it is {found} and not {expected}"),
            Self::WrongSize {
                expected, found, ..
            } => format!("changed, it has {found} bytes and not {expected}"),
            Self::LineEndings { found, .. } => format!(
                "differs in its line endings only, it has {found} instead of {}",
                found.other()
            ),
            Self::Version {
                expected, found, ..
            } => format!("version {found} is installed, {expected} is pinned"),
            #[cfg(feature = "pin")]
            Self::Tarball { error, .. } => error.to_string(),
            Self::TarballIntegrity { .. } => {
                "not a pinned tarball, it has not the integrity in the lock file".to_owned()
            }
            Self::TarballPackage { found, .. } => format!("it holds {found}, which is not pinned"),
            Self::TarballTwice { package, .. } => format!("a second tarball of {package}"),
            Self::NoTarball { .. } => "pinned, but none of the tarballs is it".to_owned(),
            // Nothing is installed out of a tarball.
            Self::InTarball { difference, .. } => match &**difference {
                Self::Version {
                    expected, found, ..
                } => format!("version {found}, {expected} is pinned"),
                other => other.fact(),
            },
        }
    }

    /// What to do about it; `None` for faults of folders and of tarballs, whose sentences end with it.
    pub fn fix(&self) -> Option<String> {
        Some(self.advice()).filter(|advice| !advice.is_empty())
    }

    fn advice(&self) -> String {
        let advice = match self {
            Self::LineEndings { path, .. } => {
                return format!(
                    "keep git from converting it: `{path} -text` in .gitattributes, then check it out again"
                );
            }
            Self::Tree(_) => "",
            Self::Missing { .. } => {
                "install the SDK again, or pin anew if the release no longer has it"
            }
            Self::Unpinned { .. } => "remove it, or pin anew if it belongs to the release",
            Self::Changed { .. } | Self::WrongSize { .. } => {
                "restore it from the package, and find out who changed it"
            }
            Self::Version { .. } => {
                "install the pinned one, or look at the differences with `visor update`"
            }
            #[cfg(feature = "pin")]
            Self::Tarball { .. } => "",
            Self::TarballIntegrity { .. } => {
                "get it again from the registry, or look at the differences with `visor update`"
            }
            Self::TarballPackage { .. } => "give the SDK's own tarballs",
            Self::TarballTwice { .. } => "give one",
            Self::NoTarball { .. } => "give its tarball, too",
            Self::InTarball { .. } => {
                "it is not the tarball that was pinned: get that one from the registry, or look at the differences with `visor update`"
            }
        };
        advice.to_owned()
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
