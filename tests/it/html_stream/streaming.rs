//! The pace of a body, its trailers and its errors.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::{Body, Frame};
use http_body_util::BodyExt as _;
use tower::{Layer as _, ServiceExt as _};
use tower_visor::html_stream::{HtmlStreamLayer, StampError, StampedBody};

use super::{MARK, mark};

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("the disk is gone")]
struct Gone;

/// Frames that are there, and a count of how often one was asked for; then it waits for ever.
#[derive(Clone, Debug)]
struct Frames {
    frames: VecDeque<Step>,
    asked: Arc<AtomicUsize>,
}

#[derive(Clone, Debug)]
enum Step {
    Data(Bytes),
    Trailers,
    Fail,
    Wait,
}

impl Body for Frames {
    type Data = Bytes;
    type Error = Gone;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Gone>>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(match self.frames.pop_front() {
            None => None,
            Some(Step::Data(data)) => Some(Ok(Frame::data(data))),
            Some(Step::Fail) => Some(Err(Gone)),
            Some(Step::Wait) => {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Some(Step::Trailers) => {
                let mut trailers = HeaderMap::new();
                trailers.insert("x-checksum", HeaderValue::from_static("a"));
                Some(Ok(Frame::trailers(trailers)))
            }
        })
    }
}

fn data(text: &str) -> Step {
    Step::Data(Bytes::from(text.replace("MARK", MARK)))
}

/// The body below the layer, and how often the inner one was asked.
async fn body(
    content_type: &'static str,
    steps: Vec<Step>,
) -> (StampedBody<Frames>, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let frames = Frames {
        frames: steps.into(),
        asked: Arc::clone(&asked),
    };
    let handler = tower::service_fn(move |_: Request<()>| {
        let mut response = Response::new(frames.clone());
        let headers = response.headers_mut();
        headers.insert("content-type", HeaderValue::from_static(content_type));
        std::future::ready(Ok::<_, std::convert::Infallible>(response))
    });
    let app = HtmlStreamLayer::new(mark()).layer(handler);
    let answer = app.oneshot(Request::new(())).await.unwrap();
    (answer.into_body(), asked)
}

/// The next data, or `None` where it has to be waited for.
fn next(body: &mut StampedBody<Frames>) -> Option<String> {
    let frame = body
        .frame()
        .now_or_never()?
        .expect("no end")
        .expect("no error");
    Some(String::from_utf8(frame.into_data().expect("data").to_vec()).unwrap())
}

#[tokio::test]
async fn what_came_goes_on_at_once() {
    let steps = vec![
        data("<p>one</p>"),
        Step::Wait,
        data("<script nonce=\"MA"),
        Step::Wait,
        data("two"),
    ];
    let (mut body, asked) = body("text/html", steps).await;
    assert_eq!(asked.load(Ordering::Relaxed), 0, "nobody asked yet");
    assert_eq!(next(&mut body).as_deref(), Some("<p>one</p>"));
    assert_eq!(asked.load(Ordering::Relaxed), 1, "one in, one out");
    assert_eq!(next(&mut body), None);
    // A tag is held until its end is there.
    assert_eq!(next(&mut body), None);
    assert_eq!(asked.load(Ordering::Relaxed), 4);
}

#[tokio::test]
async fn a_large_piece_goes_on_in_parts_and_waits_to_be_asked() {
    let large = "a".repeat(200 * 1024);
    let (mut body, asked) = body("text/html", vec![data(&large), data("b")]).await;
    let mut got = String::new();
    while got.len() < large.len() {
        let part = next(&mut body).unwrap();
        assert!(part.len() <= 16 * 1024, "{}", part.len());
        got.push_str(&part);
        assert_eq!(
            asked.load(Ordering::Relaxed),
            1,
            "more was taken than was sent"
        );
    }
    assert_eq!(got, large);
    assert_eq!(next(&mut body).as_deref(), Some("b"));
}

#[tokio::test]
async fn trailers_come_last() {
    for (content_type, steps) in [
        ("text/html", vec![data("<p>"), Step::Trailers]),
        // With something held back, and with no data at all.
        ("text/html", vec![data("<p>visor"), Step::Trailers]),
        ("text/html", vec![data("<p"), Step::Trailers]),
        ("text/html", vec![Step::Trailers]),
        ("text/plain", vec![data("<p>"), Step::Trailers]),
    ] {
        let sent: String = steps
            .iter()
            .filter_map(|step| match step {
                Step::Data(data) => Some(std::str::from_utf8(data).unwrap()),
                _ => None,
            })
            .collect();
        let (body, _) = body(content_type, steps).await;
        let collected = body.collect().await.unwrap();
        assert_eq!(collected.trailers().unwrap()["x-checksum"], "a");
        assert_eq!(collected.to_bytes(), sent);
    }
}

#[tokio::test]
async fn errors_of_the_inner_body_are_its_own() {
    for content_type in ["text/html", "text/plain"] {
        let (mut body, _) = body(content_type, vec![data("<p>"), Step::Fail, data("more")]).await;
        assert_eq!(next(&mut body).as_deref(), Some("<p>"));
        let error = body.frame().await.unwrap().unwrap_err();
        assert_eq!(error.downcast_ref::<Gone>(), Some(&Gone));
    }
}

#[tokio::test]
async fn nothing_follows_what_could_not_be_read() {
    let steps = vec![
        data("<p>before</p>"),
        data("<select><xmp><script nonce=\"MARK\">"),
        data("<p>after</p>"),
        Step::Trailers,
    ];
    let (mut body, _) = body("text/html", steps).await;
    assert_eq!(next(&mut body).as_deref(), Some("<p>before</p>"));
    let error = body.frame().await.unwrap().unwrap_err();
    assert!(matches!(
        error.downcast_ref::<StampError>(),
        Some(StampError::Ambiguous { .. })
    ));
    assert!(body.is_end_stream());
    assert!(body.frame().await.is_none());
}
