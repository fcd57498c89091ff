//! The command line.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum};
use tower_visor::pins::Provenance;
use tower_visor::sdk::{Date, SupportLevel, Version};
use tower_visor::sri::Algorithm;

use crate::audit::Audit;
use crate::complete::Completions;
use crate::explain::Explain;
use crate::headers::Headers;
use crate::serve::Serve;

/// Pins, audits and headers for the page that hosts the Face Liveness Web SDK.
///
/// Exit codes: 0 clean, 1 something was found, 2 it could not run.
#[derive(Debug, Parser)]
#[command(name = "visor", version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Pin the SDK's files and write the lock file
    Pin(Pin),
    /// Compare the files with the lock file
    Verify(Verify),
    /// Print the lock file for people
    Show(Show),
    /// Show what pinning anew would change, and write it if asked to
    ///
    /// Exit code 1 means that something changes and was not written. Overrides, base path and
    /// algorithm stay as they are in the lock file, and so does what was known of files that did
    /// not change.
    Update(Update),
    /// Judge what a server sends: headers, page, scripts, SDK
    ///
    /// The page is fetched once, as a browser would, then the scripts, style sheets and SDK files
    /// that it loads; nothing is run. Only HTTP/1.1 is spoken.
    Audit(Audit),
    /// Explain a code of an audit's findings
    Explain(Explain),
    /// Print the headers of a policy, also for static servers
    Headers(Headers),
    /// Serve a built front end under the strictest policy, with the pinned SDK
    ///
    /// For previews and small deployments. It serves the pages, the files and the SDK, and no API:
    /// what makes sessions is the application's part.
    Serve(Serve),
    /// Print completions for a shell
    #[command(hide = true)]
    Completions(Completions),
    /// Print the manual page
    #[command(hide = true)]
    Man,
}

/// How the commands on pins print.
#[derive(Args, Debug)]
pub(crate) struct Output {
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Human, display_order = 100)]
    pub(crate) format: Format,
}

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

#[derive(Args, Debug)]
pub(crate) struct Pin {
    #[command(flatten)]
    pub(crate) files: Files,

    /// The lock file to write; it must not exist
    #[arg(long, value_name = "FILE", default_value = "visor-lock.json")]
    pub(crate) out: PathBuf,

    /// URL path under which the files are served, with `/` at both ends
    #[arg(long, value_name = "PATH", default_value = "/")]
    pub(crate) base: String,

    /// Hash algorithm: sha256, sha384 or sha512
    #[arg(long, default_value_t = Algorithm::Sha384)]
    pub(crate) algorithm: Algorithm,

    #[command(flatten)]
    pub(crate) demands: Demands,

    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Args, Debug)]
pub(crate) struct Verify {
    /// Folders that hold `node_modules`, the component beside its assets, or tarballs; or tarballs
    ///
    /// A tarball is compared with the registry's integrity in the lock file, where there is one,
    /// before it is unpacked, and then its files with the pins.
    #[arg(value_name = "DIR", required = true)]
    pub(crate) places: Vec<PathBuf>,

    /// The lock file
    #[arg(long, value_name = "FILE", default_value = "visor-lock.json")]
    pub(crate) lock: PathBuf,

    #[command(flatten)]
    pub(crate) demands: Demands,

    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Args, Debug)]
pub(crate) struct Show {
    /// The lock file
    #[arg(long, value_name = "FILE", default_value = "visor-lock.json")]
    pub(crate) lock: PathBuf,

    #[command(flatten)]
    pub(crate) demands: Demands,

    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Args, Debug)]
pub(crate) struct Update {
    #[command(flatten)]
    pub(crate) files: Files,

    /// The lock file
    #[arg(long, value_name = "FILE", default_value = "visor-lock.json")]
    pub(crate) lock: PathBuf,

    /// An override of the lock file to take back: the file is the package's own again
    #[arg(long, value_name = "PATH")]
    pub(crate) no_override: Vec<String>,

    /// Write the lock file
    #[arg(long)]
    pub(crate) write: bool,

    #[command(flatten)]
    pub(crate) demands: Demands,

    #[command(flatten)]
    pub(crate) output: Output,
}

/// The files to pin, and what they are checked against.
#[derive(Args, Debug)]
pub(crate) struct Files {
    /// Folders that hold `node_modules`, the component beside its assets, or tarballs; or tarballs
    #[arg(value_name = "DIR", required = true)]
    pub(crate) places: Vec<PathBuf>,

    /// Lock file of npm, yarn or pnpm that the packages were installed with
    #[arg(long, value_name = "FILE")]
    pub(crate) npm_lock: Vec<PathBuf>,

    /// Digests as the publisher gives them: lines of `sha384sum`, or of paths and `sha384-...`
    #[arg(long, value_name = "FILE")]
    pub(crate) published: Vec<PathBuf>,

    /// A package's document of the npm registry, with its signatures
    #[arg(long, value_name = "PACKAGE@VERSION=FILE")]
    pub(crate) signature: Vec<Signature>,

    /// Keys that the registry signs with, instead of npm's
    #[arg(long, value_name = "FILE")]
    pub(crate) keys: Option<PathBuf>,

    /// A picture or language file that differs from the package's on purpose, and why
    #[arg(long = "override", value_name = "PATH=REASON")]
    pub(crate) overrides: Vec<Override>,

    /// The version that this must be
    #[arg(long, value_name = "VERSION")]
    pub(crate) expect: Option<Version>,
}

/// What the pins must be, beyond right.
#[derive(Args, Debug)]
pub(crate) struct Demands {
    /// Fail when a file that is no override is known less well: observed, `registry (weak: sha1)`,
    /// registry, signed or published
    #[arg(long, value_name = "PROVENANCE")]
    pub(crate) min_provenance: Option<Provenance>,

    /// Fail when the version is further behind: current, patch, minor, major or blocked
    #[arg(long, value_name = "LEVEL")]
    pub(crate) max_behind: Option<SupportLevel>,

    /// Table of releases, as JSON, instead of the built-in one
    #[arg(long, value_name = "FILE")]
    pub(crate) releases: Option<PathBuf>,

    /// The day to reckon ages from, instead of today
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) today: Option<Date>,
}

/// `PATH=REASON`
#[derive(Clone, Debug)]
pub(crate) struct Override {
    pub(crate) path: String,
    pub(crate) reason: String,
}

impl FromStr for Override {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (path, reason) = text
            .split_once('=')
            .ok_or("write the path, `=` and the reason")?;
        Ok(Self {
            path: path.to_owned(),
            reason: reason.to_owned(),
        })
    }
}

/// `PACKAGE@VERSION=FILE`
#[derive(Clone, Debug)]
pub(crate) struct Signature {
    pub(crate) package: String,
    pub(crate) version: String,
    pub(crate) file: PathBuf,
}

impl FromStr for Signature {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (package, file) = text.split_once('=')?;
            let (name, version) = package
                .rsplit_once('@')
                .filter(|(name, _)| !name.is_empty())?;
            Some(Self {
                package: name.to_owned(),
                version: version.to_owned(),
                file: file.into(),
            })
        };
        read().ok_or("write the package, `@`, the version, `=` and the file")
    }
}
