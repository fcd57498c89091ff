//! A token is never shown, wherever it stands and whatever is wrong with it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, StatusCode};
use proptest::prelude::*;
use serde_json::json;
use tower_visor::sdk::Endpoint;
use tower_visor::session::{ApiVersion, OperationMode, SessionKind};
use tower_visor::session::{
    ClientReport, CreatedSession, Person, Refusal, SessionRecord, SessionRequest, SessionResult,
    SessionToken,
};

use super::result::preview;
use super::{SESSION, config, created, hex, id};

/// Everything that a value can be written by.
fn shown<T: std::fmt::Debug + serde::Serialize>(value: &T) -> String {
    let json = serde_json::to_string(value).unwrap();
    let toml = toml::to_string(&json!({"value": json})).unwrap();
    format!("{value:?} {value:#?} {json} {toml}")
}

/// Whether any eight characters of the token stand in the text.
fn leaks(token: &str, text: &str) -> bool {
    let windows = token.as_bytes().windows(8);
    windows
        .filter_map(|window| str::from_utf8(window).ok())
        .any(|window| text.contains(window))
}

/// A token with a secret in the places where one can be, and of the right shape but for what
/// `wrong` says.
fn token(secret: &[u8], wrong: usize) -> String {
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let hex = hex(secret);
    let face = match wrong {
        1 => hex.clone(),
        2 => json!({"endpoint": hex}).to_string(),
        3 => json!({"endpoint": format!("https://{hex}:{hex}@x.example")}).to_string(),
        4 => format!(r#"{{"{hex}": 1, "{hex}": 2}}"#),
        5 => json!([hex]).to_string(),
        _ => json!({"endpoint": "https://contoso.cognitiveservices.azure.com"}).to_string(),
    };
    let paths = match wrong {
        6 => json!([{"path": format!("@{hex}")}]).to_string(),
        7 => json!([{"path": [hex]}]).to_string(),
        8 => format!("[{hex}"),
        _ => json!([{"path": "face/v1.2/session/start"}]).to_string(),
    };
    let claims = json!({"face": face, "allowed-paths": paths, "jti": hex, hex.clone(): hex});
    let header = part(json!({"alg": "ES256", "kid": hex}).to_string().as_bytes());
    let claims = part(claims.to_string().as_bytes());
    let signature = part(secret);
    match wrong {
        9 => format!("{header}.{claims}"),
        10 => format!("{header}.{claims}.{signature}="),
        11 => format!("{claims}{header}.{signature}.{signature}"),
        _ => format!("{header}.{claims}.{signature}"),
    }
}

#[test]
fn no_value_and_no_error_shows_a_token() {
    let endpoint = Endpoint::resource("fabrikam").unwrap();
    proptest!(config(), |(secret in prop::collection::vec(any::<u8>(), 16..64), wrong in 0_usize..12)| {
        let text = token(&secret, wrong);
        let hex = hex(&secret);
        let mut said = Vec::new();

        match SessionToken::read(&text) {
            Ok(token) => {
                prop_assert!(wrong == 0 || wrong == 6);
                prop_assert_eq!(token.expose(), &text);
                said.push(format!("{} {token}", shown(&token)));
                let error = token.admitted_by(&endpoint).unwrap_err();
                said.push(format!("{error} {error:?} {:?}", error.kind()));
                if let Err(error) = token.admitted_by(token.endpoint()) {
                    said.push(error.to_string());
                }
            }
            Err(error) => {
                prop_assert!(wrong != 0);
                said.push(format!("{error} {error:?} {}", error.place()));
            }
        }

        #[cfg(all(feature = "reports", feature = "tracing"))]
        for text in [&text, &hex] {
            said.push(crate::events::told_of(text, None));
        }

        let answer = json!({"sessionId": SESSION, "authToken": text}).to_string();
        match CreatedSession::from_json(answer.as_bytes()) {
            Ok(session) => {
                said.push(format!("{session:?} {session:#?}"));
                let request =
                    SessionRequest::liveness(ApiVersion::V1_2, OperationMode::Passive, id(1));
                let mut person = Person::new(id(1), 1);
                person.began(SessionRecord::new(&request, &session, None, 1)).unwrap();
                said.push(shown(&person));
                #[cfg(all(feature = "reports", feature = "tracing"))]
                said.push(crate::events::told_of(&text, Some(&session)));
            }
            Err(error) => said.push(error.to_string()),
        }
        // Cut anywhere, it is not an answer, and the error doesn't show what was read before.
        let cut = answer.len() / 2;
        said.push(CreatedSession::from_json(&answer.as_bytes()[..cut]).unwrap_err().to_string());

        let mut result = preview();
        result["authToken"] = text.clone().into();
        let result = SessionResult::from_json(result.to_string().as_bytes()).unwrap();
        said.push(shown(&result));

        // In the wrong place.
        for wrong in [json!({"digest": text}), json!({"digest": [text]}), json!([text]), json!(text)] {
            let wrong = wrong.to_string();
            said.push(ClientReport::from_json(wrong.as_bytes()).unwrap_err().to_string());
            said.push(SessionResult::from_json(wrong.as_bytes()).unwrap_err().to_string());
        }
        for field in ["deviceCorrelationId", "livenessOperationMode", "livenessModelVersion"] {
            let mut request = json!({
                "livenessOperationMode": "Passive",
                "deviceCorrelationId": id(1),
            });
            request[field] = text.clone().into();
            let request = request.to_string();
            let error =
                SessionRequest::from_json(ApiVersion::V1_2, SessionKind::Liveness, request.as_bytes());
            said.push(error.unwrap_err().to_string());
        }
        let refusal = json!({"error": {"code": text, "message": format!("Bearer {text}")}});
        let headers = HeaderMap::new();
        for body in [refusal.to_string(), text.clone()] {
            said.push(shown(&Refusal::read(StatusCode::UNAUTHORIZED, &headers, body.as_bytes(), 1)));
        }

        let said = said.join(" ");
        prop_assert!(!leaks(&text, &said), "{}", said);
        prop_assert!(!leaks(&hex, &said), "{}", said);
    });
}

#[test]
fn the_search_for_leaks_finds_one() {
    let text = token(b"0123456789abcdef", 0);
    assert!(leaks(&text, &format!("error: {}", &text[20..40])));
    assert!(!leaks(&text, "[session token]"));
    assert!(!leaks(created().token().expose(), "[session token]"));
}
