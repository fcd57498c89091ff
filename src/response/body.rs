//! The body of what this crate answers itself: one piece of bytes, or nothing.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// Bytes in one piece and of a known length: a server writes them together with the head, and
/// never in chunks. A file, a part of one, a page; or nothing.
///
/// Of a pinned file or a compiled page they are the bytes that were hashed: a reference to them,
/// no copy.
#[derive(Clone, Debug, Default)]
pub struct WholeBody {
    /// Never empty.
    bytes: Option<Bytes>,
}

impl WholeBody {
    /// What is still to be sent.
    ///
    /// ```
    /// use tower_visor::assets::PinnedAssets;
    /// use tower_visor::pins::Pins;
    ///
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.5.0");
    /// let pins = Pins::scan(folder).unwrap();
    /// let assets = PinnedAssets::new(&pins.verify(folder).unwrap()).unwrap();
    /// let request = http::Request::get("/FaceLivenessDetector.js").body(()).unwrap();
    ///
    /// let bytes = assets.respond(&request).into_body().into_bytes();
    /// assert!(pins.file("FaceLivenessDetector.js").unwrap().digest().matches(&bytes));
    /// ```
    pub fn into_bytes(self) -> Bytes {
        self.bytes.unwrap_or_default()
    }
}

impl From<Bytes> for WholeBody {
    fn from(bytes: Bytes) -> Self {
        Self {
            bytes: (!bytes.is_empty()).then_some(bytes),
        }
    }
}

impl From<WholeBody> for Bytes {
    fn from(body: WholeBody) -> Self {
        body.into_bytes()
    }
}

impl Body for WholeBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.bytes.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}
