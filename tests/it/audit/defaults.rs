//! What is found in whole sets of headers: our own strict ones, other libraries' defaults, and
//! what sites really send.

use std::fmt::Write as _;

use axum::body::Body;
use axum::response::{Html, IntoResponse as _};
use axum::{Json, Router, routing::get};
use serde_json::Value;
use tower_layer::Layer as _;
use tower_visor::audit::{self, Code, Context, Profile, Report, Response};
use tower_visor::policy::{Document, Policy, ScriptTrust};
use tower_visor::{Nonce, VisorLayer};

use crate::conformance;
use crate::support::document;

const URL: &str = "https://liveness.contoso.example/";

fn liveness(document: Document) -> Policy {
    Policy::strict(crate::support::liveness(document, "1.5.0"))
}

/// What a server with this policy sends, judged; nothing is read but the headers.
fn served(policy: &Policy, profile: Profile) -> Report {
    let router = Router::new()
        .route(
            "/",
            get(|| async { Html("<!doctype html><title>Page</title>") }),
        )
        .route(
            "/nonce",
            get(|nonce: Nonce| async move { Html(format!("<script nonce={nonce}></script>")) }),
        )
        .route("/api", get(|| async { Json("token") }))
        .route(
            "/asset",
            get(|| async {
                (
                    [("content-type", "text/javascript; charset=utf-8")],
                    "run()",
                )
                    .into_response()
            }),
        );
    let app = VisorLayer::new(policy).unwrap().layer(router);
    let path = match profile {
        Profile::Api => "api",
        Profile::Asset => "asset",
        _ => "",
    };
    let url = format!("{URL}{path}");
    let context = Context::new(profile);
    let report = audit::service::<_, Body, _>(app, &url, &context);
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(report)
        .unwrap()
}

#[test]
fn our_strict_policies_are_clean() {
    for (policy, profile) in [
        (liveness(document()), Profile::Liveness),
        (
            liveness(document().scripts_by(ScriptTrust::Nonce)),
            Profile::Liveness,
        ),
        (Policy::document(document()), Profile::Document),
        (liveness(document()), Profile::Asset),
        (liveness(document()), Profile::Api),
    ] {
        served(&policy, profile).assert_clean();
    }
}

#[test]
fn what_is_left_to_note_in_our_strict_policies() {
    let notes = |policy: &Policy, profile| {
        let report = served(policy, profile);
        let codes: Vec<&str> = report.codes().into_iter().map(Code::as_str).collect();
        codes
    };
    assert_eq!(
        notes(&liveness(document()), Profile::Liveness),
        [
            "csp-trusted-types",
            "integrity-policy-missing",
            "reporting-missing"
        ]
    );
    assert_eq!(
        notes(&Policy::document(document()), Profile::Document),
        ["reporting-missing"]
    );
    assert_eq!(
        notes(&liveness(document()), Profile::Asset),
        ["cross-domain-policies"; 0]
    );
}

/// A page over HTTPS with these headers, one a line, in each profile of a page.
fn codes(headers: &str) -> [Vec<&'static str>; 2] {
    let mut builder = http::Response::builder().header("content-type", "text/html; charset=utf-8");
    for line in headers.lines().filter(|line| !line.trim().is_empty()) {
        let (name, value) = line.trim().split_once(": ").unwrap();
        builder = builder.header(name, value);
    }
    let (parts, ()) = builder.body(()).unwrap().into_parts();
    let response = Response::new(URL, parts, None).unwrap();
    [Profile::Liveness, Profile::Document].map(|profile| {
        let report = audit::audit(&response, &Context::new(profile));
        report.codes().into_iter().map(Code::as_str).collect()
    })
}

/// Libraries' defaults, as of November 2026, as far as they are known to us.
const LIBRARIES: [(&str, &str); 5] = [
    (
        "helmet 8.3.0",
        "content-security-policy: default-src 'self'; base-uri 'self'; font-src 'self' https: data:; form-action 'self'; frame-ancestors 'self'; img-src 'self' data:; object-src 'none'; script-src 'self'; script-src-attr 'none'; style-src 'self' https: 'unsafe-inline'; upgrade-insecure-requests
         cross-origin-opener-policy: same-origin
         cross-origin-resource-policy: same-origin
         origin-agent-cluster: ?1
         referrer-policy: no-referrer
         strict-transport-security: max-age=31536000; includeSubDomains
         x-content-type-options: nosniff
         x-dns-prefetch-control: off
         x-download-options: noopen
         x-frame-options: SAMEORIGIN
         x-permitted-cross-domain-policies: none
         x-xss-protection: 0",
    ),
    (
        "secure_headers 7.3.0",
        "content-security-policy: default-src 'self' https:; font-src 'self' https: data:; img-src 'self' https: data:; object-src 'none'; script-src https:; style-src 'self' https: 'unsafe-inline'
         strict-transport-security: max-age=631138519
         x-content-type-options: nosniff
         x-download-options: noopen
         x-frame-options: sameorigin
         x-permitted-cross-domain-policies: none
         x-xss-protection: 0",
    ),
    (
        "NetEscapades 1.3.1",
        "content-security-policy: object-src 'none'; form-action 'self'; frame-ancestors 'none'
         cross-origin-embedder-policy: credentialless
         cross-origin-opener-policy: same-origin
         cross-origin-resource-policy: same-site
         referrer-policy: strict-origin-when-cross-origin
         strict-transport-security: max-age=31536000
         x-content-type-options: nosniff
         x-frame-options: DENY",
    ),
    (
        "OWASP, list of 2026-07-19",
        "cache-control: no-store, max-age=0
         content-security-policy: default-src 'self'; form-action 'self'; base-uri 'self'; object-src 'none'; frame-ancestors 'none'; upgrade-insecure-requests
         cross-origin-embedder-policy: require-corp
         cross-origin-opener-policy: same-origin
         cross-origin-resource-policy: same-origin
         permissions-policy: accelerometer=(), autoplay=(), camera=(), cross-origin-isolated=(), microphone=(), web-share=()
         referrer-policy: no-referrer
         strict-transport-security: max-age=63072000; includeSubDomains
         x-content-type-options: nosniff
         x-dns-prefetch-control: off
         x-frame-options: deny
         x-permitted-cross-domain-policies: none",
    ),
    (
        "http-security-headers 0.5.0, Strict",
        "content-security-policy: base-uri 'self'; default-src 'self'; frame-ancestors 'none'; object-src 'none'
         cross-origin-embedder-policy: require-corp
         cross-origin-opener-policy: same-origin
         cross-origin-resource-policy: same-origin
         permissions-policy: camera=()
         referrer-policy: no-referrer
         strict-transport-security: max-age=63072000; includeSubDomains
         x-content-type-options: nosniff
         x-frame-options: DENY",
    ),
];

#[test]
fn what_is_found_in_the_defaults_of_others() {
    let mut text = String::new();
    for (name, headers) in LIBRARIES {
        let [liveness, document] = codes(headers);
        let (liveness, document) = (liveness.join(" "), document.join(" "));
        let _ = writeln!(
            text,
            "{name}\n  liveness: {liveness}\n  document: {document}"
        );
    }
    // Not a judgement on these libraries: their defaults are for pages without a camera, and none
    // of them knows the page. Read the list to see what such a page needs beside them.
    assert_eq!(text, include_str!("defaults.txt"), "\n{text}");
}

/// Every value of the conformance folder's samples, as the header that it belongs to.
fn samples() -> Option<Vec<(String, Vec<u8>)>> {
    let policies = conformance::load("policies.json")?;
    let mut samples: Vec<(String, Vec<u8>)> = Vec::new();
    for case in policies["cases"].as_array().unwrap() {
        let policy = case["input"].as_str().unwrap();
        samples.push(("content-security-policy".into(), policy.into()));
    }
    let real = conformance::load("real-header-values.json")?;
    for (name, list) in real["headers"].as_object().unwrap() {
        for case in list["cases"].as_array().unwrap() {
            samples.push((name.clone(), case["input"].as_str().unwrap().into()));
        }
    }
    let parsing = conformance::load("header-parsing.json")?;
    for list in parsing["headers"].as_object().unwrap().values() {
        for case in list["cases"].as_array().unwrap() {
            for line in case["input"].as_array().into_iter().flatten() {
                if let (Some(name), Some(value)) = (line[0].as_str(), line[1].as_str()) {
                    samples.push((name.to_owned(), value.into()));
                }
            }
        }
    }
    Some(samples)
}

#[test]
fn what_sites_send_is_judged_without_a_panic_and_the_same_each_time() {
    let Some(samples) = samples() else {
        return;
    };
    let mut judged = 0;
    let mut findings = 0;
    for (name, value) in &samples {
        let Ok(value) = http::HeaderValue::from_bytes(value) else {
            continue;
        };
        let mut builder = http::Response::builder();
        builder = builder.header(name.as_str(), value);
        let (parts, ()) = builder.body(()).unwrap().into_parts();
        let response = Response::new(URL, parts, None).unwrap();
        for profile in [
            Profile::Liveness,
            Profile::Document,
            Profile::Asset,
            Profile::Api,
        ] {
            let once = audit::audit(&response, &Context::new(profile));
            let twice = audit::audit(&response.clone(), &Context::new(profile));
            assert_eq!(once, twice, "{name}");
            let json: Value = serde_json::to_value(&once).unwrap();
            assert_eq!(
                json["findings"].as_array().unwrap().len(),
                once.findings.len()
            );
            findings += once.findings.len();
        }
        judged += 1;
    }
    assert!(judged > 900, "{judged} of {}", samples.len());
    assert!(findings > judged, "{findings}");
}
