//! From the bytes of header values to policies. The work grows with their length and no faster.

use std::collections::HashSet;

use super::dropped::{DropReason, Dropped};
use super::policy::{Delivery, EffectiveDirective, EffectivePolicy};
use super::source::{self, ListKind, SourceExpression, Word};
use crate::csp::{DirectiveName, Keyword, SandboxToken};
use crate::suggest;

/// Reads one header value into policies and what was dropped.
///
/// [CSP3, section 2.2.2](https://w3c.github.io/webappsec-csp/#parse-serialized-policy-list).
pub(super) fn read_value(
    value: &[u8],
    header: usize,
    delivery: Delivery,
    policies: &mut Vec<EffectivePolicy>,
    dropped: &mut Vec<Dropped>,
) {
    // Section 2.2.2, step 3: a comma begins another policy. (A `meta` element holds a string, not
    // a list, but browsers split it, too.)
    for (position, policy) in pieces(value, |byte| byte == b',') {
        let mut reader = Reader {
            header,
            delivery,
            seen: Vec::new(),
            directives: Vec::new(),
            dropped,
        };
        // Section 2.2.1, step 2.
        for (offset, directive) in pieces(policy, |byte| byte == b';') {
            let (offset, directive) = trim(position + offset, directive);
            // Step 2.2, first half.
            if !directive.is_empty() {
                reader.directive(offset, directive);
            }
        }
        let directives = reader.directives;
        // Section 2.2.2, step 3.2.
        if !directives.is_empty() {
            policies.push(EffectivePolicy {
                delivery,
                header,
                position: trim(position, policy).0,
                directives,
            });
        }
    }
}

struct Reader<'a> {
    header: usize,
    delivery: Delivery,
    /// Names that were there, also in directives that were dropped for what they hold.
    seen: Vec<DirectiveName>,
    directives: Vec<EffectiveDirective>,
    dropped: &'a mut Vec<Dropped>,
}

impl Reader<'_> {
    fn drop(
        &mut self,
        position: usize,
        directive: Option<DirectiveName>,
        text: &[u8],
        reason: DropReason,
    ) {
        self.dropped.push(Dropped {
            header: self.header,
            position,
            directive,
            text: String::from_utf8_lossy(text).into_owned(),
            reason,
        });
    }

    fn directive(&mut self, position: usize, text: &[u8]) {
        // Section 2.2.1, steps 2.3 and 2.4.
        let name_length = text
            .iter()
            .position(u8::is_ascii_whitespace)
            .unwrap_or(text.len());
        let (name, value) = text.split_at(name_length);
        let name_text = match str::from_utf8(name) {
            Ok(name) if name.is_ascii() => name,
            _ => return self.drop(position, None, text, DropReason::NonAscii),
        };
        let Some(name) = DirectiveName::effective(name_text) else {
            let hint = suggest::hint(name_text, DirectiveName::ALL.map(DirectiveName::as_str));
            let reason = DropReason::UnknownDirective { hint };
            return self.drop(position, None, text, reason);
        };
        if let (false, Some(instead)) = (is_recognised(name), name.replacement()) {
            let reason = DropReason::ObsoleteDirective { instead };
            return self.drop(position, Some(name), text, reason);
        }
        // Step 2.5. A directive that is dropped below still takes its name, as in Chromium
        // (measured); by the standard the next one of that name would count.
        if self.seen.contains(&name) {
            return self.drop(position, Some(name), text, DropReason::Duplicate);
        }
        self.seen.push(name);
        // Step 2.2, second half.
        let Some(value_text) = str::from_utf8(value).ok().filter(|value| value.is_ascii()) else {
            return self.drop(position, Some(name), text, DropReason::NonAscii);
        };
        if value_text
            .bytes()
            .any(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace())
        {
            return self.drop(position, Some(name), text, DropReason::ControlCharacter);
        }
        let useless = match self.delivery {
            Delivery::Header => None,
            Delivery::ReportOnlyHeader => matches!(
                name,
                DirectiveName::Sandbox
                    | DirectiveName::UpgradeInsecureRequests
                    | DirectiveName::TreatAsPublicAddress
            )
            .then_some(DropReason::NotInReportOnly),
            Delivery::Meta => matches!(
                name,
                DirectiveName::FrameAncestors
                    | DirectiveName::Sandbox
                    | DirectiveName::ReportUri
                    | DirectiveName::TreatAsPublicAddress
            )
            .then_some(DropReason::NotInMeta),
        };
        if let Some(reason) = useless {
            return self.drop(position, Some(name), text, reason);
        }
        // Steps 2.6 to 2.8.
        let words: Vec<(usize, &str)> = pieces(value, |byte| byte.is_ascii_whitespace())
            .filter_map(|(offset, word)| {
                // The value is ASCII, so each word is a text.
                let word = str::from_utf8(word).ok()?;
                (!word.is_empty()).then_some((position + name_length + offset, word))
            })
            .collect();
        let mut directive = EffectiveDirective {
            name,
            position,
            sources: Vec::new(),
            tokens: Vec::new(),
        };
        match ListKind::of(name) {
            Some(kind) => directive.sources = self.sources(name, kind, &words),
            None => directive.tokens = self.tokens(name, &words),
        }
        self.directives.push(directive);
    }

    fn sources(
        &mut self,
        name: DirectiveName,
        kind: ListKind,
        words: &[(usize, &str)],
    ) -> Vec<SourceExpression> {
        let mut sources: Vec<SourceExpression> = Vec::new();
        let mut known = HashSet::new();
        let mut none = None;
        for &(position, word) in words {
            let found = match source::read(word) {
                Word::Source(source) => source,
                Word::Cut(source, cut) => {
                    let rest = word.get(cut.at..).unwrap_or_default().as_bytes();
                    self.drop(position + cut.at, Some(name), rest, cut.reason);
                    source
                }
                Word::None => {
                    none.get_or_insert((position, word));
                    continue;
                }
                Word::Dropped(reason) => {
                    self.drop(position, Some(name), word.as_bytes(), reason);
                    continue;
                }
            };
            if !kind.has_use_for(&found) {
                let reason = DropReason::NoEffectHere;
                self.drop(position, Some(name), word.as_bytes(), reason);
            } else if known.insert(found.clone()) {
                sources.push(found);
            }
        }
        // Section 6.7.2.7, step 3: `'none'` counts alone; `'report-sample'` allows nothing.
        if let Some((position, word)) = none
            && sources
                .iter()
                .any(|source| *source != SourceExpression::Keyword(Keyword::ReportSample))
        {
            let reason = DropReason::NoneBesideOthers;
            self.drop(position, Some(name), word.as_bytes(), reason);
        }
        sources
    }

    /// The values of a directive that holds no sources.
    fn tokens(&mut self, name: DirectiveName, words: &[(usize, &str)]) -> Vec<String> {
        let mut tokens: Vec<String> = Vec::new();
        let mut known = HashSet::new();
        for &(position, word) in words {
            let token = match name {
                DirectiveName::Sandbox => {
                    Some(word.to_ascii_lowercase()).filter(|word| is_sandbox_token(word))
                }
                // Compared with its case, unlike the keywords of source lists (measured).
                DirectiveName::RequireTrustedTypesFor => {
                    (word == "'script'").then(|| word.to_owned())
                }
                DirectiveName::TrustedTypes => {
                    let valid = matches!(word, "*" | "'none'" | "'allow-duplicates'")
                        || is_trusted_type_name(word);
                    valid.then(|| word.to_owned())
                }
                DirectiveName::ReportUri => Some(word.to_owned()),
                DirectiveName::ReportTo if tokens.is_empty() => Some(word.to_owned()),
                _ => {
                    let reason = DropReason::SurplusValue;
                    self.drop(position, Some(name), word.as_bytes(), reason);
                    continue;
                }
            };
            match token {
                Some(token) => {
                    if known.insert(token.clone()) {
                        tokens.push(token);
                    }
                }
                None => self.drop(
                    position,
                    Some(name),
                    word.as_bytes(),
                    DropReason::InvalidValue,
                ),
            }
        }
        if name == DirectiveName::TrustedTypes && tokens.len() > 1 {
            // The `'none'` of `trusted-types`, too, counts alone.
            if let Some(&(position, word)) = words.iter().find(|(_, word)| *word == "'none'") {
                let reason = DropReason::NoneBesideOthers;
                self.drop(position, Some(name), word.as_bytes(), reason);
                tokens.retain(|token| token != "'none'");
            }
        }
        tokens
    }
}

/// Whether a current browser knows the directive, be it one that does nothing any more.
fn is_recognised(name: DirectiveName) -> bool {
    name.replacement().is_none()
        || matches!(
            name,
            DirectiveName::BlockAllMixedContent | DirectiveName::TreatAsPublicAddress
        )
}

/// [HTML, parse a sandboxing directive](https://html.spec.whatwg.org/multipage/browsers.html#parse-a-sandboxing-directive),
/// and one token more that Chromium knows.
fn is_sandbox_token(token: &str) -> bool {
    token.parse::<SandboxToken>().is_ok() || token == "allow-storage-access-by-user-activation"
}

/// [Trusted Types, `tt-policy-name`](https://w3c.github.io/trusted-types/dist/spec/#trusted-types-csp-directive).
fn is_trusted_type_name(word: &str) -> bool {
    word.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-#=_/@.%".contains(&byte))
}

/// The parts between separators of one byte, each with its offset.
fn pieces(text: &[u8], is_separator: impl Fn(u8) -> bool) -> impl Iterator<Item = (usize, &[u8])> {
    let mut offset = 0;
    text.split(move |byte| is_separator(*byte))
        .map(move |piece| {
            let position = offset;
            offset += piece.len() + 1;
            (position, piece)
        })
}

/// Without white space at either end: TAB, LF, FF, CR and SP, and no other.
fn trim(position: usize, text: &[u8]) -> (usize, &[u8]) {
    let start = text.trim_ascii_start();
    (position + text.len() - start.len(), start.trim_ascii_end())
}
