//! The backend half: sessions as values.

mod abuse;
mod correlation;
mod judge;
mod person;
mod request;
mod responsibility;
mod result;
mod secrets;
mod token;

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::ProptestConfig;
use serde_json::{Value, json};
use tower_visor::session::{CorrelationId, CreatedSession};

/// A digest of the specification's examples.
const DIGEST: &str = "B0A803BB7B26F3C8F29CD36030F8E63ED3FAF955FEEF8E01C88AB8FD89CCF761";

pub(crate) const SESSION: &str = "5f0f1d0a-7d6c-4a7e-9c1b-0b8a5f1f2c33";

/// No file of seeds: what was wrong gets a test of its own.
fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// In lower case.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

pub(crate) fn id(byte: u8) -> CorrelationId {
    CorrelationId::from_random_bytes([byte; 16])
}

/// A token of these two claims, the values as they are.
fn token_of(face: &Value, paths: &Value) -> String {
    let claims = json!({"face": face, "allowed-paths": paths}).to_string();
    token_of_text(r#"{"alg":"ES256"}"#, &claims)
}

fn token_of_text(header: &str, claims: &str) -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.{}", part(header), part(claims), part("signature"))
}

/// A token as the service makes it.
fn token(endpoint: &str) -> String {
    let face = json!({"endpoint": endpoint}).to_string();
    let paths =
        json!([{"path": "face/v1.2/session/start"}, {"path": "/face/v1.2/session/attempt/end"}]);
    token_of(&face.into(), &paths.to_string().into())
}

pub(crate) fn created() -> CreatedSession {
    let answer = json!({
        "sessionId": SESSION,
        "authToken": token("https://contoso.cognitiveservices.azure.com/"),
        "status": "NotStarted",
        "modelVersion": "2024-11-15",
        "results": {"attempts": []},
    });
    CreatedSession::from_json(answer.to_string().as_bytes()).unwrap()
}
