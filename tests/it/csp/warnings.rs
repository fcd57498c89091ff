//! What is legal but weak.

use tower_visor::csp::Csp;

use super::of_length;

/// Everything that falls back to nothing, so that a test sees only its own warnings.
const REST: &str =
    "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; worker-src 'none'";

fn warnings(text: &str) -> Vec<String> {
    let csp: Csp = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
    csp.warnings().iter().map(ToString::to_string).collect()
}

fn warned(text: &str, expected: &[&str]) {
    assert_eq!(warnings(&format!("{text}{REST}")), expected, "{text}");
}

/// Rules 4 and 32.
#[test]
fn missing_directives_without_a_fallback() {
    assert_eq!(
        warnings("img-src 'self'"),
        [
            "no `default-src`, so what has no directive of its own is allowed: write `default-src 'none'`",
            "no `base-uri`, which has no fallback: write `base-uri 'none'`",
            "no `form-action`, which has no fallback: write `form-action 'none'`",
            "no `frame-ancestors`, which has no fallback: write `frame-ancestors 'none'`",
        ]
    );
    warned("default-src 'none'", &[]);
}

/// Rules 16, 30 and 31.
#[test]
fn wide_insecure_and_idle_sources() {
    let wide = |directive: &str, text: &str| {
        format!(
            "{directive}: `{text}` admits what anybody can write: name the hosts that are needed"
        )
    };
    for (directive, text) in [
        ("script-src", "*"),
        ("script-src", "data:"),
        ("script-src", "blob:"),
        ("object-src", "data:"),
        ("frame-src", "data:"),
        ("img-src", "*"),
        ("img-src", "https:"),
        ("connect-src", "wss:"),
        ("font-src", "https://*"),
        ("script-src", "*.com"),
        ("script-src", "https://*.com.:443"),
    ] {
        warned(
            &format!("default-src 'none'; {directive} {text}"),
            &[&wide(directive, text)],
        );
    }
    for text in [
        "script-src 'self' https://a.com *.example.com custom:",
        "img-src data: blob:",
        "media-src blob:",
        "connect-src http://localhost:3000 ws://127.0.0.1 http://a.localhost",
    ] {
        warned(&format!("default-src 'none'; {text}"), &[]);
    }
    assert_eq!(
        warnings(&format!(
            "default-src *{}",
            REST.replace("frame-ancestors 'none'", "frame-ancestors *")
        )),
        [wide("default-src", "*"), wide("frame-ancestors", "*")]
    );
    warned(
        "default-src 'none'; connect-src http://a.com ws://b.com",
        &[
            "connect-src: `http://a.com` is loaded without TLS: write `https://` or `wss://`",
            "connect-src: `ws://b.com` is loaded without TLS: write `https://` or `wss://`",
        ],
    );
    warned(
        "default-src 'none'; connect-src https://10.0.0.1",
        &[
            "connect-src: `https://10.0.0.1` may match nothing, since 127.0.0.1 is the only IP address in the standard: write a host name",
        ],
    );
    warned(
        "default-src 'none'; script-src 'unsafe-eval'; style-src 'unsafe-inline'",
        &[
            "script-src: `'unsafe-eval'` lets injected code run: write hashes or nonces, or remove it",
            "style-src: `'unsafe-inline'` lets injected code run: write hashes or nonces, or remove it",
        ],
    );
    warned(
        "default-src 'none'; script-src 'nonce-AAAAAAAAAAAAAAAAAAAAAA'",
        &["script-src: a nonce must differ in each response: write `'nonce-{nonce}'`"],
    );
}

/// Workers and their fallback.
#[test]
fn workers_that_no_nonce_can_allow() {
    let rest = REST.replace("; worker-src 'none'", "");
    let message = "no `worker-src`, and workers fall back to `script-src`, whose nonces and hashes match none: write `worker-src 'none'`, or the workers' sources (`blob:` for those made from a blob)";
    let with = |text: &str| warnings(&format!("{text}{rest}"));
    assert_eq!(
        with("default-src 'none'; script-src 'nonce-{nonce}'"),
        [message]
    );
    assert_eq!(
        with(
            "default-src 'none' ; script-src 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
        ),
        [message]
    );
    for text in [
        "default-src 'none'",
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic'",
        "default-src 'none'; script-src 'nonce-{nonce}' 'self'",
        "default-src 'none'; script-src 'nonce-{nonce}'; child-src 'none'",
        "default-src 'none'; script-src 'nonce-{nonce}'; worker-src blob:",
    ] {
        assert_eq!(with(text), [""; 0], "{text}");
    }
}

/// Rule 24.
#[test]
fn reports_that_never_arrive() {
    warned(
        "default-src 'none'; report-uri http://reports.example/ http://localhost/ https://ok.example/ /csp",
        &[
            "report-uri: browsers don't send reports to `http://reports.example/` from a page with TLS: write `https://`",
        ],
    );
    let report_only = |text: &str| {
        let csp: Csp = text.parse().unwrap();
        csp.report_only_warnings()
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        report_only("default-src 'none'; sandbox; upgrade-insecure-requests"),
        [
            "sandbox: browsers ignore it in a report-only policy: remove it",
            "upgrade-insecure-requests: browsers ignore it in a report-only policy: remove it",
            "a report-only policy without `report-to` or `report-uri` does nothing: write an endpoint",
        ]
    );
    assert_eq!(report_only("default-src 'none'; report-to csp"), [""; 0]);
    assert_eq!(report_only("default-src 'none'; report-uri /csp"), [""; 0]);
}

/// The size budget.
#[test]
fn a_long_policy_is_named_before_it_is_too_long() {
    let head = format!("default-src 'none'{REST}; img-src 'self'");
    let text = |len| of_length(&head, len);
    assert_eq!(warnings(&text(Csp::WARN_LEN)), [""; 0]);
    assert_eq!(
        warnings(&text(Csp::WARN_LEN + 1)),
        ["the policy is 4097 bytes long; over 8192 some proxies lose the response"]
    );
}
