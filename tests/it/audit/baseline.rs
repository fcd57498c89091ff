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

#[cfg(unix)]
#[test]
fn the_file_follows_no_link_and_keeps_its_mode() {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let page = html(&[], "<script src=a.js></script>");
    let approved = Baseline::of(&audit(&page, &Context::new(Profile::Document)));
    let folder = tempfile::tempdir().unwrap();
    let (path, other) = (
        folder.path().join("state.json"),
        folder.path().join("other"),
    );
    fs::write(&other, "untouched").unwrap();
    symlink(&other, &path).unwrap();
    approved.save(&path).unwrap();
    assert_eq!(fs::read_to_string(&other).unwrap(), "untouched");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    approved.save(&path).unwrap();
    let mode = fs::symlink_metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    let written = fs::read(&path).unwrap();
    assert_eq!(
        serde_json::from_slice::<Baseline>(&written).unwrap(),
        approved
    );
    // Nothing is left beside it.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    assert!(
        approved
            .save(folder.path().join("nowhere/state.json"))
            .is_err()
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
