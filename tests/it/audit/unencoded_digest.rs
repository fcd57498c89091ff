//! A body beside the digest that its server sent.

use tower_visor::audit::{Code, Context, Profile, Response, audit};
use tower_visor::header::UnencodedDigest;

/// What is found of a body, where the digest is that of `hello`.
fn found(status: u16, coding: Option<&str>, body: &'static str) -> Vec<String> {
    let digest = UnencodedDigest::of(b"hello");
    let mut builder = http::Response::builder()
        .status(status)
        .header("unencoded-digest", digest);
    if let Some(coding) = coding {
        builder = builder.header("content-encoding", coding);
    }
    let (parts, body) = builder.body(body).unwrap().into_parts();
    let response = Response::new("https://example.com/logo.svg", parts, Some(body.into())).unwrap();
    let report = audit(&response, &Context::new(Profile::Asset));
    let findings = report.findings.iter();
    findings
        .filter(|finding| finding.code == Code::UNENCODED_DIGEST_MISMATCH)
        .map(|finding| finding.found.clone())
        .collect()
}

#[test]
fn another_body_is_found() {
    assert_eq!(
        found(200, None, "hullo"),
        [format!(
            "`{}`, and the body is `{}`",
            UnencodedDigest::of(b"hello"),
            UnencodedDigest::of(b"hullo")
        )]
    );
    assert_eq!(found(200, Some("identity"), "hullo").len(), 1);
    assert_eq!(found(404, None, "hullo").len(), 1);
}

#[test]
fn what_cannot_be_compared_is_not() {
    for (status, coding, body) in [
        (200, None, "hello"),
        (206, None, "hel"),
        (304, None, ""),
        (200, Some("br"), "compressed"),
    ] {
        assert_eq!(found(status, coding, body), [""; 0], "{status} {coding:?}");
    }
}

#[test]
fn what_browsers_drop_is_found() {
    let good = UnencodedDigest::of(b"").to_string();
    for (value, expected) in [
        (good.clone(), &[][..]),
        (format!("{good}, md5=:AAAA:"), &["`md5` is skipped"][..]),
        ("sha-256=:AAAA:".to_owned(), &["`sha-256` is skipped"]),
        ("sha-256=AAAA".to_owned(), &["`sha-256` is skipped"]),
        (
            "sha-256=:AA".to_owned(),
            &[
                "`sha-256=:AA`: unencoded-digest, byte 11: unterminated byte sequence; \
               write for example `sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:`",
            ],
        ),
    ] {
        let response = http::Response::builder().header("unencoded-digest", value);
        let (parts, ()) = response.body(()).unwrap().into_parts();
        let response = Response::new("https://example.com/", parts, None).unwrap();
        let report = audit(&response, &Context::new(Profile::Asset));
        let found = report.findings.iter();
        let found = found.filter(|finding| finding.code == Code::UNENCODED_DIGEST_DROPPED);
        let found: Vec<&str> = found.map(|finding| finding.found.as_str()).collect();
        assert_eq!(found, expected);
    }
}
