//! Reports as one JSON document.

use serde::Serialize;

use super::summary::counts;
use crate::audit::{Code, Control, Report, Severity, Standing};
use crate::escape;

/// What a reader would have to work out, then the report itself.
#[derive(Serialize)]
struct Document<'a> {
    /// Rises when a key changes its meaning or goes; a new key leaves it.
    schema: u32,
    worst: Option<Severity>,
    counts: std::collections::BTreeMap<Severity, usize>,
    controls: Vec<AtStake>,
    standings: Vec<Stands>,
    #[serde(flatten)]
    report: &'a Report,
}

#[derive(Serialize)]
struct AtStake {
    #[serde(flatten)]
    control: Control,
    worst: Severity,
}

/// How a requirement stands.
#[derive(Serialize)]
struct Stands {
    #[serde(flatten)]
    control: Control,
    title: &'static str,
    state: &'static str,
    /// What was found: against it where it failed, accepted where it passed.
    codes: Vec<Code>,
    /// Why it was not checked.
    because: Option<String>,
}

impl Stands {
    fn new(control: Control, standing: Standing) -> Self {
        let (state, codes, because) = match standing {
            Standing::Passed { accepted } => ("passed", accepted, None),
            Standing::Failed { codes, .. } => ("failed", codes, None),
            Standing::NotChecked { because } => ("not-checked", Vec::new(), Some(because)),
        };
        Self {
            title: control.title(),
            control,
            state,
            codes,
            because,
        }
    }
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
        standings: report
            .standings()
            .into_iter()
            .map(|(control, standing)| Stands::new(control, standing))
            .collect(),
        report,
    };
    // Texts, numbers and lists with text keys: serialising them can't fail.
    let json = serde_json::to_string_pretty(&document).unwrap_or_default();
    escape::json(&json) + "\n"
}
