//! The body of a response: one piece of bytes, or nothing.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// The bytes of a pinned file, or of a part of it, in one piece and of a known length: a server
/// writes them together with the head, and never in chunks.
///
/// They are the bytes that were hashed: a reference to them, no copy.
#[derive(Clone, Debug, Default)]
pub struct AssetBody {
    /// Never empty.
    bytes: Option<Bytes>,
}

impl AssetBody {
    pub(super) fn new(bytes: Bytes) -> Self {
        Self {
            bytes: (!bytes.is_empty()).then_some(bytes),
        }
    }

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

impl Body for AssetBody {
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
