//! `visor audit`: formats, what drifts, waivers, kept answers.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::hosts::{PAGE, audit, refused, send, server};
use crate::schema;
use crate::support::{Ran, visor};
use crate::tree::fixtures;

#[test]
fn every_format_is_printed_and_levels_decide_the_exit_code() {
    let url = server(|_, stream| send(stream, PAGE.as_bytes()));
    let json = audit(&[&url, "--format", "json"]);
    assert_eq!(json.code, 1);
    let report: Value = json.json();
    assert_eq!(
        schema::faults("audit-report.schema.json", &report),
        Vec::<String>::new()
    );
    assert_eq!(report["day"], "2026-11-23");
    assert!(!json.out.contains("SECRET"));
    // Repeated headers are all there.
    let headers = report["responses"][0]["headers"].as_array().unwrap();
    let cookies = headers.iter().filter(|header| header[0] == "set-cookie");
    assert_eq!(cookies.count(), 2);
    for (format, start) in [
        ("human", "http://127"),
        ("markdown", "# Audit: "),
        ("html", "<!doctype html>"),
        ("github", "::"),
        ("azure", "##vso[task.logissue "),
    ] {
        let ran = audit(&[&url, "--format", format]);
        assert!(ran.out.starts_with(start), "{format}: {}", ran.out);
        assert!(
            !ran.out.contains('\u{1b}') && !ran.out.contains("SECRET"),
            "{format}"
        );
    }
    let worst = report["worst"].as_str().unwrap();
    assert_eq!(audit(&[&url, "--fail-on", worst]).code, 1);
    let local = server(|_, stream| send(stream, b"HTTP/1.1 204 No\r\n\r\n"));
    let ran = audit(&[&local, "--profile", "api", "--fail-on", "high"]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    for (option, message) in [
        (
            ["--fail-on", "severe"],
            "write `note`, `low`, `medium` or `high`",
        ),
        (
            ["--profile", "page"],
            "write `liveness`, `document`, `asset` or `api`",
        ),
    ] {
        assert!(refused(&[&[url.as_str()], &option[..]].concat()).contains(message));
    }
}

#[test]
fn scripts_are_fetched_and_what_drifts_is_found() {
    let folder = TempDir::new().unwrap();
    let page = |script: &'static str, policy: &'static str| {
        server(move |path, stream| {
            let nonce = std::process::id();
            let (kind, body) = match path {
                "/" => ("text/html", "<!doctype html><script src=/app.js></script>"),
                "/app.js" => ("text/javascript", script),
                _ => ("text/plain", ""),
            };
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nDate: {nonce}\r\nConnection: close\r\n\
                 Content-Security-Policy: {policy}\r\n\r\n{body}"
            );
            send(stream, head.as_bytes());
        })
    };
    let run = |url: &str, more: &[&str]| {
        let common = [
            "audit",
            url,
            "--profile",
            "document",
            "--fail-on",
            "high",
            "--baseline",
        ];
        visor(
            folder.path(),
            &[&common[..], &["state.json"], more].concat(),
        )
    };
    let first = page("let a = 1", "script-src 'nonce-Zmlyc3Q='");
    let missing = run(&first, &[]);
    assert_eq!(
        (missing.code, missing.err.as_str()),
        (2, "visor: no such file: state.json\n")
    );
    run(&first, &["--write-baseline"]);
    let state = fs::read_to_string(folder.path().join("state.json")).unwrap();
    assert!(
        state.contains("app.js") && state.contains("'nonce-*'"),
        "{state}"
    );
    assert!(!state.contains("\"date\""), "{state}");

    // The same address, or it is another page.
    let moved = |url: &str| {
        let text = state.replace(&first, url);
        fs::write(folder.path().join("state.json"), text).unwrap();
    };
    let codes = |ran: &Ran| {
        let mut codes = ran.codes();
        codes.retain(|code| code.ends_with("-drift"));
        codes
    };
    let json = ["--format", "json"];
    for (script, policy, expected) in [
        ("let a = 1", "script-src 'nonce-c2Vjb25k'", &[][..]),
        (
            "let a = 2",
            "script-src 'nonce-c2Vjb25k'",
            &["script-drift"],
        ),
        ("let a = 1", "script-src *", &["header-drift"]),
        (
            "let a = 2",
            "script-src *",
            &["script-drift", "header-drift"],
        ),
    ] {
        let url = page(script, policy);
        moved(&url);
        let ran = run(&url, &json);
        assert_eq!(codes(&ran), expected, "{script} {policy}: {}", ran.out);
    }
    let other = page("", "default-src 'none'");
    assert_eq!(
        codes(&run(&other, &json)),
        ["header-drift"; 2],
        "a page and a file that nobody approved"
    );

    for (bad, message) in [
        ("{", "visor: state.json: EOF while parsing"),
        (
            r#"{"schema": 2, "pages": {}}"#,
            "version 2 is not known, this release reads 1",
        ),
        (r#"{"schema": 1, "pages": {}, "x": 1}"#, "unknown field `x`"),
    ] {
        fs::write(folder.path().join("state.json"), bad).unwrap();
        let ran = run(&other, &[]);
        assert_eq!(ran.code, 2);
        assert!(ran.err.contains(message), "{}", ran.err);
    }
}

#[test]
fn waivers_and_a_policys_reasons_come_from_files() {
    let url = server(|_, stream| send(stream, PAGE.as_bytes()));
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let all = visor(folder.path(), &["audit", &url, "--format", "json"]).codes();
    let waivers: Vec<String> = all
        .iter()
        .map(|code| format!("[[waiver]]\ncode = \"{code}\"\nreason = \"known, LIV-1\"\n"))
        .collect();
    let waivers = waivers.concat();
    write("waivers.toml", &waivers);
    let run = |more: &[&str]| {
        let common = ["audit", &url, "--waivers", "waivers.toml"];
        visor(folder.path(), &[&common[..], more].concat())
    };
    let ran = run(&[]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    write(
        "waivers.toml",
        &format!("{waivers}[[waiver]]\ncode = \"http\"\nreason = \"x\"\n"),
    );
    assert_eq!(run(&[]).code, 1, "a waiver unused");
    write(
        "waivers.toml",
        "[[waiver]]\ncode = \"csp-mising\"\nreason = \"x\"\n",
    );
    let ran = run(&[]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err
            .contains("there is no code `csp-mising`, did you mean `csp-missing`?")
    );

    write("waivers.toml", "");
    let policy = fixtures().join("policies/liveness.toml");
    let policy = policy.to_str().unwrap();
    let ran = run(&["--policy", policy, "--format", "json"]);
    assert_eq!(ran.json()["relaxed"][0]["what"], "img-src https:");
    assert_eq!(
        ran.json()["relaxed"][0]["reason"],
        "pictures of all partners, LIV-12"
    );
}
