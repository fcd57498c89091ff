//! A response in pieces, sent through the layers.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::fmt;
use std::future::{Future, Ready, ready};
use std::pin::{Pin, pin};
use std::sync::OnceLock;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Request, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use tower_layer::Layer as _;
use tower_service::Service;
use tower_visor::html_stream::HtmlStreamLayer;
use tower_visor::layer::{Nonce, VisorLayer};
use tower_visor::policy::{Document, Policy, ScriptTrust};

use super::super::is_message;
use super::{MARK, flag};

/// Cut at places that follow from the seed; some of the pieces are empty.
pub(super) fn pieces(source: &[u8], seed: u8, waits: bool) -> Vec<Bytes> {
    let mut state = u32::from(seed);
    let mut next = |most: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        usize::try_from(state >> 16).unwrap_or_default() % (most + 1)
    };
    // One byte at a time, a few, or many.
    let most = [1, 3, 9, 40, 300, 5000][usize::from(seed) % 6];
    let mut pieces = Vec::new();
    let mut rest = source;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(next(most).min(rest.len()));
        pieces.push(Bytes::copy_from_slice(piece));
        rest = after;
        if waits && next(3) == 0 {
            pieces.push(Bytes::new());
        }
    }
    pieces
}

/// A body of these pieces. Where it waits, it does so before each.
struct Pieces {
    kind: u8,
    data: VecDeque<Bytes>,
    is_waiting: bool,
    trailers: Option<HeaderMap>,
    is_failing: bool,
}

#[derive(Debug)]
struct Gone;

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("gone")
    }
}

impl std::error::Error for Gone {}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Gone;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Gone>>> {
        self.is_waiting = self.kind & flag::WAITS != 0 && !self.is_waiting;
        if self.is_waiting {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if let Some(piece) = self.data.pop_front() {
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        if std::mem::take(&mut self.is_failing) {
            self.trailers = None;
            return Poll::Ready(Some(Err(Gone)));
        }
        let trailers = self.trailers.take();
        Poll::Ready(trailers.map(|map| Ok(Frame::trailers(map))))
    }

    fn size_hint(&self) -> SizeHint {
        let left: usize = self.data.iter().map(Bytes::len).sum();
        SizeHint::with_exact(left as u64)
    }
}

/// Answers once.
struct Once(Option<Response<Pieces>>);

impl Service<Request<()>> for Once {
    type Response = Response<Pieces>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        ready(Ok(self.0.take().expect("one request")))
    }
}

fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a service that answers at once was waited for"),
    }
}

/// Keeps the nonce that a layer made for a request.
struct Keep<'a>(&'a mut Option<Nonce>);

impl Service<Request<()>> for Keep<'_> {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        *self.0 = request.extensions().get::<Nonce>().copied();
        ready(Ok(Response::new(String::new())))
    }
}

/// A nonce as the layer makes it; one for the process, so that an input does the same each time.
pub(super) fn nonce() -> &'static Nonce {
    static NONCE: OnceLock<Nonce> = OnceLock::new();
    NONCE.get_or_init(|| {
        let page = Document::new("https://www.contoso.example").expect("an origin");
        let policy = Policy::document(page.scripts_by(ScriptTrust::Nonce));
        let layer = VisorLayer::new(&policy).expect("a policy");
        let mut nonce = None;
        now(layer.layer(Keep(&mut nonce)).call(Request::new(()))).expect("an answer");
        nonce.expect("a nonce")
    })
}

pub(super) const fn is_stamped(kind: u8) -> bool {
    kind & 7 < 4
}

/// What came out.
pub(super) struct Outcome {
    pub(super) data: Vec<u8>,
    pub(super) error: Option<String>,
}

/// A body through the layer, with all that holds for any body on its way.
pub(super) fn through(kind: u8, pieces: Vec<Bytes>) -> Outcome {
    let mut trailers = HeaderMap::new();
    trailers.insert("x-checksum", HeaderValue::from_static("a"));
    let trailers = Some(trailers).filter(|_| kind & flag::TRAILERS != 0);
    let mut response = Response::new(Pieces {
        kind,
        data: pieces.into(),
        is_waiting: false,
        trailers: trailers.clone(),
        is_failing: kind & flag::FAILS != 0,
    });
    let media_type = match kind & 7 {
        1 => "TEXT/HTML",
        4 => "text/plain",
        _ => "text/html; charset=utf-8",
    };
    let media_type = HeaderValue::from_static(media_type);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, media_type);
    match kind & 7 {
        5 => drop(headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"))),
        6 => *response.status_mut() = StatusCode::PARTIAL_CONTENT,
        7 => drop(headers.remove(CONTENT_TYPE)),
        _ => {}
    }
    let layer = HtmlStreamLayer::new(MARK.parse().expect("a mark"));
    let mut request = Request::new(());
    request.extensions_mut().insert(*nonce());
    let answer = now(layer.layer(Once(Some(response))).call(request));
    let mut body = pin!(answer.expect("an answer").into_body());

    let mut context = Context::from_waker(Waker::noop());
    let mut outcome = Outcome {
        data: Vec::new(),
        error: None,
    };
    let mut hints = Vec::new();
    let mut came = None;
    loop {
        hints.push((outcome.data.len(), body.size_hint()));
        let is_over = body.is_end_stream();
        match body.as_mut().poll_frame(&mut context) {
            Poll::Pending => assert!(kind & flag::WAITS != 0 && !is_over),
            Poll::Ready(None) => break,
            Poll::Ready(Some(Err(error))) => {
                assert!(!is_over);
                assert_eq!(came, None, "an error after the trailers");
                is_message(&error);
                outcome.error = Some(error.to_string());
                break;
            }
            Poll::Ready(Some(Ok(frame))) => {
                assert!(!is_over, "more after the end");
                assert_eq!(came, None, "more after the trailers");
                match frame.into_data() {
                    Ok(data) => outcome.data.extend_from_slice(&data),
                    Err(frame) => came = frame.into_trailers().ok(),
                }
            }
        }
    }
    for _ in 0..2 {
        let more = body.as_mut().poll_frame(&mut context);
        // The inner body waits before it says that there is no more.
        assert!(matches!(more, Poll::Ready(None) | Poll::Pending));
    }
    if outcome.error.is_none() {
        assert_eq!(came, trailers, "trailers");
        assert!(kind & flag::FAILS == 0, "an error was swallowed");
        for (at, hint) in hints {
            let left = (outcome.data.len() - at) as u64;
            assert!(hint.lower() <= left, "{hint:?} and {left}");
            assert!(hint.upper().is_none_or(|most| left <= most), "{hint:?}");
        }
    }
    outcome
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(&self.data))
    }
}
