//! Why a site can't be exported, or an export is not what was written.

use std::io;

use super::Hosting;

crate::errors::opaque! {
    /// Why a site can't be exported, or what is wrong with an export. Each message includes the fix.
    pub struct ExportError(ExportFault);
}

impl ExportError {
    /// Whether it is what [`check`](super::check) looks for: a folder that is not as it was written.
    pub const fn is_difference(&self) -> bool {
        matches!(
            self.0,
            ExportFault::Differs { .. } | ExportFault::Missing { .. } | ExportFault::Unknown { .. }
        )
    }
}

/// What is wrong, with the message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ExportFault {
    #[error(
        "{path}: {hosting} allows {most} bytes for one {what}, but `{header}` has {length}: {way}"
    )]
    TooLong {
        hosting: Hosting,
        path: String,
        header: String,
        what: &'static str,
        length: usize,
        most: usize,
        way: &'static str,
    },

    #[error("{hosting} allows {most} {what}, but the site needs {count}: {way}")]
    TooMany {
        hosting: Hosting,
        what: &'static str,
        count: usize,
        most: usize,
        way: &'static str,
    },

    #[error(
        "{path}: `{sign}` in `{header}` can't be written for {hosting}: remove it from the policy"
    )]
    Sign {
        hosting: Hosting,
        path: String,
        header: String,
        sign: char,
    },

    #[error(
        "{path}: it uses nonces, and {hosting} can't make a new one for each response: name scripts by hash or URL"
    )]
    Nonce { hosting: Hosting, path: String },

    #[error(
        "{path}: {hosting} can't serve a file with that name ({reason}): rename it, or leave it out with `without`"
    )]
    Name {
        hosting: Hosting,
        path: String,
        reason: &'static str,
    },

    #[error(
        "{path}: differs from `{other}` only in letter case, so a disk or a host may keep just one of them: rename one"
    )]
    OneCase { path: String, other: String },

    #[error(
        "{path}: {hosting} reads its configuration from a file with that name: remove yours from the application's folder"
    )]
    Reserved { hosting: Hosting, path: String },

    #[error(
        "{path}: {hosting} has one answer for that path, and the site has two, {one} and {other}: rename one, or leave it out"
    )]
    OnePath {
        hosting: Hosting,
        path: String,
        one: String,
        other: String,
    },

    #[error(
        "pages at `{one}` and `{other}`: {hosting} has one answer for a path that fits both: {way}"
    )]
    OnePattern {
        hosting: Hosting,
        one: String,
        other: String,
        way: &'static str,
    },

    #[error("{path}: is a file, and `{other}` needs a folder of that name: rename one")]
    FileAndFolder { path: String, other: String },

    #[error(
        "page at `{pattern}`: {hosting} can't serve one page for these paths ({reason}): {way}"
    )]
    Pattern {
        hosting: Hosting,
        pattern: String,
        reason: &'static str,
        way: &'static str,
    },

    #[error(
        "`{root}` can't be the export's folder on the server: give an absolute path without quotes, `$`, `%`, braces or control characters"
    )]
    Root { root: String },

    #[error("proxy `{path}`: {reason}")]
    Proxy { path: String, reason: String },

    #[error(
        "`{folder}` exists and is not an export of a site: name a new folder, or remove this one"
    )]
    NotAnExport { folder: String },

    #[error(
        "{path}: {kind}: nothing was exported, and what was there before is as it was; make room or give another folder, and build it again"
    )]
    NotWritten { path: String, kind: io::ErrorKind },

    #[error("{path}: {kind}")]
    Io { path: String, kind: io::ErrorKind },

    #[error("{path}: not as it was exported: build the export again")]
    Differs { path: String },

    #[error("{path}: was exported, but is missing: build the export again")]
    Missing { path: String },

    #[error("{path}: exists, but was not exported: remove it, or build the export again")]
    Unknown { path: String },

    #[error("visor-export.json: {reason}: build the export again")]
    Manifest { reason: String },
}

impl ExportFault {
    pub(super) fn io(path: &str, error: &io::Error) -> Self {
        let path = crate::foreign::shown(path);
        let kind = error.kind();
        Self::Io { path, kind }
    }
}
