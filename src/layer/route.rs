//! A policy for some routes: a layer inside the application's.

use super::VisorLayer;
use crate::policy::CompiledPolicy;

impl CompiledPolicy {
    /// A layer that gives some routes a policy of their own, for axum's `Router::route_layer` and
    /// the like. The visor around the application then sends this policy's headers in place of its
    /// own; without such a visor, this layer sends them itself.
    ///
    /// ```
    /// use axum::{Router, response::Html, routing::get};
    /// use tower_layer::Layer as _;
    /// use tower_visor::{Document, Policy, Resource, VisorLayer};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let page = Document::new("https://www.contoso.example")?;
    /// let admin = page
    ///     .clone()
    ///     .loads(Resource::Script, "/admin.js")
    ///     .framed_by("https://partner.example");
    /// let admin = Policy::document(admin).compile()?;
    ///
    /// let router = Router::<()>::new()
    ///     .route("/admin", get(|| async { Html("<!doctype html><script src=/admin.js></script>") }))
    ///     .route_layer(admin.layer())
    ///     .route("/", get(|| async { Html("<!doctype html><title>Contoso</title>") }));
    /// let app = VisorLayer::new(&Policy::document(page))?.layer(router);
    /// # let _ = app;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// A policy with a nonce gets one here, and the visor around takes it over. A handler that puts a
    /// [`CompiledPolicy`] into its response has the last word.
    pub fn layer(self) -> VisorLayer {
        VisorLayer::compiled(self).inside()
    }
}
