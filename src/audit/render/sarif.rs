//! SARIF 2.1.0, the format of static analysis results.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::audit::{Code, Finding, Report, Severity, Subject, Waiver};
use crate::sri::{Algorithm, Digest};

use super::escape::{self, line};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

pub(super) fn render(report: &Report) -> String {
    let all: Vec<(&Finding, Option<&Waiver>)> = report
        .findings
        .iter()
        .map(|finding| (finding, None))
        .chain(
            report
                .waived
                .iter()
                .map(|waived| (&waived.finding, Some(&waived.waiver))),
        )
        .collect();
    let mut codes: Vec<Code> = all.iter().map(|(finding, _)| finding.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let results: Vec<Value> = all
        .iter()
        .map(|(finding, waiver)| result(finding, *waiver, &codes))
        .collect();
    let document = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "tower-visor",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": "https://docs.rs/tower-visor",
                "rules": codes.iter().map(|code| rule(*code)).collect::<Vec<_>>(),
            }},
            "invocations": [{
                "executionSuccessful": true,
                "toolExecutionNotifications": notifications(report),
            }],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    escape::json(&format!("{document:#}\n"))
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "error",
        Severity::Medium | Severity::Low => "warning",
        Severity::Note => "note",
    }
}

fn rule(code: Code) -> Value {
    let tags: Vec<String> = std::iter::once("security".to_owned())
        .chain(code.controls().iter().map(ToString::to_string))
        .collect();
    let mut properties = Map::new();
    properties.insert("tags".to_owned(), json!(tags));
    // The scale of CVSS, as GitHub and Azure read it; a note has none.
    let score = match code.severity() {
        Severity::High => Some("8.0"),
        Severity::Medium => Some("5.0"),
        Severity::Low => Some("2.0"),
        Severity::Note => None,
    };
    if let Some(score) = score {
        properties.insert("security-severity".to_owned(), json!(score));
    }
    json!({
        "id": code.as_str(),
        "shortDescription": {"text": code.title()},
        "help": {"text": code.fix(), "markdown": code.explanation()},
        "helpUri": code.link(),
        "defaultConfiguration": {"level": level(code.severity())},
        "properties": properties,
    })
}

fn result(finding: &Finding, waiver: Option<&Waiver>, codes: &[Code]) -> Value {
    let Finding {
        code,
        severity,
        url,
        subject,
        found,
        help,
    } = finding;
    let uri = match subject {
        Subject::Resource { url: resource } => resource,
        _ => url,
    };
    let mut physical = json!({"artifactLocation": {"uri": address(uri)}});
    if let Subject::Element { line, column, .. } = subject {
        physical["region"] = json!({"startLine": line, "startColumn": column});
    }
    let place = line(&subject.to_string());
    let message = format!("{place}: {}; fix: {}", line(found), line(help));
    // What was found may hold what changes from one response to the next; place and code don't.
    let same = format!("{code}\n{url}\n{subject}");
    let mut result = json!({
        "ruleId": code.as_str(),
        "level": level(*severity),
        "message": {"text": message},
        "locations": [{
            "physicalLocation": physical,
            "logicalLocations": [{"fullyQualifiedName": place}],
        }],
        "partialFingerprints": {
            "visor/v1": Digest::of(Algorithm::Sha256, same.as_bytes()).to_string(),
        },
    });
    if let Ok(index) = codes.binary_search(code) {
        result["ruleIndex"] = json!(index);
    }
    if let Some(waiver) = waiver {
        result["suppressions"] = json!([{
            "kind": "external",
            "status": "accepted",
            "justification": line(&waiver.reason),
        }]);
    }
    result
}

/// What keeps a report from being complete.
fn notifications(report: &Report) -> Vec<Value> {
    let unused = report.unused_waivers.iter().map(|waiver| {
        let text = format!(
            "unused waiver {}: nothing like it was found; remove it",
            waiver.code
        );
        json!({"level": "warning", "message": {"text": text}})
    });
    let missing = report.not_checked.iter().map(|missing| {
        let (what, why) = (line(&missing.what), line(&missing.why));
        let text = format!("not checked: {what} ({why})");
        json!({"level": "note", "message": {"text": text}})
    });
    unused.chain(missing).collect()
}

/// An address with everything escaped that RFC 3986 doesn't let stand in one.
fn address(url: &str) -> String {
    let mut out = String::with_capacity(url.len());
    for byte in url.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string can't fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
