//! What weakens a policy: only by an exception, with a reason, and named where it changes nothing.

use http::HeaderName;
use tower_visor::csp::DirectiveName;
use tower_visor::header::StrictTransportSecurity;
use tower_visor::policy::{Conflict, Policy, Reason};

use super::{directive, document, faults, liveness, strict, warnings};

pub(super) fn reason() -> Reason {
    "tested".parse().unwrap()
}

#[test]
fn an_engine_that_evals_needs_an_exception() {
    assert_eq!(
        faults(&Policy::strict(liveness(document(), "1.4.8"))),
        [
            "SDK 1.4.8 needs 'unsafe-eval': upgrade to 1.5.0, or allow it on this page only with `dangerous().allow_unsafe_eval(reason)`"
        ]
    );
    let allowed = Policy::strict(liveness(document(), "1.4.8"))
        .dangerous()
        .allow_unsafe_eval(reason());
    let relaxed = allowed.compile().unwrap().relaxed()[0].to_string();
    assert_eq!(relaxed, "script-src 'unsafe-eval' (tested)");
}

#[test]
fn a_preview_is_refused_by_name() {
    for preview in ["0.17.2-beta.3", "0.18.0-beta.1"] {
        let policy = Policy::strict(liveness(document(), preview));
        let allowed = policy
            .clone()
            .dangerous()
            .allow_unsafe_eval("old kiosks".parse().unwrap());
        for policy in [policy, allowed] {
            assert_eq!(
                faults(&policy)[0],
                format!(
                    "SDK {preview} is a preview, which the service has refused since 2025-07-23: upgrade to 1.5.0"
                )
            );
        }
    }
}

#[test]
fn trusted_types_eval_cannot_be_written() {
    let policy =
        strict()
            .dangerous()
            .allow(DirectiveName::ScriptSrc, "'trusted-types-eval'", reason());
    let faults = faults(&policy);
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(
        faults[0].starts_with("content-security-policy: script-src"),
        "{faults:?}"
    );
    assert!(faults[0].contains("trusted-types-eval"), "{faults:?}");
    assert!(
        "script-src 'trusted-types-eval'"
            .parse::<tower_visor::csp::Csp>()
            .is_err()
    );
}

#[test]
fn exceptions_go_through_the_same_checks() {
    let exception = |directive, source| strict().dangerous().allow(directive, source, reason());
    assert_eq!(
        faults(&exception(DirectiveName::ImgSrc, "self")),
        ["content-security-policy: img-src, byte 0: `self` must be quoted: write `'self'`"]
    );
    assert_eq!(
        faults(&exception(DirectiveName::UpgradeInsecureRequests, "https:")),
        [
            "exception for upgrade-insecure-requests: sources can't be added to it; name script-src, script-src-attr, style-src, style-src-attr, img-src, connect-src, font-src, media-src, manifest-src, frame-src, worker-src, base-uri, form-action, frame-ancestors or trusted-types"
        ]
    );
    // What the message names is what there is.
    for directive in DirectiveName::ALL {
        let text = strict()
            .dangerous()
            .allow(directive, "'nothing'", reason())
            .compile()
            .unwrap_err()
            .to_string();
        let named = faults(&exception(DirectiveName::Sandbox, "https:"))[0]
            .split([' ', ','])
            .any(|word| word == directive.as_str());
        let taken = !text.contains("sources can't be added");
        assert_eq!(
            taken,
            named && directive != DirectiveName::Sandbox,
            "{text}"
        );
    }
    let injected = faults(&exception(DirectiveName::ImgSrc, "https:; script-src *"));
    assert!(injected[0].contains("img-src, byte 7"), "{injected:?}");

    // `'unsafe-inline'` would be ignored beside hashes, so it takes their place.
    let unstyled = exception(DirectiveName::StyleSrc, "'unsafe-inline'");
    assert_eq!(
        directive(&unstyled, "style-src").unwrap(),
        "style-src https://liveness.contoso.example/app.css 'unsafe-inline'"
    );
}

#[test]
fn exceptions_that_change_nothing_are_named() {
    let twice = strict()
        .dangerous()
        .allow(DirectiveName::ImgSrc, "data:", reason())
        .dangerous()
        .strict_transport_security(Some(StrictTransportSecurity::TWO_YEARS), reason())
        .dangerous()
        .conflict(
            HeaderName::from_static("x-unknown"),
            Conflict::Keep,
            reason(),
        );
    let unused: Vec<String> = warnings(&twice)
        .into_iter()
        .filter(|w| w.contains("changes nothing"))
        .collect();
    assert_eq!(
        unused,
        [
            "the exception img-src data: (tested) changes nothing: remove it",
            "the exception strict-transport-security: max-age=63072000; includeSubDomains (tested) changes nothing: remove it",
            "the exception x-unknown: the application's value is kept (tested) changes nothing: remove it",
        ]
    );
    // What was said again later, and what happens anyway, for pages and for other answers.
    let settled = |policy: Policy, header: &'static str, conflict| {
        let header = HeaderName::from_static(header);
        policy.dangerous().conflict(header, conflict, reason())
    };
    for (policy, count) in [
        (settled(strict(), "cache-control", Conflict::Replace), 0),
        (settled(strict(), "cache-control", Conflict::Keep), 0),
        (settled(Policy::api(), "cache-control", Conflict::Keep), 1),
        (settled(strict(), "content-type", Conflict::Keep), 1),
        (settled(strict(), "x-powered-by", Conflict::Keep), 0),
        (settled(strict(), "x-powered-by", Conflict::Append), 1),
        (
            settled(strict(), "content-security-policy", Conflict::Append),
            1,
        ),
        (
            settled(strict(), "content-security-policy", Conflict::Keep),
            0,
        ),
        (settled(strict(), "referrer-policy", Conflict::Replace), 1),
        (
            settled(
                settled(strict(), "referrer-policy", Conflict::Keep),
                "referrer-policy",
                Conflict::Append,
            ),
            1,
        ),
        (
            strict()
                .dangerous()
                .strict_transport_security(None, reason())
                .dangerous()
                .strict_transport_security(None, reason()),
            1,
        ),
    ] {
        let warnings = warnings(&policy);
        let unused = warnings.iter().filter(|w| w.contains("changes nothing"));
        assert_eq!(unused.count(), count, "{policy:?}: {warnings:?}");
    }
    let api = Policy::api().dangerous().no_isolation(reason());
    assert_eq!(
        warnings(&api),
        ["the exception no cross-origin isolation (tested) changes nothing: remove it"]
    );
    let eval = strict().dangerous().allow_unsafe_eval(reason());
    assert!(warnings(&eval).contains(&String::from(
        "SDK 1.5.0 runs without 'unsafe-eval': remove the exception, unless your own code needs it"
    )));
}
