//! Calls that the Face API refused.

use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::SessionErrorKind;
use super::json;

/// As long as any text of the service's is kept.
const LONGEST_TEXT: usize = 1000;
const LONGEST_BODY: usize = 64 * 1024;

/// A call that the service refused, as received: the code for a flagged correlation id is not
/// documented, so every refusal is kept for the reviewer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Refusal {
    /// When, in seconds since 1970-01-01 (UTC).
    pub at: u64,
    /// The status of the answer.
    pub status: u16,
    /// The service's code, such as `InvalidTokenLifetime`.
    pub code: Option<String>,
    /// The service's sentence about it; if the body isn't the service's JSON, its beginning.
    pub message: Option<String>,
    /// The call, for Microsoft's support: the header `apim-request-id`.
    pub apim_request_id: Option<String>,
}

impl Refusal {
    /// Reads an answer that is not 2xx. It never fails, so that nothing is lost: what isn't in the
    /// service's form (`{"error": {"code", "message"}}`) is kept as text. Texts end after 1,000
    /// characters, and what may be a token or a key is left out.
    ///
    /// `at` is now, in seconds since 1970-01-01 (UTC).
    ///
    /// ```
    /// use http::{HeaderMap, HeaderValue, StatusCode};
    /// use tower_visor::session::Refusal;
    ///
    /// let mut headers = HeaderMap::new();
    /// headers.insert("apim-request-id", HeaderValue::from_static("9a0b"));
    /// let body = br#"{"error": {"code": "InvalidTokenLifetime", "message": "60 to 86400."}}"#;
    ///
    /// let refusal = Refusal::read(StatusCode::BAD_REQUEST, &headers, body, 1_795_392_000);
    /// assert_eq!(refusal.status, 400);
    /// assert_eq!(refusal.code.as_deref(), Some("InvalidTokenLifetime"));
    /// assert_eq!(refusal.apim_request_id.as_deref(), Some("9a0b"));
    /// ```
    pub fn read(status: StatusCode, headers: &HeaderMap, body: &[u8], at: u64) -> Self {
        let text = |value: Option<&Value>| value?.as_str().map(kept);
        let document = json::read(body, LONGEST_BODY, SessionErrorKind::Answer);
        let error = document.ok().and_then(|mut document| {
            let error = document.get_mut("error").map(Value::take)?;
            error.is_object().then_some(error)
        });
        let message = match &error {
            Some(error) => text(error.get("message")),
            None if body.is_empty() => None,
            None => {
                let start = body.get(..LONGEST_BODY).unwrap_or(body);
                Some(kept(&String::from_utf8_lossy(start)))
            }
        };
        let request = headers.get("apim-request-id");
        Self {
            at,
            status: status.as_u16(),
            code: text(error.as_ref().and_then(|error| error.get("code"))),
            message,
            apim_request_id: request.map(|id| kept(&String::from_utf8_lossy(id.as_bytes()))),
        }
    }
}

/// A text of the service's, not too long, and without what may be a token or a key.
fn kept(text: &str) -> String {
    let kept = crate::foreign::without_tokens(text);
    match kept.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => format!("{}...", kept.get(..end).unwrap_or_default()),
        None => kept,
    }
}
