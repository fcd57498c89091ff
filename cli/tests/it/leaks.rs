//! What no message and no file of the program holds: paths of the machine, credentials, commands.

use std::fs;
use std::path::Path;

use crate::support::{pinned, project, visor};
use crate::tree::{ASSETS, COMPONENT_PACKAGE, Tree};

#[test]
fn no_message_holds_a_path_of_the_machine() {
    let tree = Tree::installed("1.5.0");
    let folder = tree.path().to_str().unwrap();
    let lock = tree.join("visor-lock.json");
    let lock = lock.to_str().unwrap();
    let nowhere = tree.join("nowhere");
    let nowhere = nowhere.to_str().unwrap();
    for arguments in [
        &["verify", folder, "--lock", lock][..],
        &["pin", nowhere, "--lock", lock],
        &["pin", folder, "--lock", lock],
        &["verify", nowhere, "--lock", lock],
        &["pin", folder, "--lock", lock],
    ] {
        let ran = visor(Path::new("/"), arguments);
        for text in [&ran.out, &ran.err] {
            assert!(!text.contains(folder), "{arguments:?}: {text}");
        }
    }
    assert!(!fs::read_to_string(lock).unwrap().contains(folder));
}

#[test]
fn no_message_and_no_lock_file_holds_a_credential() {
    let project = pinned("1.5.0");
    let folder = project.path();
    let token = "npm_TOKENsecret123";
    let url = format!("https://user:{token}@feed.example/FaceLivenessDetector.js?sig={token}");
    let lock = fs::read_to_string(folder.join("visor-lock.json")).unwrap();
    let run = |arguments: &[&str]| {
        let ran = visor(folder, arguments);
        assert_ne!(ran.code, 0, "{arguments:?}");
        assert!(!ran.out.contains(token), "{arguments:?}: {}", ran.out);
        assert!(!ran.err.contains(token), "{arguments:?}: {}", ran.err);
    };
    for (key, value) in [
        ("base", "/"),
        ("version", "1.5.0"),
        ("url", "/FaceLivenessDetector.js"),
        ("path", "FaceLivenessDetector.js"),
        ("provenance", "observed"),
        ("type", "text/javascript; charset=utf-8"),
    ] {
        let line = format!(r#""{key}": "{value}""#);
        assert!(lock.contains(&line), "{line}");
        for spoilt in [
            format!(r#""{key}": "{url}""#),
            format!(r#""{url}": "{value}""#),
        ] {
            fs::write(folder.join("bad.json"), lock.replace(&line, &spoilt)).unwrap();
            run(&["verify", "web", "--lock", "bad.json"]);
        }
    }
    let component = format!("web/{COMPONENT_PACKAGE}/package.json");
    for (file, content, argument) in [
        (
            "p.html",
            format!("<script src='{url}' integrity='{url}'></script>"),
            "--published",
        ),
        (
            "p.html",
            format!("<script src='x.js' integrity='https://user:{token}@x'></script>"),
            "--published",
        ),
        ("p.json", format!(r#"{{"{url}": "{url}"}}"#), "--published"),
        ("p.txt", format!("{url} {url}"), "--published"),
        ("r.json", format!(r#"{{"{url}": 1}}"#), "--releases"),
        ("r.json", format!(r#"{{"as-of": "{url}"}}"#), "--releases"),
    ] {
        fs::write(folder.join(file), content).unwrap();
        run(&["pin", "web", "--lock", "x.json", argument, file]);
    }
    let reason = format!("{ASSETS}/images/logo.svg=as in {url}");
    run(&["pin", "web", "--lock", "x.json", "--override", &reason]);
    run(&["pin", "web", "--lock", "x.json", "--base", &url]);
    run(&["pin", &url, "--lock", "x.json"]);
    for package in [
        format!(r#"{{"name": "{url}", "version": "1.5.0"}}"#),
        format!(r#"{{"name": "@azure/ai-vision-face-ui", "version": "{url}"}}"#),
    ] {
        fs::write(folder.join(&component), package).unwrap();
        run(&["pin", "web", "--lock", "x.json"]);
        run(&["verify", "web"]);
    }
    assert!(!folder.join("x.json").exists());
}

#[test]
fn what_a_lock_file_says_is_no_command_of_a_pipeline() {
    let project = project("1.5.0");
    let folder = project.path();
    let command = "##vso[task.setvariable variable=x]y";
    let reason = format!("{ASSETS}/images/logo.svg={command}");
    assert_eq!(
        visor(folder, &["pin", "web", "--override", &reason]).code,
        0
    );
    for format in ["human", "github", "azure"] {
        let shown = visor(folder, &["show", "--format", format]);
        assert!(
            shown.out.contains("# #vso[") && !shown.out.contains("##"),
            "{}",
            shown.out
        );
    }
    // Two faults stand on lines of their own.
    let lock = format!(r#"{{"schema": 1, "::error::x": 0, "{command}": 0}}"#);
    fs::write(folder.join("bad.json"), lock).unwrap();
    let ran = visor(
        folder,
        &["show", "--lock", "bad.json", "--format", "github"],
    );
    assert!(
        ran.err.contains("\n  : ::error::x: unknown key"),
        "{}",
        ran.err
    );
    assert!(!ran.err.contains("##"), "{}", ran.err);

    // A message is data to the last character.
    fs::write(folder.join("web/a%0A::error::x.tgz"), "x").unwrap();
    let path = ["verify", "web/a%0A::error::x.tgz", "--format"];
    for (format, escaped) in [("github", "a%250A::error"), ("azure", "a%AZP250A::error")] {
        let ran = visor(folder, &[path[0], path[1], path[2], format]);
        assert!(ran.out.contains(escaped), "{}", ran.out);
    }
}

#[test]
fn what_cannot_be_written_leaves_nothing_behind() {
    let project = project("1.5.0");
    let folder = project.path();
    let ran = visor(folder, &["pin", "web", "--lock", "nowhere/visor-lock.json"]);
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (
            2,
            "visor: lock file: visor-lock.json: its folder doesn't exist; create it first\n"
        )
    );
    fs::create_dir(folder.join("taken")).unwrap();
    let ran = visor(folder, &["pin", "web", "--lock", "taken"]);
    assert_eq!(ran.code, 2);
    assert_eq!(fs::read_dir(folder).unwrap().count(), 2, "web and taken");
}
