//! Clients of each kind, on connections of their own, until they are told to stop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tower_visor::sri::{Algorithm, Digest};

use crate::site::{Known, LARGE, SMALL, Versions};

/// What all clients of a run share.
pub(crate) struct Run {
    pub(crate) versions: Versions,
    pub(crate) address: SocketAddr,
    pub(crate) stop: AtomicBool,
    /// Whole responses, of either version.
    pub(crate) answers: [AtomicU64; 2],
    pub(crate) not_modified: AtomicU64,
    pub(crate) large: AtomicU64,
    pub(crate) dropped: AtomicU64,
}

impl Run {
    pub(crate) fn new(versions: Versions, address: SocketAddr) -> Self {
        Self {
            versions,
            address,
            stop: AtomicBool::new(false),
            answers: Default::default(),
            not_modified: AtomicU64::default(),
            large: AtomicU64::default(),
            dropped: AtomicU64::default(),
        }
    }

    fn goes_on(&self) -> bool {
        !self.stop.load(Ordering::Relaxed)
    }

    async fn connect(&self) -> SendRequest<Empty<Bytes>> {
        let stream = TcpStream::connect(self.address)
            .await
            .expect("a connection");
        let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream));
        let (sender, connection) = handshake.await.expect("HTTP");
        tokio::spawn(connection);
        sender
    }

    /// The version that a whole response is of.
    fn version(&self, path: &str, digest: &Digest) -> usize {
        let both = &self.versions.known[path];
        let found = both.iter().position(|known| known.digest == *digest);
        found.unwrap_or_else(|| panic!("{path}: a body of no version: {digest}"))
    }
}

/// Validator and policy are those of the body.
fn is_of(known: &Known, path: &str, response: &http::response::Parts) {
    assert_eq!(response.headers["etag"], known.tag, "{path}");
    assert_eq!(
        response.headers["content-security-policy"], known.csp,
        "{path}"
    );
}

fn get(path: &str) -> http::request::Builder {
    Request::get(path).header("host", "liveness.contoso.example")
}

async fn answer(
    sender: &mut SendRequest<Empty<Bytes>>,
    request: http::request::Builder,
) -> Response<Incoming> {
    let request = request.body(Empty::new()).unwrap();
    sender.ready().await.expect("an open connection");
    sender.send_request(request).await.expect("an answer")
}

/// Asks for pages and files, with and without a validator, on one connection.
pub(crate) async fn ordinary(run: Arc<Run>, seed: usize) {
    let mut sender = run.connect().await;
    let mut turn = seed;
    while run.goes_on() {
        turn += 1;
        if turn.is_multiple_of(13) {
            let response = answer(&mut sender, get("/nothing/here")).await;
            assert_eq!(response.status(), StatusCode::NOT_FOUND);
            assert!(response.headers().contains_key("content-security-policy"));
            response.into_body().collect().await.expect("a whole body");
            continue;
        }
        let path = SMALL[turn % SMALL.len()];
        let both = &run.versions.known[path];
        let mut request = get(path);
        if turn.is_multiple_of(3) {
            request = request.header("if-none-match", &both[turn % 2].tag);
            if path == "/" {
                // A `304` carries the policy where a browser asks for a page.
                request = request.header("sec-fetch-dest", "document");
            }
        }
        let (response, body) = answer(&mut sender, request).await.into_parts();
        let body = body.collect().await.expect("a whole body").to_bytes();
        if response.status == StatusCode::NOT_MODIFIED {
            assert!(turn.is_multiple_of(3) && body.is_empty(), "{path}");
            let known = &both[turn % 2];
            assert_eq!(response.headers["etag"], known.tag, "{path}");
            if path == "/" {
                is_of(known, path, &response);
            }
            run.not_modified.fetch_add(1, Ordering::Relaxed);
            continue;
        }
        assert_eq!(response.status, StatusCode::OK, "{path}");
        assert_eq!(response.headers["content-length"], body.len().to_string());
        let version = run.version(path, &Digest::of(Algorithm::Sha384, &body));
        is_of(&both[version], path, &response);
        run.answers[version].fetch_add(1, Ordering::Relaxed);
    }
}

/// Reads the large file a piece at a time, slower than reloads come.
pub(crate) async fn slow(run: Arc<Run>) {
    while run.goes_on() {
        let mut sender = run.connect().await;
        let (response, mut body) = answer(&mut sender, get(LARGE)).await.into_parts();
        let mut hasher = tower_visor::sri::Hasher::new(Algorithm::Sha384);
        while let Some(frame) = body.frame().await {
            let frame = frame.expect("a whole body");
            hasher.update(frame.data_ref().expect("data"));
            if run.goes_on() {
                tokio::time::sleep(Duration::from_millis(60)).await;
            }
        }
        let version = run.version(LARGE, &hasher.finish());
        is_of(&run.versions.known[LARGE][version], LARGE, &response);
        run.large.fetch_add(1, Ordering::Relaxed);
    }
}

/// Goes in the middle of the large file, or of its own request.
pub(crate) async fn dropping(run: Arc<Run>, seed: usize) {
    let mut turn = seed;
    while run.goes_on() {
        turn += 1;
        let mut stream = TcpStream::connect(run.address).await.expect("a connection");
        let request = format!("GET {LARGE} HTTP/1.1\r\nhost: liveness.contoso.example\r\n\r\n");
        let sent = if turn.is_multiple_of(4) {
            request.len() / 2
        } else {
            request.len()
        };
        stream
            .write_all(&request.as_bytes()[..sent])
            .await
            .expect("sent");
        if sent == request.len() {
            let mut piece = vec![0; 100_000];
            stream.read_exact(&mut piece).await.expect("the beginning");
            assert!(piece.starts_with(b"HTTP/1.1 200 OK\r\n"));
        }
        // What was not read makes this a reset, and no orderly end.
        drop(stream);
        run.dropped.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
