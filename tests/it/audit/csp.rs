//! Content Security Policy: what is found in which policy.

use tower_visor::audit::{Code, Context, Profile, Report, audit};

use super::response;

const CSP: &str = "content-security-policy";

/// Nothing is missing in it.
const WHOLE: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

fn report(profile: Profile, policies: &[&str]) -> Report {
    let headers: Vec<_> = policies.iter().map(|policy| (CSP, *policy)).collect();
    let response = response("https://example.com/", &headers, "<!doctype html>");
    audit(&response, &Context::new(profile))
}

fn codes_of(report: &Report) -> Vec<&'static str> {
    let codes = report.codes().into_iter().map(Code::as_str);
    codes
        .filter(|code| code.starts_with("csp-") || *code == "blocks-wasm")
        .collect()
}

/// The codes that begin with `csp-`, in the order of their names.
fn codes(policies: &[&str]) -> Vec<&'static str> {
    codes_of(&report(Profile::Document, policies))
}

/// The codes that such directives add to a whole policy.
fn added(directives: &str) -> Vec<&'static str> {
    codes(&[&format!("{directives}; {WHOLE}")])
}

#[test]
fn a_whole_policy_has_nothing_to_be_found() {
    assert_eq!(codes(&[WHOLE]), [""; 0]);
}

#[test]
fn each_weakness_has_its_code() {
    let mut wrong = Vec::new();
    for (directives, expected) in [
        ("script-src https:", &["csp-script-any"][..]),
        ("script-src *", &["csp-script-any"]),
        ("script-src https://*", &["csp-script-any"]),
        ("script-src *.com", &["csp-script-any"]),
        ("script-src data:", &["csp-script-any"]),
        ("script-src blob:", &["csp-script-host"]),
        // Whoever can start a worker runs code already.
        ("worker-src blob:", &[]),
        ("script-src 'self'", &["csp-script-host"]),
        ("script-src https://example.com/js/", &["csp-script-host"]),
        ("script-src https://example.com/js/app.js", &[]),
        ("script-src https://unpkg.com", &["csp-script-public-host"]),
        ("script-src https://unpkg.com/x@1.0.0/x.js", &[]),
        (
            "script-src *.jsdelivr.net",
            &["csp-script-public-host", "csp-wildcard-host"],
        ),
        (
            "script-src https://*.azurewebsites.net",
            &["csp-script-public-host", "csp-wildcard-host"],
        ),
        (
            "script-src *.example.com",
            &["csp-script-host", "csp-wildcard-host"],
        ),
        ("script-src 'unsafe-inline'", &["csp-unsafe-inline"]),
        ("script-src-attr 'unsafe-inline'", &["csp-unsafe-inline"]),
        (
            "script-src 'unsafe-inline' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
            &[],
        ),
        ("script-src 'unsafe-eval'", &["csp-unsafe-eval"]),
        ("script-src 'wasm-unsafe-eval'", &[]),
        (
            "script-src 'unsafe-hashes' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
            &["csp-unsafe-hashes"],
        ),
        (
            "script-src 'strict-dynamic' https:",
            &["csp-strict-dynamic-alone"],
        ),
        ("object-src 'self'", &["csp-object"]),
        ("connect-src *", &["csp-connect-any"]),
        ("connect-src wss:", &["csp-connect-any"]),
        ("connect-src https://api.example.com", &[]),
        ("img-src https:", &["csp-fetch-any"]),
        ("frame-src *", &["csp-fetch-any"]),
        ("img-src data: 'self'", &[]),
        ("font-src *.example.com", &["csp-wildcard-host"]),
        ("style-src 'unsafe-inline'", &["csp-style-inline"]),
        ("style-src http://example.com", &["csp-http-active"]),
        ("img-src http://example.com", &["csp-http-passive"]),
        ("img-src http://localhost:3000", &[]),
        ("img-src http://example.com; upgrade-insecure-requests", &[]),
        ("img-src 10.0.0.1", &["csp-ip-source"]),
        ("img-src self", &["csp-unquoted"]),
        ("img-src 'self' script-src 'self'", &["csp-semicolon"]),
        ("report-uri /r script-src", &["csp-semicolon"]),
        (
            "report-to r script-src",
            &["csp-dropped-source", "csp-semicolon"],
        ),
        ("script-src 'sha256-abcd'", &["csp-hash-length"]),
        ("scirpt-src 'self'", &["csp-dropped-directive"]),
        ("img-src h\u{f6}st.example", &["csp-dropped-directive"]),
        ("img-src 'none'; img-src *", &["csp-duplicate-directive"]),
        ("plugin-types a/b", &["csp-obsolete-directive"]),
        ("block-all-mixed-content", &["csp-obsolete-directive"]),
        (
            "img-src 'nonce-MDEyMzQ1Njc4OWFiY2RlZg=='",
            &["csp-dropped-source"],
        ),
        ("webrtc 'block'", &["csp-obsolete-directive"]),
        ("script-src 'eval-sha256-AAAA'", &["csp-experiment"]),
        ("script-src 'url-sha256-AAAA'", &["csp-experiment"]),
        ("img-src 'slef'", &["csp-dropped-source"]),
        ("img-src https://a.example/?q", &["csp-dropped-source"]),
        ("img-src 'none' 'self'", &["csp-none-ignored"]),
    ] {
        let found = added(directives);
        if found != expected {
            wrong.push(format!("{directives}: {found:?}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_falls_back_to_nothing_has_to_be_written() {
    assert_eq!(
        codes(&["default-src 'none'"]),
        ["csp-base-uri", "csp-form-action"]
    );
    assert_eq!(
        codes(&["default-src 'none'; base-uri *; form-action https:"]),
        ["csp-base-uri", "csp-form-action"]
    );
    assert_eq!(
        codes(&["frame-ancestors 'none'"]),
        [
            "csp-base-uri",
            "csp-connect-any",
            "csp-default-src",
            "csp-form-action",
            "csp-object",
            "csp-script-any",
        ]
    );
}

#[test]
fn one_strict_policy_makes_up_for_a_weak_one() {
    let weak =
        "script-src * 'unsafe-inline' 'unsafe-eval'; connect-src *; style-src 'unsafe-inline'";
    assert!(codes(&[weak]).contains(&"csp-script-any"));
    assert!(codes(&[weak]).contains(&"csp-unsafe-inline"));
    assert_eq!(codes(&[weak, WHOLE]), ["csp-split"]);
    assert_eq!(codes(&[&format!("{weak}, {WHOLE}")]), ["csp-split"]);
    // Each has one of the two.
    assert_eq!(
        codes(&[
            &format!("script-src 'unsafe-inline'; {WHOLE}"),
            &format!("script-src 'unsafe-eval'; {WHOLE}"),
        ]),
        [""; 0]
    );
    // What is missing in one doesn't make up for what is written in the other.
    let found = report(
        Profile::Document,
        &["img-src *", "script-src 'unsafe-inline'"],
    );
    let finding = found.of(Code::CSP_UNSAFE_INLINE).next().unwrap();
    assert_eq!(finding.subject.to_string(), "policy 2, script-src");
}

#[test]
fn findings_name_policy_directive_and_source() {
    let report = report(
        Profile::Document,
        &[WHOLE, "default-src 'none'; img-src 'slef'"],
    );
    let finding = report.of(Code::CSP_DROPPED_SOURCE).next().unwrap();
    assert_eq!(finding.subject.to_string(), "policy 2, img-src");
    assert_eq!(
        finding.found,
        "header 2, byte 28: `'slef'` is dropped: no source expression"
    );
}

#[test]
fn a_header_in_which_browsers_find_nothing_is_no_policy() {
    for value in ["", " ; ,", "defa", "scirpt-src 'none'"] {
        let report = report(Profile::Document, &[value]);
        let finding = report.of(Code::CSP_MISSING).next().unwrap();
        assert_eq!(
            finding.found,
            format!("browsers find no directive in `{value}`")
        );
    }
}

#[test]
fn files_and_answers_need_an_inert_policy() {
    let inert = |policies: &[&str]| codes_of(&report(Profile::Api, policies));
    assert_eq!(inert(&[]), ["csp-inert"]);
    assert_eq!(inert(&["default-src 'self'"]), ["csp-inert"]);
    assert_eq!(inert(&["default-src 'none'"]), ["csp-inert"]);
    assert_eq!(
        inert(&["default-src 'none'; frame-ancestors *"]),
        ["csp-inert"]
    );
    assert_eq!(
        inert(&["default-src 'none'; frame-ancestors 'none'"]),
        [""; 0]
    );
    assert_eq!(inert(&["sandbox; frame-ancestors 'none'"]), [""; 0]);
    assert_eq!(
        inert(&["sandbox allow-scripts; frame-ancestors 'none'"]),
        ["csp-inert"]
    );
}

#[test]
fn length_is_counted_over_all_policies() {
    let padding = |length: usize| format!("{WHOLE}; report-uri /{}", "a".repeat(length));
    assert_eq!(codes(&[&padding(3900)]), [""; 0]);
    assert_eq!(codes(&[&padding(2000), &padding(2000)]), ["csp-long"]);
    assert_eq!(codes(&[&padding(8100)]), ["csp-too-long"]);
}

#[test]
fn a_nonce_is_long_fresh_and_in_no_cache() {
    let policy = |nonce: &str| format!("script-src 'nonce-{nonce}'; {WHOLE}");
    let found = |nonce: &str, caching: &str, status: u16| {
        let (parts, ()) = http::Response::builder()
            .status(status)
            .header(CSP, policy(nonce))
            .header("cache-control", caching)
            .body(())
            .unwrap()
            .into_parts();
        let response =
            tower_visor::audit::Response::new("https://example.com/", parts, None).unwrap();
        audit(&response, &Context::new(Profile::Document))
    };
    let long = "MDEyMzQ1Njc4OWFiY2RlZg==";
    assert_eq!(codes_of(&found(long, "no-store", 200)), [""; 0]);
    assert_eq!(
        codes_of(&found(long, "no-cache", 200)),
        ["csp-nonce-cached"]
    );
    assert_eq!(
        codes_of(&found("c2hvcnQ", "no-store", 200)),
        ["csp-nonce-short"]
    );
    assert_eq!(codes_of(&found(long, "no-store", 304)), ["csp-nonce-304"]);
    // While the page lives, its nonce is a secret.
    let report = found("c2hvcnQ", "no-cache", 200);
    assert!(
        !report
            .of(Code::CSP_NONCE_SHORT)
            .any(|finding| finding.found.contains("c2hvcnQ"))
    );
}

#[test]
fn a_nonce_that_is_dropped_is_not_shown_either() {
    let policy = format!("img-src 'nonce-MDEyMzQ1Njc4OWFiY2RlZg=='; {WHOLE}");
    let report = report(Profile::Document, &[&policy]);
    let finding = report.of(Code::CSP_DROPPED_SOURCE).next().unwrap();
    assert_eq!(
        finding.found,
        "byte 8: `'nonce-...'` is dropped: it has no effect in this directive"
    );
}

/// On a liveness page.
fn liveness(directives: &str) -> Vec<&'static str> {
    let policy = format!("{directives}; {WHOLE}");
    let mut codes = codes_of(&report(Profile::Liveness, &[&policy]));
    codes.retain(|code| *code != "csp-trusted-types");
    codes
}

#[test]
fn a_liveness_page_needs_web_assembly() {
    assert_eq!(liveness("img-src 'self'"), ["blocks-wasm"]);
    assert_eq!(liveness("script-src 'wasm-unsafe-eval'"), [""; 0]);
    // One policy without it is enough to stop the SDK.
    let report = report(
        Profile::Liveness,
        &[&format!("script-src 'wasm-unsafe-eval'; {WHOLE}"), WHOLE],
    );
    let finding = report.of(Code::BLOCKS_WASM).next().unwrap();
    assert_eq!(finding.subject.to_string(), "policy 2, default-src");
}

#[test]
fn a_liveness_page_talks_to_one_resource() {
    let connect = |sources: &str| {
        liveness(&format!(
            "script-src 'wasm-unsafe-eval'; connect-src {sources}"
        ))
    };
    for source in [
        "https://contoso.cognitiveservices.azure.com",
        "https://westeurope.api.cognitive.microsoft.com",
        "https://face.contoso.example",
    ] {
        assert_eq!(connect(source), [""; 0], "{source}");
    }
    for source in [
        "https://*.cognitiveservices.azure.com",
        "*.azure.com",
        "https://*.api.cognitive.microsoft.com/face/",
        "*.cognitiveservices.azure.com:443",
    ] {
        assert_eq!(
            connect(source),
            ["csp-connect-azure", "csp-wildcard-host"],
            "{source}"
        );
    }
    assert_eq!(connect("https:"), ["csp-connect-any", "csp-connect-azure"]);
}

#[test]
fn trusted_types_are_a_note() {
    let found = |policy: &str| {
        let report = report(Profile::Liveness, &[policy]);
        report.of(Code::CSP_TRUSTED_TYPES).count()
    };
    assert_eq!(found(WHOLE), 1);
    assert_eq!(found("require-trusted-types-for 'script'"), 0);
    assert_eq!(found("require-trusted-types-for 'SCRIPT'"), 1);
}
