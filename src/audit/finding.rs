//! A finding: plain facts, rendered elsewhere.

use std::collections::BTreeMap;
use std::fmt;

use super::{Code, Severity};
use crate::csp::Url;
use crate::foreign;

/// How much of what was found is shown.
const LONGEST: usize = 200;

/// One thing that is wrong with a response, or worth knowing about it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// What it is about.
    pub code: Code,
    /// How much it counts.
    pub severity: Severity,
    /// The URL of the response, without query and fragment.
    pub url: String,
    /// Where in the response.
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
        /// Its URL without fragment; a query that is no plain version is `...`.
        url: String,
    },
    /// A cookie.
    Cookie {
        /// Its name.
        name: String,
    },
    /// A request that was sent to see what answers it.
    Probe {
        /// What was asked: `unknown path`.
        name: String,
    },
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
        }
    }
}

/// Foreign text as findings show it: on one line, shortened, cut where a credential may begin.
pub(super) fn shown(text: &str) -> String {
    foreign::quoted(text, foreign::before_secret(text).map(str::len), LONGEST)
}

/// The names of parameters that say which version of a file is meant.
const VERSIONS: &[&str] = &["_", "build", "hash", "rev", "ts", "v", "ver", "version"];

/// Longer ones are no version but may be a token; a SHA-256 in hexadecimal is that long.
const LONGEST_VERSION: usize = 64;

/// A URL as reports name a file by it: with a query that says which version is meant (`?v=1.5.0`),
/// and `?...` for any other, which may be a credential (`?sig=...`).
pub(super) fn address(url: &Url) -> String {
    let mut text = url.without_query().to_string();
    if url.origin().is_none() {
        // `data:` holds the file itself.
        text = foreign::quoted(&text, None, LONGEST);
    }
    match url.query() {
        None => text,
        Some(query) if query.split('&').all(is_version) => format!("{text}?{query}"),
        Some(_) => format!("{text}?..."),
    }
}

fn is_version(parameter: &str) -> bool {
    let (name, value) = parameter.split_once('=').unwrap_or(("v", parameter));
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    VERSIONS.contains(&name) && value.len() <= LONGEST_VERSION && value.bytes().all(is_plain)
}

/// The same within a line of text.
pub(super) fn shown_url(url: &Url) -> String {
    foreign::quoted(&address(url), None, LONGEST)
}

/// So many findings of one code are listed for a response; more help nobody, and a hostile page
/// could ask for millions.
const MOST_OF_A_CODE: usize = 100;

/// Where checks put what they find.
pub(super) struct Sink {
    url: String,
    findings: Vec<Finding>,
    /// How many of each code.
    counts: BTreeMap<Code, usize>,
    not_checked: Vec<super::NotChecked>,
    pub(super) inventory: Vec<super::Script>,
    pub(super) sdk: Option<super::SdkState>,
}

impl Sink {
    pub(super) fn new(url: String) -> Self {
        Self {
            url,
            findings: Vec::new(),
            counts: BTreeMap::new(),
            not_checked: Vec::new(),
            inventory: Vec::new(),
            sdk: None,
        }
    }

    /// A finding with its code's own fix. `found` is ours, with foreign text passed through
    /// [`shown`].
    pub(super) fn find(&mut self, code: Code, subject: Subject, found: impl Into<String>) {
        self.find_with(code, subject, found, code.fix());
    }

    /// A finding with a fix for this very case.
    pub(super) fn find_with(
        &mut self,
        code: Code,
        subject: Subject,
        found: impl Into<String>,
        help: impl Into<String>,
    ) {
        let finding = Finding {
            code,
            severity: code.severity(),
            url: self.url.clone(),
            subject,
            found: found.into(),
            help: help.into(),
        };
        // Two headers of the same fault are one finding.
        if self.findings.contains(&finding) {
            return;
        }
        let count = self.counts.entry(code).or_default();
        *count += 1;
        if *count <= MOST_OF_A_CODE {
            self.findings.push(finding);
        }
    }

    /// Something that this audit could not look at.
    pub(super) fn not_checked(&mut self, what: impl Into<String>, why: impl Into<String>) {
        self.not_checked.push(super::NotChecked {
            url: self.url.clone(),
            what: what.into(),
            why: why.into(),
        });
    }

    /// Everything, worst first, then by code and place.
    pub(super) fn finish(mut self) -> (Vec<Finding>, Vec<super::NotChecked>) {
        sort(&mut self.findings);
        for (code, count) in std::mem::take(&mut self.counts) {
            if count > MOST_OF_A_CODE {
                let more = count - MOST_OF_A_CODE;
                self.not_checked(
                    format!("{more} more findings of {code}"),
                    format!("the first {MOST_OF_A_CODE} are listed"),
                );
            }
        }
        (self.findings, self.not_checked)
    }
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
