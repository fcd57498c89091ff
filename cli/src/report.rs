//! What a command found, and how it is printed.

use clap::ValueEnum;
use serde_json::{Map, Value, json};
use tower_visor::audit::escape;
use tower_visor::pins::{Difference, PinError, PinnedFile, Pins, Provenance};
use tower_visor::sdk::SupportLevel;

use crate::demands::Demands;
use crate::fault::Fault;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Lines for people
    Human,
    /// One JSON document
    Json,
    /// Annotations of GitHub Actions
    Github,
    /// Annotations of Azure Pipelines
    Azure,
}

/// How much a finding counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Severity {
    /// Exit code 1.
    Error,
    /// Worth a look.
    Warning,
}

/// One thing that was found.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    severity: Severity,
    code: &'static str,
    message: String,
}

/// All that a command has to say.
#[derive(Debug)]
pub(crate) struct Report {
    command: &'static str,
    /// For people, before the findings.
    lines: Vec<String>,
    /// For machines, beside the findings.
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

    pub(crate) fn find(&mut self, severity: Severity, code: &'static str, message: String) {
        self.findings.push(Finding {
            severity,
            code,
            message,
        });
    }

    pub(crate) fn errors(&mut self, errors: &[PinError]) {
        for error in errors {
            let code = match error {
                PinError::Tree(_) => "tree",
                _ => "pin",
            };
            self.find(Severity::Error, code, error.to_string());
        }
    }

    pub(crate) fn differences(&mut self, differences: &[Difference]) {
        for difference in differences {
            self.find(Severity::Error, difference.code(), difference.to_string());
        }
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
        let too_old = demands.max_behind.is_some_and(|most| support.level > most);
        if too_old {
            self.find(Severity::Error, "behind", support.to_string());
        } else if support.level >= SupportLevel::BehindMinor {
            self.find(Severity::Warning, "behind", support.to_string());
        } else {
            self.line(support.to_string());
        }
        if let Some(minimum) = demands.min_provenance.filter(|least| provenance < *least) {
            let known_less = |file: &&PinnedFile| {
                file.override_reason().is_none() && file.provenance() < minimum
            };
            for file in pins.files().iter().filter(known_less) {
                let message = format!(
                    "{}: only {}, {minimum} is required; give the tarballs with a lock file, signatures or published digests",
                    file.path(),
                    file.provenance()
                );
                self.find(Severity::Error, "provenance", message);
            }
        }
        Ok(())
    }

    /// Whether the exit code is 0.
    pub(crate) fn is_clean(&self) -> bool {
        self.findings
            .iter()
            .all(|finding| finding.severity != Severity::Error)
    }

    pub(crate) fn render(&self, format: Format) -> String {
        match format {
            Format::Human => self.human(),
            Format::Json => self.json(),
            Format::Github => self.annotations(|finding| {
                let kind = match finding.severity {
                    Severity::Error => "error",
                    Severity::Warning => "warning",
                };
                format!(
                    "::{kind} title={}::{}",
                    finding.code,
                    escape::github(&finding.message)
                )
            }),
            Format::Azure => self.annotations(|finding| {
                let kind = match finding.severity {
                    Severity::Error => "error",
                    Severity::Warning => "warning",
                };
                let code = finding.code;
                let message = escape::azure(&finding.message);
                format!("##vso[task.logissue type={kind};code={code}]{message}")
            }),
        }
    }

    fn human(&self) -> String {
        let mut out = String::new();
        for line in &self.lines {
            out.push_str(&escape::log(line));
            out.push('\n');
        }
        for finding in &self.findings {
            out.push_str(match finding.severity {
                Severity::Error => "error: ",
                Severity::Warning => "warning: ",
            });
            out.push_str(&escape::log(&finding.message));
            out.push('\n');
        }
        out
    }

    fn json(&self) -> String {
        let findings: Vec<Value> = self
            .findings
            .iter()
            .map(|finding| {
                json!({
                    "severity": match finding.severity {
                        Severity::Error => "error",
                        Severity::Warning => "warning",
                    },
                    "code": finding.code,
                    "message": finding.message,
                })
            })
            .collect();
        let mut document = self.data.clone();
        document.insert("command".to_owned(), json!(self.command));
        document.insert("clean".to_owned(), json!(self.is_clean()));
        document.insert("findings".to_owned(), Value::Array(findings));
        escape::json(&format!("{:#}\n", Value::Object(document)))
    }

    /// The lines as they are, then one annotation for each finding.
    fn annotations(&self, annotation: impl Fn(&Finding) -> String) -> String {
        let lines = self.lines.iter().map(|line| escape::log(line));
        let mut out: Vec<String> = lines.chain(self.findings.iter().map(annotation)).collect();
        out.push(String::new());
        out.join("\n")
    }
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
