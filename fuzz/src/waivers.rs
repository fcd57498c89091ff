//! What a team keeps beside its sources for audits: accepted findings and an approved state.

use std::sync::OnceLock;

use serde_json::{Value, json};
use tower_visor::audit::{Baseline, Context, Profile, Report, Response, Waivers, audit};

use super::rendered;

fn report() -> &'static (Response, Report) {
    static REPORT: OnceLock<(Response, Report)> = OnceLock::new();
    REPORT.get_or_init(|| {
        let (parts, ()) = http::Response::builder()
            .header("content-type", "text/html")
            .header("content-security-policy", "default-src 'self'")
            .body(())
            .expect("a response")
            .into_parts();
        let html = "<!doctype html><script src=/app.js></script><script>go()</script>";
        let page = Response::new("https://example.com/", parts, Some(html.into()));
        let page = page.expect("a URL");
        let report = audit(&page, &Context::new(Profile::Document));
        (page, report)
    })
}

/// A file: JSON when it begins as such, TOML else.
pub fn run(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let is_json = text.trim_start().starts_with(['{', '[']);
    let waivers = if is_json {
        serde_json::from_str::<Waivers>(text).ok()
    } else {
        toml::from_str::<Waivers>(text).ok()
    };
    if let Some(waivers) = waivers {
        complete(text, is_json, &waivers);
        written(&waivers);
        let (page, plain) = report();
        let context = Context::new(Profile::Document).waivers(waivers.clone());
        let report = audit(page, &context);
        // Each finding is either left or accepted, and each waiver covers one or is named.
        assert_eq!(
            report.findings.len() + report.waived.len(),
            plain.findings.len()
        );
        assert!(
            report
                .findings
                .iter()
                .all(|finding| plain.findings.contains(finding))
        );
        for waived in &report.waived {
            assert!(waived.waiver.covers(&waived.finding));
            assert!(plain.findings.contains(&waived.finding));
        }
        for waiver in waivers.iter() {
            let covers = plain.findings.iter().any(|finding| waiver.covers(finding));
            assert_eq!(
                covers,
                !report.unused_waivers.contains(waiver),
                "{waiver:?}"
            );
        }
        rendered::holds(&report);
    }
    if let (true, Ok(baseline)) = (is_json, serde_json::from_str::<Baseline>(text)) {
        let json = serde_json::to_string(&baseline).expect("JSON");
        assert_eq!(
            serde_json::from_str::<Baseline>(&json).expect("what was written"),
            baseline
        );
        let report = report().1.clone();
        let is_same = Baseline::of(&report) == baseline;
        let before = report.findings.len() + report.not_checked.len();
        let report = report.against(&baseline, &Context::new(Profile::Document));
        let now = report.findings.len() + report.not_checked.len();
        assert_eq!(is_same, before == now, "a difference was not told");
        rendered::holds(&report);
    }
}

/// Nothing of the file is lost: each row as it stands there, but for the space around its reason.
fn complete(text: &str, is_json: bool, waivers: &Waivers) {
    let file: Value = if is_json {
        serde_json::from_str(text).expect("what was read")
    } else {
        toml::from_str(text).expect("what was read")
    };
    for (index, waiver) in waivers.iter().enumerate() {
        // In a list, and not a table, members have places and no names.
        let row = &file["waiver"][index];
        if row.is_object() {
            assert_eq!(row["code"], waiver.code.as_str());
            assert_eq!(row["place"].as_str(), waiver.place.as_deref());
            assert_eq!(row["reason"].as_str().map(str::trim), Some(&*waiver.reason));
        }
    }
}

/// In both formats they are read again as the same.
fn written(waivers: &Waivers) {
    for waiver in waivers.iter() {
        assert!(
            !waiver.reason.trim().is_empty(),
            "a waiver without a reason"
        );
    }
    let list: Vec<_> = waivers.iter().collect();
    let file = json!({"waiver": list});
    let text = toml::to_string(&file).expect("TOML");
    assert_eq!(
        toml::from_str::<Waivers>(&text).expect("what was written"),
        *waivers
    );
    let text = file.to_string();
    assert_eq!(
        serde_json::from_str::<Waivers>(&text).expect("what was written"),
        *waivers
    );
}

const SEEDS: [&str; 9] = [
    "[[waiver]]\ncode = \"hsts-missing\"\nreason = \"a device that speaks no TLS\"\n\n[[waiver]]\ncode = \"csp-missing\"\nplace = \"header\"\nreason = 'LIV-7'\n",
    "waiver = [{code = \"inline-script\", reason = \"\"}, {code = \"x\", reason = \" \"}]",
    "waiver = []",
    "{\"waiver\": [{\"code\": \"hsts-missing\", \"place\": \"example.com\", \"reason\": \"we know\"}]}",
    "[{\"code\": \"hsts-missing\", \"reason\": \"\\u001b[2J\\n::error::x\"}]",
    "[[{\"code\": \"hsts-missing\", \"place\": null, \"reason\": \"##vso[x]|`<b>\"}]]",
    "{\"schema\": 1, \"pages\": {\"https://example.com/\": {\"headers\": {\"content-security-policy\": [\"default-src *\", \"\\u001b\"], \"x\": []}, \"scripts\": {\"script https://example.com/a.js\": null, \"x\": \"y\"}, \"inline\": [\"inline script z\"]}, \"https://\\n::error::\": {\"headers\": {}, \"scripts\": {}, \"inline\": []}}}",
    "{\"schema\": 2, \"pages\": {}}",
    "{\"schema\": 1, \"pages\": {}}",
];

/// Files of both kinds, some of them wrong, and the state of a page as it is now.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = SEEDS.map(|text| text.as_bytes().to_vec()).into();
    seeds.push(serde_json::to_vec(&Baseline::of(&report().1)).expect("JSON"));
    let codes = report().1.codes();
    let all = codes.iter().map(|code| (code.as_str(), None, "we know"));
    let waivers = Waivers::new(all).expect("codes that there are");
    let list: Vec<_> = waivers.iter().collect();
    let file = toml::to_string(&json!({"waiver": list})).expect("TOML");
    seeds.push(file.into_bytes());
    seeds
}
