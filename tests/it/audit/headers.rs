//! Each header by itself: what is found when it is missing, broken, or too much.

use tower_visor::audit::{Code, Context, Profile, Report, Response, audit};

/// A set in which nothing is found, for every profile.
const CLEAN: [(&str, &str); 15] = [
    ("content-type", "text/html; charset=utf-8"),
    ("cache-control", "no-store"),
    ("connection-allowlist", "(response-origin);report-to=visor"),
    (
        "content-security-policy",
        "default-src 'none'; script-src 'wasm-unsafe-eval'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'; require-trusted-types-for 'script'; report-to visor; report-uri /reports",
    ),
    ("cross-origin-embedder-policy", "require-corp"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("integrity-policy", "blocked-destinations=(script)"),
    ("permissions-policy", "camera=(self)"),
    ("referrer-policy", "no-referrer"),
    ("reporting-endpoints", "visor=\"/reports\""),
    (
        "strict-transport-security",
        "max-age=63072000; includeSubDomains",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-dns-prefetch-control", "off"),
    ("x-permitted-cross-domain-policies", "none"),
];

pub(super) fn of(profile: Profile, status: u16, headers: &[(&str, &str)]) -> Report {
    let mut builder = http::Response::builder().status(status);
    for (name, value) in headers {
        let value = http::HeaderValue::from_bytes(value.as_bytes()).unwrap();
        builder = builder.header(*name, value);
    }
    let (parts, ()) = builder.body(()).unwrap().into_parts();
    let response = Response::new("https://example.com/", parts, None).unwrap();
    audit(&response, &Context::new(profile))
}

/// The clean set with these headers instead of its own; an empty list of values leaves one out.
pub(super) fn with(profile: Profile, changes: &[(&str, &[&str])]) -> Vec<&'static str> {
    let mut headers: Vec<(&str, &str)> = CLEAN
        .into_iter()
        .filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name))
        .collect();
    // `X-Frame-Options` is not in it, so that contradictions are the tests' own.
    if !changes.iter().any(|(name, _)| *name == "x-frame-options") {
        headers.push(("x-frame-options", "DENY"));
    }
    for (name, values) in changes {
        headers.extend(values.iter().map(|value| (*name, *value)));
    }
    codes(&of(profile, 200, &headers))
}

fn codes(report: &Report) -> Vec<&'static str> {
    let codes = report.codes().into_iter().map(Code::as_str);
    // Only a list of every capability has nothing of that kind, and it has a test of its own.
    codes
        .filter(|code| *code != "permissions-partial")
        .collect()
}

/// Runs a table for one profile; all that differs is shown, not only the first.
fn table(profile: Profile, rows: &[(&str, &[&str], &[&str])]) {
    let mut wrong = Vec::new();
    for (name, values, expected) in rows {
        let found = with(profile, &[(name, values)]);
        if found != *expected {
            wrong.push(format!("{name}: {values:?}: {found:?}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{profile}:\n{}", wrong.join("\n"));
}

#[test]
fn nothing_is_found_in_the_clean_set() {
    assert_eq!(with(Profile::Liveness, &[]), [""; 0]);
    assert_eq!(
        with(Profile::Document, &[("permissions-policy", &["camera=()"])]),
        [""; 0]
    );
    for profile in [Profile::Api, Profile::Asset] {
        assert_eq!(
            with(
                profile,
                &[(
                    "content-security-policy",
                    &["default-src 'none'; frame-ancestors 'none'"]
                )]
            ),
            [""; 0]
        );
    }
}

#[test]
fn each_header_of_a_liveness_page_has_its_findings() {
    let csp = |ancestors: &'static str| {
        format!(
            "default-src 'none'; script-src 'wasm-unsafe-eval'; base-uri 'none'; \
             form-action 'none'; require-trusted-types-for 'script'; report-to visor; report-uri /reports; {ancestors}"
        )
    };
    let framing = |ancestors: &'static str, old: &[&str]| {
        let policy = csp(ancestors);
        with(
            Profile::Liveness,
            &[
                ("content-security-policy", &[&policy]),
                ("x-frame-options", old),
            ],
        )
    };
    assert_eq!(framing("", &[]), ["framing"]);
    assert_eq!(framing("", &["DENY"]), ["framing-old-only"]);
    assert_eq!(
        framing("", &["ALLOW-FROM https://a.example"]),
        ["framing", "x-frame-options-dropped"]
    );
    for open in ["*", "https:", "http:", "https://*", "*.com"] {
        let policy = format!("{} frame-ancestors {open}", csp(""));
        let found = with(
            Profile::Liveness,
            &[("content-security-policy", &[&policy])],
        );
        assert!(found.contains(&"framing"), "{open}: {found:?}");
    }
    assert_eq!(framing("frame-ancestors 'none'", &["DENY"]), [""; 0]);
    assert_eq!(
        framing("frame-ancestors 'none'", &["SAMEORIGIN"]),
        ["framing-contradiction"]
    );
    assert_eq!(framing("frame-ancestors 'self'", &["SAMEORIGIN"]), [""; 0]);
    assert_eq!(
        framing("frame-ancestors https://a.example", &["DENY"]),
        ["framing-contradiction"]
    );
    assert_eq!(framing("frame-ancestors https://a.example", &[]), [""; 0]);
    assert_eq!(
        framing("frame-ancestors 'none'", &[]),
        ["x-frame-options-missing"]
    );
    table(
        Profile::Liveness,
        &[
            (
                "x-frame-options",
                &["whimsy"],
                &["x-frame-options-dropped", "x-frame-options-missing"],
            ),
            (
                "cross-origin-opener-policy",
                &[],
                &["coop-missing", "isolation-incomplete"],
            ),
            (
                "cross-origin-opener-policy",
                &["unsafe-none; report-to=\"visor\""],
                &["coop-missing", "isolation-incomplete"],
            ),
            (
                "cross-origin-opener-policy",
                &["Same-Origin"],
                &["coop-dropped", "isolation-incomplete"],
            ),
            (
                "cross-origin-opener-policy",
                &["same-origin", "same-origin"],
                &["coop-dropped", "isolation-incomplete"],
            ),
            (
                "cross-origin-opener-policy",
                &["same-origin-allow-popups"],
                &["isolation-incomplete"],
            ),
            ("cross-origin-embedder-policy", &[], &["coep-missing"]),
            (
                "cross-origin-embedder-policy",
                &["\"require-corp\""],
                &["coep-dropped"],
            ),
            ("cross-origin-resource-policy", &[], &["corp-missing"]),
            ("cross-origin-resource-policy", &["self"], &["corp-dropped"]),
            ("cross-origin-resource-policy", &["cross-origin"], &[]),
            (
                "document-isolation-policy",
                &["isolate-and-require-corp"],
                &[],
            ),
            (
                "document-isolation-policy",
                &["isolate-and-credentialless"],
                &["isolation-contradiction"],
            ),
            (
                "document-isolation-policy",
                &["isolate"],
                &["isolation-dropped"],
            ),
            ("origin-agent-cluster", &["?1"], &[]),
            (
                "origin-agent-cluster",
                &["?0"],
                &["origin-agent-cluster-off"],
            ),
            ("origin-agent-cluster", &["1"], &["isolation-dropped"]),
            ("permissions-policy", &[], &["permissions-missing"]),
            ("permissions-policy", &["camera=()"], &["camera-denied"]),
            (
                "permissions-policy",
                &["camera=(\"https://a.example\")"],
                &["camera-denied"],
            ),
            (
                "permissions-policy",
                &["camera=(\"https://example.com\")"],
                &[],
            ),
            ("permissions-policy", &["camera=*"], &["camera-any"]),
            (
                "permissions-policy",
                &["camera 'self'"],
                &["permissions-dropped"],
            ),
            (
                "permissions-policy",
                &["camera=(self); microphone=()"],
                &["permissions-dropped"],
            ),
            (
                "permissions-policy",
                &["camera=(self), web-share=()"],
                &["permissions-ignored"],
            ),
            (
                "permissions-policy",
                &["camera=(self), cross-origin-isolated=()"],
                &["isolation-incomplete"],
            ),
            ("referrer-policy", &[], &["referrer-missing"]),
            ("referrer-policy", &["never"], &["referrer-dropped"]),
            ("referrer-policy", &["unsafe-url"], &["referrer-leaks"]),
            (
                "referrer-policy",
                &["no-referrer, origin"],
                &["referrer-leaks"],
            ),
            ("referrer-policy", &["same-origin"], &[]),
            ("x-content-type-options", &[], &["nosniff-missing"]),
            (
                "x-content-type-options",
                &["sniff, nosniff"],
                &["nosniff-missing"],
            ),
            ("x-dns-prefetch-control", &["on"], &["dns-prefetch"]),
            (
                "x-permitted-cross-domain-policies",
                &["all"],
                &["cross-domain-policies"],
            ),
            ("cache-control", &[], &["cache-stored"]),
            ("cache-control", &["no-cache, max-age=0"], &["cache-stored"]),
            ("clear-site-data", &["cache"], &["clear-site-data-dropped"]),
            ("clear-site-data", &["\"cache\""], &["clear-site-data-here"]),
            ("content-type", &[], &["content-type-missing"]),
            ("content-type", &["html"], &["content-type-missing"]),
            ("content-type", &["text/html"], &["charset-missing"]),
            (
                "content-type",
                &["text/html; charset=iso-8859-1"],
                &["charset-missing"],
            ),
            ("content-type", &["text/html;charset=\"UTF-8\""], &[]),
            ("access-control-allow-origin", &["*"], &["cors-any"]),
            ("access-control-allow-origin", &["null"], &["cors-null"]),
            (
                "access-control-allow-origin",
                &["https://a.example"],
                &["cors-vary"],
            ),
            (
                "access-control-allow-origin",
                &["https://a.example", "https://b.example"],
                &["cors-dropped"],
            ),
            ("server", &["nginx/1.2"], &["header-leaks"]),
            ("x-xss-protection", &["0"], &["header-obsolete"]),
            ("p3p", &["CP=ALL"], &["header-useless"]),
            ("reporting-endpoints", &[], &["report-endpoint-unknown"]),
            (
                "reporting-endpoints",
                &["visor=/reports"],
                &["report-endpoint-unknown", "reporting-endpoints-dropped"],
            ),
            (
                "reporting-endpoints",
                &["visor=\"/reports\", old=\"http://a.example/\""],
                &["reporting-endpoints-dropped"],
            ),
            ("integrity-policy", &[], &["integrity-policy-missing"]),
            (
                "integrity-policy",
                &["blocked-destinations=script"],
                &["integrity-policy-dropped", "integrity-policy-missing"],
            ),
            (
                "integrity-policy",
                &["blocked-destinations=(\"script\")"],
                &["integrity-policy-dropped", "integrity-policy-missing"],
            ),
            (
                "integrity-policy",
                &["blocked-destinations=(script image)"],
                &["integrity-policy-dropped"],
            ),
            (
                "integrity-policy",
                &["blocked-destinations=(script), endpoints=(other)"],
                &["report-endpoint-unknown"],
            ),
        ],
    );
}

#[test]
fn other_profiles_have_other_demands() {
    let inert = "default-src 'none'; frame-ancestors 'none'";
    let inert = [inert];
    let other = |profile, changes: &[(&str, &[&str])]| {
        let mut all: Vec<(&str, &[&str])> = vec![("content-security-policy", &inert[..])];
        all.extend(changes);
        with(profile, &all)
    };
    // A file for everybody may be read by everybody.
    let cors: (&str, &[&str]) = ("access-control-allow-origin", &["*"]);
    assert_eq!(other(Profile::Asset, &[cors]), [""; 0]);
    assert_eq!(other(Profile::Api, &[cors]), ["cors-any"]);
    let credentials: (&str, &[&str]) = ("access-control-allow-credentials", &["true"]);
    assert_eq!(
        other(Profile::Asset, &[cors, credentials]),
        ["cors-dropped"]
    );
    // What holds no session may be kept, if somebody said so.
    let cached: (&str, &[&str]) = ("cache-control", &["public, max-age=31536000, immutable"]);
    assert_eq!(other(Profile::Asset, &[cached]), [""; 0]);
    assert_eq!(other(Profile::Api, &[cached]), ["cache-stored"]);
    assert_eq!(
        other(Profile::Asset, &[("cache-control", &[])]),
        ["cache-silent"]
    );
    assert_eq!(
        other(
            Profile::Api,
            &[("cross-origin-resource-policy", &["cross-origin"])]
        ),
        ["corp-open"]
    );
    // Signing out.
    let clear: (&str, &[&str]) = ("clear-site-data", &["\"*\""]);
    assert_eq!(other(Profile::Api, &[clear]), [""; 0]);
    // The camera is for the page with the check.
    let document = |value: &str| with(Profile::Document, &[("permissions-policy", &[value])]);
    assert_eq!(document("camera=(self)"), ["camera-elsewhere"]);
    assert_eq!(document("microphone=()"), ["camera-elsewhere"]);
}

#[test]
fn a_shared_cache_must_not_hand_out_cookies() {
    let found = |caching: &str, vary: &[&str]| {
        with(
            Profile::Document,
            &[
                ("permissions-policy", &["camera=()"]),
                ("cache-control", &[caching]),
                ("vary", vary),
                (
                    "set-cookie",
                    &["__Host-id=1; Secure; HttpOnly; SameSite=Strict; Path=/"],
                ),
            ],
        )
    };
    assert_eq!(found("max-age=60", &[]), ["cache-cookie"]);
    assert_eq!(found("private, max-age=60", &[]), [""; 0]);
    assert_eq!(found("max-age=60", &["*"]), [""; 0]);
}

#[test]
fn cookies_are_read_as_browsers_read_them() {
    let mut wrong = Vec::new();
    for (line, expected) in [
        (
            "__Host-id=1; Secure; HttpOnly; SameSite=Strict; Path=/",
            &[][..],
        ),
        (
            "__Host-Http-id=1; secure; httponly; samesite=lax; path=/",
            &[],
        ),
        ("id=1; Secure; HttpOnly; SameSite=Lax", &["cookie-prefix"]),
        (
            "id=1",
            &[
                "cookie-http-only",
                "cookie-prefix",
                "cookie-same-site",
                "cookie-secure",
            ],
        ),
        (
            "id=1; Secure; HttpOnly; SameSite=Lax; Domain=.example.com",
            &["cookie-domain"],
        ),
        (
            "__Secure-id=1; Secure; HttpOnly; SameSite=None",
            &["cookie-same-site"],
        ),
        (
            "__Host-id=1; Secure; HttpOnly; SameSite=Lax",
            &["cookie-dropped"],
        ),
        (
            "__Host-id=1; Secure; Path=/; Domain=a.example",
            &["cookie-dropped"],
        ),
        ("__secure-id=1; HttpOnly; SameSite=Lax", &["cookie-dropped"]),
        ("__Http-id=1; Secure; SameSite=Lax", &["cookie-dropped"]),
        ("id=1; SameSite=None", &["cookie-dropped"]),
        ("id=1; Partitioned", &["cookie-dropped"]),
        ("=", &["cookie-dropped"]),
        ("id=; Max-Age=0", &[]),
        ("id=old; Max-Age=-1", &[]),
        (
            "id=1; Secure; HttpOnly; SameSite=Sometimes",
            &["cookie-prefix", "cookie-same-site"],
        ),
    ] {
        let found = with(Profile::Liveness, &[("set-cookie", &[line])]);
        if found != expected {
            wrong.push(format!("{line}: {found:?}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let long = format!("id={}; Secure", "x".repeat(4096));
    assert_eq!(
        with(Profile::Liveness, &[("set-cookie", &[&long])]),
        ["cookie-dropped"]
    );
}

#[test]
fn a_cookies_value_is_in_no_finding() {
    let report = of(
        Profile::Liveness,
        200,
        &[("set-cookie", "session=hunter2; Domain=example.com")],
    );
    assert!(report.of(Code::COOKIE_DOMAIN).next().is_some());
    assert!(!report.to_text().contains("hunter2"));
}

#[test]
fn the_finding_says_what_the_browser_makes_of_the_header() {
    let found = |name, value, code| {
        let report = of(Profile::Liveness, 200, &[(name, value)]);
        report.of(code).next().unwrap().found.clone()
    };
    assert_eq!(
        found(
            "permissions-policy",
            "camera 'self'",
            Code::PERMISSIONS_DROPPED
        ),
        "`camera 'self'`: permissions-policy, byte 7: trailing characters after member; \
         write for example `camera=(self), microphone=()`"
    );
    assert_eq!(
        found(
            "cross-origin-opener-policy",
            "Same-Origin",
            Code::COOP_DROPPED
        ),
        "browsers drop `Same-Origin`"
    );
}

#[test]
fn a_304_needs_no_type() {
    let codes = codes(&of(Profile::Liveness, 304, &[]));
    assert!(!codes.contains(&"content-type-missing"), "{codes:?}");
    assert!(!codes.contains(&"nosniff-missing"), "{codes:?}");
}

#[test]
fn capabilities_that_are_not_denied_are_named() {
    let report = of(
        Profile::Liveness,
        200,
        &[("permissions-policy", "camera=(self), accelerometer=()")],
    );
    let finding = report.of(Code::PERMISSIONS_PARTIAL).next().unwrap();
    assert_eq!(
        finding.found,
        "autoplay, browsing-topics, captured-surface-control, clipboard-read, clipboard-write, \
         compute-pressure and 40 more"
    );
}
