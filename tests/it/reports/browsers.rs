//! Reports as browsers sent them: `tests/browser/reported.rs` has gathered one of each type that it can
//! bring them to send, and compares what they send today with these.

use serde_json::Value;
use tower_visor::reports::ReportBody;

use super::bodies::line;

#[test]
fn what_browsers_sent_is_read() {
    let corpus = [
        include_str!("../../../fixtures/reports/chromium.json"),
        include_str!("../../../fixtures/reports/firefox.json"),
        include_str!("../../../fixtures/reports/webkit.json"),
    ];
    let samples = corpus.map(|text| serde_json::from_str::<Vec<Value>>(text).unwrap());
    let lines: Vec<String> = samples
        .iter()
        .flatten()
        .map(|sample| {
            let body = sample["report"].to_string();
            let read = ReportBody::read(body.as_bytes()).unwrap();
            assert_eq!(read.unread(), 0, "{body}");
            let [report] = read.reports() else {
                panic!("{body}")
            };
            let page = report.page().to_string();
            assert!(page.starts_with("https://liveness.example/"), "{body}");
            format!("{}: {}", sample["engine"].as_str().unwrap(), line(report))
        })
        .collect();
    let foreign = "https://foreign.example";
    let own = "https://liveness.example";
    assert_eq!(
        lines,
        [
            format!("Chromium: coep | corp | {foreign}/picture |  | enforce"),
            format!("Chromium: connection-allowlist |  | {foreign}/data |  | enforce"),
            format!("Chromium: coop | navigation-from-response | {foreign}/ |  | enforce"),
            format!("Chromium: coop | navigation-to-response | {own}/csp |  | enforce"),
            format!("Chromium: csp-hash | script | {own}/a.js |  | unsaid"),
            format!("Chromium: csp-violation | script-src-elem | inline | {own}/csp | enforce"),
            format!("Chromium: deprecation |  |  | {own}/old | unsaid"),
            format!(
                "Chromium: document-policy-violation | js-profiling |  | {own}/document-policy | enforce"
            ),
            format!("Chromium: integrity-violation | script | {own}/a.js |  | enforce"),
            "Chromium: intervention |  |  |  | unsaid".to_owned(),
            format!(
                "Chromium: permissions-policy-violation | camera |  | {own}/permissions | enforce"
            ),
            format!("Firefox: csp-violation | script-src-elem | inline | {own}/csp | enforce"),
            format!("Firefox: integrity-violation | script | {own}/a.js |  | enforce"),
            format!("Webkit: coep | corp | {foreign}/picture |  | enforce"),
            format!("Webkit: coop | navigation-from-response | {own}/csp |  | enforce"),
            format!("Webkit: coop | navigation-to-response | {own}/csp |  | enforce"),
            format!("Webkit: csp-hash | script | {own}/a.js |  | unsaid"),
            format!("Webkit: csp-violation | script-src-elem | inline | {own}/csp | enforce"),
            format!("Webkit: integrity-violation | script | {own}/a.js |  | enforce"),
        ]
    );
}
