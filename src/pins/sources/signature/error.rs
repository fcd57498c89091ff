//! What can be wrong with a signature.

use super::super::IntegrityError;
use super::RegistryKeys;

/// Why no signature vouches for a package, or why keys can't be used.
///
/// `package` reads `name@version`.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// Larger than any packument.
    #[error(
        "the document is {bytes} bytes long, more than the {} that are read; save `npm view NAME@VERSION dist --json` alone",
        RegistryKeys::LARGEST
    )]
    TooLarge {
        /// Its size in bytes.
        bytes: usize,
    },

    /// Not text.
    #[error("byte {offset}: not UTF-8; save the registry's answer as it comes")]
    NotUtf8 {
        /// Where the first bad byte stands.
        offset: usize,
    },

    /// Not JSON, or a key that stands twice.
    #[error(
        "line {line}, column {column}: {reason}; this should be JSON as the registry answers it"
    )]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What the parser says.
        reason: String,
    },

    /// A value of another kind than the registry writes.
    #[error("{place}: should be {needed}")]
    Shape {
        /// Where.
        place: &'static str,
        /// What should stand there.
        needed: &'static str,
    },

    /// A packument without this version.
    #[error("the packument doesn't hold {package}; fetch a newer one")]
    NoVersion {
        /// What was looked for.
        package: String,
    },

    /// Another package's document.
    #[error(
        "the document is of {found} and not of {package}; a signature counts for one version of one package"
    )]
    OtherPackage {
        /// What was looked for.
        package: String,
        /// What the document says that it is of.
        found: String,
    },

    /// No `dist.integrity`.
    #[error(
        "{package} has no `dist.integrity`, which is what would be signed; fetch the document from registry.npmjs.org"
    )]
    NoIntegrity {
        /// The package.
        package: String,
    },

    /// A malformed integrity.
    #[error("{package}, dist.integrity: {fault}")]
    Integrity {
        /// The package.
        package: String,
        /// What is wrong with it.
        fault: IntegrityError,
    },

    /// SHA-1 alone.
    #[error(
        "{package} has a SHA-1 integrity only; a signature over it doesn't prove the tarball's content"
    )]
    WeakIntegrity {
        /// The package.
        package: String,
    },

    /// No signature at all.
    #[error(
        "{package} has no signatures; mirrors leave them out, fetch the document from registry.npmjs.org"
    )]
    NoSignatures {
        /// The package.
        package: String,
    },

    /// By a key that isn't known.
    #[error(
        "{package} is signed by the key {key_id}, which is not among the keys; get the registry's keys from https://registry.npmjs.org/-/npm/v1/keys and compare"
    )]
    UnknownKey {
        /// The package.
        package: String,
        /// The key's id, shortened.
        key_id: String,
    },

    /// By a key that had expired.
    #[error(
        "{package} was published at {published}, after the key {key_id} had expired at {expires}; whoever has the old key could sign it, ask the registry"
    )]
    Expired {
        /// The package.
        package: String,
        /// The key's id.
        key_id: String,
        /// When the key expired.
        expires: String,
        /// When the version was published, as the document says.
        published: String,
    },

    /// Not base64, or not DER.
    #[error(
        "{package}: the signature by {key_id} is no base64 of a DER signature; fetch the document again"
    )]
    Malformed {
        /// The package.
        package: String,
        /// The key's id.
        key_id: String,
    },

    /// A signature of something else.
    #[error(
        "{package}: the signature by {key_id} is not one of this name, version and integrity; don't use the package, and compare with another source"
    )]
    Mismatch {
        /// The package.
        package: String,
        /// The key's id.
        key_id: String,
    },

    /// A file without keys.
    #[error("no keys; give the answer of https://registry.npmjs.org/-/npm/v1/keys")]
    NoKeys,

    /// A key that can't be used.
    #[error("key {number}: {reason}; give the answer of https://registry.npmjs.org/-/npm/v1/keys")]
    Key {
        /// Which of the keys, from 1.
        number: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
}

crate::errors::debug_is_display!(SignatureError);

/// A key's id as messages show it: short, and without characters that could fake more text.
pub(super) fn key_id(id: &str) -> String {
    let mut short: String = id.chars().take(60).flat_map(char::escape_default).collect();
    if id.chars().nth(60).is_some() {
        short.push_str("...");
    }
    short
}
