//! Browsers and pages that don't do what they should: exit code 2, and nothing is left behind.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::site::Site;
use crate::{browse, command, is_left_out, left_behind, run, traces};

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
    let hangs =
        ["firefox", "chromium"].map(|engine| script(&format!("{engine}-hangs"), "sleep 600"));
    let dies = ["firefox", "chromium"]
        .map(|engine| script(&format!("{engine}-dies"), "echo 'no display' >&2; exit 7"));
    let late = "visor: --browser: the page did not come to rest within 2 seconds; --browser-timeout allows more\n";
    let ended = "visor: --browser: it ended at once, and said: no display\n";
    for (browser, says) in [
        ("./firefox-of-nobody", "visor: --browser: no such program\n"),
        (
            "./chromium-of-nobody",
            "visor: --browser: no such program\n",
        ),
        (
            "netscape",
            "visor: --browser: write `chromium`, `firefox`, or the path of either\n",
        ),
        (&hangs[0], late),
        (&hangs[1], late),
        (&dies[0], ended),
        (&dies[1], ended),
    ] {
        let arguments = [&url, "--browser-timeout", "2", "--no-browser-sandbox"];
        let ran = run(browser, folder.path(), &arguments);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{browser}");
        // A hung browser was opened, and what it saw is nothing.
        assert_eq!(ran.err, says, "{browser}");
        assert_eq!(
            left_behind(folder.path()),
            Vec::<String>::new(),
            "{browser}"
        );
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
            // As endless as redirects, and each page of it arrives.
            path if path.starts_with("/again") => {
                let body = format!("{QUIET}<script>location = '{path}x'</script>");
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
        let round = match browser {
            "chromium" => {
                "the browser got no page: net::ERR_TOO_MANY_REDIRECTS; what was seen so far is in seen.json"
            }
            _ => "; what was seen so far is in seen.json",
        };
        for (path, says) in [
            (
                "/busy",
                "did not come to rest within 4 seconds; --browser-timeout allows more; what was seen so far is in seen.json",
            ),
            (
                "/large",
                "/large.js: more than 16777216 bytes; --max-bytes allows more; what was seen so far is in seen.json",
            ),
            (
                "/again",
                "did not come to rest within 4 seconds; --browser-timeout allows more; what was seen so far is in seen.json",
            ),
            ("/round", round),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let url = format!("{}{path}", site.origin);
            let is_endless = path == "/busy" || path == "/again";
            let time = if is_endless { "4" } else { "60" };
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
        assert!(traces(folder.path()).len() > 2, "{browser}");
        program.kill().unwrap();
        program.wait().unwrap();
        let left = left_behind(folder.path());
        assert_eq!(left, Vec::<String>::new(), "{browser}");
    }
}

/// The program never turns the sandbox off by itself: who is root is told what to do, and what was done
/// is in the report.
#[test]
fn a_browser_without_its_sandbox_is_asked_for_and_named() {
    if is_left_out("chromium") {
        return;
    }
    let site = Site::of(&[("/", "text/html", QUIET)]);
    let folder = tempfile::tempdir().unwrap();
    let url = format!("{}/", site.origin);
    let arguments = [
        "audit",
        &url,
        "--browser",
        "--profile",
        "document",
        "--format",
        "json",
    ];
    let ask = |more: &[&str]| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_visor"));
        program
            .args(arguments)
            .args(more)
            .env("TMPDIR", folder.path());
        program.output().unwrap()
    };
    let ran = ask(&[]);
    if rustix::process::geteuid().is_root() {
        assert_eq!(ran.status.code(), Some(2));
        assert_eq!(
            String::from_utf8(ran.stderr).unwrap(),
            "visor: --browser: Chromium has no sandbox for root: run visor as another user, or pass \
             --no-browser-sandbox, which the report then mentions\n"
        );
        assert!(site.sent().is_empty());
    } else {
        let json: Value = serde_json::from_slice(&ran.stdout).unwrap();
        assert_eq!(json["received"]["seen"]["sandbox"], "on");
    }
    let ran = ask(&["--no-browser-sandbox"]);
    let json: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(json["received"]["seen"]["sandbox"], "off");
}

/// The browser's own process, of all that were started in a folder.
fn own_process(folder: &Path) -> Option<Pid> {
    let marker = folder.to_str().unwrap();
    let all = fs::read_dir("/proc").unwrap().flatten();
    let mut all = all.filter(|process| {
        let command = fs::read(process.path().join("cmdline")).unwrap_or_default();
        let command = String::from_utf8_lossy(&command);
        let is_helper = command.contains("--type=") || command.contains("-contentproc");
        command.contains(marker) && !command.contains("keep-browser") && !is_helper
    });
    let process = all.next()?.file_name().into_string().unwrap();
    Pid::from_raw(process.parse().unwrap())
}

/// In the middle of a page: killed, and stopped so that it answers nothing any more.
#[test]
fn a_browser_that_dies_or_hangs_in_the_middle() {
    let body = format!("{QUIET}<script>setInterval(() => fetch('/x'), 50)</script>");
    let middle = &|browser: &str, signal: Signal, says: &str| {
        let site = Site::of(&[("/", "text/html", &body)]);
        let folder = tempfile::tempdir().unwrap();
        let url = format!("{}/", site.origin);
        // It says whether this browser is to be left out.
        if browse(browser, folder.path(), &[&url, "--browser-timeout", "0.01"]).is_none() {
            return;
        }
        // Long enough for a start beside three others; who hangs is waited for so long.
        let more = ["--browser-timeout", "30", "--observation", "seen.json"];
        let mut program = command(browser, folder.path(), &[&[&*url], &more[..]].concat());
        let program = program.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut program = program.spawn().unwrap();
        while !site.sent().contains_key("/x") {
            assert_eq!(program.try_wait().unwrap(), None, "{browser}: too slow");
            std::thread::sleep(Duration::from_millis(20));
        }
        kill_process(own_process(folder.path()).unwrap(), signal).unwrap();
        let ran = program.wait_with_output().unwrap();
        let err = String::from_utf8(ran.stderr).unwrap();
        assert_eq!(ran.status.code(), Some(2), "{browser}: {err}");
        assert_eq!(
            err,
            format!("visor: --browser: {says}; what was seen so far is in seen.json\n")
        );
        let seen = fs::read_to_string(folder.path().join("seen.json")).unwrap();
        assert!(
            seen.contains("setInterval") && seen.contains("/x\""),
            "{browser}: {seen}"
        );
        let left = left_behind(folder.path());
        assert_eq!(left, Vec::<String>::new(), "{browser}");
    };
    let late = "the page did not come to rest within 30 seconds; --browser-timeout allows more";
    // All at once: two of them wait for their end.
    std::thread::scope(|scope| {
        for browser in ["chromium", "firefox"] {
            scope.spawn(move || middle(browser, Signal::KILL, "the browser ended"));
            scope.spawn(move || middle(browser, Signal::STOP, late));
        }
    });
}

#[test]
fn what_a_browser_cannot_be_given_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let url = "https://example.com/";
    for (arguments, says) in [
        (&["page.html"][..], "a browser opens URLs, not files"),
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
