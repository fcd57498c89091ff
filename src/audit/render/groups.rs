//! Findings of one code and one cause, so that what is wrong with each of twenty files is said once.

use std::collections::HashMap;

use crate::audit::{Finding, Subject};

/// Findings with one fix: the same in several places, or several in the same places.
pub(super) struct Group<'a> {
    /// The first of them.
    pub(super) finding: &'a Finding,
    /// Where, and what was found there.
    pub(super) found: Vec<(&'a Subject, &'a str)>,
    /// The responses.
    pub(super) urls: Vec<&'a str>,
}

/// Joins findings. They stay in the order of the first of each group.
pub(super) fn grouped<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<Group<'a>> {
    let mut same: Vec<Group<'_>> = Vec::new();
    let mut index = HashMap::new();
    for finding in findings {
        let found = (&finding.subject, finding.found.as_str());
        let key = (finding.code, finding.help.as_str(), found);
        let at = *index.entry(key).or_insert_with(|| {
            same.push(Group {
                finding,
                found: vec![found],
                urls: Vec::new(),
            });
            same.len() - 1
        });
        same[at].urls.extend(finding.url.as_deref());
    }
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut index = HashMap::new();
    for mut group in same {
        group.urls.dedup();
        let Finding { code, help, .. } = group.finding;
        let key = (*code, help.as_str(), group.urls.clone());
        if let Some(&at) = index.get(&key) {
            let first: &mut Group<'_> = &mut groups[at];
            first.found.append(&mut group.found);
        } else {
            index.insert(key, groups.len());
            groups.push(group);
        }
    }
    groups
}
