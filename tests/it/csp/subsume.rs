//! Is one list of policies at least as strict as another? Own cases, then the standards'.

use tower_visor::csp::{DirectiveName, PolicyList, WeakeningKind};
use tower_visor::url::Origin;

use crate::conformance;

pub(super) fn page() -> Origin {
    "https://example.com".parse().unwrap()
}

/// The points in which `deployed` is weaker than `baseline`, as text.
fn weaker(deployed: &[&str], baseline: &str) -> Vec<String> {
    let deployed = PolicyList::effective(deployed);
    let baseline = PolicyList::effective([baseline]);
    let points = deployed.weakenings(&baseline, &page());
    assert_eq!(
        points.is_empty(),
        deployed.is_at_least_as_strict_as(&baseline, &page())
    );
    points.iter().map(ToString::to_string).collect()
}

const NONE: [&str; 0] = [];

#[test]
fn a_point_names_directive_source_and_fallback() {
    assert_eq!(
        weaker(
            &["default-src https: 'unsafe-inline'; img-src data:; form-action 'self'"],
            "default-src 'self'; img-src 'self'; script-src 'none'; base-uri 'none'; form-action *",
        ),
        [
            "default-src: allows `https:`, the baseline doesn't",
            "script-src: allows `'unsafe-inline'` through `default-src`, the baseline doesn't",
            "script-src: allows `https:` through `default-src`, the baseline doesn't",
            "default-src: allows `'unsafe-inline'`, the baseline doesn't",
            "worker-src: allows `https:` through `default-src`, the baseline doesn't",
            "img-src: allows `data:`, the baseline doesn't",
            "base-uri: nothing restricts it, the baseline says `base-uri 'none'`",
        ]
    );
}

#[test]
fn no_policy_is_weaker_than_any() {
    assert_eq!(
        weaker(&[], "default-src 'none'; base-uri 'self'"),
        [
            "default-src: nothing restricts it, the baseline says `default-src 'none'`",
            "base-uri: nothing restricts it, the baseline says `base-uri 'self'`",
        ]
    );
    assert_eq!(weaker(&[], "report-to x"), NONE);
    assert_eq!(weaker(&["img-src *"], ""), NONE);
    // Without default-src, prefetching and what isn't named stay open.
    assert_eq!(
        weaker(
            &["script-src 'none'; style-src 'none'"],
            "default-src 'none'"
        )[0],
        "default-src: nothing restricts it, the baseline says `default-src 'none'`"
    );
}

#[test]
fn report_only_counts_on_neither_side() {
    let strict = PolicyList::effective(["default-src 'none'"]);
    let report = PolicyList::report_only(["default-src 'none'"]);
    assert!(!report.is_at_least_as_strict_as(&strict, &page()));
    assert!(PolicyList::default().is_at_least_as_strict_as(&report, &page()));
    assert!(
        strict
            .clone()
            .and(report)
            .is_at_least_as_strict_as(&strict, &page())
    );
}

#[test]
fn a_baseline_of_several_policies_asks_for_all() {
    let baseline = PolicyList::effective(["img-src a.com b.com", "img-src b.com c.com"]);
    let only =
        |header: &str| PolicyList::effective([header]).is_at_least_as_strict_as(&baseline, &page());
    assert!(only("img-src b.com"));
    assert!(!only("img-src a.com"));
    assert!(baseline.is_at_least_as_strict_as(&baseline, &page()));
}

#[test]
fn fallback_scripts_and_styles_are_compared_as_such() {
    // A baseline of `default-src` alone is compared for what it says of scripts, too.
    assert_eq!(
        weaker(
            &["default-src 'self' 'unsafe-inline' 'unsafe-eval'"],
            "default-src 'self'"
        ),
        [
            "default-src: allows `'unsafe-inline'`, the baseline doesn't",
            "default-src: allows `'unsafe-eval'`, the baseline doesn't",
        ]
    );
    // Element and attribute directives stand in for `script-src`, but not for `eval`.
    assert_eq!(
        weaker(
            &["script-src-elem 'none'; script-src-attr 'none'; worker-src 'none'"],
            "script-src 'none'"
        ),
        ["script-src: nothing restricts it, the baseline says `script-src 'none'`"]
    );
    assert_eq!(
        weaker(
            &["script-src 'none'; script-src-attr 'unsafe-inline'"],
            "script-src 'none'"
        ),
        ["script-src-attr: allows `'unsafe-inline'`, the baseline doesn't"]
    );
}

#[test]
fn eval_keywords_are_ranked() {
    for (deployed, baseline, points) in [
        ("'unsafe-eval'", "'unsafe-eval'", 0),
        ("'wasm-unsafe-eval'", "'unsafe-eval'", 0),
        ("'trusted-types-eval'", "'unsafe-eval'", 0),
        ("'unsafe-eval'", "'wasm-unsafe-eval'", 1),
        ("'unsafe-eval'", "'trusted-types-eval'", 1),
        ("'wasm-unsafe-eval'", "'self'", 1),
        ("'trusted-types-eval'", "'self'", 1),
        ("'report-sample' 'report-sha384'", "'self'", 0),
    ] {
        let found = weaker(
            &[&format!("script-src {deployed}")],
            &format!("script-src {baseline}"),
        );
        assert_eq!(found.len(), points, "{deployed} {baseline}: {found:?}");
    }
    assert_eq!(
        weaker(
            &["script-src 'unsafe-eval'", "script-src 'wasm-unsafe-eval'"],
            "script-src 'self'"
        ),
        ["script-src: allows `'wasm-unsafe-eval'`, the baseline doesn't"]
    );
}

#[test]
fn two_policies_allow_what_has_a_grant_in_each() {
    // A script from anywhere over TLS with the nonce passes both; browsers' own algorithm misses it.
    assert_eq!(
        weaker(
            &["script-src 'nonce-a'", "script-src https:"],
            "script-src 'self'"
        ),
        ["script-src: allows `https: with 'nonce-...'`, the baseline doesn't"]
    );
    assert_eq!(
        weaker(
            &["script-src 'nonce-a'", "script-src 'self'"],
            "script-src 'self'"
        ),
        NONE
    );
    assert_eq!(
        weaker(
            &["style-src 'sha256-AAAA'", "style-src 'unsafe-inline'"],
            "style-src 'none'"
        ),
        ["style-src: allows `'sha256-AAAA' with 'unsafe-inline'`, the baseline doesn't"]
    );
    assert_eq!(
        weaker(
            &["script-src 'nonce-a'", "script-src 'nonce-b'"],
            "script-src 'none'"
        ),
        NONE
    );
    assert_eq!(
        weaker(
            &["script-src 'sha256-AAAA'", "script-src 'sha256-BBBB'"],
            "script-src 'none'"
        ),
        NONE
    );
    // What is inline has no URL.
    assert_eq!(
        weaker(
            &["script-src 'unsafe-inline'", "script-src https:"],
            "script-src 'none'"
        ),
        NONE
    );
    // A digest of another algorithm may be of the same script.
    assert_eq!(
        weaker(
            &["script-src 'sha256-AAAA'", "script-src 'sha512-BBBB'"],
            "script-src 'none'"
        )
        .len(),
        1
    );
    assert_eq!(
        weaker(
            &["img-src http://a.com", "img-src http://a.com:443"],
            "img-src 'none'"
        ),
        ["img-src: allows `http://a.com:443`, the baseline doesn't"]
    );
    assert_eq!(
        weaker(
            &["img-src https://a.com", "img-src http://a.com:80"],
            "img-src 'none'"
        ),
        ["img-src: allows `https://a.com`, the baseline doesn't"]
    );
    // By the standard, though not in Chromium, both match `https:` URLs.
    assert_eq!(
        weaker(&["img-src ws:", "img-src http:"], "img-src 'none'"),
        ["img-src: allows `http:`, the baseline doesn't"]
    );
    assert_eq!(
        weaker(&["img-src ws:", "img-src http:"], "img-src ws:"),
        NONE
    );
}

#[test]
fn hashes_reach_attributes_only_with_unsafe_hashes() {
    assert_eq!(
        weaker(
            &[
                "script-src 'unsafe-hashes' 'sha256-AAAA'",
                "script-src 'unsafe-inline'"
            ],
            "script-src 'sha256-AAAA'"
        ),
        ["script-src: allows `'sha256-AAAA' with 'unsafe-inline'`, the baseline doesn't"]
    );
    assert_eq!(
        weaker(&["style-src 'self' 'unsafe-hashes'"], "style-src 'self'"),
        ["style-src: allows `'unsafe-hashes'`, the baseline doesn't"]
    );
}

#[test]
fn elements_attributes_and_javascript_urls_are_compared_apart() {
    assert_eq!(
        weaker(
            &["script-src 'self' 'unsafe-inline'; script-src-attr 'none'"],
            "script-src 'self'; script-src-attr 'none'"
        ),
        ["script-src: allows `'unsafe-inline'`, the baseline doesn't"]
    );
    assert_eq!(
        weaker(
            &["style-src-elem 'self' 'unsafe-inline'"],
            "style-src-elem 'self'"
        ),
        ["style-src-elem: allows `'unsafe-inline'`, the baseline doesn't"]
    );
    // `javascript:` URLs obey the directive of elements, and hashes reach them as attributes.
    assert_eq!(
        weaker(
            &[
                "script-src-elem 'unsafe-hashes' 'sha256-AAAA'; script-src-attr 'none'; script-src 'none'",
                "script-src 'unsafe-inline'"
            ],
            "script-src 'sha256-AAAA'; script-src-attr 'none'"
        ),
        ["script-src-elem: allows `'sha256-AAAA' with 'unsafe-inline'`, the baseline doesn't"]
    );
}

#[test]
fn web_sockets_of_the_own_host_are_self() {
    assert_eq!(weaker(&["connect-src 'self'"], "connect-src 'self'"), NONE);
    assert_eq!(
        weaker(&["connect-src 'self'"], "connect-src https://example.com"),
        ["connect-src: allows `'self'`, the baseline doesn't"]
    );
    assert_eq!(
        weaker(&["img-src 'self'"], "img-src https://example.com"),
        NONE
    );
}

#[test]
fn ports_and_schemes_are_upgraded_together() {
    for (deployed, baseline, stricter) in [
        ("https://a.com", "http://a.com:80", true),
        ("https://a.com:443", "http://a.com", true),
        ("http://a.com:443", "http://a.com:80", false),
        ("http://a.com", "https://a.com", false),
        ("https://a.com:*", "https:", true),
        ("https://a.com:*", "https://a.com:8443", false),
        ("a.com", "https://a.com", true),
        ("http://a.com", "a.com", false),
        ("https://x.a.com", "https://*.a.com", true),
        ("https://a.com", "https://*.a.com", false),
        ("https://*.x.a.com", "https://*.a.com", true),
        ("https://*.a.com", "https://*.x.a.com", false),
        ("https://*", "https:", true),
        ("https:", "https://*:*", false),
        ("https://a.com/x/", "https://a.com/", true),
        ("https://a.com/x", "https://a.com/x/", false),
        ("https://a.com", "https://a.com/x/", false),
        ("*", "http: ws:", true),
        ("data:", "*", false),
    ] {
        let found = weaker(
            &[&format!("img-src {deployed}")],
            &format!("img-src {baseline}"),
        );
        assert_eq!(
            found.is_empty(),
            stricter,
            "{deployed} in {baseline}: {found:?}"
        );
    }
}

#[test]
fn sandbox_trusted_types_and_upgrade_count() {
    for (deployed, baseline, expected) in [
        (
            vec!["img-src *"],
            "sandbox",
            vec!["sandbox: nothing restricts it, the baseline says `sandbox`"],
        ),
        (
            vec!["sandbox allow-scripts allow-forms"],
            "sandbox allow-scripts",
            vec!["sandbox: allows `allow-forms`, the baseline doesn't"],
        ),
        (
            vec!["sandbox allow-scripts allow-forms", "sandbox allow-scripts"],
            "sandbox allow-scripts",
            vec![],
        ),
        (
            vec!["sandbox allow-top-navigation-by-user-activation"],
            "sandbox allow-top-navigation",
            vec![],
        ),
        (
            vec!["trusted-types a"],
            "require-trusted-types-for 'script'; trusted-types a; upgrade-insecure-requests",
            vec![
                "require-trusted-types-for: nothing restricts it, the baseline says `require-trusted-types-for 'script'`",
                "upgrade-insecure-requests: nothing restricts it, the baseline says `upgrade-insecure-requests`",
            ],
        ),
        (
            vec!["trusted-types a b 'allow-duplicates'"],
            "trusted-types a",
            vec![
                "trusted-types: allows `'allow-duplicates'`, the baseline doesn't",
                "trusted-types: allows `b`, the baseline doesn't",
            ],
        ),
        (
            vec!["trusted-types *"],
            "trusted-types a",
            vec!["trusted-types: allows `*`, the baseline doesn't"],
        ),
        (
            vec!["trusted-types a b", "trusted-types a *"],
            "trusted-types *",
            vec![],
        ),
        (
            vec!["trusted-types *", "trusted-types a"],
            "trusted-types a",
            vec![],
        ),
        (vec!["trusted-types 'none'"], "trusted-types a", vec![]),
        (
            vec!["sandbox", "require-trusted-types-for 'script'"],
            "require-trusted-types-for 'script'",
            vec![],
        ),
    ] {
        assert_eq!(weaker(&deployed, baseline), expected, "{deployed:?}");
    }
}

#[test]
fn a_sandbox_is_what_all_of_them_allow_under_any_name() {
    for (deployed, baseline, expected) in [
        (vec!["sandbox"], "sandbox", vec![]),
        (vec!["sandbox"], "sandbox allow-scripts", vec![]),
        (
            vec!["SANDBOX ALLOW-SCRIPTS"],
            "sandbox allow-scripts",
            vec![],
        ),
        (vec!["sandbox allow-script"], "sandbox", vec![]),
        // Navigation after a click is in both, by two names.
        (
            vec![
                "sandbox allow-top-navigation",
                "sandbox allow-top-navigation-by-user-activation",
            ],
            "sandbox",
            vec!["sandbox: allows `allow-top-navigation-by-user-activation`, the baseline doesn't"],
        ),
        (
            vec!["sandbox allow-scripts", "sandbox allow-same-origin"],
            "sandbox",
            vec![],
        ),
        (
            vec!["sandbox allow-scripts", "img-src *"],
            "sandbox",
            vec!["sandbox: allows `allow-scripts`, the baseline doesn't"],
        ),
    ] {
        assert_eq!(weaker(&deployed, baseline), expected, "{deployed:?}");
    }
    // In a `meta` element it is ignored, and so it is in a policy that only reports.
    let baseline = PolicyList::effective(["sandbox"]);
    for ignored in [
        PolicyList::meta("sandbox"),
        PolicyList::report_only(["sandbox"]),
    ] {
        assert!(!ignored.is_at_least_as_strict_as(&baseline, &page()));
        assert!(PolicyList::default().is_at_least_as_strict_as(&ignored, &page()));
    }
}

#[test]
fn under_a_sandbox_without_scripts_no_script_is_compared() {
    let baseline = "script-src 'none'; style-src 'none'; worker-src *";
    let open = "script-src * 'unsafe-inline' 'unsafe-eval'; worker-src *; style-src";
    assert_eq!(
        weaker(&[&format!("sandbox allow-forms; {open} 'none'")], baseline),
        NONE
    );
    assert_eq!(
        weaker(&["sandbox", &format!("{open} 'none'")], baseline),
        NONE
    );
    assert_eq!(
        weaker(&["sandbox; style-src 'none'; worker-src *"], baseline),
        NONE
    );
    // Style sheets, frames and forms are still there.
    assert_eq!(
        weaker(&[&format!("sandbox; {open} 'self'")], baseline),
        ["style-src: allows `'self'`, the baseline doesn't"]
    );
    assert_eq!(
        weaker(
            &[&format!("sandbox allow-scripts; {open} 'none'")],
            baseline
        )
        .len(),
        3
    );
}

#[test]
fn too_much_to_compare_is_weaker() {
    let many = |prefix: &str| {
        let hosts: Vec<_> = (0..200).map(|n| format!("{prefix}{n}.com")).collect();
        format!("img-src {}", hosts.join(" "))
    };
    let list = PolicyList::effective([many("a"), many("b")]);
    let points = list.weakenings(&PolicyList::effective(["img-src 'none'"]), &page());
    assert_eq!(points.len(), 1);
    assert_eq!(points[0].directive, DirectiveName::ImgSrc);
    assert_eq!(points[0].point, WeakeningKind::TooManyCombinations);
    assert_eq!(
        points[0].to_string(),
        "img-src: the policies have too many sources to compare; send one policy instead of several"
    );
}

#[test]
fn conformance_web_platform_tests() {
    let Some(data) = conformance::load("csp-subsumption.json") else {
        return;
    };
    let page: Origin = data["self_origin"].as_str().unwrap().parse().unwrap();
    conformance::each(&data["cases"], |case| {
        let input = &case["input"];
        let returned = input["returned"].as_array().ok_or("no policies")?;
        let deployed = PolicyList::effective(returned.iter().filter_map(|policy| policy.as_str()));
        let baseline = PolicyList::effective(input["required"].as_str());
        let points = deployed.weakenings(&baseline, &page);
        (case["expected"]["subsumes"] == points.is_empty())
            .then_some(())
            .ok_or(format!("{points:?}"))
    });
}
