//! Heads of HTTP/1 as Chromium 156 reads them. Every row was measured: a page asked a server that
//! sends these very bytes, and listed the headers that it got.

use tower_visor::audit::Head;

/// `name: value` of each header between two that are always there, and the bad lines; or why there
/// is not a head.
fn read(lines: &[u8]) -> (String, Vec<String>) {
    let bytes = [
        b"HTTP/1.1 200 OK\r\nX-A: 1\r\n",
        lines,
        b"X-Z: 2\r\n\r\nbody",
    ]
    .concat();
    match Head::read(&bytes) {
        Err(error) => (error.to_string(), Vec::new()),
        Ok(head) => {
            assert_eq!(&bytes[head.length()..], b"body");
            let own = |name: &str| !matches!(name, "x-a" | "x-z");
            let headers = head.headers().iter();
            let headers = headers.filter(|(name, _)| own(name.as_str()));
            let text = headers.map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes());
                format!("{name}: {value}")
            });
            let bad = head.bad_lines().iter().map(ToString::to_string);
            (text.collect::<Vec<_>>().join(" | "), bad.collect())
        }
    }
}

#[test]
fn lines_are_read_as_chromium_reads_them() {
    let nul = "line 3: a NUL, because of which browsers refuse the whole response";
    let cr = "line 3: a carriage return that ends a line in some browsers";
    for (lines, headers, bad) in [
        // A carriage return by itself ends a line.
        (
            &b"X-C: a\rb\r\n"[..],
            "x-c: a",
            &[cr, "line 3: `b` has no colon"][..],
        ),
        (b"X-C: a\rX-D: b\r\n", "x-c: a | x-d: b", &[cr]),
        (b"\rX-D: b\r\n", "x-d: b", &[cr]),
        (b"X-C: a\r\r\n", "x-c: a", &[cr]),
        (b"\r\r\nX-D: b\r\n", "x-d: b", &[cr]),
        (
            b"X-C: a\r b\r\n",
            "x-c: a b",
            &[cr, "line 3: `X-C` is continued, folded"],
        ),
        (b"X-C: a\nX-D: b\n", "x-c: a | x-d: b", &[]),
        // A NUL is the end of all, wherever it stands.
        (b"X-C: a\0b\r\n", nul, &[]),
        (b"X\0C: a\r\n", nul, &[]),
        (b"abc\0\r\n", nul, &[]),
        // Names.
        (
            b"X-C : a\r\n",
            "x-c: a",
            &["line 3: `X-C` has a space before its colon"],
        ),
        (
            b"X-C\t: a\r\n",
            "x-c: a",
            &["line 3: `X-C` has a space before its colon"],
        ),
        (
            b"X C: a\r\n",
            "",
            &["line 3: `X C` has a space in its name, so it is not a header"],
        ),
        (
            b"X(C): a\r\n",
            "",
            &["line 3: `X(C)` is not the name of a header"],
        ),
        (b": a\r\n", "", &["line 3: a header without a name"]),
        (b"abc\r\n", "", &["line 3: `abc` has no colon"]),
        (b"X-C:\r\n", "x-c: ", &[]),
        (b"X-C: a: b\r\n", "x-c: a: b", &[]),
        // Two different values of what takes one.
        (
            b"Content-Length: 4\r\nContent-Length: 3\r\n",
            "line 4: a different second value of `content-length`, because of which browsers refuse the whole response",
            &[],
        ),
        (
            b"Content-Length: 4\r\nContent-Length: 4\r\n",
            "content-length: 4 | content-length: 4",
            &[],
        ),
        (
            b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n",
            "content-length: 4 | content-length: 3 | transfer-encoding: chunked",
            &[],
        ),
        (
            b"Location: /a\r\nX-B: 1\r\nLocation: /b\r\n",
            "line 5: a different second value of `location`, because of which browsers refuse the whole response",
            &[],
        ),
        (
            b"Content-Disposition: a\r\nContent-Disposition: b\r\n",
            "line 4: a different second value of `content-disposition`, because of which browsers refuse the whole response",
            &[],
        ),
        // A form feed is white space in policies, and nothing of the kind elsewhere.
        (
            b"Content-Security-Policy: img-src\x0ca.com\x0c\r\n",
            "content-security-policy: img-src a.com",
            &["line 3: `Content-Security-Policy` has a control character in its value"],
        ),
        (
            b"X-Content-Type-Options: \x0cnosniff\r\n",
            "x-content-type-options: \u{fffd}nosniff",
            &["line 3: `X-Content-Type-Options` has a control character in its value"],
        ),
    ] {
        let (found, lines_found) = read(lines);
        assert_eq!(found, headers, "{}", lines.escape_ascii());
        assert_eq!(lines_found, bad, "{}", lines.escape_ascii());
    }
    // Chromium keeps every other control character in a value, where it is part of no token; and
    // none is in a name.
    for byte in (1..32)
        .chain([127])
        .filter(|byte| !b"\t\n\x0c\r".contains(byte))
    {
        for value in [&[b'a', byte, b'b'][..], &[byte, b'b'], &[b'a', byte]] {
            let (found, bad) = read(&[b"X-C: ", value, b"\r\n"].concat());
            let shown = String::from_utf8_lossy(value).replace(char::from(byte), "\u{fffd}");
            assert_eq!((found, bad.len()), (format!("x-c: {shown}"), 1), "{byte}");
        }
        assert_eq!(read(&[b'X', byte, b'C', b':', b'a', b'\n']).0, "", "{byte}");
    }
}

#[test]
fn status_lines_are_read_as_chromium_reads_them() {
    let other = "line 1: a malformed status line";
    let none = "line 1: a status line without a status, which is 200";
    for (line, status, reason, bad) in [
        ("HTTP/1.1 200 OK", 200, "OK", ""),
        ("HTTP/1.1 404", 404, "", ""),
        ("HTTP/1.0 404 Not Found", 404, "Not Found", ""),
        // As curl prints it.
        ("HTTP/2 200 ", 200, "", ""),
        ("HTTP/1.1 999 x", 999, "x", ""),
        ("HTTP/1.1  404 x", 404, "x", other),
        ("HTTP/1.1 404x", 404, "x", other),
        ("HTTP/1.1 404\tx", 404, "x", other),
        ("HTTP/1.1 0404 x", 404, "x", other),
        ("http/1.1 404 x", 404, "x", other),
        ("HTTP 404 x", 404, "x", other),
        ("xxHTTP/1.1 404 x", 404, "x", other),
        ("xxxxHTTP/1.1 404 x", 404, "x", other),
        ("\r\n\r\nHTTP/1.1 404 x", 404, "x", ""),
        ("HTTP/1.1", 200, "", none),
        ("HTTP/1.1 +404 x", 200, "", none),
        ("HTTP/1.1 abc", 200, "", none),
        ("HTTP/1.1\t404 x", 200, "", none),
    ] {
        let head = Head::read(format!("{line}\r\nX-A: 1\r\n\r\n").as_bytes()).unwrap();
        assert_eq!(
            (head.status().as_u16(), head.reason()),
            (status, reason),
            "{line}"
        );
        let found: Vec<String> = head.bad_lines().iter().map(ToString::to_string).collect();
        assert_eq!(found.join(""), bad, "{line}");
        assert_eq!(head.headers()["x-a"], "1");
    }
    // A header may follow in the same line.
    let head = Head::read(b"HTTP/1.1 200 OK\rX-C: a\r\nX-A: 1\r\n\r\n").unwrap();
    assert_eq!((head.headers().len(), head.reason()), (2, "OK"));
    for (line, why) in [
        ("xxxxxHTTP/1.1 200 OK", "line 1: no status line"),
        ("ICY 200 OK", "line 1: no status line"),
        (
            "\r\n\r\n\r\nHTTP/1.1 200 OK",
            "line 1: no status line in the first 4 bytes",
        ),
        // Chromium shows these, and nothing here can hold such a status.
        ("HTTP/1.1 20 x", "line 1: 20 is not a status"),
        ("HTTP/1.1 2000 x", "line 1: 2000 is not a status"),
    ] {
        let error = Head::read(format!("{line}\r\nX-A: 1\r\n\r\n").as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), why, "{line}");
    }
    assert_eq!(
        Head::read(b"HTTP/1.1 200 O\0K\r\n\r\n")
            .unwrap_err()
            .to_string(),
        "line 1: a NUL, because of which browsers refuse the whole response"
    );
}

#[test]
fn a_head_ends_at_its_first_empty_line() {
    for (text, end) in [
        ("HTTP/1.1 200 OK\nX: 1\n\nbody", Some(22)),
        ("HTTP/1.1 200 OK\r\nX: 1\r\n\nbody", Some(24)),
        ("HTTP/1.1 200 OK\nX: 1\n\r\nbody", Some(23)),
        // Carriage returns alone end none.
        ("HTTP/1.1 200 OK\r\nX: 1\r\r\rbody", None),
        ("HTTP/1.1 200 OK\r\nX: 1\r\n \r\nbody", None),
        ("\r\n\r\n", None),
        ("\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", Some(23)),
    ] {
        assert_eq!(Head::end(text.as_bytes(), 0), end, "{text:?}");
    }
}
