//! A body that ends in an error where it gets too long.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Buf as _;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::super::BodyTooLarge;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

pin_project! {
    /// The body of a request as the service inside a [`SessionRoutes`](super::SessionRoutes)
    /// reads it: it ends in [`BodyTooLarge`] where it is longer than the limit. Nothing is kept.
    #[derive(Debug)]
    pub struct SessionBody<B> {
        #[pin]
        inner: B,
        most: u64,
        left: u64,
        has_ended: bool,
        overrun: Option<Overrun>,
    }
}

/// Whether a body turned out to be too long, for the answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Overrun(Arc<AtomicBool>);

impl Overrun {
    pub(super) fn happened(&self) -> bool {
        // The handler that saw the error has answered since.
        self.0.load(Ordering::Relaxed)
    }
}

/// Why a body isn't read.
#[derive(Debug)]
pub(super) struct IsTooLong;

impl<B: Body> SessionBody<B> {
    /// A body of at most so many bytes. One that says itself that it is longer is none; what can't
    /// tell is looked at as it comes.
    pub(super) fn new(inner: B, most: u64) -> Result<(Self, Option<Overrun>), IsTooLong> {
        let hint = inner.size_hint();
        if hint.lower() > most {
            return Err(IsTooLong);
        }
        let is_known = hint.upper().is_some_and(|upper| upper <= most);
        let overrun = (!is_known).then(Overrun::default);
        let body = Self {
            inner,
            most,
            left: most,
            has_ended: false,
            overrun: overrun.clone(),
        };
        Ok((body, overrun))
    }
}

impl<B> Body for SessionBody<B>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    type Data = B::Data;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, BoxError>>> {
        let this = self.project();
        if *this.has_ended {
            return Poll::Ready(None);
        }
        let frame = match ready!(this.inner.poll_frame(cx)) {
            None => return Poll::Ready(None),
            Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
            Some(Ok(frame)) => frame,
        };
        let length = frame.data_ref().map_or(0, |data| data.remaining() as u64);
        if let Some(left) = this.left.checked_sub(length) {
            *this.left = left;
            return Poll::Ready(Some(Ok(frame)));
        }
        *this.has_ended = true;
        if let Some(Overrun(happened)) = this.overrun {
            happened.store(true, Ordering::Relaxed);
        }
        Poll::Ready(Some(Err(BodyTooLarge { most: *this.most }.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.has_ended || self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = self.inner.size_hint();
        if hint.lower() <= self.left && hint.upper().is_none_or(|upper| upper > self.left) {
            hint.set_upper(self.left);
        }
        hint
    }
}
