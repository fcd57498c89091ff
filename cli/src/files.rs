//! Where the SDK's files are, and what they are checked against: arguments of several commands.

use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;
use tower_visor::pins::sources::{
    KeyTime, LockFile, Published, RegistryHost, RegistryKeys, Tarball,
};
use tower_visor::pins::{PinError, PinErrorKind, Scan};
use tower_visor::sdk::layout::Layout;
use tower_visor::sdk::{Releases, Version};

use crate::fault::Fault;
use crate::input::{name, read};
use crate::report::Report;

/// The files to pin, and what they are checked against.
#[derive(Args, Debug)]
pub(crate) struct Files {
    /// Folders that contain `node_modules`, the component next to its assets, or tarballs; or tarballs themselves
    #[arg(value_name = "DIR", required = true)]
    pub(crate) places: Vec<PathBuf>,

    /// Lock file of npm, yarn or pnpm that the packages were installed with
    #[arg(long, value_name = "FILE")]
    pub(crate) npm_lock: Vec<PathBuf>,

    /// Digests as the publisher gives them: lines of `sha384sum`, or of paths and `sha384-...`
    #[arg(long, value_name = "FILE")]
    pub(crate) published: Vec<PathBuf>,

    /// A package's document from the npm registry, with its signatures
    #[arg(long, value_name = "PACKAGE@VERSION=FILE")]
    pub(crate) signature: Vec<Signature>,

    /// Keys that the registry signs with, instead of npm's
    #[arg(long, value_name = "FILE")]
    pub(crate) keys: Option<PathBuf>,

    /// A picture or language file that differs from the package's on purpose, and why
    #[arg(long = "override", value_name = "PATH=REASON")]
    pub(crate) overrides: Vec<Override>,

    /// The version that the SDK must have
    #[arg(long, value_name = "VERSION", value_parser = expected)]
    pub(crate) expect: Option<Version>,
}

impl Files {
    /// A scan of all places and all that they are checked against.
    /// Says which of the SDK's packages come from several hosts, though with one integrity.
    pub(crate) fn hosts(&self, report: &mut Report) -> Result<(), Fault> {
        let names = Layout::ALL.map(|layout| [layout.component_package, layout.assets_package]);
        for file in &self.npm_lock {
            // What is wrong with the file is the scan's to say.
            let Ok(lock) =
                LockFile::read(&read(file, LockFile::LARGEST as u64)?, names.as_flattened())
            else {
                continue;
            };
            for package in lock.packages() {
                let hosts = package.registry.iter().chain(&package.also_from);
                let hosts: Vec<&str> = hosts.map(RegistryHost::as_str).collect();
                if hosts.len() > 1 {
                    report.line(format!(
                        "{}: {}@{} comes from several hosts with one integrity: {}; reduce them to one, as only the bytes are checked",
                        name(file),
                        package.name,
                        package.version.as_deref().unwrap_or("?"),
                        hosts.join(", ")
                    ));
                }
            }
        }
        Ok(())
    }

    pub(crate) fn scan(&self) -> Result<Scan, Fault> {
        let mut scan = Scan::without_folder();
        let Places { folders, tarballs } = places(&self.places)?;
        for folder in folders {
            scan = scan.and(folder);
        }
        for (name, content) in tarballs {
            scan = scan.tarball(&name, content);
        }
        for file in &self.npm_lock {
            scan = scan.npm_lock(&name(file), read(file, LockFile::LARGEST as u64)?);
        }
        for file in &self.published {
            scan = scan.published(&name(file), read(file, Published::LARGEST as u64)?);
        }
        let keys = match &self.keys {
            None => RegistryKeys::npm(),
            Some(file) => RegistryKeys::read(&read(file, RegistryKeys::LARGEST as u64)?)
                .map_err(|error| Fault::new(&name(file), &error))?,
        };
        for signature in &self.signature {
            let document = read(&signature.file, RegistryKeys::LARGEST as u64)?;
            let signed = keys
                .verify(&document, &signature.package, &signature.version)
                .map_err(|errors| Fault::all(&name(&signature.file), &errors))?;
            if signed.key_time() == KeyTime::Unknown {
                let why = format!(
                    "the key {} has expired, and nothing here says that {}@{} was published before; give the registry's whole answer for the package, which has its `time`",
                    signed.key_id(),
                    signed.name(),
                    signed.version()
                );
                return Err(Fault::new(&name(&signature.file), &why));
            }
            scan = scan.signed(&signed);
        }
        for declared in &self.overrides {
            scan = scan.overriding(&declared.path, &declared.reason);
        }
        if let Some(version) = &self.expect {
            if Layout::of(version).is_none() {
                let why = format!(
                    "{version} is a preview, which the service has refused since 2025-07-23; expect a newer version"
                );
                return Err(Fault::new("--expect", &why));
            }
            scan = scan.expecting(version.clone());
        }
        Ok(scan)
    }
}

/// A whole version; of a part of one, it is said which whole ones begin so.
fn expected(text: &str) -> Result<Version, String> {
    text.parse().map_err(|error| {
        let releases = Releases::builtin();
        let start = format!("{text}.");
        let known = releases.iter().map(|release| release.version.to_string());
        let known: Vec<String> = known.filter(|known| known.starts_with(&start)).collect();
        if known.is_empty() {
            return format!("{error}");
        }
        format!(
            "not a complete version; the known releases are {}",
            known.join(", ")
        )
    })
}

/// What was asked for and can't be is not a finding about the files.
pub(crate) fn could_run(errors: &[PinError]) -> Result<(), Fault> {
    for error in errors {
        match error.kind() {
            PinErrorKind::Unreadable => return Err(Fault::of(error)),
            PinErrorKind::Base => return Err(Fault::new("--base", error)),
            _ => {}
        }
    }
    Ok(())
}

/// Where the SDK's files are.
pub(crate) struct Places {
    pub(crate) folders: Vec<PathBuf>,
    /// Name and content.
    pub(crate) tarballs: Vec<(String, Vec<u8>)>,
}

/// Tells folders and tarballs apart, and reads the tarballs.
pub(crate) fn places(given: &[PathBuf]) -> Result<Places, Fault> {
    let mut places = Places {
        folders: Vec::new(),
        tarballs: Vec::new(),
    };
    for place in given {
        let (folder, tarballs) = sort_out(place);
        places.folders.extend(folder);
        for tarball in tarballs {
            let content = read(&tarball, Tarball::LARGEST_TOTAL)?;
            places.tarballs.push((name(&tarball), content));
        }
    }
    Ok(places)
}

/// A place is a tarball, a folder of tarballs, or a folder that holds the SDK.
fn sort_out(place: &Path) -> (Option<PathBuf>, Vec<PathBuf>) {
    let is_tarball = |path: &Path| {
        let extension = path.extension().unwrap_or_default();
        path.is_file()
            && ["tgz", "gz"]
                .iter()
                .any(|known| extension.eq_ignore_ascii_case(known))
    };
    if is_tarball(place) {
        return (None, vec![place.to_owned()]);
    }
    let holds_more = [
        "node_modules",
        "package.json",
        "FaceLivenessDetector.js",
        "facelivenessdetector-assets",
    ]
    .iter()
    .any(|known| place.join(known).exists());
    let mut tarballs: Vec<PathBuf> = match fs::read_dir(place) {
        Ok(entries) if !holds_more => entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| is_tarball(path))
            .collect(),
        _ => Vec::new(),
    };
    tarballs.sort();
    // What is wrong with a folder is said by the scan.
    (tarballs.is_empty().then(|| place.to_owned()), tarballs)
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
