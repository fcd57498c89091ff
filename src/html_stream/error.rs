//! Why a body ends before its end.

/// Why a body was not rewritten to its end. The error of a [`StampedBody`](super::StampedBody) is
/// this, or the inner body's own.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StampError {
    /// A tag is too long, or elements are nested too deep.
    #[error(
        "html-stream: a tag or the nesting of elements needs more than {limit} bytes of memory: close every element, and keep data out of attributes"
    )]
    Memory {
        /// The most that one response may take.
        limit: usize,
    },

    /// Browsers may read the markup in two ways.
    #[error("html-stream: browsers may read this markup in two ways: {reason}")]
    Ambiguous {
        /// The parser's words.
        reason: String,
    },
}

crate::errors::debug_is_display!(StampError);
