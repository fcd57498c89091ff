//! Who may read the answer, where reports go, and what of structured fields nobody obeys.

use tower_visor::audit::{Code, Context, Profile, Response, audit};

use super::headers::{of, with};

/// What is found of this code when a page has these headers alone.
fn found(code: Code, headers: &[(&str, &str)]) -> Vec<String> {
    let report = of(Profile::Document, 200, headers);
    report
        .of(code)
        .map(|finding| finding.found.clone())
        .collect()
}

#[test]
fn an_origin_that_no_browser_sends_allows_nobody() {
    for value in [
        "",
        "https://a.example/",
        "https://a.example/path",
        "https://a.example:443",
        "http://a.example:80",
        "https://A.example",
        "HTTPS://a.example",
        "https://*.a.example",
        "https://*",
        "https://u@a.example",
        "https://a.example?x",
        "https://b\u{fc}cher.example",
        "a.example",
        "//a.example",
        "https://",
        "Null",
        "capacitor://localhost/",
        "Capacitor://localhost",
    ] {
        let name = "access-control-allow-origin";
        let codes = with(Profile::Liveness, &[(name, &[value])]);
        assert_eq!(codes, ["cors-never-matches"], "{value}");
    }
    for value in [
        "https://a.example",
        "http://a.example",
        "https://a.example:8443",
        "https://xn--bcher-kva.example",
        "http://[::1]:3000",
        "http://127.0.0.1:3000",
        "capacitor://localhost",
        "chrome-extension://abcdefghijklmnop",
    ] {
        let name = "access-control-allow-origin";
        let codes = with(Profile::Liveness, &[(name, &[value])]);
        assert_eq!(codes, ["cors-vary"], "{value}");
    }
}

#[test]
fn a_report_uri_leads_somewhere() {
    let csp = "content-security-policy";
    let of_policy = |policy: &str| found(Code::REPORT_URI_INVALID, &[(csp, policy)]);
    for (policy, expected) in [
        ("report-uri", &["`report-uri` is empty"][..]),
        (
            "report-uri http://a.example/r",
            &[
                "`report-uri http://a.example/r`: a page that came over https reports over https only (mixed content)",
            ],
        ),
        ("report-uri https://", &["`report-uri https://`: no URL"]),
        (
            "report-uri mailto:a@b.example /r",
            &["`report-uri mailto:a@b.example`: neither https nor http"],
        ),
        ("report-uri /r", &[]),
        ("report-uri r?x=1", &[]),
        ("report-uri //a.example/r", &[]),
        ("report-uri https://a.example/r /r", &[]),
        // The developer's own machine.
        ("report-uri http://localhost:3000/r", &[]),
        ("report-to r", &[]),
    ] {
        assert_eq!(of_policy(policy), expected, "{policy}");
    }
    // Also where it's only reported.
    let only = "content-security-policy-report-only";
    assert_eq!(
        found(Code::REPORT_URI_INVALID, &[(only, "report-uri")]).len(),
        1
    );

    // On a page over http, http will do; and its Reporting-Endpoints are taken by nobody.
    for (url, count) in [
        ("http://example.com/", 1),
        ("http://localhost:3000/", 0),
        ("https://example.com/", 0),
    ] {
        let (parts, ()) = http::Response::builder()
            .header(csp, "report-uri http://a.example/r; report-to a")
            .header("reporting-endpoints", "a=\"/r\"")
            .body(())
            .unwrap()
            .into_parts();
        let response = Response::new(url, parts, None).unwrap();
        let report = audit(&response, &Context::new(Profile::Document));
        let dropped = report.of(Code::REPORTING_ENDPOINTS_DROPPED);
        assert_eq!(dropped.count(), count, "{url}");
        let mixed = report.of(Code::REPORT_URI_INVALID).count();
        assert_eq!(mixed, usize::from(url.starts_with("https:")), "{url}");
    }
}

#[test]
fn report_to_alone_is_said_by_engine() {
    let csp = "content-security-policy";
    let alone = |policy: &str| found(Code::REPORT_TO_ALONE, &[(csp, policy)]);
    assert_eq!(
        alone("default-src 'none'; report-to visor"),
        [
            "`report-to visor` without report-uri: Firefox reports there since 149, Chromium since 96, Safari since 16.4"
        ]
    );
    assert_eq!(alone("report-to visor; report-uri /r"), [""; 0]);
    assert_eq!(alone("report-uri /r"), [""; 0]);
    assert_eq!(alone("default-src 'none'"), [""; 0]);
    // Each policy by itself.
    assert_eq!(alone("report-to a, report-uri /r, report-to b").len(), 2);
}

#[test]
fn network_errors_need_a_group_of_report_to() {
    const GROUP: &str = r#"{"group":"n","max_age":9,"endpoints":[{"url":"https://a.example"}]}"#;
    let nel = |nel: &str, report_to: &[&str]| {
        let mut headers = vec![("nel", nel)];
        headers.extend(report_to.iter().map(|value| ("report-to", *value)));
        headers.push(("reporting-endpoints", "n=\"/r\""));
        found(Code::NEL_UNREPORTED, &headers)
    };
    let asks = r#"{"report_to":"n","max_age":9,"failure_fraction":1.0}"#;
    let missing = ["Report-To has no group `n`"];
    assert_eq!(nel(asks, &[]), missing);
    assert_eq!(nel(asks, &[GROUP]), [""; 0]);
    // Several headers, and several groups in one.
    let other = GROUP.replace("\"n\"", "\"other\"");
    assert_eq!(nel(asks, &[&other]), missing);
    assert_eq!(nel(asks, &[&other, GROUP]), [""; 0]);
    assert_eq!(nel(asks, &[&format!("{other}, {GROUP}")]), [""; 0]);
    // Without a name it is `default`.
    let unnamed = GROUP.replace("\"group\":\"n\",", "");
    assert_eq!(nel(asks, &[&unnamed]), missing);
    let default = asks.replace("\"n\"", "\"default\"");
    assert_eq!(nel(&default, &[&unnamed]), [""; 0]);
    // A group that is taken back, or has no endpoints.
    assert_eq!(nel(asks, &[&GROUP.replace(":9", ":0")]), missing);
    let empty = r#"{"group":"n","max_age":9,"endpoints":[]}"#;
    assert_eq!(nel(asks, &[empty]), missing);
    assert_eq!(nel(asks, &["no JSON"]), missing);
    // NEL that is none, and NEL that ends it.
    let none = ["no JSON with `report_to` and `max_age`"];
    assert_eq!(nel("report_to=n", &[GROUP]), none);
    assert_eq!(nel(r#"{"max_age":9}"#, &[GROUP]), none);
    assert_eq!(nel(r#"{"max_age":0}"#, &[]), [""; 0]);

    // A Report-To that NEL needs is not a header of the past.
    let report_to = ("report-to", GROUP);
    assert_eq!(found(Code::HEADER_USELESS, &[report_to]).len(), 1);
    assert_eq!(
        found(Code::HEADER_USELESS, &[report_to, ("nel", asks)]),
        [""; 0]
    );
}

#[test]
fn parameters_that_nobody_obeys_are_named() {
    for (header, value, expected) in [
        (
            "cross-origin-opener-policy",
            "same-origin; x; report-to=\"a\"",
            &["`;x`"][..],
        ),
        (
            "cross-origin-opener-policy",
            "same-origin; report-to=a",
            &["`;report-to`"],
        ),
        (
            "cross-origin-opener-policy-report-only",
            "same-origin;y=1",
            &["`;y`"],
        ),
        (
            "cross-origin-embedder-policy",
            "require-corp;a;b",
            &["`;a`", "`;b`"],
        ),
        ("document-isolation-policy", "none;a=?0", &["`;a`"]),
        (
            "origin-agent-cluster",
            "?1;report-to=\"a\"",
            &["`;report-to`"],
        ),
        (
            "permissions-policy",
            "camera=(self);x=1, usb=*;y",
            &["`camera;x`", "`usb;y`"],
        ),
        ("permissions-policy", "camera=(self;x)", &["`camera;x`"]),
        (
            "permissions-policy",
            "camera=(self;report-to=a)",
            &["`camera;report-to`"],
        ),
        (
            "permissions-policy",
            "camera=(self);report-to",
            &["`camera;report-to`"],
        ),
        (
            "integrity-policy",
            "blocked-destinations=(script);x",
            &["`blocked-destinations;x`"],
        ),
        (
            "integrity-policy-report-only",
            "blocked-destinations=(script;x)",
            &["`blocked-destinations;x`"],
        ),
        ("reporting-endpoints", "a=\"/r\";x", &["`a;x`"]),
        // These count.
        (
            "cross-origin-opener-policy",
            "same-origin; report-to=\"a\"",
            &[],
        ),
        (
            "cross-origin-embedder-policy",
            "require-corp;report-to=\"\"",
            &[],
        ),
        (
            "permissions-policy",
            "camera=(self);report-to=a, usb=();report-to=\"b\"",
            &[],
        ),
        // Dropped as a whole, which is another finding.
        ("permissions-policy", "camera=(self;", &[]),
        (
            "cross-origin-opener-policy",
            "same-origin, unsafe-none;x",
            &[],
        ),
        // No structured field.
        ("strict-transport-security", "max-age=1;x", &[]),
        ("content-type", "text/html;x=1", &[]),
    ] {
        let found = found(Code::PARAMETER_IGNORED, &[(header, value)]);
        assert_eq!(found, expected, "{header}: {value}");
    }
}
