//! Our findings beside those of other tools: the cases of Google's CSP Evaluator and of MDN's
//! Observatory, and OWASP's two lists. Where we differ, `differences.md` says so and why; these
//! tests read the differences there, and fail on one more or one less. A row speaks of one case, or
//! by `...` of a kind of them.

use std::collections::BTreeSet;

use serde_json::Value;
use tower_visor::audit::{Code, Context, Finding, Framework, Profile, Response, audit};

use crate::conformance;

const DIFFERENCES: &str = include_str!("differences.md");

fn findings(profile: Profile, headers: &[(String, String)]) -> Vec<Finding> {
    let mut builder = http::Response::builder().header("content-type", "text/html; charset=utf-8");
    for (name, value) in headers {
        builder = builder.header(name, value);
    }
    let (parts, ()) = builder.body(()).unwrap().into_parts();
    let response = Response::new("https://example.com/", parts, None).unwrap();
    audit(&response, &Context::new(profile)).findings
}

/// The rows of the table below a heading: the first column without backticks, a text in which
/// `...` stands for anything.
fn differences(heading: &str) -> Vec<String> {
    let section = DIFFERENCES
        .split("\n## ")
        .find(|section| section.starts_with(heading))
        .unwrap_or_else(|| panic!("no heading {heading:?}"));
    let rows: Vec<&str> = section
        .lines()
        .filter(|line| line.starts_with('|'))
        .collect();
    let rows = rows.get(2..).unwrap_or_default();
    rows.iter()
        .map(|row| {
            let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
            let reason = cells.last().unwrap().trim();
            assert!(reason.len() > 20, "{row} gives no reason");
            cells[0].trim().trim_matches('`').to_owned()
        })
        .collect()
}

/// Whether a row speaks of this difference.
fn speaks_of(row: &str, difference: &str) -> bool {
    let mut parts = row.split("...");
    let Some(mut rest) = parts.next().and_then(|head| difference.strip_prefix(head)) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        if let Some(end) = last.replace(part) {
            match rest.find(end) {
                Some(at) => rest = &rest[at + end.len()..],
                None => return false,
            }
        }
    }
    last.map_or(rest.is_empty(), |end| rest.ends_with(end))
}

/// Fails with each difference of which no row speaks, and with each row that speaks of something
/// that was looked at, none of which differs any more.
fn compare(heading: &str, found: &BTreeSet<String>, looked_at: &BTreeSet<String>) {
    let told = differences(heading);
    let new: Vec<_> = found
        .iter()
        .filter(|difference| !told.iter().any(|row| speaks_of(row, difference)))
        .collect();
    let gone: Vec<_> = told
        .iter()
        .filter(|row| {
            let any = |all: &BTreeSet<String>| all.iter().any(|one| speaks_of(row, one));
            any(looked_at) && !any(found)
        })
        .collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "{heading}\nnot in differences.md: {new:#?}\nno longer so: {gone:#?}"
    );
}

#[test]
fn rows_speak_of_what_they_say() {
    for (row, difference, expected) in [
        ("a: b", "a: b", true),
        ("a: b", "a: bc", false),
        ("a ...", "a b c", true),
        ("a ... c", "a b c", true),
        ("a ... c", "a b c d", false),
        ("a ... c ...", "a b c d", true),
        ("a ... c ...", "a b d", false),
        ("... a", "b a", true),
        ("b ...", "a b", false),
        ("a ... a", "a a", false),
    ] {
        assert_eq!(speaks_of(row, difference), expected, "{row} | {difference}");
    }
}

/// Our code for a kind of finding of CSP Evaluator's.
fn of_evaluator(kind: &str) -> &'static [&'static str] {
    match kind {
        "MISSING_SEMICOLON" => &["csp-semicolon"],
        "UNKNOWN_DIRECTIVE" => &["csp-dropped-directive", "csp-missing"],
        "INVALID_KEYWORD" | "NONCE_CHARSET" => &["csp-dropped-source"],
        "DEPRECATED_DIRECTIVE" => &["csp-obsolete-directive"],
        "SCRIPT_UNSAFE_INLINE" => &["csp-unsafe-inline"],
        "SCRIPT_UNSAFE_EVAL" => &["csp-unsafe-eval"],
        "PLAIN_URL_SCHEMES" | "PLAIN_WILDCARD" => &[
            "csp-script-any",
            "csp-object",
            "csp-base-uri",
            "csp-default-src",
        ],
        "MISSING_DIRECTIVES" => &["csp-script-any", "csp-object", "csp-base-uri"],
        "SCRIPT_ALLOWLIST_BYPASS" => &["csp-script-public-host", "csp-script-host"],
        "OBJECT_ALLOWLIST_BYPASS" => &["csp-object"],
        "IP_SOURCE" => &["csp-ip-source"],
        "NONCE_LENGTH" => &["csp-nonce-short"],
        "REPORTING_DESTINATION_MISSING" => &["reporting-missing"],
        "SRC_HTTP" => &[
            "csp-http-active",
            "csp-http-passive",
            "reporting-endpoints-dropped",
        ],
        "REQUIRE_TRUSTED_TYPES_FOR_SCRIPTS" => &["csp-trusted-types"],
        "REPORT_TO_ONLY" => &["reporting-missing", "reporting-partial"],
        // Advice for old browsers and for another design, see `docs/compare.md`; and any kind
        // that a later version finds, which `differences.md` then has to speak of.
        _ => &[],
    }
}

/// What each function of CSP Evaluator looks for; one that looks for everything is not here.
fn kinds_of_check(check: &str) -> &'static [&'static str] {
    match check {
        "checkMissingSemicolon" => &["MISSING_SEMICOLON"],
        "checkInvalidKeyword" => &["INVALID_KEYWORD"],
        "checkScriptUnsafeInline" => &["SCRIPT_UNSAFE_INLINE"],
        "checkScriptUnsafeEval" => &["SCRIPT_UNSAFE_EVAL"],
        "checkIpSource" => &["IP_SOURCE"],
        "checkDeprecatedDirective" => &["DEPRECATED_DIRECTIVE"],
        "checkNonceLength" => &["NONCE_LENGTH", "NONCE_CHARSET"],
        "checkHasConfiguredReporting" => &["REPORTING_DESTINATION_MISSING"],
        "evaluateForSyntaxErrors" => &[
            "MISSING_SEMICOLON",
            "INVALID_KEYWORD",
            "UNKNOWN_DIRECTIVE",
            "DEPRECATED_DIRECTIVE",
            "NONCE_LENGTH",
        ],
        "evaluateForFailure" => &[
            "MISSING_DIRECTIVES",
            "SCRIPT_UNSAFE_INLINE",
            "PLAIN_WILDCARD",
            "PLAIN_URL_SCHEMES",
        ],
        "checkPlainUrlSchemes" => &["PLAIN_URL_SCHEMES"],
        "checkWildcards" => &["PLAIN_WILDCARD"],
        "checkScriptAllowlistBypass" => &["SCRIPT_ALLOWLIST_BYPASS"],
        "checkFlashObjectAllowlistBypass" => &["OBJECT_ALLOWLIST_BYPASS"],
        "checkUnknownDirective" => &["UNKNOWN_DIRECTIVE"],
        "checkMissingDirectives"
        | "checkMissingScriptSrcDirective"
        | "checkMissingObjectSrcDirective"
        | "checkMissingBaseUriDirective"
        | "checkMultipleMissingBaseUriDirective" => &["MISSING_DIRECTIVES"],
        "checkSrcHttp" => &["SRC_HTTP"],
        "checkRequiresTrustedTypesForScripts" => &["REQUIRE_TRUSTED_TYPES_FOR_SCRIPTS"],
        // Advice, and what a later version looks for: nothing can be missed by it.
        _ => &[],
    }
}

#[test]
fn csp_evaluator_agrees() {
    let Some(data) = conformance::load("csp-evaluator-cases.json") else {
        return;
    };
    let mut differ = BTreeSet::new();
    let mut looked_at = BTreeSet::new();
    let rows = differences("Google's CSP Evaluator");
    for case in data["cases"].as_array().unwrap() {
        let check = case["input"]["check"].as_str().unwrap();
        // Not findings: the effective reading has a test of its own.
        if check == "getEffectiveCsp" {
            continue;
        }
        let policies: Vec<&str> = case["input"]["policies"]
            .as_array()
            .unwrap()
            .iter()
            .map(|policy| policy.as_str().unwrap())
            .collect();
        let headers: Vec<(String, String)> = policies
            .iter()
            .map(|policy| ("content-security-policy".to_owned(), (*policy).to_owned()))
            .collect();
        let ours = findings(Profile::Document, &headers);
        let theirs: Vec<&Value> = case["expected"]["findings"]
            .as_array()
            .unwrap()
            .iter()
            // One list for each policy, or one for all.
            .flat_map(|finding| match finding.as_array() {
                Some(list) => list.iter().collect(),
                None => vec![finding],
            })
            .collect();
        let text = policies.join(" && ");
        for their in &theirs {
            let kind = their["type"].as_str().unwrap();
            let directive = their["directive"].as_str().unwrap();
            let value = their["value"].as_str();
            let same = ours.iter().any(|our| {
                of_evaluator(kind).contains(&our.code.as_str())
                    && (our.subject.to_string().ends_with(&format!(", {directive}"))
                        || our.found.contains(directive)
                        || kind == "REPORTING_DESTINATION_MISSING")
                    // A nonce is a secret, and in no finding of ours.
                    && value.is_none_or(|value| {
                        value.starts_with("'nonce-") || our.found.contains(value)
                    })
            });
            let value = value.unwrap_or("-");
            let theirs = format!("they: {kind} {directive} {value}: {text}");
            if !same {
                differ.insert(theirs.clone());
            }
            looked_at.insert(theirs);
        }
        let of_this = rows
            .iter()
            .filter(|row| row.ends_with(&format!(": {text}")));
        looked_at.extend(of_this.cloned());
        // And the other way: of the kinds that this function looks for, we find no more.
        for kind in kinds_of_check(check) {
            if theirs.iter().any(|their| their["type"] == **kind) {
                continue;
            }
            // A missing directive and a wide source share codes; the text tells them apart.
            for our in ours.iter().filter(|our| {
                let is_missing = our.found.contains("in the policy");
                let is_wide = ["`*`", "`http", "`data:`", "`//"]
                    .iter()
                    .any(|wide| our.found.starts_with(wide));
                of_evaluator(kind).contains(&our.code.as_str())
                    && match *kind {
                        "MISSING_DIRECTIVES" => is_missing,
                        "PLAIN_WILDCARD" | "PLAIN_URL_SCHEMES" => is_wide,
                        _ => true,
                    }
            }) {
                differ.insert(format!("we: {} {}: {text}", our.code, our.subject));
            }
        }
    }
    assert!(!looked_at.is_empty(), "no cases");
    compare("Google's CSP Evaluator", &differ, &looked_at);
}

/// Our codes that mean the same as a failed test of the Observatory's.
fn of_observatory(test: &str) -> &'static [&'static str] {
    match test {
        "csp" => &[
            "csp-missing",
            "csp-dropped-directive",
            "csp-duplicate-directive",
            "csp-script-any",
            "csp-unsafe-inline",
            "csp-unsafe-eval",
            "csp-object",
            "csp-http-active",
        ],
        "cross-origin-embedder-policy" => &["coep-dropped"],
        "cross-origin-opener-policy" => &["coop-dropped"],
        "cross-origin-resource-policy" => &["corp-dropped"],
        "referrer-policy" => &["referrer-dropped", "referrer-leaks"],
        "x-content-type-options" => &["nosniff-missing"],
        "strict-transport-security" => &["hsts-missing", "hsts-short"],
        "x-frame-options" => &["framing"],
        other => panic!("an unknown test: {other}"),
    }
}

#[test]
fn the_observatory_agrees() {
    let Some(data) = conformance::load("observatory-verdicts.json") else {
        return;
    };
    let mut differ = BTreeSet::new();
    let mut looked_at = BTreeSet::new();
    let rows = differences("MDN's Observatory");
    for case in data["cases"].as_array().unwrap() {
        let test = case["input"]["test"].as_str().unwrap();
        let headers: Vec<(String, String)> = case["input"]["headers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|header| {
                let part = |index: usize| header[index].as_str().unwrap().to_owned();
                (part(0), part(1))
            })
            .collect();
        let ours = findings(Profile::Document, &headers);
        let codes: BTreeSet<&str> = ours
            .iter()
            .map(|our| our.code.as_str())
            .filter(|code| of_observatory(test).contains(code))
            .collect();
        let passes = case["expected"]["pass"].as_bool().unwrap();
        let sent: Vec<String> = headers.iter().map(|(_, value)| value.clone()).collect();
        let sent = sent.join(" && ");
        let of_this = rows
            .iter()
            .filter(|row| row.ends_with(&format!(": {sent}")));
        looked_at.extend(of_this.cloned());
        if passes != codes.is_empty() {
            let theirs = case["expected"]["result"].as_str().unwrap();
            let ours: Vec<&str> = codes.into_iter().collect();
            differ.insert(format!(
                "{theirs}, we: {}: {}",
                if ours.is_empty() {
                    "-".to_owned()
                } else {
                    ours.join(" ")
                },
                sent
            ));
        }
    }
    compare("MDN's Observatory", &differ, &looked_at);
}

fn owasp_list(file: &str) -> Option<Vec<(String, String)>> {
    let data = conformance::load(file)?;
    let headers = data["headers"].as_array().unwrap();
    Some(
        headers
            .iter()
            .map(|header| match header.as_str() {
                Some(name) => (name.to_owned(), "x".to_owned()),
                None => (
                    header["name"].as_str().unwrap().to_owned(),
                    header["value"].as_str().unwrap().to_owned(),
                ),
            })
            .collect(),
    )
}

#[test]
fn each_header_that_owasp_asks_for_is_missed() {
    let Some(all) = owasp_list("owasp_headers_add.json") else {
        return;
    };
    let mut differ = BTreeSet::new();
    for (name, _) in &all {
        let others: Vec<(String, String)> = all
            .iter()
            .filter(|(other, _)| other != name)
            .cloned()
            .collect();
        let at_stake = |findings: &[Finding]| {
            findings.iter().any(|finding| {
                finding
                    .code
                    .controls()
                    .iter()
                    .any(|control| control.framework == Framework::Owasp && control.id == name)
            })
        };
        if !at_stake(&findings(Profile::Liveness, &others)) {
            differ.insert(format!("{name} is not missed"));
        }
    }
    // And what is found in OWASP's own set, as it stands.
    for finding in findings(Profile::Liveness, &all) {
        differ.insert(finding.code.as_str().to_owned());
    }
    let all = differences("OWASP Secure Headers").into_iter().collect();
    compare("OWASP Secure Headers", &differ, &all);
}

#[test]
fn each_header_that_owasp_wants_gone_is_found() {
    let Some(all) = owasp_list("owasp_headers_remove.json") else {
        return;
    };
    for header in all {
        let found = findings(Profile::Liveness, std::slice::from_ref(&header));
        let found = found.iter().any(|finding| {
            finding.code == Code::HEADER_LEAKS
                && finding.subject.to_string()
                    == format!("header {}", header.0.to_ascii_lowercase())
        });
        assert!(found, "{}", header.0);
    }
}
