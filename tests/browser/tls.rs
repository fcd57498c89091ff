//! Servers with TLS, for what browsers do over HTTPS only.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::serve::Listener;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
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
        self.serve_by(|_| app).await
    }

    /// As [`Tls::serve`], for an app that has to know its port.
    pub(crate) async fn serve_by(&self, app: impl FnOnce(u16) -> Router) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let app = app(port);
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

/// A proxy for `https` alone: whatever host it is asked for, it leads to that port of 127.0.0.1.
/// Gives `http://127.0.0.1:PORT`.
pub(crate) async fn tunnel() -> String {
    tunnel_to(Vec::new()).await
}

/// As [`tunnel`], to these ports for these hosts, so that their URLs need no port.
pub(crate) async fn tunnel_to(hosts: Vec<(&'static str, u16)>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let hosts = Arc::new(hosts);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let hosts = hosts.clone();
            tokio::spawn(async move { lead(client, &hosts).await });
        }
    });
    format!("http://{address}")
}

/// `CONNECT host:port HTTP/1.1`, and then bytes. What is no such request is left.
async fn lead(mut client: TcpStream, hosts: &[(&str, u16)]) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).ok()?;
    let authority = head.strip_prefix("CONNECT ")?.split(' ').next()?;
    let (host, port) = authority.rsplit_once(':')?;
    let known = hosts.iter().find(|(known, _)| *known == host);
    let port = known.map_or_else(|| port.parse().ok(), |(_, port)| Some(*port))?;
    let mut server = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.ok()?;
    tokio::io::copy_bidirectional(&mut client, &mut server)
        .await
        .ok()?;
    Some(())
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
            // A browser that opens a connection and goes away is not a fault.
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}
