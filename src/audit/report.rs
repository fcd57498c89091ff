//! The report: the result of an audit, with its findings, waivers and what was not checked.

use std::collections::BTreeSet;

use serde::Serialize;

use super::finding::sort;
use super::sink::Sink;
use super::{
    Code, Context, Control, Exception, Finding, NotChecked, Observed, Received, Response, Script,
    SdkState, Severity, Waiver,
};
use crate::csp::PolicyList;
use crate::sdk::Date;
use crate::sri::{Algorithm, Digest};

/// The outcome of an audit: findings, what was accepted, what could not be checked, and the facts
/// for evidence.
///
/// The order is stable: the same responses give the same report, to the byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[must_use]
pub struct Report {
    /// The version of this crate.
    pub tool: String,
    /// The day of the audit, if the caller gave one: `2026-11-23`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<String>,
    /// What was looked at.
    pub responses: Vec<Observed>,
    /// What is wrong, worst first.
    pub findings: Vec<Finding>,
    /// What is wrong and was accepted.
    pub waived: Vec<Waived>,
    /// Waivers that match no finding.
    pub unused_waivers: Vec<Waiver>,
    /// What this audit did not examine, and why.
    pub not_checked: Vec<NotChecked>,
    /// Every script and style sheet of the pages.
    pub inventory: Vec<Script>,
    /// The SDK, if one was recognised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sdk: Option<SdkState>,
    /// What the server's policy deliberately weakens, as given by the caller.
    pub relaxed: Vec<Exception>,
    /// The page as a browser received it, if one was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received: Option<Box<Received>>,
    /// Whether it was compared with an approved state.
    #[serde(skip)]
    pub(super) is_compared: bool,
}

/// A finding that was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Waived {
    /// What was found.
    pub finding: Finding,
    /// By what.
    pub waiver: Waiver,
}

impl Report {
    pub(super) fn new(response: &Response, context: &Context<'_>) -> Self {
        let headers = response.headers();
        let mut names: Vec<&str> = headers.keys().map(http::HeaderName::as_str).collect();
        names.sort_unstable();
        let values = names.into_iter().flat_map(|name| {
            response.values(name).map(move |value| {
                let text = String::from_utf8_lossy(value);
                (name.to_owned(), inert(&Self::without_cookie(name, &text)))
            })
        });
        let mut report = Self::empty(context.today);
        report.responses.push(Observed {
            url: response.place(),
            profile: context.profile,
            status: response.status().as_u16(),
            headers: values.collect(),
            policies: Vec::new(),
            bytes: response.body().map(|body| body.len() as u64),
            digest: response
                .body()
                .map(|body| Digest::of(Algorithm::Sha384, body)),
        });
        report.relaxed.clone_from(&context.relaxed);
        report
    }

    /// Without anything in it.
    pub(super) fn empty(day: Option<Date>) -> Self {
        Self {
            tool: format!("tower-visor {}", env!("CARGO_PKG_VERSION")),
            day: day.map(|day| day.to_string()),
            responses: Vec::new(),
            findings: Vec::new(),
            waived: Vec::new(),
            unused_waivers: Vec::new(),
            not_checked: Vec::new(),
            inventory: Vec::new(),
            sdk: None,
            relaxed: Vec::new(),
            received: None,
            is_compared: false,
        }
    }

    /// The value of a header, of a cookie without its own.
    pub(super) fn without_cookie(name: &str, value: &str) -> String {
        if name == "set-cookie" {
            without_value(value)
        } else {
            value.to_owned()
        }
    }

    /// All that the page has, those of its `meta` elements too: findings count them.
    pub(super) fn policies_of_the_page(&mut self, csp: &PolicyList) {
        if let [page] = &mut self.responses[..] {
            page.policies = csp.policies().iter().map(ToString::to_string).collect();
        }
    }

    pub(super) fn finish(&mut self, sink: Sink, context: &Context<'_>) {
        let (findings, not_checked) = sink.finish();
        let (findings, waived, unused) = context.waivers.split(findings, &context.relaxed);
        self.findings = findings;
        let waived = waived.into_iter();
        self.waived = waived
            .map(|(finding, waiver)| Waived { finding, waiver })
            .collect();
        self.unused_waivers = unused;
        self.not_checked = not_checked;
    }

    /// Both reports as one.
    ///
    /// A waiver that was used in either is used.
    pub fn and(mut self, other: Self) -> Self {
        self.responses.extend(other.responses);
        self.findings.extend(other.findings);
        sort(&mut self.findings);
        // Two looks at one page find the same, once.
        self.findings.dedup();
        let was_used = |waiver: &Waiver, waived: &[Waived]| {
            waived.iter().any(|waived| waived.waiver == *waiver)
        };
        for waived in other.waived {
            if !self.waived.contains(&waived) {
                self.waived.push(waived);
            }
        }
        self.unused_waivers.extend(other.unused_waivers);
        let mut unused = Vec::new();
        for waiver in self.unused_waivers {
            if !was_used(&waiver, &self.waived) && !unused.contains(&waiver) {
                unused.push(waiver);
            }
        }
        self.unused_waivers = unused;
        for missing in other.not_checked {
            if !self.not_checked.contains(&missing) {
                self.not_checked.push(missing);
            }
        }
        self.inventory.extend(other.inventory);
        self.sdk = self.sdk.or(other.sdk);
        self.day = self.day.or(other.day);
        self.received = self.received.or(other.received);
        self.is_compared |= other.is_compared;
        for relaxed in other.relaxed {
            if !self.relaxed.contains(&relaxed) {
                self.relaxed.push(relaxed);
            }
        }
        self
    }

    /// The worst severity among the findings.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    /// Whether nothing as bad as `level` was found, and every waiver was used.
    pub fn is_clean(&self, level: Severity) -> bool {
        self.unused_waivers.is_empty() && self.worst().is_none_or(|worst| worst < level)
    }

    /// The findings of a code.
    pub fn of(&self, code: Code) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(move |finding| finding.code == code)
    }

    /// The codes that were found, each once.
    pub fn codes(&self) -> BTreeSet<Code> {
        self.findings.iter().map(|finding| finding.code).collect()
    }

    /// The requirements that are at stake, each once, with the worst severity.
    pub fn controls(&self) -> Vec<(Control, Severity)> {
        let mut controls = std::collections::BTreeMap::new();
        for finding in &self.findings {
            for control in finding.code.controls() {
                let worst = controls.entry(*control).or_insert(finding.severity);
                *worst = finding.severity.max(*worst);
            }
        }
        controls.into_iter().collect()
    }

    /// For tests: panics with everything that was found except notes, and with unused waivers.
    ///
    /// # Panics
    /// If a finding of [`Severity::Low`] or worse is left, or a waiver was unused.
    #[track_caller]
    pub fn assert_clean(&self) {
        assert!(self.is_clean(Severity::Low), "{}", self.to_text());
    }
}

/// A `Set-Cookie` line without the cookie's value: evidence must not hold a session.
fn without_value(line: &str) -> String {
    let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
    let name = pair.split('=').next().unwrap_or_default().trim();
    let semicolon = if attributes.is_empty() { "" } else { ";" };
    format!("{name}=[left out]{semicolon}{attributes}")
}

/// Without control characters, which a terminal would obey.
fn inert(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}
