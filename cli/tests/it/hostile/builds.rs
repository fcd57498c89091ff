//! What `visor build` reads: a policy, names of files in the application's folder and their content,
//! its arguments, and the list of an export.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use super::{ALL, Judge, PLAIN, START, everywhere};
use crate::serve::front_end;
use crate::support::{Ran, pinned};
use crate::tree::fixtures;

/// All of them in turn.
const HOSTS: [&str; 10] = [
    "nginx",
    "apache",
    "caddy",
    "azure-static-web-apps",
    "azure-front-door",
    "cloudflare-pages",
    "netlify",
    "vercel",
    "node",
    "json",
];

fn build(judge: &mut Judge<'_>, more: &[&str]) -> Ran {
    let host = HOSTS[judge.runs % HOSTS.len()];
    let fixed = [
        "build",
        "app",
        "--sdk",
        "web",
        "--policy",
        "policy.json",
        "--out",
        "out",
        "--host",
        host,
    ];
    judge.run(&[&fixed[..], more].concat())
}

/// The policy of the fixtures, as JSON.
fn policy() -> Value {
    let text = fs::read_to_string(fixtures().join("policies/liveness.toml")).unwrap();
    let mut policy: Value = toml::from_str(&text).unwrap();
    // Where the pins of these tests are served.
    policy["liveness"]["sdk-path"] = "/".into();
    policy
}

/// Pins, a front end and a policy: all that a build needs.
fn project() -> TempDir {
    let project = pinned("1.5.0");
    front_end(project.path());
    fs::write(project.path().join("policy.json"), policy().to_string()).unwrap();
    project
}

#[test]
fn in_the_policy_of_a_build() {
    let project = project();
    let folder = project.path();
    let mut judge = Judge::new(folder);
    for hostile in everywhere(&policy()) {
        fs::write(folder.join("policy.json"), hostile.to_string()).unwrap();
        build(&mut judge, &[]);
    }
    judge.saw(60);
}

#[test]
fn in_a_folder_that_is_built() {
    let project = project();
    let folder = project.path();
    let mut judge = Judge::new(folder);
    let plain = build(&mut judge, &[]);
    assert_eq!(plain.code, 0, "{}", plain.err);
    for text in [ALL, PLAIN, START] {
        // As a script, a page, a file of no known type, a hidden one, and a folder.
        for name in [
            format!("{text}.js"),
            format!("{text}.html"),
            format!("{text}.x{text}"),
            format!(".{text}"),
        ] {
            let name = name.replace('/', "_");
            for _ in &HOSTS {
                fs::write(folder.join("app").join(&name), "x").unwrap();
                build(&mut judge, &[]);
            }
            fs::remove_file(folder.join("app").join(&name)).unwrap();
        }
        for tag in [
            format!("<script src='{text}'></script>"),
            format!("<script type=module>import '{text}'</script>"),
            format!("<link rel=stylesheet href='{text}'>"),
            format!("<a href='javascript:{text}' onclick='{text}'>x</a>"),
            format!("<p style='{text}'>x</p><base href='{text}'>"),
            format!("<meta name=x content='{text}'><img src='{text}'>"),
        ] {
            let page = format!("<!doctype html><title>{text}</title>{tag}");
            fs::write(folder.join("app/other.html"), page).unwrap();
            build(&mut judge, &[]);
        }
        fs::remove_file(folder.join("app/other.html")).unwrap();
    }
    judge.saw(60);
}

#[test]
fn in_the_arguments_of_a_build() {
    let project = project();
    let folder = project.path();
    let mut judge = Judge::new(folder);
    for text in [ALL, PLAIN, START] {
        judge.run(&["build", text]);
        judge.run(&["build", "--check", text]);
        for option in ["--sdk", "--lock", "--policy", "--host", "--out"] {
            judge.run(&["build", "app", option, text]);
        }
        for (option, value) in [
            ("--at", text.to_owned()),
            ("--at", format!("/{text}")),
            ("--proxy", text.to_owned()),
            ("--proxy", format!("/api/={text}")),
            ("--proxy", format!("/api/=http://127.0.0.1:1/{text}")),
            ("--proxy", format!("/{text}/=http://127.0.0.1:1")),
            ("--page-at", text.to_owned()),
            ("--page-at", format!("/{text}=index.html")),
            ("--page-at", format!("/deep={text}")),
            ("--without", text.to_owned()),
            ("--waict", text.to_owned()),
            ("--min-provenance", text.to_owned()),
        ] {
            build(&mut judge, &[option, &value]);
        }
        // The folder that is written, by its name.
        let out = text.replace('/', "_");
        build(&mut judge, &["--lock", "visor-lock.json", "--at", &out]);
    }
    judge.saw(30);
}

#[test]
fn in_the_list_of_an_export() {
    let project = project();
    let folder = project.path();
    let mut judge = Judge::new(folder);
    let ran = build(&mut judge, &[]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let list = folder.join("out/visor-export.json");
    let document: Value = serde_json::from_slice(&fs::read(&list).unwrap()).unwrap();
    for hostile in everywhere(&document) {
        fs::write(&list, hostile.to_string()).unwrap();
        let ran = judge.run(&["build", "--check", "out"]);
        assert_ne!(ran.code, 0, "{hostile}");
    }
    // A file that the export doesn't name.
    fs::write(&list, document.to_string()).unwrap();
    for text in [ALL, PLAIN, START] {
        let name = folder.join("out").join(text.replace('/', "_"));
        fs::write(&name, "x").unwrap();
        let ran = judge.run(&["build", "--check", "out"]);
        assert_eq!(ran.code, 1, "{}", ran.err);
        fs::remove_file(&name).unwrap();
    }
    judge.saw(20);
}
