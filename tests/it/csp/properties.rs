//! No input panics, and what is written is read back.

use proptest::prelude::*;
use tower_visor::csp::DirectiveName;

use crate::fuzz::csp::{parts, strict};

/// Words that policies are made of, right and nearly right.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => proptest::sample::select(vec![
            "'self'", "'none'", "'unsafe-inline'", "'unsafe-eval'", "'strict-dynamic'",
            "'unsafe-hashes'", "'report-sample'", "'report-sha256'", "'wasm-unsafe-eval'",
            "'nonce-{nonce}'", "'nonce-AAAAAAAAAAAAAAAAAAAAAA=='", "'script'", "*", "https:",
            "data:", "a.com", "*.a.com:*", "https://a.com:443/x/", "127.0.0.1", "csp", "/csp",
            "'allow-duplicates'", "default", "allow-scripts", "allow-forms",
            "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
        ]).prop_map(str::to_owned),
        1 => "'?[A-Za-z*:/.{}%?#@_;,\u{e9}-]{0,12}'?",
    ]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        9 => proptest::sample::select(DirectiveName::ALL[..26].to_vec()).prop_map(|n| n.to_string()),
        1 => "[a-zA-Z-]{0,14}",
    ]
}

fn policy() -> impl Strategy<Value = String> {
    proptest::collection::vec((name(), proptest::collection::vec(word(), 0..3)), 0..4).prop_map(
        |directives| {
            directives
                .into_iter()
                .map(|(name, words)| format!("{name} {}", words.join(" ")))
                .collect::<Vec<_>>()
                .join("; ")
        },
    )
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,60}") {
        parts(&text);
        strict(&text);
    }

    #[test]
    fn any_characters_in_a_policy(text in proptest::collection::vec(any::<char>(), 0..40)) {
        let text: String = text.into_iter().collect();
        strict(&text);
        strict(&format!("script-src {text}"));
    }

    #[test]
    fn policies_are_read_back(text in policy()) {
        strict(&text);
    }

    #[test]
    fn hosts_are_read_back(text in "([a-z]{1,5}://)?(\\*|(\\*\\.)?[a-zA-Z0-9.-]{1,12})(:([0-9]{1,5}|\\*))?(/[a-zA-Z0-9%._~/;?-]{0,12})?") {
        parts(&text);
    }

    #[test]
    fn urls_are_read_back(text in "[a-z]{1,5}:(//)?[a-zA-Z0-9.\\[\\]:-]{0,12}(/[a-z0-9%._/?#-]{0,14})?") {
        parts(&text);
    }
}
