//! No input panics, and what is written is read back.

use proptest::prelude::*;
use tower_visor::csp::{
    Csp, DirectiveName, HostSource, NonceValue, Origin, PolicyName, SandboxToken, SchemeSource,
    ScriptSource, TrustedTypesEntry, Url,
};

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

fn round_trips(text: &str) -> Result<(), TestCaseError> {
    let Ok(csp) = text.parse::<Csp>() else {
        return Ok(());
    };
    let written = csp.to_string();
    prop_assert_eq!(written.parse::<Csp>(), Ok(csp.clone()));
    prop_assert_eq!(csp.to_builder().build(), Ok(csp.clone()));
    prop_assert_eq!(csp.pieces().join("{nonce}"), written.clone());
    prop_assert!(
        written
            .bytes()
            .all(|b| (b' '..=b'~').contains(&b) && b != b',')
    );
    prop_assert_eq!(written.matches(';').count() + 1, csp.directives().count());
    let _ = csp.warnings();
    #[cfg(feature = "serde")]
    {
        let json = serde_json::to_string(&csp).unwrap();
        prop_assert_eq!(serde_json::from_str::<Csp>(&json).unwrap(), csp);
    }
    Ok(())
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,60}") {
        let _ = text.parse::<HostSource>();
        let _ = text.parse::<SchemeSource>();
        let _ = text.parse::<ScriptSource>();
        let _ = text.parse::<NonceValue>();
        let _ = text.parse::<PolicyName>();
        let _ = text.parse::<TrustedTypesEntry>();
        let _ = text.parse::<SandboxToken>();
        let _ = text.parse::<DirectiveName>();
        let _ = text.parse::<Origin>();
        let _ = text.parse::<Url>();
        round_trips(&text)?;
    }

    #[test]
    fn any_characters_in_a_policy(text in proptest::collection::vec(any::<char>(), 0..40)) {
        let text: String = text.into_iter().collect();
        round_trips(&text)?;
        round_trips(&format!("script-src {text}"))?;
    }

    #[test]
    fn policies_are_read_back(text in policy()) {
        round_trips(&text)?;
    }

    #[test]
    fn positions_point_into_the_text(text in policy()) {
        if let Err(faults) = text.parse::<Csp>() {
            for fault in &faults {
                let position = fault.position().unwrap_or(0);
                prop_assert!(position <= text.len() && text.is_char_boundary(position), "{}", fault);
                let message = fault.to_string();
                prop_assert!(!message.contains('\n') && message.is_ascii(), "{}", message);
            }
        }
    }

    #[test]
    fn hosts_are_read_back(text in "([a-z]{1,5}://)?(\\*|(\\*\\.)?[a-zA-Z0-9.-]{1,12})(:([0-9]{1,5}|\\*))?(/[a-zA-Z0-9%._~/;?-]{0,12})?") {
        if let Ok(host) = text.parse::<HostSource>() {
            prop_assert_eq!(host.to_string().parse::<HostSource>(), Ok(host));
        }
    }

    #[test]
    fn urls_are_read_back(text in "[a-z]{1,5}:(//)?[a-zA-Z0-9.\\[\\]:-]{0,12}(/[a-z0-9%._/?#-]{0,14})?") {
        if let Ok(url) = text.parse::<Url>() {
            prop_assert_eq!(url.to_string().parse::<Url>(), Ok(url));
        }
    }
}
