//! The policy of the application's other pages, next to the page with the SDK.

use super::{Document, Kind, Policy, Relaxation, Resource};

/// What another page may show without being asked: none of it runs, connects or frames.
const SHOWN: [Resource; 4] = [
    Resource::Style,
    Resource::Image,
    Resource::Font,
    Resource::Media,
];

/// The policy of the application's other pages: they look like the page with the SDK, and have
/// nothing of what makes it powerful. No SDK, no wasm, no Face endpoint, no camera, no script,
/// nobody's frame, and none of the sources that an exception allowed for it.
///
/// Otherwise, whoever controls what a cache answers for one URL of the origin could run a changed
/// component with the camera on such a page.
pub(crate) fn for_other_pages(policy: &Policy) -> Policy {
    let mut others = policy.clone();
    let Some(page) = policy.page() else {
        return others;
    };
    let shown = page.resources.iter();
    let shown = shown.filter(|(resource, _)| SHOWN.contains(resource));
    others.kind = Kind::Document(Document {
        resources: shown.map(|(kind, at)| (*kind, at.clone())).collect(),
        ..Document::with_nothing(page.origin.clone())
    });
    others.features.clear();
    others
        .relaxed
        .retain(|relaxed| !matches!(relaxed.what, Relaxation::Source { .. }));
    others
}
