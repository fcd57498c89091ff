//! Nonces on the marked tags of HTML that streams by.

mod any;
mod headers;
mod markup;
mod streaming;

use std::convert::Infallible;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use tower::{Layer as _, ServiceExt as _};
use tower_visor::html_stream::{HtmlStreamLayer, Mark, StampError, StampedBody};
use tower_visor::layer::VisorLayer;
use tower_visor::policy::{Document, Policy, ScriptTrust};

/// A mark whose beginning comes again in it.
const MARK: &str = "visorvisorvisorvisorvisor-1";

type BoxError = Box<dyn std::error::Error + Send + Sync>;

fn mark() -> Mark {
    MARK.parse().unwrap()
}

fn policy() -> Policy {
    let page = Document::new("https://www.contoso.example").unwrap();
    Policy::document(page.scripts_by(ScriptTrust::Nonce))
}

/// A body of pieces, which never waits.
fn pieces(
    pieces: Vec<Bytes>,
) -> impl http_body::Body<Data = Bytes, Error = Infallible> + Send + 'static {
    let frames = pieces.into_iter().map(|piece| Ok(Frame::data(piece)));
    StreamBody::new(futures_util::stream::iter(frames))
}

/// What a handler's answer becomes below the layer, on the wire: its nonce, and its bytes.
async fn through(html: Vec<Bytes>) -> (String, Result<String, BoxError>) {
    through_as("text/html; charset=utf-8", html).await
}

/// The same of another content type.
async fn through_as(
    content_type: &'static str,
    html: Vec<Bytes>,
) -> (String, Result<String, BoxError>) {
    let handler = tower::service_fn(move |_: Request<()>| {
        let mut response = Response::new(pieces(html.clone()));
        let content_type = content_type.parse().unwrap();
        response.headers_mut().insert(CONTENT_TYPE, content_type);
        std::future::ready(Ok::<_, Infallible>(response))
    });
    let app = HtmlStreamLayer::new(mark()).layer(handler);
    let app = VisorLayer::new(&policy()).unwrap().layer(app);
    let request = Request::builder().header("host", "www.contoso.example");
    let answer = app.oneshot(request.body(()).unwrap()).await.unwrap();
    let policy = answer.headers()["content-security-policy"]
        .to_str()
        .unwrap();
    let nonce = policy.split("'nonce-").nth(1).unwrap();
    let nonce = nonce.split('\'').next().unwrap().to_owned();
    let body = text(answer.into_body()).await;
    (nonce, body)
}

async fn text<B>(body: StampedBody<B>) -> Result<String, BoxError>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let bytes = body.collect().await?.to_bytes();
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// One piece through the layer, with `NONCE` in place of the nonce.
async fn stamped(html: &str) -> String {
    let html = html.replace("MARK", MARK);
    let (nonce, body) = through(vec![Bytes::from(html)]).await;
    let body = body.unwrap();
    assert!(!body.contains(MARK), "the mark got out: {body}");
    body.replace(&nonce, "NONCE")
}

async fn fault(html: String) -> StampError {
    let (_, body) = through(vec![Bytes::from(html)]).await;
    let error = body.unwrap_err();
    error.downcast_ref::<StampError>().unwrap().clone()
}
