//! Reports that sites called noise, and what the rules make of them.
//!
//! `fixtures/reports/noise.json` was gathered from public trackers before a rule was written, and
//! `split.json` says which half the rules were written for. The other half shows what they are
//! worth: nothing may be added for one of those without a report of its own. Such reports, found when the
//! other half had been read, are a third part, `later`.

use std::collections::BTreeSet;

use proptest::prelude::{Strategy, any, prop, prop_assert_eq, prop_oneof, proptest};
use serde::Deserialize;
use serde_json::{Value, json};
use tower_visor::reports::{BrowserReport, NoiseRule, ReportBody};
use tower_visor::url::Origin;

use crate::support::ORIGIN;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    id: String,
    source: String,
    report: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Split {
    rules: BTreeSet<String>,
    held_out: BTreeSet<String>,
    later: BTreeSet<String>,
}

impl Split {
    /// What rules may be written for.
    fn known(&self) -> BTreeSet<String> {
        self.rules.union(&self.later).cloned().collect()
    }
}

fn corpus() -> (Vec<Told>, Split) {
    let noise = include_str!("../../../fixtures/reports/noise.json");
    let split = include_str!("../../../fixtures/reports/split.json");
    (
        serde_json::from_str(noise).unwrap(),
        serde_json::from_str(split).unwrap(),
    )
}

fn own() -> Origin {
    ORIGIN.parse().unwrap()
}

fn read(report: &Value) -> BrowserReport {
    let body = ReportBody::read(report.to_string().as_bytes()).unwrap();
    let [report] = body.reports() else {
        panic!("{body:?}")
    };
    report.clone()
}

/// The ids of those that no rule knows, of one half.
fn unknown(told: &[Told], half: &BTreeSet<String>) -> Vec<String> {
    let of_half = told.iter().filter(|told| half.contains(&told.id));
    of_half
        .filter(|told| NoiseRule::of(&read(&told.report), &own()).is_none())
        .map(|told| told.id.clone())
        .collect()
}

#[test]
fn each_report_has_its_source_and_its_half() {
    let (told, split) = corpus();
    assert!(told.len() >= 40, "{}", told.len());
    let ids: BTreeSet<&String> = told.iter().map(|told| &told.id).collect();
    assert_eq!(ids.len(), told.len());
    assert!(split.known().is_disjoint(&split.held_out));
    assert!(split.rules.is_disjoint(&split.later));
    assert_eq!(ids, split.known().union(&split.held_out).collect());
    assert!(split.rules.len().abs_diff(split.held_out.len()) <= 1);
    for told in &told {
        assert!(
            told.source.starts_with("https://github.com/"),
            "{}",
            told.id
        );
    }
}

#[test]
fn each_rule_has_a_name_and_a_source_of_its_half() {
    let (told, split) = corpus();
    let mut names = BTreeSet::new();
    let known = split.known();
    let of_half = told.iter().filter(|told| known.contains(&told.id));
    let used: BTreeSet<&str> = of_half
        .filter_map(|told| NoiseRule::of(&read(&told.report), &own()))
        .map(NoiseRule::name)
        .collect();
    for rule in NoiseRule::all() {
        assert!(names.insert(rule.name()), "{}", rule.name());
        assert!(rule.source().starts_with("https://"), "{}", rule.name());
        // The corpus is about one's own pages.
        let is_used = used.contains(rule.name()) || rule.name() == "page-elsewhere";
        assert!(is_used, "no report of the half is for {}", rule.name());
    }
}

/// What is left over can't be told from an attack, or is of somebody nobody had told of.
#[test]
fn what_the_rules_know_of_either_half() {
    let (told, split) = corpus();
    assert_eq!(unknown(&told, &split.rules), ["lastpass-icon"]);
    assert_eq!(unknown(&told, &split.later), Vec::<String>::new());
    let held_out = [
        "scansafe",
        "translate-picture",
        "injected-google-fonts",
        "techloq",
        "securly",
        "zscaler",
        "kaspersky-tab",
        "grammarly-font",
        "languagetool-style",
        "netcheckcdn",
        "yellowads",
        "comic-sans",
        "web-developer",
        "volcanicpixels",
        "cdn77",
    ];
    assert_eq!(unknown(&told, &split.held_out), held_out);
}

#[test]
fn a_page_of_another_host_is_noise() {
    let page = |page: &str| {
        let report = json!({"csp-report": {
            "document-uri": page, "blocked-uri": "inline", "violated-directive": "script-src",
        }});
        NoiseRule::of(&read(&report), &own()).map(NoiseRule::name)
    };
    assert_eq!(page(&format!("{ORIGIN}/check")), None);
    assert_eq!(page(""), None);
    let translated = "https://liveness-contoso-example.translate.goog/";
    assert_eq!(page(translated), Some("page-elsewhere"));
    let archived = "https://web.archive.org/web/2026/https://liveness.contoso.example/";
    assert_eq!(page(archived), Some("page-elsewhere"));
}

/// Values that rules look for, and any others.
fn value() -> impl Strategy<Value = String> {
    let known = [
        "chrome-extension",
        "moz-extension://x/a.js",
        "none://x",
        "about:blank",
        "https://10.0.0.1/",
        "http://1.1.1.1/bmi/",
        "https://nikkomsgchannel/e",
        "https://translate.google.com",
        "https://www.ciuvo.com/x",
        "inline",
        "",
    ];
    prop_oneof![
        prop::sample::select(known.to_vec()).prop_map(str::to_owned),
        any::<String>()
    ]
}

/// A URL of the site, in the spellings that browsers may send.
fn own_url() -> impl Strategy<Value = String> {
    let start = [
        ORIGIN,
        "https://LIVENESS.contoso.example",
        "https://liveness.contoso.example:443",
        "https://liveness.contoso.example:8443",
        "http://liveness.contoso.example",
        "wss://liveness.contoso.example",
        "https:\\\\liveness.contoso.example",
        "https://user:pass@liveness.contoso.example",
    ];
    let path = [
        "/",
        "/FaceLivenessDetector.js",
        "/a?x=chrome-extension://y",
        "/#about:blank",
    ];
    (
        prop::sample::select(start.to_vec()),
        prop::sample::select(path.to_vec()),
    )
        .prop_map(|(start, path)| format!("{start}{path}"))
}

proptest! {
    /// Whoever attacks the site can't have it reported as noise: not by any other field.
    #[test]
    fn no_rule_hides_what_names_the_site(
        own_url in own_url(),
        other in value(),
        page in value(),
        directive in value(),
        is_source in any::<bool>(),
        is_new in any::<bool>(),
    ) {
        let (blocked, source) = if is_source { (&other, &own_url) } else { (&own_url, &other) };
        let report = if is_new {
            json!({"type": "csp-violation", "url": page, "body": {
                "documentURL": page, "blockedURL": blocked, "sourceFile": source,
                "effectiveDirective": directive,
            }})
        } else {
            json!({"csp-report": {
                "document-uri": page, "blocked-uri": blocked, "source-file": source,
                "violated-directive": directive,
            }})
        };
        let found = NoiseRule::of(&read(&report), &own()).map(NoiseRule::name);
        prop_assert_eq!(found, None, "{}", report);
    }
}
