//! A policy, as TOML and as JSON, for `visor headers`, `visor serve` and `visor audit`.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::{AUDIT, Judge, everywhere, in_lines};
use crate::serve::front_end;
use crate::support::pinned;
use crate::tree::fixtures;

const HEADERS: [&str; 7] = [
    "text",
    "json",
    "nginx",
    "apache",
    "caddy",
    "azure-static-web-apps",
    "azure-front-door",
];

/// Both outputs of a server up to where it listens or gives up.
fn serve_briefly(folder: &Path, arguments: &[&str]) -> (String, String) {
    let mut process = Command::new(env!("CARGO_BIN_EXE_visor"))
        .args(arguments)
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // One write says all, and none comes where it could not start.
    let mut first = vec![0; 64 * 1024];
    let length = process.stdout.as_mut().unwrap().read(&mut first).unwrap();
    first.truncate(length);
    let _ = process.kill();
    let rest = process.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(first), text(rest.stderr))
}

#[test]
fn in_a_policy() {
    let project = pinned("1.5.0");
    let folder = project.path();
    front_end(folder);
    fs::write(folder.join("page.txt"), "HTTP/1.1 200 OK\r\n\r\n").unwrap();
    let mut judge = Judge::new(folder);
    let text = fs::read_to_string(fixtures().join("policies/liveness.toml")).unwrap();
    let policy: Value = toml::from_str(&text).unwrap();
    let read = |name| ["headers", "--policy", name];
    for (index, hostile) in everywhere(&policy).into_iter().enumerate() {
        let name = if index % 2 == 0 {
            fs::write(folder.join("policy.json"), hostile.to_string()).unwrap();
            "policy.json"
        } else {
            fs::write(
                folder.join("policy.toml"),
                toml::to_string(&hostile).unwrap(),
            )
            .unwrap();
            "policy.toml"
        };
        // Where it is taken, every format prints it.
        if judge.run(&read(name)).code == 0 {
            for format in HEADERS {
                judge.run(&[&read(name)[..], &["--format", format]].concat());
            }
            let url = "https://example.com/";
            let audit = ["audit", "page.txt", "--url", url, "--policy", name];
            judge.in_turn(&audit, &AUDIT);
        }
        if index % 4 == 0 || hostile.to_string().contains("LIV-12###") {
            let serve = [
                "serve", "app", "--sdk", "web", "--port", "0", "--policy", name,
            ];
            let (out, err) = serve_briefly(folder, &serve);
            judge.judge(&serve, &out, &err);
        }
    }
    // Files that are neither.
    let lines: Vec<&str> = text.lines().take(12).collect();
    for hostile in in_lines(&lines.join("\n")) {
        fs::write(folder.join("policy.toml"), hostile).unwrap();
        judge.run(&read("policy.toml"));
    }
    judge.saw(60);
}
