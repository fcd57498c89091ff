//! What a browser reports of the scripts that it ran (`csp-hash`), compared with the pins.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use crate::app::AppFiles;
use crate::pins::Pins;
use crate::sri::{Algorithm, Digest};
use crate::url::{Origin, Url};

/// A script that a page ran, as a browser reports it (`csp-hash`). See the [module](super).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RanScript {
    document: String,
    url: String,
    digest: Option<Digest>,
}

/// Why a body doesn't consist of reports.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReportsError {
    /// More than any browser sends.
    #[error("reports: the body has {bytes} bytes, over the limit of {most}", most = RanScript::LONGEST)]
    TooLong {
        /// How many there are.
        bytes: usize,
    },
    /// Not JSON.
    #[error("reports: not JSON: {reason}; route only `POST` with `application/reports+json` here")]
    Json {
        /// What the parser says.
        reason: String,
    },
    /// JSON, and no list.
    #[error(
        "reports: not a list: browsers send one to the endpoint of `report-to`; what goes to `report-uri` has another form"
    )]
    NoList,
    /// A report of a script that doesn't say which.
    #[error("report {index}: `csp-hash` without `subresourceURL`")]
    NoUrl {
        /// Its place in the list, from 0.
        index: usize,
    },
}

crate::errors::debug_is_display!(ReportsError);

impl RanScript {
    /// The most bytes of a body that are read. Chromium sends a few reports at a time, each less than
    /// 1 KB apart from its URLs.
    pub const LONGEST: usize = 256 * 1024;

    /// Reads the body of a request to the reporting endpoint (`application/reports+json`). Reports
    /// of other types are left out.
    ///
    /// The digest may be in base64, as Chromium writes it, or in hexadecimal, as the draft's example
    /// does.
    ///
    /// # Errors
    /// See [`ReportsError`]; it never panics, whatever comes.
    pub fn read(body: &[u8]) -> Result<Vec<Self>, ReportsError> {
        if body.len() > Self::LONGEST {
            return Err(ReportsError::TooLong { bytes: body.len() });
        }
        let value: Value = serde_json::from_slice(body).map_err(|error| ReportsError::Json {
            reason: error.to_string(),
        })?;
        let reports = value.as_array().ok_or(ReportsError::NoList)?;
        let of_scripts = reports
            .iter()
            .enumerate()
            .filter(|(_, report)| text(report, &["type"]) == Some("csp-hash"));
        of_scripts
            .map(|(index, report)| {
                let body = report.get("body").unwrap_or(&Value::Null);
                let url = text(body, &["subresourceURL", "subresource_url"]);
                let document = text(body, &["documentURL", "document_url"]);
                Ok(Self {
                    document: document.unwrap_or_default().to_owned(),
                    url: url.ok_or(ReportsError::NoUrl { index })?.to_owned(),
                    digest: text(body, &["hash"]).and_then(digest),
                })
            })
            .collect()
    }

    /// The page, according to the report: it can be anything, so escape it before you print it.
    pub fn document(&self) -> &str {
        &self.document
    }

    /// The script's URL, according to the report: it can be anything, so escape it before you print
    /// it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The digest of the bytes that ran. Browsers give none for scripts that another origin serves
    /// without CORS.
    pub fn digest(&self) -> Option<Digest> {
        self.digest
    }
}

/// The first of these members, if it is a text.
fn text<'a>(object: &'a Value, names: &[&str]) -> Option<&'a str> {
    names.iter().find_map(|name| object.get(*name)?.as_str())
}

/// In base64, as Chromium writes it, or in hexadecimal.
pub(super) fn digest(text: &str) -> Option<Digest> {
    text.parse().ok().or_else(|| {
        let (algorithm, digits) = text.split_once('-')?;
        let algorithm: Algorithm = algorithm.parse().ok()?;
        Digest::from_bytes(algorithm, &crate::hex::decode(digits)?).ok()
    })
}

/// The scripts that a site is known to serve: those of the pinned SDK, and the application's own.
/// See the [module](super).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownScripts {
    origin: Origin,
    algorithm: Algorithm,
    /// By path on the origin.
    digests: BTreeMap<String, Digest>,
}

/// How to judge a script that ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScriptVerdict {
    /// It is the known file of its URL.
    Known,
    /// It has the URL of a known file, but other bytes.
    Changed {
        /// The digest that the file has.
        expected: Digest,
        /// The digest of what ran.
        found: Digest,
    },
    /// No file of this URL is known.
    Unknown,
    /// It has the URL of a known file, but the report has no digest that can be compared: none,
    /// or one of a different algorithm than the pins'.
    NoDigest,
}

impl KnownScripts {
    /// The files of the SDK, as they are served on an origin.
    pub fn new(origin: Origin, pins: &Pins) -> Self {
        let files = pins.files().iter();
        Self {
            origin,
            algorithm: pins.algorithm(),
            digests: files
                .map(|file| (file.url().to_owned(), file.digest()))
                .collect(),
        }
    }

    /// And the application's own files.
    #[must_use]
    pub fn and(mut self, files: &AppFiles) -> Self {
        for (path, bytes) in files.iter() {
            // What is pinned stays so.
            self.digests
                .entry(path.to_owned())
                .or_insert_with(|| Digest::of(self.algorithm, bytes));
        }
        self
    }

    /// The site's origin.
    #[cfg(feature = "reports")]
    pub(super) const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// What is known at a path.
    #[cfg(feature = "reports")]
    pub(super) fn digest(&self, path: &str) -> Option<Digest> {
        self.digests.get(path).copied()
    }

    /// Every path, and what is known there.
    #[cfg(feature = "reports")]
    pub(super) fn digests(&self) -> impl Iterator<Item = (&str, Digest)> {
        let digests = self.digests.iter();
        digests.map(|(path, digest)| (path.as_str(), *digest))
    }

    /// How to judge a script that ran. A query in its URL doesn't count.
    pub fn judge(&self, script: &RanScript) -> ScriptVerdict {
        let Ok(url) = Url::effective(&script.url) else {
            return ScriptVerdict::Unknown;
        };
        let expected = match url.origin() {
            Some(origin) if *origin == self.origin => self.digests.get(url.path()).copied(),
            _ => None,
        };
        match (expected, script.digest) {
            (None, _) => ScriptVerdict::Unknown,
            (Some(expected), Some(found)) if expected == found => ScriptVerdict::Known,
            (Some(expected), Some(found)) if expected.algorithm() == found.algorithm() => {
                ScriptVerdict::Changed { expected, found }
            }
            _ => ScriptVerdict::NoDigest,
        }
    }
}

impl fmt::Display for ScriptVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known => f.write_str("a known script ran"),
            Self::Changed { expected, found } => {
                write!(f, "a changed script ran, {found} instead of {expected}")
            }
            Self::Unknown => f.write_str("an unknown script ran"),
            Self::NoDigest => f.write_str("a script ran that can't be compared"),
        }
    }
}
