//! Why some bytes are not a WAICT manifest.

crate::errors::opaque! {
    /// Why some bytes are not a manifest in any revision of the draft.
    pub struct WaictError(WaictFault);
}

/// What is wrong, with the message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum WaictFault {
    #[error("{found} bytes are too many: at most {most} are read")]
    TooLong { found: usize, most: usize },

    #[error("byte {position}: not UTF-8: write the manifest as UTF-8")]
    NotUtf8 { position: usize },

    #[error("line {line} column {column}: {reason}")]
    Json {
        line: usize,
        column: usize,
        reason: String,
    },

    #[error("{place}: must be {wanted}")]
    Form { place: String, wanted: &'static str },

    #[error("{place}: `{url}` is not a URL: {reason}")]
    Url {
        place: &'static str,
        url: String,
        reason: String,
    },

    #[error("{place}: `{text}` is not a SHA-256 digest in base64: 43 characters hold its 32 bytes")]
    Hash { place: String, text: String },
}
