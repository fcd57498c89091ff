//! The layer, over real sockets: what every kind of response carries.

mod application;
#[cfg(feature = "nonce")]
mod nonces;
mod responses;

use crate::server;
use tower_visor::policy::{Document, LivenessPage, Policy, Resource};
use tower_visor::sdk::Endpoint;

/// A liveness page as a user would write it.
fn document() -> Document {
    Document::new("https://contoso.example")
        .unwrap()
        .loads(Resource::Script, "/app.js")
        .unwrap()
}

fn strict(document: Document) -> Policy {
    let endpoint = Endpoint::resource("contoso").unwrap();
    Policy::strict(LivenessPage::new(
        document,
        "1.5.0".parse().unwrap(),
        endpoint,
    ))
}

fn hashes() -> Policy {
    strict(document())
}

#[cfg(feature = "nonce")]
fn nonces() -> Policy {
    strict(document().scripts_by(tower_visor::policy::ScriptTrust::Nonce))
}
