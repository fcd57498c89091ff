//! The head of an answer, read by the audit's own reader before hyper sees it.
//!
//! An HTTP client either refuses a head with a bad line or drops the line without a word. So the
//! head is read here, and hyper is given what was read, written cleanly: what is audited and what
//! frames the body is one reading.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::StatusCode;
use tokio::io::{AsyncRead, ReadBuf};
use tower_visor::audit::Head;

use super::told::Told;

/// Chromium takes 256 KB of headers; how many isn't limited there.
pub(super) const MOST_HEADERS: usize = 1000;
pub(super) const MOST_HEADER_BYTES: usize = 256 * 1024;

pub(super) fn too_large() -> String {
    format!("more than {MOST_HEADERS} headers, or {MOST_HEADER_BYTES} bytes of them")
}

/// A connection on which heads are read first.
pub(super) struct Heads<S> {
    stream: S,
    /// The head, or why there is none.
    told: Told<Result<Head, String>>,
    state: State,
}

enum State {
    /// What has come of a head.
    Head(Vec<u8>),
    /// What is still to be given out, and how much of it was.
    Ready(Vec<u8>, usize),
    Body,
}

impl<S> Heads<S> {
    pub(super) fn new(stream: S) -> (Self, Told<Result<Head, String>>) {
        let told = Told::default();
        let heads = Self {
            stream,
            told: told.clone(),
            state: State::Head(Vec::new()),
        };
        (heads, told)
    }

    /// What to give out of the bytes so far; `None` where more of them are needed. Interim answers,
    /// such as early hints, are taken away: they come before the one that counts.
    fn read(bytes: &mut Vec<u8>, seen: usize) -> Result<Option<(Vec<u8>, Head)>, String> {
        let mut seen = seen;
        loop {
            let end = Head::end(bytes, seen);
            if end.unwrap_or(bytes.len()) > MOST_HEADER_BYTES {
                return Err(too_large());
            }
            let Some(end) = end else {
                return Ok(None);
            };
            let head = Head::read(bytes).map_err(|error| no_answer(&error.to_string()))?;
            let is_interim = head.status().is_informational()
                && head.status() != StatusCode::SWITCHING_PROTOCOLS;
            if is_interim {
                bytes.drain(..end);
                seen = 0;
                continue;
            }
            if head.headers().len() > MOST_HEADERS {
                return Err(too_large());
            }
            // Where the body ends depends on it.
            let version = if bytes.trim_ascii_start().starts_with(b"HTTP/1.0") {
                "HTTP/1.0"
            } else {
                "HTTP/1.1"
            };
            let mut clean = format!("{version} {}\r\n", head.status().as_str()).into_bytes();
            for (name, value) in head.headers() {
                clean.extend_from_slice(name.as_str().as_bytes());
                clean.extend_from_slice(b": ");
                clean.extend_from_slice(value.as_bytes());
                clean.extend_from_slice(b"\r\n");
            }
            clean.extend_from_slice(b"\r\n");
            clean.extend_from_slice(bytes.get(end..).unwrap_or_default());
            return Ok(Some((clean, head)));
        }
    }
}

pub(super) fn no_answer(why: &str) -> String {
    format!("no HTTP/1.1 answer: {why}")
}

impl<S: AsyncRead + Unpin> AsyncRead for Heads<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self {
            stream,
            told,
            state,
        } = &mut *self;
        loop {
            match state {
                State::Body => return Pin::new(stream).poll_read(context, buffer),
                State::Ready(bytes, given) => {
                    let rest = bytes.get(*given..).unwrap_or_default();
                    let count = rest.len().min(buffer.remaining());
                    buffer.put_slice(rest.get(..count).unwrap_or_default());
                    *given += count;
                    if *given == bytes.len() {
                        *state = State::Body;
                    }
                    return Poll::Ready(Ok(()));
                }
                State::Head(bytes) => {
                    let mut chunk = [0; 8192];
                    let mut chunk = ReadBuf::new(&mut chunk);
                    ready!(Pin::new(&mut *stream).poll_read(context, &mut chunk))?;
                    let seen = bytes.len();
                    bytes.extend_from_slice(chunk.filled());
                    let read = if chunk.filled().is_empty() {
                        let line = bytes.split(|byte| *byte == b'\n').count();
                        Err(no_answer(&format!(
                            "line {line}: the connection ends there"
                        )))
                    } else {
                        Self::read(bytes, seen)
                    };
                    match read {
                        Ok(None) => {}
                        Ok(Some((clean, head))) => {
                            told.put(Ok(head));
                            *state = State::Ready(clean, 0);
                        }
                        Err(why) => {
                            told.put(Err(why));
                            return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
                        }
                    }
                }
            }
        }
    }
}

super::through::write_through!([S] Heads<S>);
