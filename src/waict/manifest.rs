//! A WAICT manifest as a value.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::hash::Hash;
use crate::sri::Digest;
use crate::url::{Origin, Url};

/// What a site may run, by the digest of each of its files before content coding. See the
/// [module](super): **experimental**.
///
/// | member of the draft | here |
/// |---|---|
/// | `hashes`: what a URL has to hold | [`file`](Self::file) |
/// | `wasm_hashes`: which WebAssembly may be compiled, wherever it comes from | [`wasm`](Self::wasm) |
/// | `fallback_hashes`: which documents may come at any URL, as error pages do | [`fallback`](Self::fallback) |
/// | the proof that the manifest is in a log | [`proof`](Self::proof) |
#[derive(Clone, PartialEq, Eq)]
pub struct WaictManifest {
    pub(super) origin: Origin,
    /// By URL, absolute and as browsers write it.
    pub(super) files: BTreeMap<String, Hash>,
    pub(super) wasm: BTreeSet<Hash>,
    pub(super) fallback: BTreeSet<Hash>,
    /// The line behind the JSON: without a line feed.
    pub(super) proof: String,
}

impl WaictManifest {
    /// The type that a manifest is sent as. It is not registered yet.
    pub const CONTENT_TYPE: &str = "application/waict-integrity-manifest";

    /// An empty manifest for an origin: nothing may run.
    pub fn new(origin: Origin) -> Self {
        Self {
            origin,
            files: BTreeMap::new(),
            wasm: BTreeSet::new(),
            fallback: BTreeSet::new(),
            proof: String::new(),
        }
    }

    /// A file: its URL, relative to the origin or absolute, and its bytes. A later one at the same URL
    /// replaces it; a URL that browsers can't read is left out, because they never request it.
    ///
    /// URLs are written in full, as the draft requires, so a manifest is valid for this origin and
    /// not for a copy of the site under another name.
    #[must_use]
    pub fn file(mut self, url: &str, bytes: &[u8]) -> Self {
        if let Ok(url) = Url::from(self.origin.clone()).join(url) {
            self.files.insert(url.to_string(), Hash::of(bytes));
        }
        self
    }

    /// WebAssembly that may be compiled, however its bytes were obtained.
    #[must_use]
    pub fn wasm(mut self, bytes: &[u8]) -> Self {
        self.wasm.insert(Hash::of(bytes));
        self
    }

    /// A document that may come at any URL: an error page, or a page that each visitor sees at a different
    /// URL.
    #[must_use]
    pub fn fallback(mut self, bytes: &[u8]) -> Self {
        self.fallback.insert(Hash::of(bytes));
        self
    }

    /// The proof that the manifest is in a public log, which a transparency service gives: the bytes
    /// of its `WaictInclusionProof`. None is made or checked here.
    #[must_use]
    pub fn proof(mut self, bytes: &[u8]) -> Self {
        self.proof = STANDARD.encode(bytes);
        self
    }

    /// The origin that its URLs are read for.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The URLs, each with the digest of what has to come from it; sorted.
    pub fn files(&self) -> impl Iterator<Item = (&str, Digest)> {
        self.files
            .iter()
            .map(|(url, hash)| (url.as_str(), hash.digest()))
    }

    /// Whether a URL, absolute and as browsers write it, has an entry.
    pub fn names(&self, url: &str) -> bool {
        self.files.contains_key(url)
    }

    /// Whether these bytes may come from a URL, absolute and as browsers write it.
    pub fn allows(&self, url: &str, bytes: &[u8]) -> bool {
        self.files
            .get(url)
            .is_some_and(|hash| *hash == Hash::of(bytes))
    }

    /// Whether these bytes may be compiled as WebAssembly.
    pub fn allows_wasm(&self, bytes: &[u8]) -> bool {
        self.wasm.contains(&Hash::of(bytes))
    }

    /// Whether these bytes may come as a document from any URL.
    pub fn allows_fallback(&self, bytes: &[u8]) -> bool {
        self.fallback.contains(&Hash::of(bytes))
    }

    /// Whether a digest is somewhere in it: of a file, of WebAssembly, of a document for any URL.
    /// `false` for one that isn't SHA-256, which a manifest can't hold.
    pub fn holds(&self, digest: &Digest) -> bool {
        Hash::from_digest(digest).is_some_and(|hash| {
            self.fallback.contains(&hash)
                || self.wasm.contains(&hash)
                || self.files.values().any(|known| *known == hash)
        })
    }

    /// Whether it comes with a proof.
    pub fn has_proof(&self) -> bool {
        !self.proof.is_empty()
    }
}

/// How much is in it.
impl fmt::Debug for WaictManifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaictManifest")
            .field("origin", &format_args!("{}", self.origin))
            .field("files", &self.files.len())
            .field("wasm", &self.wasm.len())
            .field("fallback", &self.fallback.len())
            .field("proof", &self.proof.len())
            .finish()
    }
}
