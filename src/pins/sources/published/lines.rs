//! Published lists of digests that have one file per line.

use super::error::PublishedFault;
use super::reading::{Reading, algorithm, is_weak};

pub(super) fn read(text: &str, reading: &mut Reading) {
    for (index, line) in text.lines().enumerate() {
        if reading.full() {
            return;
        }
        let line = line.trim_end();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let place = format!("line {}", index + 1);
        if let Some((name, path, digits)) = bsd(line) {
            reading.hex(path, Some(name), digits, place);
        } else if let Some((digits, path)) = gnu(line) {
            reading.hex(path, None, digits, place);
        } else if let Some((path, integrity)) = integrity(line) {
            reading.text(path, integrity, place);
        } else {
            reading.error(PublishedFault::Line { place });
        }
    }
}

/// `SHA384 (file) = HEX`, and OpenSSL's `SHA384(file)= HEX`.
fn bsd(line: &str) -> Option<(&str, &str, &str)> {
    let (name, rest) = line.split_once('(')?;
    let (path, digits) = rest.rsplit_once(')')?;
    let name = name.trim_end();
    let named = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let digits = digits.trim_start().strip_prefix('=')?.trim_start();
    named.then_some((name, path, digits))
}

/// `HEX  file`, with `*` in front of a file that was read as binary. A name with a line feed or a
/// backslash makes the line begin with `\`, and is not a name of the SDK.
fn gnu(line: &str) -> Option<(&str, &str)> {
    let (digits, rest) = line.split_once([' ', '\t'])?;
    let path = rest.trim_start();
    // The shortest list that anybody publishes is one of MD5; `add file` is none.
    let hex = digits.len() >= 32 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    hex.then_some((digits, path.strip_prefix('*').unwrap_or(path)))
}

/// A path and its integrity, in either order; the integrity may be several words.
fn integrity(line: &str) -> Option<(&str, &str)> {
    let begins = |word: &str| {
        word.split_once('-').is_some_and(|(name, rest)| {
            !rest.is_empty() && (is_weak(name) || algorithm(name).is_some())
        })
    };
    let mut at = 0;
    let mut places = line.split([' ', '\t']).filter_map(|word| {
        let start = at;
        at += word.len() + 1;
        begins(word).then_some((start, word))
    });
    let (start, first) = places.next()?;
    if start > 0 {
        return Some((line.get(..start)?.trim(), line.get(start..)?));
    }
    // The digests come first: the path is what follows the last of them.
    let (last, word) = places.last().unwrap_or((start, first));
    let end = last + word.len();
    Some((line.get(end..)?.trim(), line.get(..end)?))
}
