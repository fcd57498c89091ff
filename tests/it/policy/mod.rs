//! Policies: what they send, what they refuse, and how they are configured.

mod applications;
#[cfg(feature = "serde")]
mod config;
mod connections;
mod exceptions;
mod further;
mod headers;
mod headers_only;
mod places;
mod rules;

use http::HeaderMap;
use tower_visor::policy::{HostKind, Policy};
use tower_visor::response::ResponseClass;

use crate::support::{document, liveness};

fn strict() -> Policy {
    Policy::strict(liveness(document(), "1.5.0"))
}

fn documents(policy: &Policy) -> HeaderMap {
    policy
        .compile()
        .unwrap()
        .headers(ResponseClass::Document, HostKind::Named)
}

/// The text of a directive in the documents' own policy.
fn directive(policy: &Policy, name: &str) -> Option<String> {
    let headers = documents(policy);
    let csp = headers["content-security-policy"].to_str().unwrap();
    csp.split("; ")
        .find(|directive| directive.split(' ').next() == Some(name))
        .map(str::to_owned)
}

/// All messages of a policy that doesn't compile.
fn faults(policy: &Policy) -> Vec<String> {
    let errors = policy.compile().unwrap_err();
    errors.iter().map(ToString::to_string).collect()
}

fn warnings(policy: &Policy) -> Vec<String> {
    let compiled = policy.compile().unwrap();
    compiled
        .warnings()
        .iter()
        .map(ToString::to_string)
        .collect()
}
