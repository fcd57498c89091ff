//! Browsers and pages that don't do what they should: exit code 2, and nothing is left behind.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use crate::site::Site;
use crate::{browse, command, left_behind, run};

const QUIET: &str = "<!doctype html><link rel=icon href=data:,><title>t</title>";

#[test]
fn a_browser_that_is_missing_hangs_or_dies() {
    let site = Site::of(&[("/", "text/html", QUIET)]);
    let url = format!("{}/", site.origin);
    let folder = tempfile::tempdir().unwrap();
    let script = |name: &str, text: &str| {
        let file = folder.path().join(name);
        fs::write(&file, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        format!("./{name}")
    };
    let hangs = script("firefox-that-hangs", "sleep 600");
    let dies = script("firefox-that-dies", "echo 'no display' >&2; exit 7");
    for (browser, says) in [
        ("./firefox-of-nobody", "visor: --browser: no such program\n".to_owned()),
        (
            "netscape",
            "visor: --browser: write `chromium`, `firefox`, or the path of either\n".to_owned(),
        ),
        (
            &*hangs,
            "visor: --browser: the page did not come to rest within 2 seconds; --browser-timeout gives it more\n"
                .to_owned(),
        ),
        (
            &*dies,
            "visor: --browser: it ended at once, and said: no display\n".to_owned(),
        ),
    ] {
        let ran = run(browser, folder.path(), &[&url, "--browser-timeout", "2"]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{browser}");
        // A hung browser was opened, and what it saw is nothing.
        assert_eq!(ran.err, says, "{browser}");
        assert_eq!(left_behind(folder.path()), Vec::<String>::new(), "{browser}");
    }
}

#[test]
fn pages_that_never_come_to_rest_or_are_too_large() {
    let answers = |asked: &crate::site::Asked| {
        let go = |to: String| vec![("location", to)];
        match &*asked.path {
            "/busy" => {
                let body = format!("{QUIET}<script>setInterval(() => fetch('/x'), 50)</script>");
                Some(("text/html", Vec::new(), body.into_bytes()))
            }
            "/large" => {
                let body = format!("{QUIET}<script src=/large.js></script>");
                Some(("text/html", Vec::new(), body.into_bytes()))
            }
            "/large.js" => Some(("text/javascript", Vec::new(), vec![b'/'; 100 << 20])),
            path if path.starts_with("/round") && asked.user_agent.contains("mozilla") => {
                Some(("text/html", go(format!("{path}x")), Vec::new()))
            }
            path if path.starts_with("/round") => Some(("text/html", Vec::new(), QUIET.into())),
            _ => None,
        }
    };
    let site = Site::new(answers);
    for browser in ["chromium", "firefox"] {
        for (path, says) in [
            (
                "/busy",
                "did not come to rest within 4 seconds; --browser-timeout gives it more; what was seen so far is in seen.json",
            ),
            (
                "/large",
                "/large.js: more than 16777216 bytes; --max-bytes allows more; what was seen so far is in seen.json",
            ),
            ("/round", ""),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let url = format!("{}{path}", site.origin);
            let time = if path == "/busy" { "4" } else { "60" };
            let arguments = [
                &url,
                "--browser-timeout",
                time,
                "--observation",
                "seen.json",
            ];
            let Some(ran) = browse(browser, folder.path(), &arguments) else {
                continue;
            };
            assert_eq!(
                (ran.code, ran.out.as_str()),
                (2, ""),
                "{browser}: {path}: {}",
                ran.err
            );
            assert!(ran.err.contains(says), "{browser}: {path}: {}", ran.err);
            let seen = fs::read_to_string(folder.path().join("seen.json")).unwrap();
            assert!(seen.contains(&format!("\"asked\": \"{url}\"")), "{seen}");
            assert_eq!(
                left_behind(folder.path()),
                Vec::<String>::new(),
                "{browser}: {path}"
            );
        }
    }
}

#[test]
fn nothing_outlives_a_program_that_is_killed() {
    let body = format!("{QUIET}<script>setInterval(() => fetch('/x'), 50)</script>");
    for browser in ["chromium", "firefox"] {
        let site = Site::of(&[("/", "text/html", &body)]);
        let folder = tempfile::tempdir().unwrap();
        let url = format!("{}/", site.origin);
        // It says whether this browser is to be left out.
        if browse(browser, folder.path(), &[&url, "--browser-timeout", "0.01"]).is_none() {
            continue;
        }
        let mut program = command(browser, folder.path(), &[&url]).spawn().unwrap();
        while !site.sent().contains_key("/x") {
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(left_behind(folder.path()).len() > 2, "{browser}");
        program.kill().unwrap();
        program.wait().unwrap();
        while !left_behind(folder.path()).is_empty() {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn what_a_browser_cannot_be_given_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let url = "https://example.com/";
    for (arguments, says) in [
        (&["page.html"][..], "a browser opens URLs, and no file"),
        (
            &[url, "--cookie", "a=b"],
            "headers and cookies can't be given to a browser: it would send them to every host",
        ),
    ] {
        let file = folder.path().join("page.html");
        fs::write(&file, "HTTP/1.1 200 OK\r\n\r\n").unwrap();
        let ran = run("./netscape", folder.path(), arguments);
        let page = ["--url", url];
        let ran = if arguments == ["page.html"] {
            run("./netscape", folder.path(), &[arguments, &page].concat())
        } else {
            ran
        };
        assert_eq!(ran.code, 2);
        assert_eq!(ran.err, format!("visor: --browser: {says}\n"));
    }
}
