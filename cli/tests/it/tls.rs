//! `visor serve` with a certificate, over real TLS.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion, crypto,
    version,
};

use crate::serve::{ENDPOINT, Server, front_end};
use crate::support::{pinned, visor};

const HOST: &str = "liveness.contoso.example";
const ORIGIN: [&str; 2] = ["--origin", "https://liveness.contoso.example"];
const TLS: [&str; 4] = ["--cert", "cert.pem", "--key", "key.pem"];

/// Writes a certificate of [`HOST`] and its key; gives the certificate.
fn certificate(folder: &Path, cert: &str, key: &str) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed([HOST.to_owned()]).unwrap();
    let pem = |label: &str, der: &[u8]| {
        let text = base64::engine::general_purpose::STANDARD.encode(der);
        format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
    };
    let der = made.key_pair.serialize_der();
    fs::write(folder.join(key), pem("PRIVATE KEY", &der)).unwrap();
    fs::write(folder.join(cert), pem("CERTIFICATE", made.cert.der())).unwrap();
    made.cert.der().clone()
}

/// A client that trusts one certificate and offers these protocols.
fn client(
    trusted: &CertificateDer<'static>,
    versions: &[&'static SupportedProtocolVersion],
    protocols: &[&str],
) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols
        .iter()
        .map(|name| name.as_bytes().to_vec())
        .collect();
    Arc::new(config)
}

type Stream = StreamOwned<ClientConnection, TcpStream>;

/// The stream after its handshake.
fn connect(server: &Server, config: &Arc<ClientConfig>) -> std::io::Result<Stream> {
    let name = ServerName::try_from(HOST).unwrap();
    let connection = ClientConnection::new(Arc::clone(config), name).unwrap();
    let mut stream = StreamOwned::new(connection, TcpStream::connect(&server.address)?);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    Ok(stream)
}

/// One answer, read to the end of TLS: a stream that is only cut off is an error.
fn get(mut stream: Stream, path: &str, host: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_certificate_and_its_key_serve_https() {
    let project = pinned("1.5.0");
    let folder = project.path();
    front_end(folder);
    let trusted = certificate(folder, "cert.pem", "key.pem");
    let server = Server::start(folder, &[&ENDPOINT[..], &ORIGIN, &TLS].concat());
    assert_eq!(server.scheme, "https");

    for (versions, spoken) in [
        (&[&version::TLS13], "TLSv1_3"),
        (&[&version::TLS12], "TLSv1_2"),
    ] {
        // As a browser offers it: HTTP/2 is not spoken here, and nobody falls over it.
        let config = client(&trusted, versions, &["h2", "http/1.1"]);
        let stream = connect(&server, &config).unwrap();
        assert_eq!(stream.conn.alpn_protocol(), Some(&b"http/1.1"[..]));
        let protocol = stream.conn.protocol_version().unwrap();
        assert_eq!(format!("{protocol:?}"), spoken);
        let page = get(stream, "/", HOST);
        assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
        let fields: Vec<&str> = page.lines().collect();
        assert!(
            fields.contains(&"strict-transport-security: max-age=63072000; includeSubDomains"),
            "{page}"
        );
        let csp = fields
            .iter()
            .find(|field| field.starts_with("content-security-policy: "))
            .unwrap();
        assert!(csp.contains("; upgrade-insecure-requests"), "{csp}");
        // The file is whole, and a 404 is covered as well.
        let file = get(connect(&server, &config).unwrap(), "/app.js", HOST);
        assert!(
            file.ends_with("\r\n\r\nimport('./FaceLivenessDetector.js');"),
            "{file}"
        );
        let missing = get(connect(&server, &config).unwrap(), "/nothing", HOST);
        assert!(missing.starts_with("HTTP/1.1 404"), "{missing}");
        assert!(
            missing.contains("\r\nstrict-transport-security: "),
            "{missing}"
        );
        // Browsers forget it for addresses, so it isn't sent to one.
        let address = get(connect(&server, &config).unwrap(), "/", &server.address);
        assert!(!address.contains("strict-transport-security"), "{address}");
    }

    // Nothing offered is HTTP/1.1; something else alone is refused, and said.
    let config = client(&trusted, &[&version::TLS13], &[]);
    assert!(get(connect(&server, &config).unwrap(), "/", HOST).starts_with("HTTP/1.1 200"));
    let config = client(&trusted, &[&version::TLS13], &["h2"]);
    let refused = connect(&server, &config).unwrap_err().to_string();
    assert!(refused.contains("NoApplicationProtocol"), "{refused}");

    // Who speaks without TLS gets nothing of the page, and the server lives on.
    let mut plain = TcpStream::connect(&server.address).unwrap();
    plain
        .write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP/"), "{answer:?}");
    let config = client(&trusted, &[&version::TLS13], &["http/1.1"]);
    assert!(get(connect(&server, &config).unwrap(), "/", HOST).starts_with("HTTP/1.1 200"));
}

#[test]
fn a_certificate_that_cannot_be_used_is_named_and_nothing_is_served() {
    let project = pinned("1.5.0");
    let folder = project.path();
    front_end(folder);
    certificate(folder, "cert.pem", "key.pem");
    certificate(folder, "other.pem", "other-key.pem");
    fs::write(folder.join("empty.pem"), "no PEM").unwrap();
    let cert = fs::read_to_string(folder.join("cert.pem")).unwrap();
    fs::write(folder.join("cut.pem"), &cert[..cert.len() - 20]).unwrap();
    let junk = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    fs::write(folder.join("junk.pem"), junk).unwrap();
    let key = fs::read_to_string(folder.join("key.pem")).unwrap();
    let secret = key.lines().nth(1).unwrap();
    fs::write(
        folder.join("locked.pem"),
        key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"),
    )
    .unwrap();
    for (cert, key, message) in [
        (
            "cert.pem",
            "other-key.pem",
            "other-key.pem: not the key of the first certificate in cert.pem; give the two of one pair, the server's own certificate first\n",
        ),
        (
            "empty.pem",
            "key.pem",
            "empty.pem: no certificate in it; give it as PEM\n",
        ),
        (
            "key.pem",
            "cert.pem",
            "key.pem: no certificate in it; give it as PEM\n",
        ),
        (
            "cert.pem",
            "cert.pem",
            "cert.pem: no private key in it; give it as PEM, without a passphrase\n",
        ),
        (
            "cert.pem",
            "locked.pem",
            "locked.pem: no private key in it; give it as PEM, without a passphrase\n",
        ),
        ("nowhere.pem", "key.pem", "no such file: nowhere.pem\n"),
        ("cut.pem", "key.pem", "cut.pem: "),
        ("junk.pem", "key.pem", "junk.pem: "),
    ] {
        let tls = ["--cert", cert, "--key", key];
        let serve = ["serve", "app", "--sdk", "web", "--port", "0"];
        let ran = visor(folder, &[&serve[..], &ENDPOINT, &tls].concat());
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{cert} {key}");
        let start = format!("visor: {message}");
        assert!(ran.err.starts_with(&start), "{cert} {key}: {}", ran.err);
        assert!(!ran.err.contains(secret), "the key gets into no message");
    }
}
