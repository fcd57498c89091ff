//! The outcome of an audit in one line.

use std::collections::HashMap;

use crate::audit::{Report, Severity};

/// `2 high, 1 low`; empty without findings.
pub(super) fn counts(report: &Report) -> Vec<(Severity, usize)> {
    let of = |severity| {
        let findings = report.findings.iter();
        findings
            .filter(|finding| finding.severity == severity)
            .count()
    };
    let all = Severity::ALL.into_iter().rev();
    all.map(|severity| (severity, of(severity)))
        .filter(|(_, count)| *count > 0)
        .collect()
}

/// `1 finding`, `2 findings`.
pub(super) fn plural(count: usize, one: &str) -> String {
    if count == 1 {
        format!("1 {one}")
    } else {
        format!("{count} {one}s")
    }
}

/// What was not checked, and of which responses: what holds for a whole server, each of its files
/// says.
pub(super) struct Missing<'a> {
    pub(super) what: &'a str,
    pub(super) why: &'a str,
    pub(super) urls: Vec<&'a str>,
}

pub(super) fn missing(report: &Report) -> Vec<Missing<'_>> {
    let mut all: Vec<Missing<'_>> = Vec::new();
    let mut index = HashMap::new();
    for missing in &report.not_checked {
        let (what, why) = (missing.what.as_str(), missing.why.as_str());
        let at = *index.entry((what, why)).or_insert_with(|| {
            all.push(Missing {
                what,
                why,
                urls: Vec::new(),
            });
            all.len() - 1
        });
        all[at].urls.push(&missing.url);
    }
    all
}

/// One line on the outcome.
pub(super) fn summary(report: &Report) -> String {
    let counts = counts(report);
    let mut parts = Vec::new();
    if counts.is_empty() {
        parts.push("nothing was found".to_owned());
    } else {
        let each = counts
            .iter()
            .map(|(severity, count)| format!("{count} {severity}"));
        let each: Vec<String> = each.collect();
        let count = plural(report.findings.len(), "finding");
        parts.push(format!("{count}: {}", each.join(", ")));
    }
    if !report.waived.is_empty() {
        parts.push(format!("{} waived", report.waived.len()));
    }
    if !report.unused_waivers.is_empty() {
        let count = plural(report.unused_waivers.len(), "waiver");
        parts.push(format!("{count} unused"));
    }
    if !report.not_checked.is_empty() {
        parts.push(format!("{} not checked", missing(report).len()));
    }
    parts.join("; ")
}
