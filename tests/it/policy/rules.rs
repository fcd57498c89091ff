//! What a policy refuses, each message to the letter, and what it warns of.

use std::time::Duration;

use proptest::prelude::*;
use tower_visor::csp::DirectiveName;
use tower_visor::header::{
    Allowlist, Feature, IntegrityPolicy, ReferrerPolicy, StrictTransportSecurity,
};
use tower_visor::policy::{
    Document, Isolation, LivenessPage, Location, Policy, Reason, Resource, ScriptTrust,
};
use tower_visor::sdk::Endpoint;

use super::exceptions::reason;
use super::{directive, document, documents, faults, liveness, strict, warnings};

#[test]
fn a_liveness_page_keeps_its_camera() {
    let partner = ["https://partner.example"];
    for denied in [Allowlist::None, Allowlist::origins(partner).unwrap()] {
        assert_eq!(
            faults(&strict().allow_feature(Feature::Camera, denied.clone())),
            [
                "permissions-policy: `camera` is denied, and the liveness check can't start without it: remove the setting, or allow it for `self`"
            ],
            "{denied}"
        );
        // A page without the SDK needs no camera.
        let other = Policy::document(document()).allow_feature(Feature::Camera, denied);
        assert!(other.compile().is_ok());
    }
    let shared = Allowlist::self_and(partner).unwrap();
    let shared = strict().allow_feature(Feature::Camera, shared);
    assert!(shared.compile().is_ok());
}

#[cfg(not(feature = "nonce"))]
#[test]
fn a_nonce_needs_its_feature() {
    let page = liveness(document().scripts_by(ScriptTrust::Nonce), "1.5.0");
    assert_eq!(
        faults(&Policy::strict(page)),
        ["the policy has a nonce: build tower-visor with the feature `nonce`"]
    );
}

#[cfg(feature = "nonce")]
#[test]
fn a_nonce_is_not_stored() {
    let stored = document()
        .scripts_by(ScriptTrust::Nonce)
        .caching(tower_visor::policy::Caching::Revalidate);
    let message = "caching: a page with a nonce can't be stored, as the nonce would be known when used again: remove `Caching::Revalidate`, or name scripts by URL and hash";
    assert_eq!(
        faults(&Policy::strict(liveness(stored, "1.5.0"))),
        [message]
    );
    let kept = Policy::strict(liveness(document().scripts_by(ScriptTrust::Nonce), "1.5.0"))
        .dangerous()
        .conflict(
            http::HeaderName::from_static("cache-control"),
            tower_visor::policy::Conflict::Keep,
            reason(),
        );
    assert_eq!(faults(&kept), [message]);
}

#[test]
fn require_corp_and_resources_of_others() {
    let page = document()
        .loads(Resource::Image, "https://cdn.example/logo.png")
        .loads(Resource::Font, "https://cdn.example/inter.woff2")
        .loads(Resource::Connect, "https://cdn.example/data")
        .loads(Resource::Form, "https://cdn.example/form")
        .loads(Resource::Image, "https://liveness.contoso.example/own.png");
    let policy = Policy::strict(liveness(page, "1.5.0"));
    assert_eq!(
        faults(&policy),
        [
            "img-src `https://cdn.example/logo.png`: `Cross-Origin-Embedder-Policy: require-corp` blocks it unless its server sends `Cross-Origin-Resource-Policy: cross-origin`: serve it from your own origin, or choose `Isolation::Credentialless`"
        ]
    );
    assert!(
        policy
            .clone()
            .isolation(Isolation::Credentialless)
            .compile()
            .is_ok()
    );
    for isolation in [Isolation::ForeignFrames, Isolation::AllowPopups] {
        assert!(policy.clone().isolation(isolation).compile().is_ok());
    }
    assert!(policy.dangerous().no_isolation(reason()).compile().is_ok());
}

#[test]
fn the_pages_own_origin_is_not_foreign() {
    let load = |resource, url: &str| {
        let page = document().loads(resource, url);
        Policy::strict(liveness(page, "1.5.0")).compile()
    };
    for own in [
        "https://liveness.contoso.example:443/x.png",
        "HTTPS://Liveness.Contoso.example/x.png",
        "https://liveness.contoso.example",
    ] {
        assert!(load(Resource::Image, own).is_ok(), "{own}");
    }
    for foreign in [
        "https://liveness.contoso.example:8443/x.png",
        "https://liveness.contoso.example.evil.example/x.png",
        "http://liveness.contoso.example/x.png",
        "https://liveness.contoso.example:*/x.png",
    ] {
        assert!(load(Resource::Image, foreign).is_err(), "{foreign}");
    }
    // A frame has to be isolated itself, whichever isolation the page has.
    let page = document().loads(Resource::Frame, "https://partner.example/terms");
    let policy = Policy::strict(liveness(page, "1.5.0"));
    for isolation in [Isolation::RequireCorp, Isolation::Credentialless] {
        assert_eq!(
            faults(&policy.clone().isolation(isolation)),
            [
                "frame-src `https://partner.example/terms`: an isolated page shows only frames whose servers send `Cross-Origin-Embedder-Policy` too: choose `Isolation::ForeignFrames`, serve it from your own origin, or where its server does, add it with `dangerous().allow(..)`"
            ]
        );
    }
    assert!(policy.dangerous().no_isolation(reason()).compile().is_ok());
}

#[test]
fn a_folder_of_scripts_is_warned_of() {
    for (place, told) in [
        ("/", true),
        ("/js/", true),
        ("/js/app.js", false),
        ("https://liveness.contoso.example", true),
        ("https://liveness.contoso.example/js/", true),
        ("https://liveness.contoso.example/js/app.js", false),
    ] {
        let page = document().loads(Resource::Script, place);
        let message = format!(
            "script-src: `{place}` lets every file there run as a script, including uploads and API responses: name the files"
        );
        let warnings = warnings(&Policy::document(page));
        assert_eq!(warnings.contains(&message), told, "{warnings:?}");
    }
    let pictures = document().loads(Resource::Image, "/pictures/");
    assert_eq!(warnings(&Policy::document(pictures)), [""; 0]);
}

#[test]
fn settings_for_documents_want_a_document() {
    let csp = || "default-src 'none'; report-to visor".parse().unwrap();
    let integrity = || IntegrityPolicy::scripts().report_to("visor".parse().unwrap());
    let policy = Policy::api()
        .isolation(Isolation::Credentialless)
        .allow_feature(Feature::Fullscreen, Allowlist::SelfOrigin)
        .reporting("visor", "https://liveness.contoso.example/reports")
        .additional_csp(csp())
        .report_only(csp())
        .integrity_policy(integrity())
        .integrity_policy_report_only(integrity());
    let expected = [
        "isolation",
        "permissions-policy",
        "reporting",
        "additional-csp",
        "report-only",
        "integrity-policy",
        "integrity-policy-report-only",
    ]
    .map(|setting| {
        format!(
            "`{setting}` is for documents, and the policy has none: remove it, or describe the page"
        )
    });
    assert_eq!(warnings(&policy), expected);
    assert_eq!(warnings(&Policy::api()), [""; 0]);
}

#[test]
fn transport_security_is_a_year_with_subdomains_or_an_exception() {
    let weak = StrictTransportSecurity::including_subdomains(Duration::from_secs(300));
    let narrow = StrictTransportSecurity::this_host_only(Duration::from_secs(63_072_000));
    for (value, text) in [
        (weak, "max-age=300; includeSubDomains"),
        (narrow, "max-age=63072000"),
    ] {
        assert_eq!(
            faults(&strict().strict_transport_security(value)),
            [format!(
                "strict-transport-security: `{text}` is weaker than one year with subdomains (31536000; ASVS 5.0 3.4.1): lengthen it, or set it with `dangerous().strict_transport_security(..)` and a reason"
            )]
        );
        let allowed = strict()
            .dangerous()
            .strict_transport_security(Some(value), reason());
        assert_eq!(documents(&allowed)["strict-transport-security"], text);
    }
    let none = strict()
        .dangerous()
        .strict_transport_security(None, reason());
    assert!(!documents(&none).contains_key("strict-transport-security"));
}

#[test]
fn the_token_goes_to_one_face_resource() {
    for source in [
        "https:",
        "*",
        "https://*",
        "https://*.cognitiveservices.azure.com",
        "https://*.azure.com",
        "*.api.cognitive.microsoft.com",
        "https://*.westeurope.api.cognitive.microsoft.com",
    ] {
        let policy = strict()
            .dangerous()
            .allow(DirectiveName::ConnectSrc, source, reason());
        assert_eq!(
            faults(&policy),
            [format!(
                "connect-src `{source}`: it admits every customer's Face resource, and the SDK sends its bearer token to whichever a session token names: name the one host that you use"
            )]
        );
    }
    for source in [
        "https://*.contoso.example",
        "https://*.notcognitiveservices.azure.example",
        "wss://chat.contoso.example",
    ] {
        let policy = strict()
            .dangerous()
            .allow(DirectiveName::ConnectSrc, source, reason());
        assert!(policy.compile().is_ok(), "{source}");
    }
}

#[test]
fn preload_has_its_conditions() {
    let short = StrictTransportSecurity::including_subdomains(Duration::from_secs(300));
    assert!(short.preload().is_err());
    let narrow = StrictTransportSecurity::this_host_only(Duration::from_secs(63_072_000));
    assert!(narrow.preload().is_err());
}

#[test]
fn the_referrer_stays_at_home() {
    for value in [
        ReferrerPolicy::UnsafeUrl,
        ReferrerPolicy::NoReferrerWhenDowngrade,
        ReferrerPolicy::Origin,
        ReferrerPolicy::OriginWhenCrossOrigin,
    ] {
        let text = value.to_string();
        assert_eq!(
            faults(&strict().referrer_policy(value)),
            [format!(
                "referrer-policy: `{text}` sends the page's address to other sites: choose `no-referrer`, `same-origin`, `strict-origin` or `strict-origin-when-cross-origin`"
            )]
        );
    }
    for value in [
        ReferrerPolicy::NoReferrer,
        ReferrerPolicy::SameOrigin,
        ReferrerPolicy::StrictOrigin,
        ReferrerPolicy::StrictOriginWhenCrossOrigin,
    ] {
        assert!(strict().referrer_policy(value).compile().is_ok(), "{value}");
    }
}

#[test]
fn versions_and_styles_that_are_not_known_are_named() {
    let unknown = Policy::strict(liveness(document(), "1.6.0"));
    assert_eq!(
        warnings(&unknown)[0],
        "SDK 1.6.0 is newer than 1.5.0, the newest in the table of releases; assumed to need only 'wasm-unsafe-eval'"
    );
    assert_eq!(
        warnings(&strict()),
        [
            "the hash of a style that SDK 1.5.0 puts into its shadow root is not known, so it will be blocked: compute it from your copy and add it with `style_hash`"
        ]
    );
    let digest = tower_visor::sri::Digest::of(tower_visor::sri::Algorithm::Sha384, b"css");
    let known = Policy::strict(liveness(document().style_hash(digest), "1.5.0"));
    assert_eq!(warnings(&known), [""; 0]);
}

#[test]
fn all_faults_are_told_at_once() {
    let policy = Policy::strict(liveness(document(), "1.4.8"))
        .allow_feature(Feature::Camera, Allowlist::None)
        .referrer_policy(ReferrerPolicy::UnsafeUrl);
    assert_eq!(faults(&policy).len(), 3);
    let text = policy.compile().unwrap_err().to_string();
    assert!(text.starts_with("3 faults\nSDK 1.4.8 needs"), "{text}");
}

#[test]
fn a_policy_that_is_too_long_is_not_built() {
    let page = (0..200).fold(document(), |page, n| {
        page.loads(Resource::Image, &format!("/pictures/of/the/season/{n}.png"))
    });
    let long = (0..80).fold(document(), |page, n| {
        page.loads(Resource::Image, &format!("/pictures/of/the/season/{n}.png"))
    });
    let [fault] = &faults(&Policy::document(page))[..] else {
        panic!("one fault")
    };
    assert!(
        fault.starts_with("content-security-policy:") && fault.contains("8192"),
        "{fault}"
    );
    let [warning] = &warnings(&Policy::document(long))[..] else {
        panic!("one warning")
    };
    assert!(warning.contains("bytes long; over 8192"), "{warning}");
}

#[test]
fn a_server_without_pages_has_no_use_for_sources() {
    let policy =
        Policy::api()
            .dangerous()
            .allow(DirectiveName::ImgSrc, "https://a.example", reason());
    assert_eq!(
        warnings(&policy),
        ["the exception img-src https://a.example (tested) changes nothing: remove it"]
    );
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,60}") {
        let _ = text.parse::<Location>();
        let _ = text.parse::<Reason>();
        let _ = Document::new(&text);
        let page = document().loads(Resource::Script, &text).framed_by(&text);
        let _ = Policy::strict(liveness(page, "1.5.0").sdk_at(&text)).compile();
        let _ = strict().dangerous().allow(DirectiveName::ScriptSrc, &text, reason()).compile();
    }

    /// Whatever was taken, what goes out is one valid policy in which nothing was injected.
    #[test]
    fn what_is_taken_stays_in_its_directive(path in "/[ -~]{0,30}", host in "https://[ -~]{0,30}") {
        let mut page = document();
        for location in [&path, &host] {
            if let Ok(location) = location.parse() {
                page = page.loads_from(Resource::Connect, location);
            }
        }
        let endpoint = Endpoint::resource("contoso").unwrap();
        let policy = Policy::strict(LivenessPage::new(page, "1.5.0".parse().unwrap(), endpoint));
        if let Ok(compiled) = policy.compile() {
            let headers = compiled.headers(
                tower_visor::response::ResponseClass::Document,
                tower_visor::policy::HostKind::Named,
            );
            let text = headers["content-security-policy"].to_str().unwrap();
            let csp: tower_visor::csp::Csp = text.parse().unwrap();
            prop_assert_eq!(csp.to_string(), text);
            let scripts = csp.script_src().unwrap().to_string();
            prop_assert_eq!(Some(format!("script-src {scripts}")), directive(&strict(), "script-src"));
        }
    }
}
