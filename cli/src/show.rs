//! `visor show`

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};
use tower_visor::pins::{PinnedFile, Pins};

use crate::demands::Demands;
use crate::fault::Fault;
use crate::input;
use crate::report::{Report, provenances};

/// How many characters of a digest are shown: enough to tell two apart at a glance.
const PREFIX: usize = 16;

#[derive(Args, Debug)]
pub(crate) struct Show {
    /// The lock file
    #[arg(short, long, value_name = "FILE", default_value = "visor-lock.json")]
    pub(crate) lock: PathBuf,
}

pub(crate) fn run(arguments: &Show, demands: &Demands) -> Result<Report, Fault> {
    let pins = input::lock(&arguments.lock)?;
    let mut report = Report::new("show");
    report.line(format!(
        "version {}, served under {}, {} files, {} bytes: {}",
        pins.version(),
        pins.base(),
        pins.files().len(),
        grouped(pins.files().iter().map(PinnedFile::bytes).sum()),
        provenances(&pins),
    ));
    report.pins(&pins, demands)?;
    report.data("base", json!(pins.base()));
    // The lock file is JSON already; what was just read from it reads again.
    let lock: Value = serde_json::from_str(&pins.to_json()).unwrap_or_default();
    for key in ["packages", "files"] {
        report.data(key, lock.get(key).cloned().unwrap_or_default());
    }
    for line in packages(&pins).into_iter().chain(files(&pins)) {
        report.line(line);
    }
    Ok(report)
}

fn packages(pins: &Pins) -> Vec<String> {
    let rows = pins.packages().iter().map(|package| {
        [
            package.name().to_owned(),
            package.version().to_string(),
            package.provenance().to_string(),
            package
                .integrity()
                .map_or_else(|| "-".to_owned(), ToString::to_string),
        ]
    });
    table(["package", "version", "provenance", "integrity"], rows)
}

fn files(pins: &Pins) -> Vec<String> {
    let rows = pins.files().iter().map(|file| {
        let digest: String = file.digest().to_string().chars().take(PREFIX).collect();
        let provenance = match file.override_reason() {
            Some(reason) => format!("override: {reason}"),
            None => file.provenance().to_string(),
        };
        [
            grouped(file.bytes()),
            format!("{digest}.."),
            provenance,
            file.url().to_owned(),
        ]
    });
    table(["bytes", "digest", "provenance", "served at"], rows)
}

/// Columns as wide as their widest cell, after an empty line; numbers to the right.
fn table(head: [&str; 4], rows: impl Iterator<Item = [String; 4]>) -> Vec<String> {
    let rows: Vec<[String; 4]> = std::iter::once(head.map(str::to_owned))
        .chain(rows)
        .collect();
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let (a, b, c) = (width(0), width(1), width(2));
    let numbers = head.first() == Some(&"bytes");
    let lines = rows.iter().map(|[first, second, third, last]| {
        if numbers {
            format!("{first:>a$}  {second:<b$}  {third:<c$}  {last}")
        } else {
            format!("{first:<a$}  {second:<b$}  {third:<c$}  {last}")
        }
    });
    std::iter::once(String::new()).chain(lines).collect()
}

/// `4455257` as `4,455,257`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
