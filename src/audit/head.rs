//! The head of an HTTP/1 answer, as browsers read it.

use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use thiserror::Error;

/// The head of an HTTP/1 answer: status and headers, and the lines that HTTP/1 doesn't allow.
///
/// Browsers read on when a head is malformed, and so does this: a fold is a space ([RFC 9112, section
/// 5.2]), spaces before the colon don't count, and a line that is not a header is left out.
/// Whatever Chromium refuses entirely, such as a NUL, is refused.
///
/// ```
/// use tower_visor::audit::Head;
///
/// let head = Head::read(b"HTTP/1.1 200 OK\r\n\
///     content-security-policy: default-src 'none';\r\n  script-src 'self'\r\n\
///     no header\r\n\r\n")?;
/// assert_eq!(head.headers()["content-security-policy"], "default-src 'none'; script-src 'self'");
/// let lines: Vec<String> = head.bad_lines().iter().map(|line| line.to_string()).collect();
/// assert_eq!(lines, [
///     "line 3: `content-security-policy` is continued, folded",
///     "line 4: `no header` has no colon",
/// ]);
/// # Ok::<(), tower_visor::audit::HeadError>(())
/// ```
///
/// [RFC 9112, section 5.2]: https://www.rfc-editor.org/rfc/rfc9112#section-5.2
#[derive(Clone, Debug)]
pub struct Head {
    status: StatusCode,
    reason: String,
    headers: HeaderMap,
    bad_lines: Vec<BadLine>,
    /// Headers that take one value and have another, with its line.
    twice: Vec<(HeaderName, usize)>,
    length: usize,
}

/// A line that HTTP/1 doesn't allow, of a head that browsers read all the same. As text: the line,
/// counted from 1, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine {
    line: usize,
    /// Of the header, where it has one.
    pub(super) name: Option<String>,
    fault: String,
}

impl BadLine {
    /// Which line, counted from 1: the status line is the first.
    pub const fn line(&self) -> usize {
        self.line
    }
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.fault)
    }
}

/// Why a head can't be read: the line, counted from 1, and the reason.
#[derive(Clone, PartialEq, Eq, Error)]
#[error("line {line}: {reason}")]
pub struct HeadError {
    line: usize,
    reason: String,
}

impl HeadError {
    /// The same in a text of which the head is a part, after so many lines.
    #[must_use]
    pub fn after(mut self, lines: usize) -> Self {
        self.line = self.line.saturating_add(lines);
        self
    }

    fn new(line: usize, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self { line, reason }
    }
}

crate::errors::debug_is_display!(HeadError);

/// So many bytes before the status line are skipped.
const MOST_BEFORE: usize = 4;

/// So many bad lines are kept; more help nobody.
const MOST_BAD_LINES: usize = 100;

/// A header that may still go on in the next line.
struct Open {
    line: usize,
    /// Before the first colon.
    name: Vec<u8>,
    value: Vec<u8>,
}

impl Head {
    /// Where the head ends in bytes that begin with one: after its empty line. `None` where that
    /// hasn't come yet. The first `seen` bytes were looked at before.
    pub fn end(bytes: &[u8], seen: usize) -> Option<usize> {
        // An end may have begun in what was seen: `\n\r` before `\n`.
        let mut at = start(bytes).max(seen.saturating_sub(2));
        loop {
            let rest = bytes.get(at..)?;
            at += rest.iter().position(|byte| *byte == b'\n')? + 1;
            match bytes.get(at..)? {
                [b'\n', ..] => return Some(at + 1),
                [b'\r', b'\n', ..] => return Some(at + 2),
                _ => {}
            }
        }
    }

    /// Reads the head at the beginning of the bytes; what comes after its empty line isn't examined.
    /// Bytes without an empty line are a head as a whole.
    ///
    /// # Errors
    /// * no status line within the first bytes, or a status that is not a number from 100 to 999
    /// * a NUL anywhere
    /// * two different values of `Content-Length`, `Location` or `Content-Disposition`
    /// * more headers than a [`HeaderMap`] holds
    pub fn read(bytes: &[u8]) -> Result<Self, HeadError> {
        let length = Self::end(bytes, 0).unwrap_or(bytes.len());
        let bytes = bytes.get(..length).unwrap_or_default();
        let begin = start(bytes);
        if begin > MOST_BEFORE {
            let why = format!("no status line in the first {MOST_BEFORE} bytes");
            return Err(HeadError::new(1, why));
        }
        let before = bytes
            .iter()
            .take(begin)
            .filter(|byte| **byte == b'\n')
            .count();
        let text = bytes.get(begin..).unwrap_or_default();
        let lines = (before + 1..).zip(text.split(|byte| *byte == b'\n'));
        let mut head = Self {
            status: StatusCode::OK,
            reason: String::new(),
            headers: HeaderMap::new(),
            bad_lines: Vec::new(),
            twice: Vec::new(),
            length,
        };
        let mut open = None;
        for (index, (number, line)) in lines.enumerate() {
            if line.contains(&0) {
                return Err(HeadError::new(
                    number,
                    "a NUL, because of which browsers refuse the whole response",
                ));
            }
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.contains(&b'\r') {
                head.bad(
                    number,
                    None,
                    "a carriage return that ends a line in some browsers",
                );
            }
            // Chromium ends lines at each.
            let mut lines = line.split(|byte| *byte == b'\r');
            if index == 0 {
                let has_more = bytes.iter().take(begin).any(|byte| !is_end(*byte));
                head.status_line(number, lines.next().unwrap_or_default(), has_more)?;
            }
            for line in lines.filter(|line| !line.is_empty()) {
                head.line(number, line, &mut open)?;
            }
        }
        head.close(open)?;
        // Chunks count, where there are any.
        let is_chunked = head.headers.contains_key(header::TRANSFER_ENCODING);
        let mut twice = head.twice.iter();
        match twice.find(|(name, _)| !is_chunked || *name != header::CONTENT_LENGTH) {
            None => Ok(head),
            Some((name, line)) => Err(HeadError::new(
                *line,
                format!(
                    "a different second value of `{name}`, because of which browsers refuse the whole response"
                ),
            )),
        }
    }

    /// As Chromium reads it: without a status it is 200.
    fn status_line(&mut self, number: usize, line: &[u8], has_more: bool) -> Result<(), HeadError> {
        let text = String::from_utf8_lossy(line);
        let is_http = |text: &str| text.eq_ignore_ascii_case("HTTP");
        if !text.get(..4).is_some_and(is_http) {
            return Err(HeadError::new(number, "no status line"));
        }
        let (version, rest) = text.split_once(' ').unwrap_or((&text, ""));
        let rest = rest.trim_start_matches(' ');
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, reason) = rest.split_at(digits);
        let status = StatusCode::from_bytes(digits.trim_start_matches('0').as_bytes());
        self.status = match status {
            Ok(status) => status,
            Err(_) if digits.is_empty() => StatusCode::OK,
            Err(_) => {
                let why = format!("{} is not a status", shown(digits.as_bytes()));
                return Err(HeadError::new(number, why));
            }
        };
        if !digits.is_empty() {
            reason.trim_ascii().clone_into(&mut self.reason);
        }
        let is_version = |version: &str| version.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let is_allowed = version.strip_prefix("HTTP/").is_some_and(is_version)
            && digits.len() == 3
            && text.get(version.len() + 1..) == Some(rest)
            && (reason.is_empty() || reason.starts_with(' '));
        if digits.is_empty() {
            self.bad(number, None, "a status line without a status, which is 200");
        } else if has_more || !is_allowed {
            self.bad(number, None, "a malformed status line");
        }
        Ok(())
    }

    /// One line: a header, more of the one before, or neither.
    fn line(
        &mut self,
        number: usize,
        line: &[u8],
        open: &mut Option<Open>,
    ) -> Result<(), HeadError> {
        if is_space(line.first()) {
            let Some(open) = open else {
                self.bad(
                    number,
                    None,
                    "it begins with a space and continues no header",
                );
                return Ok(());
            };
            let name = shown(trim(&open.name));
            self.bad(
                number,
                Some(&open.name),
                format!("`{name}` is continued, folded"),
            );
            open.value.push(b' ');
            open.value.extend_from_slice(trim(line));
            return Ok(());
        }
        self.close(open.take())?;
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            self.bad(number, None, format!("`{}` has no colon", shown(line)));
            return Ok(());
        };
        let (name, value) = line.split_at(colon);
        if name.is_empty() {
            self.bad(number, None, "a header without a name");
            return Ok(());
        }
        *open = Some(Open {
            line: number,
            name: name.to_vec(),
            value: value.get(1..).unwrap_or_default().to_vec(),
        });
        Ok(())
    }

    /// A header that is whole.
    fn close(&mut self, open: Option<Open>) -> Result<(), HeadError> {
        let Some(Open { line, name, value }) = open else {
            return Ok(());
        };
        let trimmed = trim(&name);
        let text = shown(trimmed);
        let Ok(parsed) = HeaderName::from_bytes(trimmed) else {
            let fault = if trimmed.iter().any(|byte| is_space(Some(byte))) {
                format!("`{text}` has a space in its name, so it is not a header")
            } else {
                format!("`{text}` is not the name of a header")
            };
            self.bad(line, None, fault);
            return Ok(());
        };
        if trimmed.len() < name.len() {
            let fault = format!("`{text}` has a space before its colon");
            self.bad(line, Some(&name), fault);
        }
        // Their grammars take a form feed for white space; most others take it for nothing.
        let is_policy = [
            header::CONTENT_SECURITY_POLICY,
            header::CONTENT_SECURITY_POLICY_REPORT_ONLY,
        ]
        .contains(&parsed);
        let mut bytes = Vec::with_capacity(value.len());
        for byte in trim(&value) {
            match byte {
                0x0c if is_policy => bytes.push(b' '),
                // Neither white space nor part of any token, as the byte itself is.
                byte if byte.is_ascii_control() && *byte != b'\t' => {
                    bytes.extend_from_slice("\u{fffd}".as_bytes());
                }
                byte => bytes.push(*byte),
            }
        }
        if bytes != trim(&value) {
            let fault = format!("`{text}` has a control character in its value");
            self.bad(line, Some(&name), fault);
        }
        // A form feed at either end is white space now.
        let Ok(value) = HeaderValue::from_bytes(trim(&bytes)) else {
            self.bad(line, Some(&name), format!("`{text}` has an invalid value"));
            return Ok(());
        };
        let has_one_value = [
            header::CONTENT_LENGTH,
            header::LOCATION,
            header::CONTENT_DISPOSITION,
        ]
        .contains(&parsed);
        let differs = |known: &HeaderValue| has_one_value && *known != value;
        let is_new = !self.twice.iter().any(|(name, _)| *name == parsed);
        if is_new && self.headers.get(&parsed).is_some_and(differs) {
            self.twice.push((parsed.clone(), line));
        }
        let many = |_| HeadError::new(line, "more headers than can be kept");
        self.headers.try_append(parsed, value).map_err(many)?;
        Ok(())
    }

    fn bad(&mut self, line: usize, name: Option<&[u8]>, fault: impl Into<String>) {
        if self.bad_lines.len() < MOST_BAD_LINES {
            let name = name.map(|name| String::from_utf8_lossy(trim(name)).to_ascii_lowercase());
            let fault = fault.into();
            self.bad_lines.push(BadLine { line, name, fault });
        }
    }

    /// The status.
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// What stands behind the status, for people.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The headers, in which control characters are U+FFFD.
    pub const fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// What HTTP/1 doesn't allow, in the order of the lines: at most a hundred.
    pub fn bad_lines(&self) -> &[BadLine] {
        &self.bad_lines
    }

    /// How many bytes it has, with its empty line.
    pub const fn length(&self) -> usize {
        self.length
    }

    pub(super) fn into_parts(self) -> (StatusCode, HeaderMap, Vec<BadLine>) {
        (self.status, self.headers, self.bad_lines)
    }
}

/// Where the status line begins. Chromium skips up to four bytes of anything before it, empty lines
/// (RFC 9112, section 2.2) among them.
fn start(bytes: &[u8]) -> usize {
    let begins = |at: &usize| {
        let word = bytes.get(*at..*at + 4);
        word.is_some_and(|word| word.eq_ignore_ascii_case(b"HTTP"))
    };
    // Of more empty lines `read` says that there is no status line.
    let empty = || bytes.iter().take_while(|byte| is_end(**byte)).count();
    (0..=MOST_BEFORE).find(begins).unwrap_or_else(empty)
}

const fn is_end(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

fn is_space(byte: Option<&u8>) -> bool {
    matches!(byte, Some(b' ' | b'\t'))
}

/// Without spaces and tabs at the ends, which is less than all ASCII white space.
fn trim(bytes: &[u8]) -> &[u8] {
    let is_text = |byte: &u8| !is_space(Some(byte));
    let begin = bytes.iter().position(is_text).unwrap_or(bytes.len());
    let end = bytes.iter().rposition(is_text).map_or(begin, |at| at + 1);
    bytes.get(begin..end).unwrap_or_default()
}

fn shown(bytes: &[u8]) -> String {
    crate::foreign::word(&String::from_utf8_lossy(bytes))
}
