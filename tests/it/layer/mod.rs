//! The layer, over real sockets: what every kind of response carries.

mod application;
mod https;
mod nested;
#[cfg(feature = "nonce")]
mod nonces;
mod raw;
mod responses;
mod routes;
mod sessions;
mod sessions_answers;
mod sessions_any;
mod unseen;
mod workers;

use crate::server;
use crate::support::{document, liveness};
use tower_visor::policy::{Document, Policy};

fn strict(document: Document) -> Policy {
    Policy::strict(liveness(document, "1.5.0"))
}

fn hashes() -> Policy {
    strict(document())
}

#[cfg(feature = "nonce")]
fn nonces() -> Policy {
    strict(document().scripts_by(tower_visor::policy::ScriptTrust::Nonce))
}
