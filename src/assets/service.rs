//! The service, and how it is made.

use std::convert::Infallible;
use std::fmt;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower_service::Service;

use super::builder::AssetsBuilder;
use super::error::AssetsError;
use super::serve::{Paths, respond};
use super::set::Set;
use crate::errors::Errors;
use crate::events;
use crate::pins::Verified;
use crate::response::{Current, WholeBody};

/// The SDK's files, verified and in memory, as a tower service. See the [module](super).
///
/// Clones share the files, and a [`reload`](Self::reload) of one is a reload of all.
#[derive(Clone)]
pub struct PinnedAssets {
    current: Arc<Current<AssetsBuilder, Set>>,
    paths: Paths,
}

impl PinnedAssets {
    /// All files, to be revalidated each time they are used
    /// ([`AssetCaching::Revalidate`](super::AssetCaching::Revalidate)), and uncompressed. Other
    /// choices: [`PinnedAssets::builder`].
    ///
    /// # Errors
    /// As [`AssetsBuilder::build`]; with these choices, none occurs today.
    pub fn new(verified: &Verified<'_>) -> Result<Self, Errors<AssetsError>> {
        Self::builder().build(verified)
    }

    /// The available choices, at their defaults.
    pub fn builder() -> AssetsBuilder {
        AssetsBuilder::default()
    }

    /// The same files for a router that strips the pins' base from the path before it passes
    /// a request on, such as axum's `nest_service`: `/FaceLivenessDetector.js` in place of
    /// `/sdk/1.5.0/FaceLivenessDetector.js`. Nest it at exactly that base.
    #[must_use]
    pub fn nested(&self) -> Self {
        Self {
            current: Arc::clone(&self.current),
            paths: Paths::BelowBase,
        }
    }

    /// Replaces all files at once with newly verified ones, with the same choices as before. A
    /// request that came earlier is answered from the old ones, to its end.
    ///
    /// ```
    /// use tower_visor::assets::PinnedAssets;
    /// use tower_visor::pins::Pins;
    ///
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.4.8");
    /// # let newer = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.5.0");
    /// let pins = Pins::scan(folder).unwrap();
    /// let assets = PinnedAssets::new(&pins.verify(folder).unwrap()).unwrap();
    ///
    /// // Later: the new lock file, and the files that it pins.
    /// let pins = Pins::scan(newer).unwrap();
    /// match pins.verify(newer) {
    ///     Ok(verified) => assets.reload(&verified).unwrap(),
    ///     Err(differences) => eprintln!("still serving the old files: {differences:?}"),
    /// }
    /// ```
    ///
    /// # Errors
    /// As [`AssetsBuilder::build`]; and if the new pins are for another URL path, or have different
    /// bytes for a URL that browsers keep. Then nothing changes.
    pub fn reload(&self, verified: &Verified<'_>) -> Result<(), Errors<AssetsError>> {
        let next = Set::load(verified, &self.current.options);
        let done = next.and_then(|next| self.current.replace(next, Set::check_next));
        events::reloaded("assets", &done);
        done
    }

    /// Answers a request, at once and always.
    pub fn respond<B>(&self, request: &Request<B>) -> Response<WholeBody> {
        respond(&self.current.get(), self.paths, request)
    }
}

/// Without the bytes.
impl fmt::Debug for PinnedAssets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = self.current.get();
        f.debug_struct("PinnedAssets")
            .field("base", &set.base)
            .field("files", &set.len())
            .field("paths", &self.paths)
            .field("options", &self.current.options)
            .finish()
    }
}

impl<B> Service<Request<B>> for PinnedAssets {
    type Response = Response<WholeBody>;
    type Error = Infallible;
    type Future = Ready<Result<Response<WholeBody>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        ready(Ok(self.respond(&request)))
    }
}

impl AssetsBuilder {
    /// Prepares the responses for all files, from the bytes that were verified.
    ///
    /// # Errors
    /// All at once: compressed copies that don't match the pinned bytes;
    /// [`AssetCaching::Immutable`](super::AssetCaching::Immutable) under a URL path without the
    /// version; files of the application that are pages, that have the path of one of the SDK's, or
    /// whose names have no content type (see
    /// [`AppFiles::content_type`](crate::app::AppFiles::content_type)).
    pub fn build(self, verified: &Verified<'_>) -> Result<PinnedAssets, Errors<AssetsError>> {
        let set = Set::load(verified, &self)?;
        Ok(PinnedAssets {
            current: Arc::new(Current::new(self, set)),
            paths: Paths::Full,
        })
    }
}
