//! Names of files and folders, and arguments, which in a pipeline may be names of files.

use std::fs;

use super::{ALL, Judge, PINS, PLAIN, START};
use crate::support::pinned;
use crate::tree::{ASSETS, ASSETS_PACKAGE};

#[test]
#[cfg(unix)]
fn of_files_and_folders() {
    let project = pinned("1.5.0");
    let folder = project.path();
    let mut judge = Judge::new(folder);
    let assets = folder.join("web").join(ASSETS_PACKAGE).join(ASSETS);
    for name in [ALL, PLAIN, START] {
        let file = assets.join(name);
        fs::write(&file, "x").unwrap();
        for format in PINS {
            judge.run(&["verify", "web", "--format", format]);
            judge.run(&["update", "web", "--format", format]);
            judge.run(&["pin", "web", "--lock", "new.json", "--format", format]);
        }
        fs::remove_file(&file).unwrap();
        // A tarball of that name, a folder of that name, and each file that a command reads.
        let tarball = format!("{name}.tgz");
        fs::write(folder.join(&tarball), "x").unwrap();
        fs::create_dir(folder.join(name)).unwrap();
        let json = format!("{name}.json");
        fs::write(folder.join(&json), "{\"x\": 1}").unwrap();
        for format in PINS {
            judge.run(&["verify", &tarball, "--format", format]);
            judge.run(&["verify", name, "--format", format]);
            judge.run(&["pin", name, "--lock", "new.json", "--format", format]);
            judge.run(&["show", "--lock", &json, "--format", format]);
        }
        let ran = judge.run(&["pin", "web", "--lock", &format!("{name}.lock")]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        for option in ["--npm-lock", "--published", "--keys", "--releases"] {
            judge.run(&["pin", "web", "--lock", "new.json", option, &json]);
            let _ = fs::remove_file(folder.join("new.json"));
        }
        for option in [
            "--lock",
            "--policy",
            "--baseline",
            "--waivers",
            "--releases",
            "--ca",
            "--scripts",
        ] {
            judge.run(&["audit", "https://localhost:1/", option, &json]);
        }
        judge.run(&["audit", &json]);
        judge.run(&["headers", "--policy", &json]);
        judge.run(&[
            "serve", "web", "--sdk", "web", "--port", "0", "--policy", &json,
        ]);
        judge.run(&[
            "serve",
            name,
            "--sdk",
            name,
            "--port",
            "0",
            "--endpoint",
            "region:westus",
            "--cert",
            &json,
            "--key",
            &json,
        ]);
        judge.run(&[
            "serve",
            "web",
            "--sdk",
            name,
            "--port",
            "0",
            "--endpoint",
            "region:westus",
        ]);
    }
    judge.saw(60);
}

#[test]
fn in_arguments() {
    let project = pinned("1.5.0");
    let mut judge = Judge::new(project.path());
    for text in [ALL, PLAIN, START] {
        for command in [
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
            judge.run(&[command, text]);
            judge.run(&[command, &format!("--{text}")]);
        }
        judge.run(&[text]);
        for option in [
            "--base",
            "--algorithm",
            "--min-provenance",
            "--max-behind",
            "--today",
            "--expect",
            "--override",
            "--signature",
            "--npm-lock",
            "--published",
            "--keys",
            "--releases",
            "--format",
            "--lock",
        ] {
            judge.run(&["pin", "web", option, text]);
        }
        for option in [
            "--url",
            "--profile",
            "--lock",
            "--policy",
            "--baseline",
            "--waivers",
            "--fail-on",
            "--ca",
            "--timeout",
            "--max-bytes",
            "--releases",
            "--today",
            "--format",
            "--header",
            "--cookie",
            "--scripts",
            "--browser",
            "--click",
            "--wait",
            "--evidence",
        ] {
            judge.run(&["audit", "https://localhost:1/", option, text]);
        }
        for url in ["http://", "https://", "https://a.example/"] {
            judge.run(&["audit", &format!("{url}{text}"), "--timeout", "1"]);
        }
        for option in ["--policy", "--lock", "--format"] {
            judge.run(&["headers", option, text]);
        }
        for option in [
            "--endpoint",
            "--origin",
            "--policy",
            "--address",
            "--port",
            "--min-provenance",
        ] {
            judge.run(&["serve", "web", "--sdk", "web", option, text]);
        }
        judge.run(&["update", "web", "--no-override", text]);
    }
    judge.saw(100);
}
