//! `Unencoded-Digest`.

use tower_visor::header::UnencodedDigest;
use tower_visor::sri::{Algorithm, Digest};

use super::{messages, round_trips};

const EMPTY: &str = "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:";

/// The value of one algorithm.
fn of(key: &str, algorithm: Algorithm, body: &[u8]) -> String {
    format!("{key}=:{}:", Digest::of(algorithm, body).to_base64())
}

fn sha256(body: &str) -> String {
    of("sha-256", Algorithm::Sha256, body.as_bytes())
}

fn sha512(body: &str) -> String {
    of("sha-512", Algorithm::Sha512, body.as_bytes())
}

#[test]
fn digests_are_written_in_one_order() {
    let both = format!("{}, {}", sha256("a"), sha512("a"));
    round_trips::<UnencodedDigest>(&[EMPTY, &sha512("a"), &both]);
    let turned = format!("{},{}", sha512("a"), sha256("a"));
    let turned: UnencodedDigest = turned.parse().unwrap();
    assert_eq!(turned.to_string(), both);
    assert!(turned.matches(b"a") && !turned.matches(b"b"));
    assert_eq!(UnencodedDigest::of(b"").to_string(), EMPTY);
    assert_eq!(
        UnencodedDigest::of(b"a").digests(),
        [Digest::of(Algorithm::Sha256, b"a")]
    );
}

#[test]
fn every_fault_has_its_message() {
    let write = format!("write for example `{EMPTY}`");
    let twice = format!("{EMPTY}, {EMPTY}");
    let parameter = format!("{EMPTY};a=1");
    for (text, expected) in [
        ("", format!("unencoded-digest: the value is empty; {write}")),
        (
            "sha256=:AAAA:",
            "unencoded-digest, byte 0: unknown algorithm `sha256`, did you mean `sha-256`?; \
             use sha-256 or sha-512"
                .to_owned(),
        ),
        (
            "sha-384=:AAAA:",
            "unencoded-digest, byte 0: unknown algorithm `sha-384`; use sha-256 or sha-512"
                .to_owned(),
        ),
        (
            "sha-256=AAAA",
            format!("unencoded-digest, byte 0: the value of `sha-256` is not a byte sequence; {write}"),
        ),
        (
            "sha-256=(:AAAA:)",
            format!("unencoded-digest, byte 0: the value of `sha-256` is a list; {write}"),
        ),
        (
            "sha-256=:AAAA:",
            format!("unencoded-digest, byte 0: the digest of `sha-256` is 3 bytes long; {write}"),
        ),
        (
            &parameter,
            format!("unencoded-digest, byte 0: `sha-256` has a parameter; {write}"),
        ),
        (
            &twice,
            "unencoded-digest, byte 56: `sha-256` appears twice; remove one, browsers obey the last one"
                .to_owned(),
        ),
    ] {
        messages::<UnencodedDigest>(&[(text, &expected)]);
    }
}

/// Each as Chromium 156 did with the body `hello`.
#[test]
fn as_browsers_read_it() {
    let (right, wrong) = (sha256("hello"), sha256("x"));
    let (long, wrong_long) = (sha512("hello"), sha512("x"));
    let unpadded = right.replace("=:", ":").replacen("256:", "256=:", 1);
    let takes = |values: &[&str]| UnencodedDigest::effective(values).matches(b"hello");
    for (value, expected) in [
        (right.clone(), Some(true)),
        (wrong.clone(), Some(false)),
        (unpadded, Some(true)),
        (format!("{right}, {wrong_long}"), Some(false)),
        (format!("{wrong}, {long}"), Some(false)),
        (format!("{wrong}, {right}"), Some(true)),
        (format!("{right}, {wrong}"), Some(false)),
        (format!("{wrong};a=1"), Some(false)),
        (format!("sha-256=:AAAA:, {wrong_long}"), Some(false)),
        ("sha-256=:AAAA:".to_owned(), None),
        (wrong.replace("sha-256", "md5"), None),
        (wrong.replace("sha-256", "sha-384"), None),
        (wrong.replacen(':', "(:", 1) + ")", None),
        ("sha-256".to_owned(), None),
        (format!("{wrong}, !!"), None),
        (String::new(), None),
    ] {
        assert_eq!(takes(&[&value]), expected, "{value}");
    }
    assert_eq!(
        takes(&[&right, &wrong]),
        Some(false),
        "one header in two lines"
    );

    let read = UnencodedDigest::effective([format!("{right}, md5=:AAAA:, sha-512=a")]);
    assert_eq!(read.digests(), [Digest::of(Algorithm::Sha256, b"hello")]);
    assert_eq!(read.ignored(), ["md5", "sha-512"]);
    assert_eq!(
        UnencodedDigest::effective(["sha-256=:A"])
            .syntax_error()
            .unwrap()
            .to_string(),
        format!(
            "unencoded-digest, byte 10: unterminated byte sequence; write for example `{EMPTY}`"
        )
    );
}
