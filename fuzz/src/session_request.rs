//! Requests for sessions, of both versions and kinds.

use tower_visor::session::{ApiVersion, SessionKind, SessionRequest};

use super::is_message;

const VERSIONS: [ApiVersion; 2] = [ApiVersion::V1_2, ApiVersion::V1_3Preview1];
const KINDS: [SessionKind; 2] = [SessionKind::Liveness, SessionKind::LivenessWithVerify];

/// A body of JSON: what is taken is in its ranges, and is read again from what it writes.
pub fn run(data: &[u8]) {
    for version in VERSIONS {
        for kind in KINDS {
            let request = match SessionRequest::from_json(version, kind, data) {
                Ok(request) => request,
                Err(error) => {
                    is_message(&error);
                    continue;
                }
            };
            let json = request.to_json();
            let again = SessionRequest::from_json(version, kind, json.as_bytes());
            assert_eq!(again.as_ref(), Ok(&request));
            let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
            let seconds = value["authTokenTimeToLiveInSeconds"].as_u64();
            assert!(seconds.is_some_and(|seconds| (60..=86_400).contains(&seconds)));
            let attempts = value.get("numberOfClientAttemptsAllowed");
            assert_eq!(attempts.is_some(), version == ApiVersion::V1_3Preview1);
            assert!(attempts.is_none_or(|n| (1..=3).contains(&n.as_u64().expect("a number"))));
            assert_eq!(value["deviceCorrelationIdSetInClient"], false);
            assert_eq!(request.relaxed().count(), 0);
            // The form has the same fields.
            let fields = value.as_object().expect("an object");
            let parts = request.parts();
            assert_eq!(parts.len(), fields.len());
            assert!(parts.iter().all(|(name, _)| fields.contains_key(*name)));
        }
    }
}

const SEEDS: [&str; 6] = [
    r#"{"livenessOperationMode":"Passive","deviceCorrelationIdSetInClient":false,"deviceCorrelationId":"4d2f1f0e-7c55-4d7e-8a3b-9f60c1a2b3c4","authTokenTimeToLiveInSeconds":60}"#,
    r#"{"livenessOperationMode":"PassiveActive","deviceCorrelationIdSetInClient":false,"deviceCorrelationId":"4d2f1f0e-7c55-4d7e-8a3b-9f60c1a2b3c4","userCorrelationIdSetInClient":false,"userCorrelationId":"4d2f1f0e-7c55-4d7e-8a3b-9f60c1a2b3c5","authTokenTimeToLiveInSeconds":86400,"numberOfClientAttemptsAllowed":3,"expectedClientIpAddress":"2001:db8::/32"}"#,
    r#"{"livenessOperationMode":"Passive","deviceCorrelationId":"4d2f1f0e-7c55-4d7e-8a3b-9f60c1a2b3c4","enableSessionImage":true,"livenessModelVersion":"2024-11-15","returnVerifyImageHash":true,"verifyConfidenceThreshold":0.65}"#,
    r#"{"livenessOperationMode":"Passive","deviceCorrelationId":"your_device_correlation_id","sendResultsToClient":false}"#,
    r#"{"livenessOperationMode":"Passive","deviceCorrelationId":"1234567890","authTokenTimeToLiveInSeconds":4294967296,"verifyConfidenceThreshold":1e400}"#,
    r#"{"livenessOperationMode":"Passive","deviceCorrelationIdSetInClient":true,"expectedClientIpAddress":"1.2.3.4/0"}"#,
];

/// The specification's examples, with ids, and some that are wrong.
pub fn seeds() -> Vec<Vec<u8>> {
    SEEDS.map(|text| text.as_bytes().to_vec()).into()
}
