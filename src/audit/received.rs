//! What a report says about the page as a browser received it.

use serde::Serialize;

use super::{Observation, RanKind, SeenScript};

/// The page as a browser received it: what PCI DSS 11.6.1 requires to be examined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Received {
    /// What was seen, without the texts of documents.
    pub seen: Observation,
    /// Everything that ran, each once: PCI DSS 6.4.3's inventory.
    pub inventory: Vec<Accounted>,
}

/// Code that ran, and what accounts for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Accounted {
    /// The code.
    #[serde(flatten)]
    pub script: SeenScript,
    /// What vouches for its bytes: `pin`, `integrity of the page`, `CSP hash`, `approved`; `None` if
    /// nothing does.
    pub vouched: Option<String>,
    /// Who answers for it, if known.
    pub owner: Option<String>,
    /// Why it is there, likewise.
    pub justification: Option<String>,
}

impl SeenScript {
    /// Its kind and its address, and for what has none its digest: what a baseline knows it by.
    pub(super) fn place(&self) -> String {
        let address = self.url.split('?').next().unwrap_or_default();
        match self.kind {
            RanKind::Script | RanKind::Module => format!("script {address}"),
            RanKind::Inline | RanKind::Eval | RanKind::Wasm => {
                format!("{} {}", self.kind, self.digest())
            }
        }
    }

    /// Its digest as reports show it (SHA-384), or `not seen`.
    pub(super) fn digest(&self) -> String {
        let digests = self.digests.iter();
        let strong = digests.map(ToString::to_string);
        let mut strong = strong.filter(|text| text.starts_with("sha384-"));
        strong.next().unwrap_or_else(|| "not seen".to_owned())
    }

    /// Its address, with the place in it where it doesn't begin there.
    pub(super) fn whence(&self) -> String {
        match self.kind {
            RanKind::Script | RanKind::Module | RanKind::Wasm => self.url.clone(),
            RanKind::Inline | RanKind::Eval => {
                format!("{}:{}:{}", self.url, self.line, self.column)
            }
        }
    }
}
