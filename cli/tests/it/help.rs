//! The help texts are part of the interface: a change shows in a review.
//!
//! `REBUILD_FIXTURES=1 cargo test -p tower-visor-cli help` writes them anew.

use std::fs;
use std::path::Path;

use crate::support::{pinned, project, visor};

#[test]
fn help_is_as_committed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/help");
    let mut differing = Vec::new();
    for command in [
        "",
        "pin",
        "verify",
        "show",
        "update",
        "audit",
        "explain",
        "headers",
        "serve",
        "build",
        "completions",
        "man",
    ] {
        let arguments: Vec<&str> = [command, "--help"]
            .into_iter()
            .filter(|argument| !argument.is_empty())
            .collect();
        let ran = visor(&folder, &arguments);
        assert_eq!(ran.code, 0);
        let name = if command.is_empty() { "visor" } else { command };
        let file = folder.join(format!("{name}.txt"));
        if std::env::var_os("REBUILD_FIXTURES").is_some() {
            fs::write(&file, &ran.out).unwrap();
        }
        if fs::read_to_string(&file).unwrap_or_default() != ran.out {
            differing.push(format!("{name}:\n{}", ran.out));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

#[test]
fn the_lock_file_has_its_older_names_too() {
    let folder = project("1.5.0");
    let ran = visor(folder.path(), &["pin", "web", "--out", "a.json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let folder = pinned("1.5.0");
    for command in [
        &["audit", "missing"][..],
        &["headers", "--policy", "missing"],
        &["serve", "web", "--sdk", "web", "--policy", "missing"],
    ] {
        let arguments = [command, &["--pins", "visor-lock.json"]].concat();
        // Past the arguments: what is missing is the file.
        let ran = visor(folder.path(), &arguments);
        assert_eq!(ran.err, "visor: no such file: missing\n", "{command:?}");
    }
}
