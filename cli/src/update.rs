//! `visor update`

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};
use tower_visor::audit::{Code, Finding, Subject};
use tower_visor::pins::{Changes, FileState, Provenance};

use crate::demands::Demands;
use crate::fault::Fault;
use crate::files::{Files, could_run};
use crate::input;
use crate::pinning::{unpublished, written};
use crate::report::Report;

#[derive(Args, Debug)]
pub(crate) struct Update {
    #[command(flatten)]
    pub(crate) files: Files,

    /// The lock file
    #[arg(short, long, value_name = "FILE", default_value = "visor-lock.json")]
    pub(crate) lock: PathBuf,

    /// An override to remove from the lock file: the file is the package's own again
    #[arg(long, value_name = "PATH")]
    pub(crate) no_override: Vec<String>,

    /// Write the lock file
    #[arg(short, long)]
    pub(crate) write: bool,

    /// Accept different bytes under the same version, once you know why they differ
    #[arg(long)]
    pub(crate) same_version: bool,
}

pub(crate) fn run(arguments: &Update, demands: &Demands) -> Result<Report, Fault> {
    let old = input::lock(&arguments.lock)?;
    let mut report = Report::new("update");
    // What the lock file decided stays decided.
    let mut scan = arguments
        .files
        .scan()?
        .served_at(old.base())
        .algorithm(old.algorithm())
        .keeping_overrides_of(&old);
    for path in &arguments.no_override {
        scan = scan.without_override(path);
    }
    let new = match input::busy("pinning", || scan.run()) {
        Ok(new) => new.keeping_provenance_of(&old),
        Err(errors) => {
            could_run(&errors)?;
            for error in &errors {
                report.find(error);
            }
            return Ok(report);
        }
    };
    let changes = old.changes_to(&new);
    report.data("changes", data(&changes));
    for line in changes.to_string().lines() {
        report.line(line);
    }
    report.pins(&new, demands)?;
    unpublished(&mut report, &new, !arguments.files.published.is_empty());
    arguments.files.hosts(&mut report)?;
    if changes.lowers_provenance() {
        let found = "some provenance is lowered";
        report.find(Finding::about(
            Code::PROVENANCE_LOWERED,
            Subject::Sdk,
            found,
        ));
    }
    for change in changes.files.iter().filter(|_| changes.version.is_none()) {
        let (Some(was), Some(is)) = (&change.old, &change.new) else {
            continue;
        };
        // Of an override it is said why, and it says who did it.
        let is_own = was.override_reason.is_none() && is.override_reason.is_none();
        if was.digest.algorithm() != is.digest.algorithm() || was.digest == is.digest || !is_own {
            continue;
        }
        let found = format!(
            "version {} has different bytes than the pinned ones",
            new.version()
        );
        if arguments.same_version {
            report.line(format!(
                "{}: {found}; accepted by --same-version",
                change.path
            ));
        } else {
            report.find_in(Code::SAME_VERSION_DIFFERS, &change.path, found);
        }
    }
    if changes.is_empty() {
        return Ok(report);
    }
    if !arguments.write {
        let found = "the lock file doesn't match the files".to_owned();
        report.find_in(Code::LOCK_OUTDATED, &input::name(&arguments.lock), found);
    } else if report.is_clean() {
        let replaced = new.replace(&arguments.lock);
        written(&mut report, &new, &arguments.lock, replaced)?;
    }
    Ok(report)
}

fn data(changes: &Changes) -> Value {
    let state = |state: &Option<FileState>| {
        state.as_ref().map(|state| {
            json!({
                "bytes": state.bytes,
                "integrity": state.digest.to_string(),
                "provenance": state.provenance.as_str(),
                "override": state.override_reason,
            })
        })
    };
    let files: Vec<Value> = changes
        .files
        .iter()
        .map(|change| {
            json!({"path": change.path, "old": state(&change.old), "new": state(&change.new)})
        })
        .collect();
    let packages: Vec<Value> = changes
        .packages
        .iter()
        .map(|change| {
            json!({
                "name": change.name,
                "old": change.old.map(Provenance::as_str),
                "new": change.new.map(Provenance::as_str),
            })
        })
        .collect();
    json!({
        "version": changes.version.as_ref().map(|(old, new)| json!([old.to_string(), new.to_string()])),
        "packages": packages,
        "files": files,
    })
}
