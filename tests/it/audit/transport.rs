//! TLS and `Strict-Transport-Security`.

use tower_visor::audit::{Code, Context, Profile, audit};

use super::{page, response};

const HSTS: &str = "strict-transport-security";

fn codes(value: &str) -> Vec<&'static str> {
    let report = page(&[(HSTS, value)]);
    let codes = report.codes().into_iter().map(Code::as_str);
    codes.filter(|code| code.starts_with("hsts")).collect()
}

#[test]
fn what_browsers_do_not_obey_is_missing() {
    assert!(codes("max-age=31536000; includeSubDomains").is_empty());
    assert_eq!(codes("max-age=31536000"), ["hsts-subdomains"]);
    assert_eq!(codes("max-age=300; includeSubDomains"), ["hsts-short"]);
    assert_eq!(codes("max-age=0; includeSubDomains"), ["hsts-missing"]);
    assert_eq!(codes("includeSubDomains"), ["hsts-missing"]);
    assert_eq!(
        codes("max-age=31536000; includeSubDomains; preload"),
        [""; 0]
    );
    assert_eq!(codes("max-age=1; max-age=31536000"), ["hsts-missing"]);
}

#[test]
fn preload_has_to_be_what_the_list_takes() {
    for (value, expected) in [
        (
            "max-age=31535999; includeSubDomains; preload",
            "preload with less than a year",
        ),
        (
            "max-age=31536000; preload",
            "preload without includeSubDomains",
        ),
        (
            "Preload; max-age=\"86400\"",
            "preload with less than a year and without includeSubDomains",
        ),
    ] {
        let report = page(&[(HSTS, value)]);
        let found: Vec<&str> = report
            .of(Code::HSTS_PRELOAD)
            .map(|finding| finding.found.as_str())
            .collect();
        assert_eq!(found, [expected], "{value}");
    }
}

#[test]
fn the_finding_shows_what_was_sent() {
    let report = page(&[(HSTS, "includeSubDomains")]);
    let finding = report.of(Code::HSTS_MISSING).next().unwrap();
    assert_eq!(finding.found, "browsers drop `includeSubDomains`");
    assert_eq!(finding.url.as_deref(), Some("https://example.com/"));
}

#[test]
fn plain_http_is_found_except_on_this_machine() {
    let context = || Context::new(Profile::Liveness);
    let report = audit(&response("http://example.com/", &[], ""), &context());
    assert_eq!(report.of(Code::HTTP).count(), 1);
    let report = audit(&response("http://localhost:3000/", &[], ""), &context());
    assert_eq!(report.of(Code::HTTP).count(), 0);
    assert_eq!(
        report.not_checked[0].what,
        "HTTPS and Strict-Transport-Security"
    );
}
