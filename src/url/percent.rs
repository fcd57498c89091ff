//! Percent-encoding.

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
