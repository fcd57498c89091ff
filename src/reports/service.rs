//! The endpoint: from a request of a browser to its answer.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes};
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE, ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderValue, ORIGIN,
    USER_AGENT, VARY,
};
use http::{Method, Request, Response, StatusCode};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::collector::Collector;
use super::engine::BrowserEngine;
use super::read::ReportBody;

/// A service with the endpoint of a [`Collector`] in front of it. Made by [`Collector::around`].
///
/// | request | answer |
/// |---|---|
/// | a path other than the collector's | the service's own |
/// | `POST` of reports, from a sender who has not sent too many | `204`, and they are accepted |
/// | `POST` from one who has | `204`, and they are dropped: a browser that is refused sends again |
/// | `OPTIONS` (CORS: a page of another origin reports here) | `204`, with what its browser asks for if the origin is known |
/// | another method | `405` |
/// | a type other than `application/reports+json` and `application/csp-report` | `415` |
/// | a body of more than 256 KiB | `413` |
/// | one that doesn't consist of reports | `400` |
///
/// The last four say why in their body. The server must limit how long a sender may take.
#[derive(Clone, Debug)]
pub struct Collecting<S> {
    collector: Collector,
    app: S,
}

impl Collector {
    /// The endpoint, and behind it a service that answers all other paths.
    ///
    /// The service's body type must be one that can be made from bytes, such as axum's and `Full<Bytes>`.
    pub fn around<S>(&self, app: S) -> Collecting<S> {
        let collector = self.clone();
        Collecting { collector, app }
    }
}

impl<S> Layer<S> for Collector {
    type Service = Collecting<S>;

    fn layer(&self, inner: S) -> Collecting<S> {
        self.around(inner)
    }
}

impl<S> Collecting<S> {
    /// The collector.
    pub const fn collector(&self) -> &Collector {
        &self.collector
    }

    /// The service behind it.
    pub const fn get_ref(&self) -> &S {
        &self.app
    }
}

/// A request that is to be answered.
#[derive(Debug)]
struct Asked {
    collector: Collector,
    sender: Option<IpAddr>,
    engine: BrowserEngine,
    /// The page's origin, where another one may read the answer.
    cors: Option<HeaderValue>,
}

/// Why a request is refused.
#[derive(Debug)]
enum Refusal {
    Method,
    Type,
    TooLong,
    Body(String),
}

impl Asked {
    /// The answer that needs no body, if there is one.
    fn at_once(&self, method: &Method, headers: &HeaderMap) -> Option<Response<Bytes>> {
        match *method {
            Method::POST => {}
            Method::OPTIONS => return Some(self.preflight()),
            _ => return Some(self.refused(Refusal::Method)),
        }
        if !is_of_reports(headers) {
            return Some(self.refused(Refusal::Type));
        }
        let is_open = self.collector.is_open_for(self.sender);
        (!is_open).then(|| self.answer(StatusCode::NO_CONTENT, Bytes::new()))
    }

    /// The whole body is there.
    fn whole(&self, bytes: &[u8]) -> Response<Bytes> {
        match ReportBody::read(bytes) {
            Ok(body) => {
                self.collector.collect(body, self.sender, self.engine);
                self.answer(StatusCode::NO_CONTENT, Bytes::new())
            }
            Err(error) => self.refused(Refusal::Body(error.to_string())),
        }
    }

    /// What a browser asks before it sends a page's reports to another origin
    /// ([Fetch, section 3.3.5](https://fetch.spec.whatwg.org/#http-responses)).
    fn preflight(&self) -> Response<Bytes> {
        let mut response = self.answer(StatusCode::NO_CONTENT, Bytes::new());
        let headers = response.headers_mut();
        headers.insert(ALLOW, METHODS);
        if self.cors.is_some() {
            headers.insert(
                ACCESS_CONTROL_ALLOW_METHODS,
                HeaderValue::from_static("POST"),
            );
            headers.insert(
                ACCESS_CONTROL_ALLOW_HEADERS,
                HeaderValue::from_static("content-type"),
            );
            headers.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        }
        response
    }

    fn refused(&self, why: Refusal) -> Response<Bytes> {
        self.collector.refused();
        let (status, text) = match why {
            Refusal::Method => (
                StatusCode::METHOD_NOT_ALLOWED,
                "reports: send them by POST".into(),
            ),
            Refusal::Type => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "reports: send them as application/reports+json or application/csp-report".into(),
            ),
            Refusal::TooLong => (
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("reports: at most {} bytes are read", ReportBody::LONGEST),
            ),
            Refusal::Body(text) => (StatusCode::BAD_REQUEST, text),
        };
        let mut response = self.answer(status, Bytes::from(text));
        let headers = response.headers_mut();
        if status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(ALLOW, METHODS);
        }
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("text/plain; charset=utf-8"),
        );
        response
    }

    fn answer(&self, status: StatusCode, body: Bytes) -> Response<Bytes> {
        let mut response = Response::new(body);
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(VARY, HeaderValue::from_static("origin"));
        if let Some(origin) = &self.cors {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        }
        response
    }
}

const METHODS: HeaderValue = HeaderValue::from_static("POST, OPTIONS");

/// A day: what is said never changes while a server runs.
const MAX_AGE: HeaderValue = HeaderValue::from_static("86400");

fn is_of_reports(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (types.next(), types.next()) else {
        return false;
    };
    let essence = value.as_bytes().split(|byte| *byte == b';').next();
    let essence = essence.unwrap_or_default().trim_ascii();
    [
        b"application/reports+json".as_slice(),
        b"application/csp-report",
    ]
    .iter()
    .any(|known| essence.eq_ignore_ascii_case(known))
}

impl<S, Sent, Body> Service<Request<Sent>> for Collecting<S>
where
    S: Service<Request<Sent>, Response = Response<Body>>,
    Sent: http_body::Body,
    Body: From<Bytes>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = CollectingFuture<S::Future, Sent>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.app.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Sent>) -> Self::Future {
        if request.uri().path() != self.collector.path() {
            let answer = self.app.call(request);
            return CollectingFuture {
                state: State::App { answer },
            };
        }
        let (parts, body) = request.into_parts();
        let agent = parts.headers.get(USER_AGENT);
        let agent = agent.and_then(|agent| agent.to_str().ok());
        let origin = parts.headers.get(ORIGIN);
        let asked = Asked {
            sender: self.collector.sender(&parts),
            engine: agent.map_or(BrowserEngine::UNKNOWN, BrowserEngine::of),
            cors: origin
                .filter(|origin| self.collector.takes_from(origin))
                .cloned(),
            collector: self.collector.clone(),
        };
        let is_too_long = body.size_hint().lower() > ReportBody::LONGEST as u64;
        let state = match asked.at_once(&parts.method, &parts.headers) {
            Some(answer) => State::answer(answer),
            None if is_too_long => State::answer(asked.refused(Refusal::TooLong)),
            None => State::Reading {
                body,
                bytes: Vec::new(),
                asked,
            },
        };
        CollectingFuture { state }
    }
}

pin_project! {
    /// The answer of a [`Collecting`], as it arrives.
    #[derive(Debug)]
    pub struct CollectingFuture<F, Sent> {
        #[pin]
        state: State<F, Sent>,
    }
}

pin_project! {
    #[derive(Debug)]
    #[project = Project]
    enum State<F, Sent> {
        App { #[pin] answer: F },
        Answer { answer: Option<Response<Bytes>> },
        Reading { #[pin] body: Sent, bytes: Vec<u8>, asked: Asked },
    }
}

impl<F, Sent> State<F, Sent> {
    const fn answer(answer: Response<Bytes>) -> Self {
        let answer = Some(answer);
        Self::Answer { answer }
    }
}

impl<F, Sent, Body, E> Future for CollectingFuture<F, Sent>
where
    F: Future<Output = Result<Response<Body>, E>>,
    Sent: http_body::Body,
    Body: From<Bytes>,
{
    type Output = Result<Response<Body>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = match self.project().state.project() {
            Project::App { answer } => return answer.poll(cx),
            Project::Answer { answer } => match answer.take() {
                Some(answer) => answer,
                // Polled after its end: it has nothing more to say.
                None => return Poll::Pending,
            },
            Project::Reading {
                mut body,
                bytes,
                asked,
            } => loop {
                match ready!(body.as_mut().poll_frame(cx)) {
                    None => break asked.whole(bytes),
                    Some(Err(_)) => {
                        let text = String::from("reports: the body ended early");
                        break asked.refused(Refusal::Body(text));
                    }
                    Some(Ok(frame)) => {
                        let Ok(mut data) = frame.into_data() else {
                            continue;
                        };
                        if bytes.len() + data.remaining() > ReportBody::LONGEST {
                            break asked.refused(Refusal::TooLong);
                        }
                        while data.has_remaining() {
                            let chunk = data.chunk();
                            bytes.extend_from_slice(chunk);
                            let length = chunk.len();
                            data.advance(length);
                        }
                    }
                }
            },
        };
        Poll::Ready(Ok(answer.map(Body::from)))
    }
}
