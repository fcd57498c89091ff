//! Reports as annotations of GitHub Actions and Azure Pipelines.

use std::fmt::Write as _;

use super::summary::summary;
use crate::audit::{Finding, Report, Severity};
use crate::escape;

/// An annotation: its level, a title, and the message.
struct Annotation {
    severity: Severity,
    title: String,
    message: String,
}

/// Everything that makes a report unclean.
fn annotations(report: &Report) -> impl Iterator<Item = Annotation> {
    let findings = report.findings.iter().map(|finding| {
        let Finding {
            code,
            severity,
            url,
            subject,
            found,
            help,
        } = finding;
        Annotation {
            severity: *severity,
            title: code.to_string(),
            message: match url {
                Some(url) => format!("{subject}: {found} (at {url}); fix: {help}"),
                None => format!("{subject}: {found}; fix: {help}"),
            },
        }
    });
    let unused = report.unused_waivers.iter().map(|waiver| Annotation {
        severity: Severity::Low,
        title: "unused waiver".to_owned(),
        message: format!("{}: nothing like it was found; remove it", waiver.code),
    });
    findings.chain(unused)
}

pub(super) fn github(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a string can't fail.
    for annotation in annotations(report) {
        let kind = match annotation.severity {
            Severity::High => "error",
            Severity::Medium | Severity::Low => "warning",
            Severity::Note => "notice",
        };
        let title = escape::github_property(&annotation.title);
        let message = escape::github(&annotation.message);
        let _ = writeln!(out, "::{kind} title={title}::{message}");
    }
    let _ = writeln!(out, "{}", summary(report));
    out
}

pub(super) fn azure(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a string can't fail.
    for annotation in annotations(report) {
        let kind = match annotation.severity {
            Severity::High => "error",
            // Azure knows no third level.
            Severity::Medium | Severity::Low | Severity::Note => "warning",
        };
        let code = escape::azure(&annotation.title);
        let message = escape::azure(&annotation.message);
        let _ = writeln!(out, "##vso[task.logissue type={kind};code={code}]{message}");
    }
    let _ = writeln!(out, "{}", summary(report));
    out
}
