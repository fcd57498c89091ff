//! `visor pin`

use std::path::PathBuf;

use clap::Args;
use tower_visor::sri::Algorithm;

use crate::demands::Demands;
use crate::fault::Fault;
use crate::files::{Files, could_run};
use crate::input;
use crate::pinning::{unpublished, written};
use crate::report::Report;

#[derive(Args, Debug)]
pub(crate) struct Pin {
    #[command(flatten)]
    pub(crate) files: Files,

    /// The lock file to write; it must not exist
    #[arg(
        short,
        long,
        alias = "out",
        value_name = "FILE",
        default_value = "visor-lock.json"
    )]
    pub(crate) lock: PathBuf,

    /// URL path under which the files are served, with `/` at both ends
    #[arg(long, value_name = "PATH", default_value = "/")]
    pub(crate) base: String,

    /// Hash algorithm: sha256, sha384 or sha512
    #[arg(long, default_value_t = Algorithm::Sha384)]
    pub(crate) algorithm: Algorithm,
}

pub(crate) fn run(arguments: &Pin, demands: &Demands) -> Result<Report, Fault> {
    if arguments.lock.exists() {
        let why = "exists; look at what would change with `visor update`, or remove it first";
        return Err(Fault::new(&input::name(&arguments.lock), &why));
    }
    let mut report = Report::new("pin");
    let scan = arguments
        .files
        .scan()?
        .served_at(&arguments.base)
        .algorithm(arguments.algorithm);
    match input::busy("pinning", || scan.run()) {
        Ok(pins) => {
            report.pins(&pins, demands)?;
            unpublished(&mut report, &pins, !arguments.files.published.is_empty());
            arguments.files.hosts(&mut report)?;
            if report.is_clean() {
                let saved = pins.save(&arguments.lock);
                written(&mut report, &pins, &arguments.lock, saved)?;
            }
        }
        Err(errors) => {
            could_run(&errors)?;
            for error in &errors {
                report.find(error);
            }
        }
    }
    Ok(report)
}
