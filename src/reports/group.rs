//! A group: many reports of one kind, with their count and times.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use super::engine::BrowserEngine;
use super::judge::{Judged, ReportVerdict};
use super::kind::{Disposition, ReportKind};
use super::read::BrowserReport;
use crate::sri::Digest;

/// How many digests of what ran are kept of a file: whoever changes it for each visitor, or forges
/// reports, makes many.
const DIGESTS: usize = 4;

/// How many browsers.
const ENGINES: usize = 8;

/// Reports with the same directive, blocked URL, source and page; for a file that isn't the right one,
/// all reports that say so.
///
/// All of it is only *reported*: anybody can send a report, and whoever changes a page can keep
/// it from sending one. Texts are as in [`ReportedPlace`](super::ReportedPlace); escape them before you
/// show them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ReportGroup {
    verdict: ReportVerdict,
    blocked: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    directive: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    source: String,
    page: String,
    disposition: Disposition,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<Digest>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    found: Vec<Digest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replaced: Option<u64>,
    reports: u64,
    kinds: BTreeMap<ReportKind, u64>,
    engines: BTreeSet<BrowserEngine>,
    senders: Senders,
    first: u64,
    last: u64,
}

/// Whether more than one sender reported something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(clippy::exhaustive_enums)] // one, or more than one
pub enum Senders {
    /// One did, as far as it is known.
    One,
    /// More than one did, or one in more than one minute: senders are told apart for a minute only.
    Several,
}

impl ReportGroup {
    /// A group of one report.
    pub(super) fn new(report: &BrowserReport, judged: &Judged, at: u64) -> Self {
        let (file, found) = match judged {
            Judged::Tampered { file, found } => (file.as_ref(), *found),
            Judged::Outdated { file, found } => (Some(file), Some(*found)),
            _ => (None, None),
        };
        let mut group = Self {
            verdict: judged.verdict(),
            // A file's own URL is known, and so shown whole.
            blocked: match (file, report.blocked().url().and_then(|url| url.origin())) {
                (Some(file), Some(origin)) => format!("{origin}{}", file.path),
                _ => report.blocked().to_string(),
            },
            directive: report.directive().to_owned(),
            source: report.source().to_string(),
            page: report.page().to_string(),
            disposition: report.disposition(),
            expected: file.and_then(|file| file.expected),
            found: found.into_iter().collect(),
            replaced: file.and_then(|file| file.replaced),
            reports: 0,
            kinds: BTreeMap::new(),
            engines: BTreeSet::new(),
            senders: Senders::One,
            first: at,
            last: at,
        };
        group.add(report, found, at);
        group
    }

    /// One more report.
    pub(super) fn add(&mut self, report: &BrowserReport, found: Option<Digest>, at: u64) {
        if let Some(found) = found
            && !self.found.contains(&found)
            && self.found.len() < DIGESTS
        {
            self.found.push(found);
        }
        let engine = report.engine();
        if engine != BrowserEngine::UNKNOWN && self.engines.len() < ENGINES {
            self.engines.insert(engine);
        }
        *self.kinds.entry(report.kind()).or_default() += 1;
        self.reports += 1;
        self.first = self.first.min(at);
        self.last = self.last.max(at);
    }

    /// All of another group, which turned out to be about the same.
    pub(super) fn absorb(&mut self, other: &Self) {
        for (kind, reports) in &other.kinds {
            *self.kinds.entry(*kind).or_default() += reports;
        }
        for engine in &other.engines {
            if self.engines.len() < ENGINES {
                self.engines.insert(*engine);
            }
        }
        self.reports += other.reports;
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.senders = self.senders.max(other.senders);
    }

    pub(super) const fn told_by_another(&mut self) {
        self.senders = Senders::Several;
    }

    /// How to judge them.
    pub const fn verdict(&self) -> ReportVerdict {
        self.verdict
    }

    /// What was blocked or refused, or ran.
    pub fn blocked(&self) -> &str {
        &self.blocked
    }

    /// The directive, the feature, the destination or the reason.
    pub fn directive(&self) -> &str {
        &self.directive
    }

    /// The script or the style sheet that did it.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The page; of a file that isn't the right one, the first page on which that was seen.
    pub fn page(&self) -> &str {
        &self.page
    }

    /// Whether it was stopped, by the first report.
    pub const fn disposition(&self) -> Disposition {
        self.disposition
    }

    /// The digest that a file has.
    pub const fn expected(&self) -> Option<Digest> {
        self.expected
    }

    /// The digests of what ran, at most four: none where the browser only said that it was another one.
    pub fn found(&self) -> &[Digest] {
        &self.found
    }

    /// When the site last served other bytes for this file: if that is recent, an open page of the previous
    /// version may be refusing the new file, saying that it was changed.
    pub const fn replaced(&self) -> Option<u64> {
        self.replaced
    }

    /// How many reports there were.
    pub const fn reports(&self) -> u64 {
        self.reports
    }

    /// How many of each type.
    pub const fn kinds(&self) -> &BTreeMap<ReportKind, u64> {
        &self.kinds
    }

    /// The browsers, at most eight.
    pub const fn engines(&self) -> &BTreeSet<BrowserEngine> {
        &self.engines
    }

    /// Whether more than one sender told of it.
    pub const fn senders(&self) -> Senders {
        self.senders
    }

    /// When the first one came, in seconds since 1970-01-01 (UTC).
    pub const fn first(&self) -> u64 {
        self.first
    }

    /// When the last one came.
    pub const fn last(&self) -> u64 {
        self.last
    }
}

/// One line for logs and alarms.
impl fmt::Display for ReportGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "reported {}: {}", self.verdict, self.blocked)?;
        match (&self.found[..], self.expected) {
            ([], Some(expected)) => write!(f, " is not {expected}")?,
            ([found, ..], Some(expected)) => write!(f, " was {found} and not {expected}")?,
            ([found, ..], None) => write!(f, " was {found}")?,
            ([], None) => {}
        }
        if !self.directive.is_empty() {
            write!(f, " ({})", self.directive)?;
        }
        write!(f, ", on {}", self.page)
    }
}
