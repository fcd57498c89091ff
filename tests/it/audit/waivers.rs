//! Accepted findings.

use tower_visor::audit::{Code, Context, Profile, Severity, Waivers, audit};

use super::response;

fn page() -> tower_visor::audit::Response {
    response(
        "https://example.com/a",
        &[("content-type", "text/html")],
        "<p onclick=a()>",
    )
}

#[test]
fn a_waiver_takes_a_finding_out_and_keeps_its_reason() {
    let waivers = Waivers::new([("inline-handler", Some("/a"), "goes with the next release")]);
    let context = Context::new(Profile::Document).waivers(waivers.unwrap());
    let report = audit(&page(), &context);
    assert_eq!(report.of(Code::INLINE_HANDLER).count(), 0);
    assert_eq!(report.waived[0].waiver.reason, "goes with the next release");
    assert!(report.unused_waivers.is_empty());
    assert!(
        report
            .to_text()
            .contains("waived inline-handler: <p> at 1:1: goes with the next release\n")
    );
}

#[test]
fn an_unused_waiver_is_not_clean() {
    let waivers = Waivers::new([("api-key", None, "a test key")]).unwrap();
    let clean = response("http://localhost/", &[], "");
    let context = Context::new(Profile::Api).waivers(waivers.clone());
    let report = audit(&clean, &context);
    assert!(!report.is_clean(Severity::High));
    assert!(
        report
            .to_text()
            .contains("unused waiver api-key: nothing like it was found; remove it\n")
    );
    // Used in one of two reports is used.
    let key = "apiKey = 0123456789abcdef0123456789abcdef";
    let other = response("http://localhost/k", &[("content-type", "text/plain")], key);
    let both = report.and(audit(&other, &context));
    assert_eq!(both.waived.len(), 1);
    assert!(both.unused_waivers.is_empty());
}

#[test]
fn faults_of_waivers_are_all_named() {
    let errors = Waivers::new([("hsts-mising", None, " "), ("http", None, "")]).unwrap_err();
    let messages: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        messages,
        [
            "waiver 1: there is no code `hsts-mising`, did you mean `hsts-missing`?",
            "waiver 1 (hsts-mising): the reason is empty; say why the finding is accepted, for the next reader",
            "waiver 2 (http): the reason is empty; say why the finding is accepted, for the next reader",
        ]
    );
    let file = "[[waiver]]\ncode = \"http\"\nreason = \"a lab\"\nplase = \"x\"";
    let error = toml::from_str::<Waivers>(file).unwrap_err().to_string();
    assert!(error.contains("unknown field `plase`"), "{error}");
    let file = "[[waiver]]\ncode = \"http\"\nreason = \"a lab\"";
    assert_eq!(toml::from_str::<Waivers>(file).unwrap().iter().count(), 1);
}
