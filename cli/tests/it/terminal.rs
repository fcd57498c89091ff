//! The program in a terminal: `script`, which every Linux has, gives it one.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::support::{pinned, visor};

const ESCAPE: char = '\u{1b}';

/// Variables by which users and systems say what they want of color.
const VARIABLES: [&str; 5] = ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLORTERM", "CI"];

/// What a terminal is sent, on both outputs.
fn in_terminal(folder: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> String {
    // Of a size that nobody knows: nothing is broken into lines.
    in_terminal_of(0, folder, environment, arguments)
}

fn in_terminal_of(
    columns: u16,
    folder: &Path,
    environment: &[(&str, &str)],
    arguments: &[&str],
) -> String {
    let program = env!("CARGO_BIN_EXE_visor");
    let command: Vec<String> = [program]
        .iter()
        .chain(arguments)
        .map(|word| format!("'{word}'"))
        .collect();
    let mut script = Command::new("script");
    for variable in VARIABLES {
        script.env_remove(variable);
    }
    let output = script
        .args([
            "--quiet",
            "--return",
            "--command",
            &format!("stty rows 40 cols {columns}; {}", command.join(" ")),
            "/dev/null",
        ])
        .env("TERM", "xterm")
        .envs(environment.iter().copied())
        .current_dir(folder)
        .output()
        .expect("`script` of util-linux runs");
    // More is a fault of `script`.
    assert!(output.status.code() <= Some(2), "{output:?}");
    // A terminal has its own end of a line.
    String::from_utf8(output.stdout)
        .unwrap()
        .replace("\r\n", "\n")
}

fn captured() -> TempDir {
    let folder = TempDir::new().unwrap();
    let answer =
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<!doctype html><title>t</title>";
    fs::write(folder.path().join("page.txt"), answer).unwrap();
    folder
}

const AUDIT: [&str; 4] = ["audit", "page.txt", "--url", "https://example.com/"];

#[test]
fn a_terminal_gets_color_unless_somebody_says_no() {
    let folder = captured();
    let plain = visor(folder.path(), &AUDIT).out;
    assert!(plain.contains("csp-missing") && !plain.contains(ESCAPE));
    for (environment, is_colored) in [
        (&[][..], true),
        (&[("CLICOLOR", "1")], true),
        // Set to nothing it says nothing: https://no-color.org.
        (&[("NO_COLOR", "")], true),
        (&[("NO_COLOR", "1")], false),
        (&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], false),
        (&[("CLICOLOR", "0")], false),
        (&[("TERM", "dumb")], false),
    ] {
        let shown = in_terminal(folder.path(), environment, &AUDIT);
        if is_colored {
            assert!(
                shown.contains("\u{1b}[1;31mhigh"),
                "{environment:?}: {shown:?}"
            );
            // Color is all that is added.
            assert_eq!(without_color(&shown), plain, "{environment:?}");
        } else {
            assert_eq!(shown, plain, "{environment:?}");
        }
        // The help follows the same rule.
        let help = in_terminal(folder.path(), environment, &["--help"]);
        assert_eq!(
            help.contains(ESCAPE),
            is_colored,
            "{environment:?}: {help:?}"
        );
    }
}

/// The text between the escape sequences for color.
fn without_color(text: &str) -> String {
    let mut pieces = text.split(ESCAPE);
    let mut plain = pieces.next().unwrap().to_owned();
    for piece in pieces {
        let (sequence, rest) = piece.split_once('m').unwrap();
        assert!(
            sequence.starts_with('[')
                && sequence[1..]
                    .chars()
                    .all(|c| c.is_ascii_digit() || c == ';'),
            "no color but {sequence:?}"
        );
        plain.push_str(rest);
    }
    plain
}

#[test]
fn long_lines_are_broken_where_a_terminal_is_narrow() {
    let folder = captured();
    let environment = [("NO_COLOR", "1")];
    let plain = visor(folder.path(), &AUDIT).out;
    for columns in [60, 100] {
        let shown = in_terminal_of(columns, folder.path(), &environment, &AUDIT);
        let long = |line: &&str| line.len() > usize::from(columns) && line.trim().contains(' ');
        assert_eq!(shown.lines().find(long), None);
        assert_eq!(
            shown.split_whitespace().collect::<Vec<_>>(),
            plain.split_whitespace().collect::<Vec<_>>(),
            "nothing is lost"
        );
    }
    let wide = in_terminal_of(500, folder.path(), &environment, &AUDIT);
    assert_eq!(wide, plain);
    // Faults go to standard error, by the same rule.
    let missing = [
        "audit",
        "http://127.0.0.1:1/",
        "--ca",
        "a-certificate-authority-of-a-company-that-is-not-here.pem",
    ];
    let fault = in_terminal_of(60, folder.path(), &environment, &missing);
    assert_eq!(
        fault,
        "visor: no such file:\n       \
         a-certificate-authority-of-a-company-that-is-not-here.pem\n"
    );
}

#[test]
fn a_pipe_gets_color_only_by_force_and_machines_never() {
    let folder = captured();
    let piped = |force: Option<&str>, arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_visor"));
        for variable in VARIABLES {
            command.env_remove(variable);
        }
        command
            .env("TERM", "xterm")
            .envs(force.map(|force| ("CLICOLOR_FORCE", force)));
        let output = command
            .args(arguments)
            .current_dir(folder.path())
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(!piped(None, &AUDIT).contains(ESCAPE));
    let forced = piped(Some("1"), &AUDIT);
    assert!(forced.contains(ESCAPE), "{forced}");
    assert_eq!(without_color(&forced), piped(None, &AUDIT));
    for format in ["json", "markdown", "html", "github", "azure"] {
        let arguments = [&AUDIT[..], &["--format", format]].concat();
        assert!(!piped(Some("1"), &arguments).contains(ESCAPE), "{format}");
        let shown = in_terminal(folder.path(), &[], &arguments);
        assert!(!shown.contains(ESCAPE), "{format}: {shown:?}");
    }
}

#[test]
fn what_shows_that_something_goes_on_is_gone_when_it_is_done() {
    let project = pinned("1.5.0");
    for arguments in [
        &["verify", "web"][..],
        &["pin", "web", "--lock", "again.json"],
    ] {
        let again = project.path().join("again.json");
        let plain = visor(project.path(), arguments).out;
        let _ = fs::remove_file(&again);
        let shown = in_terminal(project.path(), &[], arguments);
        // Each line that was drawn is wiped before the next thing is written.
        let (drawn, left) = shown.rsplit_once("\u{1b}[2K").unwrap_or(("", &shown));
        assert_eq!(left, plain, "{drawn:?}");
        assert!(!drawn.contains('\n'), "{drawn:?}");
        let _ = fs::remove_file(&again);
        let dumb = in_terminal(project.path(), &[("TERM", "dumb")], arguments);
        assert_eq!(dumb, plain);
    }
}
