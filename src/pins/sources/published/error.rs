//! What can be wrong with a list of digests.

use super::super::Stated;
use super::Published;
use crate::foreign;
use crate::sri::{Integrity, SriError};

crate::errors::opaque! {
    /// Why a list of digests can't be relied on, or what it says against a file.
    pub struct PublishedError(PublishedFault);

    /// What a [`PublishedError`] is about.
    pub enum PublishedErrorKind {
        /// A hash that proves nothing, such as MD5 or SHA-1.
        Weak = Weak,
        /// Two statements on one file that contradict each other.
        Contradiction = Contradiction | Ambiguous,
        /// A file that is not the published one.
        Differs = Differs,
    } else {
        /// Not a list of digests, or one with a malformed entry.
        List
    }
}

/// What is wrong, with the message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PublishedFault {
    #[error(
        "the list is {bytes} bytes long, over the limit of {}; is this the right file?",
        Published::LARGEST
    )]
    TooLarge { bytes: usize },

    #[error("byte {offset}: not UTF-8; save the list as text")]
    NotUtf8 { offset: usize },

    #[error("the list has no digests; give `sha384sum` lines or `path sha384-...` lines")]
    Nothing,

    #[error("{place}: neither `HEX  file`, `SHA384 (file) = HEX` nor `file sha384-...`")]
    Line { place: String },

    #[error(
        "{place}: {name} doesn't prove a file's content, since other files can be made to match; ask the publisher for sha256, sha384 or sha512"
    )]
    Weak { place: String, name: String },

    #[error(
        "{place}: not a digest of a known length; sha256 has 64 hexadecimal digits, sha384 96, sha512 128"
    )]
    Digest { place: String },

    #[error("{place}: {fault}")]
    Integrity { place: String, fault: SriError },

    #[error(
        "{place}: `{path}` doesn't name a file in the package; remove the entry or give its path in the package"
    )]
    Path { place: String, path: String },

    #[error(
        "`{}` has two digests: {one} and {other}; ask the publisher which is right",
        foreign::key(path)
    )]
    Contradiction {
        path: String,
        one: Box<Stated<Integrity>>,
        other: Box<Stated<Integrity>>,
    },

    #[error(
        "`{}` is not the published file: its digest is {found}, the published one is {published}; fetch the package again, and if it still differs, ask the publisher",
        foreign::key(path)
    )]
    Differs {
        path: String,
        found: crate::sri::Digest,
        published: Box<Stated<Integrity>>,
    },

    #[error(
        "`{}` could be `{}` or `{}` of the list, which differ; give the list of this package alone",
        foreign::key(path),
        foreign::key(one),
        foreign::key(other)
    )]
    Ambiguous {
        path: String,
        one: String,
        other: String,
    },
}

impl PublishedError {
    /// The file that a contradiction or a difference is about; empty for what is wrong with the list.
    pub fn path(&self) -> &str {
        match &self.0 {
            PublishedFault::Contradiction { path, .. }
            | PublishedFault::Differs { path, .. }
            | PublishedFault::Ambiguous { path, .. } => path,
            _ => "",
        }
    }
}
