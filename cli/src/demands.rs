//! What the commands on pins demand of them: arguments of all of these commands.

use std::path::PathBuf;

use clap::Args;
use tower_visor::pins::Provenance;
use tower_visor::sdk::{Date, Releases, SupportLevel};

use crate::fault::Fault;
use crate::input;

/// Requirements on the pins beyond being correct.
#[derive(Args, Debug)]
pub(crate) struct Demands {
    /// Fail if any file that isn't an override has weaker provenance than this: observed, `registry
    /// (weak: sha1)`, registry, signed or published
    #[arg(long, value_name = "PROVENANCE")]
    pub(crate) min_provenance: Option<Provenance>,

    /// Fail if the version is further behind than this: current, patch, minor, major or blocked
    #[arg(long, value_name = "LEVEL")]
    pub(crate) max_behind: Option<SupportLevel>,

    /// Table of releases, as JSON, instead of the built-in one
    #[arg(long, value_name = "FILE")]
    pub(crate) releases: Option<PathBuf>,

    /// The day from which ages are counted, instead of today
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) today: Option<Date>,
}

impl Demands {
    /// The table of releases.
    pub(crate) fn releases(&self) -> Result<Releases, Fault> {
        match &self.releases {
            None => Ok(Releases::builtin()),
            Some(file) => input::releases(file),
        }
    }

    /// The day, unless the caller says otherwise.
    pub(crate) fn today(&self) -> Date {
        self.today.unwrap_or_else(input::now)
    }
}
