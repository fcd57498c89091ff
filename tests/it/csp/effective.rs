//! Policies as browsers read them: own cases for each rule.

use tower_visor::csp::{
    Csp, Delivery, DirectiveName, DropReason, EffectiveDirective, EffectivePolicy, Keyword,
    PolicyList, SourceExpression,
};

/// What was dropped: place and reason, in a form that is easy to compare.
fn drops(list: &PolicyList) -> Vec<String> {
    list.dropped().iter().map(ToString::to_string).collect()
}

fn one(header: &str) -> EffectivePolicy {
    let list = PolicyList::effective([header]);
    assert_eq!(list.policies().len(), 1, "{header}");
    list.policies()[0].clone()
}

#[test]
fn commas_and_headers_separate_policies() {
    let list = PolicyList::effective(["img-src 'self', script-src a.com;,", " , ;; ,", "sandbox"]);
    assert_eq!(
        list.to_string(),
        "img-src 'self', script-src a.com, sandbox"
    );
    let places: Vec<_> = list
        .policies()
        .iter()
        .map(|policy| (policy.header(), policy.position()))
        .collect();
    assert_eq!(places, [(0, 0), (0, 16), (2, 0)]);
    assert!(list.dropped().is_empty());
    assert!(PolicyList::effective(["", " ", ";", "scirpt-src *"]).is_empty());
}

#[test]
fn white_space_is_tab_lf_ff_cr_and_space() {
    for space in ["\t", "\n", "\u{c}", "\r", " ", " \t\r\n "] {
        let header = format!("{space}img-src{space}a.com{space}b.com{space};{space}");
        assert_eq!(one(&header).to_string(), "img-src a.com b.com", "{space:?}");
    }
    // Vertical tab and no-break space are none, and drop the directive with them.
    assert_eq!(
        drops(&PolicyList::effective([
            "img-src\u{b}'none'; font-src 'none'\u{b}; media-src\u{a0}'none'; sandbox"
        ])),
        [
            "byte 0: `img-src\\u{b}'none'` is dropped: unknown directive",
            "byte 16: `font-src 'none'\\u{b}` is dropped: it holds a control character",
            "byte 34: `media-src\\u{a0}'none'` is dropped: it holds a byte outside ASCII; write hosts in punycode and paths percent-encoded",
        ]
    );
}

#[test]
fn a_byte_outside_ascii_drops_its_directive_only() {
    let list =
        PolicyList::effective([b"img-src 'none' \xff; script-src 'self'; style\xc2\xa1-src *"]);
    assert_eq!(list.to_string(), "script-src 'self'");
    let found: Vec<_> = list
        .dropped()
        .iter()
        .map(|dropped| (dropped.position, dropped.directive, &dropped.reason))
        .collect();
    assert_eq!(
        found,
        [
            (0, Some(DirectiveName::ImgSrc), &DropReason::NonAscii),
            (37, None, &DropReason::NonAscii),
        ]
    );
    // Measured: in Chromium the dropped directive keeps its name, and a second one is a duplicate.
    let list = PolicyList::effective(["img-src \u{e1}; img-src 'none'"]);
    assert!(list.is_empty());
    assert_eq!(list.dropped()[1].reason, DropReason::Duplicate);
}

#[test]
fn names_have_no_case_and_the_first_one_wins() {
    let list =
        PolicyList::effective(["IMG-Src 'self'; img-src *; scirpt-src 'none'; prefetch-src *"]);
    assert_eq!(list.to_string(), "img-src 'self'");
    assert_eq!(
        drops(&list),
        [
            "byte 16: `img-src *` is dropped: the directive appears twice, and the first one counts",
            "byte 27: `scirpt-src 'none'` is dropped: unknown directive, did you mean `script-src`?",
            "byte 46: `prefetch-src *` is dropped: browsers don't know this directive; remove it; prefetching obeys `default-src`, and in Chromium any directive that allows the URL",
        ]
    );
    // Each policy of a list has names of its own.
    assert_eq!(
        PolicyList::effective(["img-src a.com, img-src b.com"]).to_string(),
        "img-src a.com, img-src b.com"
    );
}

#[test]
fn sources_are_read_as_browsers_do() {
    for (source, read) in [
        ("'SELF'", "'self'"),
        ("'Unsafe-Inline'", "'unsafe-inline'"),
        ("'REPORT-SHA384'", "'report-sha384'"),
        ("'nonce-aB+/-_=='", "'nonce-aB+/-_=='"),
        ("'NONCE-abc'", "'nonce-abc'"),
        // The same digest in base64url, without padding, in upper case, in an old spelling.
        ("'sha256-____'", "'sha256-////'"),
        ("'SHA256-__8'", "'sha256-//8='"),
        ("'sha-512-AAAA'", "'sha512-AAAA'"),
        // What should have been quoted is a host of that name.
        ("self", "self"),
        ("none", "none"),
        ("unsafe-inline", "unsafe-inline"),
        ("HTTPS:", "https:"),
        ("*", "*"),
        ("https://*", "https://*"),
        ("*.Example.com:*/A/b", "*.example.com:*/A/b"),
        ("localhost:8080", "localhost:8080"),
        ("example.com./x", "example.com./x"),
        // The grammar has no place for these characters in a path; browsers compare them.
        ("a.com/x\"y%", "a.com/x%22y%25"),
    ] {
        let list = PolicyList::effective([format!("script-src {source}")]);
        assert_eq!(list.to_string(), format!("script-src {read}"), "{source}");
        assert_eq!(drops(&list), [""; 0], "{source}");
    }
}

#[test]
fn what_is_no_source_is_dropped() {
    for source in [
        "'nonce-'",
        "'nonce-a*'",
        "'nonce-a==='",
        "'nonce-=='",
        "'sha256-'",
        "'sha256-%'",
        "'sha256-A'",
        "'sha1-AAAA'",
        "'sha256-AA==='",
        "'bogus'",
        "'self",
        "self'",
        "'",
        "''",
        "'unsafe-hashed-attributes'",
        "'unsafe-allow-redirects'",
        "'unsafe-webtransport-hashes'",
        "//example.com",
        "exa_mple.com",
        "[::1]",
        "https://",
        "a..com",
        ".a.com",
        "*a.com",
        "a.*.com",
        "a.com:x",
        "a.com:99999",
        "data:image/png",
        "?x",
        "#",
        "a.com#f",
        "a.com#f?x",
        "?",
        "http://user@a.com",
        "\"self\"",
    ] {
        let list = PolicyList::effective([format!("script-src {source}; sandbox")]);
        assert_eq!(list.to_string(), "script-src 'none'; sandbox", "{source}");
        let [dropped] = list.dropped() else {
            panic!("{source}: {:?}", list.dropped())
        };
        assert_eq!(
            (dropped.position, dropped.text.as_str(), &dropped.reason),
            (11, source, &DropReason::InvalidSource),
        );
        assert_eq!(dropped.directive, Some(DirectiveName::ScriptSrc));
    }
    for source in [
        "'wasm-eval'",
        "'strict-dynamic-url'",
        "'url-sha256-AAAA'",
        "'eval-sha256-AAAA'",
    ] {
        let list = PolicyList::effective([format!("script-src {source}")]);
        assert_eq!(
            list.dropped()[0].reason,
            DropReason::Experimental,
            "{source}"
        );
    }
}

#[test]
fn query_and_fragment_are_cut_off() {
    let list = PolicyList::effective(["img-src a.com/x?y#z https://b.com/#f c.com:1?x/y"]);
    assert_eq!(list.to_string(), "img-src a.com/x https://b.com/ c.com:1");
    assert_eq!(
        drops(&list),
        [
            "byte 15: in img-src, `?y#z` is dropped: sources are compared without query and fragment",
            "byte 34: in img-src, `#f` is dropped: sources are compared without query and fragment",
            "byte 44: in img-src, `?x/y` is dropped: Firefox cuts a query off, Chromium drops the whole source; write a path, or the host alone",
        ]
    );
}

#[test]
fn none_counts_alone() {
    for (header, read, dropped) in [
        ("img-src 'None'", "img-src 'none'", 0),
        ("img-src", "img-src 'none'", 0),
        ("img-src 'none' 'none'", "img-src 'none'", 0),
        (
            "img-src 'none' 'report-sample'",
            "img-src 'report-sample'",
            0,
        ),
        ("img-src 'none' a.com", "img-src a.com", 1),
        ("trusted-types 'none' a", "trusted-types a", 1),
    ] {
        let list = PolicyList::effective([header]);
        assert_eq!(list.to_string(), read);
        assert_eq!(list.dropped().len(), dropped, "{header}");
        assert!(
            list.dropped()
                .iter()
                .all(|d| d.reason == DropReason::NoneBesideOthers)
        );
    }
}

#[test]
fn sources_without_effect_are_dropped() {
    let list = PolicyList::effective([
        "img-src 'nonce-abc' 'unsafe-inline' a.com; frame-ancestors 'unsafe-inline' 'self'; style-src 'strict-dynamic' 'nonce-abc'; worker-src 'strict-dynamic'",
    ]);
    assert_eq!(
        list.to_string(),
        "img-src a.com; frame-ancestors 'self'; style-src 'nonce-abc'; worker-src 'strict-dynamic'"
    );
    assert_eq!(list.dropped().len(), 4);
    assert!(
        list.dropped()
            .iter()
            .all(|d| d.reason == DropReason::NoEffectHere)
    );
    assert_eq!(
        list.dropped()[0].to_string(),
        "byte 8: in img-src, `'nonce-abc'` is dropped: it has no effect in this directive"
    );
}

#[test]
fn directives_without_sources_keep_their_values() {
    let list = PolicyList::effective([
        "sandbox ALLOW-scripts allow-x; require-trusted-types-for 'script' 'SCRIPT'; trusted-types a b! 'allow-duplicates'; report-to x y; report-uri /r /s; upgrade-insecure-requests 1; block-all-mixed-content",
    ]);
    let policy = &list.policies()[0];
    assert_eq!(
        policy.to_string(),
        "sandbox allow-scripts; require-trusted-types-for 'script'; trusted-types a 'allow-duplicates'; report-to x; report-uri /r /s; upgrade-insecure-requests; block-all-mixed-content"
    );
    assert_eq!(policy.report_to(), Some("x"));
    assert!(policy.requires_trusted_types());
    assert_eq!(
        drops(&list),
        [
            "byte 22: in sandbox, `allow-x` is dropped: the directive doesn't take this value",
            "byte 66: in require-trusted-types-for, `'SCRIPT'` is dropped: the directive doesn't take this value",
            "byte 92: in trusted-types, `b!` is dropped: the directive doesn't take this value",
            "byte 127: in report-to, `y` is dropped: the directive takes no more values",
            "byte 174: in upgrade-insecure-requests, `1` is dropped: the directive takes no more values",
        ]
    );
    assert!(!one("require-trusted-types-for script").requires_trusted_types());
}

#[test]
fn report_only_and_meta_lose_what_has_no_effect_there() {
    let text =
        "frame-ancestors 'none'; sandbox; report-uri /r; upgrade-insecure-requests; img-src *";
    let report = PolicyList::report_only([text]);
    assert_eq!(
        report.to_string(),
        "frame-ancestors 'none'; report-uri /r; img-src *"
    );
    assert_eq!(report.policies()[0].delivery(), Delivery::ReportOnlyHeader);
    assert!(!report.policies()[0].delivery().is_enforced());
    assert!(
        report
            .dropped()
            .iter()
            .all(|d| d.reason == DropReason::NotInReportOnly)
    );

    let meta = PolicyList::meta(text);
    assert_eq!(meta.to_string(), "upgrade-insecure-requests; img-src *");
    assert!(
        meta.dropped()
            .iter()
            .all(|d| d.reason == DropReason::NotInMeta)
    );

    let both = PolicyList::effective(["script-src 'self'", "scirpt-src *"]).and(meta);
    assert_eq!(both.policies().len(), 2);
    assert_eq!(both.dropped().len(), 4);
    assert_eq!(
        both.dropped()[0].to_string(),
        "header 2, byte 0: `scirpt-src *` is dropped: unknown directive, did you mean `script-src`?"
    );
}

#[test]
fn fallbacks_are_followed() {
    use DirectiveName as D;
    let all = one("default-src 'none'; script-src a.com; style-src b.com; child-src c.com");
    let decides = |name| all.governing(name).map(EffectiveDirective::name);
    for (name, decided) in [
        (D::ScriptSrcElem, D::ScriptSrc),
        (D::ScriptSrcAttr, D::ScriptSrc),
        (D::StyleSrcElem, D::StyleSrc),
        (D::StyleSrcAttr, D::StyleSrc),
        (D::WorkerSrc, D::ChildSrc),
        (D::FrameSrc, D::ChildSrc),
        (D::FencedFrameSrc, D::ChildSrc),
        (D::ConnectSrc, D::DefaultSrc),
        (D::ManifestSrc, D::DefaultSrc),
        (D::DefaultSrc, D::DefaultSrc),
    ] {
        assert_eq!(decides(name), Some(decided), "{name}");
    }
    for name in [
        D::BaseUri,
        D::FormAction,
        D::FrameAncestors,
        D::Sandbox,
        D::TrustedTypes,
        D::ReportTo,
    ] {
        assert_eq!(decides(name), None, "{name}");
    }
    let without_child = one("default-src 'none'; script-src a.com");
    assert_eq!(
        without_child
            .governing(D::WorkerSrc)
            .map(EffectiveDirective::name),
        Some(D::ScriptSrc)
    );
}

#[test]
fn nonces_hashes_and_strict_dynamic_cancel() {
    use DirectiveName as D;
    let text = |header: &str, name| {
        one(header)
            .governing(name)
            .unwrap()
            .in_force(name)
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(
        text("script-src 'unsafe-inline' https:", D::ScriptSrc),
        "'unsafe-inline' https:"
    );
    assert_eq!(
        text("script-src 'unsafe-inline' 'nonce-a' https:", D::ScriptSrc),
        "'nonce-a' https:"
    );
    // A hash of the wrong length matches nothing and cancels all the same (measured); a key of
    // signature-based SRI does so in Chromium only.
    assert_eq!(
        text("script-src 'unsafe-inline' 'sha256-AAAA'", D::ScriptSrc),
        "'sha256-AAAA'"
    );
    assert_eq!(
        text("script-src 'unsafe-inline' 'ed25519-AAAA'", D::ScriptSrc),
        "'unsafe-inline' 'ed25519-AAAA'"
    );
    // One that isn't base64 cancels nothing.
    assert_eq!(
        text("script-src 'unsafe-inline' 'sha256-A'", D::ScriptSrc),
        "'unsafe-inline'"
    );
    let dynamic = "'self' * https: a.com 'unsafe-inline' 'strict-dynamic' 'nonce-a' 'unsafe-eval'";
    assert_eq!(
        text(&format!("script-src {dynamic}"), D::ScriptSrcElem),
        "'strict-dynamic' 'nonce-a' 'unsafe-eval'"
    );
    assert_eq!(
        text(&format!("default-src {dynamic}"), D::ImgSrc),
        "'self' * https: a.com"
    );
    assert_eq!(
        text(&format!("default-src {dynamic}"), D::StyleSrc),
        "'self' * https: a.com 'nonce-a' 'unsafe-eval'"
    );
}

#[test]
fn typed_policies_lose_nothing() {
    for text in [
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval' 'report-sample' 'report-sha384'; style-src 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' 'nonce-{nonce}'; img-src https://*.example.com:8443/a/ data: 'self'; base-uri 'none'; form-action 'self'; frame-ancestors https://example.com 'self'; sandbox allow-scripts allow-same-origin; require-trusted-types-for 'script'; trusted-types default 'allow-duplicates'; upgrade-insecure-requests; report-to x; report-uri /r",
        "sandbox",
        "trusted-types 'none'",
        "default-src 'self'; worker-src blob:",
    ] {
        let csp: Csp = text.parse().unwrap();
        let list = PolicyList::from(&csp);
        assert_eq!(drops(&list), [""; 0], "{text}");
        assert_eq!(
            list.to_string()
                .replace("c29tZSBub25jZSBvciBvdGhlcg==", "{nonce}"),
            csp.to_string()
        );
    }
}

#[test]
fn keywords_print_as_written() {
    let source = SourceExpression::Keyword(Keyword::StrictDynamic);
    assert_eq!(source.to_string(), "'strict-dynamic'");
    assert_eq!(Keyword::StrictDynamic.as_str(), "'strict-dynamic'");
}
