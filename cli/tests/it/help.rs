//! The help texts are part of the interface: a change shows in a review.
//!
//! `REBUILD_FIXTURES=1 cargo test -p tower-visor-cli help` writes them anew.

use std::fs;
use std::path::Path;

use crate::support::visor;

#[test]
fn help_is_as_committed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/help");
    let mut differing = Vec::new();
    for command in [
        "", "pin", "verify", "show", "update", "audit", "explain", "headers", "serve",
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
