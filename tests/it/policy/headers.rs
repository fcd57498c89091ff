//! What each class of response carries, to the letter.

use tower_visor::header::{Allowlist, Feature, ReferrerPolicy};
use tower_visor::policy::{HostKind, Isolation, Policy, Reporting, Resource, ScriptHashes};
use tower_visor::response::ResponseClass;
use tower_visor::sdk::Endpoint;

use super::{directive, document, documents, liveness, strict};
use crate::support::{ORIGIN, pinned, pins};

/// Headers as lines, `ORIGIN` shortened so that a line can be read.
fn lines(policy: &Policy, class: ResponseClass, host: HostKind) -> Vec<String> {
    let headers = policy.compile().unwrap().headers(class, host);
    headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap().replace(ORIGIN, "$")))
        .collect()
}

#[test]
fn the_liveness_page_gets_the_strictest_set() {
    let assets = "$/facelivenessdetector-assets";
    let csp = [
        "default-src 'none'",
        &format!("script-src $/app.js $/FaceLivenessDetector.js {assets}/js/AzureAIVisionFace.js {assets}/js/AzureAIVisionFace_SIMD.js 'wasm-unsafe-eval'"),
        "style-src $/app.css 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' 'sha256-v96dvpk34b2lGpSIonmMYJS7leh0c+BUvOW+AXapgn0='",
        &format!("img-src {assets}/images/Brightness.svg {assets}/images/FaceId.svg {assets}/images/activeMotionVisualHint.png {assets}/images/Smile.svg {assets}/images/logo.svg data:"),
        &format!("connect-src $/api/session {assets}/js/AzureAIVisionFace.wasm {assets}/js/AzureAIVisionFace_SIMD.wasm {assets}/i18n/ https://contoso.cognitiveservices.azure.com/face/"),
        "worker-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "sandbox allow-scripts allow-same-origin",
        "upgrade-insecure-requests",
    ]
    .join("; ");
    let permissions = documents(&strict())["permissions-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        lines(&strict(), ResponseClass::Document, HostKind::Named),
        [
            &format!("content-security-policy: {csp}"),
            "connection-allowlist: (response-origin \"https://contoso.cognitiveservices.azure.com\")",
            "strict-transport-security: max-age=63072000; includeSubDomains",
            &format!("permissions-policy: {permissions}"),
            "cross-origin-opener-policy: same-origin",
            "cross-origin-embedder-policy: require-corp",
            "cross-origin-resource-policy: same-origin",
            "x-frame-options: DENY",
            "referrer-policy: no-referrer",
            "x-content-type-options: nosniff",
            "x-permitted-cross-domain-policies: none",
            "origin-agent-cluster: ?1",
            "x-dns-prefetch-control: off",
            "cache-control: no-store",
        ]
    );
}

#[test]
fn the_camera_is_the_one_feature_that_is_allowed() {
    let headers = documents(&strict());
    let permissions = headers["permissions-policy"].to_str().unwrap();
    let (allowed, denied): (Vec<_>, Vec<_>) = permissions
        .split(", ")
        .partition(|feature| !feature.ends_with("=()"));
    assert_eq!(allowed, ["camera=(self)"]);
    assert!(denied.len() >= 33, "{} features are denied", denied.len());
    for feature in [
        "microphone=()",
        "geolocation=()",
        "usb=()",
        "display-capture=()",
    ] {
        assert!(denied.contains(&feature), "{feature}");
    }

    let plain = documents(&Policy::document(document()));
    assert!(
        plain["permissions-policy"]
            .to_str()
            .unwrap()
            .contains("camera=()")
    );
}

#[test]
fn files_and_answers_may_do_nothing() {
    assert_eq!(
        lines(&strict(), ResponseClass::PinnedAsset, HostKind::Named),
        [
            "content-security-policy: default-src 'none'; frame-ancestors 'none'; sandbox",
            "strict-transport-security: max-age=63072000; includeSubDomains",
            "cross-origin-embedder-policy: require-corp",
            "cross-origin-resource-policy: same-origin",
            "x-frame-options: DENY",
            "referrer-policy: no-referrer",
            "x-content-type-options: nosniff",
            "x-permitted-cross-domain-policies: none",
            "cache-control: no-cache",
        ]
    );
    let api = [
        "content-security-policy: default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
        "strict-transport-security: max-age=63072000; includeSubDomains",
        "cross-origin-resource-policy: same-origin",
        "x-frame-options: DENY",
        "referrer-policy: no-referrer",
        "x-content-type-options: nosniff",
        "x-permitted-cross-domain-policies: none",
        "cache-control: no-store",
    ];
    assert_eq!(
        lines(&Policy::api(), ResponseClass::Other, HostKind::Named),
        api
    );
    // A server without pages says of a page, should one come, that it may do nothing.
    assert_eq!(
        lines(&Policy::api(), ResponseClass::Document, HostKind::Named),
        api
    );
}

#[test]
fn this_machine_gets_no_transport_security() {
    let named = lines(&strict(), ResponseClass::Document, HostKind::Named);
    let local = lines(&strict(), ResponseClass::Document, HostKind::Local);
    assert_eq!(local.len(), named.len() - 1);
    assert!(
        !local
            .iter()
            .any(|line| line.starts_with("strict-transport-security"))
    );
    assert_eq!(
        local[0],
        named[0].replace("; upgrade-insecure-requests", "")
    );
}

#[test]
fn each_version_gets_the_eval_that_it_needs() {
    assert!(
        directive(&strict(), "script-src")
            .unwrap()
            .ends_with(" 'wasm-unsafe-eval'")
    );
    for version in ["1.4.8", "1.4.7", "1.3.1", "1.2.0"] {
        let policy = Policy::strict(liveness(document(), version))
            .dangerous()
            .allow_unsafe_eval("old kiosks".parse().unwrap());
        let scripts = directive(&policy, "script-src").unwrap();
        assert!(scripts.ends_with(" 'unsafe-eval'"), "{version}: {scripts}");
        assert!(
            !scripts.contains("wasm"),
            "it covers WebAssembly: {scripts}"
        );
    }
}

#[test]
fn every_kind_of_endpoint_stands_alone_in_connect_src() {
    for (endpoint, source) in [
        (
            Endpoint::resource("contoso"),
            "https://contoso.cognitiveservices.azure.com/face/",
        ),
        (
            Endpoint::region("westeurope"),
            "https://westeurope.api.cognitive.microsoft.com/face/",
        ),
        (
            Endpoint::government("virginia"),
            "https://virginia.api.cognitive.microsoft.us/face/",
        ),
        (
            Endpoint::proxy("https://face.contoso.example"),
            "https://face.contoso.example/face/",
        ),
    ] {
        let page = liveness(document(), "1.5.0");
        let page = tower_visor::policy::LivenessPage::new(
            page.document().clone(),
            page.version().clone(),
            endpoint.unwrap(),
        );
        let connects = directive(&Policy::strict(page), "connect-src").unwrap();
        let foreign: Vec<&str> = connects
            .split(' ')
            .skip(1)
            .filter(|source| !source.starts_with(ORIGIN))
            .collect();
        assert_eq!(foreign, [source]);
    }
}

#[test]
fn framing_and_its_old_header_agree() {
    for (ancestors, csp, xfo, corp) in [
        (
            &[][..],
            "frame-ancestors 'none'",
            Some("DENY"),
            "same-origin",
        ),
        (
            &[ORIGIN],
            "frame-ancestors 'self'",
            Some("SAMEORIGIN"),
            "same-origin",
        ),
        (
            &["https://partner.example"],
            "frame-ancestors https://partner.example",
            None,
            "cross-origin",
        ),
        (
            &[ORIGIN, "https://partner.example:8443"],
            "frame-ancestors 'self' https://partner.example:8443",
            None,
            "cross-origin",
        ),
    ] {
        let page = ancestors
            .iter()
            .fold(document(), |page, origin| page.framed_by(origin));
        let policy = Policy::strict(liveness(page, "1.5.0"));
        assert_eq!(directive(&policy, "frame-ancestors").as_deref(), Some(csp));
        let headers = documents(&policy);
        let sent = headers
            .get("x-frame-options")
            .map(|value| value.to_str().unwrap());
        assert_eq!(sent, xfo);
        assert_eq!(headers["cross-origin-resource-policy"], corp);
    }
}

#[test]
fn reporting_is_wired_everywhere() {
    let url = "https://liveness.contoso.example/reports";
    let reporting = Reporting::new("visor", url)
        .unwrap()
        .script_hashes(ScriptHashes::Sha384);
    let policy = strict().report_by(reporting);
    let headers = documents(&policy);
    assert_eq!(headers["reporting-endpoints"], format!("visor=\"{url}\""));
    assert_eq!(
        headers["cross-origin-opener-policy"],
        "same-origin; report-to=\"visor\""
    );
    assert_eq!(
        headers["cross-origin-embedder-policy"],
        "require-corp; report-to=\"visor\""
    );
    assert_eq!(
        directive(&policy, "report-to").as_deref(),
        Some("report-to visor")
    );
    assert_eq!(
        directive(&policy, "report-uri"),
        Some(format!("report-uri {url}"))
    );
    assert!(
        directive(&policy, "script-src")
            .unwrap()
            .ends_with(" 'report-sha384'")
    );

    let without = strict().reporting("visor", url);
    assert!(
        !directive(&without, "script-src")
            .unwrap()
            .contains("report-sha384")
    );
}

#[test]
fn settings_that_are_no_weakening() {
    let policy = strict()
        .isolation(Isolation::Credentialless)
        .referrer_policy(ReferrerPolicy::SameOrigin)
        .allow_feature(Feature::Fullscreen, Allowlist::SelfOrigin);
    let headers = documents(&policy);
    assert_eq!(headers["cross-origin-embedder-policy"], "credentialless");
    assert_eq!(headers["referrer-policy"], "same-origin");
    let permissions = headers["permissions-policy"].to_str().unwrap();
    assert!(permissions.contains("fullscreen=(self)") && permissions.contains("camera=(self)"));
    assert!(policy.compile().unwrap().relaxed().is_empty());
}

#[test]
fn every_resource_has_its_directive() {
    for resource in Resource::ALL {
        let page = document().loads(resource, "/r/file");
        let name = resource.directive();
        let text = directive(&Policy::document(page), name).unwrap();
        let scheme = match resource {
            Resource::WebSocket => "wss",
            _ => "https",
        };
        assert!(
            text.contains(&format!(" {scheme}://liveness.contoso.example/r/file")),
            "{name}: {text}"
        );
    }
    let form = document().loads(Resource::Form, "/submit");
    let sandbox = directive(&Policy::strict(liveness(form, "1.5.0")), "sandbox");
    assert_eq!(
        sandbox.as_deref(),
        Some("sandbox allow-scripts allow-same-origin allow-forms")
    );
}

#[cfg(feature = "nonce")]
#[test]
fn a_nonce_stands_in_its_slot() {
    let policy = Policy::strict(liveness(
        document().scripts_by(tower_visor::policy::ScriptTrust::Nonce),
        "1.5.0",
    ));
    let scripts = directive(&policy, "script-src").unwrap();
    assert!(scripts.contains("'nonce-{nonce}'"), "{scripts}");
    assert!(
        !scripts.contains("strict-dynamic"),
        "it would trust what the SDK adds: {scripts}"
    );
}

#[test]
fn equal_policies_are_kept_once() {
    assert_eq!(strict().compile().unwrap(), strict().compile().unwrap());
    assert_ne!(
        strict().compile().unwrap(),
        Policy::api().compile().unwrap()
    );
}

#[test]
fn integrity_policies_are_sent() {
    let enforced = "blocked-destinations=(script)";
    let reported = "blocked-destinations=(script style), endpoints=(visor)";
    let policy = Policy::document(document())
        .reporting("visor", "https://liveness.contoso.example/reports")
        .integrity_policy(enforced.parse().unwrap())
        .integrity_policy_report_only(reported.parse().unwrap());
    let headers = documents(&policy);
    assert_eq!(headers["integrity-policy"], enforced);
    assert_eq!(headers["integrity-policy-report-only"], reported);
    for class in [ResponseClass::PinnedAsset, ResponseClass::Other] {
        let lines = lines(&policy, class, HostKind::Named);
        let any = lines
            .iter()
            .any(|line| line.starts_with("integrity-policy"));
        assert!(!any, "{class:?} loads nothing: {lines:#?}");
    }
}

#[test]
fn without_isolation_neither_header_is_sent() {
    let policy = strict()
        .dangerous()
        .no_isolation("windows of a partner".parse().unwrap());
    for class in [
        ResponseClass::Document,
        ResponseClass::PinnedAsset,
        ResponseClass::Other,
    ] {
        for line in lines(&policy, class, HostKind::Named) {
            let name = line.split(':').next().unwrap();
            assert!(
                name != "cross-origin-opener-policy" && name != "cross-origin-embedder-policy",
                "{class:?}: {line}"
            );
        }
    }
}

#[test]
fn hashes_stand_where_they_are_heeded() {
    use tower_visor::sri::{Algorithm, Digest};
    let script = Digest::of(Algorithm::Sha384, b"script");
    let style = Digest::of(Algorithm::Sha384, b"style");
    let page = Policy::document(document().script_hash(script).style_hash(style));
    let expected = format!("script-src {ORIGIN}/app.js '{script}'");
    assert_eq!(directive(&page, "script-src"), Some(expected));
    let expected = format!("style-src {ORIGIN}/app.css '{style}'");
    assert_eq!(directive(&page, "style-src"), Some(expected));

    assert_eq!(directive(&strict(), "style-src-attr"), None);
}

#[test]
fn a_pinned_sdk_brings_its_place_and_its_styles() {
    let pins = pins("/sdk/1.5.0/");
    let policy = pinned(document(), &pins);
    let scripts = directive(&policy, "script-src").unwrap();
    assert!(
        scripts.contains(&format!("{ORIGIN}/sdk/1.5.0/FaceLivenessDetector.js")),
        "{scripts}"
    );
    let styles = directive(&policy, "style-src").unwrap();
    assert!(!pins.styles().is_empty());
    for (_, digest) in pins.styles() {
        assert!(styles.contains(&format!("'{digest}'")), "{styles}");
    }
}
