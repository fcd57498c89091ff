//! What the commands read.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use indicatif::ProgressBar;
use tower_visor::Policy;
use tower_visor::pins::sources::{LockFile, Published, RegistryKeys, Tarball};
use tower_visor::pins::{Pins, Scan};
use tower_visor::sdk::{Date, Releases};

use crate::args::{Demands, Files};
use crate::fault::Fault;

/// A scan of all places and all that they are checked against.
pub(crate) fn scan(files: &Files) -> Result<Scan, Fault> {
    let mut scan = Scan::without_folder();
    let Places { folders, tarballs } = places(&files.places)?;
    for folder in folders {
        scan = scan.and(folder);
    }
    for (name, content) in tarballs {
        scan = scan.tarball(&name, content);
    }
    for file in &files.npm_lock {
        scan = scan.npm_lock(&name(file), read(file, LockFile::LARGEST as u64)?);
    }
    for file in &files.published {
        scan = scan.published(&name(file), read(file, Published::LARGEST as u64)?);
    }
    let keys = match &files.keys {
        None => RegistryKeys::npm(),
        Some(file) => RegistryKeys::read(&read(file, RegistryKeys::LARGEST as u64)?)
            .map_err(|error| Fault::new(&name(file), &error))?,
    };
    for signature in &files.signature {
        let document = read(&signature.file, RegistryKeys::LARGEST as u64)?;
        let signed = keys
            .verify(&document, &signature.package, &signature.version)
            .map_err(|errors| Fault::all(&name(&signature.file), &errors))?;
        scan = scan.signed(&signed);
    }
    for declared in &files.overrides {
        scan = scan.overriding(&declared.path, &declared.reason);
    }
    if let Some(version) = &files.expect {
        scan = scan.expecting(version.clone());
    }
    Ok(scan)
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

/// The pins of a lock file.
pub(crate) fn lock(file: &Path) -> Result<Pins, Fault> {
    Pins::load(file).map_err(|errors| Fault::all("lock file", &errors))
}

/// The table of releases.
pub(crate) fn releases(demands: &Demands) -> Result<Releases, Fault> {
    match &demands.releases {
        None => Ok(Releases::builtin()),
        Some(file) => releases_of(file),
    }
}

/// The table of releases in a file.
pub(crate) fn releases_of(file: &Path) -> Result<Releases, Fault> {
    /// A table of thousands of releases fits.
    const LARGEST: u64 = 4 * 1024 * 1024;
    serde_json::from_slice(&read(file, LARGEST)?).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        match error.to_string() {
            // The parser repeats what it found, and an URL may hold a credential.
            text if text.contains("//") => {
                Fault::new(&name(file), &format!("{place}: no table of releases"))
            }
            text => Fault::new(&name(file), &text),
        }
    })
}

/// A policy, as JSON where the name says so, else as TOML.
pub(crate) fn policy(file: &Path) -> Result<Policy, Fault> {
    let text = text(file)?;
    let is_json = file
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("json"));
    if is_json {
        serde_json::from_str(&text).map_err(|error| Fault::new(&name(file), &error))
    } else {
        toml::from_str(&text).map_err(|error| Fault::new(&name(file), &error))
    }
}

/// A file of settings.
pub(crate) fn text(file: &Path) -> Result<String, Fault> {
    let bytes = read(file, 4 * 1024 * 1024)?;
    String::from_utf8(bytes).map_err(|error| Fault::new(&name(file), &error.utf8_error()))
}

/// The day, unless the caller says otherwise.
pub(crate) fn today(demands: &Demands) -> Date {
    demands.today.unwrap_or_else(now)
}

/// Today, by the clock (UTC).
pub(crate) fn now() -> Date {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    // A clock before 1970 makes every release brand new; there is nothing better to say.
    Date::from_unix_seconds(now.unwrap_or_default().as_secs())
}

/// Shows that something goes on, where a terminal is attached, and nothing in a pipe.
pub(crate) fn busy<T>(doing: &'static str, work: impl FnOnce() -> T) -> T {
    let spinner = ProgressBar::new_spinner().with_message(doing);
    spinner.enable_steady_tick(Duration::from_millis(100));
    let result = work();
    spinner.finish_and_clear();
    result
}

/// The last part of a path: what the user recognises, and nothing of the machine.
pub(crate) fn name(path: &Path) -> String {
    path.file_name().map_or_else(
        || ".".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}

pub(crate) fn read(file: &Path, most: u64) -> Result<Vec<u8>, Fault> {
    let fault = |error: std::io::Error| Fault::new(&name(file), &error.kind());
    let mut bytes = Vec::new();
    fs::File::open(file)
        .map_err(fault)?
        .take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(fault)?;
    if bytes.len() as u64 > most {
        let why = format!("more than {most} bytes; is this the right file?");
        return Err(Fault::new(&name(file), &why));
    }
    Ok(bytes)
}
