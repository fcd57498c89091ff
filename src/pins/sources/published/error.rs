//! What can be wrong with a list of digests.

use super::super::Stated;
use super::Published;
use crate::foreign;
use crate::sri::{Integrity, SriError};

/// Why a list of digests can't be relied on, or what it says against a file.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublishedError {
    /// Larger than any list.
    #[error(
        "the list is {bytes} bytes long, more than the {} that are read; is this the right file?",
        Published::LARGEST
    )]
    TooLarge {
        /// Its size in bytes.
        bytes: usize,
    },

    /// Not text.
    #[error("byte {offset}: not UTF-8; save the list as text")]
    NotUtf8 {
        /// Where the first bad byte stands.
        offset: usize,
    },

    /// No digest in it.
    #[error("a list without a digest; give `sha384sum` lines or `path sha384-...` lines")]
    Nothing,

    /// A line of no known form.
    #[error("{place}: neither `HEX  file`, `SHA384 (file) = HEX` nor `file sha384-...`")]
    Line {
        /// Where.
        place: String,
    },

    /// A hash for which somebody can make another file, or nearly.
    #[error(
        "{place}: {name} doesn't prove a file's content, others can be made to match; ask the publisher for sha256, sha384 or sha512"
    )]
    Weak {
        /// Where.
        place: String,
        /// The algorithm.
        name: String,
    },

    /// Hexadecimal digits of the wrong number, or something else.
    #[error(
        "{place}: no digest of a known length; sha256 has 64 hexadecimal digits, sha384 96, sha512 128"
    )]
    Digest {
        /// Where.
        place: String,
    },

    /// Malformed integrity metadata.
    #[error("{place}: {fault}")]
    Integrity {
        /// Where.
        place: String,
        /// What is wrong with it.
        fault: SriError,
    },

    /// No path, or one that leaves its folder.
    #[error(
        "{place}: `{path}` names no file below the package; remove the entry or give its path in the package"
    )]
    Path {
        /// Where.
        place: String,
        /// The path as written, shortened.
        path: String,
    },

    /// One path with two digests.
    #[error(
        "`{}` has two digests: {one} and {other}; ask the publisher which is right",
        foreign::key(path)
    )]
    Contradiction {
        /// The path.
        path: String,
        /// One digest, and where it stands.
        one: Box<Stated<Integrity>>,
        /// The other.
        other: Box<Stated<Integrity>>,
    },

    /// A file that is not the published one.
    #[error(
        "`{}` is not the published file: its digest is {found}, published is {published}; fetch the package again, and if it stays so, ask the publisher",
        foreign::key(path)
    )]
    Differs {
        /// The file.
        path: String,
        /// The digest of the file that was found.
        found: crate::sri::Digest,
        /// What was published, and where it stands.
        published: Box<Stated<Integrity>>,
    },

    /// Several entries that could mean one file and don't agree.
    #[error(
        "`{}` could be `{}` or `{}` of the list, which differ; give the list of this package alone",
        foreign::key(path),
        foreign::key(one),
        foreign::key(other)
    )]
    Ambiguous {
        /// The file.
        path: String,
        /// One path of the list.
        one: String,
        /// The other.
        other: String,
    },
}

crate::errors::debug_is_display!(PublishedError);
