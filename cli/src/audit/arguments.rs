//! The arguments of `visor audit`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use tower_visor::audit::{Profile, Severity};
use tower_visor::sdk::Date;

use crate::browser::Options;
use crate::secrets::Secrets;

#[derive(Args, Debug)]
pub(crate) struct Audit {
    /// An `http` or `https` URL, or a file: the output of `curl -si`, or a HAR; `-` is standard input
    #[arg(value_name = "URL|FILE|-", required_unless_present = "browser")]
    target: Option<String>,

    /// The URL to which the file is the response; for a HAR, the page to judge
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,

    #[command(flatten)]
    pub(crate) secrets: Secrets,

    /// What the response is meant to be: liveness, document, asset or api
    #[arg(long, value_name = "PROFILE", default_value = "liveness")]
    pub(crate) profile: Profile,

    /// The SDK's lock file: the files that the server sends are compared with it
    #[arg(short, long, alias = "pins", value_name = "FILE")]
    pub(crate) lock: Option<PathBuf>,

    /// The server's policy (TOML or JSON): the reasons of its exceptions go into the report, and its
    /// endpoint is compared with connect-src
    #[arg(short, long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,

    /// The approved state: differences from it are findings
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,

    /// Write what was seen to the file of `--baseline`, as the approved state
    #[arg(long, requires = "baseline")]
    pub(crate) write_baseline: bool,

    #[command(flatten)]
    pub(crate) browsing: Options,

    /// Who owns each script of the page, and why it is there (TOML)
    #[arg(long, value_name = "FILE", requires = "browser")]
    pub(crate) scripts: Option<PathBuf>,

    /// Accepted findings, with their reasons (TOML)
    #[arg(long, value_name = "FILE")]
    pub(crate) waivers: Option<PathBuf>,

    /// Exit code 1 for findings of this level or worse: note, low, medium or high
    #[arg(long, value_name = "LEVEL", default_value = "low")]
    pub(crate) fail_on: Severity,

    /// Say what keeps the SDK from running, likeliest cause first
    #[arg(long)]
    pub(crate) doctor: bool,

    /// Also send requests that may change something on a careless server (a method that doesn't exist,
    /// a POST of 3 MiB) and ask for another host, to see whether these answers carry the headers
    /// too; an unknown path is always requested
    #[arg(long)]
    pub(crate) probe: bool,

    /// A certificate authority to trust in addition to the system's (PEM)
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,

    /// How long one answer may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0)]
    pub(crate) timeout: f64,

    /// How large one answer may be, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 16 * 1024 * 1024)]
    pub(crate) max_bytes: usize,

    /// How long the whole run may wait for the server, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 300.0)]
    pub(crate) total_timeout: f64,

    /// How much the whole run may receive, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 256 * 1024 * 1024)]
    pub(crate) total_bytes: usize,

    /// Table of releases, as JSON, instead of the built-in one
    #[arg(long, value_name = "FILE")]
    pub(crate) releases: Option<PathBuf>,

    /// The day of the audit, instead of today
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) today: Option<Date>,

    /// Also write the report as HTML to this file, as evidence
    #[arg(long, value_name = "FILE")]
    pub(crate) evidence: Option<PathBuf>,

    /// How to print
    #[arg(short, long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Text for people
    Human,
    /// One JSON document (docs/audit-report.schema.json)
    Json,
    /// Markdown, for comments and job summaries
    Markdown,
    /// One HTML file, as evidence
    Html,
    /// Annotations of GitHub Actions
    Github,
    /// Annotations of Azure Pipelines
    Azure,
}

impl Audit {
    /// What to audit. In `--browser URL`, the URL is no browser.
    pub(super) fn target(&self) -> &str {
        let target = self.target.as_ref().or(self.browsing.browser.as_ref());
        target.map_or("", String::as_str)
    }

    /// The browser to ask, if one is to be asked.
    pub(super) fn browser(&self) -> Option<&str> {
        let asked = self.browsing.browser.as_deref()?;
        Some(self.target.as_ref().map_or("chromium", |_| asked))
    }

    pub(super) fn is_url(&self) -> bool {
        let schemes = ["http://", "https://"];
        schemes
            .iter()
            .any(|scheme| self.target().starts_with(scheme))
    }
}
