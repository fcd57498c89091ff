//! What the tests of several rooms begin with: a page as a user would write it, the stand-in SDK,
//! and its pins.

#[cfg(feature = "pin")]
pub(crate) mod registry;
pub(crate) mod tree;

use tower_visor::pins::{Pins, Scan};
use tower_visor::policy::{Document, LivenessPage, Policy, Resource};
use tower_visor::sdk::Endpoint;

pub(crate) use tree::fixture as sdk;

pub(crate) const ORIGIN: &str = "https://liveness.contoso.example";

/// The page of an application that has a script, a style sheet and an answer for tokens.
pub(crate) fn document() -> Document {
    Document::new(ORIGIN)
        .unwrap()
        .loads(Resource::Script, "/app.js")
        .loads(Resource::Style, "/app.css")
        .loads(Resource::Connect, "/api/session")
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::resource("contoso").unwrap()
}

/// The page with the SDK, whose files are known by their URLs alone.
pub(crate) fn liveness(document: Document, version: &str) -> LivenessPage {
    LivenessPage::new(document, version.parse().unwrap(), endpoint())
}

/// The page with the SDK, whose files are known by their digests.
pub(crate) fn pinned(document: Document, pins: &Pins) -> Policy {
    Policy::strict(LivenessPage::pinned(document, pins, endpoint()))
}

/// The pins of the stand-in, served under a base.
pub(crate) fn pins(base: &str) -> Pins {
    Scan::new(sdk("1.5.0")).served_at(base).run().unwrap()
}

/// The bytes of a file of `fixtures`.
pub(crate) fn read(path: &str) -> Vec<u8> {
    let path = tree::fixtures().join(path);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
