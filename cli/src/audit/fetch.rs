//! A client that trusts no server: bounded in time, bytes and headers.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};
use tower_visor::audit::{Fetch, Head, Response};

use super::connect::{self, Budget};
use super::heads::{Heads, MOST_HEADER_BYTES, MOST_HEADERS, too_large};
use crate::fault::Fault;

pub(super) struct Limits {
    /// Of one answer.
    pub(super) time: Duration,
    pub(super) bytes: usize,
    /// Of the whole run.
    pub(super) total_time: Duration,
    pub(super) total_bytes: usize,
}

/// Why there is no answer.
pub(super) enum Miss {
    /// This one didn't come.
    Answer(String),
    /// The run is over: no further one will come.
    Run(String),
}

pub(super) struct Client {
    limits: Limits,
    budget: Arc<Budget>,
    tls: TlsConnector,
}

impl Client {
    /// `authority` is one more to trust, as PEM. The run begins now.
    pub(super) fn new(limits: Limits, authority: Option<&[u8]>) -> Result<Self, Fault> {
        let mut roots = RootCertStore::empty();
        // A certificate of the system that can't be read is one authority less, not a fault.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if let Some(pem) = authority {
            let no_pem = |error| Fault::new("--ca", &format!("no certificates in PEM: {error}"));
            let mut count = 0;
            for certificate in CertificateDer::pem_slice_iter(pem) {
                let certificate = certificate.map_err(no_pem)?;
                roots
                    .add(certificate)
                    .map_err(|error| Fault::new("--ca", &error))?;
                count += 1;
            }
            if count == 0 {
                return Err(Fault::new(
                    "--ca",
                    &"no certificate in the file; give it as PEM",
                ));
            }
        }
        let provider = Arc::new(crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| Fault::new("TLS", &error))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let budget = Budget::new(limits.total_time, limits.total_bytes);
        Ok(Self {
            limits,
            budget: Arc::new(budget),
            tls: TlsConnector::from(Arc::new(config)),
        })
    }

    /// One request and what answers it; redirects are somebody else's.
    pub(super) async fn send(&self, fetch: &Fetch) -> Result<Response, Miss> {
        if let Some(why) = self.budget.spent() {
            return Err(Miss::Run(why));
        }
        let time = self.limits.time.min(self.budget.time_left());
        let answer = tokio::time::timeout(time, self.exchange(fetch)).await;
        let answer = answer.unwrap_or_else(|_| {
            let seconds = self.limits.time.as_secs_f64();
            Err(format!(
                "no whole answer within {seconds} seconds; --timeout gives it more"
            ))
        });
        answer.map_err(|why| match self.budget.spent() {
            Some(why) => Miss::Run(why),
            None => Miss::Answer(why),
        })
    }

    async fn exchange(&self, fetch: &Fetch) -> Result<Response, String> {
        let mut request = fetch.request.clone();
        for (name, value) in [
            (
                header::USER_AGENT,
                concat!("tower-visor/", env!("CARGO_PKG_VERSION")),
            ),
            (header::ACCEPT, "text/html,*/*;q=0.8"),
            (header::ACCEPT_ENCODING, "identity"),
            (header::CONNECTION, "close"),
        ] {
            let value = HeaderValue::from_static(value);
            request.headers_mut().insert(name, value);
        }
        let url = &fetch.url;
        let is_tls = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err("only http and https can be asked".to_owned()),
        };
        let port = url.port().unwrap_or(if is_tls { 443 } else { 80 });
        let stream = connect::connect(fetch, port, &self.budget).await?;
        let (head, body) = if is_tls {
            let host = url.host().ok_or("it has no host")?;
            let name = ServerName::try_from(connect::bare(host.as_str()).to_owned())
                .map_err(|_| "no name that a certificate could have".to_owned())?;
            let stream = self.tls.connect(name, stream).await.map_err(|error| {
                format!("no TLS: {error}; an authority of your own is given with --ca FILE")
            })?;
            self.talk(stream, request).await?
        } else {
            self.talk(stream, request).await?
        };
        Response::from_head(&url.to_string(), head, body).map_err(|error| error.to_string())
    }

    /// One request and its answer on a connection.
    async fn talk<S>(
        &self,
        stream: S,
        request: Request<Bytes>,
    ) -> Result<(Head, Option<Bytes>), String>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let (stream, outcome) = Heads::new(stream);
        let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
            .max_headers(MOST_HEADERS)
            // What is written for a control character is three bytes long.
            .max_buf_size(4 * MOST_HEADER_BYTES)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| explain(&error))?;
        let exchange = async {
            let answer = sender.send_request(request.map(Full::new)).await;
            let (parts, body) = answer.map_err(|error| explain(&error))?.into_parts();
            let body = self.collect(body).await?;
            Ok((parts, body))
        };
        let answer = drive(connection, exchange).await;
        match outcome.take() {
            Some(Err(why)) => Err(why),
            Some(Ok(head)) => answer.map(|(_, body)| (head, body)),
            None => Err(answer
                .err()
                .unwrap_or_else(|| "no HTTP/1.1 answer".to_owned())),
        }
    }

    async fn collect(&self, mut body: hyper::body::Incoming) -> Result<Bytes, String> {
        let mut bytes = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| explain(&error))?;
            if let Ok(data) = frame.into_data() {
                if bytes.len() + data.len() > self.limits.bytes {
                    let most = self.limits.bytes;
                    return Err(format!("more than {most} bytes; --max-bytes allows more"));
                }
                bytes.extend_from_slice(&data);
            }
        }
        Ok(bytes.freeze())
    }
}

/// Runs the exchange while the connection moves its bytes; an answer that was begun may be read to
/// its end after the connection is done.
async fn drive<T>(
    connection: impl Future<Output = Result<(), hyper::Error>>,
    exchange: impl Future<Output = Result<(http::response::Parts, T), String>>,
) -> Result<(http::response::Parts, Option<T>), String> {
    let mut connection = std::pin::pin!(connection);
    let mut exchange = std::pin::pin!(exchange);
    let mut is_open = true;
    let (parts, body) = std::future::poll_fn(|context| {
        if is_open && connection.as_mut().poll(context).is_ready() {
            is_open = false;
        }
        exchange.as_mut().poll(context)
    })
    .await?;
    // Compressed bodies were not asked for; one that comes all the same can't be read.
    let is_plain = parts.headers.get_all(header::CONTENT_ENCODING).iter();
    let is_plain = is_plain
        .map(HeaderValue::as_bytes)
        .all(|coding| coding.eq_ignore_ascii_case(b"identity"));
    Ok((parts, is_plain.then_some(body)))
}

fn explain(error: &hyper::Error) -> String {
    if error.is_parse_too_large() {
        return too_large();
    }
    // The cause says more, where there is one.
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    format!("no HTTP/1.1 answer: {text}")
}
