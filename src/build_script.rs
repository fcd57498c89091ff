//! Pins in a build script: the build fails if the SDK is not the pinned one.
//!
//! ```no_run
//! // build.rs
//! use tower_visor::build_script::{BuildFailure, BuildScript};
//!
//! fn main() -> Result<(), BuildFailure> {
//!     // Paths are relative to the package's folder.
//!     BuildScript::verify("web", "visor-lock.json").run()
//! }
//! ```
//!
//! The program takes the verified pins from the file that the script has written, so it can't
//! start with others:
//!
//! ```text
//! // src/main.rs
//! mod pins {
//!     include!(concat!(env!("OUT_DIR"), "/visor_pins.rs"));
//! }
//!
//! let pins = tower_visor::pins::Pins::from_json(pins::LOCK)?;
//! ```
//!
//! `examples/build-script` in the repository is a package that does both.
//!
//! # What it does
//!
//! 1. Tells cargo to run the script again when the lock file, a file of the SDK or one of its
//!    folders changes (`rerun-if-changed`).
//! 2. Hashes the files and compares, or scans them.
//! 3. Fails the build with one message for each difference, or writes the Rust file.
//!
//! A build script proves what was there at build time. What the server reads at start is
//! verified again by [`Pins::verify`].

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::pins::{Pins, Provenance, Scan};

/// What a build script does about the SDK; see the [module](self).
#[derive(Clone, Debug)]
#[must_use = "it does nothing until it is run"]
pub struct BuildScript {
    source: Source,
    file_name: String,
    minimum: Provenance,
}

#[derive(Clone, Debug)]
enum Source {
    Verify {
        folders: Vec<PathBuf>,
        lock: PathBuf,
    },
    Scan(Box<Scan>),
}

impl BuildScript {
    /// Compares the files of a folder with a lock file: what a build in CI should do.
    pub fn verify(folder: impl Into<PathBuf>, lock: impl Into<PathBuf>) -> Self {
        Self::new(Source::Verify {
            folders: vec![folder.into()],
            lock: lock.into(),
        })
    }

    /// Pins what is there, without a lock file, to try things out. Changes from one build to the
    /// next are then not noticed.
    pub fn scan(scan: Scan) -> Self {
        Self::new(Source::Scan(Box::new(scan)))
    }

    fn new(source: Source) -> Self {
        Self {
            source,
            file_name: "visor_pins.rs".to_owned(),
            minimum: Provenance::Observed,
        }
    }

    /// One more folder, if component and assets are in different ones.
    pub fn and(mut self, folder: impl Into<PathBuf>) -> Self {
        match &mut self.source {
            Source::Verify { folders, .. } => folders.push(folder.into()),
            Source::Scan(scan) => **scan = scan.as_ref().clone().and(folder),
        }
        self
    }

    /// The name of the generated file in `OUT_DIR`. The default is `visor_pins.rs`.
    pub fn file_name(mut self, name: &str) -> Self {
        name.clone_into(&mut self.file_name);
        self
    }

    /// Fails the build if any file that isn't an override has weaker provenance than this.
    /// The default is [`Provenance::Observed`], which accepts everything: a project has to start somewhere.
    pub const fn requiring(mut self, minimum: Provenance) -> Self {
        self.minimum = minimum;
        self
    }

    /// Runs as a build script: reads `OUT_DIR`, writes for cargo to standard output.
    ///
    /// # Errors
    /// Whatever is wrong with the pins. If `main` returns it, cargo fails the build and shows
    /// it.
    pub fn run(self) -> Result<(), BuildFailure> {
        let Some(folder) = std::env::var_os("OUT_DIR") else {
            let why = "OUT_DIR is not set; call this from build.rs, where cargo sets it";
            return Err(BuildFailure::one(why.to_owned()));
        };
        self.run_in(Path::new(&folder), &mut io::stdout().lock())
    }

    /// As [`BuildScript::run`], with the folder for the generated file and the place for cargo's
    /// instructions given: for build scripts that do more, and for tests.
    ///
    /// # Errors
    /// As [`BuildScript::run`].
    pub fn run_in(self, out_dir: &Path, cargo: &mut impl Write) -> Result<(), BuildFailure> {
        let (folders, lock) = match &self.source {
            Source::Verify { folders, lock } => (folders.as_slice(), Some(lock)),
            Source::Scan(scan) => (scan.folders(), None),
        };
        let watched = crate::pins::watched(folders);
        for path in lock.into_iter().chain(&watched) {
            writeln!(cargo, "cargo::rerun-if-changed={}", path.display())
                .map_err(|error| BuildFailure::io("standard output", &error))?;
        }
        // No `cargo::error` beside what is returned: cargo shows what `main` returns, and prints what
        // a script wrote once more.
        let pins = self.pins()?;
        std::fs::write(out_dir.join(&self.file_name), generated(&pins))
            .map_err(|error| BuildFailure::io(&self.file_name, &error))
    }

    fn pins(&self) -> Result<Pins, BuildFailure> {
        let pins = match &self.source {
            Source::Verify { folders, lock } => {
                let pins = Pins::load(lock).map_err(|errors| {
                    BuildFailure::all("the lock file of the pins can't be read", &errors)
                })?;
                pins.verify_all(folders).map_err(|differences| {
                    let what = "the Face Liveness Web SDK is not the pinned one";
                    BuildFailure::all(what, &differences)
                })?;
                pins
            }
            Source::Scan(scan) => scan.as_ref().clone().run().map_err(|errors| {
                BuildFailure::all("the Face Liveness Web SDK can't be pinned", &errors)
            })?,
        };
        let (found, minimum) = (pins.weakest_provenance(), self.minimum);
        if found < minimum {
            return Err(BuildFailure::one(format!(
                "some files are only {found}, but {minimum} is required; pin them again with the tarballs and a lock file, or with published digests"
            )));
        }
        Ok(pins)
    }
}

/// Why a build must not continue: cargo shows it when `main` returns it.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}:\n  {}", .messages.join("\n  "))]
pub struct BuildFailure {
    what: &'static str,
    messages: Vec<String>,
}

crate::errors::debug_is_display!(BuildFailure);

impl BuildFailure {
    /// One message for each thing that is wrong, each on one line.
    pub fn messages(&self) -> &[String] {
        &self.messages
    }

    fn all<E: ToString>(what: &'static str, errors: &[E]) -> Self {
        Self {
            what,
            messages: errors.iter().map(ToString::to_string).collect(),
        }
    }

    fn one(message: String) -> Self {
        Self {
            what: "the pins can't be used",
            messages: vec![message],
        }
    }

    fn io(what: &str, error: &io::Error) -> Self {
        Self::one(format!("{what}: {}", error.kind()))
    }
}

/// Rust that needs no crate: constants only.
fn generated(pins: &Pins) -> String {
    let mut out = String::new();
    // Writing to a `String` can't fail.
    let _ = write!(
        out,
        "// Generated by tower-visor from the pins of the Face Liveness Web SDK.

/// The version of the SDK.
#[allow(dead_code)]
pub const VERSION: &str = {:?};

/// The URL path under which the files are served.
#[allow(dead_code)]
pub const BASE: &str = {:?};

/// A pinned file.
#[allow(dead_code)]
#[derive(Clone, Copy, Debug)]
pub struct File {{
    /// Path in the package.
    pub path: &'static str,
    /// URL path that it is served at.
    pub url: &'static str,
    /// Size in bytes.
    pub bytes: u64,
    /// Digest, as an `integrity` attribute has it.
    pub integrity: &'static str,
    /// Content type that it must be served with.
    pub content_type: &'static str,
}}

/// The pinned files, sorted by path.
#[allow(dead_code)]
pub const FILES: &[File] = &[
",
        pins.version().to_string(),
        pins.base(),
    );
    for file in pins.files() {
        let _ = writeln!(
            out,
            "    File {{ path: {:?}, url: {:?}, bytes: {}, integrity: {:?}, content_type: {:?} }},",
            file.path(),
            file.url(),
            file.bytes(),
            file.digest().to_string(),
            file.content_type(),
        );
    }
    let _ = write!(
        out,
        "];

/// The pins as the text of their lock file, for `Pins::from_json`.
#[allow(dead_code)]
pub const LOCK: &str = {:?};
",
        pins.to_json(),
    );
    out
}
