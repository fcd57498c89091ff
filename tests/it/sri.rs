//! Digests and integrity metadata: own cases for each rule, then the standards'.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use tower_visor::sri::{
    Algorithm, Digest, Entry, Hasher, Ignored, Integrity, SriErrorKind, Verdict,
};

use crate::conformance;

const BODY: &[u8] = b"window.answer = 42;\n";

fn digest(algorithm: Algorithm) -> Digest {
    Digest::of(algorithm, BODY)
}

#[test]
fn digests_are_those_of_the_published_vectors() {
    // FIPS 180-4, the message "abc".
    for (algorithm, expected) in [
        (
            Algorithm::Sha256,
            "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
        ),
        (
            Algorithm::Sha384,
            "sha384-ywB1P0WjXou1oD1pmsZQBycsMqsO3tFjGotgWkP/W+2AhgcroefMI1i67KE0yCWn",
        ),
        (
            Algorithm::Sha512,
            "sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==",
        ),
    ] {
        assert_eq!(Digest::of(algorithm, b"abc").to_string(), expected);
        assert_eq!(expected.parse(), Ok(Digest::of(algorithm, b"abc")));
    }
}

#[test]
fn pieces_readers_and_files_give_the_digest_of_the_whole() {
    // More than one buffer of 64 KiB, and not a multiple of it.
    let bytes: Vec<u8> = (0..200_003_u32).map(|n| (n % 251) as u8).collect();
    let whole = Digest::of(Algorithm::Sha384, &bytes);

    let mut hasher = Hasher::new(Algorithm::Sha384);
    for piece in bytes.chunks(777) {
        hasher.write_all(piece).unwrap();
    }
    assert_eq!(hasher.finish(), whole);
    assert_eq!(
        Digest::of_reader(Algorithm::Sha384, &bytes[..]).unwrap(),
        whole
    );

    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &bytes).unwrap();
    assert_eq!(
        Digest::of_file(Algorithm::Sha384, file.path()).unwrap(),
        whole
    );
    assert!(Digest::of_file(Algorithm::Sha384, "/nowhere/at/all").is_err());
}

#[test]
fn every_fault_has_its_message() {
    let good = digest(Algorithm::Sha256);
    for (text, message) in [
        (
            "",
            "integrity metadata is empty; write for example `sha384-` and the digest in base64",
        ),
        (
            " \t\n",
            "integrity metadata is empty; write for example `sha384-` and the digest in base64",
        ),
        (
            "sha384",
            "byte 0: `sha384` has no `-` after the algorithm; write for example `sha384-` and the digest in base64",
        ),
        (
            "SHA384-AAAA",
            "byte 0: unknown algorithm `SHA384`, did you mean `sha384`?; use sha256, sha384 or sha512, in lower case",
        ),
        (
            "md5-AAAA",
            "byte 0: unknown algorithm `md5`; use sha256, sha384 or sha512, in lower case",
        ),
        (
            "sha384-AAAA",
            "byte 7: digest is 3 bytes long, sha384 needs 48",
        ),
        (
            "sha384-AA AA",
            "byte 7: malformed base64; write the digest in standard, padded base64, 64 characters for sha384",
        ),
        (
            "sha256-AA%A",
            "byte 9: `%` is not a base64 character; write the digest in standard, padded base64",
        ),
        (
            "sha256-AA-A",
            "byte 9: `-` is not a base64 character; this looks like base64url, write `+` for `-` and `/` for `_`",
        ),
        (
            "sha256-AAAA,sha256-AAAA",
            "byte 11: `,` is not a base64 character; separate entries by a space",
        ),
        (
            "sha256-AA\u{1f}A",
            "byte 9: `\\u{1f}` is not a base64 character; write the digest in standard, padded base64",
        ),
        (
            "sha256-AA\u{41c}A",
            "byte 9: `\\u{41c}` is not a base64 character; write the digest in standard, padded base64",
        ),
        (
            "'sha256-AAAA'",
            "byte 0: unknown algorithm `'sha256`, did you mean `sha256`?; use sha256, sha384 or sha512, in lower case",
        ),
    ] {
        assert_eq!(
            text.parse::<Integrity>().unwrap_err().to_string(),
            message,
            "{text:?}"
        );
    }
    for (text, kind, message) in [
        (
            format!("{good}  {good}"),
            SriErrorKind::Syntax,
            "byte 53: sha256 digest appears twice; remove one",
        ),
        (
            format!("{good}?\u{e9}"),
            SriErrorKind::Syntax,
            "byte 52: an option may hold printable ASCII characters only; remove `?` and what follows, browsers know no option",
        ),
    ] {
        let error = text.parse::<Integrity>().unwrap_err();
        assert_eq!(error.kind(), kind);
        assert_eq!(error.to_string(), message);
    }
    // The second entry's fault is counted from the beginning of the text.
    assert_eq!(
        format!("{good} sha384-AAAA")
            .parse::<Integrity>()
            .unwrap_err()
            .to_string(),
        "byte 59: digest is 3 bytes long, sha384 needs 48"
    );
}

#[test]
fn the_strongest_set_decides() {
    let weak = digest(Algorithm::Sha256);
    let strong = digest(Algorithm::Sha512);
    let other = Digest::of(Algorithm::Sha512, b"other");
    let right: Integrity = format!("{weak} {other} {strong}").parse().unwrap();
    assert!(right.matches(BODY), "any one of the strongest may match");
    let wrong: Integrity = format!("{weak} {other}").parse().unwrap();
    assert!(
        !wrong.matches(BODY),
        "the weaker one, though right, does not count"
    );
}

#[test]
fn what_a_browser_drops_protects_nothing() {
    let wrong = Digest::of(Algorithm::Sha256, b"other").to_string();
    let base64 = wrong.strip_prefix("sha256-").unwrap();
    for (text, verdict) in [
        (String::new(), Verdict::Unchecked),
        (format!("SHA256-{base64}"), Verdict::Unchecked),
        (format!("sha1-{base64}"), Verdict::Unchecked),
        (format!("{wrong};"), Verdict::Unchecked),
        (format!("'{wrong}'"), Verdict::Unchecked),
        (format!("sha256- {base64}"), Verdict::Unchecked),
        (wrong.clone(), Verdict::Refused),
        (format!("sha-256-{base64}"), Verdict::Refused),
        (format!("{wrong}==="), Verdict::Refused),
        (wrong.trim_end_matches('=').to_owned(), Verdict::Refused),
        (format!("{wrong} sha512-%"), Verdict::Refused),
        (
            format!("{wrong}\u{b}{}", digest(Algorithm::Sha256)),
            Verdict::Matches,
        ),
    ] {
        assert_eq!(
            Integrity::effective(&text).verdict(BODY),
            verdict,
            "{text:?}"
        );
    }
    let entries = Integrity::effective(
        "  sha256-% x sha384-AAAA ed25519-JrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=",
    );
    let read: Vec<_> = entries
        .entries()
        .iter()
        .map(|e| (e.position, e.entry.clone()))
        .collect();
    assert_eq!(
        read,
        [
            (2, Entry::Ignored(Ignored::NotBase64)),
            (11, Entry::Ignored(Ignored::UnknownAlgorithm)),
            (
                13,
                Entry::NeverMatches {
                    algorithm: Algorithm::Sha384,
                    length: 3
                }
            ),
            (25, Entry::PublicKey),
        ]
    );
}

#[cfg(feature = "serde")]
#[test]
fn serde_reads_and_writes_the_text_form() {
    let integrity = Integrity::from(digest(Algorithm::Sha384));
    let json = serde_json::to_string(&integrity).unwrap();
    assert_eq!(json, format!("\"{integrity}\""));
    assert_eq!(serde_json::from_str::<Integrity>(&json).unwrap(), integrity);
    assert_eq!(
        serde_json::from_str::<Digest>("\"sha384-AAAA\"")
            .unwrap_err()
            .to_string(),
        "byte 7: digest is 3 bytes long, sha384 needs 48 at line 1 column 13"
    );
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,80}") {
        let _ = text.parse::<Integrity>();
        let _ = text.parse::<Digest>();
        let _ = Integrity::effective(&text).verdict(BODY);
    }

    #[test]
    fn near_misses_do_not_panic(text in "(sha(256|384|512)?-?[A-Za-z0-9+/=_?% -]{0,90}){0,3}") {
        let strict = text.parse::<Integrity>();
        let effective = Integrity::effective(&text);
        // What the strict reading takes, browsers check in the same way.
        if let Ok(strict) = strict {
            prop_assert!(effective.strongest().eq(strict.strongest()));
            prop_assert_eq!(strict.to_string().parse::<Integrity>(), Ok(strict));
        }
    }

    #[test]
    fn digests_round_trip(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for algorithm in Algorithm::ALL {
            let digest = Digest::of(algorithm, &bytes);
            prop_assert_eq!(digest.to_string().parse::<Digest>(), Ok(digest));
            prop_assert_eq!(Digest::from_bytes(algorithm, digest.as_bytes()), Ok(digest));
        }
    }
}

#[test]
fn conformance_web_platform_tests() {
    let Some(data) = conformance::load("sri.json") else {
        return;
    };
    conformance::each(&data["cases"], |case| {
        let input = &case["input"];
        let body = &data["resources"][input["resource"].as_str().unwrap()]["base64"];
        let bytes = STANDARD.decode(body.as_str().unwrap()).unwrap();
        let integrity = Integrity::effective(input["integrity"].as_str().unwrap());
        let allowed = match (input["fetch"].as_str().unwrap(), integrity.verdict(&bytes)) {
            ("cors-fails", _) => false,
            // An opaque response can't be checked, so a known entry fails it (Fetch, main fetch).
            ("no-cors", verdict) => verdict == Verdict::Unchecked,
            (_, verdict) => verdict != Verdict::Refused,
        };
        let expected = case["expected"]["loads"].as_bool().unwrap();
        if allowed == expected {
            Ok(())
        } else {
            Err(format!("loads: {allowed}, expected {expected}"))
        }
    });
}

#[test]
fn conformance_chromium() {
    let Some(data) = conformance::load("browser-integrity-chromium.json") else {
        return;
    };
    let body = data["body"].as_str().unwrap().as_bytes();
    conformance::each(&data["cases"], |case| {
        let integrity = Integrity::effective(case["input"].as_str().unwrap());
        let (runs, checked) = (
            integrity.verdict(body) != Verdict::Refused,
            integrity.checks(),
        );
        // Signature-based SRI needs the response's signature, which a verdict on bytes can't see.
        let signed = integrity
            .entries()
            .iter()
            .any(|e| e.entry == Entry::PublicKey);
        let expected = &case["expected"];
        let same = expected["checked"] == checked && (signed || expected["runs"] == runs);
        if same {
            Ok(())
        } else {
            Err(format!("runs: {runs}, checked: {checked}"))
        }
    });
}
