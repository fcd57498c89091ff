//! Audits of a tower service, without a socket.

use std::fmt::Display;
use std::future::poll_fn;
use std::pin::pin;

use bytes::{Bytes, BytesMut};
use http::Request;
use http_body::Body;
use tower_service::Service;

use super::placement::Probes;
use super::visit::{Fetch, Visit};
use super::{AuditError, AuditFault, Context, Report, Response};
use crate::url::Url;

/// So many bytes of a body are read; the SDK's largest file has 4.4 million.
const LONGEST_BODY: usize = 64 << 20;

/// Audits a page of a tower service: an axum `Router`, anything with a layer around it.
///
/// Makes a [`Visit`]: requests the page as a browser does, then the files of its own origin that it
/// loads, judges all of them, and sends all [`Probes`]. It needs no socket and no runtime. A page that
/// redirects to another origin is judged as a redirect.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use axum::{Router, body::Body, response::Html, routing::get};
/// use tower_visor::audit::{self, Context, Profile};
/// use tower_visor::{Document, Policy, VisorLayer};
///
/// let page = Document::new("https://example.com")?;
/// let layer = VisorLayer::new(&Policy::document(page))?;
/// let app = Router::new().route("/", get(|| async { Html("<!doctype html><title>Hi</title>") }));
/// let app = tower::Layer::layer(&layer, app);
///
/// let context = Context::new(Profile::Document);
/// let report = audit::service::<_, Body, _>(app, "https://example.com/", &context).await?;
/// report.assert_clean();
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// * [`AuditErrorKind::Url`](super::AuditErrorKind) for a URL that isn't absolute
/// * [`AuditErrorKind::Service`](super::AuditErrorKind) when the service fails, or a body is over 64 MiB
/// * [`AuditErrorKind::Page`](super::AuditErrorKind) for a URL that is neither `http` nor `https`, and
///   for redirects that lead nowhere or in a circle
pub async fn service<S, B, R>(
    mut service: S,
    url: &str,
    context: &Context<'_>,
) -> Result<Report, AuditError>
where
    S: Service<Request<B>, Response = http::Response<R>>,
    S::Error: Display,
    B: From<Bytes>,
    R: Body,
    R::Error: Display,
{
    let url = Url::effective(url).map_err(|error| AuditFault::Url {
        reason: format!("{error}"),
    })?;
    let mut visit = Visit::new(url.clone(), context).probes(Probes::All);
    while let Some(fetch) = visit.next_fetch() {
        if fetch.url.origin() != url.origin() {
            visit.leave(fetch, "of another origin, and the service answers for one");
            continue;
        }
        match ask(&mut service, &fetch).await {
            Err(reason) if fetch.probe().is_none() => {
                let url = fetch.url.without_query().to_string();
                return Err(AuditFault::Service { url, reason }.into());
            }
            answer => visit.answer(fetch, answer),
        }
    }
    visit.report()
}

async fn ask<S, B, R>(service: &mut S, fetch: &Fetch) -> Result<Response, String>
where
    S: Service<Request<B>, Response = http::Response<R>>,
    S::Error: Display,
    B: From<Bytes>,
    R: Body,
    R::Error: Display,
{
    poll_fn(|context| service.poll_ready(context))
        .await
        .map_err(|error| error.to_string())?;
    let answer = service.call(fetch.request.clone().map(B::from)).await;
    let (parts, body) = answer.map_err(|error| error.to_string())?.into_parts();
    let body = read(body).await?;
    Response::new(&fetch.url.to_string(), parts, Some(body)).map_err(|error| error.to_string())
}

async fn read<R: Body<Error: Display>>(body: R) -> Result<Bytes, String> {
    let mut body = pin!(body);
    let mut bytes = BytesMut::new();
    while let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
        let frame = frame.map_err(|error| error.to_string())?;
        // Trailers are no concern of an audit.
        if let Ok(mut data) = frame.into_data() {
            if bytes.len() + bytes::Buf::remaining(&data) > LONGEST_BODY {
                return Err(format!("the body is longer than {LONGEST_BODY} bytes"));
            }
            bytes::BufMut::put(&mut bytes, &mut data);
        }
    }
    Ok(bytes.freeze())
}
