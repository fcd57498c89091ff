//! Servers with TLS, for what browsers do over HTTPS only.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::serve::Listener;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::server::TlsStream;
use tower_visor::sri::{Algorithm, Digest};

/// A key of this test run. The browser that is told its hash trusts it for every name.
#[derive(Clone)]
pub(crate) struct Tls {
    config: Arc<ServerConfig>,
    key_hash: String,
}

impl Tls {
    pub(crate) fn new() -> Self {
        let key = rcgen::KeyPair::generate().unwrap();
        let key_hash = Digest::of(Algorithm::Sha256, &key.public_key_der());
        let names = vec!["tower-visor.example".to_owned()];
        let certificate = rcgen::CertificateParams::new(names)
            .unwrap()
            .self_signed(&key)
            .unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        Self {
            config: Arc::new(config),
            key_hash: STANDARD.encode(key_hash.as_bytes()),
        }
    }

    /// Serves `app` on a free port of 127.0.0.1 until the test ends; gives the port.
    pub(crate) async fn serve(&self, app: Router) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let acceptor = TlsAcceptor::from(self.config.clone());
        let listener = TlsListener { listener, acceptor };
        tokio::spawn(async move { axum::serve(listener, app).await });
        port
    }

    /// What Chromium has to be told: the key, and the ports at which `https` hosts are served.
    pub(crate) fn flags(&self, hosts: &[(&str, u16)]) -> [String; 2] {
        let rules: Vec<String> = hosts
            .iter()
            .map(|(host, port)| format!("MAP {host}:443 127.0.0.1:{port}"))
            .chain(["MAP * 127.0.0.1".to_owned()])
            .collect();
        [
            format!("--ignore-certificate-errors-spki-list={}", self.key_hash),
            // The last flag of a name is the one that counts.
            format!("--host-resolver-rules={}", rules.join(", ")),
        ]
    }
}

struct TlsListener {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, address) = Listener::accept(&mut self.listener).await;
            // A browser that opens a connection and goes away is no fault.
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}
