//! What a report holds besides findings: what was looked at, and what was not.

use serde::Serialize;

use super::{Code, Profile};
use crate::sri::Digest;

/// A response that was examined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Observed {
    /// Its URL, without query and fragment.
    pub url: String,
    /// What it was judged as.
    pub profile: Profile,
    /// The status code.
    pub status: u16,
    /// The headers as sent, sorted by name, values of one name in the order sent. `Set-Cookie`
    /// without the cookies' values.
    pub headers: Vec<(String, String)>,
    /// The enforced policies, as browsers read them: those of the headers, then those of `meta`
    /// elements.
    pub policies: Vec<String>,
    /// Length of the body in bytes, if it was read.
    pub bytes: Option<u64>,
    /// Digest of the body, if it was read.
    pub digest: Option<Digest>,
}

/// Something that was not examined.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct NotChecked {
    /// Of which response.
    pub url: String,
    /// What.
    pub what: String,
    /// Why not, and what it would take.
    pub why: String,
    /// What could be found there, if known.
    #[serde(skip)]
    pub codes: Vec<Code>,
}

/// A script or a style sheet of a page: what PCI DSS 6.4.3 calls the inventory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Script {
    /// The page that loads it.
    pub page: String,
    /// `script`, `module`, `stylesheet`, `modulepreload`, `inline script`, `inline style` ...
    pub kind: &'static str,
    /// Its URL without fragment, a query that is not a plain version as `...`; for an inline one the
    /// place in the page.
    pub url: String,
    /// Its length in bytes, if it was seen.
    pub bytes: Option<u64>,
    /// Its digest, if it was seen.
    pub digest: Option<Digest>,
    /// What ties it to these bytes: `integrity attribute`, `import map`, `guard`, `CSP hash`,
    /// `nonce`, `none`.
    pub integrity: &'static str,
    /// How far the digest can be traced back, if it is pinned.
    pub provenance: Option<&'static str>,
    /// Why it is there: the SDK's package, or nothing if the audit can't know.
    pub justification: Option<String>,
}

/// The Face Liveness SDK of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SdkState {
    /// Its version.
    pub version: String,
    /// How far it is behind (`current`, `patch`, `minor` ...), if the day is known.
    pub support: Option<&'static str>,
    /// The same as a sentence.
    pub sentence: Option<String>,
    /// The day up to which the table of releases is complete.
    pub releases_as_of: String,
}
