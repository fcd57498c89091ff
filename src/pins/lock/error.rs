//! What is wrong with a `visor-lock.json`.

use std::io;
use std::path::Path;

use super::super::sources;
use crate::foreign::shown;
use crate::sdk::layout::FileKind;
use crate::sri::Algorithm;

crate::errors::opaque! {
    /// Why a text is not a lock file of pins, or why such a file can't be read or written.
    ///
    /// `place` is the way to the value: `files[3].integrity`.
    pub struct VisorLockError(VisorLockFault);

    /// What a [`VisorLockError`] is about.
    pub enum VisorLockErrorKind {
        /// The file can't be read or written; the operating system says why.
        Io = Io | NoFile | NoFolder,
        /// There is a lock file already, which is not overwritten.
        Exists = Exists,
        /// Not the JSON of a lock file: cut off, an unresolved merge conflict, another file.
        Syntax = TooLarge | NotUtf8 | MergeConflict | Syntax,
        /// Of a schema version that this release doesn't know.
        Schema = Schema,
    } else {
        /// A value that is missing, malformed, or contradicts another one.
        Content
    }
}

/// What is wrong, with the message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::pins) enum VisorLockFault {
    #[error("no such file: {file}; create it with `visor pin`")]
    NoFile { file: String },

    #[error("{file}: {kind}")]
    Io { file: String, kind: io::ErrorKind },

    #[error(
        "{file}: exists; look at what would change with `visor update`, or overwrite it with `Pins::replace`"
    )]
    Exists { file: String },

    #[error("{file}: its folder doesn't exist; create it first")]
    NoFolder { file: String },

    #[error("larger than {most} bytes; is this the right file?")]
    TooLarge { most: u64 },

    #[error("byte {position}: not UTF-8; create it again with `visor pin`")]
    NotUtf8 { position: usize },

    #[error(
        "line {line}: an unresolved merge conflict; resolve it, or create the file again with `visor pin`"
    )]
    MergeConflict { line: usize },

    #[error("line {line}, column {column}: {reason}")]
    Syntax {
        line: usize,
        column: usize,
        reason: String,
    },

    #[error(
        "schema: version `{found}` of the lock file is not known, this release reads {}; update tower-visor, or create the file again with `visor pin`",
        super::write::SCHEMA
    )]
    Schema { found: String },

    #[error("{place}: missing; create the file again with `visor pin`")]
    Missing { place: String },

    #[error("{place}: unknown key{}; remove it", .hint)]
    UnknownKey { place: String, hint: String },

    #[error("{place}: should be {needed}")]
    Shape { place: String, needed: &'static str },

    #[error("{place}: {reason}")]
    Value { place: String, reason: String },

    #[error("{place}: `{found}` should be `{needed}`; {why}")]
    Contradiction {
        place: String,
        found: String,
        needed: String,
        why: &'static str,
    },

    #[error("{place}: `{what}` appears twice; remove one")]
    Twice { place: String, what: String },

    #[error(
        "{place}: {found}, but other files have {expected}; create the file again with one algorithm"
    )]
    Algorithm {
        place: String,
        found: Algorithm,
        expected: Algorithm,
    },

    #[error("{place}: `{path}` is not a file of the SDK; remove the line")]
    UnknownFile { place: String, path: String },

    #[error(
        "{place}: only pictures and language files can be overridden, not the {kind}; remove it"
    )]
    OverrideOfCode { place: String, kind: FileKind },

    #[error(
        "files: no `{path}`; the {kind} must be pinned, create the file again from the complete SDK"
    )]
    Incomplete { path: String, kind: FileKind },

    #[error("packages: they should be {needed}; create the file again with `visor pin`")]
    Packages { needed: &'static str },
}

impl VisorLockFault {
    pub(super) fn io(path: &Path, error: &io::Error) -> Self {
        let file = Self::name(path);
        match error.kind() {
            io::ErrorKind::NotFound => Self::NoFile { file },
            kind => Self::Io { file, kind },
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
