//! Reports as Markdown, for comments and job summaries.

use std::fmt::Write as _;

use super::groups::grouped;
use super::summary::{missing, summary};
use crate::audit::{Finding, Report, Waived};
use crate::escape::markdown as code;

pub(super) fn render(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a string can't fail.
    let _ = writeln!(out, "# Audit: {}\n", summary(report));
    for response in &report.responses {
        let (status, profile) = (response.status, response.profile);
        let _ = writeln!(out, "- {}: {status}, as {profile}", code(&response.url));
    }
    if let Some(sentence) = report.sdk.as_ref().and_then(|sdk| sdk.sentence.as_ref()) {
        let _ = writeln!(out, "- SDK: {}", code(sentence));
    }
    if !report.findings.is_empty() {
        out.push_str("\n## Findings\n\n");
        out.push_str("| | code | where | found | fix |\n|---|---|---|---|---|\n");
    }
    for group in grouped(&report.findings) {
        let Finding {
            code: id,
            severity,
            help,
            ..
        } = group.finding;
        let mut places: Vec<String> = Vec::new();
        let mut found: Vec<String> = Vec::new();
        for (subject, what) in &group.found {
            places.push(code(&subject.to_string()));
            found.push(code(what));
        }
        // What is wrong in the same way in several places.
        found.dedup();
        let urls: Vec<String> = group.urls.iter().map(|url| code(url)).collect();
        let at = if urls.is_empty() { "" } else { " at " };
        let _ = writeln!(
            out,
            "| {severity} | [{id}]({}) | {}{at}{} | {} | {} |",
            id.link(),
            places.join(", "),
            urls.join(", "),
            found.join(", "),
            code(help),
        );
    }
    if !report.waived.is_empty() {
        out.push_str("\n## Waived\n\n");
    }
    for Waived { finding, waiver } in &report.waived {
        let place = code(&finding.subject.to_string());
        let _ = writeln!(out, "- {} {place}: {}", finding.code, code(&waiver.reason));
    }
    if !report.unused_waivers.is_empty() {
        out.push_str("\n## Unused waivers\n\n");
    }
    for waiver in &report.unused_waivers {
        let _ = writeln!(
            out,
            "- {}: nothing like it was found; remove it",
            waiver.code
        );
    }
    if !report.not_checked.is_empty() {
        out.push_str("\n## Not checked\n\n");
    }
    for missing in missing(report) {
        let _ = writeln!(out, "- {}: {}", code(missing.what), code(missing.why));
    }
    let day = report.day.as_deref().unwrap_or("no day given");
    let _ = writeln!(out, "\n{}, {day}", report.tool);
    out
}
