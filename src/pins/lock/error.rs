//! What is wrong with a `visor-lock.json`.

use std::io;
use std::path::Path;

use super::super::sources;
use crate::foreign::shown;
use crate::sdk::layout::FileKind;
use crate::sri::Algorithm;

/// Why a text is no lock file of pins, or why one can't be read or written.
///
/// `place` is the way to the value: `files[3].integrity`.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VisorLockError {
    /// What the operating system says.
    #[error("{file}: {kind}{}", if *.kind == io::ErrorKind::NotFound { "; make it with `visor pin`" } else { "" })]
    Io {
        /// The name of the file, without its folder.
        file: String,
        /// Why.
        kind: io::ErrorKind,
    },

    /// The folder that it should be written to is not there.
    #[error("{file}: its folder is not there; make the folder first")]
    NoFolder {
        /// The name of the file, without its folder.
        file: String,
    },

    /// Larger than any lock file.
    #[error("larger than {most} bytes; is this the right file?")]
    TooLarge {
        /// The most that is read.
        most: u64,
    },

    /// Not text.
    #[error("byte {position}: not UTF-8; make it again with `visor pin`")]
    NotUtf8 {
        /// Where the first bad byte stands.
        position: usize,
    },

    /// A merge was not finished.
    #[error(
        "line {line}: an unresolved merge conflict; resolve it, or make the file again with `visor pin`"
    )]
    MergeConflict {
        /// Line, from 1.
        line: usize,
    },

    /// Not JSON.
    #[error("line {line}, column {column}: {reason}")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What the parser says.
        reason: String,
    },

    /// Another version of the format.
    #[error(
        "schema: version `{found}` of the lock file is not known, this release reads {}; update tower-visor, or make the file again with `visor pin`",
        super::SCHEMA
    )]
    Schema {
        /// The version as written, shortened.
        found: String,
    },

    /// A key that must be there.
    #[error("{place}: missing; make the file again with `visor pin`")]
    Missing {
        /// Where it should be.
        place: String,
    },

    /// A key that the format does not have.
    #[error("{place}: unknown key{}; remove it", .hint)]
    UnknownKey {
        /// Where it stands.
        place: String,
        /// Perhaps what was meant.
        hint: String,
    },

    /// A value of another kind.
    #[error("{place}: should be {needed}")]
    Shape {
        /// Where it stands.
        place: String,
        /// What should stand there.
        needed: &'static str,
    },

    /// A value that is none.
    #[error("{place}: {reason}")]
    Value {
        /// Where it stands.
        place: String,
        /// Why, with the fix.
        reason: String,
    },

    /// A value that contradicts another one.
    #[error("{place}: `{found}` should be `{needed}`; {why}")]
    Contradiction {
        /// Where it stands.
        place: String,
        /// The value.
        found: String,
        /// What it has to be.
        needed: String,
        /// By which other value.
        why: &'static str,
    },

    /// The same thing twice.
    #[error("{place}: `{what}` stands twice; remove one")]
    Twice {
        /// Where the second one stands.
        place: String,
        /// A name or a path.
        what: String,
    },

    /// Digests of two algorithms.
    #[error(
        "{place}: {found}, but other files have {expected}; make the file again with one algorithm"
    )]
    Algorithm {
        /// Where it stands.
        place: String,
        /// The algorithm there.
        found: Algorithm,
        /// The algorithm of the first file.
        expected: Algorithm,
    },

    /// A file that no release of the SDK has.
    #[error("{place}: `{path}` is not a file of the SDK; remove the line")]
    UnknownFile {
        /// Where it stands.
        place: String,
        /// The path, shortened.
        path: String,
    },

    /// An override of something else than a picture or strings.
    #[error(
        "{place}: only pictures and language files can be overridden, not the {kind}; remove it"
    )]
    OverrideOfCode {
        /// Where it stands.
        place: String,
        /// What the file is.
        kind: FileKind,
    },

    /// A file without which some browser can't run the SDK.
    #[error(
        "files: no `{path}`; the {kind} must be pinned, make the file again from the complete SDK"
    )]
    Incomplete {
        /// Its path.
        path: String,
        /// What it is.
        kind: FileKind,
    },

    /// Packages that don't belong together.
    #[error("packages: they should be {needed}; make the file again with `visor pin`")]
    Packages {
        /// What they should be.
        needed: &'static str,
    },
}

crate::errors::debug_is_display!(VisorLockError);

impl VisorLockError {
    pub(super) fn io(path: &Path, error: &io::Error) -> Self {
        Self::Io {
            file: Self::name(path),
            kind: error.kind(),
        }
    }

    pub(super) fn name(path: &Path) -> String {
        let name = path.file_name().map(|name| name.to_string_lossy());
        shown(name.as_deref().unwrap_or("visor-lock.json"))
    }

    pub(super) fn syntax(fault: sources::tree::Fault) -> Self {
        Self::Syntax {
            line: fault.line,
            column: fault.column,
            reason: fault.reason,
        }
    }
}
