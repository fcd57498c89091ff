//! What a command on pins says, in the words of audits.

use std::io;

use anstream::{AutoStream, ColorChoice};
use clap::ValueEnum;
use serde_json::{Map, Value, json};
use tower_visor::audit::{self, Code, Color, Finding, Severity, Subject};
use tower_visor::escape;
use tower_visor::pins::{PinnedFile, Pins, Provenance};

use crate::common::Common;
use crate::demands::Demands;
use crate::fault::Fault;
use crate::wrap;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Text for people
    Human,
    /// One JSON document
    Json,
    /// Annotations of GitHub Actions
    Github,
    /// Annotations of Azure Pipelines
    Azure,
}

/// All that a command has to say.
#[derive(Debug)]
pub(crate) struct Report {
    command: &'static str,
    /// For people, before the findings.
    lines: Vec<String>,
    /// For machines, in addition to the findings.
    data: Map<String, Value>,
    findings: Vec<Finding>,
}

impl Report {
    pub(crate) fn new(command: &'static str) -> Self {
        Self {
            command,
            lines: Vec::new(),
            data: Map::new(),
            findings: Vec::new(),
        }
    }

    pub(crate) fn line(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    pub(crate) fn data(&mut self, key: &str, value: Value) {
        self.data.insert(key.to_owned(), value);
    }

    pub(crate) fn find(&mut self, finding: impl Into<Finding>) {
        self.findings.push(finding.into());
    }

    /// A finding about one file.
    pub(crate) fn find_in(&mut self, code: Code, path: &str, found: String) {
        let path = path.to_owned();
        self.find(Finding::about(code, Subject::File { path }, found));
    }

    /// Version, freshness and provenance of pins, against what the caller demands.
    pub(crate) fn pins(&mut self, pins: &Pins, demands: &Demands) -> Result<(), Fault> {
        let support = pins.support(&demands.releases()?, demands.today());
        self.data("version", json!(pins.version().to_string()));
        self.data("support", json!(support.level.as_str()));
        let provenance = pins.weakest_provenance();
        self.data("provenance", json!(provenance.as_str()));
        let counts = counts(pins).into_iter();
        let counts = counts.map(|(name, count)| (name.to_owned(), json!(count)));
        self.data("provenances", Value::Object(counts.collect()));
        match Finding::of_support(&support, demands.max_behind) {
            Some(finding) => self.find(finding),
            None => self.line(support.to_string()),
        }
        if let Some(minimum) = demands.min_provenance.filter(|least| provenance < *least) {
            let known_less = |file: &&PinnedFile| {
                file.override_reason().is_none() && file.provenance() < minimum
            };
            for file in pins.files().iter().filter(known_less) {
                let found = format!("only {}, but {minimum} is required", file.provenance());
                self.find_in(Code::PROVENANCE_TOO_LOW, file.path(), found);
            }
        }
        Ok(())
    }

    /// Whether the exit code is 0, by the rule of audits: notes are none of its business.
    pub(crate) fn is_clean(&self) -> bool {
        let worst = self.findings.iter().map(|finding| finding.severity).max();
        worst.is_none_or(|worst| worst < Severity::Low)
    }

    pub(crate) fn render(&self, format: Format, demands: &Demands, common: Common) -> String {
        let report = audit::Report::of_files(Some(demands.today()), self.findings.clone());
        if format == Format::Json {
            return self.json(&report);
        }
        // What `show` shows is what it was asked for.
        let is_said = !common.quiet || self.command == "show";
        let lines = self.lines.iter().filter(|_| is_said);
        let lines: String = lines.map(|line| escape::log(line) + "\n").collect();
        if self.findings.is_empty() {
            return wrap::stdout(lines);
        }
        let findings = match format {
            Format::Github => report.to_github(),
            Format::Azure => report.to_azure(),
            _ if lines.is_empty() => report.to_human(color()).trim_start().to_owned(),
            _ => report.to_human(color()),
        };
        let text = lines + &findings;
        if format == Format::Human {
            wrap::stdout(text)
        } else {
            text
        }
    }

    /// The document of an audit, with what this command adds.
    fn json(&self, report: &audit::Report) -> String {
        // It was JSON a moment ago.
        let mut document: Map<String, Value> =
            serde_json::from_str(&report.to_json()).unwrap_or_default();
        document.extend(self.data.clone());
        document.insert("command".to_owned(), json!(self.command));
        document.insert("clean".to_owned(), json!(self.is_clean()));
        escape::json(&format!("{:#}\n", Value::Object(document)))
    }
}

/// The choice that the help makes, by the same library.
pub(crate) fn color() -> Color {
    if AutoStream::choice(&io::stdout()) == ColorChoice::Never {
        return Color::Never;
    }
    // It tells the console of Windows, which has to know.
    let _ = AutoStream::always_ansi(io::stdout());
    Color::Ansi
}

/// How many files are known how well, best first, and how many are overridden.
fn counts(pins: &Pins) -> Vec<(&'static str, usize)> {
    let own = |file: &&PinnedFile| file.override_reason().is_none();
    let count = |provenance: Provenance| {
        let files = pins.files().iter().filter(own);
        files.filter(|file| file.provenance() == provenance).count()
    };
    let known = Provenance::ALL.into_iter().rev();
    let known = known.map(|provenance| (provenance.as_str(), count(provenance)));
    let all = pins.files().len();
    let overridden = all - pins.files().iter().filter(own).count();
    known
        .chain([("override", overridden)])
        .filter(|(_, count)| *count > 0)
        .collect()
}

/// The same for people: `1 published, 15 observed, 1 override`.
pub(crate) fn provenances(pins: &Pins) -> String {
    let parts: Vec<String> = counts(pins)
        .into_iter()
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    parts.join(", ")
}
