//! `visor audit` of heads that aren't quite HTTP/1: live, as curl prints them, and as HAR.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::hosts::{audit, refused, send, server};
use crate::support::visor;

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\n\
    Content-Type: text/html; charset=utf-8\r\n\
    Content-Security-Policy: default-src 'none';\r\n    script-src 'self';\r\n\tobject-src 'none'\r\n\
    no colon here\r\n\
    Referrer-Policy : no-referrer\r\n\
    X Spaced: 1\r\n\
    : nameless\r\n\
    X-Note: a\x01b\r\n\
    X-Content-Type-Options: nosniff\r\n\r\n";

const PAGE: &[u8] = b"<!doctype html><title>t</title>";

const BAD: [&str; 7] = [
    "line 4: `Content-Security-Policy` is continued, folded",
    "line 5: `Content-Security-Policy` is continued, folded",
    "line 6: `no colon here` has no colon",
    "line 7: `Referrer-Policy` has a space before its colon",
    "line 8: `X Spaced` has a space in its name, so it is not a header",
    "line 9: a header without a name",
    "line 10: `X-Note` has a control character in its value",
];

fn malformed(json: &Value) -> Vec<String> {
    let findings = json["findings"].as_array().unwrap().iter();
    let mut found: Vec<String> = findings
        .filter(|one| one["code"] == "head-malformed")
        .map(|one| one["found"].as_str().unwrap().to_owned())
        .collect();
    found.sort_by_key(|text| text[5..].split(':').next().unwrap().parse::<u32>().unwrap());
    found
}

fn policy(json: &Value) -> &Value {
    &json["responses"][0]["policies"]
}

#[test]
fn bad_lines_are_named_and_the_rest_is_audited_live_and_kept() {
    let url = server(|_, stream| {
        send(stream, HEAD);
        send(stream, PAGE);
    });
    let live = audit(&[&url, "--format", "json"]).json();

    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("kept"), [HEAD, PAGE].concat()).unwrap();
    let kept = [
        "audit",
        "kept",
        "--url",
        "https://x.example/",
        "--format",
        "json",
    ];
    let kept = visor(folder.path(), &kept).json();
    for json in [&live, &kept] {
        assert_eq!(malformed(json), BAD);
        let policies = json!(["default-src 'none'; script-src 'self'; object-src 'none'"]);
        assert_eq!(policy(json), &policies);
        let headers = json["responses"][0]["headers"].as_array().unwrap();
        assert!(headers.contains(&json!(["referrer-policy", "no-referrer"])));
        assert!(headers.contains(&json!(["x-content-type-options", "nosniff"])));
        assert_eq!(json["responses"][0]["bytes"], PAGE.len());
    }
}

#[test]
fn har_is_read_by_the_same_reader() {
    let folder = TempDir::new().unwrap();
    let har = json!({"log": {"entries": [{"request": {"url": "https://x.example/"}, "response":
    {"status": 200, "content": {"text": "<!doctype html>"}, "headers": [
        {"name": ":status", "value": "200"},
        {"name": "content-type", "value": "text/html"},
        {"name": "x spaced", "value": "1"},
        {"name": "x-note", "value": "a\u{1}b"},
    ]}}]}});
    fs::write(folder.path().join("page.har"), har.to_string()).unwrap();
    let ran = visor(folder.path(), &["audit", "page.har", "--format", "json"]);
    assert_eq!(
        malformed(&ran.json()),
        [
            "line 3: `x spaced` has a space in its name, so it is not a header",
            "line 4: `x-note` has a control character in its value",
        ]
    );
}

#[test]
fn what_frames_the_body_is_what_was_read() {
    let url = server(|_, stream| {
        send(
            stream,
            b"HTTP/1.1 103 Early Hints\r\nno colon\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\
              Transfer-Encoding : chunked\r\n\r\n5\r\n<!doc\r\na\r\ntype html>\r\n0\r\n\r\n",
        );
    });
    let json = audit(&[&url, "--format", "json"]).json();
    assert_eq!(json["responses"][0]["bytes"], 15);
    assert_eq!(
        malformed(&json),
        ["line 3: `Transfer-Encoding` has a space before its colon"]
    );
}

#[test]
fn what_can_not_be_read_says_which_line() {
    for (answer, why) in [
        (
            &b"HTTP/1.1 200 OK\r\na: b\r\nc: \0\r\n\r\n"[..],
            "line 3: a NUL, because of which browsers refuse the whole response",
        ),
        (
            b"HTTP/1.1 200 OK\r\na: b\r\nc: d",
            "line 3: the connection ends there",
        ),
        (b"SSH-2.0-OpenSSH_9.9\r\n\r\n", "line 1: no status line"),
        (b"HTTP/1.1 20\r\n\r\n", "line 1: 20 is not a status"),
    ] {
        let url = server(move |_, stream| send(stream, answer));
        assert_eq!(
            refused(&[&url]),
            format!("visor: the page: {url}/: no HTTP/1.1 answer: {why}\n")
        );
    }
}
