//! The collector that every check writes its findings to.

use std::collections::{BTreeMap, HashSet};

use super::finding::sort;
use super::{Code, Finding, NotChecked, Script, SdkState, Subject};

/// So many findings of one code are listed for a response; more help nobody, and a hostile page
/// could ask for millions.
const MOST_OF_A_CODE: usize = 100;

/// Where checks put what they find.
pub(super) struct Sink {
    url: String,
    findings: Vec<Finding>,
    known: HashSet<Finding>,
    /// How many of each code.
    counts: BTreeMap<Code, usize>,
    not_checked: Vec<NotChecked>,
    pub(super) inventory: Vec<Script>,
    pub(super) sdk: Option<SdkState>,
}

impl Sink {
    pub(super) fn new(url: String) -> Self {
        Self {
            url,
            findings: Vec::new(),
            known: HashSet::new(),
            counts: BTreeMap::new(),
            not_checked: Vec::new(),
            inventory: Vec::new(),
            sdk: None,
        }
    }

    /// A finding with its code's own fix. `found` is ours, with foreign text passed through
    /// [`shown`](super::finding::shown).
    pub(super) fn find(&mut self, code: Code, subject: Subject, found: impl Into<String>) {
        self.find_with(code, subject, found, code.fix());
    }

    /// The finding that browsers drop a header with this value.
    pub(super) fn dropped(&mut self, code: Code, subject: Subject, value: &str) {
        self.find(code, subject, format!("browsers drop `{value}`"));
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
            url: Some(self.url.clone()),
            subject,
            found: found.into(),
            help: help.into(),
        };
        // Two headers of the same fault are one finding.
        if self.known.contains(&finding) {
            return;
        }
        let count = self.counts.entry(code).or_default();
        *count += 1;
        if *count <= MOST_OF_A_CODE {
            self.known.insert(finding.clone());
            self.findings.push(finding);
        }
    }

    /// Something that this audit could not look at.
    pub(super) fn not_checked(&mut self, what: impl Into<String>, why: impl Into<String>) {
        self.none_of(&[], what, why);
    }

    /// The same, with what could have been found.
    pub(super) fn none_of(
        &mut self,
        codes: &[Code],
        what: impl Into<String>,
        why: impl Into<String>,
    ) {
        self.not_checked.push(NotChecked {
            url: self.url.clone(),
            what: what.into(),
            why: why.into(),
            codes: codes.to_vec(),
        });
    }

    /// Everything, worst first, then by code and place.
    pub(super) fn finish(mut self) -> (Vec<Finding>, Vec<NotChecked>) {
        sort(&mut self.findings);
        for (code, count) in std::mem::take(&mut self.counts) {
            if count > MOST_OF_A_CODE {
                let more = count - MOST_OF_A_CODE;
                self.none_of(
                    &[code],
                    format!("{more} more findings of {code}"),
                    format!("the first {MOST_OF_A_CODE} are listed"),
                );
            }
        }
        (self.findings, self.not_checked)
    }
}
