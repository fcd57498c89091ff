//! One request and its answer on a connection, in HTTP/1.1 and in HTTP/2.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use http::uri::{PathAndQuery, Scheme};
use http::{HeaderMap, HeaderValue, Request, Uri, header};
use http_body_util::{BodyExt as _, Full};
use hyper::rt::Executor;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;
use tower_visor::audit::Response;
use tower_visor::url::Url;

use super::frames::{self, Frames, Refused};
use super::heads::{self, Heads, MOST_HEADER_BYTES, MOST_HEADERS, too_large};

/// In HTTP/1.1. The body may have `most` bytes.
pub(super) async fn http1<S>(
    url: &Url,
    stream: S,
    mut request: Request<Bytes>,
    most: usize,
) -> Result<Response, String>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let close = HeaderValue::from_static("close");
    request.headers_mut().insert(header::CONNECTION, close);
    let explain = |error: &hyper::Error| {
        if error.is_parse_too_large() {
            return too_large();
        }
        heads::no_answer(&causes(error))
    };
    let (stream, told) = Heads::new(stream);
    let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
        .max_headers(MOST_HEADERS)
        // What is written for a control character is three bytes long.
        .max_buf_size(4 * MOST_HEADER_BYTES)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| explain(&error))?;
    let exchange = async {
        let answer = sender.send_request(request.map(Full::new)).await;
        let (parts, body) = answer.map_err(|error| explain(&error))?.into_parts();
        let body = collect(body, most, explain).await?;
        Ok((parts, body))
    };
    let answer = drive(connection, exchange).await;
    let nothing = || heads::no_answer("nothing came");
    let Some(head) = told.take() else {
        return Err(answer.err().unwrap_or_else(nothing));
    };
    let head = head?;
    let (parts, body) = answer?;
    let body = readable(&parts.headers, body);
    Response::from_head(&url.to_string(), head, body).map_err(|error| error.to_string())
}

/// The same in HTTP/2, on a connection of its own: what is decided about an address and counted of
/// its bytes holds for each answer.
pub(super) async fn http2<S>(
    url: &Url,
    stream: S,
    mut request: Request<Bytes>,
    most: usize,
) -> Result<Response, Refused>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let explain = |error: &hyper::Error| frames::no_answer(&causes(error));
    // What HTTP/1.1 says in `Host` is a part of the URI.
    let host = request.headers_mut().remove(header::HOST);
    let authority = host.as_ref().map(HeaderValue::as_bytes).unwrap_or_default();
    let root = || PathAndQuery::from_static("/");
    let path = request.uri().path_and_query().cloned();
    let uri = Uri::builder()
        .scheme(Scheme::HTTPS)
        .authority(authority)
        .path_and_query(path.unwrap_or_else(root));
    let uri = uri
        .build()
        .map_err(|error| Refused::Fault(error.to_string()))?;
    *request.uri_mut() = uri;
    *request.version_mut() = http::Version::HTTP_2;

    let tasks = Tasks::default();
    let guard = Guard(&tasks);
    let (stream, told) = Frames::new(stream);
    let answer = async {
        let (mut sender, connection) = hyper::client::conn::http2::Builder::new(tasks.clone())
            .max_header_list_size(u32::try_from(MOST_HEADER_BYTES).unwrap_or(u32::MAX))
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| explain(&error))?;
        let exchange = async {
            let answer = sender.send_request(request.map(Full::new)).await;
            let (parts, body) = answer.map_err(|error| explain(&error))?.into_parts();
            let body = collect(body, most, explain).await?;
            Ok((parts, body))
        };
        drive(connection, exchange).await
    };
    let answer = answer.await;
    drop(guard);
    // Whatever came of it: what was seen in the frames says more.
    if let Some(refused) = told.take() {
        return Err(refused);
    }
    let (mut parts, body) = answer.map_err(Refused::Fault)?;
    for value in parts.headers.values_mut() {
        // As browsers read it, and as in HTTP/1.1: RFC 9110, section 5.5.
        let trimmed = value.as_bytes().trim_ascii();
        if trimmed.len() < value.len()
            && let Ok(trimmed) = HeaderValue::from_bytes(trimmed)
        {
            *value = trimmed;
        }
    }
    let body = readable(&parts.headers, body);
    let response = Response::new(&url.to_string(), parts, body);
    response.map_err(|error| Refused::Fault(error.to_string()))
}

/// What a connection of HTTP/2 runs beside the exchange. It ends with it: a server could keep it up
/// for as long as the program runs.
#[derive(Clone, Default)]
struct Tasks(Arc<Mutex<JoinSet<()>>>);

impl Tasks {
    fn with<T>(&self, change: impl FnOnce(&mut JoinSet<()>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<F> Executor<F> for Tasks
where
    F: Future + Send + 'static,
{
    fn execute(&self, task: F) {
        self.with(|tasks| {
            tasks.spawn(async {
                task.await;
            });
        });
    }
}

/// Ends what an exchange has begun, however it ends, by running out of time as well.
struct Guard<'a>(&'a Tasks);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.with(JoinSet::abort_all);
    }
}

async fn collect(
    mut body: hyper::body::Incoming,
    most: usize,
    explain: impl Fn(&hyper::Error) -> String,
) -> Result<Bytes, String> {
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| explain(&error))?;
        if let Ok(data) = frame.into_data() {
            if bytes.len() + data.len() > most {
                return Err(format!("more than {most} bytes; --max-bytes allows more"));
            }
            bytes.extend_from_slice(&data);
        }
    }
    Ok(bytes.freeze())
}

/// Compressed bodies were not asked for; one that comes all the same can't be read.
fn readable(headers: &HeaderMap, body: Bytes) -> Option<Bytes> {
    let mut codings = headers.get_all(header::CONTENT_ENCODING).iter();
    let is_plain = codings.all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity"));
    is_plain.then_some(body)
}

/// Runs the exchange while the connection moves its bytes; an answer that was begun may be read to
/// its end after the connection is done.
async fn drive<T>(
    connection: impl Future<Output = Result<(), hyper::Error>>,
    exchange: impl Future<Output = Result<T, String>>,
) -> Result<T, String> {
    let mut connection = pin!(connection);
    let mut exchange = pin!(exchange);
    let mut is_open = true;
    std::future::poll_fn(|context| {
        if is_open && connection.as_mut().poll(context).is_ready() {
            is_open = false;
        }
        exchange.as_mut().poll(context)
    })
    .await
}

/// The cause says more, where there is one.
fn causes(error: &hyper::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
