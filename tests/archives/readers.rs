//! The other readers, and what they leave on the disk.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use tower_visor::sri::{Algorithm, Digest};

use super::Files;

/// npm's reader as npm 11 and npm 10 have it: the folder, and the release of the package `tar`.
const RELEASES: [(&str, &str); 2] = [("tar-7", "7.5.22"), ("tar-6", "6.2.1")];

/// What a reader found, or why it stopped.
type Found = Result<Files, String>;

/// What each release finds in each archive, by its number.
pub(super) fn npm(given: &Path, scratch: &Path) -> Vec<(&'static str, Vec<Found>)> {
    let modules = install();
    let count = fs::read_dir(given).unwrap().count();
    RELEASES
        .iter()
        .map(|(name, _)| {
            let out = scratch.join(name);
            run(Command::new("node")
                .arg(modules.with_file_name("extract.cjs"))
                .arg(name)
                .args([given, &out]));
            let found =
                |number: usize| match fs::read_to_string(out.join(format!("{number}.error"))) {
                    Ok(error) => Err(error),
                    Err(_) => listing(&out.join(number.to_string())),
                };
            (*name, (0..count).map(found).collect())
        })
        .collect()
}

/// One at a time: the tests run side by side.
static ONE: Mutex<()> = Mutex::new(());

/// Has npm fetch the releases, where an earlier run didn't.
fn install() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("npm-tar");
    let modules = folder.join("node_modules");
    let is_there = |(name, version): &(&str, &str)| {
        fs::read_to_string(modules.join(name).join("package.json"))
            .is_ok_and(|json| json.contains(&format!("\"version\": \"{version}\"")))
    };
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    if !RELEASES.iter().all(is_there) {
        fs::create_dir_all(&folder).unwrap();
        let wanted = RELEASES.map(|(name, version)| format!(r#""{name}": "npm:tar@{version}""#));
        let manifest = format!(
            r#"{{"private": true, "dependencies": {{{}}}}}"#,
            wanted.join(", ")
        );
        fs::write(folder.join("package.json"), manifest).unwrap();
        run(Command::new("npm")
            .args([
                "install",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--prefix",
            ])
            .arg(&folder)
            .current_dir(&folder));
    }
    // In the folder of the modules, so that node looks for them, and for its settings, there.
    fs::write(folder.join("extract.cjs"), include_str!("extract.cjs")).unwrap();
    assert!(
        RELEASES.iter().all(is_there),
        "npm installed other releases of `tar`"
    );
    modules
}

/// What GNU tar finds in an archive.
pub(super) fn gnu(archive: &Path, scratch: &Path) -> Found {
    let out = tempfile::tempdir_in(scratch).unwrap();
    let output = Command::new("tar")
        .args([
            "--extract",
            "--gzip",
            "--strip-components=1",
            "--no-same-owner",
            "--file",
        ])
        .arg(archive)
        .arg("--directory")
        .arg(out.path())
        .env("LC_ALL", "C")
        .output()
        .unwrap_or_else(|error| panic!("tar: {error}; {MISSING}"));
    if output.status.success() {
        listing(out.path())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

const MISSING: &str = "install it, or leave out these tests with TOWER_VISOR_SKIP=npm";

fn run(command: &mut Command) {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}; {MISSING}"));
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The files in a folder; links and the like are none.
fn listing(folder: &Path) -> Found {
    let mut files = Files::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let entry = entry.unwrap();
            let path = entry.path();
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                let name = path
                    .strip_prefix(folder)
                    .unwrap()
                    .to_string_lossy()
                    .into_owned();
                files.insert(
                    name,
                    Digest::of(Algorithm::Sha384, &fs::read(&path).unwrap()),
                );
            } else {
                return Err(format!("{} is {kind:?}", path.display()));
            }
        }
    }
    Ok(files)
}
