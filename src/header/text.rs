//! What all headers share: the way from a type to a `HeaderValue`, and the way browsers cut up
//! field values before they look at them.

use std::fmt;

use http::HeaderValue;

use super::HeaderError;

/// `From<&T>` and `From<T>` for `HeaderValue`.
macro_rules! into_value {
    ($type:ty) => {
        impl From<&$type> for http::HeaderValue {
            fn from(value: &$type) -> Self {
                $crate::header::text::header_value(value)
            }
        }

        impl From<$type> for http::HeaderValue {
            fn from(value: $type) -> Self {
                Self::from(&value)
            }
        }
    };
}

/// `From<&T>` and `From<T>` for `HeaderValue`, and serde by text.
macro_rules! as_header {
    ($type:ty, $expecting:expr) => {
        $crate::header::text::into_value!($type);

        #[cfg(feature = "serde")]
        const _: () = {
            $crate::serde_text::as_text!($type, $expecting);
        };
    };
}

pub(super) use {as_header, into_value};

/// The header value of one of these types.
pub(super) fn header_value(value: &impl fmt::Display) -> HeaderValue {
    // Invariant: every constructor here admits printable ASCII only (`printable`,
    // keywords, numbers), which is what `HeaderValue` demands. A property test holds it.
    #[allow(clippy::expect_used)]
    HeaderValue::try_from(value.to_string()).expect("header types hold printable ASCII only")
}

/// The first look of every strict reading.
pub(super) fn printable(header: &'static str, text: &str) -> Result<(), HeaderError> {
    match text.char_indices().find(|(_, c)| !(' '..='~').contains(c)) {
        None => Ok(()),
        Some((position, character)) => Err(HeaderError::character(header, position, character)),
    }
}

/// A part of a list, as written.
pub(super) struct Part<'a> {
    /// Where it begins.
    pub(super) position: usize,
    pub(super) text: &'a str,
    pub(super) name: &'a str,
    /// What is behind the first `=`.
    pub(super) value: Option<&'a str>,
}

/// The parts between separators, for a strict reading.
pub(super) fn parts(text: &str, separator: char) -> impl Iterator<Item = Part<'_>> {
    let mut offset = 0;
    text.split(separator).map(move |whole| {
        let text = whole.trim();
        let position = offset + whole.len() - whole.trim_start().len();
        offset += whole.len() + separator.len_utf8();
        let (name, value) = text
            .split_once('=')
            .map_or((text, None), |(name, value)| (name, Some(value)));
        Part {
            position,
            text,
            name,
            value,
        }
    })
}

/// A field value without the white space that HTTP strips at both ends ([RFC 9110, 5.5]).
///
/// [RFC 9110, 5.5]: https://www.rfc-editor.org/rfc/rfc9110#section-5.5
pub(super) fn trim(value: &[u8]) -> &[u8] {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = value.iter().take_while(|byte| blank(byte)).count();
    let value = value.get(start..).unwrap_or_default();
    let end = value.iter().rev().take_while(|byte| blank(byte)).count();
    value.get(..value.len() - end).unwrap_or_default()
}

/// All field values of one header, combined by `, ` ([Fetch, "get"]). `None` without any.
///
/// [Fetch, "get"]: https://fetch.spec.whatwg.org/#concept-header-list-get
pub(super) fn combined(values: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Option<Vec<u8>> {
    let mut values = values.into_iter();
    let mut all = trim(values.next()?.as_ref()).to_vec();
    for value in values {
        all.extend_from_slice(b", ");
        all.extend_from_slice(trim(value.as_ref()));
    }
    Some(all)
}

/// The combined value as text, each byte one character ([isomorphic decode]).
///
/// [isomorphic decode]: https://infra.spec.whatwg.org/#isomorphic-decode
pub(super) fn decoded(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// [Fetch, "get, decode, and split"]: the parts between commas that stand outside quotes, trimmed.
///
/// [Fetch, "get, decode, and split"]: https://fetch.spec.whatwg.org/#concept-header-list-get-decode-split
pub(super) fn split(values: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Option<Vec<String>> {
    let all = decoded(&combined(values)?);
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut characters = all.chars();
    while let Some(character) = characters.next() {
        match character {
            ',' => parts.push(std::mem::take(&mut part)),
            // A quoted string is taken whole; one that never ends takes all the rest.
            '"' => {
                part.push('"');
                while let Some(inner) = characters.next() {
                    part.push(inner);
                    if inner == '"' {
                        break;
                    }
                    if inner == '\\' {
                        part.extend(characters.next());
                    }
                }
            }
            other => part.push(other),
        }
    }
    parts.push(part);
    for part in &mut parts {
        *part = part.trim_matches([' ', '\t']).to_owned();
    }
    Some(parts)
}
