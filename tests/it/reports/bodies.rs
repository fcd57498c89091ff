//! Bodies of requests to a reporting endpoint: each form, each type, under all their names.

use serde_json::{Value, json};
use tower_visor::reports::{BrowserReport, Disposition, ReportBody, ReportKind};

const PAGE: &str = "https://liveness.contoso.example/check?session=secret";

fn read(body: &Value) -> Vec<BrowserReport> {
    let body = ReportBody::read(body.to_string().as_bytes()).unwrap();
    assert_eq!(body.unread(), 0);
    body.reports().to_vec()
}

/// `type | directive | blocked | source | disposition`.
pub(super) fn line(report: &BrowserReport) -> String {
    format!(
        "{} | {} | {} | {} | {}",
        report.kind(),
        report.directive(),
        report.blocked(),
        report.source(),
        report.disposition()
    )
}

fn one(kind: &str, body: &Value) -> String {
    let report = json!({"type": kind, "age": 1, "url": PAGE, "user_agent": "x", "body": body});
    let read = read(&json!([report]));
    assert_eq!(
        read[0].page().to_string(),
        "https://liveness.contoso.example/check"
    );
    line(&read[0])
}

#[test]
fn each_type_of_a_report_is_read() {
    let script = "https://liveness.contoso.example/app.js?v=1";
    for (kind, body, expected) in [
        (
            "csp-violation",
            json!({"documentURL": PAGE, "blockedURL": "inline", "effectiveDirective": "script-src-elem", "sourceFile": script, "sample": "alert(1)", "disposition": "enforce", "lineNumber": 1}),
            "csp-violation | script-src-elem | inline | https://liveness.contoso.example/app.js | enforce",
        ),
        (
            "csp-hash",
            json!({"documentURL": PAGE, "subresourceURL": script, "hash": "sha384-AAAA", "destination": "script", "type": "subresource"}),
            "csp-hash | script | https://liveness.contoso.example/app.js |  | unsaid",
        ),
        (
            "integrity-violation",
            json!({"documentURL": PAGE, "blockedURL": script, "destination": "script", "reportOnly": true}),
            "integrity-violation | script | https://liveness.contoso.example/app.js |  | report",
        ),
        (
            "waict-violation",
            json!({"documentURL": PAGE, "blockedURL": script, "destination": "script", "reportOnly": false, "reason": "no_manifest_match"}),
            "waict-violation | no_manifest_match | https://liveness.contoso.example/app.js |  | enforce",
        ),
        (
            "connection-allowlist",
            json!({"url": PAGE, "connection": "https://evil.example/x?y", "allowlist": [], "disposition": "enforce"}),
            "connection-allowlist |  | https://evil.example/x |  | enforce",
        ),
        (
            "coep",
            json!({"type": "corp", "blockedURL": "https://cdn.example/a.png", "destination": "image", "disposition": "reporting"}),
            "coep | corp | https://cdn.example/a.png |  | report",
        ),
        (
            "coop",
            json!({"type": "navigation-to-response", "disposition": "enforce", "effectivePolicy": "same-origin", "previousResponseURL": "https://a.example/"}),
            "coop | navigation-to-response | https://a.example/ |  | enforce",
        ),
        (
            "permissions-policy-violation",
            json!({"featureId": "camera", "sourceFile": script, "disposition": "enforce", "message": "x"}),
            "permissions-policy-violation | camera |  | https://liveness.contoso.example/app.js | enforce",
        ),
        (
            "document-policy-violation",
            json!({"policyId": "document-write", "sourceFile": script, "disposition": "report"}),
            "document-policy-violation | document-write |  | https://liveness.contoso.example/app.js | report",
        ),
        (
            "visor-refused",
            json!({"url": "js/a_simd.js?x", "reason": "changed"}),
            "visor-refused | changed | https://liveness.contoso.example/js/a_simd.js |  | unsaid",
        ),
        // What it says there is no URL.
        (
            "visor-refused",
            json!({"url": "<script src=//evil.example>", "reason": "markup"}),
            "visor-refused | markup |  |  | unsaid",
        ),
        (
            "deprecation",
            json!({"id": "x"}),
            "deprecation |  |  |  | unsaid",
        ),
        (
            "intervention",
            json!({"id": "x"}),
            "intervention |  |  |  | unsaid",
        ),
        ("crash", json!({"reason": "oom"}), "crash |  |  |  | unsaid"),
        (
            "network-error",
            json!({"phase": "dns"}),
            "other |  |  |  | unsaid",
        ),
        ("crash", Value::Null, "crash |  |  |  | unsaid"),
    ] {
        assert_eq!(one(kind, &body), expected, "{kind} {body}");
    }
}

#[test]
fn each_engine_and_each_age_has_names_of_its_own() {
    let expected = "csp-violation | img-src | https://evil.example/a.png | https://liveness.contoso.example/a.js | enforce";
    let (blocked, source) = (
        "https://evil.example/a.png?x",
        "https://liveness.contoso.example/a.js",
    );
    for body in [
        // Chromium and Safari, to `report-to`; the one in a list, the other alone.
        json!([{"type": "csp-violation", "url": PAGE, "body": {"documentURL": PAGE, "blockedURL": blocked, "effectiveDirective": "img-src", "sourceFile": source, "disposition": "enforce"}}]),
        json!({"type": "csp-violation", "url": PAGE, "body": {"documentURL": PAGE, "blockedURL": blocked, "effectiveDirective": "img-src", "sourceFile": source, "disposition": "enforce"}}),
        // All of them, to `report-uri`.
        json!({"csp-report": {"document-uri": PAGE, "blocked-uri": blocked, "effective-directive": "img-src", "violated-directive": "img-src", "source-file": source, "disposition": "enforce"}}),
        // Firefox up to 60 and Safari up to 15.3: the directive with its sources.
        json!({"csp-report": {"document-uri": PAGE, "blocked-uri": blocked, "violated-directive": "img-src 'self' data:", "source-file": source, "disposition": "enforce"}}),
        // Chromium before 74, and drafts.
        json!([{"type": "csp", "url": PAGE, "body": {"documentURL": PAGE, "blockedURI": blocked, "violatedDirective": "img-src", "sourceFile": source, "disposition": "enforce"}}]),
        json!([{"type": "csp", "url": PAGE, "body": {"blocked": blocked, "directive": "img-src", "source_file": source, "disposition": "enforce"}}]),
    ] {
        let read = read(&body);
        let [report] = &read[..] else {
            panic!("{read:?}")
        };
        assert_eq!(line(report), expected, "{body}");
        assert_eq!(
            report.page().to_string(),
            "https://liveness.contoso.example/check"
        );
    }
    let old =
        json!([{"type": "feature-policy-violation", "url": PAGE, "body": {"policyId": "camera"}}]);
    assert_eq!(read(&old)[0].kind(), ReportKind::PermissionsPolicy);
    assert_eq!(read(&old)[0].disposition(), Disposition::Unsaid);
}

#[test]
fn of_a_browser_the_engine_is_read_and_no_more() {
    for (agent, expected) in [
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.8078.108 Safari/537.36",
            "Chromium 156",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Edg/156.0.1.2",
            "Chromium 156",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0",
            "Firefox 153",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15",
            "WebKit 26",
        ),
        (
            "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/156.0 Mobile Safari/604.1",
            "WebKit 605",
        ),
        ("curl/8.1", "other"),
        ("Somebody Version/3", "other"),
        ("Chrome/99999999999", "other"),
    ] {
        let body = json!([{"type": "crash", "user_agent": agent}]);
        assert_eq!(read(&body)[0].engine().to_string(), expected, "{agent}");
    }
}

#[test]
fn what_is_no_report_is_counted_and_what_is_none_at_all_refused() {
    let mixed = json!([{"type": "crash"}, 7, {"kind": "crash"}, {"csp-report": 1}]);
    let body = ReportBody::read(mixed.to_string().as_bytes()).unwrap();
    assert_eq!((body.reports().len(), body.unread()), (1, 3));
    let many = Value::from(vec![json!({"type": "crash"}); 300]);
    let body = ReportBody::read(many.to_string().as_bytes()).unwrap();
    assert_eq!((body.reports().len(), body.unread()), (256, 44));
    assert_eq!(ReportBody::read(b"[]").unwrap().reports(), []);

    let deep = format!(
        "[{{\"type\":\"crash\",\"body\":{}{}}}]",
        "[".repeat(9),
        "]".repeat(9)
    );
    let form = "reports: not a report: send one, a list of them, or an object with `csp-report`, as browsers do";
    for (body, message) in [
        (
            " ".repeat(ReportBody::LONGEST + 1),
            "reports: the body has 262145 bytes, over the limit of 262144",
        ),
        (
            "[{\"type\"".to_owned(),
            "reports: line 1 column 8: EOF while parsing an object",
        ),
        (
            "{\"type\":\"crash\",\"type\":\"coep\"}".to_owned(),
            "reports: line 1 column 22: a key appears twice in one object",
        ),
        (deep, "reports: line 1 column 31: nested too deeply"),
        (
            String::new(),
            "reports: line 1 column 0: EOF while parsing a value",
        ),
        ("null".to_owned(), form),
        ("{}".to_owned(), form),
        ("[1]".to_owned(), form),
        ("{\"csp-report\": []}".to_owned(), form),
    ] {
        let error = ReportBody::read(body.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
}
