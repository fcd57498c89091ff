//! Servers on the loopback interface that answer as a test says, and `visor audit` of them.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

use base64::Engine as _;
use tempfile::TempDir;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto};

use crate::support::{Ran, TODAY, visor};

pub(crate) trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

/// Answers each connection, given the path that was asked for; gives `http://127.0.0.1:PORT`.
pub(crate) fn server(answer: impl Fn(&str, &mut dyn Stream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let answer = Arc::clone(&answer);
            std::thread::spawn(move || {
                let mut stream = stream;
                let path = path_of(&mut stream);
                answer(&path, &mut stream);
            });
        }
    });
    format!("http://{address}")
}

pub(crate) fn path_of(stream: &mut impl Read) -> String {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
        if first.is_empty() {
            first.clone_from(&line);
        }
        line.clear();
    }
    first.split(' ').nth(1).unwrap_or_default().to_owned()
}

/// A server's side of TLS for these names, with these protocols; and its certificate as PEM.
pub(crate) fn encrypted(names: &[&str], protocols: &[&str]) -> (Arc<ServerConfig>, String) {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.key_pair.serialize_der()));
    let provider = Arc::new(crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    config.alpn_protocols = protocols
        .iter()
        .map(|name| name.as_bytes().to_vec())
        .collect();
    let der = base64::engine::general_purpose::STANDARD.encode(made.cert.der());
    let pem = format!("-----BEGIN CERTIFICATE-----\n{der}\n-----END CERTIFICATE-----\n");
    (Arc::new(config), pem)
}

/// Sends, and doesn't care whether anybody is left to read it.
pub(crate) fn send(stream: &mut dyn Stream, bytes: &[u8]) {
    let _ = stream.write_all(bytes).and_then(|()| stream.flush());
}

pub(crate) fn audit(arguments: &[&str]) -> Ran {
    let folder = TempDir::new().unwrap();
    visor(
        folder.path(),
        &[&["audit", TODAY[0], TODAY[1]], arguments].concat(),
    )
}

/// The whole message of a run that could not be made.
pub(crate) fn refused(arguments: &[&str]) -> String {
    let ran = audit(arguments);
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (2, ""),
        "{arguments:?}: {}",
        ran.err
    );
    ran.err
}

pub(crate) const PAGE: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n\
    Set-Cookie: a=SECRET\r\nSet-Cookie: b=SECRET\r\n\r\n\
    <!doctype html><title>Page</title>";
