//! What known build tools and documentation tools write into pages is understood.

use tower_visor::csp::DirectiveName;
use tower_visor::page::Page;
use tower_visor::policy::{HostKind, Resource};
use tower_visor::response::ResponseClass;
use tower_visor::sri::{Algorithm, Digest};

use super::{app, compile};
use crate::site::document;
use crate::support::{pinned, pins, sdk};

/// A directive of the page's policy.
fn directive(page: &Page, name: &str) -> Option<String> {
    let headers = page
        .policy()
        .headers(ResponseClass::Document, HostKind::Named);
    let csp = headers["content-security-policy"].to_str().unwrap();
    let mut all = csp.split("; ");
    let found = all.find(|one| one.split(' ').next() == Some(name));
    found.map(str::to_owned)
}

#[test]
fn a_style_sheet_that_applies_once_it_is_there_applies_at_once() {
    for (rel, onload, set) in [
        ("stylesheet", "onload=\"this.media='all'\"", "media=\"all\""),
        (
            "stylesheet",
            "ONLOAD='this.onload=null; this.media = \"all\";'",
            "media=\"all\"",
        ),
        (
            "stylesheet",
            "onload=\"this.media='screen';this.onload=null\"",
            "media=\"screen\"",
        ),
        (
            "stylesheet",
            "onload=\"this.removeAttribute('media')\"",
            "media=\"all\"",
        ),
        (
            "preload as=style",
            "onload=\"this.onload=null;this.rel='stylesheet'\"",
            "rel=\"stylesheet\"",
        ),
    ] {
        let html = format!("<link rel={rel} href=app.css media=print {onload}>");
        let page = compile(&html).unwrap();
        assert!(
            page.html()
                .contains(&format!("<link {set} integrity=\"sha384-")),
            "{}",
            page.html()
        );
        assert!(!page.html().to_lowercase().contains("onload"), "{onload}");
        // As on any page all of whose sheets have integrity.
        let headers = page
            .policy()
            .headers(ResponseClass::Document, HostKind::Named);
        assert_eq!(
            headers["integrity-policy"],
            "blocked-destinations=(script style)"
        );
    }
    for (rel, onload) in [
        ("stylesheet", "steal()"),
        ("stylesheet", "this.media='all';steal()"),
        ("stylesheet", "this.media='all' onclick='"),
        ("stylesheet", "this.rel='stylesheet'"),
        ("preload as=script", "this.rel='stylesheet'"),
        ("icon", "this.media='all'"),
    ] {
        let other = format!("<link rel={rel} href=app.css media=print onload=\"{onload}\">");
        let faults = compile(&other).unwrap_err();
        assert_eq!(
            faults[0].to_string(),
            "line 1, column 1: `onload` on <link> would not run: set the handler in a script file with `addEventListener`, or have such handlers allowed by their hashes with an exception (`dangerous().allow(..)`) for `'unsafe-hashes'` in script-src-attr"
        );
    }
}

#[test]
fn an_empty_integrity_says_nothing() {
    for empty in ["integrity=\"\"", "integrity", "integrity=' '"] {
        let page = compile(&format!("<script type=module src=app.js {empty}></script>")).unwrap();
        assert!(
            page.html().contains("<script integrity=\"sha384-"),
            "{}",
            page.html()
        );
    }
}

#[test]
fn a_base_that_says_what_holds_anyway_is_taken_up() {
    let page = compile("<base href=\"/\"><script type=module src=app.js></script>").unwrap();
    assert!(!page.html().contains("<base"), "{}", page.html());
    assert_eq!(directive(&page, "base-uri").unwrap(), "base-uri 'none'");
    // Of another folder there is no such script.
    let faults = compile("<base href=/parts/><script src=app.js></script>").unwrap_err();
    assert!(faults[0].to_string().contains("`app.js` has no pin"));
}

#[test]
fn a_manifest_is_allowed_by_its_url() {
    let page = compile("<link rel=manifest href=app.webmanifest>").unwrap();
    assert_eq!(
        directive(&page, "manifest-src").unwrap(),
        "manifest-src https://liveness.contoso.example/app.webmanifest"
    );
    assert_eq!(directive(&compile("").unwrap(), "manifest-src"), None);
}

#[test]
fn fonts_of_its_own_and_those_that_stand_in_a_sheet_can_be_declared() {
    let pins = pins("/");
    let verified = pins.verify(sdk("1.5.0")).unwrap();
    let document = document()
        .loads(Resource::Font, "/inter.woff2")
        .loads(Resource::Font, "data:");
    let page = Page::builder("")
        .app_files(app())
        .compile(&verified, &pinned(document, &pins))
        .unwrap();
    assert_eq!(
        directive(&page, "font-src").unwrap(),
        "font-src https://liveness.contoso.example/inter.woff2 data:"
    );
}

#[test]
fn a_base_for_windows_alone_changes_nothing() {
    let page = compile("<base target=_top><script type=module src=app.js></script>").unwrap();
    assert!(
        page.html().contains("<base target=_top>"),
        "{}",
        page.html()
    );
    assert_eq!(directive(&page, "base-uri").unwrap(), "base-uri 'none'");
    let faults = compile("<base target=_top><base href=/><base href=/>").unwrap_err();
    assert!(faults[0].to_string().contains("<base> changes"), "{faults}");
}

#[test]
fn a_frame_whose_code_does_nothing_is_empty() {
    for idle in ["javascript:void(0)", "JavaScript: void 0;", " javascript:"] {
        let page = compile(&format!("<iframe src='{idle}' name=a></iframe>")).unwrap();
        let empty = "<iframe src=\"about:blank\" src=";
        assert!(page.html().contains(empty), "{}", page.html());
    }
    let faults = compile("<iframe src='javascript:go(0)'></iframe>").unwrap_err();
    assert!(faults[0].to_string().contains("`javascript:` URL in `src`"));
}

#[test]
fn handlers_count_by_their_hashes_where_an_exception_says_so() {
    let pins = pins("/");
    let verified = pins.verify(sdk("1.5.0")).unwrap();
    let reason = "javadoc writes them".parse().unwrap();
    let policy = pinned(document(), &pins).dangerous().allow(
        DirectiveName::ScriptSrcAttr,
        "'unsafe-hashes'",
        reason,
    );
    let compile = |html: &str| Page::compile(html, &verified, &policy).unwrap();
    let page = compile("<p onclick=\"show(&quot;a&quot;)\"><svg ONLOAD='b()'></svg>");
    let hash = |code: &str| Digest::of(Algorithm::Sha384, code.as_bytes());
    let hashes = [hash("show(\"a\")"), hash("b()")];
    let said = format!(
        "script-src-attr '{}' '{}' 'unsafe-hashes'",
        hashes[0], hashes[1]
    );
    assert_eq!(directive(&page, "script-src-attr").unwrap(), said);
    // It allows no script element, and no other page.
    for hash in &hashes {
        assert!(
            !directive(&page, "script-src")
                .unwrap()
                .contains(&hash.to_string())
        );
    }
    assert_eq!(directive(&compile("<p>"), "script-src-attr"), None);
}

#[test]
fn a_link_that_would_run_code_is_said_and_stops_nothing() {
    let said = |html: &str| -> Vec<String> {
        let page = compile(html).unwrap();
        page.warnings().iter().map(ToString::to_string).collect()
    };
    let what = "a `javascript:` URL in a link, which the page refuses when it is clicked";
    let fix = ": use a button and a handler in a script file";
    for (html, expected) in [
        (
            "<p>\n<a href='javascript:void(0)'>",
            format!("line 2, column 1: {what}{fix}"),
        ),
        (
            "\u{e9}<map><area href=' \tjava\nScript:go()'></map><svg><a xlink:href='&#106;avascript:go()'></a></svg>",
            format!("line 1, column 7: {what}, and one more below it{fix}"),
        ),
        (
            &"<a href=javascript:;>".repeat(3),
            format!("line 1, column 1: {what}, and 2 more below it{fix}"),
        ),
    ] {
        assert_eq!(said(html), [expected], "{html}");
    }
    assert_eq!(said("<a href=/javascript:>"), [""; 0]);
}
