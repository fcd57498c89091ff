//! Policies as browsers read them: any bytes, and the cases of standards and other tools.

use proptest::prelude::*;
use serde_json::Value;
use tower_visor::csp::{DirectiveName, DropReason, PolicyList};

use crate::conformance;
use crate::fuzz::csp::{effective, strict};

/// Policies that are nearly right: real names and sources, and noise between.
fn near_miss() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        4 => prop::sample::select(vec![
            "default-src", "script-src", "img-src", "style-src", "sandbox", "trusted-types",
            "report-uri", "frame-ancestors", "Script-SRC", "require-trusted-types-for",
        ]).prop_map(str::to_owned),
        4 => prop::sample::select(vec![
            "'self'", "'none'", "*", "https:", "data:", "'unsafe-inline'", "'strict-dynamic'",
            "'nonce-abc'", "'sha256-AAAA'", "'ed25519-AAAA'", "self", "a.com/%2f?x", "//", "'",
            "http://*.a.com:*/x/", "allow-scripts", "'script'", "127.0.0.1:80",
        ]).prop_map(str::to_owned),
        1 => "[!-~]{0,6}".prop_map(String::from),
        1 => "\\PC{0,3}".prop_map(String::from),
    ];
    let separator = prop::sample::select(vec![" ", " ", " ", ";", "; ", ",", "\t", "\u{b}"]);
    prop::collection::vec((word, separator), 0..24).prop_map(|pieces| {
        pieces
            .into_iter()
            .flat_map(|(word, separator)| [word, separator.to_owned()])
            .collect()
    })
}

proptest! {
    #[test]
    fn no_bytes_panic(values in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..120), 0..3)) {
        effective(&values);
    }

    #[test]
    fn near_misses_are_read(values in prop::collection::vec(near_miss(), 0..3)) {
        effective(&values);
        strict(&values.concat());
    }
}

#[test]
fn conformance_policies_from_public_repositories() {
    let Some(data) = conformance::load("policies.json") else {
        return;
    };
    conformance::each(&data["cases"], |case| {
        let text = case["input"].as_str().ok_or("no input")?;
        effective(&[text]);
        Ok(())
    });
}

#[test]
fn conformance_console_of_chromium() {
    let Some(data) = conformance::load("headers-chromium.json") else {
        return;
    };
    let expects = |case: &Value, words: &[&str]| {
        let message = case["expected"]["message"].as_str().unwrap_or_default();
        words.iter().any(|word| message.starts_with(word))
    };
    conformance::each(&data["groups"]["csp_source_expressions"]["cases"], |case| {
        let input = case["input"].as_str().ok_or("no input")?;
        let list = PolicyList::effective([format!("script-src {input}")]);
        let reasons: Vec<_> = list.dropped().iter().map(|d| &d.reason).collect();
        let expected = if expects(case, &["invalid source"]) {
            // `'nonce-a b'` is two words, and Chromium reports each.
            reasons.contains(&&DropReason::InvalidSource)
        } else if expects(case, &["query or fragment"]) {
            reasons == [&DropReason::QueryOrFragment]
        } else {
            // "No message" isn't "has an effect".
            reasons
                .iter()
                .all(|reason| **reason == DropReason::Experimental)
        };
        expected.then_some(()).ok_or(format!("{reasons:?}"))
    });
    conformance::each(&data["groups"]["csp_directives"]["cases"], |case| {
        let input = case["input"].as_str().ok_or("no input")?;
        let list = PolicyList::effective([input]);
        let dropped = matches!(
            list.dropped().first().map(|d| &d.reason),
            Some(DropReason::UnknownDirective { .. } | DropReason::ObsoleteDirective { .. })
        );
        let expected = expects(case, &["unrecognised directive", "removed directive"]);
        let clean = dropped || list.dropped().is_empty();
        (dropped == expected && clean)
            .then_some(())
            .ok_or(format!("{:?}", list.dropped()))
    });
    conformance::each(&data["groups"]["csp_in_meta"]["cases"], |case| {
        let input = case["input"].as_str().ok_or("no input")?;
        let list = PolicyList::meta(input);
        let dropped = list
            .dropped()
            .iter()
            .any(|d| d.reason == DropReason::NotInMeta);
        (dropped == expects(case, &["ignored in meta"]))
            .then_some(())
            .ok_or(format!("{:?}", list.dropped()))
    });
}

#[test]
fn conformance_effective_sources_of_csp_evaluator() {
    let Some(data) = conformance::load("csp-evaluator-cases.json") else {
        return;
    };
    let cases: Vec<Value> = data["cases"]
        .as_array()
        .unwrap()
        .iter()
        // Levels 1 and 2 are browsers that no longer exist.
        .filter(|case| {
            case["input"]["check"] == "getEffectiveCsp" && case["input"]["csp_version"] == 3
        })
        .cloned()
        .collect();
    conformance::each(&Value::Array(cases), |case| {
        let text = case["input"]["policies"][0].as_str().ok_or("no policy")?;
        let list = PolicyList::effective([text]);
        let policy = list.policies().first().ok_or("nothing read")?;
        let expected = case["expected"]["effective"]
            .as_object()
            .ok_or("no outcome")?;
        for (name, values) in expected {
            let name = DirectiveName::effective(name).ok_or("unknown name")?;
            let directive = policy.directive(name).ok_or(format!("{name} is missing"))?;
            let mut found: Vec<String> =
                directive.in_force(name).map(ToString::to_string).collect();
            found.extend(directive.tokens().iter().cloned());
            let mut values: Vec<String> = values
                .as_array()
                .ok_or("no values")?
                .iter()
                .filter_map(|value| value.as_str())
                // The tool keeps `'none'`, here it is the empty list; and it doesn't decode hashes.
                .filter(|value| *value != "'none'")
                .map(|value| value.replace("foobar", "foobag=="))
                .collect();
            found.sort();
            values.sort();
            if found != values {
                return Err(format!("{name}: {found:?}"));
            }
        }
        (policy.directives().len() == expected.len())
            .then_some(())
            .ok_or(policy.to_string())
    });
}
