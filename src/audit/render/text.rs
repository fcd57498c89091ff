//! Reports as lines for people and terminals.

use std::fmt::Write as _;

use super::groups::grouped;
use super::summary::{missing, summary};
use crate::audit::{Finding, Report, Severity, Waived};
use crate::escape::log;

/// Whether a text may hold escape sequences for colors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[allow(clippy::exhaustive_enums)] // a terminal shows colors or it doesn't
pub enum Color {
    /// None: for files, pipes and snapshots.
    #[default]
    Never,
    /// ANSI sequences, for terminals. To ask whether there is one, and whether `NO_COLOR` is set,
    /// is the caller's part.
    Ansi,
}

/// `bold red`, and the way back.
fn paint(text: &str, sequence: &str, color: Color) -> String {
    match color {
        Color::Never => text.to_owned(),
        Color::Ansi => format!("\u{1b}[{sequence}m{text}\u{1b}[0m"),
    }
}

/// The color of a severity.
const fn sequence(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "1;31",
        Severity::Medium => "31",
        Severity::Low => "33",
        Severity::Note => "36",
    }
}

const BOLD: &str = "1";
const DIM: &str = "2";

/// Harmless, and without the marks of code, which only Markdown shows as what they are.
fn plain(text: &str) -> String {
    log(text).replace('`', "")
}

/// As [`plain`], and what is code is bold where that can be shown.
fn marked(text: &str, color: Color) -> String {
    let is_closed = text.matches('`').count().is_multiple_of(2);
    if color == Color::Never || !is_closed {
        return plain(text);
    }
    let text = log(text);
    let parts = text.split('`').enumerate();
    parts
        .map(|(index, part)| match index % 2 {
            1 => paint(part, BOLD, color),
            _ => part.to_owned(),
        })
        .collect()
}

/// The findings, what was waived, and the waivers that nobody needed.
pub(super) fn findings(report: &Report, color: Color) -> String {
    let mut text = String::new();
    // Writing to a string can't fail.
    for group in grouped(&report.findings) {
        let Finding {
            code,
            severity,
            help,
            ..
        } = group.finding;
        let level = paint(&format!("{severity:<6}"), sequence(*severity), color);
        let code = paint(code.as_str(), BOLD, color);
        let found = group
            .found
            .iter()
            .map(|(subject, found)| format!("{}: {}", plain(&subject.to_string()), plain(found)));
        let found = found.collect::<Vec<_>>().join("\n       ");
        let _ = writeln!(text, "{level} {code}: {found}");
        for url in group.urls {
            let place = paint(&format!("       at {}", log(url)), DIM, color);
            let _ = writeln!(text, "{place}");
        }
        let _ = writeln!(text, "       fix: {}", marked(help, color));
    }
    for Waived { finding, waiver } in &report.waived {
        let subject = log(&finding.subject.to_string());
        let (code, reason) = (finding.code, log(&waiver.reason));
        let _ = writeln!(text, "waived {code}: {subject}: {reason}");
    }
    for waiver in &report.unused_waivers {
        let _ = writeln!(
            text,
            "unused waiver {}: nothing like it was found; remove it",
            waiver.code
        );
    }
    if text.is_empty() {
        text.push_str("nothing was found\n");
    }
    text
}

/// What was examined, the findings, what was not checked, the summary.
pub(super) fn human(report: &Report, color: Color) -> String {
    let mut text = String::new();
    for response in &report.responses {
        let url = paint(&log(&response.url), BOLD, color);
        let (status, profile) = (response.status, response.profile);
        let _ = write!(text, "{url}: {status}, as {profile}");
        match response.bytes {
            Some(bytes) => writeln!(text, ", {bytes} bytes"),
            None => writeln!(text, ", body not read"),
        }
        .unwrap_or_default();
    }
    if let Some(sentence) = report.sdk.as_ref().and_then(|sdk| sdk.sentence.as_ref()) {
        let _ = writeln!(text, "SDK: {}", log(sentence));
    }
    let is_empty =
        report.findings.is_empty() && report.waived.is_empty() && report.unused_waivers.is_empty();
    if !is_empty {
        let _ = write!(text, "\n{}", findings(report, color));
    }
    if !report.not_checked.is_empty() {
        text.push_str("\nnot checked:\n");
        for missing in missing(report) {
            let line = format!("       {}: {}", plain(missing.what), plain(missing.why));
            let _ = writeln!(text, "{}", paint(&line, DIM, color));
        }
    }
    let _ = writeln!(text, "\n{}", paint(&summary(report), BOLD, color));
    text
}
