//! Whether a token is in an address.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::url::decoded;

/// How often a query may have been percent-encoded for a token in it to be seen.
const DEPTH: usize = 3;

/// Whether a query holds what has the form of a session token: header and claims, both base64url of
/// a JSON object, with a dot between them. Wherever it stands, under whatever name, with or without
/// its signature, percent-encoded or not.
pub(super) fn has_token(query: &str) -> bool {
    let mut text = query.as_bytes().to_vec();
    for _ in 0..DEPTH {
        if has_plain_token(&text) {
            return true;
        }
        let next = decoded(&String::from_utf8_lossy(&text));
        if next == text {
            return false;
        }
        text = next;
    }
    has_plain_token(&text)
}

fn has_plain_token(text: &[u8]) -> bool {
    // What else stands there separates: `=`, `&`, `%`, spaces, quotes.
    let is_inside =
        |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_' || byte == b'.';
    text.split(|byte| !is_inside(*byte)).any(|run| {
        let parts: Vec<&[u8]> = run.split(|byte| *byte == b'.').collect();
        parts
            .windows(2)
            // In front of the header may stand a prefix of letters.
            .any(|pair| pair[0].windows(4).any(begins_object) && begins_object(pair[1]))
    })
}

/// Whether the base64url of a JSON object begins so: `eyJ` in most cases, for `{"`.
fn begins_object(part: &[u8]) -> bool {
    let start = part.get(..4).map(|start| URL_SAFE_NO_PAD.decode(start));
    matches!(
        start,
        Some(Ok(bytes)) if matches!(bytes[..], [b'{', b'"' | b' ' | b'\t' | b'\r' | b'\n', _])
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_seen_wherever_it_stands() {
        let part = |json: &str| URL_SAFE_NO_PAD.encode(json);
        let token = format!("{}.{}.c2ln", part(r#"{"alg":"ES256"}"#), part(r#"{"a":1}"#));
        let encode = |text: &str| {
            text.bytes().fold(String::new(), |encoded, byte| {
                format!("{encoded}%{byte:02x}")
            })
        };
        let spaced = format!("{}.{}.x", part("{ \"alg\": 1}"), part("{\n \"a\": 1}"));
        for query in [
            token.clone(),
            format!("token={token}"),
            format!("a=b&{token}=c&d"),
            format!("a=Bearer%20{token}"),
            format!("a=Bearer+{token}&b"),
            format!("a=x-{token}"),
            format!("a=1.2.{token}.3"),
            format!("a={}", token.replace('.', "%2E")),
            format!("a={}", encode(&token)),
            format!("a={}", encode(&encode(&token))),
            format!("a={}", encode(&encode(&encode(&token)))),
            format!("a=%22{token}%22"),
            // Without its signature, it is still what nobody may read.
            token.trim_end_matches("c2ln").to_owned(),
            token.trim_end_matches(".c2ln").to_owned(),
            format!("a={spaced}"),
        ] {
            assert!(has_token(&query), "{query}");
        }
    }

    #[test]
    fn other_queries_are_none() {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256"}"#);
        for query in [
            "",
            "id=5f0f1d0a-7d6c-4c2f-9a39-2f4d7cbdc111",
            "version=1.5.0&host=www.contoso.example",
            "a=monkeys.example.com",
            "q=eyJ",
            "q=eyJ.eyJ",
            // One part alone: a cursor of a list may look so.
            &format!("cursor={header}"),
            &format!("a={header}&b={header}"),
            &format!("a={header}.png"),
            "%",
            "%zz=%f",
        ] {
            assert!(!has_token(query), "{query}");
        }
    }
}
