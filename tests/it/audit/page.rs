//! What is found in the HTML of a page and in the files that it loads.

use tower_visor::audit::{Code, Context, Profile, Report, Response, Visit, audit};
use tower_visor::sri::{Algorithm, Digest};

use super::response;

const PAGE: &str = "https://example.com/app/";

fn html(body: &str) -> Response {
    response(PAGE, &[("content-type", "text/html")], body)
}

fn report(body: &str) -> Report {
    audit(&html(body), &Context::new(Profile::Document))
}

/// The codes of a page, without those that its missing headers get.
fn codes(body: &str) -> Vec<&'static str> {
    let bare = report("<!doctype html>").codes();
    let found = report(body).codes();
    found.difference(&bare).map(|code| code.as_str()).collect()
}

fn script(url: &str, body: &str) -> Response {
    response(url, &[("content-type", "text/javascript")], body)
}

#[test]
fn each_script_and_style_sheet_has_to_be_checked() {
    for (markup, expected) in [
        ("<script src=a.js></script>", "script-unchecked"),
        (
            "<SCRIPT TYPE=Module SRC=/a.js></SCRIPT>",
            "script-unchecked",
        ),
        (
            "<script src=//cdn.example/a.js></script>",
            "script-foreign-unchecked",
        ),
        ("<link rel='x StyleSheet' href=a.css>", "style-unchecked"),
        (
            "<link rel=stylesheet href=https://cdn.example/a.css>",
            "style-foreign-unchecked",
        ),
        ("<link rel=modulepreload href=a.js>", "script-unchecked"),
    ] {
        assert_eq!(codes(markup), [expected], "{markup}");
    }
    for harmless in [
        "<script type=application/json src=a.js></script>",
        "<script src></script>",
        "<link rel=icon href=a.png>",
        "<!-- <script src=a.js></script> -->",
        "<textarea><script src=a.js></script></textarea>",
    ] {
        assert_eq!(codes(harmless), [""; 0], "{harmless}");
    }
}

#[test]
fn integrity_is_read_as_browsers_read_it() {
    let digest = Digest::of(Algorithm::Sha384, b"run()");
    let element = |integrity: &str| format!("<script src=a.js integrity='{integrity}'></script>");
    for (integrity, expected) in [
        (digest.to_string(), &[][..]),
        ("md5-AAAA".to_owned(), &["integrity-ignored"][..]),
        (
            digest.to_string().to_ascii_uppercase(),
            &["integrity-ignored"],
        ),
        (String::new(), &["script-unchecked"]),
        (format!("{digest} sha1-x"), &["integrity-entry-ignored"]),
        ("sha384-AAAA".to_owned(), &["integrity-never-matches"]),
    ] {
        assert_eq!(codes(&element(&integrity)), expected, "{integrity}");
    }
}

#[test]
fn an_attribute_overrides_the_import_map() {
    let digest = Digest::of(Algorithm::Sha384, b"run()");
    let map = format!(
        "<script type=importmap>{{\"integrity\": {{\"/app/a.js\": \"{digest}\"}}}}</script>"
    );
    let module = "<script type=module src=a.js></script>";
    assert_eq!(codes(&format!("{map}{module}")), [""; 0]);
    let classic = "<script src=a.js></script>";
    assert_eq!(codes(&format!("{map}{classic}")), ["script-unchecked"]);
    let empty = "<script type=module src=a.js integrity></script>";
    assert_eq!(codes(&format!("{map}{empty}")), ["script-unchecked"]);
    let broken = "<script type=importmap>{\"integrity\": []}</script>";
    assert_eq!(codes(broken), ["import-map-invalid"]);
}

#[test]
fn the_bytes_are_compared_with_the_metadata() {
    let digest = Digest::of(Algorithm::Sha384, b"run()");
    let page = html(&format!("<script src=a.js integrity={digest}></script>"));
    let url = "https://example.com/app/a.js";
    for (body, expected) in [("run()", 0), ("ruin()", 1)] {
        let resources = [script(url, body)];
        let context = Context::new(Profile::Document).resources(&resources);
        let report = audit(&page, &context);
        assert_eq!(
            report.of(Code::INTEGRITY_MISMATCH).count(),
            expected,
            "{body}"
        );
        assert_eq!(report.inventory[0].integrity, "integrity attribute");
        assert_eq!(report.inventory[0].bytes, Some(body.len() as u64));
    }
}

#[test]
fn a_query_is_a_part_of_what_is_asked_for() {
    let digest = Digest::of(Algorithm::Sha384, b"run()");
    // The map speaks of one version of the file.
    let map = format!(
        "<script type=importmap>{{\"integrity\": {{\"/app/a.js?v=1\": \"{digest}\"}}}}</script>"
    );
    let module = |query: &str| format!("{map}<script type=module src=a.js{query}></script>");
    assert_eq!(codes(&module("?v=1")), [""; 0]);
    assert_eq!(codes(&module("?v=1#top")), [""; 0]);
    assert_eq!(codes(&module("?v=2")), ["script-unchecked"]);
    assert_eq!(codes(&module("")), ["script-unchecked"]);
    // Each query is fetched by itself, and compared with its own bytes.
    let page = html(&format!(
        "<script src=a.js?v=1 integrity={digest}></script>\
         <script src=a.js?v=2 integrity={digest}></script>"
    ));
    let context = Context::new(Profile::Document);
    let mut visit = Visit::new(page.url().clone(), &context);
    let mut urls = Vec::new();
    while let Some(fetch) = visit.next_fetch() {
        urls.push(fetch.url.to_string());
        visit.answer(fetch, Ok(page.clone()));
    }
    let [one, two] = ["v=1", "v=2"].map(|query| format!("{PAGE}a.js?{query}"));
    // The page comes first, an unknown path of it last.
    assert_eq!(urls, [PAGE, &*one, &*two, PAGE]);
    let resources = [script(&one, "run()"), script(&two, "ruin()")];
    let report = audit(&page, &context.resources(&resources));
    let found: Vec<&str> = report
        .of(Code::INTEGRITY_MISMATCH)
        .map(|finding| finding.found.as_str())
        .collect();
    let expected = format!("{two} is not `{digest}`");
    assert_eq!(found, [expected]);
    assert_eq!(report.inventory[0].url, one);
    assert_eq!(report.inventory[1].url, two);
}

#[test]
fn a_query_that_may_be_a_credential_is_not_shown() {
    for (query, shown) in [
        ("?v=1.5.0", "?v=1.5.0"),
        ("?ver=2&_=1732", "?ver=2&_=1732"),
        ("?0f3a", "?0f3a"),
        ("?sv=2024&sig=SECRET", "?..."),
        ("?v=1&token=SECRET", "?..."),
        ("?v=a%20SECRET", "?..."),
        (&format!("?{}", "A".repeat(65)), "?..."),
    ] {
        let markup = format!("<script src='/a.js{query}'></script>");
        let report = report(&markup);
        let expected = format!("https://example.com/a.js{shown}");
        assert_eq!(report.inventory[0].url, expected);
        let finding = report.of(Code::SCRIPT_UNCHECKED).next().unwrap();
        assert_eq!(finding.found, expected);
        assert!(!report.to_json().contains("SECRET"), "{query}");
    }
    let context = Context::new(Profile::Document);
    let page = response("https://example.com/?t=SECRET", &[], "");
    assert!(!audit(&page, &context).to_json().contains("SECRET"));
}

#[test]
fn cors_is_needed_where_browsers_need_it() {
    let digest = Digest::of(Algorithm::Sha384, b"run()");
    let foreign = format!("<script src=//cdn.example/a.js integrity={digest}></script>");
    assert_eq!(codes(&foreign), ["integrity-without-cors"]);
    let own = format!("<script src=a.js integrity={digest}></script>");
    let headers = [
        ("content-type", "text/html"),
        ("integrity-policy", "blocked-destinations=(script)"),
    ];
    let context = Context::new(Profile::Document);
    let report = audit(&response(PAGE, &headers, &own), &context);
    assert_eq!(report.of(Code::INTEGRITY_WITHOUT_CORS).count(), 1);
    let bare = response(PAGE, &headers, "<script src=a.js></script>");
    let report = audit(&bare, &context);
    assert_eq!(report.of(Code::INTEGRITY_POLICY_BLOCKS).count(), 1);
    assert_eq!(report.of(Code::SCRIPT_UNCHECKED).count(), 0);
}

#[test]
fn markup_that_weakens_a_policy_is_found_with_its_place() {
    for (markup, expected) in [
        ("<p onclick='a()'>", "inline-handler"),
        ("<a href=' java\nscript:a()'>", "javascript-url"),
        ("<base href=/x/>", "base-element"),
        ("<img src=http://example.com/a.png>", "mixed-content"),
    ] {
        assert_eq!(codes(markup), [expected], "{markup}");
    }
    let report = report("<!doctype html>\n<p>\u{e9}<b onclick=a()>");
    let finding = report.of(Code::INLINE_HANDLER).next().unwrap();
    assert_eq!(finding.subject.to_string(), "<b> at 2:5");
}

#[test]
fn keys_are_found_and_not_shown() {
    let key = "0123456789abcdef0123456789abcdef";
    let markup = format!("<script>const faceKey = '{key}'</script>");
    let report = report(&markup);
    let finding = report.of(Code::API_KEY).next().unwrap();
    assert_eq!(finding.found, "32 characters at byte 25");
    assert!(!report.to_text().contains(key));
    assert!(!serde_json::to_string(&report).unwrap().contains(key));
    assert_eq!(codes(&format!("<p>build {key}")), [""; 0]);
}

#[test]
fn tokens_must_not_be_stored() {
    let token = format!("eyJhbGciOiJFUzI1NiJ9.eyJmYWNlIjoie30ifQ.{}", "x".repeat(86));
    let body = format!("{{\"authToken\": \"{token}\"}}");
    let found = |cache: &str| {
        let headers = [
            ("content-type", "application/json"),
            ("cache-control", cache),
        ];
        let report = audit(
            &response(PAGE, &headers, &body),
            &Context::new(Profile::Api),
        );
        assert!(!report.to_text().contains(&token));
        report.of(Code::TOKEN_CACHEABLE).count()
    };
    assert_eq!(found("private"), 1);
    assert_eq!(found("no-store"), 0);
}

#[test]
fn hostile_pages_are_read_in_bounded_time() {
    let deep = "<b>".repeat(200_000);
    let long = format!("<p title='{}'>", "x".repeat(1_000_000));
    let many = "<script src=a.js></script>".repeat(5_000);
    for body in [
        deep.as_str(),
        &long,
        &many,
        "<script",
        "<!--",
        "\u{0}<a \u{0}=",
        "]]>",
    ] {
        let _ = report(body);
    }
    let report = report(&many);
    assert_eq!(report.of(Code::SCRIPT_UNCHECKED).count(), 100);
    assert_eq!(
        report.not_checked.last().unwrap().what,
        "4900 more findings of script-unchecked"
    );
    let bytes = bytes::Bytes::from_static(b"<script src=\xff\xfe.js>\xc3");
    let (parts, ()) = http::Response::builder()
        .header("content-type", "text/html")
        .body(())
        .unwrap()
        .into_parts();
    let response = Response::new(PAGE, parts, Some(bytes)).unwrap();
    let _ = audit(&response, &Context::new(Profile::Liveness));
}
