//! What an application needs beside the SDK, as policies write it: the audit agrees where it is
//! coherent, and still says what is not.

use tower_visor::audit::{Context, Profile, Report, Severity, audit};
use tower_visor::policy::{HostKind, Isolation, Policy, Resource};
use tower_visor::response::ResponseClass;

use super::response;
use crate::support::{ORIGIN, document, liveness};

/// The codes that a page under this policy gets, notes aside, with some headers replaced.
fn codes(policy: &Policy, profile: Profile, other: &[(&str, &str)]) -> Vec<String> {
    let report = report(policy, profile, other);
    let findings = report.findings.iter();
    let findings = findings.filter(|finding| finding.severity > Severity::Note);
    findings.map(|finding| finding.code.to_string()).collect()
}

fn report(policy: &Policy, profile: Profile, other: &[(&str, &str)]) -> Report {
    let compiled = policy.compile().unwrap();
    let headers = compiled.headers(ResponseClass::Document, HostKind::Named);
    let headers = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
        .filter(|(name, _)| other.iter().all(|(known, _)| name != known))
        .chain(other.iter().copied().filter(|(_, value)| !value.is_empty()))
        .chain([("content-type", "text/html; charset=utf-8")]);
    let headers: Vec<_> = headers.collect();
    let page = "<!doctype html><html lang=en><title>Shop</title>";
    audit(
        &response(&format!("{ORIGIN}/"), &headers, page),
        &Context::new(profile),
    )
}

#[test]
fn an_isolation_is_accepted_where_it_is_coherent() {
    let video = document().loads(Resource::Frame, "https://www.youtube-nocookie.com");
    let framing = Policy::document(video).isolation(Isolation::ForeignFrames);
    let popups = Policy::document(document()).isolation(Isolation::AllowPopups);
    let checked = Policy::strict(liveness(document(), "1.5.0")).isolation(Isolation::AllowPopups);
    assert_eq!(codes(&framing, Profile::Document, &[]), [""; 0]);
    assert_eq!(codes(&popups, Profile::Document, &[]), [""; 0]);
    assert_eq!(codes(&checked, Profile::Liveness, &[]), [""; 0]);

    // Without frames of others there is no reason for it.
    let idle = Policy::document(document()).isolation(Isolation::ForeignFrames);
    assert_eq!(codes(&idle, Profile::Document, &[]), ["coep-missing"]);
    let own = document().loads(Resource::Frame, "/own");
    let own = Policy::document(own).isolation(Isolation::ForeignFrames);
    assert_eq!(codes(&own, Profile::Document, &[]), ["coep-missing"]);
    // Nor does it excuse a header that browsers drop, or a missing opener policy.
    let dropped = [("cross-origin-embedder-policy", "\"require-corp\"")];
    assert_eq!(
        codes(&framing, Profile::Document, &dropped),
        ["coep-dropped"]
    );
    let open = [("cross-origin-opener-policy", "")];
    assert_eq!(
        codes(&framing, Profile::Document, &open),
        ["coep-missing", "coop-missing"]
    );
    let embedding = [("cross-origin-embedder-policy", "require-corp")];
    assert_eq!(
        codes(&popups, Profile::Document, &embedding),
        ["isolation-incomplete"]
    );
}
