//! How a site sends its manifest, and the manifest as an answer.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};

use crate::header::{CacheControl, WaictMode};
use crate::response::{Asked, ResponseClass, WholeBody, asked, refusal, response};
use crate::waict::{WaictManifest, WaictSpelling};

/// How many manifests of earlier versions are still served after a reload: of pages that are on their
/// way to somebody.
const KEPT: usize = 3;

/// How a site sends its manifest: see [`SiteBuilder::waict`](super::SiteBuilder::waict). **Experimental.**
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteWaict {
    pub(super) mode: WaictMode,
    spelling: WaictSpelling,
    pub(super) proof: Vec<u8>,
}

impl SiteWaict {
    /// What browsers do with a file that differs from the manifest; spelt as in the draft, without a
    /// proof.
    pub const fn new(mode: WaictMode) -> Self {
        Self {
            mode,
            spelling: WaictSpelling::Draft,
            proof: Vec::new(),
        }
    }

    /// For another reader: Firefox's prototype takes only [its own
    /// spelling](WaictSpelling::Prototype).
    #[must_use]
    pub fn spelling(mut self, spelling: WaictSpelling) -> Self {
        self.spelling = spelling;
        self
    }

    /// The proof that a transparency service gave for this very manifest; it is sent and not checked.
    #[must_use]
    pub fn proof(mut self, proof: impl Into<Vec<u8>>) -> Self {
        self.proof = proof.into();
        self
    }
}

impl From<WaictMode> for SiteWaict {
    fn from(mode: WaictMode) -> Self {
        Self::new(mode)
    }
}

/// A manifest, ready to be sent.
#[derive(Clone)]
pub(super) struct Manifest {
    pub(super) mode: WaictMode,
    pub(super) value: WaictManifest,
    pub(super) path: String,
    pub(super) body: Bytes,
    tag: HeaderValue,
    headers: HeaderMap,
    /// Those of earlier versions, the newest first; none of them has any.
    before: Vec<Self>,
}

impl Manifest {
    pub(super) fn new(base: &str, manifest: WaictManifest, waict: &SiteWaict) -> Self {
        let body = manifest.to_body(waict.spelling);
        let name = WaictManifest::path_of(&body);
        // Of the characters of base64url.
        let tag = HeaderValue::try_from(format!("\"{name}\""));
        let tag = tag.unwrap_or(HeaderValue::from_static("\"\""));
        let headers = HeaderMap::from_iter([
            (ETAG, tag.clone()),
            (CACHE_CONTROL, CacheControl::IMMUTABLE_YEAR.into()),
            (
                CONTENT_TYPE,
                HeaderValue::from_static(WaictManifest::CONTENT_TYPE),
            ),
            (CONTENT_LENGTH, body.len().into()),
        ]);
        Self {
            mode: waict.mode,
            value: manifest,
            path: format!("{base}{name}"),
            body: Bytes::from(body),
            tag,
            headers,
            before: Vec::new(),
        }
    }

    /// Goes on serving what another one served.
    pub(super) fn follow(&mut self, other: &Self) {
        let before = std::iter::once(other).chain(&other.before);
        let others = before.filter(|before| before.path != self.path);
        let without_past = |before: &Self| Self {
            before: Vec::new(),
            ..before.clone()
        };
        self.before = others.take(KEPT).map(without_past).collect();
    }

    /// The answer to a request for it, or for an earlier one.
    #[cold]
    pub(super) fn answer<B>(&self, request: &Request<B>) -> Option<Response<WholeBody>> {
        let path = request.uri().path();
        let mut all = std::iter::once(self).chain(&self.before);
        let manifest = all.find(|manifest| manifest.path == path)?;
        let headers = manifest.headers.clone();
        let mut answer = match asked(request, &manifest.tag) {
            Asked::Refused(status) => refusal(status),
            Asked::NotModified => response(StatusCode::NOT_MODIFIED, headers, WholeBody::default()),
            Asked::Head => response(StatusCode::OK, headers, WholeBody::default()),
            Asked::Get => response(StatusCode::OK, headers, manifest.body.clone().into()),
        };
        answer.extensions_mut().insert(ResponseClass::PinnedAsset);
        Some(answer)
    }
}
