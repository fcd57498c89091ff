//! In which encodings a browser reads the tags that this layer reads.

use http::HeaderMap;

use crate::response::extract_mime;

/// What is known of a document's encoding before its first byte
/// ([HTML, section 13.2.3.2](https://html.spec.whatwg.org/multipage/parsing.html#determining-the-character-encoding)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// One whose markup is written in ASCII.
    Safe,
    /// One in which ASCII bytes mean something else.
    Unsafe,
    /// None, or one that is not listed here: the page or the browser's guess may decide.
    Nothing,
}

/// The labels of encodings that are not ASCII-compatible
/// ([Encoding, section 4.2](https://encoding.spec.whatwg.org/#names-and-labels)): UTF-16, ISO-2022-JP
/// and those of which browsers read nothing.
const UNSAFE: [&str; 17] = [
    "utf-16be",
    "unicodefffe",
    "csunicode",
    "iso-10646-ucs-2",
    "ucs-2",
    "unicode",
    "unicodefeff",
    "utf-16",
    "utf-16le",
    "csiso2022jp",
    "iso-2022-jp",
    "csiso2022kr",
    "hz-gb-2312",
    "iso-2022-cn",
    "iso-2022-cn-ext",
    "iso-2022-kr",
    "replacement",
];

/// Labels that browsers know, as nearly all pages have them. Of any other the escape that changes
/// ISO-2022-JP is not among them.
const SAFE: [&str; 6] = [
    "utf-8",
    "utf8",
    "us-ascii",
    "iso-8859-1",
    "latin1",
    "windows-1252",
];

impl Named {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        match extract_mime(headers).and_then(|mime| mime.charset) {
            Some(label) if UNSAFE.contains(&label.trim_ascii()) => Self::Unsafe,
            Some(label) if SAFE.contains(&label.trim_ascii()) => Self::Safe,
            _ => Self::Nothing,
        }
    }
}

/// Watches a document's bytes for a change of encoding.
#[derive(Debug)]
pub(super) struct Watch {
    named: Named,
    is_first: bool,
}

impl Watch {
    pub(super) fn new(named: Named) -> Self {
        Self {
            named,
            is_first: true,
        }
    }

    /// How many of these bytes are read as ASCII; what follows them is not, or may not be.
    ///
    /// No `meta` can name UTF-16, so only a byte order mark can, whatever the header says. In
    /// ISO-2022-JP, which a `meta` can name and browsers may guess, all is ASCII up to an escape.
    pub(super) fn safe(&mut self, bytes: &[u8]) -> usize {
        if bytes.is_empty() {
            return 0;
        }
        if std::mem::take(&mut self.is_first) && matches!(bytes.first(), Some(0xFE | 0xFF)) {
            self.named = Named::Unsafe;
        }
        let safe = match self.named {
            Named::Safe => bytes.len(),
            Named::Unsafe => 0,
            Named::Nothing => memchr::memchr(0x1B, bytes).unwrap_or(bytes.len()),
        };
        if safe < bytes.len() {
            self.named = Named::Unsafe;
        }
        safe
    }
}
