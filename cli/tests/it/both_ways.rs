//! `audit::service` and `visor audit` ask and judge alike: the same server gets the same report.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context as Task, Poll};

use bytes::Bytes;
use http::{Method, Request, Response, header};
use http_body_util::Full;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use serde_json::Value;
use tokio::net::TcpListener;
use tower_service::Service;
use tower_visor::audit::{self, Context, Profile};
use tower_visor::pins::Pins;

use crate::support::{TODAY, pinned, visor};
use crate::tree::{ASSETS, fixture};

/// A server with faults of every kind: in the page's headers, in its markup, in the files of the
/// SDK, in a file's own headers, in redirects, and in what answers early.
#[derive(Clone)]
struct Faulty {
    pins: Arc<Pins>,
    /// Of the SDK, by the path that it is served at.
    files: Arc<Vec<(String, Bytes)>>,
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
        }
    }

    fn answer<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        let path = request.uri().path();
        let host = request.headers()[header::HOST].to_str().unwrap();
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

/// Listens on the loopback interface until the process ends; gives `127.0.0.1:PORT`.
fn served(service: Faulty) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                let service = TowerToHyperService::new(service.clone());
                let connection = hyper::server::conn::http1::Builder::new();
                tokio::spawn(connection.serve_connection(TokioIo::new(stream), service));
            }
        });
    });
    address
}

#[test]
fn the_same_server_gets_the_same_report_both_ways() {
    let project = pinned("1.5.0");
    let pins = Pins::load(project.path().join("visor-lock.json")).unwrap();
    let service = Faulty::new(pins.clone());
    let url = format!("http://{}/start", served(service.clone()));
    let more = ["--lock", "visor-lock.json", "--probe", "--format", "json"];
    let ran = visor(
        project.path(),
        &[&["audit", &url], &TODAY[..], &more].concat(),
    );
    assert_eq!(ran.code, 1, "{}", ran.err);
    let program = ran.json();

    let context = Context::new(Profile::Liveness)
        .pins(&pins)
        .today(TODAY[1].parse().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let library = audit::service::<_, Full<Bytes>, _>(service, &url, &context);
    let library = runtime.block_on(library).unwrap().to_json();
    let library: Value = serde_json::from_str(&library).unwrap();

    for part in ["findings", "not_checked", "inventory", "sdk", "waived"] {
        assert_eq!(program[part], library[part], "{part}");
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
        assert!(
            ran.codes().iter().any(|found| found == code),
            "{code}: {:?}",
            ran.codes()
        );
    }
}
