//! Answers that no layer sees, because the HTTP library gives them itself: which ones, and that the
//! manual names no others.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tower::Layer as _;
use tower_visor::{Policy, VisorLayer};

use crate::server::Server;

/// What is read of a connection after this was written to it, up to its end.
fn sent(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    // A server that has read enough may close while it is still written.
    let _ = stream.write_all(request);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

const END: &str = "Host: contoso.example\r\nConnection: close\r\n\r\n";

fn request(line: &str, headers: &str) -> Vec<u8> {
    format!("{line}\r\n{headers}{END}").into_bytes()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hyper_answers_some_requests_itself_and_the_manual_names_them() {
    let layer = VisorLayer::new(&Policy::api()).unwrap();
    let server = Server::start(layer.layer(Router::new().route("/", get(async || "here")))).await;
    let many = "x: y\r\n".repeat(101);
    let long = "a".repeat(500_000);
    let unreadable = [
        b"\x00\x01\r\n\r\n".to_vec(),
        request("GET /a b HTTP/1.1", ""),
        request("G(T / HTTP/1.1", ""),
        request("GET / HTTP/1.2", ""),
        request("GET / HTTP/1.1", "a name: x\r\n"),
        request("GET / HTTP/1.1", "x: \u{1}\r\n"),
        request(
            "POST / HTTP/1.1",
            "Content-Length: 1\r\nContent-Length: 2\r\n",
        ),
        request("POST / HTTP/1.1", "Content-Length: x\r\n"),
        request("POST / HTTP/1.1", "Transfer-Encoding: gzip\r\n"),
    ];
    let mut own: Vec<(Vec<u8>, u16)> = unreadable.map(|request| (request, 400)).into();
    own.extend([
        (
            request(&format!("GET /{} HTTP/1.1", &long[..66_000]), ""),
            414,
        ),
        (request(&format!("GET /{long} HTTP/1.1"), ""), 431),
        (request("GET / HTTP/1.1", &many), 431),
        (request("GET / HTTP/1.1", &format!("x: {long}\r\n")), 431),
    ]);
    for (request, status) in &own {
        let answer = sent(server.address(), request);
        let shown = String::from_utf8_lossy(&request[..request.len().min(60)]);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{shown}: {answer}"
        );
        assert!(!answer.contains("content-security-policy"), "{shown}");
        // Nothing in it for a browser to show.
        assert!(
            answer.contains("content-length: 0\r\n") && answer.ends_with("\r\n\r\n"),
            "{shown}: {answer}"
        );
    }

    // Everything else reaches the layer, however odd.
    for (line, headers) in [
        ("GET / HTTP/1.1", "Host: a b\r\n"),
        ("GET nothing HTTP/1.1", ""),
        ("OPTIONS * HTTP/1.1", ""),
        ("TRACE / HTTP/1.1", ""),
        (
            "POST / HTTP/1.1",
            "Expect: nonsense\r\nContent-Length: 0\r\n",
        ),
        ("GET / HTTP/1.1", "Upgrade: websocket\r\n"),
    ] {
        let answer = sent(server.address(), &request(line, headers));
        assert!(
            answer.contains("content-security-policy: "),
            "{line}: {answer}"
        );
    }
    let answer = sent(
        server.address(),
        b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
    );
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("content-security-policy"));

    // The manual's table has these and no others.
    let manual = include_str!("../../../docs/deploying.md");
    let rows = manual.lines().filter_map(|row| {
        let (status, _) = row.strip_prefix("| `")?.split_once("` | hyper |")?;
        status.parse::<u16>().ok()
    });
    let statuses: BTreeSet<u16> = own.iter().map(|(_, status)| *status).collect();
    assert_eq!(rows.collect::<BTreeSet<_>>(), statuses);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_fails_or_panics_gets_no_answer_at_all() {
    async fn fails(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, std::fmt::Error> {
        assert!(request.uri().path() != "/panic", "on purpose");
        Err(std::fmt::Error)
    }
    let service = VisorLayer::new(&Policy::api())
        .unwrap()
        .layer(tower::service_fn(fails));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let service = TowerToHyperService::new(service);
            tokio::spawn(async move {
                let _ = auto::Builder::new(TokioExecutor::new())
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
                Ok::<_, Infallible>(())
            });
        }
    });
    for path in ["/error", "/panic"] {
        assert_eq!(
            sent(address, &request(&format!("GET {path} HTTP/1.1"), "")),
            ""
        );
    }
}
