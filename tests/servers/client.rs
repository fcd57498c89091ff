//! A client that says what arrives.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tower_visor::audit::Head;

use crate::server::{NAME, Ports};

/// How a request comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Plain,
    Tls,
    Http2,
}

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Asked {
    pub(crate) fn get(path: &str) -> Self {
        Self {
            method: Method::GET,
            path: path.to_owned(),
            headers: Vec::new(),
        }
    }

    pub(crate) fn by(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// To the usual host, unless another one is among the headers.
    pub(crate) fn request<B>(&self, body: B) -> Request<B> {
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(&self.path);
        if !self.headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", NAME);
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        request.body(body).unwrap()
    }
}

/// What came of it.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

pub(crate) async fn ask(ports: Ports, folder: &Path, way: Way, asked: &Asked) -> Answer {
    let port = match way {
        Way::Plain => ports.plain,
        Way::Tls | Way::Http2 => ports.tls,
    };
    let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    if way == Way::Plain {
        return send(stream, asked).await;
    }
    let certificate = std::fs::read(folder.join("certificate.der")).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(certificate)).unwrap();
    let mut config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let protocol: &[u8] = if way == Way::Http2 {
        b"h2"
    } else {
        b"http/1.1"
    };
    config.alpn_protocols = vec![protocol.to_vec()];
    let name = ServerName::try_from(NAME).unwrap();
    let stream = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .unwrap();
    if way == Way::Tls {
        return send(stream, asked).await;
    }
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
    tokio::spawn(connection);
    let mut request = asked.request(Full::new(Bytes::new()));
    request.headers_mut().remove("host");
    *request.uri_mut() = format!("https://{NAME}{}", asked.path).parse().unwrap();
    answer(sender.send_request(request).await.unwrap()).await
}

/// What comes back for bytes that no client of HTTP would send, in the clear and to the end of the
/// connection.
pub(crate) async fn raw(ports: Ports, bytes: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(("127.0.0.1", ports.plain))
        .await
        .unwrap();
    // A server may answer and close before it has read all of it.
    let _ = stream.write_all(bytes).await;
    let mut all = Vec::new();
    let _ = stream.read_to_end(&mut all).await;
    let head = Head::read(&all).unwrap();
    Answer {
        status: head.status(),
        headers: head.headers().clone(),
        body: Bytes::from(all.split_off(Head::end(&all, 0).unwrap())),
    }
}

async fn send<S>(stream: S, asked: &Asked) -> Answer
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .unwrap();
    tokio::spawn(connection);
    answer(
        sender
            .send_request(asked.request(Full::new(Bytes::new())))
            .await
            .unwrap(),
    )
    .await
}

async fn answer(response: http::Response<hyper::body::Incoming>) -> Answer {
    let (parts, body) = response.into_parts();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: body.collect().await.unwrap().to_bytes(),
    }
}
