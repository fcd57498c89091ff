//! Session tokens: any text, and any claims in a token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tower_visor::sdk::Endpoint;
use tower_visor::session::SessionToken;

use super::is_message;

/// A token, or the claims of one.
pub fn run(data: &[u8]) {
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let header = part(br#"{"alg":"ES256"}"#);
    holds(&format!("{header}.{}.{}", part(data), part(b"signature")));
    if let Ok(text) = str::from_utf8(data) {
        holds(text);
    }
}

fn holds(text: &str) {
    let token = match SessionToken::read(text) {
        Ok(token) => token,
        Err(error) => {
            is_message(&error);
            assert_eq!(format!("{error:?}"), error.to_string());
            return hides(text, &error.to_string());
        }
    };
    assert_eq!(token.expose(), text);
    assert_eq!(text.split('.').count(), 3);
    assert!(text.len() <= 8192);
    let json = serde_json::to_string(&token).expect("JSON");
    let shown = format!("{token} {token:?} {json}");
    assert_eq!(shown, "[session token] [session token] \"[session token]\"");
    let stranger = Endpoint::resource("fabrikam").expect("an endpoint");
    for endpoint in [token.endpoint(), &stranger] {
        match token.admitted_by(endpoint) {
            Ok(()) => assert_eq!(token.endpoint().origin(), endpoint.origin()),
            Err(error) => {
                is_message(&error);
                hides(text, &error.to_string());
            }
        }
    }
}

/// No sixteen characters of the token's claims are in the message. Of another text they may: it
/// can hold the words of the message. What the claims themselves say is not a secret as such: the
/// message names their endpoint, and a claim may repeat a piece of the token.
fn hides(text: &str, message: &str) {
    let parts: Vec<&str> = text.split('.').collect();
    let [_, claims, _] = parts[..] else {
        return;
    };
    if let Ok(said) = URL_SAFE_NO_PAD.decode(claims) {
        for window in claims.as_bytes().windows(16) {
            let repeats = || said.windows(16).any(|part| part == window);
            let text = str::from_utf8(window).expect("ASCII");
            assert!(!message.contains(text) || repeats(), "{message}");
        }
    }
}

const CLAIMS: [&str; 5] = [
    r#"{"face":"{\"endpoint\":\"https://contoso.cognitiveservices.azure.com/\"}","allowed-paths":"[{\"path\":\"face/v1.2/session/start\"}]","exp":1795392000}"#,
    r#"{"face":"{\"endpoint\":\"http://127.0.0.1:8080\"}","allowed-paths":"[]"}"#,
    r#"{"face":"{\"endpoint\":\"https://user:secret@contoso.example\"}","allowed-paths":"[{\"path\":\"@evil.example/\"}]"}"#,
    r#"{"face":"{\"endpoint\":1,\"endpoint\":2}","allowed-paths":"[{\"path\":\"face/../x\",\"path\":\"\"}]"}"#,
    r#"{"face":{"endpoint":"x"},"face":"","allowed-paths":"{}"}"#,
];

/// Claims, some of them wrong, and whole tokens of them.
pub fn seeds() -> Vec<Vec<u8>> {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let whole = CLAIMS.map(|claims| {
        let header = part(r#"{"alg":"ES256","typ":"JWT"}"#);
        format!("{header}.{}.c2lnbmF0dXJl", part(claims)).into_bytes()
    });
    let claims = CLAIMS.map(|text| text.as_bytes().to_vec());
    claims.into_iter().chain(whole).collect()
}
