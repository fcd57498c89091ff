//! Files over loopback: what the server's thread spends on a request.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tower_http::services::ServeDir;
use tower_service::Service;
use tower_visor::PinnedAssets;
use tower_visor::pins::Pins;
use tower_visor_benches::tree;

use crate::cpu::{self, Side, stay_on};
use crate::rounds::{ROUNDS, median};

const WASM: &str = "/facelivenessdetector-assets/js/AzureAIVisionFace_SIMD.wasm";
const SCRIPT: &str = "/facelivenessdetector-assets/js/AzureAIVisionFace_SIMD.js";

/// What is asked for: name, path, `Accept-Encoding`, whether its `ETag` is known, and how often
/// in each round.
const QUESTIONS: &[(&str, &str, &str, bool, u32)] = &[
    ("wasm, 4.4 MB, identity", WASM, "identity", false, 20),
    ("wasm, brotli", WASM, "br", false, 40),
    ("script, 150 KB, identity", SCRIPT, "identity", false, 200),
    ("script, brotli", SCRIPT, "br", false, 300),
    ("script, 304", SCRIPT, "identity", true, 600),
];

pub(crate) fn compare() {
    // On a thread of its own: what comes after this uses all cores.
    std::thread::scope(|scope| drop(scope.spawn(ask_all)));
}

fn ask_all() {
    // Else it is chance which server shares the client's core, and it stays so.
    stay_on(Side::Client);
    let folder = tempfile::TempDir::new().unwrap();
    let root = folder.path();
    let files = tree::build(root);
    let pins = Pins::scan(root).unwrap_or_else(|errors| panic!("{errors:?}"));
    let verified = pins.verify(root).unwrap();
    let assets = PinnedAssets::builder()
        .compressing()
        .build(&verified)
        .unwrap();
    println!(
        "{} files; the same accept loop for all, TCP_NODELAY, one thread each and those on which \
         it has its files read; CPU time of all of these",
        files.len()
    );

    // What a file server finds on the disk, with the same compressed copies.
    let disk = tempfile::TempDir::new().unwrap();
    let mut known = HashMap::new();
    for path in [WASM, SCRIPT] {
        let [plain, br] = ["identity", "br"].map(|coding| body_of(&assets, path, coding));
        let file = disk.path().join(&path[1..]);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, &plain).unwrap();
        std::fs::write(format!("{}.br", file.display()), &br).unwrap();
        known.insert(path, (plain, br));
    }

    let memory = memory_serve::load!().into_router();
    let memory: Router = Router::new().nest("/facelivenessdetector-assets", memory);
    let own = Router::new().fallback_service(assets.clone());
    let directory = ServeDir::new(disk.path()).precompressed_br();
    let servers = [
        Server::start("axum handing out Bytes", || handing_out(known)),
        Server::start("PinnedAssets", move || assets),
        Server::start("PinnedAssets in axum", move || own),
        Server::start("tower-http ServeDir", move || directory),
        Server::start("memory-serve", move || memory),
        Server::start("bare axum, 304 only", || {
            Router::new().fallback(|| async { StatusCode::NOT_MODIFIED })
        }),
    ];
    for (question, path, coding, is_known, count) in QUESTIONS {
        println!(
            "\n{question:30} {:>8} {:>7} {:>10}",
            "CPU us", "ratio", "body bytes"
        );
        let mut asked = Vec::new();
        for server in &servers {
            let answers = match server.name {
                "bare axum, 304 only" => *is_known,
                // It is given the script alone, see `build.rs`.
                "memory-serve" => *path == SCRIPT,
                _ => true,
            };
            if !answers {
                continue;
            }
            asked.push((server, Vec::new(), Last::default()));
        }
        for round in 0..ROUNDS {
            for turn in 0..asked.len() {
                let index = (round + turn) % asked.len();
                let (server, times, last) = &mut asked[index];
                // A connection of its own in each round: how large its buffers grew is chance too.
                let mut client = Client::new(server, path, coding);
                if *is_known {
                    client.remember_etag();
                }
                let start = server.cpu_time();
                (0..*count).for_each(|_| client.ask());
                times.push((server.cpu_time() - start) / f64::from(*count) / 1000.0);
                *last = client.last;
            }
        }
        let first = asked[0].1.clone();
        for (server, times, last) in asked {
            let ratios = times.iter().zip(&first).map(|(own, first)| own / first);
            println!(
                "{:30} {:>8.1} {:>7.2} {:>10} {}",
                server.name,
                median(times.clone()),
                median(ratios.collect()),
                last.body,
                last.coding,
            );
        }
    }
    println!("ratio: over `axum handing out Bytes`");
}

/// The fastest that axum has: a handler with the bytes at hand.
fn handing_out(known: HashMap<&'static str, (Bytes, Bytes)>) -> Router {
    let mut router = Router::new();
    for (path, (plain, br)) in known {
        let content_type = if path == WASM {
            "application/wasm"
        } else {
            "text/javascript"
        };
        router =
            router.route(
                path,
                get(move |headers: HeaderMap| async move {
                    hand_out(&headers, content_type, plain, br)
                }),
            );
    }
    router
}

fn hand_out(headers: &HeaderMap, content_type: &'static str, plain: Bytes, br: Bytes) -> Response {
    const CACHING: &str = "no-cache, no-transform";
    const ETAG: &str = "\"0123456789abcdef\"";
    if headers
        .get("if-none-match")
        .is_some_and(|known| known == ETAG)
    {
        return (
            StatusCode::NOT_MODIFIED,
            [("etag", ETAG), ("cache-control", CACHING)],
        )
            .into_response();
    }
    let headers_of = [
        ("content-type", content_type),
        ("cache-control", CACHING),
        ("etag", ETAG),
        ("vary", "accept-encoding"),
    ];
    if headers
        .get("accept-encoding")
        .is_some_and(|codings| codings == "br")
    {
        return (headers_of, [("content-encoding", "br")], br).into_response();
    }
    (headers_of, plain).into_response()
}

fn body_of(assets: &PinnedAssets, path: &str, coding: &str) -> Bytes {
    let request = Request::get(path)
        .header("accept-encoding", coding)
        .body(())
        .unwrap();
    let response = assets.respond(&request);
    assert_eq!(response.status(), 200, "{path}");
    let body = http_body_util::BodyExt::collect(response.into_body());
    let mut body = std::pin::pin!(body);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match body.as_mut().poll(&mut context) {
        std::task::Poll::Ready(collected) => collected.unwrap().to_bytes(),
        std::task::Poll::Pending => panic!("a body in memory is ready"),
    }
}

/// A server on a thread of its own, and on those that its runtime starts for blocking calls.
struct Server {
    name: &'static str,
    address: SocketAddr,
    threads: String,
}

impl Server {
    fn start<S, B>(name: &'static str, make: impl FnOnce() -> S + Send + 'static) -> Self
    where
        S: Service<Request<Body>, Response = http::Response<B>, Error = Infallible>
            + Clone
            + Send
            + 'static,
        S::Future: Send,
        B: http_body_util::BodyExt + Send + 'static + hyper::body::Body,
        <B as hyper::body::Body>::Data: Send,
        <B as hyper::body::Body>::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        static STARTED: AtomicUsize = AtomicUsize::new(0);
        let (tell, told) = mpsc::channel();
        // What the kernel calls the threads is how they are found again.
        let threads = format!("server-{}-", STARTED.fetch_add(1, Ordering::Relaxed));
        let thread = std::thread::Builder::new().name(threads.clone());
        let blocking = threads.clone();
        let server = thread.spawn(move || {
            stay_on(Side::Server);
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_io()
                .thread_name(blocking)
                // The time of a thread that ended is no longer told.
                .thread_keep_alive(Duration::from_hours(1))
                .build();
            runtime.unwrap().block_on(async move {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send(listener.local_addr().unwrap()).unwrap();
                let service = make();
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    stream.set_nodelay(true).unwrap();
                    let service = TowerToHyperService::new(Boxed(service.clone()));
                    tokio::spawn(async move {
                        let connection = hyper::server::conn::http1::Builder::new()
                            .serve_connection(TokioIo::new(stream), service);
                        // The client goes away when it is done.
                        let _ = connection.await;
                    });
                }
            });
        });
        drop(server.unwrap());
        Self {
            name,
            address: told.recv().unwrap(),
            threads,
        }
    }

    /// Of all its threads, in nanoseconds.
    fn cpu_time(&self) -> f64 {
        cpu::time_of("self", &self.threads)
    }
}

/// Takes hyper's body for axum's.
#[derive(Clone)]
struct Boxed<S>(S);

impl<S: Service<Request<Body>>> Service<Request<hyper::body::Incoming>> for Boxed<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(
        &mut self,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request<hyper::body::Incoming>) -> S::Future {
        self.0.call(request.map(Body::new))
    }
}

/// One connection that asks the same thing again and again.
struct Client {
    stream: BufReader<TcpStream>,
    head: String,
    etag: String,
    buffer: Vec<u8>,
    last: Last,
}

#[derive(Default)]
struct Last {
    status: u16,
    body: usize,
    coding: String,
    etag: String,
}

impl Client {
    fn new(server: &Server, path: &str, coding: &str) -> Self {
        let stream = TcpStream::connect(server.address).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut client = Self {
            stream: BufReader::with_capacity(256 * 1024, stream),
            head: format!(
                "GET {path} HTTP/1.1\r\nHost: contoso.example\r\nAccept-Encoding: {coding}\r\n"
            ),
            etag: String::new(),
            buffer: vec![0; 256 * 1024],
            last: Last::default(),
        };
        client.ask();
        client
    }

    /// From now on, the client says what it has.
    fn remember_etag(&mut self) {
        self.etag = format!("If-None-Match: {}\r\n", self.last.etag);
        if self.last.etag.is_empty() {
            // ServeDir goes by time, here by the one that it sent: far in the future will do.
            "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT\r\n".clone_into(&mut self.etag);
        }
        self.ask();
        assert_eq!(self.last.status, 304);
    }

    fn ask(&mut self) {
        let request = format!("{}{}\r\n", self.head, self.etag);
        self.stream.get_mut().write_all(request.as_bytes()).unwrap();
        let mut last = Last::default();
        let mut line = String::new();
        loop {
            line.clear();
            self.stream.read_line(&mut line).unwrap();
            let text = line.trim_end();
            if text.is_empty() {
                break;
            }
            if let Some((name, value)) = text.split_once(": ") {
                match name.to_ascii_lowercase().as_str() {
                    "content-length" => last.body = value.parse().unwrap(),
                    "content-encoding" => value.clone_into(&mut last.coding),
                    "etag" => value.clone_into(&mut last.etag),
                    // Only one-piece bodies are compared.
                    "transfer-encoding" => panic!("{text}"),
                    _ => {}
                }
            } else {
                last.status = text[9..12].parse().unwrap();
            }
        }
        if last.status == 304 {
            last.body = 0;
        } else {
            assert_eq!(last.status, 200, "{}", self.head);
        }
        let mut rest = last.body;
        while rest > 0 {
            let size = rest.min(self.buffer.len());
            let read = self.stream.read(&mut self.buffer[..size]).unwrap();
            assert!(read > 0, "the server closed the connection");
            rest -= read;
        }
        self.last = last;
    }
}
