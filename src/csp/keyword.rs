//! Words that mean something only in quotes, or only at the beginning of a directive.

use std::fmt;

use super::DirectiveName;
use crate::sri::Algorithm;

/// A keyword of a source list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Keyword {
    /// `'unsafe-inline'`: all inline scripts or styles, unless a nonce or hash cancels it.
    UnsafeInline,
    /// `'unsafe-eval'`: `eval` and the like, and WebAssembly.
    UnsafeEval,
    /// `'wasm-unsafe-eval'`: WebAssembly.
    WasmUnsafeEval,
    /// `'trusted-types-eval'`: `eval` where Trusted Types are required. Chromium 156 then lets
    /// plain strings through without asking any policy (measured).
    TrustedTypesEval,
    /// `'strict-dynamic'`: scripts may add scripts, and hosts no longer count.
    StrictDynamic,
    /// `'unsafe-hashes'`: hashes also admit attributes and `javascript:` URLs.
    UnsafeHashes,
    /// `'inline-speculation-rules'`: inline speculation rules. Chromium only.
    InlineSpeculationRules,
    /// `'report-sample'`: reports hold the first 40 characters of what was blocked.
    ReportSample,
    /// `'report-sha256'` and the like: reports name the digest of each script that ran.
    ReportHash(Algorithm),
}

impl Keyword {
    /// All of them.
    pub(super) const ALL: [Self; 11] = [
        Self::UnsafeInline,
        Self::UnsafeEval,
        Self::WasmUnsafeEval,
        Self::TrustedTypesEval,
        Self::StrictDynamic,
        Self::UnsafeHashes,
        Self::InlineSpeculationRules,
        Self::ReportSample,
        Self::ReportHash(Algorithm::Sha256),
        Self::ReportHash(Algorithm::Sha384),
        Self::ReportHash(Algorithm::Sha512),
    ];

    /// The keyword in its quotes, in lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnsafeInline => "'unsafe-inline'",
            Self::UnsafeEval => "'unsafe-eval'",
            Self::WasmUnsafeEval => "'wasm-unsafe-eval'",
            Self::TrustedTypesEval => "'trusted-types-eval'",
            Self::StrictDynamic => "'strict-dynamic'",
            Self::UnsafeHashes => "'unsafe-hashes'",
            Self::InlineSpeculationRules => "'inline-speculation-rules'",
            Self::ReportSample => "'report-sample'",
            Self::ReportHash(Algorithm::Sha256) => "'report-sha256'",
            Self::ReportHash(Algorithm::Sha384) => "'report-sha384'",
            Self::ReportHash(Algorithm::Sha512) => "'report-sha512'",
        }
    }
}

impl Keyword {
    /// The word between the quotes.
    pub(super) fn word(self) -> &'static str {
        self.as_str().trim_matches('\'')
    }

    /// The keyword of a word between quotes, in any case.
    pub(super) fn effective(word: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|keyword| keyword.word().eq_ignore_ascii_case(word))
    }
}

impl fmt::Display for Keyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
/// Other words that mean something only in quotes.
const OTHERS: [&str; 6] = [
    "none",
    "self",
    "allow-duplicates",
    "unsafe-allow-redirects",
    "unsafe-webtransport-hashes",
    "wasm-eval",
];

/// `self`, `nonce-...`, `sha256-...` without quotes: by the grammar a host, by intention never.
pub(crate) fn is_unquoted_keyword(text: &str) -> bool {
    Keyword::effective(text).is_some()
        || OTHERS.iter().any(|word| word.eq_ignore_ascii_case(text))
        || text
            .split_once('-')
            .is_some_and(|(head, tail)| takes_a_value(head) && !tail.contains('.'))
}

/// Whether `head-...` is a nonce or hash source.
pub(super) fn takes_a_value(head: &str) -> bool {
    ["nonce", "sha256", "sha384", "sha512"]
        .iter()
        .any(|word| word.eq_ignore_ascii_case(head))
}

/// The directive that a word names, as when the semicolon before it was forgotten. Names without
/// a hyphen, such as `sandbox`, may well be hosts.
pub(crate) fn directive_without_semicolon(text: &str) -> Option<DirectiveName> {
    DirectiveName::effective(text).filter(|name| name.as_str().contains('-'))
}
