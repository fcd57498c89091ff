//! The standards' cases.

use serde_json::Value;
use tower_visor::header::{
    CacheControl, ClearSiteData, CrossOriginEmbedderPolicy, CrossOriginOpenerPolicy,
    CrossOriginResourcePolicy, DocumentIsolationPolicy, EmbedderPolicy, Framing,
    IntegrityDestination, IntegrityPolicy, IsolationPolicy, OpenerPolicy, PermissionsPolicy,
    ReferrerPolicy, StrictTransportSecurity, XContentTypeOptions, XDnsPrefetchControl,
    XFrameOptions, XPermittedCrossDomainPolicies,
};
use tower_visor::sri::Integrity;

use crate::conformance;

/// The bytes of a field value: text, or `{"percent_encoded": ...}`.
fn bytes(value: &Value) -> Vec<u8> {
    if let Some(text) = value.as_str() {
        return text.as_bytes().to_vec();
    }
    let text = value["percent_encoded"].as_str().unwrap();
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((plain, encoded)) = rest.split_once('%') {
        bytes.extend_from_slice(plain.as_bytes());
        bytes.push(u8::from_str_radix(&encoded[..2], 16).unwrap());
        rest = &encoded[2..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

/// The values of one header among the field lines.
fn values(lines: &Value, name: &str) -> Vec<Vec<u8>> {
    let lines = lines.as_array().unwrap().iter();
    lines
        .filter(|line| line[0].as_str().unwrap().eq_ignore_ascii_case(name))
        .map(|line| bytes(&line[1]))
        .collect()
}

fn same(found: &Value, expected: &Value) -> Result<(), String> {
    if found == expected {
        Ok(())
    } else {
        Err(format!("read: {found}"))
    }
}

#[test]
fn conformance_header_parsing() {
    let Some(data) = conformance::load("header-parsing.json") else {
        return;
    };
    let headers = data["headers"].as_object().unwrap();
    for (name, group) in headers {
        conformance::each(&group["cases"], |case| {
            let sent = values(&case["input"], name);
            let found = match name.as_str() {
                "x-frame-options" => {
                    // An enforced `frame-ancestors` takes the place of the header; one case.
                    let csp = values(&case["input"], "content-security-policy");
                    let framing = match csp.first().map(Vec::as_slice) {
                        Some(b"frame-ancestors 'self'") => Framing::SameOrigin,
                        _ => XFrameOptions::effective(sent),
                    };
                    serde_json::json!({
                        "same_origin_framing": framing != Framing::Nobody,
                        "cross_origin_framing": framing == Framing::Anyone,
                    })
                }
                "x-content-type-options" => serde_json::json!({
                    "nosniff": XContentTypeOptions::effective(sent).is_some(),
                }),
                "cross-origin-resource-policy" => serde_json::json!({
                    "recognised": CrossOriginResourcePolicy::effective(sent).is_some(),
                }),
                "cross-origin-embedder-policy" => serde_json::json!({
                    "require_corp": CrossOriginEmbedderPolicy::effective(sent).value()
                        == EmbedderPolicy::RequireCorp,
                }),
                "cross-origin-opener-policy" => serde_json::json!({
                    "same_origin": CrossOriginOpenerPolicy::effective(sent).value()
                        == OpenerPolicy::SameOrigin,
                }),
                "referrer-policy" => serde_json::json!({
                    "policy": ReferrerPolicy::effective(sent).map_or("", ReferrerPolicy::as_str),
                }),
                other => return Err(format!("no test for {other}")),
            };
            same(&found, &case["expected"])
        });
    }
}

#[test]
fn conformance_integrity_policy_parsing() {
    let Some(data) = conformance::load("integrity-policy-parsing.json") else {
        return;
    };
    conformance::each(&data["cases"], |case| {
        let read = IntegrityPolicy::effective([case["input"].as_str().unwrap()]);
        let found = read.blocks(IntegrityDestination::Script);
        same(
            &found.into(),
            &case["expected"]["script_without_integrity_blocked"],
        )
    });
}

#[test]
fn conformance_integrity_policy_enforcement() {
    let Some(data) = conformance::load("integrity-policy-enforcement.json") else {
        return;
    };
    conformance::each(&data["cases"], |case| {
        let input = &case["input"];
        let text = |key: &str| input[key].as_str().unwrap();
        let destination: IntegrityDestination = text("destination").parse().unwrap();
        let covered = IntegrityPolicy::effective([text("value")]).blocks(destination);
        // SRI, "should request be blocked by integrity policy": local URLs pass, and CORS requests
        // whose metadata are not empty.
        let local = text("url_kind") != "https";
        let has_metadata = Integrity::effective(text("integrity")).checks();
        let passes = local || (has_metadata && text("request_mode") == "cors");
        let violates = covered && !passes;
        let enforced = text("header") == "Integrity-Policy";
        same(
            &serde_json::json!({"blocked": violates && enforced, "reported": violates}),
            &case["expected"],
        )
    });
}

#[test]
fn conformance_chromium() {
    let Some(data) = conformance::load("headers-chromium.json") else {
        return;
    };
    conformance::each(&data["groups"]["integrity_policy"]["cases"], |case| {
        let input = &case["input"];
        let policy = IntegrityPolicy::effective([input["Integrity-Policy"].as_str().unwrap()]);
        let checked = input["integrity"] == "correct sha256";
        let cors = input["crossorigin"] == "anonymous";
        let runs = !policy.blocks(IntegrityDestination::Script) || (checked && cors);
        same(&runs.into(), &case["expected"]["runs"])
    });
    conformance::each(&data["groups"]["cross_origin_isolation"]["cases"], |case| {
        let lines = &case["input"];
        let opener =
            CrossOriginOpenerPolicy::effective(values(lines, "cross-origin-opener-policy"));
        let embedder =
            CrossOriginEmbedderPolicy::effective(values(lines, "cross-origin-embedder-policy"));
        let document =
            DocumentIsolationPolicy::effective(values(lines, "document-isolation-policy"));
        let isolated = document.value() != IsolationPolicy::None
            || (opener.value() == OpenerPolicy::SameOrigin
                && embedder.value() != EmbedderPolicy::UnsafeNone);
        same(&isolated.into(), &case["expected"]["cross_origin_isolated"])
    });
}

/// Each value that OWASP recommends is one that the strict reading takes. (`Permissions-Policy`
/// names `web-share`, which Chromium 156 doesn't know everywhere: see `permissions`.)
#[test]
fn conformance_owasp_recommended_values() {
    let Some(data) = conformance::load("owasp_headers_add.json") else {
        return;
    };
    conformance::each(&data["headers"], |header| {
        let value = header["value"].as_str().unwrap();
        let read = match header["name"].as_str().unwrap() {
            "Cache-Control" => value.parse::<CacheControl>().map(drop),
            "Clear-Site-Data" => value.parse::<ClearSiteData>().map(drop),
            "Cross-Origin-Embedder-Policy" => value.parse::<CrossOriginEmbedderPolicy>().map(drop),
            "Cross-Origin-Opener-Policy" => value.parse::<CrossOriginOpenerPolicy>().map(drop),
            "Cross-Origin-Resource-Policy" => value.parse::<CrossOriginResourcePolicy>().map(drop),
            "Referrer-Policy" => value.parse::<ReferrerPolicy>().map(drop),
            "Strict-Transport-Security" => value.parse::<StrictTransportSecurity>().map(drop),
            "X-Content-Type-Options" => value.parse::<XContentTypeOptions>().map(drop),
            "X-DNS-Prefetch-Control" => value.parse::<XDnsPrefetchControl>().map(drop),
            "X-Frame-Options" => value.parse::<XFrameOptions>().map(drop),
            "X-Permitted-Cross-Domain-Policies" => {
                value.parse::<XPermittedCrossDomainPolicies>().map(drop)
            }
            "Permissions-Policy" => {
                let known = value.replace("web-share=(), ", "");
                known.parse::<PermissionsPolicy>().map(drop)
            }
            "Content-Security-Policy" => Ok(()),
            other => return Err(format!("no test for {other}")),
        };
        read.map_err(|error| error.to_string())
    });
}

#[test]
fn conformance_real_values_do_not_panic() {
    let Some(data) = conformance::load("real-header-values.json") else {
        return;
    };
    let mut seen = 0;
    for (name, group) in data["headers"].as_object().unwrap() {
        let (mut strict, mut effective) = (0, 0);
        for case in group["cases"].as_array().unwrap() {
            let text = case["input"].as_str().unwrap();
            super::properties::no_panic(text);
            seen += 1;
            let (taken, obeyed) = match name.as_str() {
                "strict-transport-security" => (
                    text.parse::<StrictTransportSecurity>().is_ok(),
                    StrictTransportSecurity::effective([text]).is_some(),
                ),
                "permissions-policy" => (
                    text.parse::<PermissionsPolicy>().is_ok(),
                    PermissionsPolicy::effective([text]).iter().count() > 0,
                ),
                "x-frame-options" => (
                    text.parse::<XFrameOptions>().is_ok(),
                    XFrameOptions::effective([text]) != Framing::Anyone,
                ),
                "referrer-policy" => (
                    text.parse::<ReferrerPolicy>().is_ok(),
                    ReferrerPolicy::effective([text]).is_some(),
                ),
                other => panic!("no test for {other}"),
            };
            assert!(
                obeyed || !taken,
                "{name}: strict takes what browsers drop: {text:?}"
            );
            strict += usize::from(taken);
            effective += usize::from(obeyed);
        }
        assert!(0 < strict && strict <= effective, "{name}");
    }
    assert!(seen > 0, "no cases");
}
