//! `RequireHttps` behind a real nginx that terminates TLS.
//!
//! Not part of `cargo test`, because it needs the program: `cargo test --test proxy`. `NGINX` names
//! another one.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used)]

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tower::Layer as _;
use tower_visor::layer::{Forwarding, RequireHttps, VisorLayer};
use tower_visor::policy::{Document, Policy};

/// From where nginx calls the application: another address than the tests', so that they are no
/// proxy.
const PROXY: &str = "127.0.0.2";

struct Nginx {
    child: Child,
    _folder: tempfile::TempDir,
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that nobody listens on at the moment.
async fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().port()
}

async fn reachable(port: u16) -> bool {
    for _ in 0..200 {
        if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}

fn nginx(folder: tempfile::TempDir, configuration: &str) -> Nginx {
    let file = folder.path().join("nginx.conf");
    std::fs::write(&file, configuration).unwrap();
    let program = std::env::var_os("NGINX").unwrap_or_else(|| "nginx".into());
    // Debian keeps it where not everybody looks.
    let path = std::env::var("PATH").unwrap_or_default() + ":/usr/sbin";
    let child = Command::new(&program)
        .env("PATH", path)
        .arg("-p")
        .arg(folder.path())
        .arg("-c")
        .arg(&file)
        .args(["-e", "stderr"])
        .spawn();
    let child = child.unwrap_or_else(|error| {
        panic!(
            "{}: {error}: install nginx, or name it by NGINX",
            program.display()
        )
    });
    Nginx {
        child,
        _folder: folder,
    }
}

fn configuration(folder: &Path, tls: u16, plain: u16, application: u16) -> String {
    let folder = folder.display();
    let location = format!(
        "location / {{
            proxy_pass http://127.0.0.1:{application};
            proxy_bind {PROXY};
            proxy_set_header X-Forwarded-Proto $scheme;
        }}"
    );
    format!(
        "daemon off;
        master_process off;
        pid {folder}/nginx.pid;
        events {{}}
        http {{
            access_log off;
            client_body_temp_path {folder}/body;
            proxy_temp_path {folder}/proxy;
            fastcgi_temp_path {folder}/fastcgi;
            uwsgi_temp_path {folder}/uwsgi;
            scgi_temp_path {folder}/scgi;
            server {{
                listen 127.0.0.1:{tls} ssl;
                ssl_protocols TLSv1.3;
                ssl_certificate {folder}/certificate.pem;
                ssl_certificate_key {folder}/key.pem;
                {location}
            }}
            server {{
                listen 127.0.0.1:{plain};
                {location}
            }}
        }}"
    )
}

/// Status and headers of an answer.
async fn ask<S>(stream: S, method: Method, path: &str, headers: &[(&str, &str)]) -> (u16, HeaderMap)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .unwrap();
    tokio::spawn(connection);
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(bytes::Bytes::new())).unwrap();
    let (parts, body) = sender.send_request(request).await.unwrap().into_parts();
    body.collect().await.unwrap();
    (parts.status.as_u16(), parts.headers)
}

async fn plainly(
    port: u16,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
) -> (u16, HeaderMap) {
    let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    ask(stream, method, path, headers).await
}

/// The application, as a team would run it; gives its port.
async fn application(origin: &str) -> u16 {
    let policy = Policy::document(Document::new(origin).unwrap());
    let https = RequireHttps::new(&policy)
        .unwrap()
        .behind(Forwarding::XForwardedProto, [PROXY.parse().unwrap()])
        .peer_by(|extensions| -> Option<IpAddr> {
            Some(extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip())
        });
    let router = axum::Router::new().route("/", get(async || "inside").post(async || "inside"));
    let service = VisorLayer::new(&policy).unwrap().layer(https.layer(router));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let service = axum::ServiceExt::<axum::extract::Request>::into_make_service_with_connect_info::<
        SocketAddr,
    >(service);
    tokio::spawn(async move { axum::serve(listener, service).await });
    port
}

#[tokio::test]
async fn behind_nginx_nothing_loops_and_nothing_passes_in_the_clear() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let write = |name: &str, label: &str, der: &[u8]| {
        // OpenSSL reads lines of at most 76 characters.
        let base64 = STANDARD.encode(der).into_bytes();
        let lines: Vec<_> = base64.chunks(64).map(String::from_utf8_lossy).collect();
        let lines = lines.join("\n");
        let pem = format!("-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n");
        std::fs::write(folder.path().join(name), pem).unwrap();
    };
    write("certificate.pem", "CERTIFICATE", made.cert.der());
    write("key.pem", "PRIVATE KEY", &made.key_pair.serialize_der());
    let certificate = CertificateDer::from(made.cert.der().to_vec());

    let (tls, plain) = (free_port().await, free_port().await);
    let origin = format!("https://localhost:{tls}");
    let application = application(&origin).await;
    let text = configuration(folder.path(), tls, plain, application);
    let _nginx = nginx(folder, &text);
    assert!(
        reachable(tls).await && reachable(plain).await,
        "nginx didn't start"
    );

    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(config));
    let encrypted = async |method: Method, path: String, headers: &[(&str, &str)]| {
        let stream = TcpStream::connect(("127.0.0.1", tls)).await.unwrap();
        let name = "localhost".try_into().unwrap();
        let stream = connector.connect(name, stream).await.unwrap();
        ask(stream, method, &path, headers).await
    };
    let host = ("host", "localhost");

    // In the clear: sent to the policy's origin, where it ends.
    let (status, headers) = plainly(plain, Method::GET, "/?a=b", &[("host", "evil.example")]).await;
    assert_eq!(status, 308);
    let location = headers["location"].to_str().unwrap();
    assert!(!headers.contains_key("strict-transport-security"));
    let path = location.strip_prefix(&origin).unwrap().to_owned();
    assert_eq!(path, "/?a=b");
    let (status, headers) = encrypted(Method::GET, path, &[host]).await;
    assert_eq!(status, 200);
    // nginx puts the application's address into `Host` by itself.
    assert!(headers.contains_key("strict-transport-security"));

    let (status, _) = plainly(plain, Method::POST, "/", &[host]).await;
    assert_eq!(status, 403);
    let (status, _) = encrypted(Method::POST, "/".to_owned(), &[host]).await;
    assert_eq!(status, 200);

    // What clients claim themselves counts for nothing, by way of nginx or past it.
    let claims = [
        host,
        ("x-forwarded-proto", "https"),
        ("forwarded", "proto=https"),
    ];
    for port in [plain, application] {
        let (status, _) = plainly(port, Method::GET, "/", &claims).await;
        assert_eq!(status, 308);
    }
    let claims = [
        host,
        ("x-forwarded-proto", "http"),
        ("forwarded", "proto=http"),
    ];
    let (status, _) = encrypted(Method::GET, "/".to_owned(), &claims).await;
    assert_eq!(status, 200);
}
