//! Where a page's connections may go, and who else answers for its origin.

use tower_visor::audit::{Code, Context, Profile, Report, Response, audit};

use super::response;

const URL: &str = "https://example.com/";
const CSP: &str = "default-src 'none'; script-src https://example.com/app.js; \
                   connect-src https://contoso.cognitiveservices.azure.com/face/; \
                   img-src https://*.cdn.example";

/// What is found about connections, as `code: found`.
fn found(profile: Profile, headers: &[(&str, &str)]) -> Vec<String> {
    of(&report(profile, headers))
}

fn report(profile: Profile, headers: &[(&str, &str)]) -> Report {
    let mut all = vec![
        ("content-type", "text/html"),
        ("content-security-policy", CSP),
        ("reporting-endpoints", "visor=\"/reports\""),
    ];
    all.extend(headers);
    audit(
        &response(URL, &all, "<!doctype html>"),
        &Context::new(profile),
    )
}

fn of(report: &Report) -> Vec<String> {
    let findings = report.findings.iter();
    findings
        .filter(|finding| {
            let code = finding.code.as_str();
            code.starts_with("allowlist")
                || code == "report-endpoint-unknown"
                || code == "service-worker"
        })
        .map(|finding| format!("{}: {}", finding.code, finding.found))
        .collect()
}

fn enforced(value: &str) -> Vec<String> {
    found(Profile::Liveness, &[("connection-allowlist", value)])
}

#[test]
fn a_liveness_page_without_one_lets_its_token_go() {
    let list = "(response-origin);report-to=visor";
    for (headers, expected) in [
        (&[][..], &["allowlist-missing: not sent"][..]),
        // An empty value restricts nothing.
        (
            &[("connection-allowlist", "")],
            &["allowlist-missing: not sent"],
        ),
        (
            &[("connection-allowlist-report-only", list)],
            &["allowlist-missing: only the form that reports is sent"],
        ),
        (&[("connection-allowlist", list)], &[]),
    ] {
        assert_eq!(found(Profile::Liveness, headers), expected, "{headers:?}");
    }
    for profile in [Profile::Document, Profile::Asset, Profile::Api] {
        assert_eq!(found(profile, &[]), [""; 0], "{profile}");
    }
}

#[test]
fn what_browsers_read_otherwise_is_named() {
    for (value, expected) in [
        (
            "response-origin",
            "allowlist-malformed: `response-origin` blocks every connection: connection-allowlist, byte 0: a value without brackets; write for example `(response-origin \"https://api.example\")`",
        ),
        (
            "(response-origin), ()",
            "allowlist-malformed: skipped: a second list",
        ),
        (
            "(self)",
            "allowlist-malformed: skipped: `self`: no pattern in quotes",
        ),
        (
            "(\"example.com\")",
            "allowlist-malformed: skipped: `example.com`: it has no scheme",
        ),
        (
            "(response-origin);report-to=\"visor\"",
            "allowlist-malformed: skipped: `report-to`: no plain name",
        ),
        (
            "(response-origin \"wss://push.example\")",
            "allowlist-malformed: skipped: `wss://push.example`: browsers compare sockets by `https`",
        ),
        ("();report-to=other", "report-endpoint-unknown: `other`"),
    ] {
        assert_eq!(enforced(value), [expected], "{value}");
    }
    let unclosed = enforced("(response-origin");
    assert!(
        unclosed[0]
            .starts_with("allowlist-malformed: `(response-origin` blocks every connection: ")
    );
    let reported = [("connection-allowlist-report-only", "(self);report-to=visor")];
    assert_eq!(
        found(Profile::Document, &reported),
        ["allowlist-malformed: skipped: `self`: no pattern in quotes"]
    );
}

#[test]
fn what_is_wider_than_the_policy_is_named() {
    for (value, expected) in [
        (
            "(response-origin);redirects=allow",
            &["allowlist-wider: `redirects` is allowed, and leads anywhere"][..],
        ),
        (
            "(response-origin);webrtc=yes",
            &["allowlist-wider: `webrtc` is allowed, and leads anywhere"],
        ),
        (
            "(\"https://*\")",
            &["allowlist-wider: `https://*`, where no directive names such hosts"],
        ),
        (
            "(\"*://*:*\")",
            &["allowlist-wider: `*://*:*`, where no directive names such hosts"],
        ),
        (
            "(\"https://*.azure.com\")",
            &["allowlist-wider: `https://*.azure.com`, where no directive names such hosts"],
        ),
        (
            "(\"https://login.example\")",
            &["allowlist-navigation: `https://login.example`"],
        ),
        // The page's own, the Face endpoint, and what the policy leaves open itself.
        ("(response-origin \"https://example.com/app.js\")", &[]),
        ("(\"https://contoso.cognitiveservices.azure.com\")", &[]),
        (
            "(\"https://*.cdn.example\" \"https://eu.cdn.example/x\")",
            &[],
        ),
        ("(\"https://(a|b).example\")", &[]),
    ] {
        assert_eq!(enforced(value), expected, "{value}");
    }
    let unclear = report(
        Profile::Liveness,
        &[("connection-allowlist", "(\"https://(a|b).example\")")],
    );
    assert!(unclear.not_checked.iter().any(|not| not.what
        == "whether `https://(a|b).example` in Connection-Allowlist allows more than the policy"));
    // Without a policy there is nothing to compare with.
    let bare = response(
        URL,
        &[
            ("content-type", "text/html"),
            ("connection-allowlist", "(\"https://*\")"),
        ],
        "<!doctype html>",
    );
    assert_eq!(of(&audit(&bare, &Context::new(Profile::Document))), [""; 0]);
}

/// What the list keeps from a page with the SDK on it, and whether that is named as the cause.
fn blocked(name: &str, value: &str) -> (Vec<String>, bool) {
    let headers = [("content-type", "text/html"), (name, value)];
    let html = "<!doctype html><script type=module src=/FaceLivenessDetector.js></script>\
                <img src=https://cdn.example/x.png><azure-ai-vision-face-ui></azure-ai-vision-face-ui>";
    let endpoint = "https://contoso.cognitiveservices.azure.com/face/";
    let context = Context::new(Profile::Liveness).endpoint(endpoint.parse().unwrap());
    let report = audit(&response(URL, &headers, html), &context);
    let found = report.findings.iter();
    let found = found.filter(|one| one.code == Code::ALLOWLIST_BLOCKS);
    let found = found.map(|one| one.found.clone()).collect();
    let causes = report.causes();
    let is_cause = causes.iter().any(|one| one.code == Code::ALLOWLIST_BLOCKS);
    (found, is_cause)
}

#[test]
fn what_the_check_needs_and_the_list_leaves_out_is_a_cause() {
    let name = "connection-allowlist";
    let endpoint = "https://contoso.cognitiveservices.azure.com/face/";
    for value in [
        "(response-origin)",
        "(response-origin \"https://fabrikam.cognitiveservices.azure.com\")",
        "(response-origin \"https://contoso.cognitiveservices.azure.com/other\")",
    ] {
        let found = blocked(name, value);
        assert_eq!(found, (vec![endpoint.to_owned()], true), "{value}");
    }
    let (found, _) = blocked(name, "(\"https://contoso.cognitiveservices.azure.com\")");
    assert!(found.contains(&"https://example.com/FaceLivenessDetector.js".to_owned()));
    assert!(found.iter().any(|url| url.contains(".wasm")), "{found:?}");
    assert!(!found.contains(&endpoint.to_owned()));
    // Not as a picture of the page, which the check does without.
    let (found, is_cause) = blocked(name, "response-origin");
    assert!(found.contains(&endpoint.to_owned()) && is_cause);
    assert!(!found.iter().any(|url| url.contains("cdn.example")));
    // What allows it, and what enforces nothing.
    for (name, value) in [
        (
            name,
            "(response-origin \"https://contoso.cognitiveservices.azure.com\")",
        ),
        (
            name,
            "(response-origin \"https://*.cognitiveservices.azure.com\")",
        ),
        (
            name,
            "(response-origin \"https://(contoso|fabrikam).cognitiveservices.azure.com\")",
        ),
        (name, ""),
        ("connection-allowlist-report-only", "()"),
    ] {
        assert_eq!(blocked(name, value), (vec![], false), "{name}: {value}");
    }
    // Where only headers are known, too.
    let context = Context::new(Profile::Liveness).endpoint(endpoint.parse().unwrap());
    let bare = response(URL, &[(name, "(response-origin)")], "");
    let report = audit(&bare, &context);
    let causes = report.causes();
    assert_eq!(
        (causes[0].code, &*causes[0].found),
        (Code::ALLOWLIST_BLOCKS, endpoint)
    );
}

#[test]
fn a_report_that_nobody_gets_is_named() {
    let name = "connection-allowlist-report-only";
    assert_eq!(
        found(Profile::Document, &[(name, "(response-origin)")]),
        ["allowlist-silent: no `report-to`"]
    );
    let named = [(name, "(response-origin);report-to=visor")];
    assert_eq!(found(Profile::Document, &named), [""; 0]);
}

/// Device Bound Session Credentials are a session's own, and no fault.
#[test]
fn bound_sessions_are_left_alone() {
    let all = |headers: &[(&str, &str)]| report(Profile::Liveness, headers).codes();
    let bound = [
        (
            "secure-session-registration",
            "(ES256);path=\"/bind\";challenge=\"x\"",
        ),
        ("secure-session-challenge", "\"x\";id=\"1\""),
        ("sec-session-registration", "(ES256);path=\"/bind\""),
    ];
    assert_eq!(all(&bound), all(&[]));
}

/// What is found of service workers on a page with this policy, markup and script.
fn workers(csp: &str, markup: &str, script: &str, of_script: &[(&str, &str)]) -> Vec<String> {
    let page = response(
        URL,
        &[
            ("content-type", "text/html"),
            ("content-security-policy", csp),
        ],
        markup,
    );
    let mut headers = vec![("content-type", "text/javascript")];
    headers.extend(of_script);
    let script: Response = response("https://example.com/app.js", &headers, script);
    let files = [script];
    let context = Context::new(Profile::Document).resources(&files);
    of(&audit(&page, &context))
}

#[test]
fn a_service_worker_is_named_where_it_can_be_registered() {
    let inline = "<script>navigator.serviceWorker.register('/sw.js')</script>";
    let found = ["service-worker: it registers one"];
    assert_eq!(workers("script-src 'self'", inline, "", &[]), found);
    let script = "if('serviceWorker'in navigator)navigator.serviceWorker.register('/sw.js')";
    assert_eq!(workers("script-src 'self'", "", script, &[]), found);
    let allowed = [("service-worker-allowed", "/")];
    assert_eq!(
        workers("script-src 'self'", "", "", &allowed),
        ["service-worker: `Service-Worker-Allowed` is sent with it"]
    );
    for (csp, script) in [
        // The policy lets the page have none.
        ("script-src 'self'; worker-src 'none'", script),
        ("script-src 'self'; worker-src https://cdn.example", script),
        // Others are thrown out, or asked for.
        (
            "script-src 'self'",
            "navigator.serviceWorker.getRegistrations().then(all => all.map(w => w.unregister()))",
        ),
    ] {
        assert_eq!(workers(csp, "", script, &[]), [""; 0], "{csp}");
    }
}
