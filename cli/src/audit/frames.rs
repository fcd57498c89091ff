//! The frames of an HTTP/2 answer, looked at as they come in.
//!
//! An HTTP/2 client refuses an answer with a bad header, and doesn't say which. So the headers are
//! decoded here as well, only to say why there is no answer.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{HeaderName, HeaderValue, StatusCode};
use loona_hpack::Decoder;
use tokio::io::{AsyncRead, ReadBuf};
use tower_visor::escape;

use super::heads::{MOST_HEADER_BYTES, MOST_HEADERS, too_large};
use super::told::Told;

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// The server wants to be asked in HTTP/1.1: RFC 9113, section 7.
    WantsHttp1,
    Fault(String),
}

fn fault(why: impl Into<String>) -> Refused {
    Refused::Fault(no_answer(&why.into()))
}

pub(super) fn no_answer(why: &str) -> String {
    format!("no HTTP/2 answer: {why}")
}

/// A connection whose frames are looked at.
pub(super) struct Frames<S> {
    stream: S,
    told: Told<Refused>,
    reader: Reader,
}

impl<S> Frames<S> {
    pub(super) fn new(stream: S) -> (Self, Told<Refused>) {
        let told = Told::default();
        let frames = Self {
            stream,
            told: told.clone(),
            reader: Reader::default(),
        };
        (frames, told)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Frames<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let new = buffer.filled().get(before..).unwrap_or_default();
        if let Err(refused) = self.reader.see(new) {
            self.told.put(refused);
            return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
        }
        Poll::Ready(Ok(()))
    }
}

super::through::write_through!([S] Frames<S>);

/// What every frame begins with: RFC 9113, section 4.1.
const HEAD: usize = 9;

/// Types of frames and their flags: RFC 9113, section 6.
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_HEADERS: u8 = 4;
const PADDED: u8 = 8;
const PRIORITY: u8 = 32;

const HTTP_1_1_REQUIRED: u32 = 13;

/// The client takes no larger frames, because it announces none.
const LARGEST_FRAME: usize = 16_384;

/// Headers of a connection of HTTP/1, which HTTP/2 doesn't allow: RFC 9113, section 8.2.2.
const OF_HTTP1: [&[u8]; 5] = [
    b"connection",
    b"keep-alive",
    b"proxy-connection",
    b"transfer-encoding",
    b"upgrade",
];

#[derive(Default)]
struct Reader {
    /// What has come of a frame that is read; those that aren't are skipped.
    frame: Vec<u8>,
    skip: usize,
    /// What has come of a header block.
    block: Vec<u8>,
    decoder: Decoder<'static>,
}

impl Reader {
    fn see(&mut self, mut bytes: &[u8]) -> Result<(), Refused> {
        while !bytes.is_empty() {
            if self.skip > 0 {
                let (_, rest) = bytes.split_at(self.skip.min(bytes.len()));
                self.skip -= bytes.len() - rest.len();
                bytes = rest;
                continue;
            }
            bytes = self.take(bytes, HEAD);
            let [a, b, c, kind, _, _, _, _, _, ..] = self.frame[..] else {
                continue;
            };
            let length = u32::from_be_bytes([0, a, b, c]) as usize;
            if length > LARGEST_FRAME {
                let why = format!("a frame of {length} bytes, and {LARGEST_FRAME} are allowed");
                return Err(fault(why));
            }
            if !matches!(kind, HEADERS | RST_STREAM | GOAWAY | CONTINUATION) {
                self.frame.clear();
                self.skip = length;
                continue;
            }
            bytes = self.take(bytes, HEAD + length);
            if self.frame.len() == HEAD + length {
                let frame = std::mem::take(&mut self.frame);
                self.frame(&frame)?;
            }
        }
        Ok(())
    }

    /// Adds to the frame until it has so many bytes.
    fn take<'a>(&mut self, bytes: &'a [u8], length: usize) -> &'a [u8] {
        let missing = length.saturating_sub(self.frame.len());
        let (taken, rest) = bytes.split_at(missing.min(bytes.len()));
        self.frame.extend_from_slice(taken);
        rest
    }

    fn frame(&mut self, frame: &[u8]) -> Result<(), Refused> {
        let [_, _, _, kind, flags, _, _, _, _, payload @ ..] = frame else {
            return Ok(());
        };
        match (*kind, payload) {
            (RST_STREAM, code) | (GOAWAY, [_, _, _, _, code @ ..]) => {
                let is_wanted = code.starts_with(&HTTP_1_1_REQUIRED.to_be_bytes());
                return if is_wanted {
                    Err(Refused::WantsHttp1)
                } else {
                    Ok(())
                };
            }
            (HEADERS, payload) => {
                let (padding, payload) = match payload {
                    [padding, rest @ ..] if flags & PADDED != 0 => (usize::from(*padding), rest),
                    payload => (0, payload),
                };
                let skipped = if flags & PRIORITY == 0 { 0 } else { 5 };
                let end = payload.len().saturating_sub(padding);
                // What isn't there hyper complains of.
                self.block = payload.get(skipped..end).unwrap_or_default().to_vec();
            }
            (CONTINUATION, payload) => self.block.extend_from_slice(payload),
            _ => return Ok(()),
        }
        if self.block.len() > MOST_HEADER_BYTES {
            return Err(fault(too_large()));
        }
        if flags & END_HEADERS == 0 {
            return Ok(());
        }
        let block = std::mem::take(&mut self.block);
        self.headers(&block)
    }

    fn headers(&mut self, block: &[u8]) -> Result<(), Refused> {
        let mut list = List::default();
        let decoded = self.decoder.decode_with_cb(block, |name, value| {
            list.add(&name, &value);
        });
        if let Some(why) = list.fault {
            return Err(fault(why));
        }
        decoded.map_err(|error| {
            let why = error.to_string().to_ascii_lowercase();
            fault(format!("headers that HPACK can't read: {why}"))
        })
    }
}

/// The headers of a block, and the first thing that is wrong with them.
#[derive(Default)]
struct List {
    count: usize,
    bytes: usize,
    has_status: bool,
    fault: Option<String>,
}

impl List {
    fn add(&mut self, name: &[u8], value: &[u8]) {
        if self.fault.is_some() {
            return;
        }
        self.count += 1;
        // As HTTP/2 counts them: RFC 9113, section 6.5.2.
        self.bytes += name.len() + value.len() + 32;
        self.fault = if self.count > MOST_HEADERS || self.bytes > MOST_HEADER_BYTES {
            Some(too_large())
        } else {
            self.fault_of(name, value)
        };
    }

    fn fault_of(&mut self, name: &[u8], value: &[u8]) -> Option<String> {
        let text = shown(name);
        if name == b":status" {
            if self.count > 1 {
                return Some("`:status` must come once, before all headers".to_owned());
            }
            if StatusCode::from_bytes(value).is_err() {
                return Some(format!(
                    "`:status` is `{}`, which is not a status",
                    shown(value)
                ));
            }
            self.has_status = true;
        } else if name.starts_with(b":") {
            return Some(format!("`{text}` doesn't belong in an answer"));
        } else if name.iter().any(u8::is_ascii_uppercase) {
            return Some(format!(
                "`{text}` has capitals in its name, which HTTP/2 doesn't allow"
            ));
        } else if HeaderName::from_bytes(name).is_err() {
            return Some(format!("`{text}` is not the name of a header"));
        } else if OF_HTTP1.contains(&name) {
            return Some(format!(
                "`{text}` is a header of HTTP/1, which HTTP/2 doesn't allow"
            ));
        } else if HeaderValue::from_bytes(value).is_err() {
            return Some(format!("`{text}` has a control character in its value"));
        }
        None
    }
}

/// On one line, and short.
fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    escape::line(&text.chars().take(40).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::{Reader, Refused};

    /// Settings, an answer in two frames with padding, a ping, and a header that isn't allowed.
    fn frames() -> Vec<u8> {
        let settings = [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0];
        let headers = [0, 0, 5, 1, 8, 0, 0, 0, 1, 2, 0x88, 0x40, 0, 0];
        let rest = [0, 0, 4, 9, 4, 0, 0, 0, 1, 1, b'x', 1, b'y'];
        let ping = [0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];
        let empty = [0, 0, 0, 0, 0, 0, 0, 0, 1];
        let bad = [0, 0, 5, 1, 5, 0, 0, 0, 1, 0, 1, b'X', 1, b'y'];
        [&settings[..], &headers, &rest, &ping, &empty, &bad].concat()
    }

    #[test]
    fn how_the_bytes_are_cut_does_not_matter() {
        let frames = frames();
        let why = "no HTTP/2 answer: `X` has capitals in its name, which HTTP/2 doesn't allow";
        for size in 1..=frames.len() {
            let mut reader = Reader::default();
            let seen: Result<(), Refused> =
                frames.chunks(size).try_for_each(|chunk| reader.see(chunk));
            assert_eq!(seen, Err(Refused::Fault(why.to_owned())), "{size}");
        }
        let mut reader = Reader::default();
        let (good, _) = frames.split_at(frames.len() - 14);
        assert_eq!(reader.see(good), Ok(()));
        assert!(reader.block.is_empty() && reader.frame.is_empty());
    }

    /// No byte of a stranger makes the reader panic or stand still.
    #[test]
    fn any_bytes_are_seen_to_their_end() {
        let frames = frames();
        for at in 0..frames.len() {
            for byte in 0..=255 {
                let mut frames = frames.clone();
                frames[at] = byte;
                let _ = Reader::default().see(&frames);
                let _ = Reader::default().see(&frames[at..]);
            }
        }
    }
}
