//! Is one list of policies at least as strict as another? Any two, compared by what they answer.

use proptest::prelude::*;
use tower_visor::csp::{DirectiveName, ExternalScript, Inline, PolicyList};
use tower_visor::url::Url;

use super::subsume::page;

/// A policy of sources that touch each other.
fn policy() -> impl Strategy<Value = String> {
    let sources = prop::sample::subsequence(
        vec![
            "'self'",
            "*",
            "https:",
            "http:",
            "a.com",
            "http://a.com:80",
            "https://*.a.com",
            "https://a.com/x/",
            "https://a.com:*",
            "'nonce-a'",
            "'nonce-b'",
            "'unsafe-inline'",
            "'strict-dynamic'",
            "'unsafe-eval'",
            "'wasm-unsafe-eval'",
            "'unsafe-hashes'",
            "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
            "data:",
            "ws:",
            "wss://example.com",
        ],
        0..5,
    );
    let names = prop::sample::subsequence(
        vec![
            "default-src",
            "script-src",
            "script-src-elem",
            "script-src-attr",
            "style-src",
            "img-src",
            "worker-src",
            "child-src",
        ],
        0..4,
    );
    let sandbox = prop::sample::select(vec![
        None,
        None,
        Some("sandbox"),
        Some("sandbox allow-scripts"),
        Some("sandbox allow-forms"),
    ]);
    (names, prop::collection::vec(sources, 4), sandbox).prop_map(|(names, sources, sandbox)| {
        let lists = names.iter().zip(sources);
        let lists = lists.map(|(name, sources)| format!("{name} {}", sources.join(" ")));
        let sandbox = sandbox.map(str::to_owned);
        lists.chain(sandbox).collect::<Vec<_>>().join("; ")
    })
}

/// Everything that is asked of both lists.
fn answers(list: &PolicyList) -> Vec<(String, bool)> {
    let page = page();
    let hash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    let mut answers = vec![
        ("eval".into(), list.allows_eval()),
        ("wasm".into(), list.allows_wasm()),
    ];
    for text in ["", "x"] {
        for (what, inline) in [
            ("script", Inline::script(text)),
            ("handler", Inline::event_handler(text)),
            ("url", Inline::javascript_url(text)),
            ("style", Inline::style(text)),
            ("style attribute", Inline::style_attribute(text)),
        ] {
            answers.push((format!("{what} {text}"), list.allows_inline(&inline)));
        }
    }
    for target in [
        "https://example.com/",
        "wss://example.com/",
        "ws://example.com/",
        "wss://a.com",
    ] {
        let target: Url = target.parse().unwrap();
        let name = DirectiveName::ConnectSrc;
        answers.push((
            format!("{name} {target}"),
            list.allows_url(name, &target, &page),
        ));
    }
    for target in [
        "https://example.com/x",
        "http://example.com/x",
        "https://a.com/x/y",
        "http://a.com/",
        "https://a.com:8443/x/",
        "https://b.a.com/",
        "https://other.com/",
        "data:,x",
    ] {
        let target: Url = target.parse().unwrap();
        for name in [
            DirectiveName::DefaultSrc,
            DirectiveName::ImgSrc,
            DirectiveName::FrameSrc,
            DirectiveName::WorkerSrc,
            DirectiveName::StyleSrcElem,
        ] {
            answers.push((
                format!("{name} {target}"),
                list.allows_url(name, &target, &page),
            ));
        }
        let plain = ExternalScript::new(&target);
        for (what, script) in [
            ("", plain),
            ("added", plain.added_by_script()),
            ("hash", plain.integrity(hash)),
        ] {
            let allowed = list.allows_external_script(&script, &page);
            answers.push((format!("script {what} {target}"), allowed));
        }
    }
    answers
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// The promise itself: whatever a stricter list allows, the baseline allows.
    #[test]
    fn at_least_as_strict_lists_allow_no_more(
        deployed in prop::collection::vec(policy(), 0..3),
        baseline in prop::collection::vec(policy(), 0..2),
    ) {
        let deployed = PolicyList::effective(&deployed);
        let baseline = PolicyList::effective(&baseline);
        if deployed.is_at_least_as_strict_as(&baseline, &page()) {
            for ((what, allowed), (_, by_baseline)) in answers(&deployed).into_iter().zip(answers(&baseline)) {
                prop_assert!(!allowed || by_baseline, "{what}: {deployed} against {baseline}");
            }
        }
    }

    /// Another policy beside it never makes a list looser.
    #[test]
    fn more_policies_are_never_looser(first in policy(), second in policy()) {
        let one = PolicyList::effective([&first]);
        let two = PolicyList::effective([&first, &second]);
        let points = two.weakenings(&one, &page());
        prop_assert!(points.is_empty(), "{points:?}");
    }
}
