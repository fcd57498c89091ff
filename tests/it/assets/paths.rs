//! Paths that are not those of files.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{ASSETS, assets};
use crate::server::Server;

/// Sends bytes as they are, which no client library would; gives the answer as text.
async fn raw(server: &Server, target: &[u8]) -> String {
    let mut stream = tokio::net::TcpStream::connect(server.address())
        .await
        .unwrap();
    let request = [
        b"GET ",
        target,
        b" HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
    ]
    .concat();
    stream.write_all(&request).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn only_the_path_itself_is_found() {
    let server = Server::start(assets("/sdk/")).await;
    let found = raw(&server, b"/sdk/FaceLivenessDetector.js").await;
    assert!(found.starts_with("HTTP/1.1 200 "), "{found}");
    let mut wrong: Vec<Vec<u8>> = [
        // Somewhere else.
        "/",
        "/sdk",
        "/sdk/",
        "/FaceLivenessDetector.js",
        "/sdk/other.js",
        "/sdk/package.json",
        "//FaceLivenessDetector.js",
        "*",
        // Climbing, and going in circles.
        "/sdk/../sdk/FaceLivenessDetector.js",
        "/sdk/./FaceLivenessDetector.js",
        "/sdk/../../../etc/passwd",
        "/sdk/..%2f..%2fetc/passwd",
        "/sdk/%2e%2e/etc/passwd",
        "/sdk/....//etc/passwd",
        "/sdk/..\\..\\etc\\passwd",
        "/sdk//etc/passwd",
        // Encoded: once, twice, and too long for UTF-8.
        "/sdk%2FFaceLivenessDetector.js",
        "/sdk%2fFaceLivenessDetector.js",
        "/sdk/%46aceLivenessDetector.js",
        "/sdk/FaceLivenessDetector%2Ejs",
        "/sdk/FaceLivenessDetector%252Ejs",
        "/sdk/FaceLivenessDetector%c0%aejs",
        "/%73dk/FaceLivenessDetector.js",
        "/sdk/FaceLivenessDetector.js%20",
        // NULs and other ends of names.
        "/sdk/FaceLivenessDetector.js%00",
        "/sdk/FaceLivenessDetector.js%00.png",
        "/sdk/FaceLivenessDetector.js%0d%0ax:y",
        "/sdk/FaceLivenessDetector.js.",
        "/sdk/FaceLivenessDetector.js/",
        "/sdk/FaceLivenessDetector.js::$DATA",
        "/sdk/FaceLivenessDetector.js;a=b",
        "/sdk/FaceLivenessDetector.js~",
        "/sdk/FaceLivenessDetector.js.br",
        "/sdk/FaceLivenessDetector.js.gz",
        // Case, and slashes.
        "/sdk/facelivenessdetector.js",
        "/sdk/FACELIVENESSDETECTOR.JS",
        "/SDK/FaceLivenessDetector.js",
        "/sdk//FaceLivenessDetector.js",
        "//sdk/FaceLivenessDetector.js",
        "/sdk\\FaceLivenessDetector.js",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec();
    wrong.push(format!("/sdk/{ASSETS}").into_bytes());
    wrong.push(format!("/sdk/{ASSETS}/").into_bytes());
    wrong.push(format!("/sdk/{ASSETS}/js/").into_bytes());
    wrong.push(b"/sdk/".repeat(2000));
    for target in wrong {
        let answer = raw(&server, &target).await;
        let shown = String::from_utf8_lossy(&target);
        let status = answer.split(' ').nth(1).unwrap_or_default();
        // What is no URL doesn't get past hyper.
        assert!(["404", "400"].contains(&status), "{shown}: {answer}");
        let body = answer.split("\r\n\r\n").nth(1).unwrap();
        assert_eq!(body, "", "{shown}");
    }
    for target in [
        &b"/sdk/FaceLivenessDetector.js\0"[..],
        b"/sdk/FaceLivenessDetector.js\x01",
        b"/sdk/\xc0\xae\xc0\xae/x",
        b"/sdk/\xffx",
    ] {
        let answer = raw(&server, target).await;
        let status = answer.split(' ').nth(1).unwrap_or_default();
        assert!(["404", "400"].contains(&status), "{target:?}: {answer}");
    }
    // A URL with its host, as proxies ask, is the same path.
    let answer = raw(&server, b"http://other.example/sdk/FaceLivenessDetector.js").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}
