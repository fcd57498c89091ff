//! What is wrong with how a layer is set up.

/// Why there is no [`RequireHttps`](super::RequireHttps).
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequireHttpsError {
    /// The policy has no page, and so no origin to send anybody to.
    #[error("the policy has no page: name the origin by `RequireHttps::at`")]
    NoPage,

    /// The policy's page is not on HTTPS.
    #[error("`{origin}` is not on HTTPS: leave the layer out on a developer's machine")]
    NotHttps {
        /// The policy's origin.
        origin: String,
    },

    /// What should be a path isn't.
    #[error("`{text}` is not a path: write for example `/healthz`, without a query")]
    Path {
        /// As it was given, shortened.
        text: String,
    },
}

crate::errors::debug_is_display!(RequireHttpsError);
