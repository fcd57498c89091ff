//! Our server: one thread, an accept loop for each way.

use std::pin::pin;
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tower_service::Service as _;
use tower_visor::Site;

use super::client::{Certificate, Way};
use crate::cpu::{self, Side, stay_on};

const THREAD: &str = "site-server";

/// What the site answers, without a connection.
pub(super) fn answer(site: &Site, request: Request<()>) -> Response<Bytes> {
    let mut context = Context::from_waker(Waker::noop());
    let Poll::Ready(answer) = pin!(site.service().call(request)).poll(&mut context) else {
        panic!("an answer in memory is ready");
    };
    let (parts, body) = answer.unwrap().into_parts();
    let Poll::Ready(body) = pin!(body.collect()).poll(&mut context) else {
        panic!("a body in memory is ready");
    };
    Response::from_parts(parts, body.unwrap().to_bytes())
}

pub(super) struct Ours {
    pub(super) ports: [u16; 3],
    thread: &'static str,
}

impl Ours {
    pub(super) fn cpu_time(&self) -> f64 {
        cpu::time_of("self", self.thread)
    }
}

pub(super) fn start(site: Site, certificate: &Certificate) -> Ours {
    let (tell, told) = mpsc::channel();
    let tls = TlsAcceptor::from(Arc::new(certificate.server()));
    let thread = std::thread::Builder::new().name(THREAD.to_owned());
    let thread = thread.spawn(move || {
        stay_on(Side::Server);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()
            .unwrap();
        runtime.block_on(async move {
            let mut ports = [0; 3];
            let mut last = None;
            for way in Way::ALL {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                ports[way as usize] = listener.local_addr().unwrap().port();
                last = Some(tokio::spawn(accept(
                    listener,
                    way,
                    site.clone(),
                    tls.clone(),
                )));
            }
            tell.send(ports).unwrap();
            last.unwrap().await.unwrap();
        });
    });
    drop(thread.unwrap());
    Ours {
        ports: told.recv().unwrap(),
        thread: THREAD,
    }
}

async fn accept(listener: TcpListener, way: Way, site: Site, tls: TlsAcceptor) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let service = TowerToHyperService::new(site.service());
        let tls = tls.clone();
        tokio::spawn(async move {
            // The client goes away when it is done.
            match way {
                Way::Http1 => {
                    let http = hyper::server::conn::http1::Builder::new();
                    drop(http.serve_connection(TokioIo::new(stream), service).await);
                }
                Way::Http1Tls => {
                    let stream = tls.accept(stream).await.unwrap();
                    let http = hyper::server::conn::http1::Builder::new();
                    drop(http.serve_connection(TokioIo::new(stream), service).await);
                }
                Way::Http2Tls => {
                    let stream = tls.accept(stream).await.unwrap();
                    let http = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                    drop(http.serve_connection(TokioIo::new(stream), service).await);
                }
            }
        });
    }
}
