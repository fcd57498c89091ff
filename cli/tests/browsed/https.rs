//! Over HTTPS: whose certificate the browser saw, and by whose word it took it.

use std::fs;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use rcgen::{BasicConstraints, Certificate, CertificateParams, DnType, IsCa, KeyPair};
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned, crypto};
use tower_visor::sri::{Algorithm, Digest};

use crate::browse;
use crate::site::{Answer, Asked, serve};

/// An authority that nobody knows.
struct Authority {
    certificate: Certificate,
    key: KeyPair,
}

/// A server that it vouches for.
struct Server {
    origin: String,
    /// SHA-256 of its certificate, in hexadecimal.
    fingerprint: String,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let name = &mut params.distinguished_name;
        name.push(DnType::CommonName, "an authority of our own");
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self { certificate, key }
    }

    fn pem(&self) -> String {
        let text = base64::engine::general_purpose::STANDARD.encode(self.certificate.der());
        format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
    }

    fn serve(
        &self,
        host: &str,
        answer: impl Fn(&Asked) -> Option<Answer> + Send + Sync + 'static,
    ) -> Server {
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        let name = &mut params.distinguished_name;
        name.push(DnType::CommonName, "the page's server");
        params.not_before = rcgen::date_time_ymd(2026, 1, 2);
        params.not_after = rcgen::date_time_ymd(2036, 1, 3);
        let key = KeyPair::generate().unwrap();
        let own = params
            .signed_by(&key, &self.certificate, &self.key)
            .unwrap();
        let digest = Digest::of(Algorithm::Sha256, own.der());
        let hex = digest.as_bytes().iter().map(|byte| format!("{byte:02x}"));
        let fingerprint = hex.collect();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![own.der().clone()], key)
            .unwrap();
        let (config, answer) = (Arc::new(config), Arc::new(answer));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
                let stream = StreamOwned::new(connection, stream);
                let answer = Arc::clone(&answer);
                std::thread::spawn(move || serve(stream, &*answer, &Mutex::default()));
            }
        });
        let origin = format!("https://{host}:{port}");
        Server {
            origin,
            fingerprint,
        }
    }
}

/// The page comes with HSTS, after which browsers let nobody make an exception by hand.
fn page(foreign: String) -> impl Fn(&Asked) -> Option<Answer> + Send + Sync + 'static {
    move |asked| {
        let hsts = vec![("strict-transport-security", "max-age=31536000".to_owned())];
        let html = format!(
            "<!doctype html><link rel=icon href=data:,><title>t</title>
             <script src={foreign}/other.js></script><script src=/a.js></script>"
        );
        match &*asked.path {
            "/" => Some(("text/html", hsts, html.into())),
            "/a.js" => {
                let code = "setTimeout(() => fetch('/late'), 300)";
                Some(("text/javascript", hsts, code.into()))
            }
            "/late" => Some(("text/plain", hsts, b"late".to_vec())),
            _ => None,
        }
    }
}

#[test]
fn a_certificate_of_an_authority_of_ones_own_is_taken_and_is_in_the_evidence() {
    let authority = Authority::new();
    let script = |_: &Asked| Some(("text/javascript", Vec::new(), b"var other = 1".to_vec()));
    let other = authority.serve("other.localhost", script);
    let server = authority.serve("liveness.localhost", page(other.origin.clone()));
    let url = format!("{}/", server.origin);
    for browser in ["chromium", "firefox"] {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        fs::write(file("ca.pem"), authority.pem()).unwrap();
        let arguments = [&*url, "--profile", "document", "--format", "json"];
        // Nobody vouches for it: no page is judged.
        let Some(ran) = browse(browser, folder.path(), &arguments) else {
            continue;
        };
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{browser}");

        let more = ["--ca", "ca.pem", "--evidence", "evidence.html"];
        let ran = browse(browser, folder.path(), &[&arguments[..], &more].concat()).unwrap();
        assert!(ran.code < 2, "{browser}: {}", ran.err);
        let seen = &ran.json()["received"]["seen"];
        let by = match browser {
            "chromium" => "the browser",
            _ => "a connection of the program's own, at the same time",
        };
        assert_eq!(
            seen["certificate"],
            serde_json::json!({
                "subject": "CN=the page's server",
                "issuer": "CN=an authority of our own",
                "not_before": "2026-01-02T00:00:00Z",
                "not_after": "2036-01-03T00:00:00Z",
                "fingerprint": server.fingerprint,
                "seen_by": by,
            }),
            "{browser}"
        );
        let files = seen["files"].as_array().unwrap();
        let of = |url: String| files.iter().find(|file| file["url"] == url).unwrap();
        assert_eq!(of(format!("{url}late"))["status"], 200, "{browser}");
        // The authority's word is taken for the page's server alone.
        let foreign = of(format!("{}/other.js", other.origin));
        assert!(foreign["status"].is_null(), "{browser}: {foreign}");
        assert!(foreign["failure"].is_string(), "{browser}: {foreign}");

        let html = fs::read_to_string(file("evidence.html")).unwrap();
        for part in [
            "<dt>certificate of</dt><dd>CN=the page&#39;s server</dd>",
            "<dt>issued by</dt><dd>CN=an authority of our own</dd>",
            "<dt>valid</dt><dd>2026-01-02T00:00:00Z to 2036-01-03T00:00:00Z</dd>",
            &format!("<code>SHA-256 {}</code>", server.fingerprint),
            &format!("<dt>seen by</dt><dd>{}</dd>", by.replace('\'', "&#39;")),
        ] {
            assert!(html.contains(part), "{browser}: {part}");
        }
    }
}
