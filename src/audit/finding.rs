//! A finding: plain facts, rendered elsewhere.

use std::fmt;

use super::{Code, Severity};
use crate::foreign;

pub(super) use crate::foreign::excerpt as shown;
use crate::url::Url;

/// One thing that is wrong with a response, or worth knowing about it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// What it is about.
    pub code: Code,
    /// How much it counts.
    pub severity: Severity,
    /// The URL of the response, without query and fragment; `None` if files are judged and not a
    /// response.
    pub url: Option<String>,
    /// Where in the response, or which of the files.
    pub subject: Subject,
    /// What was found there: one line, shortened, without control characters.
    pub found: String,
    /// What to do about it.
    pub help: String,
}

/// Where in a response something was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[non_exhaustive]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Subject {
    /// The response as a whole.
    Response,
    /// A header, present or missing.
    Header {
        /// Its name, in lower case.
        name: String,
    },
    /// A directive of a Content Security Policy.
    Directive {
        /// Which policy: counted from 1, over all headers.
        policy: usize,
        /// Its name.
        name: String,
    },
    /// An element of the page.
    Element {
        /// Its name: `script`.
        name: String,
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in characters.
        column: usize,
    },
    /// A file that the page loads.
    Resource {
        /// Its URL without fragment; a query that is not a plain version is `...`.
        url: String,
    },
    /// A cookie.
    Cookie {
        /// Its name.
        name: String,
    },
    /// A request that was sent to see how it is answered.
    Probe {
        /// What was asked: `unknown path`.
        name: String,
    },
    /// A file on disk, a package or a tarball.
    File {
        /// A file's path from the package's folder, else a name.
        path: String,
    },
    /// The SDK as a whole.
    Sdk,
}

impl Subject {
    /// A file that the page loads.
    pub(super) fn resource(url: &Url) -> Self {
        Self::Resource { url: address(url) }
    }

    /// A header.
    pub fn header(name: impl AsRef<str>) -> Self {
        Self::Header {
            name: name.as_ref().to_ascii_lowercase(),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Response => f.write_str("response"),
            Self::Header { name } => write!(f, "header {name}"),
            Self::Directive { policy, name } => write!(f, "policy {policy}, {name}"),
            Self::Element { name, line, column } => write!(f, "<{name}> at {line}:{column}"),
            Self::Resource { url } => f.write_str(url),
            Self::Cookie { name } => write!(f, "cookie {name}"),
            Self::Probe { name } => write!(f, "probe: {name}"),
            Self::File { path } => f.write_str(path),
            Self::Sdk => f.write_str("SDK"),
        }
    }
}

/// A URL as reports name a file by it: with a query that says which version is meant (`?v=1.5.0`),
/// and `?...` for any other, which may be a credential (`?sig=...`).
pub(super) fn address(url: &Url) -> String {
    let mut text = url.without_query().to_string();
    if url.origin().is_none() {
        // `data:` holds the file itself.
        text = foreign::excerpt_without_secret(&text);
    }
    match url.query() {
        None => text,
        Some(query) if foreign::is_version(query) => format!("{text}?{query}"),
        Some(_) => format!("{text}?..."),
    }
}

/// The same within a line of text.
pub(super) fn shown_url(url: &Url) -> String {
    foreign::excerpt_without_secret(&address(url))
}

/// The stable order of findings: worst first, then by URL, code, place and text.
pub(super) fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        (b.severity.cmp(&a.severity))
            .then_with(|| a.url.cmp(&b.url))
            .then_with(|| a.code.cmp(&b.code))
            .then_with(|| a.subject.cmp(&b.subject))
            .then_with(|| a.found.cmp(&b.found))
    });
}
