//! Policies as configuration, in TOML and JSON.

use tower_visor::csp::{Csp, PolicyList};
use tower_visor::policy::{HostKind, Policy};
use tower_visor::response::ResponseClass;

use super::{are_messages, seeds};

/// A configuration; JSON when it begins as such.
pub fn run(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let read = if text.trim_start().starts_with('{') {
        serde_json::from_str::<Policy>(text).ok()
    } else {
        toml::from_str::<Policy>(text).ok()
    };
    let Some(policy) = read else {
        return;
    };
    let json = serde_json::to_string(&policy).expect("JSON");
    assert_eq!(
        serde_json::from_str::<Policy>(&json).expect("what was written"),
        policy
    );
    let written = toml::to_string(&policy).expect("TOML");
    assert_eq!(
        toml::from_str::<Policy>(&written).expect("what was written"),
        policy
    );

    let compiled = match policy.compile() {
        Ok(compiled) => compiled,
        Err(errors) => return are_messages(&errors),
    };
    for class in [
        ResponseClass::Document,
        ResponseClass::PinnedAsset,
        ResponseClass::Other,
    ] {
        for host in [HostKind::Named, HostKind::Local] {
            let headers = compiled.headers(class, host);
            assert_eq!(headers["x-content-type-options"], "nosniff");
            // Browsers obey every word of what is sent, and the first policy forbids by default.
            let policies = headers.get_all("content-security-policy");
            assert_eq!(PolicyList::effective(policies).dropped(), &[]);
            let first = headers["content-security-policy"].to_str().expect("ASCII");
            let first: Csp = first.parse().expect("a strict policy");
            assert!(first.to_string().contains("default-src 'none'"), "{first}");
        }
    }
}

/// Whole configurations, and one that is small.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = seeds::files("policies");
    seeds.push(b"referrer-policy = 'no-referrer'".to_vec());
    seeds.push(b"{\"strict-transport-security\": \"max-age=63072000\"}".to_vec());
    seeds
}
