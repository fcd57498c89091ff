//! `audit::service` and `visor audit` ask and judge alike: the same server gets the same report.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::error::Error;
use std::fs;
use std::future::{Ready, ready};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::task::{Context as Task, Poll};

use bytes::Bytes;
use http::{Method, Request, Response, header};
use http_body::Body;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tower_service::Service;
use tower_visor::audit::{self, Context, Profile};
use tower_visor::pins::Pins;

use crate::hosts::encrypted;
use crate::support::{Ran, TODAY, pinned, visor};
use crate::tree::{ASSETS, fixture};

/// A server with faults of every kind: in the page's headers, in its markup, in the files of the
/// SDK, in a file's own headers, in redirects, and in what answers early.
#[derive(Clone)]
struct Faulty {
    pins: Arc<Pins>,
    /// Of the SDK, by the path that it is served at.
    files: Arc<Vec<(String, Bytes)>>,
    /// How the program asked.
    asked: Arc<Mutex<BTreeSet<String>>>,
}

impl Faulty {
    fn new(pins: Pins) -> Self {
        let verified = pins.verify(fixture("1.5.0")).unwrap();
        let read = |file: &tower_visor::pins::PinnedFile| {
            let bytes = verified.bytes(file).unwrap().clone();
            (file.url().to_owned(), bytes)
        };
        let files = pins.files().iter().map(read).collect();
        Self {
            files: Arc::new(files),
            pins: Arc::new(pins),
            asked: Arc::default(),
        }
    }

    fn answer<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        let path = request.uri().path();
        // In HTTP/2 it is a part of the URI.
        let host = request.headers().get(header::HOST);
        let host = host.map(|host| host.to_str().unwrap());
        let host = host.unwrap_or_else(|| request.uri().authority().unwrap().as_str());
        let connection = request.headers().get(header::CONNECTION);
        let scheme = request.uri().scheme_str();
        let asked = format!("{:?} {scheme:?} {connection:?}", request.version());
        self.asked.lock().unwrap().insert(asked);
        let length = request.headers().get(header::CONTENT_LENGTH);
        let page = "<!doctype html><html lang=en><title>Check</title>\
            <script type=module src=app.js></script><script src=/moved.js onload='a()'></script>\
            <azure-ai-vision-face-ui></azure-ai-vision-face-ui>";
        let html = "text/html; charset=utf-8";
        let script = "text/javascript; charset=utf-8";
        let (status, kind, body) = match path {
            _ if host.starts_with("tower-visor-probe") => (421, "text/plain", Bytes::new()),
            _ if length.is_some_and(|length| length != "0") => (413, "text/plain", Bytes::new()),
            _ if request.method() != Method::GET => (405, html, Bytes::new()),
            "/start" => (302, html, Bytes::new()),
            "/" => (200, html, Bytes::from_static(page.as_bytes())),
            "/app.js" => (
                200,
                script,
                Bytes::from_static(b"import './FaceLivenessDetector.js'"),
            ),
            "/moved.js" => (301, script, Bytes::new()),
            "/there.js" => (200, script, Bytes::from_static(b"let there = 1")),
            _ => match self.files.iter().find(|(url, _)| url == path) {
                _ if path.ends_with(&format!("{ASSETS}/js/AzureAIVisionFace.js")) => {
                    (404, html, Bytes::new())
                }
                Some((url, _)) if url.ends_with("AzureAIVisionFace.wasm") => {
                    (200, "application/wasm", Bytes::from_static(b"\0asm"))
                }
                Some((url, bytes)) => {
                    let file = self.pins.served(url).unwrap();
                    (200, file.content_type(), bytes.clone())
                }
                None => (404, html, Bytes::new()),
            },
        };
        let location = match path {
            "/start" => "/",
            _ => "/there.js",
        };
        let mut answer = Response::builder()
            .status(status)
            .header(header::CONTENT_TYPE, kind);
        if (300..400).contains(&status) {
            answer = answer.header(header::LOCATION, location);
        }
        if !matches!(status, 413 | 421) && path != "/there.js" {
            answer = answer
                .header(header::CONTENT_SECURITY_POLICY, "script-src 'self'")
                .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        }
        answer.body(Full::new(body)).unwrap()
    }
}

impl<B> Service<Request<B>> for Faulty {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Task<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        ready(Ok(self.answer(&request)))
    }
}

/// A socket on the loopback interface, and its `127.0.0.1:PORT`.
pub(super) fn socket() -> (std::net::TcpListener, String) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

/// Serves at a socket until the process ends, with TLS where that is given.
pub(super) fn serve<S, B>(
    listener: std::net::TcpListener,
    service: S,
    tls: Option<Arc<ServerConfig>>,
) where
    S: hyper::service::Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let tls = tls.map(TlsAcceptor::from);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                let service = service.clone();
                let tls = tls.clone();
                tokio::spawn(async move {
                    let http1 = hyper::server::conn::http1::Builder::new();
                    let Some(tls) = tls else {
                        return http1.serve_connection(TokioIo::new(stream), service).await;
                    };
                    let stream = tls.accept(stream).await.unwrap();
                    let protocol = stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec);
                    let stream = TokioIo::new(stream);
                    match protocol.as_deref() {
                        Some(b"h2") => {
                            let http2 = http2::Builder::new(TokioExecutor::new());
                            http2.serve_connection(stream, service).await
                        }
                        _ => http1.serve_connection(stream, service).await,
                    }
                });
            }
        });
    });
}

/// What the program says of a server, and the same of the library.
fn both(project: &Path, service: &Faulty, url: &str) -> (Ran, Value) {
    let more = ["--lock", "visor-lock.json", "--probe", "--format", "json"];
    let more = [&more[..], &["--ca", "ca.pem"]].concat();
    let ran = visor(project, &[&["audit", url], &TODAY[..], &more].concat());
    assert_eq!(ran.code, 1, "{}", ran.err);
    let context = Context::new(Profile::Liveness)
        .pins(&service.pins)
        .today(TODAY[1].parse().unwrap());
    // How the library asks isn't counted.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let service = Faulty {
        asked: Arc::default(),
        ..service.clone()
    };
    let library = audit::service::<_, Full<Bytes>, _>(service, url, &context);
    let library = runtime.block_on(library).unwrap().to_json();
    (ran, serde_json::from_str(&library).unwrap())
}

#[test]
fn the_same_server_gets_the_same_report_both_ways() {
    let project = pinned("1.5.0");
    let pins = Pins::load(project.path().join("visor-lock.json")).unwrap();
    let mut codes = Vec::new();
    for (protocols, how) in [
        (None, "HTTP/1.1 None Some(\"close\")"),
        (Some(&["http/1.1"][..]), "HTTP/1.1 None Some(\"close\")"),
        // Only HTTP/2.
        (Some(&["h2"]), "HTTP/2.0 Some(\"https\") None"),
        // The server chooses, as most do: HTTP/2.
        (Some(&["h2", "http/1.1"]), "HTTP/2.0 Some(\"https\") None"),
        // One that knows nothing of ALPN.
        (Some(&[]), "HTTP/1.1 None Some(\"close\")"),
    ] {
        let service = Faulty::new(pins.clone());
        let (tls, pem) = encrypted(&["127.0.0.1"], protocols.unwrap_or_default());
        fs::write(project.path().join("ca.pem"), pem).unwrap();
        let scheme = protocols.map_or("http", |_| "https");
        let tls = protocols.map(|_| tls);
        let (listener, address) = socket();
        serve(listener, TowerToHyperService::new(service.clone()), tls);
        let url = format!("{scheme}://{address}/start");
        let (ran, library) = both(project.path(), &service, &url);
        let asked = service.asked.lock().unwrap().clone();
        assert_eq!(asked, BTreeSet::from([how.to_owned()]));
        let program = ran.json();
        for part in ["findings", "not_checked", "inventory", "sdk", "waived"] {
            assert_eq!(program[part], library[part], "{part} of {url}");
        }
        // Of headers, the connection's own differ.
        let judged = |report: &Value| -> Vec<Value> {
            let responses = report["responses"].as_array().unwrap().iter();
            responses
                .map(|one| {
                    serde_json::json!([one["url"], one["profile"], one["status"], one["digest"]])
                })
                .collect()
        };
        assert_eq!(judged(&program), judged(&library));
        assert!(
            judged(&program).len() > 10,
            "the files by their own headers"
        );
        codes.push(ran.codes());
    }

    // And there is something to compare.
    for code in [
        "layer-too-deep",
        "sdk-file-missing",
        "sdk-file-changed",
        "blocks-wasm",
        "inline-handler",
        "nosniff-missing",
        "cache-stored",
    ] {
        for codes in &codes {
            assert!(codes.iter().any(|found| found == code), "{code}: {codes:?}");
        }
    }
    // Over TLS it's the same in HTTP/1.1 and HTTP/2.
    let (over_tls, others) = codes[1..].split_first().unwrap();
    for codes in others {
        assert_eq!(codes, over_tls);
    }
}
