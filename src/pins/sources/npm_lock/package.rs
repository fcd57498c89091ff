//! A package in a lock file, and the formats of lock files.

use std::fmt;

use super::error::LockFault;
use crate::pins::sources::tree::Fault;
use crate::pins::sources::{RegistryHost, RegistryIntegrity};

/// One version of a package in a lock file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LockedPackage {
    /// The name under which the registry knows it; an alias is resolved.
    pub name: String,
    /// The exact version; `None` for a link, whose version lies in the folder it points to.
    pub version: Option<String>,
    /// The registry's integrity of the tarball, or why there is none.
    pub integrity: Result<RegistryIntegrity, NoIntegrity>,
    /// The host that it was resolved from, if the lock file says so.
    pub registry: Option<RegistryHost>,
    /// Other hosts that the same version was resolved from, each with the same strong integrity: the
    /// bytes are the same, although they come from different places. With a weak integrity, or none, two hosts
    /// are an error.
    pub also_from: Vec<RegistryHost>,
    /// Where the entry is in the lock file.
    pub place: String,
}

/// The format of a lock file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LockFormat {
    /// `package-lock.json` and `npm-shrinkwrap.json`.
    Npm,
    /// `yarn.lock` of yarn 1, in its own format.
    YarnClassic,
    /// `pnpm-lock.yaml`.
    Pnpm,
}

/// Why an entry has no integrity to check a tarball with.
#[derive(Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{0}")]
pub struct NoIntegrity(&'static str);

crate::errors::debug_is_display!(NoIntegrity);

impl NoIntegrity {
    /// An entry of a registry that simply lacks it.
    pub(super) const MISSING: Self = Self(
        "the lock file holds no integrity for it; delete the entry and install again, so that the registry's is written",
    );
    /// Lies inside the tarball of another package.
    pub(super) const BUNDLED: Self = Self(
        "it is bundled in another package and has no tarball of its own; depend on it directly",
    );
    /// A link to a folder.
    pub(super) const LINK: Self =
        Self("it is a link to a folder and has no tarball; install it from the registry");
    /// A file, a folder, a git repository or a patched copy.
    pub(super) const NOT_FROM_REGISTRY: Self = Self(
        "it comes from a file, a repository or a patch and not from a registry; install it from the registry",
    );
}

impl LockFormat {
    /// Knows the format by the marks that each package manager writes.
    pub(super) fn of(text: &str) -> Result<Self, LockFault> {
        if text.trim_start().starts_with('{') {
            return Ok(Self::Npm);
        }
        text.lines()
            .find_map(|line| {
                if line.starts_with("# yarn lockfile v1") {
                    Some(Ok(Self::YarnClassic))
                } else if line.starts_with("__metadata:") {
                    Some(Err(LockFault::YarnBerry))
                } else if line.starts_with("lockfileVersion:") {
                    Some(Ok(Self::Pnpm))
                } else {
                    None
                }
            })
            .unwrap_or(Err(LockFault::UnknownFormat))
    }

    pub(super) fn fault(self, fault: Fault) -> LockFault {
        LockFault::Syntax {
            format: self,
            line: fault.line,
            column: fault.column,
            reason: fault.reason,
        }
    }
}

impl fmt::Display for LockFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Npm => "a package-lock.json of npm",
            Self::YarnClassic => "a yarn.lock of yarn 1",
            Self::Pnpm => "a pnpm-lock.yaml",
        })
    }
}
