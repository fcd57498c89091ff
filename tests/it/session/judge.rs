//! What follows from a result and the page's digest.

use proptest::prelude::*;
use serde_json::{Value, json};
use tower_visor::session::{ClientReport, SessionErrorKind, SessionVerdict, Side};

use super::result::{entry, older, preview, read};
use super::{DIGEST, SESSION, config, hex};

fn report(digest: &str) -> ClientReport {
    let json = json!({"resultId": "r", "digest": digest, "livenessStatus": "Success"});
    ClientReport::from_json(json.to_string().as_bytes()).unwrap()
}

/// A session with these attempts.
fn session(attempts: &[Value]) -> Value {
    json!({"sessionId": SESSION, "status": "Running", "results": {"attempts": attempts}})
}

fn decided(id: u64, decision: &str, digest: &str) -> Value {
    json!({"attemptId": id, "attemptStatus": "Succeeded",
        "result": {"livenessDecision": decision, "digest": digest}})
}

fn with_status(status: &str) -> Value {
    json!({"attemptId": 1, "attemptStatus": status})
}

fn unknown(field: &str, word: Option<&str>) -> SessionVerdict {
    SessionVerdict::Unknown {
        field: field.to_owned(),
        word: word.map(str::to_owned),
    }
}

fn failed(code: &str) -> SessionVerdict {
    SessionVerdict::Failed {
        code: code.to_owned(),
    }
}

#[test]
fn each_verdict_has_its_cause() {
    let other = "1CC98BA83EAF1D0FF7F566FAEFCCCC787819FFA01251E2D9299143F7AD6651DB";
    let broken = json!({"attemptId": 1, "attemptStatus": "Failed",
        "error": {"code": "FaceWithMaskDetected", "message": "Mask."}});
    let compared = |verify: Value| {
        let mut document = session(&[decided(1, "realface", DIGEST)]);
        document["results"]["attempts"][0]["result"]["verifyResult"] = verify;
        document["results"]["verifyReferences"] = json!([]);
        document
    };
    let mut no_digest = decided(1, "realface", DIGEST);
    no_digest["result"]["digest"] = Value::Null;
    let mut no_decision = decided(1, "realface", DIGEST);
    no_decision["result"]["livenessDecision"] = Value::Null;
    let with = |status: &str| {
        let mut document = session(&[]);
        document["status"] = status.into();
        document
    };
    for (document, expected) in [
        (
            session(&[decided(1, "realface", DIGEST)]),
            SessionVerdict::Live,
        ),
        (
            session(&[decided(1, "spoofface", DIGEST)]),
            SessionVerdict::Spoof,
        ),
        (
            session(&[decided(1, "uncertain", DIGEST)]),
            SessionVerdict::Uncertain,
        ),
        // The highest id, wherever it stands.
        (
            session(&[
                decided(2, "spoofface", DIGEST),
                decided(1, "realface", DIGEST),
            ]),
            SessionVerdict::Spoof,
        ),
        (
            session(&[decided(2, "realface", DIGEST), broken.clone()]),
            SessionVerdict::Live,
        ),
        // Whatever was decided: the digests come first.
        (
            session(&[decided(1, "realface", other)]),
            SessionVerdict::DigestDiffers,
        ),
        (
            session(&[decided(1, "spoofface", other)]),
            SessionVerdict::DigestDiffers,
        ),
        (
            session(&[no_digest]),
            SessionVerdict::DigestMissing(Side::Service),
        ),
        // Words that nobody knows, near ones too.
        (
            session(&[decided(1, "RealFace", DIGEST)]),
            unknown("livenessDecision", Some("RealFace")),
        ),
        (session(&[no_decision]), unknown("livenessDecision", None)),
        (
            session(&[with_status("Done")]),
            unknown("attemptStatus", Some("Done")),
        ),
        (session(&[with_status("Running")]), SessionVerdict::Pending),
        (
            session(&[with_status("NotStarted")]),
            SessionVerdict::Pending,
        ),
        (session(&[with_status("Canceled")]), failed("Canceled")),
        (session(&[with_status("Failed")]), failed("Failed")),
        (
            session(&[with_status("Succeeded")]),
            SessionVerdict::DigestMissing(Side::Service),
        ),
        (session(&[broken]), failed("FaceWithMaskDetected")),
        // Without an attempt, by the session.
        (with("NotStarted"), SessionVerdict::Pending),
        (with("Running"), SessionVerdict::Pending),
        // It says so, and shows none.
        (with("Succeeded"), SessionVerdict::Pending),
        (with("Failed"), failed("Failed")),
        (with("Canceled"), failed("Canceled")),
        (with("Paused"), unknown("status", Some("Paused"))),
        // Compared with a picture.
        (compared(json!({"isIdentical": true})), SessionVerdict::Live),
        (
            compared(json!({"isIdentical": false})),
            SessionVerdict::AnotherFace,
        ),
        (
            compared(json!({"matchConfidence": 0.9})),
            unknown("isIdentical", None),
        ),
        (compared(Value::Null), unknown("verifyResult", None)),
        // The specification's example: `realface`, another person, and abuse.
        (preview(), SessionVerdict::AbuseDetected),
    ] {
        assert_eq!(
            read(&document).judge(&report(DIGEST)),
            expected,
            "{document}"
        );
    }
    let body = json!({"livenessDecision": "realface"});
    let result = read(&older(&entry(4, 200, &body)));
    assert_eq!(result.judge(&report(other)), SessionVerdict::Live);
    assert_eq!(result.judge(&report(DIGEST)), SessionVerdict::DigestDiffers);
    // The specification's example of the older form.
    let result = read(&older(&entry(4, 200, &json!({}))));
    assert_eq!(
        result.judge(&report(other)),
        unknown("livenessDecision", None)
    );
}

#[test]
fn abuse_in_an_earlier_attempt_counts_too() {
    let mut first = decided(1, "realface", DIGEST);
    first["abuseMonitoringResult"] = json!({"isAbuseDetected": true});
    let document = session(&[decided(2, "realface", DIGEST), first.clone()]);
    assert_eq!(
        read(&document).judge(&report(DIGEST)),
        SessionVerdict::AbuseDetected
    );
    first["abuseMonitoringResult"] = json!({"isAbuseDetected": false});
    let document = session(&[decided(2, "realface", DIGEST), first]);
    assert_eq!(read(&document).judge(&report(DIGEST)), SessionVerdict::Live);
}

#[test]
fn a_page_without_a_digest_is_told_apart_from_a_wrong_one() {
    let result = read(&session(&[decided(1, "realface", DIGEST)]));
    for text in ["{}", r#"{"digest": null}"#, r#"{"resultId": "r"}"#] {
        let report = ClientReport::from_json(text.as_bytes()).unwrap();
        assert_eq!(
            result.judge(&report),
            SessionVerdict::DigestMissing(Side::Client)
        );
    }
    for (text, message) in [
        (r#"{"digest": ""}"#, "digest: must be 64 hexadecimal digits"),
        (
            r#"{"digest": "B0A8"}"#,
            "digest: must be 64 hexadecimal digits",
        ),
        (r#"{"digest": 7}"#, "digest: must be a text, found a number"),
        ("[]", "document: must be an object, found a list"),
        (
            r#"{"digest": "", "digest": ""}"#,
            "line 1 column 23: a key appears twice in one object",
        ),
    ] {
        let error = ClientReport::from_json(text.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert_eq!(error.kind(), SessionErrorKind::ClientReport);
    }
}

#[test]
fn digests_are_compared_as_bytes() {
    proptest!(config(), |(bytes: [u8; 32], upper: [bool; 64], flip in prop::option::of(0_usize..256))| {
        let lower = hex(&bytes);
        let mixed: String = lower
            .chars()
            .zip(upper)
            .map(|(digit, upper)| if upper { digit.to_ascii_uppercase() } else { digit })
            .collect();
        let mut served = bytes;
        if let Some(bit) = flip {
            served[bit / 8] ^= 1 << (bit % 8);
        }
        let served = hex(&served).to_uppercase();
        let verdict = read(&session(&[decided(1, "realface", &served)])).judge(&report(&mixed));
        let expected = if flip.is_none() { SessionVerdict::Live } else { SessionVerdict::DigestDiffers };
        prop_assert_eq!(verdict, expected);
    });
}

#[test]
fn verdicts_are_sentences_and_data() {
    for (verdict, sentence, json) in [
        (SessionVerdict::Live, "live", json!("live")),
        (SessionVerdict::Spoof, "spoof", json!("spoof")),
        (SessionVerdict::Uncertain, "uncertain", json!("uncertain")),
        (
            SessionVerdict::AnotherFace,
            "live, but not the person in the picture",
            json!("another-face"),
        ),
        (
            SessionVerdict::AbuseDetected,
            "the service found abuse",
            json!("abuse-detected"),
        ),
        (
            SessionVerdict::DigestDiffers,
            "the digests of page and service differ: the calls between them were changed",
            json!("digest-differs"),
        ),
        (
            SessionVerdict::DigestMissing(Side::Client),
            "the page gave no digest",
            json!({"digest-missing": "client"}),
        ),
        (
            SessionVerdict::DigestMissing(Side::Service),
            "the service gave no digest",
            json!({"digest-missing": "service"}),
        ),
        (SessionVerdict::Pending, "pending", json!("pending")),
        (
            failed("Face\nWithMask"),
            "failed: `Face\\nWithMask`",
            json!({"failed": {"code": "Face\nWithMask"}}),
        ),
        (
            unknown("attemptStatus", Some("Done")),
            "unknown `attemptStatus`: `Done`",
            json!({"unknown": {"field": "attemptStatus", "word": "Done"}}),
        ),
        (
            unknown("isIdentical", None),
            "the service gave no `isIdentical`",
            json!({"unknown": {"field": "isIdentical", "word": null}}),
        ),
    ] {
        assert_eq!(verdict.to_string(), sentence);
        assert_eq!(serde_json::to_value(&verdict).unwrap(), json);
        assert_eq!(
            serde_json::from_value::<SessionVerdict>(json).unwrap(),
            verdict
        );
    }
}
