//! Keys and tokens where browsers, or caches, can read them.

use crate::audit::code::codes;
use crate::audit::control::{asvs, microsoft};
use crate::audit::input::Input;
use crate::audit::sink::Sink;
use crate::audit::{Code, Response, Subject};
use crate::header::CacheControl;

codes! {
    API_KEY = "api-key", High,
        "what looks like a key of the Face resource is sent to browsers",
        "remove the key, replace it (this one is known), and create sessions in the backend",
        [microsoft("key"), asvs("13.3.1")];
    TOKEN_CACHEABLE = "token-cacheable", High,
        "a session token may be stored by caches",
        "send `Cache-Control: no-store` with every response that holds a token",
        [microsoft("headers"), asvs("14.3.2")];
}

/// Words beside which a key of that length is one.
const KEY_WORDS: [&str; 7] = [
    "ocp-apim-subscription-key",
    "subscriptionkey",
    "subscription_key",
    "face_key",
    "facekey",
    "apikey",
    "api_key",
];

/// How far from a key such a word may stand, in bytes.
const NEAR: usize = 160;

pub(super) fn check(input: &Input<'_>, sink: &mut Sink) {
    look(input.response, &Subject::Response, sink);
    if let Some(body) = input.response.body()
        && holds_token(body)
        && !CacheControl::effective(input.response.values(CacheControl::NAME)).forbids_storing()
    {
        sink.find(
            Code::TOKEN_CACHEABLE,
            Subject::header(CacheControl::NAME),
            "the body holds a signed token, and the response may be stored",
        );
    }
    for resource in input.context.resources {
        look(resource, &Subject::resource(resource.url()), sink);
    }
}

fn look(response: &Response, subject: &Subject, sink: &mut Sink) {
    let media_type = response.media_type();
    let is_text = ["text/", "json", "javascript", "xml"]
        .iter()
        .any(|part| media_type.contains(part));
    let Some(body) = response.body().filter(|_| is_text) else {
        return;
    };
    if let Some((offset, length)) = key(body) {
        // Where it stands, never the key itself: reports are kept and passed around.
        let found = format!("{length} characters at byte {offset}");
        sink.find(Code::API_KEY, subject.clone(), found);
    }
}

/// The place of what looks like a key: 32 hexadecimal digits, or the 84 characters of newer ones,
/// beside a word for it or the host of a Face resource.
fn key(body: &[u8]) -> Option<(usize, usize)> {
    let lower = body.to_ascii_lowercase();
    let mut start = 0;
    for run in body.split(|byte| !byte.is_ascii_alphanumeric()) {
        let at = start;
        start += run.len() + 1;
        let looks = match run.len() {
            32 => run.iter().all(u8::is_ascii_hexdigit) && run.iter().any(u8::is_ascii_digit),
            // The long keys of Azure AI services carry this mark.
            84 => run.windows(4).any(|part| part == b"ACOG"),
            _ => false,
        };
        if !looks {
            continue;
        }
        let from = at.saturating_sub(NEAR);
        let to = (at + run.len() + NEAR).min(lower.len());
        let around = lower.get(from..to).unwrap_or_default();
        let near = |word: &str| contains(around, word.as_bytes());
        if KEY_WORDS.iter().any(|word| near(word))
            || run.len() == 84
            || near("cognitiveservices.azure.com") && near("key")
        {
            return Some((at, run.len()));
        }
    }
    None
}

/// Whether a text holds a JWT: two or three parts in base64url, the first of which begins with
/// `{"`, behind a quote or a white space.
fn holds_token(body: &[u8]) -> bool {
    body.split(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')))
        .filter(|word| word.starts_with(b"eyJ"))
        .any(|word| {
            let parts: Vec<&[u8]> = word.split(|byte| *byte == b'.').collect();
            matches!(&parts[..], [head, claims, signature]
                if head.len() >= 16 && claims.starts_with(b"eyJ") && signature.len() >= 32)
        })
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}
