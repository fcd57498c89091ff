//! Front ends built by Vite and Next.js, which npm fetches once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

const VITE: &str = "8.3.8";

/// Whether `TOWER_VISOR_SKIP=npm` leaves out what npm fetches; then it is said, too.
pub(crate) fn is_skipped() -> bool {
    let skipped = std::env::var("TOWER_VISOR_SKIP").unwrap_or_default();
    if skipped.split(',').any(|name| name.trim() == "npm") {
        eprintln!("NOT RUN: npm is left out (TOWER_VISOR_SKIP): no front end was built");
        return true;
    }
    false
}

/// `examples/vite`, built once; `None` where `TOWER_VISOR_SKIP=npm` leaves it out.
pub(crate) fn build_example() -> Option<&'static Path> {
    static BUILT: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
        let parts = ["index.html", "vite.config.js", "src"];
        let vite = ["node_modules/vite/bin/vite.js", "build"];
        (!is_skipped()).then(|| build_in("vite", &parts, &vite).join("dist"))
    });
    BUILT.as_deref()
}

/// `examples/next`, built once; `None` where `TOWER_VISOR_SKIP=npm` leaves it out.
pub(crate) fn build_next_example() -> Option<&'static Path> {
    static BUILT: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
        let next = ["node_modules/next/dist/bin/next", "build"];
        (!is_skipped()).then(|| build_in("next", &["next.config.mjs", "app"], &next).join("out"))
    });
    BUILT.as_deref()
}

/// Builds an example in a folder of its own, with the packages of its lock file.
fn build_in(name: &str, parts: &[&str], program: &[&str]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-example"));
    let source = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples")
        .join(name);
    fs::create_dir_all(&folder).unwrap();
    let lock = fs::read(source.join("package-lock.json")).unwrap();
    let installed = fs::read(folder.join("installed.json")).is_ok_and(|known| known == lock);
    for part in [&["package.json", "package-lock.json"], parts].concat() {
        let _ = fs::remove_dir_all(folder.join(part));
        copy(&source.join(part), &folder.join(part));
    }
    if !installed {
        let install = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
        run(Command::new("npm").args(install).current_dir(&folder));
        fs::write(folder.join("installed.json"), lock).unwrap();
    }
    run(Command::new("node")
        .args(program)
        .env("NEXT_TELEMETRY_DISABLED", "1")
        .current_dir(&folder));
    folder
}

/// The files of `tests/browser/application`, built once; `None` where `TOWER_VISOR_SKIP=npm` leaves it out.
pub(crate) fn build() -> Option<&'static Path> {
    static BUILT: LazyLock<Option<PathBuf>> = LazyLock::new(|| (!is_skipped()).then(build_once));
    BUILT.as_deref()
}

fn build_once() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("vite-application");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/application");
    fs::create_dir_all(&folder).unwrap();
    for part in ["index.html", "vite.config.js", "src", "public"] {
        let _ = fs::remove_dir_all(folder.join(part));
        copy(&source.join(part), &folder.join(part));
    }
    let installed = folder.join("node_modules/vite/package.json");
    let is_there = fs::read_to_string(installed)
        .is_ok_and(|json| json.contains(&format!("\"version\": \"{VITE}\"")));
    if !is_there {
        let manifest = format!(
            r#"{{"private": true, "type": "module", "dependencies": {{"vite": "{VITE}"}}}}"#
        );
        fs::write(folder.join("package.json"), manifest).unwrap();
        let install = ["install", "--ignore-scripts", "--no-audit", "--no-fund"];
        run(Command::new("npm").args(install).current_dir(&folder));
    }
    run(Command::new("node")
        .args(["node_modules/vite/bin/vite.js", "build"])
        .current_dir(&folder));
    folder.join("dist")
}

pub(crate) fn copy(from: &Path, to: &Path) {
    if from.is_file() {
        fs::copy(from, to).unwrap();
        return;
    }
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        copy(&entry.path(), &to.join(entry.file_name()));
    }
}

pub(crate) fn run(command: &mut Command) {
    let done = command.output();
    let done = done.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = [&done.stdout[..], &done.stderr[..]].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(done.status.success(), "{command:?}: {said}");
}
