//! `Nonce` as an axum extractor, and a policy as part of an axum response.

use axum_core::extract::FromRequestParts;
use axum_core::response::{IntoResponse, IntoResponseParts, Response, ResponseParts};
use http::StatusCode;
use http::request::Parts;

use super::Nonce;
use crate::policy::CompiledPolicy;

/// The [`Nonce`] extractor found none: the layer is not installed around this route, or its
/// policy names no nonce and [`VisorLayer::with_nonces`](super::VisorLayer::with_nonces) was not
/// called.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no nonce for this request: put a `VisorLayer` whose policy has a nonce around this route")]
#[non_exhaustive]
pub struct MissingNonce;

crate::errors::debug_is_display!(MissingNonce);

impl IntoResponse for MissingNonce {
    fn into_response(self) -> Response {
        // The visitor can't do anything about it; the message is for the developer.
        (StatusCode::INTERNAL_SERVER_ERROR, self.to_string()).into_response()
    }
}

/// ```
/// use axum::response::Html;
/// use tower_visor::layer::Nonce;
///
/// async fn page(nonce: Nonce) -> Html<String> {
///     Html(format!("<!doctype html><script nonce=\"{nonce}\" src=\"/app.js\"></script>"))
/// }
/// # let _: axum::Router = axum::Router::new().route("/", axum::routing::get(page));
/// ```
impl<S: Send + Sync> FromRequestParts<S> for Nonce {
    type Rejection = MissingNonce;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, MissingNonce> {
        parts.extensions.get::<Self>().copied().ok_or(MissingNonce)
    }
}

/// The policy of this one response.
///
/// ```
/// use axum::response::{Html, IntoResponse};
/// use tower_visor::policy::{CompiledPolicy, Policy};
///
/// async fn page(policy: CompiledPolicy) -> impl IntoResponse {
///     (policy, Html("<!doctype html><title>its own policy</title>"))
/// }
/// ```
impl IntoResponseParts for CompiledPolicy {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        parts.extensions_mut().insert(self);
        Ok(parts)
    }
}
