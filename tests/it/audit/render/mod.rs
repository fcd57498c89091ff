//! Reports in every format: what they say, and that nothing foreign gets out of its place.

mod hostile;

use std::fs;
use std::path::Path;

use serde_json::Value;
use tower_layer::Layer as _;
use tower_visor::audit::{Code, Color, Context, Exception, Profile, Report, Waivers, audit};
use tower_visor::policy::HostKind;
use tower_visor::response::ResponseClass;
use tower_visor::{Document, Policy};

use super::response;
use crate::schema;

const HSTS: &str = "strict-transport-security";

/// Two responses with a bit of everything. Only these codes: others come with other checks.
pub(super) fn sample() -> Report {
    let waivers = Waivers::new([
        (
            "hsts-subdomains",
            Some("header"),
            "a device that speaks no TLS, LIV-7",
        ),
        ("http", None, "once upon a time"),
    ])
    .unwrap();
    let context = Context::new(Profile::Liveness)
        .today("2026-11-23".parse().unwrap())
        .waivers(waivers)
        .relaxed([
            Exception::new("img-src https:", "pictures of all partners, LIV-12"),
            Exception::new("no cross-origin isolation", "the partner's frame, LIV-13"),
        ]);
    let bare = response(
        "https://example.com/check?token=secret",
        &[
            ("content-type", "text/html; charset=utf-8"),
            ("set-cookie", "session=secret; Secure; Path=/"),
            (HSTS, "max-age=300"),
        ],
        "<!doctype html><title>Check</title>",
    );
    let better = response(
        "https://example.com/other",
        &[
            ("content-type", "text/html; charset=utf-8"),
            (
                "content-security-policy",
                "default-src 'none'; img-src 'self' https:",
            ),
            (HSTS, "max-age=31536000; includeSubDomains"),
        ],
        "<!doctype html><title>Other</title>",
    );
    let mut report = audit(&bare, &context).and(audit(&better, &context));
    let known = [
        Code::CSP_MISSING,
        Code::HSTS_SHORT,
        Code::HSTS_SUBDOMAINS,
        Code::HTTP,
    ];
    report.findings.retain(|one| known.contains(&one.code));
    report.not_checked.clear();
    report.inventory.clear();
    report.sdk = None;
    let local = audit(
        &response("http://localhost/", &[], ""),
        &Context::new(Profile::Api),
    );
    report
        .not_checked
        .extend(local.not_checked.into_iter().take(1));
    report
}

#[test]
fn what_holds_for_many_is_said_once() {
    let policy = "default-src 'none'; img-src http: ws:";
    let page = |url: &str| {
        let headers = [
            ("content-type", "text/html"),
            ("content-security-policy", policy),
        ];
        audit(
            &response(url, &headers, ""),
            &Context::new(Profile::Document),
        )
    };
    let mut report = page("http://localhost/a").and(page("http://localhost/b"));
    report
        .findings
        .retain(|one| [Code::CSP_FETCH_ANY, Code::NOSNIFF_MISSING].contains(&one.code));
    assert_eq!(report.findings.len(), 6, "{:?}", report.findings);
    assert_eq!(
        report.to_text(),
        "medium nosniff-missing: header x-content-type-options: not sent\n       \
         at http://localhost/a\n       at http://localhost/b\n       \
         fix: send X-Content-Type-Options: nosniff\n\
         low    csp-fetch-any: policy 1, img-src: http:\n       policy 1, img-src: ws:\n       \
         at http://localhost/a\n       at http://localhost/b\n       \
         fix: name the hosts that are needed\n"
    );
    // A command is bold where that can be shown.
    let human = report.to_human(Color::Ansi);
    assert!(
        human.contains("fix: send \u{1b}[1mX-Content-Type-Options: nosniff\u{1b}[0m\n"),
        "{human}"
    );
    // So it is in the other formats for people: two groups of six findings.
    let html = report.to_html();
    assert_eq!(html.matches("<article").count(), 2, "{html}");
    assert_eq!(
        html.matches("<span class=\"quiet\">4 times</span>").count(),
        1
    );
    assert_eq!(
        html.matches("<span class=\"quiet\">2 times</span>").count(),
        1
    );
    let markdown = report.to_markdown();
    let rows = markdown.lines().filter(|line| line.contains("/findings/#"));
    assert_eq!(rows.count(), 2, "{markdown}");
    // What wasn't checked on either is one line, in each format that people read.
    let what = "HTTPS and Strict-Transport-Security";
    assert_eq!(
        report
            .not_checked
            .iter()
            .filter(|one| one.what == what)
            .count(),
        2
    );
    // In HTML each requirement that it is about says so as well.
    let html = report.to_html();
    let (_, missing) = html.split_once("<h2 id=\"missing\">").unwrap();
    let texts = [human, report.to_markdown(), missing.to_owned()];
    for text in texts {
        assert_eq!(text.matches(what).count(), 1, "{text}");
    }
    assert!(
        report
            .to_html()
            .contains("(http://localhost/a, http://localhost/b)")
    );
}

/// Compares with a file; `REBUILD_FIXTURES=1` writes it anew.
fn is_as_committed(name: &str, text: &str) {
    let text = text.replace(env!("CARGO_PKG_VERSION"), "0.0.0");
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/audit/render")
        .join(name);
    if std::env::var_os("REBUILD_FIXTURES").is_some() {
        fs::write(&file, &text).unwrap();
    }
    assert_eq!(
        fs::read_to_string(&file).unwrap_or_default(),
        text,
        "{name}"
    );
}

#[test]
fn each_format_is_as_committed() {
    let report = sample();
    is_as_committed("human.txt", &report.to_human(Color::Never));
    is_as_committed("report.md", &report.to_markdown());
    is_as_committed("report.json", &report.to_json());
    is_as_committed("github.txt", &report.to_github());
    is_as_committed("azure.txt", &report.to_azure());
    is_as_committed("report.html", &report.to_html());
}

#[test]
fn colors_are_all_that_color_adds() {
    let report = sample();
    let colored = report.to_human(Color::Ansi);
    assert!(colored.contains("\u{1b}[1;31mhigh  \u{1b}[0m"), "{colored}");
    let mut plain = String::new();
    for (index, part) in colored.split('\u{1b}').enumerate() {
        let text = if index == 0 {
            part
        } else {
            part.split_once('m').unwrap().1
        };
        plain.push_str(text);
    }
    assert_eq!(plain, report.to_human(Color::Never));
    assert!(!report.to_human(Color::Never).contains('\u{1b}'));
}

#[test]
fn the_schema_describes_every_report() {
    let clean = audit(
        &response("http://localhost/", &[], ""),
        &Context::new(Profile::Api),
    );
    let faults = |report: &Report| {
        let json: Value = serde_json::from_str(&report.to_json()).unwrap();
        schema::faults("audit-report.schema.json", &json)
    };
    assert_eq!(faults(&sample()), Vec::<String>::new());
    assert_eq!(faults(&clean), Vec::<String>::new());

    // It is not a schema that takes everything.
    let mut json: Value = serde_json::from_str(&sample().to_json()).unwrap();
    json["responses"][0]["digest"] = "sha384-AAAA".into();
    json["findings"][0]["severity"] = "severe".into();
    json["extra"] = 1.into();
    assert_eq!(
        schema::faults("audit-report.schema.json", &json),
        [
            "$: additionalProperties",
            "$.findings[0].severity: enum",
            "$.responses[0].digest: pattern",
        ]
    );
}

#[test]
fn every_code_is_explained_without_its_neighbours() {
    for code in Code::all() {
        let text = code.explanation();
        assert!(
            text.contains("Fix: ") && text.contains("Source: "),
            "{code}"
        );
        assert!(!text.contains("\n#") && !text.starts_with('#'), "{code}");
        assert!(code.link().ends_with(&format!("/docs/findings/#{code}")));
    }
}

#[test]
fn evidence_holds_what_an_auditor_asks_for_and_no_secret() {
    let html = sample().to_html();
    for part in [
        "2026-11-23",
        "pictures of all partners, LIV-12",
        "the partner&#39;s frame, LIV-13",
        "a device that speaks no TLS, LIV-7",
        "An unused waiver: http",
        "max-age=300",
        "OWASP ASVS 5.0",
        "failed, high</span>: <code>csp-missing",
        "this very machine needs neither",
        "tower-visor ",
    ] {
        assert!(html.contains(part), "{part}");
    }
    let report = sample();
    for text in [
        html,
        report.to_json(),
        report.to_markdown(),
        report.to_human(Color::Ansi),
    ] {
        assert!(!text.contains("secret"), "{text}");
    }
}

#[test]
fn the_evidence_passes_the_audit_that_it_reports() {
    let html = sample().to_html();
    for word in [
        "<script",
        " style=",
        " src=",
        "javascript:",
        "@import",
        "url(",
    ] {
        assert!(!html.contains(word), "{word}");
    }
    // Served under the strictest policy for a document, which allows the same style sheet.
    let policy = Report::html_policy();
    let style = policy.split('\'').find(|word| word.starts_with("sha384-"));
    let page = Document::new("https://reports.example")
        .unwrap()
        .style_hash(style.unwrap().parse().unwrap());
    let policy = Policy::document(page);
    let _: tower_visor::layer::Visor<()> = tower_visor::VisorLayer::new(&policy).unwrap().layer(());
    let headers = policy
        .compile()
        .unwrap()
        .headers(ResponseClass::Document, HostKind::Named);
    let mut headers: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
        .collect();
    headers.push(("content-type", "text/html; charset=utf-8"));
    let served = response("https://reports.example/audit.html", &headers, &html);
    audit(&served, &Context::new(Profile::Document)).assert_clean();
}
