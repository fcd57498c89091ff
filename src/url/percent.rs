//! Percent-encoding of URLs.

use std::fmt::Write as _;

/// Whether two hexadecimal digits follow the byte at `position`.
pub(crate) fn is_encoded(text: &str, position: usize) -> bool {
    text.as_bytes()
        .get(position + 1..position + 3)
        .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
}

/// [URL, percent-decode](https://url.spec.whatwg.org/#percent-decode).
pub(crate) fn decoded(text: &str) -> Vec<u8> {
    let mut rest = text.as_bytes();
    let mut decoded = Vec::with_capacity(rest.len());
    while let Some((byte, tail)) = rest.split_first() {
        if *byte == b'%'
            && let [high, low, after @ ..] = tail
            && let (Some(high), Some(low)) = (hex_digit(*high), hex_digit(*low))
        {
            decoded.push(high << 4 | low);
            rest = after;
        } else {
            decoded.push(*byte);
            rest = tail;
        }
    }
    decoded
}

/// What browsers escape in the path of a URL ([URL, "path percent-encode set"]), where `?` and `#` can't
/// be left.
///
/// [URL, "path percent-encode set"]: https://url.spec.whatwg.org/#path-percent-encode-set
pub(super) const PATH: &[u8] = b" \"<>^`{}";

/// A path as browsers write it, made of the names of files.
pub(crate) fn path_of_names(names: &str) -> String {
    escaped(names.as_bytes(), |byte| {
        !PATH.contains(&byte) && !b"%?#\\".contains(&byte)
    })
}

/// The one spelling of a path that is requested: as [`path_of_names`] writes it. `None` where an
/// escape stands for what no name of a file can hold.
pub(crate) fn one_spelling(path: &str) -> Option<String> {
    let names = path.split('/').map(|part| {
        let name = decoded(part);
        let is_name = !name
            .iter()
            .any(|byte| matches!(byte, b'/' | b'\\') || byte.is_ascii_control());
        let is_name = is_name && !matches!(name.as_slice(), b"." | b"..");
        let name = String::from_utf8(name).ok().filter(|_| is_name)?;
        Some(path_of_names(&name))
    });
    Some(names.collect::<Option<Vec<_>>>()?.join("/"))
}

/// The same of a request's path, where it has what may be written in another way: escapes, or what
/// browsers escape and other clients may not.
pub(crate) fn respelt(path: &str) -> Option<String> {
    let is_open = |byte: u8| byte == b'%' || !byte.is_ascii() || PATH.contains(&byte);
    let one = one_spelling(path.bytes().any(is_open).then_some(path)?)?;
    (one != path).then_some(one)
}

/// A path of a URL as a policy can hold it: `;` and `,` would end what they stand in, and browsers
/// compare the two without escapes ([CSP3, section 6.7.2.12]).
///
/// [CSP3, section 6.7.2.12]: https://w3c.github.io/webappsec-csp/#path-part-match
pub(crate) fn path_in_policy(path: &str) -> String {
    escaped(path.as_bytes(), |byte| {
        byte.is_ascii_alphanumeric() || b"-._~/@+%".contains(&byte)
    })
}

/// Escapes all bytes but those that stay.
pub(crate) fn escaped(text: &[u8], stays: impl Fn(u8) -> bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for &byte in text {
        if (b'!'..=b'~').contains(&byte) && stays(byte) {
            escaped.push(char::from(byte));
        } else {
            // Writing to a string can't fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

/// [URL, UTF-8 percent-encode]: the characters of `set`, and all that isn't printable ASCII. A `%`
/// stays as it is.
///
/// [URL, UTF-8 percent-encode]: https://url.spec.whatwg.org/#string-utf-8-percent-encode
pub(super) fn encoded(text: &str, set: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if (b' '..=b'~').contains(&byte) && !set.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string can't fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
