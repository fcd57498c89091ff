//! Content codings, and which of them a client takes.

use http::HeaderMap;
use http::header::ACCEPT_ENCODING;

/// A content coding that browsers understand ([RFC 9110, section 8.4.1]).
///
/// Which of a file's copies a client gets depends on its `Accept-Encoding`; of those that it
/// prefers most, the smallest.
///
/// [RFC 9110, section 8.4.1]: https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Coding {
    /// `br`, [RFC 7932](https://www.rfc-editor.org/rfc/rfc7932).
    Brotli,
    /// `gzip`, [RFC 1952](https://www.rfc-editor.org/rfc/rfc1952).
    Gzip,
    /// `zstd`, [RFC 8878](https://www.rfc-editor.org/rfc/rfc8878) with the 8 MB window of
    /// [RFC 9659](https://www.rfc-editor.org/rfc/rfc9659).
    Zstd,
}

impl Coding {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Brotli, Self::Gzip, Self::Zstd];

    /// The name in `Content-Encoding`: `br`, `gzip` or `zstd`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// What is appended to the name of a file that is compressed this way: `.br`, `.gz` or `.zst`.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
            Self::Zstd => ".zst",
        }
    }
}

/// What `Accept-Encoding` says, in thousandths ([RFC 9110, section 12.5.3]).
///
/// [RFC 9110, section 12.5.3]: https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Accepted {
    codings: [Option<u16>; 3],
    identity: Option<u16>,
    /// `*`: all that is not named.
    any: Option<u16>,
}

impl Accepted {
    /// Reads the header, all of its lines. An entry that can't be read says nothing; where one
    /// appears twice, the lower quality counts, because uncompressed bytes are always understood.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut accepted = Self::default();
        for value in headers.get_all(ACCEPT_ENCODING) {
            for entry in value.as_bytes().split(|&byte| byte == b',') {
                accepted.add(entry);
            }
        }
        accepted
    }

    fn add(&mut self, entry: &[u8]) {
        let mut parts = entry.split(|&byte| byte == b';');
        let name = parts.next().unwrap_or_default().trim_ascii();
        let quality = match (parts.next(), parts.next()) {
            (None, _) => Some(1000),
            (Some(weight), None) => quality(weight.trim_ascii()),
            (Some(_), Some(_)) => None,
        };
        let Some(quality) = quality else { return };
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        let slot = if is("*") {
            &mut self.any
        } else if is("identity") {
            &mut self.identity
        } else if is("br") {
            &mut self.codings[0]
        // RFC 9110, section 8.4.1.3: `x-gzip` is the same.
        } else if is("gzip") || is("x-gzip") {
            &mut self.codings[1]
        } else if is("zstd") {
            &mut self.codings[2]
        } else {
            return;
        };
        *slot = Some(slot.map_or(quality, |known| known.min(quality)));
    }

    /// How much a coding is wanted; 0 is not at all.
    ///
    /// A coding that only `*` stands for is used only where uncompressed bytes are refused: who
    /// sends `*` alone may understand none.
    pub(super) fn quality(&self, coding: Coding) -> u16 {
        let named = match coding {
            Coding::Brotli => self.codings[0],
            Coding::Gzip => self.codings[1],
            Coding::Zstd => self.codings[2],
        };
        let refuses_identity = self.identity.or(self.any) == Some(0) || self.identity == Some(0);
        match named {
            Some(quality) => quality,
            None if refuses_identity => self.any.unwrap_or(0),
            None => 0,
        }
    }

    /// How much uncompressed bytes are wanted; 0 when nothing is said of them.
    pub(super) fn identity(&self) -> u16 {
        self.identity.or(self.any).unwrap_or(0)
    }
}

/// `q=0.5` in thousandths; `None` for anything else than the grammar of
/// [RFC 9110, section 12.4.2](https://www.rfc-editor.org/rfc/rfc9110#section-12.4.2).
fn quality(weight: &[u8]) -> Option<u16> {
    let value = weight
        .strip_prefix(b"q=")
        .or_else(|| weight.strip_prefix(b"Q="))?;
    let (whole, rest) = value.split_first()?;
    let digits = match rest.split_first() {
        None => rest,
        Some((b'.', digits)) if digits.len() <= 3 => digits,
        Some(_) => return None,
    };
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let thousandths = digits
        .iter()
        .chain(b"000")
        .take(3)
        .fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    match (whole, thousandths) {
        (b'0', thousandths) => Some(thousandths),
        (b'1', 0) => Some(1000),
        _ => None,
    }
}
