//! Words that mean something only in quotes, or only at the beginning of a directive.

use super::DirectiveName;
use super::source::KEYWORDS;

/// Keywords that are no source that can be written.
const OTHERS: [&str; 6] = [
    "none",
    "trusted-types-eval",
    "allow-duplicates",
    "unsafe-allow-redirects",
    "unsafe-webtransport-hashes",
    "wasm-eval",
];

/// `self`, `nonce-...`, `sha256-...` without quotes: by the grammar a host, by intention never.
pub(crate) fn is_unquoted_keyword(text: &str) -> bool {
    KEYWORDS
        .iter()
        .map(|(word, _)| *word)
        .chain(OTHERS)
        .any(|word| word.eq_ignore_ascii_case(text))
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
