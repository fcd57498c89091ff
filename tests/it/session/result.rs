//! Results, in the forms of the specification (azure-rest-api-specs, specification/ai/Face).

use serde_json::{Value, json};
use tower_visor::session::{
    Abuse, AbuseMonitoring, Attempt, Decision, SameFace, SessionErrorKind, SessionResult, Status,
};

use super::{DIGEST, SESSION};

pub(super) fn read(document: &Value) -> SessionResult {
    SessionResult::from_json(document.to_string().as_bytes()).unwrap()
}

/// `GetLivenessWithVerifySessionResult` of v1.3-preview.1: attempt 2 first, and `NotStarted`.
pub(super) fn preview() -> Value {
    let targets = json!({"color": {"faceRectangle":
        {"top": 669, "left": 203, "width": 646, "height": 724}}});
    json!({
        "sessionId": SESSION,
        "authToken": "eyJhbGciOiJFUzI1NiIsIm",
        "status": "NotStarted",
        "modelVersion": "2024-11-15",
        "isAbuseMonitoringEnabled": true,
        "results": {
            "attempts": [
                {
                    "attemptId": 2,
                    "attemptStatus": "Succeeded",
                    "result": {
                        "livenessDecision": "realface",
                        "targets": targets,
                        "verifyResult": {"matchConfidence": 0.088_718_88, "isIdentical": false},
                        "digest": DIGEST,
                        "sessionImageId": "Ae3PVWlX",
                        "verifyImageHash": "43B7D8E8",
                    },
                    "clientInformation": [{"ip": "73.21.34.122"}],
                    "abuseMonitoringResult": {
                        "isAbuseDetected": true,
                        "otherFlaggedSessions": [
                            {"attemptId": 1, "sessionId": SESSION, "sessionImageId": "Ae3PVWlX"},
                        ],
                    },
                },
                {
                    "attemptId": 1,
                    "attemptStatus": "Failed",
                    "error": {
                        "code": "FaceWithMaskDetected",
                        "message": "Mask detected on face image.",
                        "targets": targets,
                    },
                    "clientInformation": [{"ip": "73.21.34.122"}],
                },
            ],
            "verifyReferences": [{"referenceType": "image", "qualityForRecognition": "high"}],
        },
    })
}

/// An entry of the older audit form.
pub(super) fn entry(id: u64, code: u16, body: &Value) -> Value {
    json!({
        "id": id,
        "sessionId": SESSION,
        "requestId": "4af681e9-0e25",
        "clientRequestId": "4af681e9-0e25",
        "receivedDateTime": "2024-03-05T11:07:29.698Z",
        "request": {"url": "/face/v1.1-preview.1/detectliveness/singlemodal", "method": "POST"},
        "response": {"body": body, "statusCode": code, "latencyInMilliseconds": 1200},
        "digest": "1CC98BA83EAF1D0FF7F566FAEFCCCC787819FFA01251E2D9299143F7AD6651DB",
    })
}

/// `GetLivenessSessionResult` before v1.2.
pub(super) fn older(result: &Value) -> Value {
    json!({
        "id": SESSION,
        "createdDateTime": "2024-03-05T11:07:29.698Z",
        "sessionStartDateTime": "2024-03-05T11:07:29.698Z",
        "sessionExpired": true,
        "deviceCorrelationId": "your_device_correlation_id",
        "authTokenTimeToLiveInSeconds": 600,
        "status": "ResultAvailable",
        "result": result,
    })
}

#[test]
fn the_attempt_with_the_highest_id_counts_wherever_it_stands() {
    let result = read(&preview());
    assert_eq!(result.session_id(), Some(SESSION));
    assert_eq!(result.status(), Some(&Status::NotStarted));
    assert_eq!(result.model_version(), Some("2024-11-15"));
    assert_eq!(result.abuse_monitoring(), AbuseMonitoring::On);
    assert!(
        result.unknown_fields().is_empty(),
        "{:?}",
        result.unknown_fields()
    );
    let ids: Vec<u64> = result.attempts().iter().map(Attempt::id).collect();
    assert_eq!(ids, [1, 2]);

    let attempt = result.attempt().unwrap();
    assert_eq!(attempt.id(), 2);
    assert_eq!(attempt.status(), &Status::Succeeded);
    assert_eq!(attempt.decision(), Some(&Decision::RealFace));
    assert_eq!(attempt.digest().unwrap().to_string(), DIGEST);
    assert_eq!(attempt.session_image_id(), Some("Ae3PVWlX"));
    assert_eq!(attempt.verify_image_hash(), Some("43B7D8E8"));
    assert_eq!(attempt.client_addresses(), ["73.21.34.122"]);
    let comparison = attempt.comparison().unwrap();
    assert_eq!(comparison.face, Some(SameFace::Different));
    assert_eq!(comparison.confidence, Some(0.088_718_88));
    let finding = attempt.abuse().unwrap();
    assert_eq!(finding.abuse, Abuse::Detected);
    assert_eq!(finding.flagged[0].session_id, SESSION);
    assert_eq!(finding.flagged[0].attempt_id, 1);

    let error = result.attempts()[0].error().unwrap();
    assert_eq!(error.code, "FaceWithMaskDetected");
    assert_eq!(
        error.message.as_deref(),
        Some("Mask detected on face image.")
    );
}

#[test]
fn the_order_of_attempts_changes_nothing() {
    let one = preview();
    let mut other = preview();
    let attempts = other["results"]["attempts"].as_array_mut().unwrap();
    attempts.reverse();
    assert_eq!(read(&one).attempts(), read(&other).attempts());
}

#[test]
fn the_older_form_is_read() {
    let body = json!({"livenessDecision": "realface", "modelVersionUsed": "2023-03-02-preview.05",
        "target": {"fileName": "video"}});
    let result = read(&older(&entry(4, 200, &body)));
    assert_eq!(result.session_id(), Some(SESSION));
    assert_eq!(result.status(), Some(&Status::ResultAvailable));
    assert_eq!(result.model_version(), Some("2023-03-02-preview.05"));
    assert_eq!(result.abuse_monitoring(), AbuseMonitoring::Unsaid);
    assert!(
        result.unknown_fields().is_empty(),
        "{:?}",
        result.unknown_fields()
    );
    let attempt = result.attempt().unwrap();
    assert_eq!(attempt.id(), 4);
    assert_eq!(attempt.decision(), Some(&Decision::RealFace));
    assert_eq!(attempt.request_id(), Some("4af681e9-0e25"));
    assert!(attempt.digest().is_some());

    let mut waiting = older(&Value::Null);
    waiting["status"] = "NotStarted".into();
    assert_eq!(read(&waiting).attempt(), None);

    let error = json!({"error": {"code": "FaceWithMaskDetected", "message": "Mask."}});
    let list = json!([entry(5, 400, &error), entry(4, 200, &body)]);
    let result = read(&list);
    assert_eq!(result.session_id(), Some(SESSION));
    assert_eq!(result.attempt().unwrap().id(), 5);
    assert_eq!(
        result.attempt().unwrap().error().unwrap().code,
        "FaceWithMaskDetected"
    );
    let failed = read(&json!([entry(1, 503, &json!({}))]));
    assert_eq!(failed.attempt().unwrap().error().unwrap().code, "HTTP 503");
    assert_eq!(read(&json!([])).session_id(), None);
}

#[test]
fn unknown_fields_are_kept_and_unknown_words_named() {
    let mut document = preview();
    document["status"] = "Paused".into();
    document["region"] = json!({"name": "westeurope"});
    let attempt = &mut document["results"]["attempts"][0];
    attempt["attemptStatus"] = "Resting".into();
    attempt["result"]["livenessDecision"] = "deepfake".into();
    attempt["result"]["score"] = 7.into();
    let result = read(&document);
    assert_eq!(result.status(), Some(&Status::Other("Paused".to_owned())));
    let attempt = result.attempt().unwrap();
    assert_eq!(attempt.status().as_str(), "Resting");
    assert_eq!(attempt.decision().unwrap().as_str(), "deepfake");
    let unknown: Vec<(&str, &str)> = result
        .unknown_fields()
        .iter()
        .map(|field| (field.place.as_str(), field.json.as_str()))
        .collect();
    assert_eq!(
        unknown,
        [
            ("region", r#"{"name":"westeurope"}"#),
            ("results.attempts[0].result.score", "7"),
        ]
    );
}

#[test]
fn all_but_the_token_is_written_and_read_again() {
    let mut document = preview();
    document["region"] = "westeurope".into();
    document["results"]["attempts"][0]["authtoken"] = "eyJhbGciOiJFUzI1NiIsIm".into();
    let result = read(&document);
    let written = serde_json::to_value(&result).unwrap();
    document.as_object_mut().unwrap().remove("authToken");
    let attempt = document["results"]["attempts"][0].as_object_mut().unwrap();
    attempt.remove("authtoken");
    assert_eq!(written, document);
    let again: SessionResult = serde_json::from_value(written).unwrap();
    assert_eq!(again, result);
    assert!(!format!("{result:?}").contains("eyJ"));
}

#[test]
fn what_cannot_be_read_is_named_by_its_place() {
    // Where, what stands there instead, and the message.
    for (pointer, value, message) in [
        ("", json!(7), "document: must be an object, found a number"),
        ("", json!({}), "sessionId: missing"),
        ("", json!({"sessionId": "x"}), "status: missing"),
        (
            "",
            json!({"sessionId": "x", "status": "Running"}),
            "results: missing",
        ),
        (
            "/results/attempts",
            json!(null),
            "results.attempts: missing",
        ),
        (
            "/results/attempts",
            json!({}),
            "results.attempts: must be a list, found an object",
        ),
        (
            "/results/attempts/0",
            json!("x"),
            "results.attempts[0]: must be an object, found a text",
        ),
        (
            "/results/attempts/0/attemptId",
            json!("2"),
            "results.attempts[0].attemptId: must be a whole number, found a text",
        ),
        (
            "/results/attempts/0/attemptId",
            json!(-1),
            "results.attempts[0].attemptId: must be a whole number, found another number",
        ),
        (
            "/results/attempts/0/attemptId",
            json!(0),
            "results.attempts[0].attemptId: must be 1 or more",
        ),
        (
            "/results/attempts/0/attemptId",
            json!(1),
            "attempts: two attempts have the id 1: which counts?",
        ),
        (
            "/results/attempts/1/error/code",
            json!(null),
            "results.attempts[1].error.code: missing",
        ),
        (
            "/results/attempts/0/result/livenessDecision",
            json!(true),
            "results.attempts[0].result.livenessDecision: must be a text, found a switch",
        ),
        (
            "/results/attempts/0/result/digest",
            json!("B0A8"),
            "results.attempts[0].result.digest: must be 64 hexadecimal digits",
        ),
        (
            "/results/attempts/0/result/verifyResult/isIdentical",
            json!("true"),
            "results.attempts[0].result.verifyResult.isIdentical: must be `true` or `false`, \
             found a text",
        ),
        (
            "/results/attempts/0/abuseMonitoringResult/isAbuseDetected",
            json!(null),
            "results.attempts[0].abuseMonitoringResult.isAbuseDetected: missing",
        ),
    ] {
        let mut document = preview();
        *document.pointer_mut(pointer).unwrap() = value;
        let error = SessionResult::from_json(document.to_string().as_bytes()).unwrap_err();
        assert_eq!(error.kind(), SessionErrorKind::Answer);
        assert_eq!(error.to_string(), message);
    }
    let mut stranger = entry(5, 200, &json!({}));
    stranger["sessionId"] = "other".into();
    let list = json!([entry(4, 200, &json!({})), stranger]).to_string();
    for (text, message) in [
        (list.as_str(), "[1].sessionId: it is of another session"),
        (
            "{\"status\": 1, \"status\": 2}",
            "line 1 column 22: a key appears twice in one object",
        ),
        ("\u{feff}{}", "line 1 column 1: expected value"),
    ] {
        let error = SessionResult::from_json(text.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
    let deep = "[".repeat(200_000);
    assert_eq!(
        SessionResult::from_json(deep.as_bytes())
            .unwrap_err()
            .to_string(),
        "line 1 column 128: recursion limit exceeded"
    );
    let long = " ".repeat(1024 * 1024 + 1);
    assert_eq!(
        SessionResult::from_json(long.as_bytes())
            .unwrap_err()
            .to_string(),
        "length: 1048577 bytes are too many: at most 1048576 are read"
    );
}
