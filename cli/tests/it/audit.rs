//! `visor audit`, against real servers on the loopback interface.

use std::fs;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

use base64::Engine as _;
use serde_json::Value;
use tempfile::TempDir;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned, crypto};

use crate::schema;
use crate::support::{Ran, TODAY, visor};
use crate::tree::fixtures;

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

/// Answers each connection, given the path that was asked for; gives `http://127.0.0.1:PORT`.
fn server(answer: impl Fn(&str, &mut dyn Stream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let answer = Arc::clone(&answer);
            std::thread::spawn(move || {
                let mut stream = stream;
                let path = path_of(&mut stream);
                answer(&path, &mut stream);
            });
        }
    });
    format!("http://{address}")
}

fn path_of(stream: &mut impl Read) -> String {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
        if first.is_empty() {
            first.clone_from(&line);
        }
        line.clear();
    }
    first.split(' ').nth(1).unwrap_or_default().to_owned()
}

/// Sends, and doesn't care whether anybody is left to read it.
fn send(stream: &mut dyn Stream, bytes: &[u8]) {
    let _ = stream.write_all(bytes).and_then(|()| stream.flush());
}

fn audit(arguments: &[&str]) -> Ran {
    let folder = TempDir::new().unwrap();
    visor(
        folder.path(),
        &[&["audit", TODAY[0], TODAY[1]], arguments].concat(),
    )
}

/// The whole message of a run that could not be made.
fn refused(arguments: &[&str]) -> String {
    let ran = audit(arguments);
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (2, ""),
        "{arguments:?}: {}",
        ran.err
    );
    ran.err
}

const PAGE: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n\
    Set-Cookie: a=SECRET\r\nSet-Cookie: b=SECRET\r\n\r\n\
    <!doctype html><title>Page</title>";

#[test]
fn servers_that_never_end_are_left_in_time() {
    let silent = server(|_, stream| {
        let mut byte = [0];
        let _ = stream.read(&mut byte);
    });
    let drip = server(|_, stream| {
        send(
            stream,
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
        );
        while stream.write_all(b"x").and_then(|()| stream.flush()).is_ok() {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    });
    for url in [silent, drip] {
        assert_eq!(
            refused(&[&url, "--timeout", "0.3"]),
            format!(
                "visor: the page: {url}/: no whole answer within 0.3 seconds; --timeout gives it more\n"
            )
        );
    }
}

#[test]
fn servers_that_send_too_much_are_left() {
    let endless = server(|_, stream| {
        send(
            stream,
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
        );
        while stream.write_all(&[b'x'; 8192]).is_ok() {}
    });
    let announced = server(|_, stream| {
        send(
            stream,
            b"HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n",
        );
        for _ in 0..12_800 {
            if stream.write_all(&[0; 8192]).is_err() {
                break;
            }
        }
    });
    for url in [&endless, &announced] {
        assert_eq!(
            refused(&[url]),
            format!("visor: the page: {url}/: more than 16777216 bytes; --max-bytes allows more\n")
        );
    }
    assert!(refused(&[&endless, "--max-bytes", "1000"]).contains("more than 1000 bytes"));

    let headers = server(|_, stream| {
        let many = "x: y\r\n".repeat(5000);
        send(stream, format!("HTTP/1.1 200 OK\r\n{many}\r\n").as_bytes());
    });
    let long = server(|_, stream| {
        let long = "y".repeat(1 << 20);
        send(
            stream,
            format!("HTTP/1.1 200 OK\r\nx: {long}\r\n\r\n").as_bytes(),
        );
    });
    for url in [headers, long] {
        assert_eq!(
            refused(&[&url]),
            format!("visor: the page: {url}/: more than 1000 headers, or 262144 bytes of them\n")
        );
    }
}

#[test]
fn redirects_end_and_lead_to_pages_only() {
    let circle = server(|path, stream| {
        let next = if path == "/a" { "/b" } else { "/a" };
        let answer = format!("HTTP/1.1 302 Found\r\nLocation: {next}\r\nContent-Length: 0\r\n\r\n");
        send(stream, answer.as_bytes());
    });
    let error = refused(&[&format!("{circle}/a")]);
    assert!(error.ends_with("/a: redirects in a circle\n"), "{error}");

    let endless = server(|path, stream| {
        let next = format!("{path}x");
        let answer = format!("HTTP/1.1 302 Found\r\nLocation: {next}\r\nContent-Length: 0\r\n\r\n");
        send(stream, answer.as_bytes());
    });
    let error = refused(&[&endless]);
    assert!(error.ends_with(": more than 20 redirects\n"), "{error}");

    for target in ["file:///etc/passwd", "javascript:alert(1)", "http://"] {
        let url = server(move |_, stream| {
            let head =
                format!("HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n");
            send(stream, head.as_bytes());
        });
        let error = refused(&[&url]);
        assert!(
            error.ends_with(": redirects to no URL\n"),
            "{target}: {error}"
        );
    }

    let good = server(|path, stream| match path {
        "/" => send(
            stream,
            b"HTTP/1.1 302 Found\r\nLocation: there?token=SECRET\r\nContent-Length: 0\r\n\r\n",
        ),
        _ => send(stream, PAGE.as_bytes()),
    });
    let ran = audit(&[&good, "--format", "json", "--profile", "document"]);
    assert_eq!(ran.json()["responses"][0]["url"], format!("{good}/there"));
    assert!(!ran.out.contains("SECRET"), "{}", ran.out);
}

#[test]
fn what_is_no_http_is_said_so() {
    for bytes in [
        &b""[..],
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"\x16\x03\x01",
    ] {
        let url = server(move |_, stream| send(stream, bytes));
        let error = refused(&[&url]);
        let start = format!("visor: the page: {url}/: no HTTP/1.1 answer: ");
        assert!(error.starts_with(&start), "{error}");
    }
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    assert!(refused(&[&url]).contains(": no connection: "));
    assert!(refused(&["http://[::1"]).starts_with("visor: the page: no URL: "));
    assert!(refused(&["http://127.0.0.1", "--timeout=-1"]).starts_with("visor: --timeout: "));
    assert!(refused(&["http://127.0.0.1", "--timeout=NaN"]).starts_with("visor: --timeout: "));
}

#[test]
fn bytes_that_are_no_text_are_judged_all_the_same() {
    let url = server(|_, stream| {
        send(
            stream,
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Note: \xff\xfe\x80\r\n\
              Content-Security-Policy: \xff\r\nConnection: close\r\n\r\n\xff\xfe<!doctype html>\x00\xc3",
        );
    });
    for format in ["human", "json", "markdown", "html", "github", "azure"] {
        let ran = audit(&[&url, "--format", format, "--profile", "document"]);
        assert_eq!(ran.code, 1, "{format}: {}{}", ran.out, ran.err);
    }
}

#[test]
fn a_certificate_is_checked_and_an_authority_can_be_given() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.key_pair.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(connection, stream);
            path_of(&mut stream);
            send(&mut stream, PAGE.as_bytes());
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    });
    let url = format!("https://localhost:{port}");
    let error = refused(&[&url]);
    let start = format!("visor: the page: {url}/: no TLS: invalid peer certificate: ");
    assert!(error.starts_with(&start), "{error}");
    assert!(
        error.ends_with("; an authority of your own is given with --ca FILE\n"),
        "{error}"
    );

    let folder = TempDir::new().unwrap();
    let der = base64::engine::general_purpose::STANDARD.encode(made.cert.der());
    let pem = format!("-----BEGIN CERTIFICATE-----\n{der}\n-----END CERTIFICATE-----\n");
    fs::write(folder.path().join("ca.pem"), pem).unwrap();
    fs::write(folder.path().join("empty.pem"), "nothing").unwrap();
    let with = |file: &str| visor(folder.path(), &["audit", &url, "--ca", file]);
    assert_eq!(with("ca.pem").code, 1, "{}", with("ca.pem").err);
    assert_eq!(
        with("empty.pem").err,
        "visor: --ca: no certificate in the file; give it as PEM\n"
    );
    // It is right for this name only.
    let other = format!("https://127.0.0.1:{port}");
    let ran = visor(folder.path(), &["audit", &other, "--ca", "ca.pem"]);
    assert_eq!(ran.code, 2, "{}", ran.out);
}

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
        (2, "visor: state.json: entity not found\n")
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
    assert_eq!(run(&[]).code, 1, "a waiver of no use");
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
