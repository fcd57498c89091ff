//! Writing the lock file.

use std::fmt::Write as _;

use super::super::{Package, PinnedFile, Pins, Provenance};

/// The version of the format that this crate writes, and the only one that it reads.
pub(super) const SCHEMA: &str = "1";

pub(super) fn json(pins: &Pins) -> String {
    let mut out = String::new();
    let packages: Vec<String> = pins.packages().iter().map(package).collect();
    let files: Vec<String> = pins.files().iter().map(|f| file(pins, f)).collect();
    // Writing to a `String` can't fail.
    let _ = write!(
        out,
        "{{\n  \"schema\": {},\n  \"base\": {},\n  \"packages\": [\n{}\n  ],\n  \"files\": [\n{}\n  ]\n}}\n",
        SCHEMA,
        text(pins.base()),
        packages.join(",\n"),
        files.join(",\n"),
    );
    out
}

fn package(package: &Package) -> String {
    let mut line = Line::new();
    line.text("name", package.name());
    line.text("version", &package.version().to_string());
    line.text("provenance", package.provenance().as_str());
    if let Some(integrity) = package.integrity() {
        line.text("integrity", &integrity.to_string());
    }
    line.end()
}

fn file(pins: &Pins, file: &PinnedFile) -> String {
    let mut line = Line::new();
    line.text("path", file.path());
    line.text("url", file.url());
    line.raw("bytes", &file.bytes().to_string());
    line.text("integrity", &file.digest().to_string());
    line.text("type", file.content_type());
    if file.provenance() != inherited(pins, file) {
        line.text("provenance", file.provenance().as_str());
    }
    if !file.styles().is_empty() {
        let styles: Vec<String> = file
            .styles()
            .iter()
            .map(|digest| text(&digest.to_string()))
            .collect();
        line.raw("styles", &format!("[{}]", styles.join(", ")));
    }
    if let Some(reason) = file.override_reason() {
        line.text("override", reason);
    }
    line.end()
}

/// The provenance of a file that says nothing else: its package's, and for an override none.
pub(super) fn inherited(pins: &Pins, file: &PinnedFile) -> Provenance {
    if file.override_reason().is_some() {
        return Provenance::Observed;
    }
    pins.packages()
        .iter()
        .find(|package| package.name() == file.package())
        .map_or(Provenance::Observed, Package::provenance)
}

/// A JSON object on one line.
struct Line(String);

impl Line {
    fn new() -> Self {
        Self("    {".to_owned())
    }

    fn raw(&mut self, key: &str, value: &str) {
        let comma = if self.0.ends_with('{') { "" } else { ", " };
        let _ = write!(self.0, "{comma}\"{key}\": {value}");
    }

    fn text(&mut self, key: &str, value: &str) {
        self.raw(key, &text(value));
    }

    fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

fn text(value: &str) -> String {
    serde_json::Value::from(value).to_string()
}
