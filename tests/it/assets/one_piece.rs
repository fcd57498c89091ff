//! A response leaves the server in one piece. A body that is written after its head waits for the
//! client's acknowledgement, up to 40 ms, where the server did not set `TCP_NODELAY`.

use std::io::IoSlice;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tower_layer::Layer as _;
use tower_visor::pins::Pins;
use tower_visor::{Policy, VisorLayer};

use super::{COMPONENT, assets, fixture, original};

/// A connection that asks once and notes each write.
struct Recorder {
    question: Vec<u8>,
    writes: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl AsyncRead for Recorder {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        if self.question.is_empty() {
            // The server closes, as it was asked to.
            return Poll::Pending;
        }
        buffer.put_slice(&std::mem::take(&mut self.question));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Recorder {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        let bytes: Vec<u8> = slices.iter().flat_map(|slice| slice.to_vec()).collect();
        let length = bytes.len();
        self.writes.lock().unwrap().push(bytes);
        Poll::Ready(Ok(length))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// The writes that a response takes.
async fn writes(path: &str) -> Vec<Vec<u8>> {
    let writes = Arc::default();
    let connection = Recorder {
        question: format!(
            "GET {path} HTTP/1.1\r\nHost: contoso.example\r\nConnection: close\r\n\r\n"
        )
        .into_bytes(),
        writes: Arc::clone(&writes),
    };
    let service = VisorLayer::new(&Policy::api()).unwrap().layer(assets("/"));
    hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(connection), TowerToHyperService::new(service))
        .await
        .unwrap();
    std::mem::take(&mut *writes.lock().unwrap())
}

#[tokio::test]
async fn head_and_body_leave_in_one_write() {
    let pins = Pins::scan(fixture("1.5.0")).unwrap();
    let file = pins.file(COMPONENT).unwrap();
    let writes = writes(file.url()).await;
    assert_eq!(writes.len(), 1, "the response was written in parts");
    assert!(writes[0].starts_with(b"HTTP/1.1 200 OK\r\n"));
    assert!(writes[0].ends_with(&original(file.path())));
}

#[tokio::test]
async fn a_response_without_a_body_leaves_in_one_write() {
    let writes = writes("/nowhere").await;
    assert_eq!(writes.len(), 1);
    assert!(writes[0].starts_with(b"HTTP/1.1 404 Not Found\r\n"));
    assert!(writes[0].ends_with(b"\r\n\r\n"));
}
