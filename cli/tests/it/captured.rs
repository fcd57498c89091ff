//! `visor audit` of answers that were kept.

use std::fs;

use tempfile::TempDir;

use crate::support::visor;

#[test]
fn kept_answers_are_read_as_curl_and_har_write_them() {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let url = "https://example.com/";
    let chain = format!(
        "HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 301 Moved\r\nlocation: {url}\r\n\r\n\
         HTTP/2 200 \r\ncontent-type: text/html\r\nset-cookie: a=1\r\nset-cookie: b=2\r\n\r\n\
         <!doctype html>HTTP/1.1 is text here"
    );
    write("answer.txt", &chain);
    let ran = visor(
        folder.path(),
        &["audit", "answer.txt", "--url", url, "--format", "json"],
    );
    assert_eq!(ran.code, 1, "{}", ran.err);
    let response = &ran.json()["responses"][0];
    assert_eq!(
        (&response["url"], &response["status"]),
        (&url.into(), &200.into())
    );
    assert_eq!(
        response["bytes"],
        "<!doctype html>HTTP/1.1 is text here".len()
    );
    assert_eq!(response["headers"].as_array().unwrap().len(), 3);

    let har = serde_json::json!({"log": {"entries": [
        {"request": {"url": "https://example.com/old"}, "response": {"status": 302,
            "headers": [{"name": "location", "value": "/"}], "content": {}}},
        {"request": {"url": "https://example.com/?q=SECRET"}, "response": {"status": 200,
            "headers": [{"name": ":status", "value": "200"}, {"name": "content-type", "value": "text/html"},
                {"name": "set-cookie", "value": "a=SECRET\nb=SECRET"}],
            "content": {"text": "PCFkb2N0eXBlIGh0bWw+", "encoding": "base64"}}},
        {"request": {"url": "https://example.com/app.js"}, "response": {"status": 0,
            "headers": [], "content": {}}},
    ]}});
    write("page.har", &har.to_string());
    let ran = visor(folder.path(), &["audit", "page.har", "--format", "json"]);
    let response = &ran.json()["responses"][0];
    assert_eq!(
        (&response["url"], &response["bytes"]),
        (&url.into(), &15.into())
    );
    assert_eq!(response["headers"].as_array().unwrap().len(), 3);
    assert!(!ran.out.contains("SECRET"), "{}", ran.out);

    for (text, arguments, message) in [
        (
            chain.as_str(),
            &[][..],
            "it doesn't say which URL it answers; give it with --url",
        ),
        (
            "HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 200\r\na: \0\r\n\r\n",
            &["--url", url],
            "line 4: a NUL, because of which browsers refuse the whole response",
        ),
        ("HTTP/1.1 99\r\n\r\n", &["--url", url], "99 is not a status"),
        ("HTTP/1.1 200 OK\r\n\r\n", &["--url", "/x"], "URL"),
        (
            "<!doctype html>",
            &[],
            "neither an answer as `curl -si URL` prints it nor HAR",
        ),
        ("{", &[], "no HAR: line 1, column 1"),
        (
            r#"{"log": {"entries": []}}"#,
            &[],
            "no HTML page in it; name the page with --url",
        ),
        (
            r#"{"log": {"entries": []}}"#,
            &["--url", url],
            "no answer of that URL in it",
        ),
    ] {
        write("bad", text);
        let ran = visor(folder.path(), &[&["audit", "bad"], arguments].concat());
        assert_eq!(ran.code, 2, "{text}");
        assert!(
            ran.err.starts_with("visor: bad: ") && ran.err.contains(message),
            "{}",
            ran.err
        );
    }
}
