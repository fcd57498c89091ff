//! What keeps a page from running at all: a sandbox, and an address without TLS that isn't this
//! machine's.

use tower_visor::audit::{Code, Context, Profile, Report, Response, audit, simulate};
use tower_visor::csp::{DirectiveName, ExternalScript, Inline, PolicyList, SandboxToken};

use super::response;

const SDK: &str = "<!doctype html><script type=module src=/FaceLivenessDetector.js></script>";

fn under(policies: &[&str], html: &str, profile: Profile) -> Report {
    let mut headers = vec![("content-type", "text/html; charset=utf-8")];
    headers.extend(policies.iter().map(|p| ("content-security-policy", *p)));
    audit(
        &response("https://example.com/", &headers, html),
        &Context::new(profile),
    )
}

fn sandboxed(report: &Report) -> Vec<String> {
    let found = report.findings.iter();
    let found = found.filter(|finding| finding.code == Code::SANDBOX_BLOCKS);
    found
        .map(|finding| {
            let (token, _) = finding.found.split_once(':').unwrap();
            format!("{} {token}", finding.subject)
        })
        .collect()
}

#[test]
fn a_sandbox_forbids_what_no_token_of_it_allows() {
    for (policy, scripts, origin) in [
        ("default-src *", true, true),
        ("sandbox", false, false),
        ("sandbox allow-forms", false, false),
        ("sandbox allow-scripts", true, false),
        ("sandbox allow-same-origin", false, true),
        ("sandbox ALLOW-Scripts Allow-Same-Origin", true, true),
        ("sandbox 'allow-scripts'", false, false),
        (
            "sandbox; sandbox allow-scripts allow-same-origin",
            false,
            false,
        ),
    ] {
        let list = PolicyList::effective([policy]);
        let own = &list.policies()[0];
        let allowed = [SandboxToken::AllowScripts, SandboxToken::AllowSameOrigin]
            .map(|token| !own.sandbox_forbids(token));
        assert_eq!(allowed, [scripts, origin], "{policy}");
        let page = "https://example.com".parse().unwrap();
        let url = "https://example.com/a.js".parse().unwrap();
        let runs = [
            list.allows_external_script(&ExternalScript::new(&url), &page),
            list.allows_inline(&Inline::script("a()")),
            list.allows_inline(&Inline::event_handler("a()")),
            list.allows_inline(&Inline::javascript_url("javascript:a()")),
            list.allows_eval(),
            list.allows_wasm(),
        ];
        let sources = policy.contains("default-src");
        let expected = match (scripts, sources) {
            (false, _) => [false; 6],
            (true, false) => [true; 6],
            (true, true) => [true, false, false, false, false, false],
        };
        assert_eq!(runs, expected, "{policy}");
        assert!(list.allows_inline(&Inline::style("p {}")) || sources);
    }
    // Where it does nothing.
    for list in [
        PolicyList::meta("img-src *; sandbox"),
        PolicyList::report_only(["img-src *; sandbox"]),
    ] {
        assert!(list.allows_eval() && list.allows_wasm());
        assert!(!list.policies()[0].sandbox_forbids(SandboxToken::AllowScripts));
    }
}

#[test]
fn the_sandbox_of_a_page_with_the_sdk_is_the_first_cause() {
    for (policies, expected) in [
        (
            &["sandbox"][..],
            &[
                "policy 1, sandbox no `allow-same-origin`",
                "policy 1, sandbox no `allow-scripts`",
            ][..],
        ),
        (
            &["sandbox allow-scripts"],
            &["policy 1, sandbox no `allow-same-origin`"],
        ),
        (&["sandbox allow-scripts allow-same-origin"], &[]),
        (&["img-src *"], &[]),
        // Several allow what all of them do; one header may hold two policies.
        (
            &[
                "sandbox allow-scripts allow-same-origin",
                "default-src 'self', sandbox allow-same-origin",
            ],
            &["policy 3, sandbox no `allow-scripts`"],
        ),
    ] {
        for (html, profile) in [
            (SDK, Profile::Liveness),
            (SDK, Profile::Document),
            ("", Profile::Liveness),
        ] {
            let report = under(policies, html, profile);
            assert_eq!(sandboxed(&report), expected, "{policies:?}");
            if !expected.is_empty() {
                assert_eq!(report.causes()[0].code, Code::SANDBOX_BLOCKS);
            }
        }
    }
    let meta = "<!doctype html><meta http-equiv=Content-Security-Policy content='sandbox'>";
    assert!(sandboxed(&under(&[], meta, Profile::Liveness)).is_empty());
    // A page that runs no SDK may be sandboxed.
    assert!(sandboxed(&under(&["sandbox"], "", Profile::Document)).is_empty());
}

#[test]
fn what_a_sandbox_forbids_is_no_weakness_of_the_other_directives() {
    let codes = |policy: &str| {
        let mut codes = under(&[policy], "", Profile::Document).codes();
        codes.retain(|code| {
            ["csp-script", "csp-unsafe", "csp-connect", "csp-form"]
                .iter()
                .any(|part| code.as_str().starts_with(part))
        });
        codes.iter().map(|code| code.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(codes("sandbox"), [""; 0]);
    assert_eq!(
        codes("sandbox; script-src * 'unsafe-inline' 'unsafe-eval'"),
        [""; 0]
    );
    assert_eq!(codes("sandbox allow-forms"), ["csp-form-action"]);
    let scripted = ["csp-connect-any", "csp-script-any"];
    assert_eq!(codes("sandbox allow-scripts"), scripted);
}

#[test]
fn the_sandbox_of_a_frame_with_the_camera_counts() {
    let frame = |attributes: &str| {
        let html = format!("<!doctype html><iframe {attributes}></iframe>");
        sandboxed(&under(&[], &html, Profile::Liveness))
    };
    let both = "sandbox='allow-same-origin ALLOW-SCRIPTS'";
    assert_eq!(frame(&format!("src=/check {both}")), [""; 0]);
    assert_eq!(frame("src=/check"), [""; 0]);
    assert_eq!(
        frame("src=/check sandbox=allow-scripts"),
        ["<iframe> at 1:16 no `allow-same-origin`"]
    );
    assert_eq!(
        frame("src=https://other.example/ allow=camera sandbox"),
        [
            "<iframe> at 1:16 no `allow-same-origin`",
            "<iframe> at 1:16 no `allow-scripts`"
        ]
    );
    // Without the camera it isn't the one that shows the check.
    assert_eq!(frame("src=https://other.example/ sandbox"), [""; 0]);
}

#[test]
fn a_simulation_says_what_a_sandbox_would_stop() {
    let html = "<!doctype html><script src=/a.js></script><script type=module src=/b.js></script>\
        <script>c()</script><p onclick=d()><img src=/e.png><form action=/f></form>";
    let page = response(
        "https://example.com/",
        &[("content-type", "text/html")],
        html,
    );
    let blocked = |policy: &str, resources: &[Response]| {
        let context = Context::new(Profile::Document).resources(resources);
        let blocked = simulate(&page, &PolicyList::effective([policy]), &context);
        let lines = blocked.iter().map(|one| {
            assert_eq!(one.directive, DirectiveName::Sandbox);
            format!("{}: {}", one.resource, one.change.as_ref().unwrap())
        });
        lines.collect::<Vec<_>>()
    };
    let at = |path: &str| format!("https://example.com{path}");
    assert_eq!(
        blocked("sandbox", &[]),
        [
            "`c()`: sandbox allow-scripts".to_owned(),
            "`d()`: sandbox allow-scripts".to_owned(),
            at("/f: sandbox allow-forms"),
            at("/a.js: sandbox allow-scripts"),
            at("/b.js: sandbox allow-scripts"),
        ]
    );
    let half = "sandbox allow-scripts allow-forms";
    let only = [at(
        "/b.js: sandbox allow-scripts allow-forms allow-same-origin",
    )];
    assert_eq!(blocked(half, &[]), only);
    // A module that its server gives to everybody.
    let shared = |value| {
        let headers = [("access-control-allow-origin", value)];
        [response("https://example.com/b.js", &headers, "")]
    };
    assert_eq!(blocked(half, &shared("*")), [""; 0]);
    assert_eq!(blocked(half, &shared("https://example.com")), only);
    assert_eq!(
        blocked("sandbox allow-scripts allow-forms allow-same-origin", &[]),
        [""; 0]
    );
}

#[test]
fn without_tls_this_machine_alone_is_a_secure_context() {
    for (host, secure) in [
        ("localhost", true),
        ("localhost.", true),
        ("app.localhost:3000", true),
        ("127.0.0.1", true),
        ("127.8.9.10:8100", true),
        ("[::1]:8100", true),
        ("192.168.68.60:8100", false),
        ("10.0.0.1", false),
        ("169.254.1.1", false),
        ("0.0.0.0", false),
        ("128.0.0.1", false),
        ("[fe80::1]", false),
        ("[::ffff:127.0.0.1]", false),
        ("localhost.example", false),
        ("example.com", false),
    ] {
        for (scheme, secure) in [("http", secure), ("https", true)] {
            let url = format!("{scheme}://{host}/");
            let page = response(&url, &[("content-type", "text/html")], SDK);
            let report = audit(&page, &Context::new(Profile::Liveness));
            let codes = report.codes();
            assert_eq!(codes.contains(&Code::INSECURE_CONTEXT), !secure, "{url}");
            assert_eq!(codes.contains(&Code::HTTP), !secure, "{url}");
            let first = report.causes()[..].first().map(|cause| cause.code);
            assert_eq!(first == Some(Code::INSECURE_CONTEXT), !secure, "{url}");
            let policy = tower_visor::policy::Document::new(&format!("{scheme}://{host}"));
            assert_eq!(policy.is_ok(), secure, "{url}");
        }
    }
    // Without TLS cookies of such a host are as open as any.
    let lan = response("http://10.0.0.1/", &[("set-cookie", "a=1")], "");
    let report = audit(&lan, &Context::new(Profile::Api));
    assert!(report.codes().contains(&Code::COOKIE_SECURE));
}
