//! The body of a response, as it goes by.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::Mark;
use super::encoding::Watch;
use super::rewrite::Rewriter;
use crate::layer::Nonce;

/// The most that is rewritten at a time, so that one large piece is not held twice.
const AT_ONCE: usize = 16 * 1024;

pin_project! {
    /// A body whose marked tags get their nonce, or any other body as it is.
    pub struct StampedBody<B> {
        #[pin]
        inner: B,
        state: State,
    }
}

enum State {
    Untouched,
    Stamping(Box<Stamping>),
    /// All data went on; trailers may follow.
    Ended(Option<HeaderMap>),
}

struct Stamping {
    rewriter: Rewriter,
    watch: Watch,
    /// Came, and is not rewritten yet.
    pending: Bytes,
}

impl<B> StampedBody<B> {
    pub(super) fn untouched(inner: B) -> Self {
        let state = State::Untouched;
        Self { inner, state }
    }

    pub(super) fn stamped(inner: B, mark: &Mark, nonce: Option<Nonce>, watch: Watch) -> Self {
        let state = State::Stamping(Box::new(Stamping {
            rewriter: Rewriter::new(mark, nonce),
            watch,
            pending: Bytes::new(),
        }));
        Self { inner, state }
    }
}

type BoxError = Box<dyn Error + Send + Sync>;

impl<B> Body for StampedBody<B>
where
    B: Body<Data: Buf>,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let mut this = self.project();
        loop {
            let stamping = match this.state {
                State::Untouched => {
                    return this.inner.poll_frame(cx).map_ok(whole).map_err(Into::into);
                }
                State::Ended(trailers) => {
                    return Poll::Ready(trailers.take().map(|map| Ok(Frame::trailers(map))));
                }
                State::Stamping(stamping) => stamping,
            };
            if !stamping.pending.is_empty() {
                let most = stamping.pending.len().min(AT_ONCE);
                let safe = stamping
                    .watch
                    .safe(stamping.pending.get(..most).unwrap_or_default());
                if safe == 0 {
                    stamping.rewriter.give_no_more();
                }
                let bytes = stamping
                    .pending
                    .split_to(if safe == 0 { most } else { safe });
                match stamping.rewriter.write(&bytes) {
                    Ok(out) if out.is_empty() => continue,
                    Ok(out) => return Poll::Ready(Some(Ok(Frame::data(out)))),
                    Err(error) => {
                        *this.state = State::Ended(None);
                        return Poll::Ready(Some(Err(error.into())));
                    }
                }
            }
            let trailers = match ready!(this.inner.as_mut().poll_frame(cx)) {
                Some(Ok(frame)) => match whole(frame).into_data() {
                    Ok(data) => {
                        stamping.pending = data;
                        continue;
                    }
                    Err(frame) => frame.into_trailers().ok(),
                },
                Some(Err(error)) => {
                    *this.state = State::Ended(None);
                    return Poll::Ready(Some(Err(error.into())));
                }
                None => None,
            };
            let State::Stamping(ended) = std::mem::replace(this.state, State::Ended(trailers))
            else {
                continue;
            };
            match ended.rewriter.end() {
                Ok(rest) if rest.is_empty() => {}
                Ok(rest) => return Poll::Ready(Some(Ok(Frame::data(rest)))),
                Err(error) => {
                    *this.state = State::Ended(None);
                    return Poll::Ready(Some(Err(error.into())));
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.state {
            State::Untouched => self.inner.is_end_stream(),
            State::Stamping(_) => false,
            State::Ended(trailers) => trailers.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.state {
            State::Untouched => self.inner.size_hint(),
            State::Stamping(_) => SizeHint::default(),
            State::Ended(_) => SizeHint::with_exact(0),
        }
    }
}

/// The frame with its data in one piece; what is so already is not copied.
fn whole<D: Buf>(frame: Frame<D>) -> Frame<Bytes> {
    frame.map_data(|mut data| data.copy_to_bytes(data.remaining()))
}

impl<B: fmt::Debug> fmt::Debug for StampedBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::Untouched => "untouched",
            State::Stamping(_) => "stamping",
            State::Ended(_) => "ended",
        };
        f.debug_struct("StampedBody")
            .field("state", &state)
            .field("inner", &self.inner)
            .finish()
    }
}
