//! [`Reporting`]: where browsers send their reports.

use super::PolicyError;
use crate::header::{EndpointName, HeaderError, ReportingEndpoints};

/// The endpoint that browsers report violations to.
///
/// Its name is in `Reporting-Endpoints`, in `report-to` of every policy and of the
/// cross-origin headers; its URL in `report-uri` too, for browsers that know only that one.
///
/// ```
/// use tower_visor::policy::{Reporting, ScriptHashes};
///
/// let reporting = Reporting::new("visor", "https://liveness.contoso.example/reports")?
///     .script_hashes(ScriptHashes::Sha384);
/// # Ok::<(), tower_visor::policy::PolicyError>(())
/// ```
///
/// Specification: [Reporting API](https://w3c.github.io/reporting/#header).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reporting {
    pub(super) name: EndpointName,
    pub(super) url: String,
    pub(super) endpoints: ReportingEndpoints,
    pub(super) hashes: ScriptHashes,
}

/// Whether browsers report the digest of every script that they ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum ScriptHashes {
    /// They don't. The default: a report per script and visit is a lot of traffic.
    #[default]
    NotReported,
    /// They do, with SHA-384 (`'report-sha384'`): compared with the pins, the reports show which
    /// bytes visitors really ran. Chromium only.
    Sha384,
}

impl Reporting {
    /// An endpoint: its name in headers, and an `https` URL.
    ///
    /// # Errors
    /// A name that isn't allowed in a header, and a URL that browsers
    /// refuse.
    pub fn new(name: &str, url: &str) -> Result<Self, PolicyError> {
        Ok(Self::checked(name, url)?)
    }

    pub(super) fn checked(name: &str, url: &str) -> Result<Self, HeaderError> {
        Ok(Self {
            name: name.parse()?,
            url: url.to_owned(),
            endpoints: ReportingEndpoints::new(name, url)?,
            hashes: ScriptHashes::default(),
        })
    }

    /// Whether browsers report the digest of every script that they ran.
    #[must_use]
    pub fn script_hashes(mut self, hashes: ScriptHashes) -> Self {
        self.hashes = hashes;
        self
    }
}
