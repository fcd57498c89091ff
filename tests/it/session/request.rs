//! Requests, against the specification (azure-rest-api-specs, specification/ai/Face).

use serde_json::{Value, json};
use tower_visor::sdk::Endpoint;
use tower_visor::session::{
    ApiVersion, OperationMode, SessionError, SessionErrorKind, SessionImage, SessionKind,
    SessionRequest, VerifyImageHash,
};

use super::id;
use ApiVersion::{V1_2, V1_3Preview1};
use OperationMode::{Passive, PassiveActive};
use SessionKind::{Liveness, LivenessWithVerify};

fn json_of(request: &SessionRequest) -> Value {
    let json: Value = serde_json::from_str(&request.to_json()).unwrap();
    assert_eq!(serde_json::to_value(request).unwrap(), json);
    json
}

/// The examples' ids are words, which the crate refuses: they are GUIDs here.
#[test]
fn the_specifications_examples_are_written() {
    let example = json!({
        "livenessOperationMode": "Passive",
        "deviceCorrelationIdSetInClient": false,
        "deviceCorrelationId": id(1),
        "authTokenTimeToLiveInSeconds": 60,
    });
    let request = SessionRequest::liveness(V1_2, Passive, id(1));
    let request = request.lifetime_seconds(60).unwrap();
    assert_eq!(json_of(&request), example);
    assert_eq!(request.path(), "/face/v1.2/detectLiveness-sessions");

    let example = json!({
        "livenessOperationMode": "PassiveActive",
        "deviceCorrelationIdSetInClient": false,
        "deviceCorrelationId": id(1),
        "userCorrelationIdSetInClient": false,
        "userCorrelationId": id(2),
        "authTokenTimeToLiveInSeconds": 60,
        "numberOfClientAttemptsAllowed": 1,
        "expectedClientIpAddress": "1.2.3.4",
    });
    let complete = |request: SessionRequest| {
        request
            .lifetime_seconds(60)?
            .user(id(2))?
            .expected_client("1.2.3.4".parse().unwrap())
    };
    let request = SessionRequest::liveness(V1_3Preview1, PassiveActive, id(1));
    assert_eq!(json_of(&complete(request).unwrap()), example);

    // With a picture it is a form of the same fields.
    let request = SessionRequest::liveness_with_verify(V1_3Preview1, PassiveActive, id(1));
    let request = complete(request).unwrap();
    assert_eq!(json_of(&request), example);
    let mut parts = request.parts();
    parts.sort_unstable();
    let (device, user) = (id(1).to_string(), id(2).to_string());
    let expected = [
        ("authTokenTimeToLiveInSeconds", "60"),
        ("deviceCorrelationId", device.as_str()),
        ("deviceCorrelationIdSetInClient", "false"),
        ("expectedClientIpAddress", "1.2.3.4"),
        ("livenessOperationMode", "PassiveActive"),
        ("numberOfClientAttemptsAllowed", "1"),
        ("userCorrelationId", user.as_str()),
        ("userCorrelationIdSetInClient", "false"),
    ];
    let parts: Vec<_> = parts.iter().map(|(n, v)| (*n, v.as_str())).collect();
    assert_eq!(parts, expected);
    assert_eq!(
        request.url(&Endpoint::region("westeurope").unwrap()),
        "https://westeurope.api.cognitive.microsoft.com/face/v1.3-preview.1/detectLivenessWithVerify-sessions"
    );
}

#[test]
fn by_itself_a_request_is_conservative() {
    let json = json_of(&SessionRequest::liveness(V1_3Preview1, Passive, id(1)));
    assert_eq!(json["authTokenTimeToLiveInSeconds"], 300);
    assert_eq!(json["numberOfClientAttemptsAllowed"], 1);
    assert_eq!(json["deviceCorrelationIdSetInClient"], false);
    assert_eq!(json.as_object().unwrap().len(), 5);
}

#[test]
fn everything_that_can_be_set_is_written_and_read_again() {
    let request = SessionRequest::liveness_with_verify(V1_3Preview1, PassiveActive, id(1))
        .lifetime_seconds(86_400)
        .and_then(|request| request.attempts(3))
        .and_then(|request| request.user(id(2)))
        .and_then(|request| request.expected_client("2001:db8::/32".parse().unwrap()))
        .and_then(|request| request.model_version("2024-11-15"))
        .and_then(|request| request.confidence_threshold(0.65))
        .and_then(|request| request.verify_image_hash(VerifyImageHash::Returned))
        .unwrap()
        .session_image(SessionImage::Kept);
    let json = json_of(&request);
    assert_eq!(json["authTokenTimeToLiveInSeconds"], 86_400);
    assert_eq!(json["numberOfClientAttemptsAllowed"], 3);
    assert_eq!(json["expectedClientIpAddress"], "2001:db8::/32");
    assert_eq!(json["livenessModelVersion"], "2024-11-15");
    assert_eq!(json["verifyConfidenceThreshold"], 0.65);
    assert_eq!(json["returnVerifyImageHash"], true);
    assert_eq!(json["enableSessionImage"], true);
    let text = request.to_json();
    let again = SessionRequest::from_json(V1_3Preview1, LivenessWithVerify, text.as_bytes());
    assert_eq!(again.unwrap(), request);
}

#[test]
fn a_page_that_chooses_the_id_is_an_exception_with_a_reason() {
    let request = SessionRequest::liveness(V1_3Preview1, Passive, id(1));
    let request = request
        .dangerous()
        .device_id_set_in_client("kiosks know their own".parse().unwrap())
        .dangerous()
        .user_id_set_in_client("LIV-12".parse().unwrap())
        .unwrap();
    let json = json_of(&request);
    assert_eq!(json["deviceCorrelationIdSetInClient"], true);
    assert_eq!(json["userCorrelationIdSetInClient"], true);
    // The specification: the ids must be absent then.
    assert_eq!(json.get("deviceCorrelationId"), None);
    assert_eq!(json.get("userCorrelationId"), None);
    let relaxed: Vec<(&str, &str)> = request
        .relaxed()
        .map(|(field, reason)| (field, reason.as_str()))
        .collect();
    assert_eq!(
        relaxed,
        [
            ("deviceCorrelationIdSetInClient", "kiosks know their own"),
            ("userCorrelationIdSetInClient", "LIV-12"),
        ]
    );
}

#[test]
fn ranges_are_checked() {
    let new = || SessionRequest::liveness_with_verify(V1_3Preview1, Passive, id(1));
    let failed = |result: Result<SessionRequest, SessionError>| {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), SessionErrorKind::Request, "{error}");
        error.to_string()
    };
    for seconds in [60, 86_400] {
        assert!(new().lifetime_seconds(seconds).is_ok());
    }
    assert_eq!(
        failed(new().lifetime_seconds(59)),
        "authTokenTimeToLiveInSeconds: must be 60 to 86400, found 59"
    );
    assert_eq!(
        failed(new().lifetime_seconds(86_401)),
        "authTokenTimeToLiveInSeconds: must be 60 to 86400, found 86401"
    );
    assert_eq!(
        failed(new().attempts(0)),
        "numberOfClientAttemptsAllowed: must be 1 to 3, found 0"
    );
    assert_eq!(
        failed(new().attempts(4)),
        "numberOfClientAttemptsAllowed: must be 1 to 3, found 4"
    );
    for threshold in [0.0, 1.0] {
        assert!(new().confidence_threshold(threshold).is_ok());
    }
    assert_eq!(
        failed(new().confidence_threshold(1.5)),
        "verifyConfidenceThreshold: must be 0 to 1, found 1.5"
    );
    assert_eq!(
        failed(new().confidence_threshold(f64::NAN)),
        "verifyConfidenceThreshold: must be 0 to 1, found NaN"
    );
    let wrong = "livenessModelVersion: must be 1 to 64 letters, digits, dots and hyphens; \
                 write for example `2024-11-15`";
    for version in ["", "latest model", "a/b", &"1".repeat(65)] {
        assert_eq!(failed(new().model_version(version)), wrong);
    }
}

#[test]
fn fields_of_another_version_or_kind_are_refused_by_name() {
    let new = || SessionRequest::liveness(V1_2, Passive, id(1));
    let network = "1.2.3.4".parse().unwrap();
    let preview = "v1.2 has no such field, v1.3-preview.1 has it";
    let verify = "`detectLiveness-sessions` has no such field, \
                  `detectLivenessWithVerify-sessions` has it";
    let reason = || "LIV-12".parse().unwrap();
    for (result, field, why) in [
        (new().attempts(1), "numberOfClientAttemptsAllowed", preview),
        (new().user(id(2)), "userCorrelationId", preview),
        (
            new().expected_client(network),
            "expectedClientIpAddress",
            preview,
        ),
        (
            new().dangerous().user_id_set_in_client(reason()),
            "userCorrelationIdSetInClient",
            preview,
        ),
        (
            new().confidence_threshold(0.5),
            "verifyConfidenceThreshold",
            verify,
        ),
        (
            new().verify_image_hash(VerifyImageHash::Returned),
            "returnVerifyImageHash",
            verify,
        ),
    ] {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), SessionErrorKind::OtherVersion);
        assert_eq!(error.place(), field);
        assert_eq!(error.to_string(), format!("{field}: {why}"));
    }
}

#[test]
fn what_is_wrong_in_json_is_named() {
    let read = |version, kind, extra: &str| {
        let device = id(1);
        let text = format!(
            r#"{{"livenessOperationMode": "Passive", "deviceCorrelationId": "{device}"{extra}}}"#
        );
        SessionRequest::from_json(version, kind, text.as_bytes())
    };
    assert!(read(V1_2, Liveness, "").is_ok());
    for (version, extra, kind, message) in [
        (
            V1_2,
            r#", "sendResultsToClient": false"#,
            SessionErrorKind::OtherVersion,
            "sendResultsToClient: removed in v1.2: the decision belongs to the backend, \
             and the page never gets it",
        ),
        (
            V1_2,
            r#", "numberOfClientAttemptsAllowed": 1"#,
            SessionErrorKind::OtherVersion,
            "numberOfClientAttemptsAllowed: v1.2 has no such field, v1.3-preview.1 has it",
        ),
        (
            V1_2,
            r#", "verifyImage": "AAAA""#,
            SessionErrorKind::OtherVersion,
            "verifyImage: it is a file: send it as a part of the form, with a file name",
        ),
        (
            V1_2,
            r#", "authTokenTimeToLive": 300"#,
            SessionErrorKind::Request,
            "authTokenTimeToLive: unknown field, did you mean `authTokenTimeToLiveInSeconds`?",
        ),
        (
            V1_2,
            r#", "secret\nsauce": true"#,
            SessionErrorKind::Request,
            "secret\\nsauce: unknown field",
        ),
        (
            V1_2,
            r#", "authTokenTimeToLiveInSeconds": 30"#,
            SessionErrorKind::Request,
            "authTokenTimeToLiveInSeconds: must be 60 to 86400, found 30",
        ),
        (
            V1_2,
            r#", "authTokenTimeToLiveInSeconds": "300""#,
            SessionErrorKind::Request,
            "authTokenTimeToLiveInSeconds: must be a whole number, found a text",
        ),
        (
            V1_2,
            r#", "authTokenTimeToLiveInSeconds": 300.5"#,
            SessionErrorKind::Request,
            "authTokenTimeToLiveInSeconds: must be a whole number, found another number",
        ),
        (
            V1_2,
            r#", "livenessOperationMode": "Passive""#,
            SessionErrorKind::Request,
            "line 1 column 123: a key appears twice in one object",
        ),
        (
            V1_2,
            r#", "deviceCorrelationIdSetInClient": true"#,
            SessionErrorKind::Request,
            "deviceCorrelationIdSetInClient: the page would choose the id, a new one for each \
             try: leave it to the backend, or use `dangerous()` with a reason",
        ),
        (
            V1_3Preview1,
            r#", "userCorrelationId": "ada@contoso.example""#,
            SessionErrorKind::CorrelationId,
            "userCorrelationId: an e-mail address names the person: keep a random GUID for them",
        ),
        (
            V1_3Preview1,
            r#", "userCorrelationId": "723d6d03-ef33-40a8-9682-23a1feb7bccd""#,
            SessionErrorKind::SampleId,
            "userCorrelationId: an id from documentation, which others use too: keep \
             a random GUID for each person",
        ),
        (
            V1_3Preview1,
            r#", "expectedClientIpAddress": "1.2.3.4/8""#,
            SessionErrorKind::Request,
            "expectedClientIpAddress: `1.2.3.4/8` names an address inside the block: \
             write `1.0.0.0/8`, or `1.2.3.4` for that address alone",
        ),
    ] {
        let error = read(version, Liveness, extra).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert_eq!(error.kind(), kind, "{message}");
    }
    for (text, message) in [
        ("", "line 1 column 0: EOF while parsing a value"),
        ("[]", "document: must be an object, found a list"),
        ("{}", "livenessOperationMode: missing"),
        (
            r#"{"livenessOperationMode": "passive"}"#,
            "livenessOperationMode: must be `Passive` or `PassiveActive`",
        ),
        (
            r#"{"livenessOperationMode": "Passive", "deviceCorrelationId": null}"#,
            "deviceCorrelationId: missing",
        ),
    ] {
        let error = SessionRequest::from_json(V1_2, Liveness, text.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
    let long = format!("{{}}{}", " ".repeat(16 * 1024));
    assert_eq!(
        SessionRequest::from_json(V1_2, Liveness, long.as_bytes())
            .unwrap_err()
            .to_string(),
        "length: 16386 bytes are too many: at most 16384 are read"
    );
}

#[test]
fn the_contradicting_example_of_the_specification_is_refused() {
    // CreateLivenessWithVerifySession of v1.2 has an id and lets the client set it: the text beside
    // it says that the id must be absent then.
    let example = format!(
        r#"{{"livenessOperationMode": "Passive", "deviceCorrelationIdSetInClient": true,
            "deviceCorrelationId": "{}", "authTokenTimeToLiveInSeconds": 60}}"#,
        id(1)
    );
    let error = SessionRequest::from_json(V1_2, LivenessWithVerify, example.as_bytes());
    assert_eq!(error.unwrap_err().place(), "deviceCorrelationIdSetInClient");
}

#[test]
fn versions_are_read_and_written() {
    for version in [V1_2, V1_3Preview1] {
        assert_eq!(version.to_string().parse(), Ok(version));
        let json = serde_json::to_value(version).unwrap();
        assert_eq!(serde_json::from_value::<ApiVersion>(json).unwrap(), version);
    }
    assert_eq!(
        "v1.1".parse::<ApiVersion>().unwrap_err().to_string(),
        "API version: `v1.1` is not known; write `v1.2` or `v1.3-preview.1`"
    );
}
