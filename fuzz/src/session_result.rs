//! Results of sessions, reports of pages, and calls that the service refused.

use http::{HeaderMap, StatusCode};
use serde_json::Value;
use tower_visor::session::{
    ClientReport, CreatedSession, Decision, Refusal, SameFace, SessionResult, SessionVerdict,
};

use super::is_message;

/// A body: the same one as a result, a report, a created session and a refusal.
pub fn run(data: &[u8]) {
    match SessionResult::from_json(data) {
        Ok(result) => holds(&result),
        Err(error) => is_message(&error),
    }
    if let Err(error) = ClientReport::from_json(data) {
        is_message(&error);
    }
    if let Err(error) = CreatedSession::from_json(data) {
        is_message(&error);
    }
    let refusal = Refusal::read(StatusCode::FORBIDDEN, &HeaderMap::new(), data, 1);
    let json = serde_json::to_string(&refusal).expect("JSON");
    let texts = refusal.code.iter().chain(&refusal.message);
    for word in texts.flat_map(|text| text.split(|c: char| !c.is_ascii_alphanumeric())) {
        assert!(word.len() < 40, "{word}");
    }
    let again: Refusal = serde_json::from_str(&json).expect("what was written");
    assert_eq!(again, refusal);
}

fn holds(result: &SessionResult) {
    let attempts = result.attempts();
    assert!(attempts.is_sorted_by(|one, other| one.id() < other.id()));
    assert!(attempts.iter().all(|attempt| attempt.id() > 0));

    let written = serde_json::to_value(result).expect("JSON");
    assert!(!has_token(&written));
    let again: SessionResult = serde_json::from_value(written).expect("what was written");
    assert_eq!(again, *result);

    // The page repeats the service's digest, or another one, or none.
    let silent = ClientReport::from_json(b"{}").expect("a report");
    let zeros = format!(r#"{{"digest": "{}"}}"#, "0".repeat(64));
    let stranger = ClientReport::from_json(zeros.as_bytes()).expect("a report");
    assert_ne!(result.judge(&silent), SessionVerdict::Live);
    let digest = result.attempt().and_then(|attempt| attempt.digest());
    let Some(digest) = digest.copied() else {
        assert_ne!(result.judge(&stranger), SessionVerdict::Live);
        return;
    };
    if digest.as_bytes() != &[0; 32] {
        assert_ne!(result.judge(&stranger), SessionVerdict::Live);
    }
    let verdict = result.judge(&ClientReport::of_digest(digest));
    is_message(&verdict);
    if verdict == SessionVerdict::Live {
        let attempt = result.attempt().expect("an attempt");
        assert_eq!(attempt.decision(), Some(&Decision::RealFace));
        assert_eq!(attempt.error(), None);
        let comparison = attempt.comparison();
        assert!(comparison.is_none_or(|found| found.face == Some(SameFace::Identical)));
    }
}

fn has_token(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_token),
        Value::Object(fields) => fields
            .iter()
            .any(|(name, value)| name.eq_ignore_ascii_case("authToken") || has_token(value)),
        _ => false,
    }
}

const SEEDS: [&str; 7] = [
    r#"{"sessionId":"s-1","authToken":"eyJhbGciOiJFUzI1NiIsIm","status":"NotStarted","modelVersion":"2024-11-15","isAbuseMonitoringEnabled":true,"results":{"attempts":[{"attemptId":2,"attemptStatus":"Succeeded","result":{"livenessDecision":"realface","targets":{"color":{}},"verifyResult":{"matchConfidence":0.08871888,"isIdentical":true},"digest":"B0A803BB7B26F3C8F29CD36030F8E63ED3FAF955FEEF8E01C88AB8FD89CCF761","sessionImageId":"A","verifyImageHash":"4"},"clientInformation":[{"ip":"73.21.34.122"}],"abuseMonitoringResult":{"isAbuseDetected":false,"otherFlaggedSessions":[{"attemptId":1,"sessionId":"s-0"}]}},{"attemptId":1,"attemptStatus":"Failed","error":{"code":"FaceWithMaskDetected","message":"Mask detected on face image."}}],"verifyReferences":[]}}"#,
    r#"{"sessionId":"s-1","status":"Succeeded","results":{"attempts":[{"attemptId":1,"attemptStatus":"Succeeded","result":{"livenessDecision":"realface","digest":"0000000000000000000000000000000000000000000000000000000000000000"}}]}}"#,
    r#"{"id":"s-1","createdDateTime":"2024-03-05T11:07:29.698Z","sessionExpired":true,"status":"ResultAvailable","result":{"id":4,"sessionId":"s-1","requestId":"r","clientRequestId":"c","request":{"method":"POST"},"response":{"body":{"livenessDecision":"spoofface","modelVersionUsed":"m"},"statusCode":200},"digest":"1CC98BA83EAF1D0FF7F566FAEFCCCC787819FFA01251E2D9299143F7AD6651DB"}}"#,
    r#"[{"id":4,"sessionId":"s-1","response":{"body":{"error":{"code":"x","message":"y"}},"statusCode":400},"digest":"1CC98BA83EAF1D0FF7F566FAEFCCCC787819FFA01251E2D9299143F7AD6651DB"}]"#,
    r#"{"error":{"code":"Unauthorized","message":"Bearer eyJhbGciOiJFUzI1NiJ9.eyJ9.x is wrong"}}"#,
    r#"{"resultId":"r","digest":"b0a803bb7b26f3c8f29cd36030f8e63ed3faf955feef8e01c88ab8fd89ccf761"}"#,
    r#"{"sessionId":"s-1","status":"Paused","results":{"attempts":[{"attemptId":1,"attemptStatus":"Done","new":[null]}]}}"#,
];

/// The specification's forms, and bodies of other kinds.
pub fn seeds() -> Vec<Vec<u8>> {
    SEEDS.map(|text| text.as_bytes().to_vec()).into()
}
