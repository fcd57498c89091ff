//! What the commands on pins read: lock files, lists, keys, tarballs, the packages themselves.

use std::fs;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::{ALL, Judge, PINS, PLAIN, START, everywhere, in_lines};
use crate::registry::{Registry, strong};
use crate::support::pinned;
use crate::tree::{ASSETS, ASSETS_PACKAGE, COMPONENT, COMPONENT_PACKAGE, fixture, fixtures};

#[test]
fn in_a_lock_file_of_ours() {
    let project = pinned("1.5.0");
    let folder = project.path();
    let mut judge = Judge::new(folder);
    let lock = fs::read(folder.join("visor-lock.json")).unwrap();
    let lock: Value = serde_json::from_slice(&lock).unwrap();
    for (index, hostile) in everywhere(&lock).into_iter().enumerate() {
        fs::write(folder.join("bad.json"), format!("{hostile:#}")).unwrap();
        let command = ["show", "verify", "update"][index % 3];
        let places: &[&str] = if command == "show" { &[] } else { &["web"] };
        judge.in_turn(&[&[command, "--lock", "bad.json"], places].concat(), &PINS);
    }
    for text in in_lines("{\n\"schema\": 1\n}") {
        fs::write(folder.join("bad.json"), text).unwrap();
        judge.in_turn(&["show", "--lock", "bad.json"], &PINS);
    }
    judge.saw(60);
}

#[test]
fn in_reasons_of_overrides() {
    let project = pinned("1.5.0");
    let folder = project.path();
    let mut judge = Judge::new(folder);
    let logo = format!("{ASSETS}/images/logo.svg");
    for (index, reason) in [PLAIN, START].into_iter().enumerate() {
        let lock = format!("{index}.json");
        let reason = format!("{logo}={reason}");
        let ran = judge.run(&["pin", "web", "--lock", &lock, "--override", &reason]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        for format in PINS {
            judge.run(&["show", "--lock", &lock, "--format", format]);
            judge.run(&[
                "update",
                "web",
                "--lock",
                &lock,
                "--no-override",
                &logo,
                "--format",
                format,
            ]);
        }
    }
    judge.saw(12);
}

#[test]
fn in_lock_files_of_package_managers() {
    let project = pinned("1.5.0");
    let folder = project.path();
    let mut judge = Judge::new(folder);
    let registry = Registry::of(&fixture("1.5.0"), "1.5.0", strong);
    fs::create_dir(folder.join("tarballs")).unwrap();
    for (name, bytes) in ["a.tgz", "b.tgz"].iter().zip(&registry.tarballs) {
        fs::write(folder.join("tarballs").join(name), bytes).unwrap();
    }
    let pin = [
        "pin",
        "web",
        "tarballs",
        "--lock",
        "new.json",
        "--npm-lock",
        "lock",
    ];
    let lock: Value = serde_json::from_str(&registry.lock).unwrap();
    for hostile in everywhere(&lock) {
        fs::write(folder.join("lock"), hostile.to_string()).unwrap();
        judge.in_turn(&pin, &PINS);
        let _ = fs::remove_file(folder.join("new.json"));
    }
    for (name, lines) in [
        ("pnpm-9.yaml", 6..13),
        ("yarn-classic.lock", 4..8),
        ("yarn-berry.lock", 0..6),
    ] {
        let text = fs::read_to_string(fixtures().join("lockfiles").join(name)).unwrap();
        let text: Vec<&str> = text.lines().collect();
        for hostile in in_lines(&text[lines].join("\n")) {
            fs::write(folder.join("lock"), hostile).unwrap();
            judge.in_turn(&pin, &PINS);
        }
    }
    judge.saw(5);
}

#[test]
fn in_published_digests_releases_signatures_and_keys() {
    let project = pinned("1.5.0");
    let folder = project.path();
    let mut judge = Judge::new(folder);
    for name in ["integrity.txt", "sha384sums.txt", "bsd.txt"] {
        let text = fs::read_to_string(fixtures().join("published").join(name)).unwrap();
        let text: Vec<&str> = text.lines().take(4).collect();
        for hostile in in_lines(&text.join("\n")) {
            fs::write(folder.join("list.txt"), hostile).unwrap();
            judge.in_turn(
                &[
                    "pin",
                    "web",
                    "--lock",
                    "new.json",
                    "--published",
                    "list.txt",
                ],
                &PINS,
            );
            let _ = fs::remove_file(folder.join("new.json"));
        }
    }
    let releases = json!({"as-of": "2026-12-01", "releases": [{
        "version": "1.4.8",
        "released": {"earliest": "2026-03-26", "latest": "2026-03-26"},
        "eval": "eval",
    }]});
    for hostile in everywhere(&releases) {
        fs::write(folder.join("releases.json"), hostile.to_string()).unwrap();
        judge.in_turn(&["verify", "web", "--releases", "releases.json"], &PINS);
    }
    let name = "@azure/ai-vision-face-ui";
    let document = json!({"name": name, "version": "1.5.0", "dist": {
        "integrity": "sha512-AAAA", "signatures": [{"keyid": "SHA256:x", "sig": "AAAA"}],
    }});
    let keys = json!({"keys": [{
        "keyid": "SHA256:x", "keytype": "ecdsa-sha2-nistp256", "scheme": "ecdsa-sha2-nistp256",
        "key": "AAAA", "expires": null,
    }]});
    let signature = format!("{name}@1.5.0=document.json");
    let pin = [
        "pin",
        "web",
        "--lock",
        "new.json",
        "--signature",
        &signature,
    ];
    for hostile in everywhere(&document) {
        fs::write(folder.join("document.json"), hostile.to_string()).unwrap();
        judge.in_turn(&pin, &PINS);
    }
    for hostile in everywhere(&keys) {
        fs::write(folder.join("keys.json"), hostile.to_string()).unwrap();
        judge.in_turn(&[&pin[..], &["--keys", "keys.json"]].concat(), &PINS);
    }
    judge.saw(30);
}

#[test]
fn in_the_packages() {
    let project = pinned("1.5.0");
    let folder = project.path();
    let mut judge = Judge::new(folder);
    for package in [COMPONENT_PACKAGE, ASSETS_PACKAGE] {
        let file = folder.join("web").join(package).join("package.json");
        let original = fs::read(&file).unwrap();
        let document: Value = serde_json::from_slice(&original).unwrap();
        for (index, hostile) in everywhere(&document).into_iter().enumerate() {
            fs::write(&file, hostile.to_string()).unwrap();
            let command: &[&str] = match index % 3 {
                0 => &["verify", "web"],
                1 => &["update", "web"],
                _ => &["pin", "web", "--lock", "new.json"],
            };
            judge.in_turn(command, &PINS);
            let _ = fs::remove_file(folder.join("new.json"));
        }
        fs::write(&file, original).unwrap();
    }
    let component = folder.join("web").join(COMPONENT_PACKAGE).join(COMPONENT);
    let text = fs::read_to_string(&component).unwrap();
    assert!(text.contains("\"1.5.0\"") || text.contains("1.5.0"));
    for hostile in [ALL, PLAIN, START] {
        fs::write(
            &component,
            text.replace("1.5.0", &format!("1.5.0{hostile}")),
        )
        .unwrap();
        judge.in_turn(&["verify", "web"], &PINS);
        judge.in_turn(&["pin", "web", "--lock", "new.json"], &PINS);
    }
    judge.saw(10);
}

/// A tarball with one more entry of that name.
fn tarball(name: &str, content: &[u8]) -> Vec<u8> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, content) in [
        (
            "package/package.json",
            &br#"{"name": "@azure/ai-vision-face-ui", "version": "1.5.0"}"#[..],
        ),
        (name, content),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        // `set_path` would refuse what a hostile archive holds.
        let field = &mut header.as_old_mut().name;
        let bytes = name.as_bytes();
        let length = bytes.len().min(field.len());
        field[..length].copy_from_slice(&bytes[..length]);
        header.set_cksum();
        tar.append(&header, content).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

#[test]
fn in_tarballs() {
    let project = pinned("1.5.0");
    let folder = project.path();
    let mut judge = Judge::new(folder);
    for hostile in [ALL, PLAIN, START] {
        let package = json!({"name": hostile, "version": hostile}).to_string();
        for bytes in [
            tarball(&format!("package/{hostile}"), b"x"),
            tarball(hostile, b"x"),
            tarball("package/package.json", package.as_bytes()),
        ] {
            fs::write(folder.join("x.tgz"), bytes).unwrap();
            for format in PINS {
                judge.run(&["verify", "x.tgz", "--format", format]);
                judge.run(&[
                    "pin", "web", "x.tgz", "--lock", "new.json", "--format", format,
                ]);
            }
        }
    }
    judge.saw(12);
}
