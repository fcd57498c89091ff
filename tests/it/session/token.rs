//! Tokens: read, never verified, and where they lead.

use serde_json::json;
use tower_visor::policy::{Document, LivenessPage, Policy};
use tower_visor::sdk::Endpoint;
use tower_visor::session::{CreatedSession, SessionError, SessionErrorKind, SessionToken};

use super::{SESSION, created, token, token_of, token_of_text};

const CONTOSO: &str = "https://contoso.cognitiveservices.azure.com";

fn paths(path: &str) -> String {
    json!([{"path": "face/v1.2/session/start"}, {"path": path}]).to_string()
}

fn with_paths(path: &str) -> String {
    let face = json!({"endpoint": CONTOSO}).to_string();
    token_of(&face.into(), &paths(path).into())
}

fn with_face(face: &str) -> String {
    token_of(&face.into(), &paths("face/x").into())
}

#[test]
fn a_token_of_the_services_shape_is_read() {
    let text = token(&format!("{CONTOSO}/"));
    let read = SessionToken::read(&text).unwrap();
    assert_eq!(read.endpoint(), &Endpoint::resource("contoso").unwrap());
    assert_eq!(read.expose(), text);
    assert_eq!(created().token(), &read);
    assert_eq!(created().id(), SESSION);
}

#[test]
fn what_is_no_token_is_refused_with_its_place() {
    let good = token(CONTOSO);
    let claims = |text: &str| token_of_text(r#"{"alg":"ES256"}"#, text);
    let face = json!({"endpoint": CONTOSO}).to_string();
    for (text, message) in [
        (
            String::new(),
            "token: 1 parts, a token has three: header, claims and signature",
        ),
        (
            format!("{good}.x"),
            "token: 4 parts, a token has three: header, claims and signature",
        ),
        (
            "a".repeat(8193),
            "token: 8193 bytes are too many: at most 8192 are read",
        ),
        (
            good.replacen('.', "=.", 1),
            "header: not base64url without padding",
        ),
        (
            good.replacen('.', ".+", 1),
            "claims: not base64url without padding",
        ),
        (
            good.rsplit_once('.').unwrap().0.to_owned() + ".",
            "signature: missing",
        ),
        (
            format!("{good}*"),
            "signature: not base64url without padding",
        ),
        (
            token_of_text("[]", "{}"),
            "header: must be an object, found a list",
        ),
        (
            token_of_text(r#"{"alg":"a","alg":"b"}"#, "{}"),
            "header, line 1 column 16: a key appears twice in one object",
        ),
        (claims("1"), "claims: must be an object, found a number"),
        (
            claims("{"),
            "claims, line 1 column 1: EOF while parsing an object",
        ),
        (
            claims(r#"{"face":"","face":""}"#),
            "claims, line 1 column 17: a key appears twice in one object",
        ),
        (claims("{}"), "claim `face`: missing"),
        (
            claims(r#"{"face":{"endpoint":"x"}}"#),
            "claim `face`: must be JSON in a string, found an object",
        ),
        (
            with_face("endpoint"),
            "claim `face`, line 1 column 1: expected value",
        ),
        (
            with_face("[]"),
            "claim `face`: must be an object, found a list",
        ),
        (
            with_face(r#"{"endpoint":"a","endpoint":"b"}"#),
            "claim `face`, line 1 column 26: a key appears twice in one object",
        ),
        (with_face("{}"), "claim `face`.endpoint: missing"),
        (
            with_face(r#"{"endpoint":7}"#),
            "claim `face`.endpoint: must be a text, found a number",
        ),
        (
            with_face(r#"{"endpoint":"contoso"}"#),
            "claim `face`.endpoint: not a URL with https",
        ),
        (
            with_face(r#"{"endpoint":"http://contoso.example"}"#),
            "claim `face`.endpoint: a test endpoint must be `http://localhost:PORT` or \
             `http://127.0.0.1:PORT`; for any other host use https",
        ),
        (
            token_of(&face.clone().into(), &json!(null)),
            "claim `allowed-paths`: missing",
        ),
        (
            token_of(&face.clone().into(), &"{}".into()),
            "claim `allowed-paths`: must be a list, found an object",
        ),
        (
            token_of(&face.clone().into(), &"[1]".into()),
            "claim `allowed-paths`[0]: must be an object, found a number",
        ),
        (
            token_of(&face.into(), &"[{}]".into()),
            "claim `allowed-paths`[0].path: missing",
        ),
    ] {
        let error = SessionToken::read(&text).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert_eq!(error.kind(), SessionErrorKind::Token, "{message}");
    }
}

#[test]
fn a_token_is_admitted_by_the_pages_endpoint_alone() {
    let page = Document::new("https://liveness.contoso.example").unwrap();
    let endpoint = Endpoint::resource("contoso").unwrap();
    let policy = Policy::strict(LivenessPage::new(page, "1.5.0".parse().unwrap(), endpoint));
    let endpoint = policy.liveness_page().unwrap().endpoint();
    let admitted = |url: &str| {
        SessionToken::read(&token(url))
            .unwrap()
            .admitted_by(endpoint)
    };
    for url in [
        CONTOSO,
        "https://contoso.cognitiveservices.azure.com/",
        "https://CONTOSO.cognitiveservices.azure.com:443",
    ] {
        assert_eq!(admitted(url), Ok(()), "{url}");
    }
    for (url, shown) in [
        // Another resource, a region, another cloud, a look-alike, this machine, another port.
        ("https://fabrikam.cognitiveservices.azure.com", None),
        (
            "https://westeurope.api.cognitive.microsoft.com/",
            Some("https://westeurope.api.cognitive.microsoft.com"),
        ),
        ("https://virginia.api.cognitive.microsoft.us", None),
        ("https://contosocognitiveservices-azure.com", None),
        (
            "https://contoso.cognitiveservices.azure.com.evil.example",
            None,
        ),
        ("http://127.0.0.1:8080", None),
        ("https://contoso.cognitiveservices.azure.com:8443", None),
    ] {
        let error = admitted(url).unwrap_err();
        assert_eq!(error.kind(), SessionErrorKind::ForeignEndpoint);
        assert_eq!(
            error.to_string(),
            format!(
                "token: it is for `{}`, and the page calls `{CONTOSO}` only: create the session \
                 at the page's endpoint, or give the page the token's",
                shown.unwrap_or(url)
            )
        );
    }
}

#[test]
fn paths_that_lead_elsewhere_are_refused() {
    let admitted = |path: &str| {
        let token = SessionToken::read(&with_paths(path)).unwrap();
        token.admitted_by(&Endpoint::resource("contoso").unwrap())
    };
    for path in [
        "face/v1.2/session/start",
        "/face/v1.3-preview.1/detectLiveness/singleModal",
    ] {
        assert_eq!(admitted(path), Ok(()), "{path}");
    }
    for path in [
        "",
        "/",
        "face",
        "face/",
        "faces/v1.2",
        "//face/v1.2",
        "/evil.example/face/",
        "@evil.example/face/v1.2",
        ".evil.example/face/",
        ":8443/face/",
        "face/../evil",
        "face/./x",
        "face//x",
        "face/%2e%2e/x",
        "face\\x",
        "face/x?y",
        "face/x#y",
        "face/x y",
    ] {
        let error = admitted(path).unwrap_err();
        assert_eq!(error.kind(), SessionErrorKind::ForeignEndpoint, "{path}");
        assert_eq!(
            error.to_string(),
            "claim `allowed-paths`[1].path: it leads out of \
             `https://contoso.cognitiveservices.azure.com/face/`: no token of the service does that"
        );
    }
}

#[test]
fn answers_with_a_session_are_read_strictly() {
    let read = |text: String| -> Result<CreatedSession, SessionError> {
        CreatedSession::from_json(text.as_bytes())
    };
    let token = token(CONTOSO);
    for (text, kind, message) in [
        (
            r#"{"sessionId": "x"}"#.to_owned(),
            SessionErrorKind::Token,
            "authToken: missing",
        ),
        (
            r#"{"sessionId": "x", "authToken": "eyJhbGciOiJFUzI1NiIsIm"}"#.to_owned(),
            SessionErrorKind::Token,
            "authToken, token: 1 parts, a token has three: header, claims and signature",
        ),
        (
            format!(r#"{{"authToken": "{token}"}}"#),
            SessionErrorKind::Answer,
            "sessionId: missing",
        ),
        (
            format!(r#"{{"authToken": "{token}", "sessionId": "../x"}}"#),
            SessionErrorKind::Answer,
            "sessionId: must be 1 to 64 letters, digits and hyphens, as it becomes part of an \
             address",
        ),
        (
            format!(r#"{{"authToken": "{token}", "authToken": "{token}", "sessionId": "x"}}"#),
            SessionErrorKind::Answer,
            "line 1 column 301: a key appears twice in one object",
        ),
    ] {
        let error = read(text).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(error.to_string(), message);
    }
    assert!(read(format!(r#"{{"authToken": "{token}", "sessionId": "x"}}"#)).is_ok());
}
