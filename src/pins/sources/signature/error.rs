//! What can be wrong with a registry signature.

use super::super::IntegrityError;
use super::RegistryKeys;

crate::errors::opaque! {
    /// Why no signature vouches for a package, or why keys can't be used.
    ///
    /// `package` reads `name@version`.
    pub struct SignatureError(SignatureFault);

    /// What a [`SignatureError`] is about.
    pub enum SignatureErrorKind {
        /// There is nothing that a signature could vouch for, or no signature.
        Unsigned = NoIntegrity | WeakIntegrity | NoSignatures,
        /// Signed by a key that is not among those given: fetch the registry's, and compare.
        UnknownKey = UnknownKey,
        /// Signed with a key that had expired.
        Expired = Expired,
        /// Not a signature of this name, version and integrity: don't use the package.
        Mismatch = Mismatch,
    } else {
        /// The document or the keys can't be used: they are malformed, or belong to something else.
        Document
    }
}

/// What is wrong, with the message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum SignatureFault {
    #[error(
        "the document is {bytes} bytes long, over the limit of {}; save `npm view NAME@VERSION dist --json` alone",
        RegistryKeys::LARGEST
    )]
    TooLarge { bytes: usize },

    #[error("byte {offset}: not UTF-8; save the registry's answer as it comes")]
    NotUtf8 { offset: usize },

    #[error(
        "line {line}, column {column}: {reason}; this should be JSON as the registry answers it"
    )]
    Syntax {
        line: usize,
        column: usize,
        reason: String,
    },

    #[error("{place}: should be {needed}")]
    Shape {
        place: &'static str,
        needed: &'static str,
    },

    #[error("the packument doesn't list {package}; fetch a newer one")]
    NoVersion { package: String },

    #[error(
        "the document is for {found}, not for {package}; a signature is valid for one version of one package"
    )]
    OtherPackage { package: String, found: String },

    #[error(
        "{package} has no `dist.integrity`, which is what would be signed; fetch the document from registry.npmjs.org"
    )]
    NoIntegrity { package: String },

    #[error("{package}, dist.integrity: {fault}")]
    Integrity {
        package: String,
        fault: IntegrityError,
    },

    #[error(
        "{package} has only a SHA-1 integrity; a signature over it doesn't prove the tarball's content"
    )]
    WeakIntegrity { package: String },

    #[error(
        "{package} has no signatures; mirrors leave them out, fetch the document from registry.npmjs.org"
    )]
    NoSignatures { package: String },

    #[error(
        "{package} is signed by the key {key_id}, which is not among the keys; get the registry's keys from https://registry.npmjs.org/-/npm/v1/keys and compare"
    )]
    UnknownKey { package: String, key_id: String },

    #[error(
        "{package} was published at {published}, after the key {key_id} had expired at {expires}; anyone who has the old key could have signed it, ask the registry"
    )]
    Expired {
        package: String,
        key_id: String,
        expires: String,
        published: String,
    },

    #[error(
        "{package}: the signature by {key_id} is not the base64 of a DER signature; fetch the document again"
    )]
    Malformed { package: String, key_id: String },

    #[error(
        "{package}: the signature by {key_id} doesn't match this name, version and integrity; don't use the package, and compare with another source"
    )]
    Mismatch { package: String, key_id: String },

    #[error("no keys; give the answer of https://registry.npmjs.org/-/npm/v1/keys")]
    NoKeys,

    #[error("key {number}: {reason}; give the answer of https://registry.npmjs.org/-/npm/v1/keys")]
    Key { number: usize, reason: &'static str },
}

/// A key's id as messages show it: short, and without characters that could fake more text.
pub(super) fn key_id(id: &str) -> String {
    let mut short: String = id.chars().take(60).flat_map(char::escape_default).collect();
    if id.chars().nth(60).is_some() {
        short.push_str("...");
    }
    short
}
