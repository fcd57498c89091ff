//! `visor audit --browser` in real browsers.
//!
//! A missing browser fails its tests; `TOWER_VISOR_SKIP_BROWSER=chromium,firefox` leaves out those that
//! it names, and each test then says so.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used)]

mod bad_input;
mod changed;
mod complete;
mod https;
mod inward;
mod site;
mod weekly;

#[path = "../it/steps.rs"]
mod steps;

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

/// What a run left behind.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

/// Runs `visor audit --browser` with more arguments, in a folder of its own; `None` when the tests of
/// this browser are to be left out.
fn browse(browser: &str, folder: &std::path::Path, arguments: &[&str]) -> Option<Ran> {
    (!is_left_out(browser)).then(|| run(browser, folder, arguments))
}

/// Whether the tests of this browser are to be left out, which is said then.
fn is_left_out(browser: &str) -> bool {
    let skip = std::env::var("TOWER_VISOR_SKIP_BROWSER").unwrap_or_default();
    let is_left_out = skip.split(',').any(|name| name.trim() == browser);
    if is_left_out {
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        // Not `eprintln!`: the test harness would keep it to itself.
        let line = format!("NOT RUN: {test}: TOWER_VISOR_SKIP_BROWSER names {browser}\n");
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
    is_left_out
}

/// The same without asking.
fn run(browser: &str, folder: &std::path::Path, arguments: &[&str]) -> Ran {
    let output = command(browser, folder, arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

fn command(browser: &str, folder: &std::path::Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_visor"));
    command
        .args(["audit", "--browser", browser, "--today", "2026-11-23"])
        .args(arguments)
        .current_dir(folder)
        // Its profiles are looked for there.
        .env("TMPDIR", folder)
        .stdin(Stdio::null());
    if browser == "chromium" && rustix::process::geteuid().is_root() {
        command.arg("--no-browser-sandbox");
    }
    command
}

impl Ran {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("{error}: {}\n{}", self.out, self.err))
    }

    /// The findings of these codes, as `code: where: what`.
    fn found(&self, codes: &[&str]) -> Vec<String> {
        let json = self.json();
        let findings = json["findings"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        findings
            .filter(|finding| codes.contains(&&*text(&finding["code"])))
            .map(|finding| {
                let subject = &finding["subject"];
                let place = ["url", "name", "kind"].map(|key| text(&subject[key]));
                let place = place.into_iter().find(|place| !place.is_empty());
                let code = text(&finding["code"]);
                format!("{code}: {}: {}", place.unwrap(), text(&finding["found"]))
            })
            .collect()
    }
}

/// What a run left in its folder when all had the time to go: what is killed is gone when the system
/// comes to it, and Chromium's crash handler when it notices. A minute is far more than that takes.
fn left_behind(folder: &std::path::Path) -> Vec<String> {
    for _ in 0..3000 {
        if traces(folder).is_empty() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    traces(folder)
}

/// What is in a run's folder: profiles, and processes that were started for them.
fn traces(folder: &std::path::Path) -> Vec<String> {
    let profiles = std::fs::read_dir(folder).unwrap().flatten();
    let profiles = profiles.map(|entry| entry.file_name().into_string().unwrap());
    let mut left: Vec<String> = profiles
        .filter(|name| name.starts_with("visor-browser-"))
        .collect();
    let marker = folder.to_str().unwrap();
    for process in std::fs::read_dir("/proc").unwrap().flatten() {
        let command = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        let command = String::from_utf8_lossy(&command).replace('\0', " ");
        if command.contains(marker) {
            left.push(command);
        }
    }
    left
}
