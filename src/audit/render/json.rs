//! Reports as one JSON document.

use serde::Serialize;

use super::summary::counts;
use crate::audit::{Control, Report, Severity};
use crate::escape;

/// What a reader would have to work out, then the report itself.
#[derive(Serialize)]
struct Document<'a> {
    /// Rises when a key changes its meaning or goes; a new key leaves it.
    schema: u32,
    worst: Option<Severity>,
    counts: std::collections::BTreeMap<Severity, usize>,
    controls: Vec<AtStake>,
    #[serde(flatten)]
    report: &'a Report,
}

#[derive(Serialize)]
struct AtStake {
    #[serde(flatten)]
    control: Control,
    worst: Severity,
}

pub(super) fn render(report: &Report) -> String {
    let controls = report.controls().into_iter();
    let document = Document {
        schema: 1,
        worst: report.worst(),
        counts: counts(report).into_iter().collect(),
        controls: controls
            .map(|(control, worst)| AtStake { control, worst })
            .collect(),
        report,
    };
    // Texts, numbers and lists with text keys: serialising them can't fail.
    let json = serde_json::to_string_pretty(&document).unwrap_or_default();
    escape::json(&json) + "\n"
}
