//! Headers of one word: what each reading makes of them.

use http::HeaderValue;
use tower_visor::header::{
    CrossOriginEmbedderPolicy, CrossOriginOpenerPolicy, CrossOriginResourcePolicy,
    DocumentIsolationPolicy, EmbedderPolicy, Framing, IsolationPolicy, OpenerPolicy,
    OriginAgentCluster, ReferrerPolicy, XContentTypeOptions, XDnsPrefetchControl, XFrameOptions,
    XPermittedCrossDomainPolicies,
};

use super::{messages, round_trips};

#[test]
fn every_word_is_read_as_it_is_written() {
    fn all<T>(values: &[T])
    where
        T: std::str::FromStr<Err = tower_visor::header::HeaderError>
            + std::fmt::Display
            + std::fmt::Debug
            + PartialEq,
        for<'a> HeaderValue: From<&'a T>,
    {
        for value in values {
            assert_eq!(value.to_string().parse::<T>().as_ref(), Ok(value));
            assert_eq!(HeaderValue::from(value), value.to_string());
        }
    }
    all(&CrossOriginResourcePolicy::ALL);
    all(&OriginAgentCluster::ALL);
    all(&ReferrerPolicy::ALL);
    all(&XContentTypeOptions::ALL);
    all(&XDnsPrefetchControl::ALL);
    all(&XFrameOptions::ALL);
    all(&XPermittedCrossDomainPolicies::ALL);
    round_trips::<CrossOriginOpenerPolicy>(&[
        "same-origin",
        "same-origin-allow-popups",
        "noopener-allow-popups",
        "unsafe-none",
        "same-origin; report-to=\"visor\"",
    ]);
    round_trips::<CrossOriginEmbedderPolicy>(&[
        "require-corp",
        "credentialless",
        "unsafe-none",
        "credentialless; report-to=\"visor\"",
    ]);
    round_trips::<DocumentIsolationPolicy>(&[
        "isolate-and-require-corp",
        "isolate-and-credentialless",
        "none",
        "none; report-to=\"visor\"",
    ]);
}

#[test]
fn names_are_those_of_the_standards() {
    for (name, expected) in [
        (CrossOriginOpenerPolicy::NAME, "cross-origin-opener-policy"),
        (
            CrossOriginOpenerPolicy::REPORT_ONLY_NAME,
            "cross-origin-opener-policy-report-only",
        ),
        (
            CrossOriginEmbedderPolicy::NAME,
            "cross-origin-embedder-policy",
        ),
        (
            CrossOriginEmbedderPolicy::REPORT_ONLY_NAME,
            "cross-origin-embedder-policy-report-only",
        ),
        (DocumentIsolationPolicy::NAME, "document-isolation-policy"),
        (
            DocumentIsolationPolicy::REPORT_ONLY_NAME,
            "document-isolation-policy-report-only",
        ),
        (
            CrossOriginResourcePolicy::NAME,
            "cross-origin-resource-policy",
        ),
        (OriginAgentCluster::NAME, "origin-agent-cluster"),
        (ReferrerPolicy::NAME, "referrer-policy"),
        (XContentTypeOptions::NAME, "x-content-type-options"),
        (XDnsPrefetchControl::NAME, "x-dns-prefetch-control"),
        (XFrameOptions::NAME, "x-frame-options"),
        (
            XPermittedCrossDomainPolicies::NAME,
            "x-permitted-cross-domain-policies",
        ),
    ] {
        assert_eq!(name.as_str(), expected);
    }
}

#[test]
fn every_fault_has_its_message() {
    messages::<CrossOriginResourcePolicy>(&[
        (
            "",
            "cross-origin-resource-policy: the value is empty; write for example `same-origin`",
        ),
        (
            "SAME-SITE",
            "cross-origin-resource-policy, byte 0: unknown value `SAME-SITE`, did you mean `same-site`?; use same-origin, same-site or cross-origin",
        ),
        (
            "same-origin ",
            "cross-origin-resource-policy, byte 0: unknown value `same-origin `, did you mean `same-origin`?; use same-origin, same-site or cross-origin",
        ),
    ]);
    messages::<XFrameOptions>(&[
        (
            "ALLOWALL",
            "x-frame-options, byte 0: unknown value `ALLOWALL`; use DENY or SAMEORIGIN",
        ),
        (
            "same-origin",
            "x-frame-options, byte 0: unknown value `same-origin`, did you mean `SAMEORIGIN`?; use DENY or SAMEORIGIN",
        ),
        (
            "Allow-From https://a.example",
            "x-frame-options, byte 0: no browser obeys `ALLOW-FROM`; name the origin in the CSP's frame-ancestors and leave x-frame-options out",
        ),
    ]);
    messages::<XContentTypeOptions>(&[(
        "no-sniff",
        "x-content-type-options, byte 0: unknown value `no-sniff`, did you mean `nosniff`?; use nosniff",
    )]);
    messages::<ReferrerPolicy>(&[
        (
            "none",
            "referrer-policy, byte 0: unknown policy `none`; use no-referrer, no-referrer-when-downgrade, same-origin, origin, strict-origin, origin-when-cross-origin, strict-origin-when-cross-origin or unsafe-url",
        ),
        (
            "origin,no-referrer",
            "referrer-policy, byte 6: a list of policies; write one: browsers obey the last one they know, and they all know every one",
        ),
    ]);
    messages::<OriginAgentCluster>(&[(
        "1",
        "origin-agent-cluster, byte 0: unknown value `1`, did you mean `?1`?; use ?1 or ?0",
    )]);
    messages::<CrossOriginOpenerPolicy>(&[
        (
            "",
            "cross-origin-opener-policy: the value is empty; write for example `same-origin`",
        ),
        (
            "Same-Origin",
            "cross-origin-opener-policy, byte 0: unknown value `Same-Origin`, did you mean `same-origin`?; use same-origin, same-origin-allow-popups, noopener-allow-popups or unsafe-none",
        ),
        (
            "\"same-origin\"",
            "cross-origin-opener-policy, byte 0: `\"same-origin\"` is not a plain word; write for example `same-origin`",
        ),
        (
            "same-origin, same-origin",
            "cross-origin-opener-policy, byte 11: trailing characters after parsed value; write for example `same-origin`",
        ),
        (
            "same-origin; report_to=\"a\"",
            "cross-origin-opener-policy, byte 11: the parameter `report_to`; only `report-to=\"name\"` is known, with the name in quotes",
        ),
        (
            "same-origin; report-to=a",
            "cross-origin-opener-policy, byte 11: the parameter `report-to`; only `report-to=\"name\"` is known, with the name in quotes",
        ),
        (
            "same-origin; report-to=\"A\"",
            "cross-origin-opener-policy, byte 11: `A` isn't allowed there in the name of an endpoint; begin with a lower-case letter and go on with a-z, 0-9, `_`, `-`, `.` or `*`",
        ),
    ]);
}

#[test]
fn who_may_frame() {
    for (values, expected) in [
        (&[][..], Framing::Anyone),
        (&["deny"], Framing::Nobody),
        (&["sameorigin"], Framing::SameOrigin),
        (&["SAMEORIGIN, sameorigin"], Framing::SameOrigin),
        (&["DENY, SAMEORIGIN"], Framing::Nobody),
        (&["DENY", "nonsense"], Framing::Nobody),
        (&["DENY,"], Framing::Nobody),
        (&["nonsense", "rubbish"], Framing::Anyone),
        (&["ALLOW-FROM https://a.example"], Framing::Anyone),
        (&["\"DENY\""], Framing::Anyone),
        (&["DENY;"], Framing::Anyone),
    ] {
        assert_eq!(XFrameOptions::effective(values), expected, "{values:?}");
    }
}

#[test]
fn a_word_counts_alone_or_not_at_all() {
    let opener = |value| CrossOriginOpenerPolicy::effective([value]).value();
    assert_eq!(
        opener("noopener-allow-popups"),
        OpenerPolicy::NoopenerAllowPopups
    );
    assert_eq!(opener("same-origin, same-origin"), OpenerPolicy::UnsafeNone);
    let embedder = |value| CrossOriginEmbedderPolicy::effective([value]).value();
    assert_eq!(embedder("credentialless"), EmbedderPolicy::Credentialless);
    assert_eq!(embedder("Credentialless"), EmbedderPolicy::UnsafeNone);
    let document = |value| DocumentIsolationPolicy::effective([value]).value();
    assert_eq!(
        document("isolate-and-require-corp"),
        IsolationPolicy::IsolateAndRequireCorp
    );
    assert_eq!(document("isolate"), IsolationPolicy::None);

    // An endpoint is any string; of several the last counts, if it is one.
    let endpoint = |value| {
        let policy = CrossOriginOpenerPolicy::effective([value]);
        policy.endpoint().map(ToString::to_string)
    };
    assert_eq!(
        endpoint("same-origin; report-to=\"visor\"").as_deref(),
        Some("visor")
    );
    assert_eq!(endpoint("same-origin; report-to=visor"), None);
    assert_eq!(
        endpoint("same-origin; report-to=\"A b\"").as_deref(),
        Some("A b")
    );
    assert_eq!(endpoint("same-origin; report-to=\"\"").as_deref(), Some(""));
    assert_eq!(
        endpoint("same-origin; report-to=\"a\"; report-to=\"b\"").as_deref(),
        Some("b")
    );
    assert_eq!(endpoint("same-origin; report-to=\"a\"; report-to"), None);
    assert_eq!(
        endpoint("unsafe-none; report-to=\"a\"").as_deref(),
        Some("a")
    );
    let document = |value| DocumentIsolationPolicy::effective([value]);
    let read = document("isolate-and-require-corp; report-to=\"Ab\"");
    assert_eq!(read.endpoint(), Some("Ab"));
    assert_eq!(document("none; report-to=\"Ab\"").endpoint(), None);
    assert_eq!(endpoint("nonsense; report-to=\"visor\""), None);
}

#[test]
fn the_other_words_as_browsers_read_them() {
    assert_eq!(
        OriginAgentCluster::effective(["?1;x"]),
        Some(OriginAgentCluster::OriginKeyed)
    );
    assert_eq!(
        OriginAgentCluster::effective(["?0"]),
        Some(OriginAgentCluster::SiteKeyed)
    );
    assert_eq!(OriginAgentCluster::effective(["1"]), None);
    assert_eq!(OriginAgentCluster::effective(["?1", "?1"]), None);
    assert_eq!(
        XDnsPrefetchControl::effective(["ON"]),
        Some(XDnsPrefetchControl::On)
    );
    assert_eq!(XDnsPrefetchControl::effective([""; 0]), None);
    assert_eq!(
        XPermittedCrossDomainPolicies::effective(["none"]),
        Some(XPermittedCrossDomainPolicies::None)
    );
    assert_eq!(XPermittedCrossDomainPolicies::effective(["no"]), None);
    assert_eq!(
        CrossOriginResourcePolicy::effective([b"same-site\xff"]),
        None
    );
}

#[test]
fn the_first_value_says_nosniff_or_nobody_does() {
    for (values, nosniff) in [
        (&["nosniff"][..], true),
        (&[" NoSniff "], true),
        (&["nosniff, no"], true),
        (&["nosniff", "no"], true),
        (&["no", "nosniff"], false),
        (&[",nosniff"], false),
        (&["\"nosniff\""], false),
        (&["nosniff;"], false),
        (&[], false),
    ] {
        let read = XContentTypeOptions::effective(values);
        assert_eq!(read.is_some(), nosniff, "{values:?}");
    }
}

#[test]
fn the_last_known_referrer_policy_counts() {
    use ReferrerPolicy as R;
    for (values, expected) in [
        (&[][..], None),
        (&[""], None),
        (&["NO-REFERRER"], Some(R::NoReferrer)),
        (&["no-referrer, future-policy"], Some(R::NoReferrer)),
        (&["origin,", "", ",same-origin,"], Some(R::SameOrigin)),
        // An element that could never be a policy drops the whole header.
        (&["origin", "origin no-referrer"], None),
        (&["no-referrer;"], None),
        (&["\"no-referrer\""], None),
        (&["'no-referrer'"], None),
    ] {
        assert_eq!(R::effective(values), expected, "{values:?}");
    }
}
