//! What evidence names of a certificate.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tower_visor::audit::Certificate;
use tower_visor::sri::{Algorithm, Digest};
use tower_visor::url::Url;
use x509_cert::Certificate as X509;
use x509_cert::der::{Decode as _, Encode as _};

/// Reads a certificate (DER). What can't be read is still known by its fingerprint.
pub(crate) fn read(der: &[u8], seen_by: &str) -> Certificate {
    let mut certificate = Certificate::of_der(der);
    seen_by.clone_into(&mut certificate.seen_by);
    if let Ok(read) = X509::from_der(der) {
        let read = read.tbs_certificate();
        certificate.subject = read.subject().to_string();
        certificate.issuer = read.issuer().to_string();
        let validity = read.validity();
        certificate.not_before = validity.not_before.to_date_time().to_string();
        certificate.not_after = validity.not_after.to_date_time().to_string();
    }
    certificate
}

/// The digest (SHA-256, in base64) of a certificate's key, by which Chromium takes it for good.
pub(super) fn key_of(der: &[u8]) -> Option<String> {
    let read = X509::from_der(der).ok()?;
    let key = read.tbs_certificate().subject_public_key_info();
    let key = key.to_der().ok()?;
    Some(Digest::of(Algorithm::Sha256, &key).to_base64())
}

/// A line of Firefox's `cert_override.txt`: this certificate is good for this server. The object
/// identifier is that of SHA-256.
pub(super) fn exception(page: &Url, der: &[u8]) -> String {
    let host = page.host().map(ToString::to_string).unwrap_or_default();
    let port = page.port().unwrap_or(443);
    let digest = Digest::of(Algorithm::Sha256, der);
    let bytes = digest.as_bytes().iter();
    let hex: Vec<String> = bytes.map(|byte| format!("{byte:02X}")).collect();
    let hex = hex.join(":");
    format!("{host}:{port}:\tOID.2.16.840.1.101.3.4.2.1\t{hex}\t\n")
}

/// The first of a chain as Chromium tells it: in base64.
pub(super) fn of_base64(text: &str, seen_by: &str) -> Option<Certificate> {
    let der = STANDARD.decode(text).ok()?;
    Some(read(&der, seen_by))
}
