//! What the application's other pages get, beside the page with the SDK.

use super::{Document, Kind, Policy, Relaxation, Resource};

/// What another page may show without being asked: none of it runs, connects or frames.
const SHOWN: [Resource; 4] = [
    Resource::Style,
    Resource::Image,
    Resource::Font,
    Resource::Media,
];

impl Policy {
    /// The policy of the application's other pages: they look like the page with the SDK, and
    /// have nothing of what makes it powerful. No SDK, no wasm, no Face endpoint, no camera, no
    /// script, nobody's frame, and none of the sources that an exception allowed for it.
    ///
    /// Who controls what a cache answers for one URL of the origin would run a changed component
    /// with the camera on such a page otherwise.
    pub(crate) fn for_other_pages(&self) -> Self {
        let Some(page) = self.page() else {
            return self.clone();
        };
        let shown = page.resources.iter();
        let shown = shown.filter(|(resource, _)| SHOWN.contains(resource));
        let others = Document {
            resources: shown.map(|(kind, at)| (*kind, at.clone())).collect(),
            ..Document::with_nothing(page.origin.clone())
        };
        let mut policy = self.clone();
        policy.kind = Kind::Document(others);
        policy.features.clear();
        policy
            .relaxed
            .retain(|relaxed| !matches!(relaxed.what, Relaxation::Source { .. }));
        policy
    }
}
