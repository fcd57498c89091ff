//! Pins in a user's build script.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;
use tower_visor::build_script::{BuildFailure, BuildScript};
use tower_visor::pins::{Pins, Provenance, Scan};

use crate::support::tree::{ASSETS, COMPONENT, COMPONENT_PACKAGE, Tree, copy, fixture};

struct Ran {
    out: TempDir,
    cargo: String,
    result: Result<(), BuildFailure>,
}

fn run(script: BuildScript) -> Ran {
    let out = TempDir::new().unwrap();
    let mut cargo = Vec::new();
    let result = script.run_in(out.path(), &mut cargo);
    Ran {
        out,
        cargo: String::from_utf8(cargo).unwrap(),
        result,
    }
}

fn locked(tree: &Tree) -> std::path::PathBuf {
    let lock = tree.join("visor-lock.json");
    Pins::scan(tree.path()).unwrap().save(&lock).unwrap();
    lock
}

#[test]
fn a_clean_tree_gives_constants_and_what_to_watch() {
    let tree = Tree::vendored("1.5.0");
    let lock = locked(&tree);
    let ran = run(BuildScript::verify(tree.path(), &lock));
    assert_eq!(ran.result, Ok(()));

    let watched: Vec<_> = ran
        .cargo
        .lines()
        .map(|line| line.strip_prefix("cargo::rerun-if-changed=").expect(line))
        .collect();
    let pins = Pins::load(&lock).unwrap();
    for file in pins.files() {
        let path = tree.join(file.path());
        assert!(watched.contains(&path.to_str().unwrap()), "{path:?}");
    }
    assert!(watched.contains(&lock.to_str().unwrap()));
    // A new file changes its folder.
    assert!(watched.contains(&tree.join(&format!("{ASSETS}/js")).to_str().unwrap()));

    let generated = fs::read_to_string(ran.out.path().join("visor_pins.rs")).unwrap();
    assert!(generated.contains("pub const VERSION: &str = \"1.5.0\";"));
    assert!(generated.contains(&format!("pub const LOCK: &str = {:?};", pins.to_json())));
    let file = pins.file(COMPONENT).unwrap();
    assert!(generated.contains(&format!("integrity: \"{}\"", file.digest())));
    assert!(!generated.contains(tree.path().to_str().unwrap()));
}

#[test]
fn a_tampered_tree_fails_with_the_differences_in_readable_form() {
    let tree = Tree::vendored("1.5.0");
    let lock = locked(&tree);
    tree.write(&format!("{ASSETS}/images/logo.svg"), "<svg/>");
    tree.remove(&format!("{ASSETS}/i18n/en.json"));
    let ran = run(BuildScript::verify(tree.path(), &lock));
    let failure = ran.result.unwrap_err();
    let text = "the Face Liveness Web SDK is not the pinned one:
  facelivenessdetector-assets/i18n/en.json: pinned, but missing; install the SDK again, or pin again if the release no longer has it
  facelivenessdetector-assets/images/logo.svg: changed: it has 6 bytes instead of 215; restore it from the package, and find out who changed it";
    assert_eq!(failure.to_string(), text);
    assert_eq!(format!("{failure:?}"), text, "what `main` prints");
    assert!(!ran.cargo.contains("cargo::error"), "cargo shows each once");
    assert!(ran.cargo.contains("cargo::rerun-if-changed="));
    assert!(!ran.out.path().join("visor_pins.rs").exists());
}

#[test]
fn other_failures_are_readable_too() {
    let tree = Tree::vendored("1.5.0");
    let failure = |script| run(script).result.unwrap_err().to_string();
    assert_eq!(
        failure(BuildScript::verify(
            tree.path(),
            tree.join("visor-lock.json")
        )),
        "the lock file of the pins can't be read:\n  no such file: visor-lock.json; create it with `visor pin`"
    );
    let lock = locked(&tree);
    assert_eq!(
        failure(BuildScript::verify(tree.path(), &lock).requiring(Provenance::Registry)),
        "the pins can't be used:\n  some files are only observed, but registry is required; pin them again with the tarballs and a lock file, or with published digests"
    );
    assert_eq!(
        failure(BuildScript::scan(
            Scan::new(tree.path()).overriding(COMPONENT, "x")
        )),
        "the Face Liveness Web SDK can't be pinned:\n  FaceLivenessDetector.js: only pictures and language files can be overridden, not the component; use the file of the package"
    );
    // Cargo sets it for build scripts, and this is none.
    assert_eq!(
        BuildScript::verify(tree.path(), &lock)
            .run()
            .unwrap_err()
            .to_string(),
        "the pins can't be used:\n  OUT_DIR is not set; call this from build.rs, where cargo sets it"
    );
    // Without a lock file.
    let ran = run(BuildScript::scan(Scan::new(tree.path())).file_name("sdk.rs"));
    assert_eq!(ran.result, Ok(()));
    assert!(ran.out.path().join("sdk.rs").exists());
}

#[test]
fn the_lock_file_of_the_example_is_that_of_the_stand_in() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/build-script/visor-lock.json");
    let pins = Pins::scan(fixture("1.5.0")).unwrap();
    if std::env::var_os("REBUILD_FIXTURES").is_some() {
        pins.replace(&path).unwrap();
    }
    assert_eq!(
        fs::read_to_string(path).unwrap(),
        pins.to_json(),
        "REBUILD_FIXTURES=1 writes it anew"
    );
}

/// The example as a project of its own, beside a copy of the stand-in. Nothing is fetched: the
/// versions are those that this crate was built with.
#[test]
fn the_example_builds_clean_and_fails_tampered() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let project = TempDir::new().unwrap();
    let example = project.path().join("examples/build-script");
    copy(
        &root.join("examples/build-script/src"),
        &example.join("src"),
    );
    for file in ["build.rs", "visor-lock.json"] {
        fs::copy(
            root.join("examples/build-script").join(file),
            example.join(file),
        )
        .unwrap();
    }
    let manifest = fs::read_to_string(root.join("examples/build-script/Cargo.toml")).unwrap();
    let here = manifest.replace("path = \"../..\"", &format!("path = {root:?}"));
    assert_ne!(here, manifest);
    fs::write(example.join("Cargo.toml"), here).unwrap();
    fs::copy(root.join("Cargo.lock"), example.join("Cargo.lock")).unwrap();
    let sdk = project.path().join("fixtures/sdk/1.5.0");
    copy(&fixture("1.5.0"), &sdk);

    let cargo = || -> Output {
        Command::new(env!("CARGO"))
            .args(["run", "--quiet", "--offline", "--color", "never"])
            .arg("--target-dir")
            .arg(Path::new(env!("CARGO_TARGET_TMPDIR")).join("build-script"))
            .current_dir(&example)
            .env_remove("RUSTFLAGS")
            .output()
            .unwrap()
    };
    let clean = cargo();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(clean.status.success(), "{}", text(&clean.stderr));
    assert!(text(&clean.stdout).ends_with("17 files verified\n"));

    // One byte of the component, behind the build's back.
    let component = sdk.join(COMPONENT_PACKAGE).join(COMPONENT);
    let code = fs::read_to_string(&component).unwrap();
    fs::write(&component, code.replacen("Stand-in", "Stand-In", 1)).unwrap();
    let tampered = cargo();
    assert!(!tampered.status.success());
    let message = text(&tampered.stderr);
    assert!(
        message.contains("FaceLivenessDetector.js: changed: it is sha384-"),
        "{message}"
    );
}
