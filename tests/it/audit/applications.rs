//! What an application needs beside the SDK, as policies write it: the audit agrees where it is
//! coherent, and still says what is not.

use http::header::REFERRER_POLICY;
use tower_visor::audit::{Context, Exception, Profile, Report, Severity, audit};
use tower_visor::csp::DirectiveName::{ImgSrc, ScriptSrc, StyleSrc};
use tower_visor::header::CrossOriginResourcePolicy;
use tower_visor::policy::{CompiledPolicy, Conflict, HostKind, Isolation, Policy, Resource};
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

/// The exceptions of a policy, as a test of the same application hands them on.
fn relaxed(policy: CompiledPolicy) -> impl Iterator<Item = Exception> {
    let relaxed = policy.relaxed().iter();
    relaxed.map(|one| Exception::new(one.what().to_string(), one.reason().as_str()))
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
        &Context::new(profile).relaxed(relaxed(compiled)),
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

#[test]
fn an_exception_is_accepted_with_its_reason() {
    let policy = Policy::document(document())
        .dangerous()
        .allow(ScriptSrc, "https://tags.example", "LIV-1".parse().unwrap())
        .dangerous()
        .allow(StyleSrc, "'unsafe-inline'", "LIV-2".parse().unwrap())
        .dangerous()
        .strict_transport_security(None, "LIV-3".parse().unwrap())
        .dangerous()
        .no_isolation("LIV-4".parse().unwrap())
        .dangerous()
        .conflict(REFERRER_POLICY, Conflict::Keep, "LIV-5".parse().unwrap());
    let sent = [("referrer-policy", "unsafe-url")];
    let report = report(&policy, Profile::Document, &sent);
    let mut accepted: Vec<_> = report
        .waived
        .iter()
        .map(|waived| (waived.finding.code.as_str(), waived.waiver.reason.as_str()))
        .collect();
    accepted.sort_unstable();
    assert_eq!(
        accepted,
        [
            ("coep-missing", "LIV-4"),
            ("coop-missing", "LIV-4"),
            ("csp-script-host", "LIV-1"),
            ("csp-style-inline", "LIV-2"),
            ("hsts-missing", "LIV-3"),
            ("referrer-leaks", "LIV-5"),
        ]
    );
    report.assert_clean();
}

#[test]
fn an_exception_accepts_nothing_else() {
    let policy = Policy::document(document().loads(Resource::Script, "https://cdn.example"))
        .dangerous()
        .allow(ScriptSrc, "https://tags.example", "LIV-1".parse().unwrap())
        .isolation(Isolation::Credentialless);
    assert_eq!(codes(&policy, Profile::Document, &[]), ["csp-script-host"]);
    // The same source in another directive.
    let policy = Policy::document(document().loads(Resource::Script, "https://cdn.example"))
        .dangerous()
        .allow(ImgSrc, "https://cdn.example", "LIV-1".parse().unwrap())
        .isolation(Isolation::Credentialless);
    assert_eq!(codes(&policy, Profile::Document, &[]), ["csp-script-host"]);
}

#[test]
fn what_applications_load_is_accepted() {
    let page = document()
        .loads(Resource::WebSocket, "/live")
        .loads(Resource::WebSocket, "wss://push.example/feed")
        .loads(Resource::Image, "data:")
        .loads(Resource::Image, "blob:")
        .loads(Resource::Worker, "/worker.js")
        .loads(Resource::Manifest, "/app.webmanifest")
        .loads(Resource::Connect, "https://analytics.example/collect")
        .loads(Resource::Font, "https://fonts.example/inter.woff2")
        .framed_by("https://partner.example");
    assert_eq!(
        codes(&Policy::document(page), Profile::Document, &[]),
        [""; 0]
    );
}

#[test]
fn a_file_for_everybody_is_accepted_and_an_answer_for_everybody_is_not() {
    let everybody = Policy::api()
        .cross_origin_resource_policy(CrossOriginResourcePolicy::CrossOrigin)
        .compile()
        .unwrap();
    let headers = everybody.headers(ResponseClass::Other, HostKind::Named);
    let judged = |profile, kind| {
        let headers = headers.iter();
        let headers = headers.map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
        let headers: Vec<_> = headers.chain([("content-type", kind)]).collect();
        let answer = response(&format!("{ORIGIN}/it"), &headers, "{}");
        let report = audit(&answer, &Context::new(profile));
        let codes = report
            .findings
            .iter()
            .filter(|f| f.severity > Severity::Note);
        codes.map(|f| f.code.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(judged(Profile::Asset, "font/woff2"), [""; 0]);
    assert_eq!(judged(Profile::Api, "application/json"), ["corp-open"]);
}
