//! The client of both servers.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request};
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig, version};

use super::NAME;

/// How a request comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Http1,
    Http1Tls,
    Http2Tls,
}

impl Way {
    pub(super) const ALL: [Self; 3] = [Self::Http1, Self::Http1Tls, Self::Http2Tls];
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Http1 => "HTTP/1.1",
            Self::Http1Tls => "HTTP/1.1, TLS",
            Self::Http2Tls => "HTTP/2, TLS",
        })
    }
}

/// Of both servers.
pub(super) struct Certificate {
    der: Vec<u8>,
    key: Vec<u8>,
    pub(super) pem: String,
    pub(super) key_pem: String,
}

impl Certificate {
    pub(super) fn new(name: &str) -> Self {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        Self {
            der: made.cert.der().to_vec(),
            key: made.key_pair.serialize_der(),
            pem: made.cert.pem(),
            key_pem: made.key_pair.serialize_pem(),
        }
    }

    /// One cipher, so that both servers do the same work.
    fn provider() -> Arc<CryptoProvider> {
        Arc::new(CryptoProvider {
            cipher_suites: vec![ring::cipher_suite::TLS13_AES_128_GCM_SHA256],
            ..ring::default_provider()
        })
    }

    pub(super) fn server(&self) -> ServerConfig {
        let chain = vec![CertificateDer::from(self.der.clone())];
        let key = PrivateKeyDer::Pkcs8(self.key.clone().into());
        let mut config = ServerConfig::builder_with_provider(Self::provider())
            .with_protocol_versions(&[&version::TLS13])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config
    }

    fn client(&self, way: Way) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(self.der.clone())).unwrap();
        let mut config = ClientConfig::builder_with_provider(Self::provider())
            .with_protocol_versions(&[&version::TLS13])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let protocol: &[u8] = if way == Way::Http2Tls {
            b"h2"
        } else {
            b"http/1.1"
        };
        config.alpn_protocols = vec![protocol.to_vec()];
        config
    }
}

enum Sender {
    One(http1::SendRequest<Empty<Bytes>>),
    Two(http2::SendRequest<Empty<Bytes>>),
}

/// One connection that asks the same thing again and again.
pub(super) struct Client {
    runtime: Runtime,
    sender: Sender,
    request: Request<Empty<Bytes>>,
    last: Last,
}

/// The last answer.
#[derive(Clone, Default)]
pub(super) struct Last {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: usize,
}

impl Client {
    pub(super) fn connect(
        way: Way,
        port: u16,
        certificate: &Certificate,
        path: &str,
        coding: &str,
    ) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()
            .unwrap();
        let sender = runtime.block_on(async {
            let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            stream.set_nodelay(true).unwrap();
            if way == Way::Http1 {
                let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
                tokio::spawn(connection);
                return Sender::One(sender);
            }
            let tls = TlsConnector::from(Arc::new(certificate.client(way)));
            let name = ServerName::try_from(NAME).unwrap();
            let stream = TokioIo::new(tls.connect(name, stream).await.unwrap());
            if way == Way::Http1Tls {
                let (sender, connection) = http1::handshake(stream).await.unwrap();
                tokio::spawn(connection);
                return Sender::One(sender);
            }
            let (sender, connection) = http2::handshake(TokioExecutor::new(), stream)
                .await
                .unwrap();
            tokio::spawn(connection);
            Sender::Two(sender)
        });
        let request = if way == Way::Http2Tls {
            Request::get(format!("https://{NAME}{path}"))
        } else {
            Request::get(path).header("host", NAME)
        };
        let request = request.header("accept-encoding", coding);
        let mut client = Self {
            runtime,
            sender,
            request: request.body(Empty::new()).unwrap(),
            last: Last::default(),
        };
        client.ask();
        client
    }

    /// From now on, it says what it has.
    pub(super) fn remember(&mut self) {
        let etag: HeaderValue = self.last.headers["etag"].clone();
        self.request.headers_mut().insert("if-none-match", etag);
    }

    pub(super) fn ask(&mut self) {
        let request = self.request.clone();
        let sender = &mut self.sender;
        self.last = self.runtime.block_on(async {
            let answer = match sender {
                Sender::One(sender) => {
                    sender.ready().await.unwrap();
                    sender.send_request(request).await.unwrap()
                }
                Sender::Two(sender) => sender.send_request(request).await.unwrap(),
            };
            let (parts, mut body) = answer.into_parts();
            let mut size = 0;
            while let Some(frame) = body.frame().await {
                size += frame.unwrap().data_ref().map_or(0, Bytes::len);
            }
            Last {
                status: parts.status.as_u16(),
                headers: parts.headers,
                body: size,
            }
        });
    }

    pub(super) fn last(&self) -> Last {
        self.last.clone()
    }
}
