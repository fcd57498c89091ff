//! Audits of a tower service, without a socket.

use std::fmt::Display;
use std::future::poll_fn;
use std::pin::pin;

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Request, header};
use http_body::Body;
use tower_service::Service;

use super::judge::audit;
use super::placement::probes;
use super::wanted::wanted;
use super::{AuditError, Context, Probe, Profile, Report, Response};
use crate::url::Url;

/// So many bytes of a body are read; the SDK's largest file has 4.4 million.
const LONGEST_BODY: usize = 64 << 20;

/// How often resources are asked for: the page's own, then what these name.
const ROUNDS: usize = 3;

/// Audits a page of a tower service: an axum `Router`, anything with a layer around it.
///
/// Asks for the page as a browser does, then for the files of its own origin that it loads, judges
/// all of them, and sends the [`probes`]. No socket and no runtime is needed.
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
/// * [`AuditError::Url`] for a URL that isn't absolute
/// * [`AuditError::Service`] when the service fails, or a body is over 64 MiB
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
    let url: Url = url.parse().map_err(|error| AuditError::Url {
        reason: format!("{error}"),
    })?;
    let page = get(&mut service, &url).await?;
    let mut resources: Vec<Response> = context.resources.to_vec();
    let mut own = Vec::new();
    for _ in 0..ROUNDS {
        let left = wanted(&page, &context.clone().resources(&resources));
        let is_own = |url: &Url| url.origin() == Some(page.origin());
        let left: Vec<Url> = left.into_iter().filter(is_own).collect();
        for url in &left {
            let resource = get(&mut service, url).await?;
            own.push(resource.clone());
            resources.push(resource);
        }
        if left.is_empty() {
            break;
        }
    }
    let mut report = audit(&page, &context.clone().resources(&resources));
    for resource in own.iter().filter(|resource| resource.status().is_success()) {
        let context = Context::new(Profile::Asset).waivers(context.waivers.clone());
        report = report.and(audit(resource, &context));
    }
    let mut answers = Vec::new();
    for probe in probes(&url) {
        let answer = ask(&mut service, &url, &probe).await;
        answers.push((probe, answer));
    }
    Ok(report.and(Report::of_placement(&page, &answers, context)))
}

async fn get<S, B, R>(service: &mut S, url: &Url) -> Result<Response, AuditError>
where
    S: Service<Request<B>, Response = http::Response<R>>,
    S::Error: Display,
    B: From<Bytes>,
    R: Body,
    R::Error: Display,
{
    let failed = |reason: String| AuditError::Service {
        url: url.without_query().to_string(),
        reason,
    };
    let mut request = Request::new(Bytes::new());
    let query = url.query().map(|query| format!("?{query}"));
    *request.uri_mut() = format!("{}{}", url.path(), query.unwrap_or_default())
        .parse()
        .map_err(|error| failed(format!("{error}")))?;
    let origin = url.origin().map(ToString::to_string).unwrap_or_default();
    let host = origin.split_once("//").map_or("", |(_, host)| host);
    if let Ok(host) = HeaderValue::from_str(host) {
        request.headers_mut().insert(header::HOST, host);
    }
    let probe = Probe {
        name: "page",
        request,
    };
    ask(service, url, &probe).await.map_err(failed)
}

async fn ask<S, B, R>(service: &mut S, url: &Url, probe: &Probe) -> Result<Response, String>
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
    let answer = service.call(probe.request.clone().map(B::from)).await;
    let (parts, body) = answer.map_err(|error| error.to_string())?.into_parts();
    let body = read(body).await?;
    Response::new(&url.to_string(), parts, Some(body)).map_err(|error| error.to_string())
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
