//! Where `visor audit` goes, and for how long.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::hosts::{audit, refused, send, server};

/// A listener that nobody should come to.
fn trap(address: &str) -> (String, TcpListener) {
    let listener = TcpListener::bind((address, 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (url, listener)
}

fn is_untouched(trap: &TcpListener) -> bool {
    trap.accept()
        .is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
}

fn redirecting(target: &str) -> String {
    let head = format!("HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n");
    server(move |_, stream| send(stream, head.as_bytes()))
}

#[test]
fn a_typed_address_allows_that_address_only() {
    let (other, listener) = trap("127.0.0.2");
    for (target, address, kind) in [
        (format!("{other}/x"), "127.0.0.2", "a loopback address"),
        (
            format!("http://[::ffff:127.0.0.1]{}/", &other[16..]),
            "::ffff:127.0.0.1",
            "a mapped IPv4 address",
        ),
        (
            "http://10.255.255.1/".to_owned(),
            "10.255.255.1",
            "a private address",
        ),
        (
            "http://169.254.169.254/latest/meta-data/".to_owned(),
            "169.254.169.254",
            "a link-local address",
        ),
        ("http://[::]/".to_owned(), "::", "an unspecified address"),
    ] {
        let error = refused(&[&redirecting(&target)]);
        let why = format!(": {address} is {kind}, and only an address of the internet, ");
        assert!(error.contains(&why), "{error}");
    }
    assert!(is_untouched(&listener));

    // The same address on another port is where a front end in development gets its files from.
    let page = server(|_, stream| {
        let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<!doctype html><p>Here";
        send(stream, page.as_bytes());
    });
    let ran = audit(&[&redirecting(&page), "--format", "json"]);
    assert_eq!(ran.json()["responses"][0]["url"], format!("{page}/"));
    // `localhost` is two addresses, this one and `[::1]`.
    let typed = redirecting(&page).replace("127.0.0.1", "localhost");
    let ran = audit(&[&typed, "--format", "json"]);
    assert_eq!(ran.json()["responses"][0]["url"], format!("{page}/"));
}

#[test]
fn files_and_their_redirects_lead_nowhere_else_either() {
    let (other, listener) = trap("127.0.0.2");
    let url = server(move |path, stream| {
        let answer = match path {
            "/" => format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<!doctype html>\
                 <script src={other}/a.js></script><script src=/b.js></script>"
            ),
            "/b.js" => format!("HTTP/1.1 307 There\r\nLocation: {other}/b.js\r\n\r\n"),
            _ => "HTTP/1.1 404 Not Found\r\n\r\n".to_owned(),
        };
        send(stream, answer.as_bytes());
    });
    let ran = audit(&[&url, "--profile", "document", "--format", "json"]);
    let json = ran.json();
    let not_checked = json["not_checked"].as_array().unwrap();
    let refused = not_checked.iter().find(|one| {
        let why = one["why"].as_str().unwrap();
        why.starts_with("127.0.0.2 is a loopback address, and only ")
    });
    let what = refused.unwrap()["what"].as_str().unwrap();
    assert!(what.ends_with("/a.js and 1 more"), "{what}");
    assert!(is_untouched(&listener));
}

#[test]
fn a_run_ends_whatever_a_page_names() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let url = server(move |path, stream| {
        count.fetch_add(1, Ordering::Relaxed);
        if path == "/" {
            let file = |number| format!("<script src=/{number}.js></script>");
            let files = (0..300).map(file).collect::<Vec<_>>().concat();
            let page = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{files}");
            return send(stream, page.as_bytes());
        }
        std::thread::sleep(Duration::from_millis(50));
        send(
            stream,
            b"HTTP/1.1 200 OK\r\nContent-Type: text/javascript\r\n\r\n",
        );
        send(stream, &vec![b' '; 20_000]);
    });
    for (option, limit, why) in [
        (
            "--total-timeout",
            "0.5",
            "the whole run took more than 0.5 seconds; --total-timeout allows more",
        ),
        (
            "--total-bytes",
            "100000",
            "more than 100000 bytes in the whole run; --total-bytes allows more",
        ),
    ] {
        asked.store(0, Ordering::Relaxed);
        let ran = audit(&[
            &url,
            option,
            limit,
            "--profile",
            "document",
            "--format",
            "json",
        ]);
        let json = ran.json();
        let not_checked = json["not_checked"].as_array().unwrap();
        let left: Vec<&str> = not_checked
            .iter()
            .filter(|one| one["why"] == why)
            .map(|one| one["what"].as_str().unwrap())
            .collect();
        // A probe that wasn't sent is listed, and no finding.
        let [probe, files] = left[..] else {
            panic!("{left:?}")
        };
        assert_eq!(probe, "the answer to an unknown path");
        assert!(files.contains(".js and "), "{left:?}");
        assert!(files.ends_with(" more"), "{left:?}");
        assert!(!ran.codes().contains(&"layer-too-deep".to_owned()));
        assert!(asked.load(Ordering::Relaxed) < 100);
    }
    // Without the page there is no report.
    assert_eq!(
        refused(&[&url, "--total-bytes", "1000"]),
        format!(
            "visor: the page: {url}/: more than 1000 bytes in the whole run; --total-bytes allows more\n"
        )
    );
    assert_eq!(
        refused(&[&url, "--total-timeout", "0"]),
        "visor: --total-timeout: give a number of seconds up to 3600\n"
    );
}
