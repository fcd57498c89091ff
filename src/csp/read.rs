//! The strict reader of a Content Security Policy.

use std::collections::{BTreeSet, HashSet};
use std::str::FromStr;

use super::source::AnySource;
use super::{Csp, CspBuilder, CspError, CspFault, DirectiveName, rules};
use crate::errors::Errors;
use crate::foreign;

/// A part of a value, and where it is in the text (`None` for an item of a list).
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'a> {
    pub(super) position: Option<usize>,
    pub(super) text: &'a str,
}

impl Word<'_> {
    fn error(self, error: impl Into<CspError>) -> CspError {
        let error = error.into();
        match self.position {
            Some(position) if error.position().is_some() => error.shifted(position),
            Some(position) => error.at(position),
            None => error.nowhere(),
        }
    }
}

impl FromStr for Csp {
    type Err = Errors<CspError>;

    /// Reads one policy strictly. White space is a space or a tab; one `;` at the end is taken.
    ///
    /// # Errors
    /// All faults at once:
    /// * `""`: no directives; `"default-src 'none';; img-src *"`: an empty one
    /// * `"scirpt-src 'self'"`, `"Script-Src 'self'"`: unknown, or not in lower case
    /// * `"img-src 'self'; img-src data:"`: twice
    /// * `"img-src 'self', script-src 'self'"`: two policies
    /// * `"img-src self"`, `"img-src 'none' 'self'"`, `"img-src 'nonce-...'"` and the like: see
    ///   [`CspErrorKind`](super::CspErrorKind)
    fn from_str(text: &str) -> Result<Self, Errors<CspError>> {
        let mut builder = Self::builder();
        // One comma says it all: what follows it would be faults of another policy's grammar.
        if let Some(comma) = text.find(',') {
            builder.fault(CspError::from(CspFault::Comma).at(comma));
        }
        for (position, character) in text.char_indices() {
            if character.is_ascii_control() && character != '\t' {
                builder.fault(CspError::from(CspFault::Control { character }).at(position));
            }
        }
        let mut position = 0;
        let mut parts = text.split(';').peekable();
        while let Some(part) = parts.next() {
            let words = words(part, position);
            position += part.len() + 1;
            match words.split_first() {
                Some((name, value)) => builder.read_directive(*name, value),
                // The end of the text, or a text without anything: `build` speaks of that.
                None if parts.peek().is_none() => {}
                None => builder.fault(CspError::from(CspFault::EmptyDirective).at(position - 1)),
            }
        }
        builder.build()
    }
}

/// The parts between white space; a comma and control characters are faults of their own, and
/// separate here so that one mistake isn't reported twice.
fn words(part: &str, offset: usize) -> Vec<Word<'_>> {
    let separates = |c: char| c == ' ' || c == ',' || c.is_ascii_control();
    let mut position = offset;
    part.split(separates)
        .map(|text| {
            let word = Word {
                position: Some(position),
                text,
            };
            position += text.len() + 1;
            word
        })
        .filter(|word| !word.text.is_empty())
        .collect()
}

impl CspBuilder {
    /// Reads a directive, its name and the words of its value.
    pub(super) fn read_directive(&mut self, name: Word<'_>, value: &[Word<'_>]) {
        let directive = match name.text.parse::<DirectiveName>() {
            Ok(directive) => directive,
            Err(error) => {
                self.fault(name.error(error));
                // In another case it is the same directive to a browser.
                match DirectiveName::effective(name.text) {
                    Some(directive) => directive,
                    None => return,
                }
            }
        };
        if self.is_set(directive) {
            self.fault(name.error(CspError::from(CspFault::DuplicateDirective).within(directive)));
            return;
        }
        self.note(directive);
        let mut faults = Vec::new();
        self.read_words(directive, name, value, &mut faults);
        for fault in faults {
            self.fault(fault.within(directive));
        }
    }

    fn read_words(
        &mut self,
        directive: DirectiveName,
        name: Word<'_>,
        value: &[Word<'_>],
        faults: &mut Vec<CspError>,
    ) {
        if let Some(fix) = directive.replacement() {
            faults.push(name.error(CspFault::DeadDirective { fix }));
            return;
        }
        match directive {
            DirectiveName::Sandbox => {
                self.directives.sandbox =
                    read_all(value, str::parse, faults).map(|tokens| tokens.into_iter().collect());
            }
            DirectiveName::RequireTrustedTypesFor => match value {
                [word] if word.text == "'script'" => {
                    self.directives.require_trusted_types_for_script = true;
                }
                [] => faults.push(name.error(CspFault::NotScript)),
                [word, ..] => faults.push(word.error(CspFault::NotScript)),
            },
            DirectiveName::TrustedTypes => {
                let before = faults.len();
                let entries = read_list(name, value, str::parse, faults)
                    .map(|entries| entries.into_iter().collect());
                if let Some(entries) = entries {
                    match rules::entries_fault(&entries) {
                        None => self.directives.trusted_types = Some(entries),
                        Some(fault) => faults.insert(before, name.error(fault)),
                    }
                }
            }
            DirectiveName::UpgradeInsecureRequests => match value.first() {
                None => self.directives.upgrade_insecure_requests = true,
                Some(word) => faults.push(word.error(CspFault::UnexpectedValue {
                    text: foreign::word(word.text),
                })),
            },
            DirectiveName::ReportTo => match value {
                [word] => match rules::endpoint_fault(word.text) {
                    None => self.directives.report_to = Some(word.text.to_owned()),
                    Some(fault) => faults.push(word.error(fault)),
                },
                [] => faults.push(name.error(CspFault::BadEndpoint)),
                [_, second, ..] => faults.push(second.error(CspFault::BadEndpoint)),
            },
            DirectiveName::ReportUri => {
                let read = |text: &str| match rules::report_uri_fault(text) {
                    None => Ok(text.to_owned()),
                    Some(fault) => Err(CspError::from(fault)),
                };
                match read_all(value, read, faults) {
                    Some(uris) if !uris.is_empty() => self.directives.report_uri = Some(uris),
                    Some(_) => faults.push(name.error(CspFault::BadReportUri {
                        text: String::new(),
                    })),
                    None => {}
                }
            }
            list => self.read_sources(list, name, value, faults),
        }
    }

    fn read_sources(
        &mut self,
        directive: DirectiveName,
        name: Word<'_>,
        value: &[Word<'_>],
        faults: &mut Vec<CspError>,
    ) {
        let Some(sources) = read_list(name, value, AnySource::read, faults) else {
            return;
        };
        let at = |index: usize, fault: CspFault| match value.get(index) {
            Some(word) => word.error(fault),
            None => name.error(fault),
        };
        let together = rules::source_faults(directive, &sources);
        let alone = match self.directives.set_sources(directive, sources) {
            Some(Err(alone)) => alone,
            _ => Vec::new(),
        };
        if !together.is_empty() {
            self.directives.remove(directive);
        }
        // What has no effect at all needs no word about what it would need.
        let without: HashSet<usize> = alone.iter().map(|(index, _)| *index).collect();
        let together = together
            .into_iter()
            .filter(|(index, _)| !without.contains(index));
        let mut found: Vec<_> = alone.into_iter().chain(together).collect();
        found.sort_by_key(|(index, _)| *index);
        faults.extend(found.into_iter().map(|(index, fault)| at(index, fault)));
    }
}

/// Reads a list that may be `'none'`; `None` when something is wrong with it.
fn read_list<T: Ord + Clone>(
    name: Word<'_>,
    value: &[Word<'_>],
    read: impl Fn(&str) -> Result<T, CspError>,
    faults: &mut Vec<CspError>,
) -> Option<Vec<T>> {
    match value {
        [] => {
            faults.push(name.error(CspFault::NoSources));
            None
        }
        [word] if word.text == "'none'" => Some(Vec::new()),
        [word] if word.text.eq_ignore_ascii_case("'none'") => {
            faults.push(word.error(CspFault::KeywordCase {
                text: foreign::word(word.text),
                keyword: "none",
            }));
            None
        }
        words => read_all(words, read, faults),
    }
}

/// Reads every word; `None` when one is wrong or appears twice.
fn read_all<T: Ord + Clone>(
    words: &[Word<'_>],
    read: impl Fn(&str) -> Result<T, CspError>,
    faults: &mut Vec<CspError>,
) -> Option<Vec<T>> {
    let before = faults.len();
    let mut list: Vec<T> = Vec::new();
    let mut known = BTreeSet::new();
    for word in words {
        match read(word.text) {
            Ok(item) if !known.insert(item.clone()) => {
                let text = foreign::word(word.text);
                faults.push(word.error(CspFault::Duplicate { text }));
            }
            Ok(item) => list.push(item),
            Err(error) => faults.push(word.error(error)),
        }
    }
    (faults.len() == before).then_some(list)
}
