//! Style sheets: what they load is told, and where all of them are checked the browser insists.

use tower_visor::app::AppFiles;
use tower_visor::csp::DirectiveName;
use tower_visor::page::Page;
use tower_visor::policy::{Document, HostKind, Policy, Resource};
use tower_visor::response::ResponseClass;
use tower_visor::sri::{Algorithm, Digest};

use crate::site::document;
use crate::support::{pinned, pins, sdk};

const SHEET: &str = "p { margin: 0 }";

fn compile_with(
    html: &str,
    files: &[(&str, &str)],
    document: Document,
    adjust: impl Fn(Policy) -> Policy,
) -> Page {
    let pins = pins("/");
    let verified = pins.verify(sdk("1.5.0")).unwrap();
    let files = files.iter().fold(AppFiles::new(), |files, (path, text)| {
        files.file(*path, *text).unwrap()
    });
    Page::builder(html)
        .app_files(files)
        .compile(&verified, &adjust(pinned(document, &pins)))
        .unwrap()
}

fn compile(html: &str, files: &[(&str, &str)]) -> Page {
    compile_with(html, files, document(), |policy| policy)
}

fn sent(page: &Page, name: &str) -> String {
    let headers = page
        .policy()
        .headers(ResponseClass::Document, HostKind::Named);
    headers[name].to_str().unwrap().to_owned()
}

#[test]
fn where_all_sheets_have_integrity_others_are_blocked() {
    let html = "<link rel=preload as=style href=app.css><link rel=stylesheet href=app.css>";
    let page = compile(html, &[("/app.css", SHEET)]);
    assert_eq!(
        sent(&page, "integrity-policy"),
        "blocked-destinations=(script style)"
    );
    // The preload is the very request of the sheet, so it has the same.
    let digest = Digest::of(Algorithm::Sha384, SHEET.as_bytes());
    let integrity = format!("<link integrity=\"{digest}\" crossorigin=\"anonymous\" rel=");
    assert_eq!(
        page.html().matches(&integrity).count(),
        2,
        "{}",
        page.html()
    );

    // Not in the directive that scripts are let in by, and a page's own attribute isn't either.
    let own = format!("<link rel=stylesheet href=app.css integrity={digest}>");
    for page in [page, compile(&own, &[("/app.css", SHEET)])] {
        let csp = sent(&page, "content-security-policy");
        let mut directives = csp.split("; ");
        let scripts = directives
            .find(|text| text.starts_with("script-src "))
            .unwrap();
        assert!(scripts.contains("'sha384-"));
        assert!(!scripts.contains(&digest.to_string()), "{scripts}");
    }
}

#[test]
fn where_one_has_none_the_page_does_not_break() {
    let linked = "<link rel=stylesheet href=app.css>";
    let other = "/themes/x.css";
    let also_other = format!("{linked}<link rel=stylesheet href={other}>");
    let importing = [("/app.css", "@import 'b.css';"), ("/b.css", SHEET)];
    let with_other = || document().loads(Resource::Style, "/themes/");
    let relaxed = |policy: Policy| {
        let reason = "a widget of another team".parse().unwrap();
        policy
            .dangerous()
            .allow(DirectiveName::StyleSrc, "https://cdn.example/x.css", reason)
    };
    let same = |policy| policy;
    for page in [
        compile("<p>none", &[("/app.css", SHEET)]),
        compile(linked, &importing),
        compile(
            &format!("{linked}<style>@import 'app.css';</style>"),
            &[("/app.css", SHEET)],
        ),
        compile_with(&also_other, &[("/app.css", SHEET)], with_other(), same),
        // A script may add it later.
        compile_with(linked, &[("/app.css", SHEET)], with_other(), same),
        compile_with(linked, &[("/app.css", SHEET)], document(), relaxed),
    ] {
        assert_eq!(
            sent(&page, "integrity-policy"),
            "blocked-destinations=(script)",
            "{}",
            page.html()
        );
    }
}

#[test]
fn what_no_browser_checks_is_told_with_file_and_line() {
    let css = "/* url(comment.png) */\n@import 'late.css';\n@import url(https://fonts.example/a.css);\n\
        p { background: url(data:,), url(dot.svg), url('#part') }\n\
        q { background: url(lost.png) }\nr { background: url(//cdn.example/x.png) }";
    let page = compile_with(
        "<link rel=stylesheet href=css/app.css>\n<style>@import 'css/late.css';</style>",
        &[
            ("/css/app.css", css),
            ("/css/late.css", SHEET),
            ("/css/dot.svg", "<svg/>"),
        ],
        document().loads(Resource::Style, "/css/app.css"),
        |policy| policy,
    );
    let told: Vec<String> = page.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "/css/app.css, line 2: it imports `late.css`, and no browser checks what a style sheet imports: link that sheet from the page, or bundle the two",
            "/css/app.css, line 3: it loads `https://fonts.example/a.css` from another origin, and no browser checks what comes: serve it yourself",
            "/css/app.css, line 5: it loads `lost.png`, but `/css/lost.png` is not among the files whose bytes are known: add the file, or remove the URL",
            "/css/app.css, line 6: it loads `//cdn.example/x.png` from another origin, and no browser checks what comes: serve it yourself",
            "line 2, column 1: the inline style: it imports `css/late.css`, and no browser checks what a style sheet imports: link that sheet from the page, or bundle the two",
        ]
    );
}
