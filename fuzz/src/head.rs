//! Heads of HTTP/1 answers, as browsers read them.

use tower_visor::audit::{Head, Response};

use super::is_message;

/// A head and what comes after it.
pub fn run(data: &[u8]) {
    // Where it ends doesn't depend on how it came.
    let end = Head::end(data, 0);
    for seen in [1, data.len() / 2, data.len().saturating_sub(1)] {
        let before = data.get(..seen).and_then(|bytes| Head::end(bytes, 0));
        if before.is_none() {
            assert_eq!(Head::end(data, seen), end);
        }
    }
    let head = match Head::read(data) {
        Ok(head) => head,
        Err(error) => return is_message(&error),
    };
    assert_eq!(head.length(), end.unwrap_or(data.len()));
    let lines = data.split(|byte| *byte == b'\n').count();
    for bad in head.bad_lines() {
        assert!((1..=lines).contains(&bad.line()), "{bad}");
        is_message(bad);
    }
    // Written cleanly it is the same head, with nothing to complain about.
    let mut clean = format!("HTTP/1.1 {}\r\n", head.status().as_str()).into_bytes();
    for (name, value) in head.headers() {
        clean.extend_from_slice(name.as_str().as_bytes());
        clean.extend_from_slice(b": ");
        clean.extend_from_slice(value.as_bytes());
        clean.extend_from_slice(b"\r\n");
    }
    clean.extend_from_slice(b"\r\n");
    let again = Head::read(&clean).expect("what was read can be read");
    assert_eq!(again.headers(), head.headers());
    assert_eq!(again.status(), head.status());
    assert_eq!(again.bad_lines(), []);
    Response::from_head("https://example.com/", head, None).expect("a URL with a host");
}

/// Each kind of bad line.
pub fn seeds() -> Vec<Vec<u8>> {
    [
        &b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<!doctype html>"[..],
        b"\r\n\nHTTP/1.0 404\nserver : x\n\n",
        b"HTTP/2 200 \r\ncontent-security-policy: default-src 'none';\r\n  script-src 'self'\r\n\tx\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n folded\r\nno colon\r\n: nameless\r\nx y: 1\r\nx\x7f: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\na: b\rc: d\r\ne: \x01\x0c\x7f\r\nf: \xff\r\n \r\n\n\r\n",
        b"HTTP/1.1 200 OK\r\na: \0\r\n\r\n",
        b"HTTP/1.1 099 No\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.9\r\n",
    ]
    .map(<[u8]>::to_vec)
    .into()
}
