//! Style sheets that browsers refuse.

use tower_visor::audit::{Code, Context, Profile, Response, audit};

use super::response;

const PAGE: &str = "https://example.com/";

fn refusals(html: &str, files: &[Response]) -> Vec<String> {
    let headers = [("content-type", "text/html; charset=utf-8")];
    let context = Context::new(Profile::Document).resources(files);
    let report = audit(&response(PAGE, &headers, html), &context);
    let found = report.of(Code::STYLE_REFUSED);
    found
        .map(|one| format!("{}: {}", one.subject, one.found))
        .collect()
}

#[test]
fn the_type_of_a_style_sheet_decides_whether_it_applies() {
    let strict = "<!-- a --> <!DOCTYPE html><link rel=stylesheet href=/a.css>";
    let quirks = "<link rel=stylesheet href=/a.css><!doctype html>";
    for (html, types, nosniff, why) in [
        (strict, &["text/css"][..], "nosniff", None),
        (strict, &["text/plain, Text/CSS; charset=utf-8"], "", None),
        (
            strict,
            &["text/css", "text/plain"],
            "",
            Some("`text/plain`: style sheets have to be text/css"),
        ),
        (
            strict,
            &["text/html"],
            "",
            Some("`text/html`: style sheets have to be text/css"),
        ),
        (strict, &[], "", None),
        (strict, &[], "nosniff", Some("no type, under nosniff")),
        (quirks, &["text/plain"], "", None),
        (
            quirks,
            &["text/plain"],
            "nosniff",
            Some("`text/plain`: style sheets have to be text/css"),
        ),
    ] {
        let mut headers: Vec<_> = types.iter().map(|one| ("content-type", *one)).collect();
        if !nosniff.is_empty() {
            headers.push(("x-content-type-options", nosniff));
        }
        let file = response("https://example.com/a.css", &headers, "a {}");
        let expected: Vec<String> = why
            .map(|why| format!("https://example.com/a.css: {why}"))
            .into_iter()
            .collect();
        assert_eq!(
            refusals(html, &[file]),
            expected,
            "{html} {types:?} {nosniff}"
        );
    }

    // Of another origin no page is lax; and a file that isn't there applies to nothing.
    let other = "<link rel=stylesheet href=https://b.example/a.css>";
    let file = response("https://b.example/a.css", &[("content-type", "a/b")], "");
    assert_eq!(
        refusals(other, &[file]),
        ["https://b.example/a.css: `a/b`: style sheets have to be text/css"]
    );
    let (mut parts, ()) = http::Response::new(()).into_parts();
    parts.status = http::StatusCode::NOT_FOUND;
    parts
        .headers
        .insert("content-type", http::HeaderValue::from_static("text/css"));
    let missing = Response::new("https://example.com/a.css", parts, None).unwrap();
    // Named twice, it's one finding.
    let twice = format!("{strict}<link rel='stylesheet' href=a.css>");
    assert_eq!(
        refusals(&twice, &[missing]),
        ["https://example.com/a.css: status 404"]
    );
    // Not a style sheet, and not asked for.
    let file = response("https://example.com/a.css", &[("content-type", "a/b")], "");
    let icon = "<!doctype html><link rel=icon href=/a.css>";
    assert_eq!(refusals(icon, &[file]), [""; 0]);
    assert_eq!(refusals(strict, &[]), [""; 0]);
}
