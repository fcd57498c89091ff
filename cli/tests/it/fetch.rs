//! `visor audit`, against servers that are slow, endless, wrong or encrypted.

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::sync::Arc;

use tempfile::TempDir;
use tokio_rustls::rustls::{ServerConnection, StreamOwned};

use crate::hosts::{PAGE, audit, encrypted, path_of, refused, send, server};
use crate::support::visor;

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
                "visor: the page: {url}/: no complete answer within 0.3 seconds; --timeout allows more\n"
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
            error.ends_with(": redirects to something that isn't a URL\n"),
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
        b"HTTP/1.1 20\r\n\r\n",
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
    assert_eq!(
        refused(&["http://[::1"]),
        "visor: the page: `[` isn't allowed in a host; write an IPv6 address in brackets, for example `[::1]`\n"
    );
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
    let (config, pem) = encrypted(&["localhost"], &[]);
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
        error.ends_with("; name an authority of your own with --ca FILE\n"),
        "{error}"
    );

    let folder = TempDir::new().unwrap();
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
