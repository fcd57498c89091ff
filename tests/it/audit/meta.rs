//! Policies in `meta` elements: judged as browsers obey them. `tests/browser/meta.rs` asks one.

use tower_visor::audit::{Code, Context, Profile, Report, audit};

use super::response;

const PAGE: &str = "https://example.com/";
const CSP: &str = "content-security-policy";
const WHOLE: &str = "default-src 'none'; base-uri 'none'; form-action 'none'";

fn report(header: Option<&str>, html: &str) -> Report {
    let mut headers = vec![("content-type", "text/html; charset=utf-8")];
    headers.extend(header.map(|header| (CSP, header)));
    audit(
        &response(PAGE, &headers, html),
        &Context::new(Profile::Document),
    )
}

fn meta(policy: &str) -> String {
    format!("<meta http-equiv=Content-Security-Policy content=\"{policy}\">")
}

/// The codes about policies.
fn codes(header: Option<&str>, html: &str) -> Vec<&'static str> {
    let codes = report(header, html).codes().into_iter().map(Code::as_str);
    codes
        .filter(|code| code.starts_with("csp-") || code.starts_with("meta-"))
        .collect()
}

fn found(report: &Report, code: Code) -> Vec<String> {
    let of = report.of(code);
    of.map(|finding| format!("{}: {}", finding.subject, finding.found))
        .collect()
}

#[test]
fn a_page_whose_only_policy_is_in_the_page() {
    let html = meta(WHOLE);
    assert_eq!(codes(None, &html), ["meta-policy-only"]);
    let report = report(None, &format!("<!doctype html>\n{html}"));
    assert_eq!(
        found(&report, Code::META_POLICY_ONLY),
        ["<meta> at 2:1: no Content-Security-Policy in the headers"]
    );
    // Nobody can say in it who may frame the page.
    assert_eq!(report.of(Code::FRAMING).count(), 1);
    assert_eq!(report.responses[0].policies, [WHOLE]);
    // A header that browsers read past is none.
    assert_eq!(
        codes(Some("scirpt-src 'none'"), &html)[1..],
        ["meta-policy-only"]
    );
    // And one that is whole leaves a note.
    let whole = format!("{WHOLE}; frame-ancestors 'none'");
    assert_eq!(codes(Some(&whole), &html), ["meta-policy"]);
}

#[test]
fn it_is_one_more_policy_of_the_list() {
    // What weakens both is found, and in each; the header's count first.
    let weak = "script-src https:; object-src 'none'; base-uri 'none'; form-action 'none'";
    let both = report(Some(weak), &meta(weak));
    assert_eq!(
        found(&both, Code::CSP_SCRIPT_ANY),
        [
            "policy 1, script-src: `https:`",
            "policy 2, script-src: `https:`"
        ]
    );
    // Either makes up for the other.
    let whole = format!("{WHOLE}; frame-ancestors 'none'");
    assert_eq!(
        codes(Some(weak), &meta(WHOLE)),
        ["csp-split", "meta-policy"]
    );
    assert_eq!(
        codes(Some(&whole), &meta(weak)),
        ["csp-split", "meta-policy"]
    );
    // A comma is where another policy begins, here too.
    let html = meta("script-src 'none', object-src 'none'");
    assert_eq!(report(None, &html).responses[0].policies.len(), 2);
}

#[test]
fn what_is_void_in_a_meta_element_is_dropped() {
    for directive in ["frame-ancestors 'none'", "sandbox", "report-uri /reports"] {
        let html = meta(&format!("{WHOLE}; {directive}"));
        let report = report(Some(&format!("{WHOLE}; frame-ancestors 'self'")), &html);
        let dropped = found(&report, Code::CSP_DROPPED_DIRECTIVE);
        assert_eq!(dropped.len(), 1, "{directive}");
        assert!(dropped[0].starts_with("policy 2, "), "{dropped:?}");
        let text = format!("`{directive}` is dropped");
        assert!(dropped[0].contains(&text), "{dropped:?}");
    }
    // Without the header nothing limits who may frame the page.
    let html = meta(&format!("{WHOLE}; frame-ancestors 'none'"));
    assert_eq!(report(None, &html).of(Code::FRAMING).count(), 1);
    // A policy of such directives alone is none at all, and its place is the element.
    let report = report(None, &meta("frame-ancestors 'none'"));
    assert_eq!(report.of(Code::CSP_MISSING).count(), 1);
    let dropped = found(&report, Code::CSP_DROPPED_DIRECTIVE);
    assert!(
        dropped[0].starts_with("<meta> at 1:1: byte 0: "),
        "{dropped:?}"
    );
}

#[test]
fn it_governs_what_comes_after_it() {
    let inline = |report: &Report| -> Vec<&'static str> {
        let inline = report.inventory.iter();
        inline.map(|script| script.integrity).collect()
    };
    let script = "<script>one()</script>";
    let html = format!("{script}{}{script}", meta("script-src 'none'"));
    let late = report(None, &html);
    assert_eq!(inline(&late), ["none", "blocked by the policy"]);
    assert_eq!(
        found(&late, Code::META_POLICY_LATE),
        ["<meta> at 1:23: <script> at 1:1 comes before it"]
    );
    // The header's governs all of it.
    let both = report(Some("script-src 'none'"), &html);
    assert_eq!(inline(&both), ["blocked by the policy"; 2]);
    // Each by itself: the second one says nothing of scripts, and of styles the first one.
    let two = format!(
        "<style></style>{}<script src=a.js></script><base href=/x/>{}",
        meta("script-src 'self'; base-uri 'self'"),
        meta("style-src 'none'; script-src-elem 'self'"),
    );
    assert_eq!(
        found(&report(None, &two), Code::META_POLICY_LATE),
        ["<meta> at 1:143: <style> at 1:1 comes before it, and 1 more"]
    );
    // Data is not a script, and a picture is not code.
    let data = format!(
        "<script type=application/json>{{}}</script><link rel=icon href=a.png>{}",
        meta(WHOLE)
    );
    assert_eq!(report(None, &data).of(Code::META_POLICY_LATE).count(), 0);
}

#[test]
fn it_counts_in_the_head_alone() {
    let policy = meta(WHOLE);
    for inside in [
        format!("<html><head>\n<title>a <b> c</title>{policy}"),
        format!("\u{feff}<!doctype html><!-- x -->{policy}"),
        format!("<head></head>{policy}<body>"),
        format!("<template><p><template></template></template>{policy}"),
        format!("<noscript><p></noscript>{policy}"),
        format!("<script>var a = '<p>';</script><style>p {{}}</style>{policy}"),
        format!("</p></div>{policy}"),
        policy.replace("Content", "CONTENT"),
    ] {
        assert_eq!(
            report(None, &inside).of(Code::CSP_MISSING).count(),
            0,
            "{inside}"
        );
    }
    for outside in [
        format!("<body>{policy}"),
        format!("<p>{policy}"),
        format!("text{policy}"),
        format!("&nbsp;{policy}"),
        format!("</br>{policy}"),
        format!("<head></head></html>{policy}"),
        format!("<svg></svg>{policy}"),
        format!("<template>{policy}</template>"),
        format!("<template><template></template>{policy}</template>"),
        format!("<noframes>{policy}</noframes>"),
    ] {
        let report = report(None, &outside);
        assert_eq!(report.of(Code::CSP_MISSING).count(), 1, "{outside}");
        let ignored = found(&report, Code::META_IGNORED);
        assert_eq!(ignored.len(), 1, "{outside}");
        assert!(ignored[0].ends_with("it is outside of `<head>`"));
    }
    // For browsers that run scripts this is text.
    let noscript = format!("<noscript>{policy}</noscript>");
    assert_eq!(codes(None, &noscript), ["csp-missing"]);
}

#[test]
fn what_browsers_know_as_headers_only_is_ignored() {
    for (markup, reason) in [
        (
            "<meta http-equiv=X-Frame-Options content=DENY>",
            "`X-Frame-Options`: browsers know it as a header only",
        ),
        (
            "<meta http-equiv=content-security-policy-report-only content=\"default-src 'none'\">",
            "`content-security-policy-report-only`: browsers know it as a header only",
        ),
        (
            "<meta http-equiv=content-security-policy>",
            "`content-security-policy`: no `content`",
        ),
        (
            "<meta http-equiv=' content-security-policy' content=\"default-src 'none'\">",
            "` content-security-policy`: white space around its name",
        ),
    ] {
        let report = report(None, markup);
        let expected = format!("<meta> at 1:1: {reason}");
        assert_eq!(found(&report, Code::META_IGNORED), [expected]);
        assert_eq!(report.of(Code::CSP_MISSING).count(), 1, "{markup}");
    }
    let harmless =
        "<meta charset=utf-8><meta http-equiv=refresh content=9><meta name=x-frame-options>";
    assert_eq!(codes(None, harmless), ["csp-missing"]);
}

#[test]
fn more_policies_than_a_page_needs_are_not_compared() {
    let many = format!("{}<script></script>", meta("script-src https:")).repeat(40);
    let report = report(None, &many);
    assert_eq!(report.responses[0].policies.len(), 32);
    assert_eq!(
        report
            .not_checked
            .iter()
            .filter(|skipped| skipped.what == "8 more policies in `meta` elements")
            .count(),
        1
    );
}
