//! Mistakes in how a layer is set up, and a body that is too long.

/// Why a [`RequireHttps`](super::RequireHttps) can't be created.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequireHttpsError {
    /// The policy has no page, and hence no origin to redirect to.
    #[error("the policy has no page: name the origin with `RequireHttps::at`")]
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

crate::errors::opaque! {
    /// Why a [`SessionRoutes`](super::SessionRoutes) or a [`Partner`](super::Partner) can't be
    /// created. It is a mistake in the setup, so it has only a message.
    pub struct SessionRoutesError(SessionRoutesFault);
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum SessionRoutesFault {
    #[error("the policy has no page: name the origin with `SessionRoutes::at`")]
    NoPage,
    #[error("`{origin}` is not on HTTPS: browsers send no Fetch Metadata there")]
    NotHttps { origin: String },
    #[error("partner `{origin}`: {reason}")]
    Partner { origin: String, reason: String },
}

/// The error that ends a [`SessionBody`](super::SessionBody) which is longer than its limit.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the body has more than {most} bytes")]
#[non_exhaustive]
pub struct BodyTooLarge {
    /// How many bytes it may have.
    pub most: u64,
}

crate::errors::debug_is_display!(RequireHttpsError, BodyTooLarge);
