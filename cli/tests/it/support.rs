//! Running the program as users run it, in a folder of its own.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::tree::{copy, fixture};

/// What a run left behind.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs the program in a folder, on a fixed day.
pub(crate) fn visor(folder: &Path, arguments: &[&str]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_visor"))
        .args(arguments)
        .current_dir(folder)
        // Whoever runs the tests may want color in all that they run.
        .env_remove("CLICOLOR_FORCE")
        .output()
        .expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Ran {
        code: output.status.code().expect("an exit code"),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

impl Ran {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }

    /// The codes of all findings.
    pub(crate) fn codes(&self) -> Vec<String> {
        let json = self.json();
        let findings = json["findings"].as_array().expect("a list").iter();
        findings
            .map(|finding| finding["code"].as_str().expect("a text").to_owned())
            .collect()
    }
}

pub(crate) const TODAY: [&str; 2] = ["--today", "2026-11-23"];

/// A project with the SDK installed in `web`.
pub(crate) fn project(version: &str) -> TempDir {
    let project = TempDir::new().unwrap();
    copy(&fixture(version), &project.path().join("web"));
    project
}

pub(crate) fn pinned(version: &str) -> TempDir {
    let project = project(version);
    let ran = visor(project.path(), &["pin", "web"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    project
}
