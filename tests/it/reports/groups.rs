//! What is made of many reports, and that none of them pushes out another's.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use tower_visor::pins::Pins;
use tower_visor::reports::{
    BrowserEngine, Collector, CollectorLimits, KnownScripts, ReportBody, ReportGroup, ReportKind,
    ReportVerdict, Senders,
};
use tower_visor::sri::{Algorithm, Digest};

use super::known;
use crate::support::{ORIGIN, pins};

const DETECTOR: &str = "/FaceLivenessDetector.js";

/// A collector, and its clock.
fn made(limits: CollectorLimits) -> (Collector, Arc<AtomicU64>) {
    let time = Arc::new(AtomicU64::new(1_000_000));
    let clock = Arc::clone(&time);
    let collector = Collector::builder()
        .scripts(known())
        .limits(limits)
        .clock(move || clock.load(Ordering::Relaxed))
        .build();
    (collector, time)
}

/// One of whom nothing is known.
const NOBODY: Option<IpAddr> = None;

fn sender(number: u32) -> IpAddr {
    IpAddr::from(number.to_be_bytes())
}

fn send(collector: &Collector, from: impl Into<Option<IpAddr>>, report: &Value) {
    let body = ReportBody::read(report.to_string().as_bytes()).unwrap();
    collector.collect(body, from.into(), BrowserEngine::of("Firefox/153.0"));
}

fn report(kind: &str, body: &Value) -> Value {
    json!({"type": kind, "url": format!("{ORIGIN}/"), "body": body})
}

fn ran(path: &str, bytes: &[u8]) -> Value {
    let hash = Digest::of(Algorithm::Sha384, bytes).to_string();
    let url = if path.starts_with('/') {
        format!("{ORIGIN}{path}")
    } else {
        path.to_owned()
    };
    report(
        "csp-hash",
        &json!({"subresourceURL": url, "hash": hash, "destination": "script"}),
    )
}

fn without_integrity(path: &str) -> Value {
    let url = format!("{ORIGIN}{path}");
    let body = json!({"blockedURL": url, "destination": "script", "reportOnly": true});
    report("integrity-violation", &body)
}

fn refused(path: &str, reason: &str) -> Value {
    report("visor-refused", &json!({"url": path, "reason": reason}))
}

fn blocked(url: &str) -> Value {
    report(
        "csp-violation",
        &json!({"blockedURL": url, "effectiveDirective": "img-src"}),
    )
}

fn of(collector: &Collector, verdict: ReportVerdict) -> Vec<ReportGroup> {
    let groups = collector.snapshot().groups.into_iter();
    groups.filter(|group| group.verdict() == verdict).collect()
}

fn dropped(collector: &Collector) -> Value {
    serde_json::to_value(collector.snapshot().dropped).unwrap()
}

#[test]
fn one_changed_file_is_one_group_in_whatever_order_it_is_told() {
    let reports = [
        ran(DETECTOR, b"evil"),
        without_integrity(DETECTOR),
        refused(DETECTOR, "changed"),
        report(
            "waict-violation",
            &json!({"blockedURL": format!("{ORIGIN}{DETECTOR}"), "reason": "no_manifest_match"}),
        ),
        refused(DETECTOR, "not loaded"),
    ];
    for first in 0..reports.len() {
        let (collector, _) = made(CollectorLimits::new());
        for index in 0..reports.len() {
            send(
                &collector,
                sender(1),
                &reports[(first + index) % reports.len()],
            );
        }
        let groups = collector.snapshot().groups;
        let [group] = &groups[..] else {
            panic!("{first}: {groups:#?}")
        };
        assert_eq!(group.verdict(), ReportVerdict::Tampered);
        assert_eq!(group.blocked(), format!("{ORIGIN}{DETECTOR}"));
        assert_eq!(group.reports(), 5);
        let file = pins("/").file("FaceLivenessDetector.js").unwrap().digest();
        assert_eq!(group.expected(), Some(file));
        assert_eq!(group.found(), [Digest::of(Algorithm::Sha384, b"evil")]);
        assert_eq!(group.kinds()[&ReportKind::VisorRefused], 2);
        assert_eq!(group.kinds().len(), 4);
    }
}

#[test]
fn what_the_site_serves_is_no_group_and_what_it_served_is_outdated() {
    let (collector, time) = made(CollectorLimits::new());
    send(&collector, sender(1), &ran("/app.js", b"mine"));
    // By another spelling, and with a query.
    send(&collector, sender(1), &ran("/%61pp.js?v=1", b"mine"));
    assert_eq!(collector.snapshot().groups, []);

    // A release: the application's script is another one.
    time.fetch_add(10, Ordering::Relaxed);
    let app = tower_visor::app::AppFiles::new()
        .file("/app.js", "new")
        .unwrap();
    let next = KnownScripts::new(ORIGIN.parse().unwrap(), &pins("/")).and(&app);
    collector.serves(next);
    send(&collector, sender(1), &ran("/app.js", b"new"));
    assert_eq!(collector.snapshot().groups, []);
    send(&collector, sender(1), &ran("/app.js", b"mine"));
    let outdated = of(&collector, ReportVerdict::Outdated);
    assert_eq!(outdated.len(), 1);
    assert_eq!(
        outdated[0].found(),
        [Digest::of(Algorithm::Sha384, b"mine")]
    );
    assert_eq!(of(&collector, ReportVerdict::Tampered), []);
    // A page that was open before refuses the new file; so may any other, and it says when.
    send(&collector, sender(1), &refused("/app.js", "changed"));
    let tampered = of(&collector, ReportVerdict::Tampered);
    assert_eq!(tampered[0].replaced(), Some(1_000_010));
}

/// A bundler gives each file a name of its own, and what a server remembers of them has an end.
#[test]
fn what_was_served_long_ago_is_forgotten() {
    let (collector, time) = made(CollectorLimits::new());
    let sdk = pins("/");
    let release = |number: usize| {
        time.fetch_add(1, Ordering::Relaxed);
        let app = tower_visor::app::AppFiles::new();
        let app = app.file(format!("/app-{number}.js"), "mine").unwrap();
        collector.serves(KnownScripts::new(ORIGIN.parse().unwrap(), &sdk).and(&app));
    };
    (0..2_100).for_each(release);
    send(&collector, sender(1), &ran("/app-2000.js", b"mine"));
    assert_eq!(of(&collector, ReportVerdict::Outdated).len(), 1);
    send(&collector, sender(1), &ran("/app-0.js", b"mine"));
    assert_eq!(of(&collector, ReportVerdict::Tampered).len(), 1);
}

#[test]
fn a_script_of_nobody_is_tampering_and_one_of_an_extension_is_not() {
    let (collector, _) = made(CollectorLimits::new());
    send(&collector, sender(1), &ran("/other.js", b"evil"));
    send(
        &collector,
        sender(1),
        &ran("https://evil.example/x.js", b"evil"),
    );
    send(
        &collector,
        sender(1),
        &ran("chrome-extension://x/a.js", b"x"),
    );
    let groups = of(&collector, ReportVerdict::Tampered);
    let urls: Vec<&str> = groups.iter().map(ReportGroup::blocked).collect();
    assert_eq!(
        urls,
        ["https://evil.example/x.js", &format!("{ORIGIN}/other.js")]
    );
    assert_eq!(groups[0].expected(), None);
    assert_eq!(collector.snapshot().groups.len(), 2);
    assert_eq!(collector.snapshot().noise.len(), 1);
}

/// What can't be compared is told, and is no alarm.
#[test]
fn a_digest_that_says_nothing_is_open() {
    let (collector, _) = made(CollectorLimits::new());
    let url = format!("{ORIGIN}{DETECTOR}");
    for hash in ["", "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="] {
        send(
            &collector,
            sender(1),
            &report("csp-hash", &json!({"subresourceURL": url, "hash": hash})),
        );
    }
    assert_eq!(of(&collector, ReportVerdict::Open).len(), 1);
    assert_eq!(collector.snapshot().groups.len(), 1);
}

#[test]
fn groups_have_counts_times_and_browsers() {
    let (collector, time) = made(CollectorLimits::new());
    send(
        &collector,
        sender(1),
        &blocked("https://evil.example/a.png?1"),
    );
    time.fetch_add(5, Ordering::Relaxed);
    send(
        &collector,
        sender(1),
        &blocked("https://evil.example/a.png?2"),
    );
    assert_eq!(collector.snapshot().groups[0].senders(), Senders::One);
    send(
        &collector,
        sender(2),
        &blocked("https://evil.example/a.png"),
    );
    send(
        &collector,
        sender(2),
        &blocked("https://evil.example/b.png"),
    );
    let groups = collector.snapshot().groups;
    assert_eq!(groups.len(), 2);
    let group = &groups[0];
    assert_eq!(
        (group.reports(), group.first(), group.last()),
        (3, 1_000_000, 1_000_005)
    );
    assert_eq!(group.senders(), Senders::Several);
    assert_eq!(group.engines().len(), 1);
}

#[test]
fn a_group_of_which_nobody_tells_any_more_goes() {
    let week = std::time::Duration::from_secs(7 * 24 * 3600);
    let (collector, time) = made(CollectorLimits::new().kept_for(week));
    send(&collector, sender(1), &refused(DETECTOR, "changed"));
    time.fetch_add(week.as_secs(), Ordering::Relaxed);
    send(&collector, sender(1), &blocked("https://evil.example/"));
    assert_eq!(collector.snapshot().groups.len(), 2);
    time.fetch_add(60, Ordering::Relaxed);
    send(&collector, sender(1), &blocked("https://evil.example/"));
    assert_eq!(collector.snapshot().groups.len(), 1);
}

/// One sender, or a thousand of them in turn, forge as fast as they may.
#[test]
fn a_flood_pushes_out_none_but_its_own() {
    let limits = CollectorLimits::new().groups(64);
    let (collector, time) = made(limits);
    let real = [
        blocked("https://real.example/told-by-one"),
        blocked("https://real.example/told-by-two"),
        ran("https://real.example/strange.js", b"evil"),
        report(
            "coep",
            &json!({"type": "corp", "blockedURL": "https://real.example/corp"}),
        ),
    ];
    for report in &real {
        send(&collector, sender(1), report);
    }
    send(&collector, sender(2), &real[1]);
    for minute in 0..20 {
        time.fetch_add(60, Ordering::Relaxed);
        for number in 0..1_000 {
            let forged = blocked(&format!("https://forged.example/{minute}/{number}"));
            send(&collector, sender(666), &forged);
            send(
                &collector,
                sender(666),
                &ran(
                    &format!("https://forged.example/{minute}/{number}.js"),
                    b"x",
                ),
            );
        }
    }
    let groups = collector.snapshot().groups;
    for report in &real {
        let url = report["body"]["blockedURL"].as_str();
        let url = url.or(report["body"]["subresourceURL"].as_str()).unwrap();
        assert!(groups.iter().any(|group| group.blocked() == url), "{url}");
    }
    assert!(groups.len() <= 64 * 3, "{}", groups.len());
    let dropped = dropped(&collector);
    // Of 2,000 in a minute 600 are looked at, and 30 of them begin a group.
    assert_eq!(dropped["sender-limit"], 20 * 1_400);
    assert!(
        dropped["no-place"].as_u64().unwrap() >= 20 * 570,
        "{dropped}"
    );
}

/// However full it is, the first report of a changed file has its place.
#[test]
fn a_changed_file_is_told_whatever_else_is_sent() {
    let (collector, _) = made(CollectorLimits::new().groups(8).groups_of_a_sender(8));
    for number in 0..500 {
        let forged = ran(&format!("/forged-{number}.js"), b"x");
        send(&collector, NOBODY, &forged);
    }
    send(&collector, NOBODY, &ran(DETECTOR, b"evil"));
    let url = format!("{ORIGIN}{DETECTOR}");
    let groups = of(&collector, ReportVerdict::Tampered);
    assert!(groups.iter().any(|group| group.blocked() == url));
    assert_eq!(groups.len(), 9);
}

/// Quotas of all together, and those who come when there is no place to tell one more apart.
#[test]
fn many_senders_share_what_there_is() {
    let limits = CollectorLimits::new()
        .senders(10)
        .reports_of_a_sender(5)
        .reports(100);
    let (collector, _) = made(limits);
    for number in 0..100 {
        send(
            &collector,
            sender(number),
            &blocked("https://evil.example/"),
        );
    }
    // Ten by themselves, and five by all others.
    assert_eq!(collector.snapshot().taken[0].reports, 15);
    let (collector, _) = made(CollectorLimits::new().reports(7));
    for number in 0..10 {
        send(
            &collector,
            sender(number),
            &blocked("https://evil.example/"),
        );
    }
    assert_eq!(collector.snapshot().taken[0].reports, 7);
    assert_eq!(dropped(&collector), json!({"limit": 3}));
}

#[test]
fn what_is_counted_only_is_no_group() {
    let (collector, _) = made(CollectorLimits::new());
    for kind in ["deprecation", "intervention", "crash", "network-error"] {
        send(&collector, sender(1), &report(kind, &json!({"id": "x"})));
    }
    assert_eq!(collector.snapshot().groups, []);
    let verdicts: Vec<ReportVerdict> = collector
        .snapshot()
        .taken
        .iter()
        .map(|count| count.verdict)
        .collect();
    assert_eq!(verdicts, [ReportVerdict::Counted; 4]);
}

/// Without a site nothing is known of scripts and origins: all is told, none is an alarm or noise.
#[test]
fn without_a_site_all_is_open() {
    let collector = Collector::builder().build();
    send(&collector, sender(1), &ran("/app.js", b"x"));
    send(&collector, sender(1), &refused(DETECTOR, "changed"));
    send(&collector, sender(1), &blocked("chrome-extension"));
    assert_eq!(of(&collector, ReportVerdict::Open).len(), 3);
    collector.serves(KnownScripts::new(
        ORIGIN.parse().unwrap(),
        &Pins::scan(crate::support::sdk("1.5.0")).unwrap(),
    ));
    send(&collector, sender(1), &refused(DETECTOR, "changed"));
    assert_eq!(of(&collector, ReportVerdict::Tampered).len(), 1);
}
