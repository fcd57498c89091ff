//! What `visor audit` reads: servers, kept answers, waivers, baselines.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{ALL, AUDIT, Judge, PLAIN, START, everywhere, in_lines};
use crate::hosts::{send, server};

const PAGE: &str = "HTTP/1.1 200 OK
Content-Type: text/html
Content-Security-Policy: script-src 'self' https://x.example; img-src *; require-sri-for script
Set-Cookie: a=b; Path=/
Permissions-Policy: camera=(self)
Cache-Control: max-age=60
Strict-Transport-Security: max-age=1
Access-Control-Allow-Origin: *
Server: nginx
Link: </x.js>; rel=preload

<!doctype html><script src=/a.js></script>
<script src=https://x.example/b.js integrity=sha384-x></script>
<link rel=stylesheet href=c.css>
<script type=importmap>{}</script>
<azure-ai-vision-face-ui></azure-ai-vision-face-ui>";

const FIXED: [&str; 4] = ["--today", "2026-11-23", "--url", "https://example.com/"];

fn audit(judge: &mut Judge<'_>, file: &str, more: &[&str]) {
    judge.in_turn(&[&["audit", file], &FIXED[..], more].concat(), &AUDIT);
}

#[test]
fn in_a_kept_answer() {
    let folder = TempDir::new().unwrap();
    let mut judge = Judge::new(folder.path());
    for hostile in in_lines(PAGE) {
        fs::write(folder.path().join("page.txt"), hostile).unwrap();
        audit(&mut judge, "page.txt", &[]);
    }
    // Names of headers and elements, and values of attributes.
    for text in [ALL, PLAIN, START] {
        for (from, to) in [
            ("Server:", format!("X{text}:")),
            ("src=/a.js", format!("src=\"/a{text}.js\"")),
            ("href=c.css", format!("href=\"{text}\"")),
            ("integrity=sha384-x", format!("integrity=\"{text}\"")),
            ("{}</script>", format!("{{{text}</script>")),
            ("a=b", format!("a{text}=b")),
        ] {
            assert!(PAGE.contains(from));
            fs::write(folder.path().join("page.txt"), PAGE.replace(from, &to)).unwrap();
            for format in AUDIT {
                let arguments = [&["audit", "page.txt", "--format", format], &FIXED[..]].concat();
                judge.run(&arguments);
            }
            audit(&mut judge, "page.txt", &["--doctor"]);
        }
    }
    judge.saw(60);
}

#[test]
fn in_har_waivers_and_baselines() {
    let folder = TempDir::new().unwrap();
    let mut judge = Judge::new(folder.path());
    let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
    let har = json!({"log": {"entries": [{
        "request": {"url": "https://example.com/"},
        "response": {
            "status": 200,
            "headers": [
                {"name": "content-type", "value": "text/html"},
                {"name": "x-frame-options", "value": "DENY"},
            ],
            "content": {"text": "<!doctype html><script src=a.js></script>", "encoding": ""},
        },
    }]}});
    for hostile in everywhere(&har) {
        write("page.har", hostile.to_string());
        judge.in_turn(&["audit", "page.har"], &AUDIT);
    }
    write("page.txt", PAGE.to_owned());
    let ran = judge.run(
        &[
            &[
                "audit",
                "page.txt",
                "--baseline",
                "base.json",
                "--write-baseline",
            ],
            &FIXED[..],
        ]
        .concat(),
    );
    assert_eq!(ran.code, 1, "{}", ran.err);
    let baseline = fs::read(folder.path().join("base.json")).unwrap();
    let baseline: Value = serde_json::from_slice(&baseline).unwrap();
    for hostile in everywhere(&baseline) {
        write("bad.json", hostile.to_string());
        audit(&mut judge, "page.txt", &["--baseline", "bad.json"]);
    }
    let waivers = json!({"waiver": [
        {"code": "hsts-short", "place": "example.com", "reason": "a device"},
        {"code": "http", "reason": "nothing"},
    ]});
    for hostile in everywhere(&waivers) {
        write("waivers.toml", toml::to_string(&hostile).unwrap());
        audit(&mut judge, "page.txt", &["--waivers", "waivers.toml"]);
    }
    let owners = json!({"script": [
        {"script": "https://example.com/app/", "owner": "team", "justification": "the page itself"},
    ]});
    for hostile in everywhere(&owners) {
        write("owners.json", hostile.to_string());
        audit(&mut judge, "page.txt", &["--scripts", "owners.json"]);
    }
    judge.saw(60);
}

#[test]
fn in_the_answers_of_a_server() {
    let folder = TempDir::new().unwrap();
    let mut judge = Judge::new(folder.path());
    for text in [ALL, PLAIN, START, "\u{9b}31m\u{202e}\u{200b}"] {
        for (name, value) in [
            ("Server", text.to_owned()),
            ("Location", format!("/{text}")),
            ("Location", format!("https://{text}/")),
            (
                "Content-Security-Policy",
                format!("script-src {text}; {text} x"),
            ),
            (text, "x".to_owned()),
        ] {
            let status = if name == "Location" {
                "302 Found"
            } else {
                "200 OK"
            };
            let answer = format!(
                "HTTP/1.1 {status}\r\nContent-Type: text/html\r\nConnection: close\r\n{name}: {value}\r\n\r\n\
                 <!doctype html><script src=\"/{PLAIN}.js\"></script><img src=\"{text}\">"
            );
            let url = server(move |_, stream| send(stream, answer.as_bytes()));
            judge.in_turn(&["audit", &url, "--probe", "--timeout", "5"], &AUDIT);
            judge.run(&["audit", &url, "--doctor", "--timeout", "5"]);
        }
        let line = format!("HTTP/1.1 {text}\r\n\r\n");
        let url = server(move |_, stream| send(stream, line.as_bytes()));
        judge.run(&["audit", &url, "--timeout", "5"]);
    }
    judge.saw(10);
}
