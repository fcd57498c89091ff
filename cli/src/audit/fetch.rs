//! A client that trusts no server: bounded in time, bytes and headers.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, header};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};
use tower_visor::audit::{Fetch, Response};

use super::connect::{self, Budget, Metered};
use super::frames::Refused;
use super::talk;
use crate::fault::Fault;
use crate::secrets::Sent;

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
    sent: Sent,
    /// With a choice of protocols.
    tls: TlsConnector,
    /// With HTTP/1.1 alone.
    tls_of_http1: TlsConnector,
}

/// Protocols by their names in ALPN: RFC 9113, section 3.2, and RFC 7301, section 6.
const HTTP2: &[u8] = b"h2";
const HTTP1: &[u8] = b"http/1.1";

impl Client {
    /// `authority` is one more to trust, as PEM; `sent` goes with requests. The run begins now.
    pub(super) fn new(limits: Limits, authority: Option<&[u8]>, sent: Sent) -> Result<Self, Fault> {
        let mut roots = RootCertStore::empty();
        // A certificate of the system that can't be read is one authority less, not a fault.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if let Some(pem) = authority {
            let no_pem = |error| Fault::new("--ca", &format!("not certificates in PEM:{error}"));
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
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| Fault::new("TLS", &error))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut with = |protocols: &[&[u8]]| {
            config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
            TlsConnector::from(Arc::new(config.clone()))
        };
        let budget = Budget::new(limits.total_time, limits.total_bytes);
        Ok(Self {
            limits,
            budget: Arc::new(budget),
            sent,
            tls: with(&[HTTP2, HTTP1]),
            tls_of_http1: with(&[HTTP1]),
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
                "no complete answer within {seconds} seconds; --timeout allows more"
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
        ] {
            let value = HeaderValue::from_static(value);
            request.headers_mut().insert(name, value);
        }
        let (url, most) = (&fetch.url, self.limits.bytes);
        self.sent.add_to(url, request.headers_mut());
        match url.scheme() {
            "https" => {
                let stream = self.encrypted(fetch, &self.tls).await?;
                if stream.get_ref().1.alpn_protocol() != Some(HTTP2) {
                    return talk::http1(url, stream, request, most).await;
                }
                match talk::http2(url, stream, request.clone(), most).await {
                    Ok(response) => Ok(response),
                    Err(Refused::Fault(why)) => Err(why),
                    // As browsers do, once.
                    Err(Refused::WantsHttp1) => {
                        let stream = self.encrypted(fetch, &self.tls_of_http1).await?;
                        talk::http1(url, stream, request, most).await
                    }
                }
            }
            "http" => {
                let stream = self.connected(fetch, 80).await?;
                talk::http1(url, stream, request, most).await
            }
            _ => Err("only http and https can be asked".to_owned()),
        }
    }

    /// The certificate of a page's server, from a connection of the program's own.
    pub(super) async fn certificate(&self, fetch: &Fetch) -> Result<Vec<u8>, String> {
        let stream = self.encrypted(fetch, &self.tls).await?;
        let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
        let first = chain.first().ok_or("the server has no certificate")?;
        Ok(first.as_ref().to_vec())
    }

    /// What the run may still take.
    pub(super) fn budget(&self) -> Arc<Budget> {
        Arc::clone(&self.budget)
    }

    async fn connected(&self, fetch: &Fetch, port: u16) -> Result<Metered, String> {
        let port = fetch.url.port().unwrap_or(port);
        let host = fetch.url.host().ok_or("it has no host")?;
        let check = |address| fetch.check(address);
        connect::connect(host, port, check, &self.budget).await
    }

    async fn encrypted(
        &self,
        fetch: &Fetch,
        tls: &TlsConnector,
    ) -> Result<TlsStream<Metered>, String> {
        let stream = self.connected(fetch, 443).await?;
        let host = fetch.url.host().ok_or("it has no host")?;
        let name = ServerName::try_from(connect::bare(host.as_str()).to_owned())
            .map_err(|_| "no name that a certificate could have".to_owned())?;
        tls.connect(name, stream).await.map_err(|error| {
            format!("no TLS: {error}; name an authority of your own with --ca FILE")
        })
    }
}
