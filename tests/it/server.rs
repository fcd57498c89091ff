//! A real server on a loopback port that the system picks, and a client for it.

use std::convert::Infallible;
use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, Version};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tower::Service;

/// A server that stops when it is dropped.
pub(super) struct Server {
    address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

/// A response, read to its end.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) version: Version,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) trailers: Option<HeaderMap>,
}

impl Server {
    /// Serves HTTP/1.1 and HTTP/2 (with prior knowledge) on one port.
    pub(super) async fn start<S, B>(service: S) -> Self
    where
        S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>
            + Clone
            + Send
            + 'static,
        S::Future: Send,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let service = TowerToHyperService::new(service.clone());
                tokio::spawn(async move {
                    // A client that hangs up is not a fault of the server.
                    let _ = auto::Builder::new(TokioExecutor::new())
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Self { address, task }
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sends one request on a connection of its own.
    pub(super) async fn send(&self, version: Version, request: Request<&'static str>) -> Answer {
        let stream = tokio::net::TcpStream::connect(self.address).await.unwrap();
        let (mut parts, body) = request.into_parts();
        let body = Full::new(Bytes::from_static(body.as_bytes()));
        let response = if version == Version::HTTP_2 {
            // HTTP/2 has no Host header: the name goes into the URL.
            let host = parts.headers.remove("host");
            let host = host
                .as_ref()
                .map_or("contoso.example", |host| host.to_str().unwrap());
            parts.uri = format!("http://{host}{}", parts.uri.path())
                .parse()
                .unwrap();
            let (mut sender, connection) =
                hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
                    .await
                    .unwrap();
            tokio::spawn(connection);
            sender.send_request(Request::from_parts(parts, body)).await
        } else {
            parts
                .headers
                .entry("host")
                .or_insert_with(|| "contoso.example".parse().unwrap());
            let (mut sender, connection) =
                hyper::client::conn::http1::handshake(TokioIo::new(stream))
                    .await
                    .unwrap();
            tokio::spawn(connection);
            sender.send_request(Request::from_parts(parts, body)).await
        };
        let (parts, body) = response.unwrap().into_parts();
        let collected = body.collect().await.unwrap();
        Answer {
            status: parts.status.as_u16(),
            version: parts.version,
            headers: parts.headers,
            trailers: collected.trailers().cloned(),
            body: collected.to_bytes(),
        }
    }

    /// `GET` of a path, over HTTP/1.1.
    pub(super) async fn get(&self, path: &str) -> Answer {
        self.send(Version::HTTP_11, request(path)).await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(super) fn request(path: &str) -> Request<&'static str> {
    Request::builder().uri(path).body("").unwrap()
}

impl Answer {
    /// The body.
    #[cfg(feature = "page")]
    pub(super) fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).unwrap()
    }

    /// All values of a header, as text.
    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        self.headers
            .get_all(name)
            .iter()
            .map(|value| value.to_str().unwrap())
            .collect()
    }

    /// The one value of a header.
    pub(super) fn one(&self, name: &str) -> &str {
        match self.all(name)[..] {
            [value] => value,
            ref values => panic!("{name}: {values:?} in {:#?}", self.headers),
        }
    }
}
