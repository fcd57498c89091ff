//! What differs from an approved state.

use tower_visor::audit::{Baseline, Code, Context, Profile, Report, Response, audit};

use super::response;

const PAGE: &str = "https://example.com/";

fn html(headers: &[(&str, &str)], body: &str) -> Response {
    let headers = [&[("content-type", "text/html")], headers].concat();
    response(PAGE, &headers, body)
}

fn script(url: &str, body: &str) -> Response {
    let url = format!("{PAGE}{url}");
    response(&url, &[("content-type", "text/javascript")], body)
}

/// The drift between two states of a page, each with the files that it loads.
fn drift(before: (&Response, &[Response]), after: (&Response, &[Response])) -> Vec<String> {
    let report = |(page, resources): (&Response, &[Response])| -> Report {
        audit(page, &Context::new(Profile::Document).resources(resources))
    };
    let approved = Baseline::of(&report(before));
    // As it comes out of a file.
    let json = serde_json::to_string(&approved).unwrap();
    assert_eq!(
        serde_json::from_str::<Baseline>(&json).unwrap(),
        approved,
        "{json}"
    );
    let context = Context::new(Profile::Document);
    let report = report(after).against(&approved, &context);
    let drift = report
        .findings
        .iter()
        .filter(|finding| [Code::HEADER_DRIFT, Code::SCRIPT_DRIFT].contains(&finding.code));
    drift
        .map(|finding| format!("{}: {}", finding.subject, finding.found))
        .collect()
}

#[test]
fn a_query_that_changes_is_no_drift_and_bytes_that_change_are() {
    let page = |query: &str| html(&[], &format!("<script src=a.js{query}></script>"));
    let (one, two) = (page("?v=1"), page("?t=17"));
    let same = [script("a.js?v=1", "run()"), script("a.js?t=17", "run()")];
    assert_eq!(drift((&one, &same), (&two, &same)), [""; 0]);
    let other = [script("a.js?t=17", "ruin()")];
    let found = drift((&one, &same), (&two, &other));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("https://example.com/a.js: was sha384-"),
        "{found:?}"
    );
}

#[test]
fn a_second_file_of_one_address_is_drift() {
    let one = html(&[], "<script src=a.js></script>");
    let both = html(
        &[],
        "<script src=a.js></script><script src=a.js?x></script>",
    );
    let files = [script("a.js", "run()"), script("a.js?x", "steal()")];
    let found = drift((&one, &files), (&both, &files));
    assert_eq!(found.len(), 1, "{found:?}");
    // In either order of the elements it is the same state.
    let turned = html(
        &[],
        "<script src=a.js?x></script><script src=a.js></script>",
    );
    assert_eq!(drift((&both, &files), (&turned, &files)), [""; 0]);
    // Not having seen the second one is not having seen that it is the same.
    let found = drift((&both, &files), (&both, &files[..1]));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("not-seen"), "{found:?}");
}
