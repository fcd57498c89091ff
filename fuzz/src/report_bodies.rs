//! Bodies that anybody sends to a collector: what is read of them, and what comes of it.

use std::net::IpAddr;
use std::sync::OnceLock;

use tower_visor::pins::Pins;
use tower_visor::reports::{
    BrowserEngine, BrowserReport, Collector, CollectorLimits, KnownScripts, NoiseRule, ReportBody,
    ReportVerdict, ReportedPlace,
};
use tower_visor::url::{Host, Origin, Url};

use super::{is_message, seeds};

const ORIGIN: &str = "https://liveness.contoso.example";

/// Of one kind, so that the limit is reached.
const GROUPS: usize = 8;

struct Site {
    origin: Origin,
    scripts: KnownScripts,
    files: usize,
}

fn site() -> &'static Site {
    static SITE: OnceLock<Site> = OnceLock::new();
    SITE.get_or_init(|| {
        let pins = Pins::scan(seeds::fixtures().join("sdk/1.5.0")).expect("the stand-in");
        let origin: Origin = ORIGIN.parse().expect("an origin");
        Site {
            scripts: KnownScripts::new(origin.clone(), &pins),
            origin,
            files: pins.files().len(),
        }
    })
}

/// The body of a request, and of two others with the same reports: from another sender, and later.
pub fn run(data: &[u8]) {
    let body = match ReportBody::read(data) {
        Ok(body) => body,
        Err(error) => {
            is_message(&error);
            return;
        }
    };
    assert_eq!(ReportBody::read(data).as_ref(), Ok(&body));
    assert!(body.reports().len() <= ReportBody::MOST);
    body.reports().iter().for_each(is_clean);

    let site = site();
    let collector = Collector::builder()
        .scripts(site.scripts.clone())
        .limits(CollectorLimits::new().groups(GROUPS))
        .clock(|| 1)
        .build();
    for sender in [Some([192, 0, 2, 1]), Some([192, 0, 2, 2]), None] {
        let sender = sender.map(IpAddr::from);
        collector.collect(body.clone(), sender, BrowserEngine::of("Firefox/1"));
    }
    let snapshot = collector.snapshot();
    let mut kept = 0;
    for group in &snapshot.groups {
        is_message(group);
        kept += group.reports();
        let kinds: u64 = group.kinds().values().sum();
        assert_eq!(kinds, group.reports());
        assert!(!matches!(
            group.verdict(),
            ReportVerdict::Noise | ReportVerdict::AsPinned | ReportVerdict::Counted
        ));
    }
    // A dozen kinds have places, and each file has one.
    assert!(snapshot.groups.len() <= 12 * GROUPS + 2 * site.files);
    let taken: u64 = snapshot.taken.iter().map(|count| count.reports).sum();
    let dropped: u64 = snapshot.dropped.values().sum();
    assert!(kept <= taken);
    let sent = 3 * (body.reports().len() + body.unread()) as u64;
    assert!(taken + dropped >= sent, "{taken} and {dropped} of {sent}");
    serde_json::to_string(&snapshot).expect("JSON");
    assert!(collector.openmetrics().ends_with("# EOF\n"));
}

/// What is kept is short, visible, and about nobody; and the site's own host is never noise.
fn is_clean(report: &BrowserReport) {
    let site = site();
    for place in [report.page(), report.blocked(), report.source()] {
        let text = place.to_string();
        assert!(text.len() <= 303, "{text}");
        assert!(
            text.bytes().all(|byte| (b'!'..=b'~').contains(&byte)),
            "{text:?}"
        );
        assert!(!text.contains(['?', '#']), "{text}");
        assert!(!matches!(place, ReportedPlace::Scheme(scheme) if scheme.contains('/')));
    }
    assert!(report.directive().len() <= 64 && report.directive().is_ascii());
    let is_own = |place: &ReportedPlace| {
        place.url().and_then(Url::host).map(Host::as_str) == Some(site.origin.host().as_str())
    };
    if is_own(report.blocked()) || is_own(report.source()) {
        assert!(NoiseRule::of(report, &site.origin).is_none(), "{report:?}");
    }
}

/// What public trackers show, in both forms; each type of a report; and what is none.
pub fn seeds() -> Vec<Vec<u8>> {
    let noise = std::fs::read_to_string(seeds::fixtures().join("reports/noise.json"));
    let noise: Vec<serde_json::Value> =
        serde_json::from_str(&noise.expect("the fixture")).expect("JSON");
    let mut seeds: Vec<String> = noise
        .iter()
        .map(|told| told["report"].to_string())
        .collect();
    let file = format!("{ORIGIN}/FaceLivenessDetector.js");
    let bodies = [
        ("csp-hash", format!(r#""subresourceURL": "{file}", "hash": "sha384-AAAA""#)),
        ("integrity-violation", format!(r#""blockedURL": "{file}", "destination": "script", "reportOnly": true"#)),
        ("waict-violation", format!(r#""blockedURL": "{file}", "reason": "no_manifest_match""#)),
        ("visor-refused", r#""url": "/FaceLivenessDetector.js", "reason": "changed""#.to_owned()),
        ("visor-refused", r#""url": "<p>", "reason": "markup""#.to_owned()),
        ("connection-allowlist", r#""connection": "wss://a.example/x", "disposition": "enforce""#.to_owned()),
        ("coep", r#""type": "corp", "blockedURL": "blob:https://a.example/1""#.to_owned()),
        ("coop", r#""type": "access-from-coop-page-to-opener", "openerURL": "https://a.example/""#.to_owned()),
        ("permissions-policy-violation", r#""featureId": "camera", "sourceFile": "https://me:pass@a.example/%2565yJhbGciOiJIUzI1NiJ9""#.to_owned()),
        ("document-policy-violation", r#""policyId": "document-write""#.to_owned()),
        ("crash", r#""reason": "oom""#.to_owned()),
    ];
    let reports: Vec<String> = bodies
        .iter()
        .map(|(kind, body)| format!(r#"{{"type": "{kind}", "age": 1, "url": "{ORIGIN}/?t=x", "user_agent": "Chrome/156", "body": {{{body}}}}}"#))
        .collect();
    seeds.push(format!("[{}]", reports.join(",")));
    seeds.extend(reports);
    seeds.extend(
        [
            "[]",
            "null",
            "[[[[[[[[[[1]]]]]]]]]]",
            r#"{"type":1,"type":2}"#,
        ]
        .map(str::to_owned),
    );
    seeds.into_iter().map(String::into_bytes).collect()
}
