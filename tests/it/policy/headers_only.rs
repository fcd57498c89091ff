//! A page that is sent as it is: what its headers are, and what keeps them from being made.

use tower_visor::errors::Errors;
use tower_visor::header::IntegrityPolicy;
use tower_visor::pins::{Pins, Scan};
use tower_visor::policy::{
    CompiledPolicy, ComponentTrust, Document, HostKind, LivenessPage, Policy, PolicyError, Resource,
};
use tower_visor::response::ResponseClass;
use tower_visor::sdk::Endpoint;
use tower_visor::sri::Algorithm;

use crate::support::{ORIGIN, document, pinned, sdk};

fn pins() -> Pins {
    crate::support::pins("/")
}

fn policy(document: Document) -> Policy {
    pinned(document, &pins())
}

fn compile(policy: &Policy, trust: ComponentTrust) -> Result<CompiledPolicy, Errors<PolicyError>> {
    let pins = pins();
    policy.compile_headers_only(&pins.verify(sdk("1.5.0")).unwrap(), trust)
}

fn header(compiled: CompiledPolicy, name: &str) -> Option<String> {
    let headers = compiled.headers(ResponseClass::Document, HostKind::Named);
    Some(headers.get(name)?.to_str().unwrap().to_owned())
}

fn script_src(compiled: CompiledPolicy) -> Vec<String> {
    let csp = header(compiled, "content-security-policy").unwrap();
    let directive = csp.split("; ").find(|d| d.starts_with("script-src "));
    let sources = directive.unwrap().split(' ').skip(1);
    sources.map(str::to_owned).collect()
}

fn message(policy: &Policy, trust: ComponentTrust) -> String {
    compile(policy, trust).unwrap_err().to_string()
}

#[test]
fn the_component_and_the_common_engine_are_loaded_ahead() {
    let compiled = compile(&policy(document()), ComponentTrust::Url).unwrap();
    let pins = pins();
    let digest = |path| pins.file(path).unwrap().digest();
    let engine = "facelivenessdetector-assets/js/AzureAIVisionFace_SIMD.js";
    assert_eq!(
        header(compiled, "link").unwrap(),
        format!(
            "</FaceLivenessDetector.js>; rel=modulepreload; integrity=\"{}\", \
             </{engine}>; rel=preload; as=script; integrity=\"{}\"",
            digest("FaceLivenessDetector.js"),
            digest(engine),
        )
    );
    for class in [ResponseClass::PinnedAsset, ResponseClass::Other] {
        let headers = compiled.headers(class, HostKind::Named);
        assert!(!headers.contains_key("link"), "{class:?}");
    }
    // Nothing else changes.
    let plain = policy(document()).compile().unwrap();
    let without = |compiled: CompiledPolicy| {
        let mut headers = compiled.headers(ResponseClass::Document, HostKind::Named);
        headers.remove("link");
        headers
    };
    assert_eq!(without(compiled), without(plain));
    assert_eq!(header(plain, "link"), None);
}

#[test]
fn by_its_digest_the_component_has_no_url() {
    let url = format!("{ORIGIN}/FaceLivenessDetector.js");
    let digest = pins().file("FaceLivenessDetector.js").unwrap().digest();
    let digest = format!("'{digest}'");
    let by_url = script_src(compile(&policy(document()), ComponentTrust::Url).unwrap());
    assert!(by_url.contains(&url) && !by_url.contains(&digest));
    let by_digest = script_src(compile(&policy(document()), ComponentTrust::Digest).unwrap());
    assert!(!by_digest.contains(&url) && by_digest.contains(&digest));
    // Also where the page names it itself.
    let named = document().loads(Resource::Script, "/FaceLivenessDetector.js");
    let compiled = compile(&policy(named), ComponentTrust::Digest).unwrap();
    assert_eq!(script_src(compiled), by_digest);
}

#[test]
fn what_admits_the_component_without_its_digest_is_refused() {
    for (location, shown) in [("/", format!("{ORIGIN}/")), (ORIGIN, ORIGIN.to_owned())] {
        let folder = document().loads(Resource::Script, location);
        let policy = policy(folder);
        compile(&policy, ComponentTrust::Url).unwrap();
        assert_eq!(
            message(&policy, ComponentTrust::Digest),
            format!(
                "script-src `{shown}`: it admits the component whatever its bytes: name your \
                 scripts one by one, or choose `ComponentTrust::Url`"
            )
        );
    }
    let elsewhere = document().loads(Resource::Script, "/js/");
    compile(&policy(elsewhere), ComponentTrust::Digest).unwrap();

    // With a reason it may be so.
    let source = format!("{ORIGIN}/FaceLivenessDetector.js");
    let directive = tower_visor::csp::DirectiveName::ScriptSrc;
    let reason = "visitors with Safari".parse().unwrap();
    let excepted = policy(document())
        .dangerous()
        .allow(directive, &source, reason);
    let compiled = compile(&excepted, ComponentTrust::Digest).unwrap();
    assert_eq!(compiled.relaxed().len(), 1);
    assert!(script_src(compiled).contains(&source));
}

#[test]
#[cfg(feature = "nonce")]
fn a_nonce_admits_what_a_script_imports() {
    let policy = policy(document().scripts_by(tower_visor::policy::ScriptTrust::Nonce));
    compile(&policy, ComponentTrust::Url).unwrap();
    assert_eq!(
        message(&policy, ComponentTrust::Digest),
        "scripts-by: a script with a nonce passes it on to the component that it imports, \
         whatever its bytes: use `ScriptTrust::Urls`, or choose `ComponentTrust::Url`"
    );
}

#[test]
fn with_an_endpoint_browsers_report_what_ran() {
    let reports = format!("{ORIGIN}/reports");
    let reported = policy(document()).reporting("visor", &reports);
    let compiled = compile(&reported, ComponentTrust::Url).unwrap();
    assert!(script_src(compiled).contains(&"'report-sha384'".to_owned()));
    let name = "integrity-policy-report-only";
    assert_eq!(
        header(compiled, name).unwrap(),
        "blocked-destinations=(script), endpoints=(visor)"
    );
    assert_eq!(header(compiled, "integrity-policy"), None);
    assert_eq!(
        header(compiled, "reporting-endpoints").unwrap(),
        format!("visor=\"{reports}\"")
    );
    assert_eq!(compiled.warnings(), []);

    // The user's own stays.
    let own: IntegrityPolicy = "blocked-destinations=(script style), endpoints=(visor)"
        .parse()
        .unwrap();
    let reported = reported.integrity_policy_report_only(own.clone());
    let compiled = compile(&reported, ComponentTrust::Url).unwrap();
    assert_eq!(header(compiled, name).unwrap(), own.to_string());

    let unreported = compile(&policy(document()), ComponentTrust::Url).unwrap();
    assert_eq!(header(unreported, name), None);
    let warnings: Vec<String> = unreported
        .warnings()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        warnings,
        [
            "headers only: without an endpoint nobody learns which scripts browsers ran: set \
             `reporting`"
        ]
    );
}

#[test]
fn what_is_reported_can_be_compared_with_the_pins() {
    let pins = Scan::new(sdk("1.5.0"))
        .algorithm(Algorithm::Sha512)
        .run()
        .unwrap();
    let endpoint = Endpoint::resource("contoso").unwrap();
    let policy = Policy::strict(LivenessPage::pinned(document(), &pins, endpoint))
        .reporting("visor", &format!("{ORIGIN}/reports"));
    let compiled = policy
        .compile_headers_only(&pins.verify(sdk("1.5.0")).unwrap(), ComponentTrust::Url)
        .unwrap();
    assert!(script_src(compiled).contains(&"'report-sha512'".to_owned()));
}

#[test]
fn policy_and_pins_are_of_one_sdk() {
    assert_eq!(
        message(&Policy::document(document()), ComponentTrust::Url),
        "the policy is not for a page with the SDK: create it with `Policy::strict`"
    );
    let other = super::liveness(document(), "1.5.1").sdk_at("/sdk/");
    assert_eq!(
        message(&Policy::strict(other), ComponentTrust::Url),
        "2 faults\n\
         the policy is for SDK 1.5.1, and the pins are for 1.5.0: create the page with \
         `LivenessPage::pinned`, or correct `sdk`\n\
         the policy looks for the SDK at `/sdk/`, and the pins are served at `/`: create the \
         page with `LivenessPage::pinned`, or correct `sdk-path`"
    );
}

#[test]
fn what_is_sent_where_is_what_the_readme_says() {
    let readme = include_str!("../../../README.md");
    let table = readme.split("## What is sent where\n").nth(1).unwrap();
    let table = table.split("\n## ").next().unwrap();
    // Each row: a header, and what the page, a file of the SDK and anything else carry of it.
    let rows: Vec<Vec<&str>> = table
        .lines()
        .filter(|line| line.starts_with("| `") && !line.contains("| removed |"))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    assert!(rows.len() > 14, "{rows:?}");

    let policy = policy(document())
        .integrity_policy(IntegrityPolicy::scripts())
        .reporting("visor", &format!("{ORIGIN}/reports"));
    let compiled = compile(&policy, ComponentTrust::Url).unwrap();
    let classes = [
        ResponseClass::Document,
        ResponseClass::PinnedAsset,
        ResponseClass::Other,
    ];
    for (column, class) in classes.into_iter().enumerate() {
        let headers = compiled.headers(class, HostKind::Named);
        let sent: Vec<_> = headers
            .keys()
            .map(http::HeaderName::as_str)
            .filter(|name| !name.ends_with("-report-only"))
            .collect();
        let said: Vec<String> = rows
            .iter()
            .filter(|row| !row[column + 1].is_empty())
            .map(|row| row[0].split('`').nth(1).unwrap().to_ascii_lowercase())
            .collect();
        assert_eq!(sent, said, "{class:?}");
    }
}
