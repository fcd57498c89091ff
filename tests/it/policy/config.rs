//! The same policy from code, TOML and JSON.

use std::time::Duration;

use proptest::prelude::*;
use tower_visor::csp::DirectiveName;
use tower_visor::header::{Allowlist, Feature, StrictTransportSecurity};
use tower_visor::policy::{Isolation, Policy, Reporting, Resource, ScriptHashes};
use tower_visor::sdk::{EvalNeed, Release, Released, Releases};

use super::{document, liveness};

const TOML: &str = include_str!("../../../fixtures/policies/liveness.toml");
const JSON: &str = include_str!("../../../fixtures/policies/liveness.json");

fn in_code() -> Policy {
    let page = document()
        .loads(Resource::Image, "/logo.svg")
        .loads(Resource::Image, "https://cdn.contoso.example/brand/")
        .framed_by("https://partner.example");
    let page = liveness(page, "1.5.0").sdk_at("/sdk/1.5.0/");
    let reporting = Reporting::new("visor", "https://liveness.contoso.example/reports").unwrap();
    Policy::strict(page)
        .isolation(Isolation::Credentialless)
        .allow_feature(Feature::Fullscreen, Allowlist::SelfOrigin)
        .report_by(reporting.script_hashes(ScriptHashes::Sha384))
        .additional_csp(
            "connect-src 'self' https://contoso.cognitiveservices.azure.com"
                .parse()
                .unwrap(),
        )
        .report_only("default-src 'none'; report-to visor".parse().unwrap())
        .dangerous()
        .allow(
            DirectiveName::ImgSrc,
            "https:",
            "pictures of all partners, LIV-12".parse().unwrap(),
        )
        .dangerous()
        .strict_transport_security(
            Some(StrictTransportSecurity::this_host_only(
                Duration::from_secs(300),
            )),
            "HTTPS is being rolled out until March".parse().unwrap(),
        )
}

#[test]
fn code_toml_and_json_are_one_policy() {
    let toml: Policy = toml::from_str(TOML).unwrap();
    let json: Policy = serde_json::from_str(JSON).unwrap();
    assert_eq!(toml, in_code());
    assert_eq!(json, in_code());
    assert_eq!(toml.compile().unwrap(), in_code().compile().unwrap());
}

#[test]
fn a_policy_is_written_as_it_is_read() {
    let pinned = crate::support::pinned(document(), &crate::support::pins("/"));
    let few = Policy::strict(liveness(document(), "1.5.0").languages(["en-US", "de-DE"]));
    let newer = Release::new(
        "1.6.0".parse().unwrap(),
        Released::between("2026-11-01".parse().unwrap(), "2026-11-02".parse().unwrap()),
        EvalNeed::Wasm,
    );
    let newer =
        Policy::strict(liveness(document(), "1.6.0").releases(Releases::builtin().with(newer)));
    assert_eq!(newer.compile().unwrap().warnings(), []);
    for policy in [
        in_code(),
        pinned,
        few,
        newer,
        Policy::api(),
        Policy::document(document()),
        Policy::document(document()).enforce_connections(),
    ] {
        let json = serde_json::to_string(&policy).unwrap();
        assert_eq!(serde_json::from_str::<Policy>(&json).unwrap(), policy);
        let toml = toml::to_string(&policy).unwrap();
        assert_eq!(toml::from_str::<Policy>(&toml).unwrap(), policy);
    }
    assert_eq!(
        serde_json::to_string(&Policy::api()).unwrap(),
        "{}",
        "defaults are not written"
    );
}

const PAGE: &str = "[document]\norigin = \"https://a.example\"\n";

#[test]
fn faults_name_the_place_and_the_fix() {
    for (text, place, message) in [
        (
            "documnt = {}".to_owned(),
            "line 1",
            "unknown key `documnt`, did you mean `document`?",
        ),
        (
            format!("{PAGE}script = [\"/app.js\"]"),
            "line 3",
            "unknown key `script`, did you mean `scripts`?; the keys are origin, scripts, styles",
        ),
        (
            format!("{PAGE}scripts = [\"app.js\"]"),
            "line 3",
            "`app.js` is not a single place to load from: write `/app.js` for a path of your own",
        ),
        (
            "[document]\nscripts = []".to_owned(),
            "",
            "`origin` is missing; write for example",
        ),
        (
            "[document]\norigin = \"http://a.example\"".to_owned(),
            "",
            "`http://a.example` is served without TLS",
        ),
        (
            "[liveness]\nsdk = \"1.5.0\"\nendpoint = \"resource:contoso\"".to_owned(),
            "",
            "`liveness` needs `document` too",
        ),
        (
            format!("{PAGE}[liveness]\nsdk = \"one\"\nendpoint = \"resource:contoso\""),
            "line 4",
            "",
        ),
        (
            format!("{PAGE}[liveness]\nsdk = \"1.5.0\""),
            "",
            "`endpoint` is missing",
        ),
        (
            format!(
                "{PAGE}[liveness]\nsdk = \"1.5.0\"\nendpoint = \"https://*.cognitiveservices.azure.com\""
            ),
            "line 5",
            "",
        ),
        (
            "[[exceptions]]\ndirective = \"img-src\"\nsource = \"https:\"".to_owned(),
            "",
            "`reason` is missing",
        ),
        (
            "[[exceptions]]\nreason = \"x\"\ndirective = \"img-src\"".to_owned(),
            "",
            "an exception names one thing: `directive` and `source`",
        ),
        (
            "[[exceptions]]\nreason = \"x\"\nsauce = \"https:\"".to_owned(),
            "line 3",
            "unknown key `sauce`, did you mean `source`?",
        ),
        (
            "[[exceptions]]\nreason = \"x\"\nheader = \"a b\"\nconflict = \"keep\"".to_owned(),
            "",
            "`a b` is not a header name",
        ),
        (
            "[[additional-csp]]\nscirpt-src = [\"'self'\"]".to_owned(),
            "line 1",
            "did you mean `script-src`?",
        ),
        (
            "isolation = \"none\"".to_owned(),
            "line 1",
            "unknown variant `none`",
        ),
        (
            "strict-transport-security = \"max-age\"".to_owned(),
            "line 1",
            "",
        ),
    ] {
        let error = toml::from_str::<Policy>(&text).unwrap_err().to_string();
        assert!(error.contains(place), "{text}\n---\n{error}");
        assert!(error.contains(message), "{text}\n---\n{error}");
    }
}

#[test]
fn weak_isolation_is_an_exception_in_a_file_too() {
    let text =
        format!("{PAGE}[[exceptions]]\nisolation = \"none\"\nreason = \"windows of a partner\"");
    let policy: Policy = toml::from_str(&text).unwrap();
    assert_eq!(
        policy.compile().unwrap().relaxed()[0].to_string(),
        "no cross-origin isolation (windows of a partner)"
    );
}

#[test]
fn exceptions_for_connections_are_read_and_written() {
    let text = format!(
        "{PAGE}[[exceptions]]\nreason = \"the api answers 302\"\nredirects = \"allow\"\n\
         [[exceptions]]\nreason = \"until the places are known\"\nconnection-allowlist = \"report-only\"\n"
    );
    let policy: Policy = toml::from_str(&text).unwrap();
    let expected =
        Policy::document(tower_visor::policy::Document::new("https://a.example").unwrap())
            .dangerous()
            .allow_redirects("the api answers 302".parse().unwrap())
            .dangerous()
            .report_connections_only("until the places are known".parse().unwrap());
    assert_eq!(policy, expected);
    let written = toml::to_string(&policy).unwrap();
    assert_eq!(toml::from_str::<Policy>(&written).unwrap(), policy);
    let two = text.replace(
        "redirects = \"allow\"",
        "redirects = \"allow\"\nisolation = \"none\"",
    );
    let error = toml::from_str::<Policy>(&two).unwrap_err().to_string();
    assert!(error.contains("an exception names one thing: "), "{error}");
}

#[test]
fn every_key_is_read_where_it_belongs() {
    use tower_visor::header::ReferrerPolicy;
    use tower_visor::policy::{Caching, Document, ScriptTrust};
    use tower_visor::sri::{Algorithm, Digest};

    let script = Digest::of(Algorithm::Sha384, b"script");
    let style = Digest::of(Algorithm::Sha384, b"style");
    let text = format!(
        r#"
        referrer-policy = "same-origin"
        cross-origin-resource-policy = "same-site"
        connection-allowlist = "enforce"
        integrity-policy = "blocked-destinations=(script)"
        integrity-policy-report-only = "blocked-destinations=(style)"

        [document]
        origin = "https://a.example"
        scripts = ["/r/script-src"]
        styles = ["/r/style-src"]
        images = ["/r/img-src"]
        fonts = ["/r/font-src"]
        media = ["/r/media-src"]
        connects = ["/r/connect-src"]
        web-sockets = ["/r/connect-src"]
        manifests = ["/r/manifest-src"]
        frames = ["/r/frame-src"]
        workers = ["/r/worker-src"]
        forms = ["/r/form-action"]
        navigates-to = ["https://login.example"]
        opens = ["https://idp.example"]
        script-hashes = ["{script}"]
        style-hashes = ["{style}"]
        scripts-by = "nonce"
        caching = "revalidate"
        "#
    );
    let page = Resource::ALL.iter().fold(
        Document::new("https://a.example").unwrap(),
        |page, resource| {
            let file = format!("/r/{}", resource.directive());
            page.loads(*resource, &file)
        },
    );
    let page = page
        .script_hash(script)
        .style_hash(style)
        .scripts_by(ScriptTrust::Nonce)
        .caching(Caching::Revalidate)
        .navigates_to("https://login.example")
        .opens("https://idp.example");
    let expected = Policy::document(page)
        .cross_origin_resource_policy("same-site".parse().unwrap())
        .referrer_policy(ReferrerPolicy::SameOrigin)
        .enforce_connections()
        .integrity_policy("blocked-destinations=(script)".parse().unwrap())
        .integrity_policy_report_only("blocked-destinations=(style)".parse().unwrap());
    assert_eq!(toml::from_str::<Policy>(&text).unwrap(), expected);
}

proptest! {
    #[test]
    fn no_file_panics(text in "\\PC{0,120}") {
        let _ = toml::from_str::<Policy>(&text);
        let _ = serde_json::from_str::<Policy>(&text);
    }

    /// One character of a good file changed: it is read or refused, never a panic, and what is
    /// read compiles or says why not.
    #[test]
    fn a_slip_never_panics(at in 0..JSON.len(), slip in proptest::char::range(' ', '~')) {
        let mut text = JSON.to_owned();
        text.replace_range(at..=at, &slip.to_string());
        if let Ok(policy) = serde_json::from_str::<Policy>(&text) {
            let _ = policy.compile();
        }
    }
}
