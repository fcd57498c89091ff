//! The site that a front end and the SDK make: what `serve` and `build` ask for alike.

use std::path::{Path, PathBuf};

use clap::Args;
use tower_visor::Site;
use tower_visor::pins::Provenance;
use tower_visor::site::SiteBuilder;

use crate::fault::Fault;

#[derive(Args, Debug)]
pub(crate) struct FrontEnd {
    /// The SDK's lock file
    #[arg(
        short,
        long,
        alias = "pins",
        value_name = "FILE",
        default_value = "visor-lock.json"
    )]
    pub(crate) lock: PathBuf,

    /// Serves a page at further paths: `/verify/{*rest}=index.html`
    #[arg(long, value_name = "PATTERN=PAGE", value_parser = pair)]
    pub(crate) page_at: Vec<(String, String)>,

    /// Leaves out a file of the application, or a folder if it ends in a slash
    #[arg(long, value_name = "NAME")]
    pub(crate) without: Vec<String>,

    /// Fail if any file of the SDK has weaker provenance than this
    #[arg(long, value_name = "PROVENANCE", default_value_t = Provenance::Observed)]
    pub(crate) min_provenance: Provenance,
}

impl FrontEnd {
    /// What is made of a front end's folder and the SDK's.
    pub(crate) fn builder(&self, folder: &Path, sdk: &[PathBuf]) -> Result<SiteBuilder, Fault> {
        let (first, further) = sdk
            .split_first()
            // clap asks for one.
            .ok_or_else(|| Fault::new("--sdk", &"is missing"))?;
        let mut builder = Site::builder(first, &self.lock)
            .app(folder)
            .requiring(self.min_provenance);
        for folder in further {
            builder = builder.and(folder);
        }
        for (pattern, page) in &self.page_at {
            builder = builder.page_at(pattern, page);
        }
        for name in &self.without {
            builder = builder.without(name);
        }
        Ok(builder)
    }
}

/// Two parts of an argument.
pub(crate) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((one, other)) if !one.is_empty() && !other.is_empty() => {
            Ok((one.to_owned(), other.to_owned()))
        }
        _ => Err("write two parts with `=` between them".to_owned()),
    }
}
