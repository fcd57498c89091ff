//! What a browser received, judged: each code found, and left alone where nothing is wrong.

use serde_json::Value;
use tower_visor::audit::{
    Baseline, BrokenRule, BrowserSandbox, Certificate, Code, ConsoleLine, Context, Observation,
    Owners, Profile, RanKind, ReceivedDocument, ReceivedFile, Report, SeenScript, SeenWorker,
    Standing, audit, observed,
};
use tower_visor::pins::Pins;
use tower_visor::sri::{Algorithm, Digest};

use super::response;
use crate::schema;

const PAGE: &str = "https://example.com/";
const HTML: &str = "<!doctype html><script src=/app.js integrity=INTEGRITY></script>";
const APP: &[u8] = b"run()";

/// The codes of this part, of which a sound page has none.
const OURS: [Code; 7] = [
    Code::RECEIVED_FILE_CHANGED,
    Code::SCRIPT_UNVOUCHED,
    Code::SCRIPT_UNOWNED,
    Code::SERVICE_WORKER_SEEN,
    Code::HOST_UNNAMED,
    Code::POLICY_VIOLATED,
    Code::RECEIVED_DIFFERENTLY,
];

fn html() -> String {
    HTML.replace("INTEGRITY", &Digest::of(Algorithm::Sha384, APP).to_string())
}

fn script(kind: RanKind, url: &str, bytes: &[u8]) -> SeenScript {
    let mut script = SeenScript::new(kind, url, PAGE);
    script.content(bytes);
    script
}

fn file(url: &str, kind: &str) -> ReceivedFile {
    let mut file = ReceivedFile::new(url, kind);
    file.status = Some(200);
    file
}

/// A page with one script, which its element's integrity vouches for.
fn sound() -> Observation {
    let mut seen = Observation::new("Chromium", "156.0", "2026-11-26T21:04:05Z", PAGE);
    let mut page = ReceivedDocument::new(PAGE, 200);
    page.header("Content-Type", "text/html");
    page.header(
        "Content-Security-Policy",
        "img-src https: 'self' cdn.example",
    );
    page.header("Set-Cookie", "session=secret; Secure");
    page.text(html());
    seen.documents.push(page);
    seen.scripts
        .push(script(RanKind::Script, "https://example.com/app.js", APP));
    seen
}

/// What of this part is found.
fn found(report: &Report) -> Vec<(Code, String, String)> {
    let all = report.findings.iter();
    let all = all.filter(|finding| OURS.contains(&finding.code));
    all.map(|finding| {
        let subject = finding.subject.to_string();
        (finding.code, subject, finding.found.clone())
    })
    .collect()
}

fn judged(seen: &Observation) -> Vec<(Code, String, String)> {
    found(&observed(seen, &Context::new(Profile::Document)))
}

#[test]
fn a_sound_page_is_left_alone() {
    let plain = response(
        PAGE,
        &[
            ("content-type", "text/html"),
            (
                "content-security-policy",
                "img-src https: 'self' cdn.example",
            ),
        ],
        &html(),
    );
    let context = Context::new(Profile::Document).plain(&plain);
    let mut seen = sound();
    seen.files.push(file("https://cdn.example/a.png", "image"));
    // What was blocked before it was sent asked nobody.
    let mut blocked = ReceivedFile::new("https://other.example/b.png", "image");
    blocked.failure = Some("blocked: csp".to_owned());
    seen.files.push(blocked);
    seen.workers
        .push(SeenWorker::new("worker", "https://example.com/app.js"));
    let report = observed(&seen, &context);
    assert_eq!(found(&report), []);
    // The checks of headers see what the browser got.
    assert_eq!(report.of(Code::HSTS_MISSING).count(), 1);
    let json: Value = serde_json::from_str(&report.to_json()).unwrap();
    assert_eq!(
        schema::faults("audit-report.schema.json", &json),
        Vec::<String>::new()
    );
    assert!(!report.to_json().contains("secret"));
    assert!(!report.to_json().contains("doctype"));
}

#[test]
fn evidence_says_what_was_received_and_how_requirements_stand() {
    let mut seen = sound();
    seen.documents[0].header("X-Note", "<script>alert(1)</script>");
    seen.sandbox = BrowserSandbox::Off;
    for (path, kind) in [("a.png", "image"), ("b.png", "image"), ("c.css", "style")] {
        seen.files
            .push(file(&format!("https://cdn.example/{path}"), kind));
    }
    seen.console
        .push(ConsoleLine::new("error", "</code><script src=x>"));
    let mut certificate = Certificate::of_der(b"not really");
    certificate.subject = "CN=example.com".to_owned();
    seen.certificate = Some(certificate);
    let context = Context::new(Profile::Document);
    let approved = Baseline::of(&observed(&seen, &context));
    let report = observed(&seen, &context);
    let pci = |report: &Report| {
        let all = report.standings().into_iter();
        let mut pci = all.filter(|(control, _)| control.id == "11.6.1");
        pci.next().unwrap().1
    };
    let because = |why: &str| Standing::NotChecked {
        because: why.to_owned(),
    };
    let html = report.to_html();
    assert!(html.contains("there was no approved state to compare with"));
    assert_eq!(
        pci(&report),
        because(
            "whether a plain request gets the same page: none was made, or its answer was not given; \
             and there was no approved state to compare with; `--baseline`"
        )
    );
    let report = report.against(&approved, &context);
    let html = report.to_html();
    for part in [
        "2026-11-26T21:04:05Z",
        "Chromium 156.0",
        "CN=example.com",
        "<dt>its sandbox</dt><dd>off</dd>",
        "<dt>https://example.com</dt><dd>1 document</dd>",
        "<dt>https://cdn.example</dt><dd>2 image, 1 style</dd>",
        "integrity of the page",
        "<p class=\"good\">None.</p>",
        "scripts are authorised, intact and in an inventory",
        "&lt;script src=x&gt;",
    ] {
        assert!(html.contains(part), "{part}");
    }
    assert!(!html.contains("<script"), "{html}");
    let plain = audit(&response(PAGE, &[], ""), &context);
    assert_eq!(
        pci(&plain),
        because(
            "no browser was asked; `visor audit --browser` asks one; \
             and there was no approved state to compare with; `--baseline`"
        )
    );
}

/// Each state in JSON, with what a reader needs: an inventory is never called complete when code went
/// unseen.
#[test]
fn json_says_how_each_requirement_stands() {
    let context = Context::new(Profile::Document);
    let plain = response(PAGE, &[("content-type", "text/html")], &html());
    let owners = Owners::new([("https://example.com/app.js", "us", "the app")]).unwrap();
    let context = context.plain(&plain).owners(&owners);
    let standing = |seen: &Observation, id: &str| {
        let report = observed(seen, &context);
        let approved = Baseline::of(&report);
        let report = report.against(&approved, &context);
        let json: Value = serde_json::from_str(&report.to_json()).unwrap();
        let faults = schema::faults("audit-report.schema.json", &json);
        assert_eq!(faults, Vec::<String>::new());
        let all = json["standings"].as_array().unwrap().iter();
        let mut of_id = all.filter(|one| one["id"] == id);
        of_id.next().unwrap().clone()
    };
    let (inventory, changes) = ("6.4.3", "11.6.1");
    let mut seen = sound();
    seen.documents[0].headers.remove(1);
    assert_eq!(
        standing(&seen, inventory),
        serde_json::json!({
            "framework": "pci", "id": "6.4.3", "state": "passed", "codes": [], "because": null,
            "title": "scripts are authorised, intact and in an inventory",
        })
    );
    assert_eq!(standing(&seen, changes)["state"], "passed");
    seen.not_seen("who started a script", "Firefox doesn't report it");
    assert_eq!(standing(&seen, inventory)["state"], "passed");
    seen.code_not_seen("code made of strings (`eval`)", "Firefox doesn't report it");
    for id in [inventory, changes] {
        let standing = standing(&seen, id);
        assert_eq!(standing["state"], "not-checked");
        assert_eq!(
            standing["because"],
            "code made of strings (`eval`): Firefox doesn't report it"
        );
    }
    seen.scripts[0].content(b"changed");
    let failed = standing(&seen, inventory);
    assert_eq!(failed["state"], "failed");
    assert_eq!(failed["codes"], serde_json::json!(["script-unvouched"]));
}

#[test]
fn an_observation_is_kept_as_json() {
    let seen = sound();
    let text = serde_json::to_string(&seen).unwrap();
    assert!(!text.contains("secret"));
    assert_eq!(serde_json::from_str::<Observation>(&text).unwrap(), seen);
    let error = text.replacen("engine", "motor", 1);
    let error = serde_json::from_str::<Observation>(&error).unwrap_err();
    assert!(error.to_string().starts_with("unknown field `motor`"));
    let address = Observation::address("https://u:p@example.com/a?sig=1#x");
    assert_eq!(address, "https://example.com/a?...");
}

#[test]
fn code_that_nothing_vouches_for_is_found_with_its_place() {
    let mut seen = sound();
    seen.scripts[0] = script(RanKind::Script, "https://example.com/app.js", b"other()");
    let mut tag = script(RanKind::Script, "https://tags.example/two.js", b"two()");
    tag.started_by = Some("https://tags.example/one.js:3:17".to_owned());
    seen.scripts.push(tag);
    let mut inline = script(RanKind::Inline, PAGE, b"in()");
    (inline.line, inline.column) = (7, 9);
    seen.scripts.push(inline);
    let unseen = SeenScript::new(RanKind::Eval, "https://example.com/app.js", PAGE);
    seen.scripts.push(unseen);
    let digest = |bytes: &[u8]| Digest::of(Algorithm::Sha384, bytes);
    let unvouched =
        |subject: &str, found: String| (Code::SCRIPT_UNVOUCHED, subject.to_owned(), found);
    assert_eq!(
        judged(&seen),
        [
            unvouched(
                "https://example.com/:7:9",
                format!("inline, 4 bytes, {}", digest(b"in()"))
            ),
            unvouched(
                "https://example.com/app.js",
                format!("script, 7 bytes, {}", digest(b"other()"))
            ),
            unvouched(
                "https://example.com/app.js:1:1",
                "eval, its bytes were not seen".to_owned()
            ),
            unvouched(
                "https://tags.example/two.js",
                format!(
                    "script, 5 bytes, {}, started by https://tags.example/one.js:3:17",
                    digest(b"two()")
                )
            ),
        ]
    );
    // A hash in the policy vouches for inline code; a nonce doesn't.
    let hash = Digest::of(Algorithm::Sha256, b"in()");
    for (source, count) in [(format!("'{hash}'"), 3), ("'nonce-MTIzNDU2Nzg='".into(), 4)] {
        let policy = format!("script-src {source}");
        seen.documents[0].headers[1].1 = policy;
        assert_eq!(judged(&seen).len(), count, "{source}");
    }
}

#[test]
fn a_pinned_file_with_other_bytes_is_found_whether_it_ran_or_not() {
    let pins = Pins::scan(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.5.0")).unwrap();
    let context = Context::new(Profile::Document).pins(&pins);
    let engine = pins
        .files()
        .iter()
        .find(|file| std::path::Path::new(file.path()).extension() == Some("js".as_ref()));
    let engine = engine.unwrap();
    let url = format!("https://example.com{}", engine.url());
    let other = Digest::of(engine.digest().algorithm(), b"changed");
    let expected = |state: &str| {
        let found = format!("got {other}, pinned is {}; {state}", engine.digest());
        vec![(Code::RECEIVED_FILE_CHANGED, url.clone(), found)]
    };
    let mut seen = sound();
    let mut refused = file(&url, "script");
    refused.content(b"changed");
    seen.files.push(refused.clone());
    let findings = |seen: &Observation| {
        let mut all = found(&observed(seen, &context));
        all.retain(|(code, ..)| *code == Code::RECEIVED_FILE_CHANGED);
        all
    };
    assert_eq!(findings(&seen), expected("the browser took it"));
    seen.files[0].failure = Some("net::ERR_FAILED".to_owned());
    assert_eq!(findings(&seen), expected("the browser refused it"));
    seen.scripts.push(script(RanKind::Script, &url, b"changed"));
    assert_eq!(findings(&seen), expected("it ran"));

    // The pinned bytes are vouched for, wherever they came from.
    let root = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/fixtures/sdk/1.5.0/node_modules"
    );
    let name = engine.path();
    let paths = [
        "@azure/ai-vision-face-ui",
        "@azure-ai-vision-face/ui-assets",
    ];
    let bytes = paths
        .iter()
        .find_map(|package| std::fs::read(format!("{root}/{package}/{name}")).ok());
    if let Some(bytes) = bytes {
        let mut seen = sound();
        seen.scripts.push(script(RanKind::Script, &url, &bytes));
        assert_eq!(found(&observed(&seen, &context)), []);
    }
}

#[test]
fn owners_are_asked_for_once_there_is_a_file_of_them() {
    let owners: Owners = toml::from_str(
        "[[script]]\nscript = 'https://example.com/app.js'\nowner = 'us'\njustification = 'the app'",
    )
    .unwrap();
    let context = Context::new(Profile::Document).owners(&owners);
    let mut seen = sound();
    let report = observed(&seen, &context);
    assert_eq!(found(&report), []);
    let received = report.received.unwrap();
    assert_eq!(received.inventory[0].owner.as_deref(), Some("us"));
    assert_eq!(
        received.inventory[0].vouched.as_deref(),
        Some("integrity of the page")
    );
    seen.scripts[0].url = "https://example.com/other.js".to_owned();
    let report = observed(&seen, &context);
    assert_eq!(report.of(Code::SCRIPT_UNOWNED).count(), 1);

    let errors = Owners::new([("a.js", " ", "")]).unwrap_err();
    assert_eq!(
        errors.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "script 1 (`a.js`): owner is empty; an auditor asks for it",
            "script 1 (`a.js`): justification is empty; an auditor asks for it",
        ]
    );
}

#[test]
fn workers_hosts_and_violations_are_found_unless_approved() {
    let mut seen = sound();
    let mut worker = SeenWorker::new("service-worker", "https://example.com/sw.js");
    worker.scope = Some(PAGE.to_owned());
    seen.workers.push(worker);
    seen.files
        .push(file("https://tags.example/a.png?id=1", "image"));
    seen.files.push(file("https://tags.example/b.png", "image"));
    let mut rule = BrokenRule::new("script-src-elem", "https://evil.example/x.js?a=b");
    rule.source = Some("https://example.com/app.js:3:1".to_owned());
    seen.violations.push(rule);
    let text = str::to_owned;
    assert_eq!(
        judged(&seen),
        [
            (
                Code::SERVICE_WORKER_SEEN,
                text("https://example.com/sw.js"),
                text("registered for https://example.com/")
            ),
            (
                Code::HOST_UNNAMED,
                text("https://tags.example"),
                text("2 image")
            ),
            (
                Code::POLICY_VIOLATED,
                text("https://example.com/app.js:3:1"),
                text("script-src-elem blocked https://evil.example/x.js?...")
            ),
        ]
    );
    seen.violations.clear();
    seen.scripts.push(script(RanKind::Eval, PAGE, b"1+1"));
    let context = Context::new(Profile::Document);
    let approved = Baseline::of(&observed(&seen, &context));
    let context = context.approved(&approved);
    let report = observed(&seen, &context);
    assert_eq!(found(&report), []);
    let same = report.against(&approved, &context);
    assert_eq!(same.of(Code::SCRIPT_DRIFT).count(), 0);
    assert_eq!(same.of(Code::HEADER_DRIFT).count(), 0);

    // What was approved is data, and what changes since is found.
    let json = serde_json::to_string(&approved).unwrap();
    assert_eq!(serde_json::from_str::<Baseline>(&json).unwrap(), approved);
    seen.scripts[0].content(b"changed");
    seen.documents[0].headers.remove(1);
    seen.files.push(file("https://more.example/c.png", "image"));
    let drifted = observed(&seen, &context).against(&approved, &context);
    let places: Vec<String> = [Code::SCRIPT_DRIFT, Code::HEADER_DRIFT]
        .iter()
        .flat_map(|code| drifted.of(*code))
        .map(|finding| finding.subject.to_string())
        .collect();
    assert_eq!(
        places,
        [
            "https://example.com/app.js",
            "https://more.example",
            "header content-security-policy"
        ]
    );
}

#[test]
fn a_baseline_of_one_kind_says_what_it_was_not_compared_with() {
    let context = Context::new(Profile::Document);
    let with = observed(&sound(), &context);
    let without = audit(&response(PAGE, &[], ""), &context);
    let why = |report: Report, baseline: &Baseline| {
        let report = report.against(baseline, &context);
        let mut all = report.not_checked.into_iter();
        let what = "the page as received, against the baseline";
        all.find(|one| one.what == what).map(|one| one.why)
    };
    let (browsed, plain) = (Baseline::of(&with), Baseline::of(&without));
    assert_eq!(why(with.clone(), &browsed), None);
    assert_eq!(
        why(without, &browsed).unwrap(),
        "no browser was asked; `visor audit --browser` asks one"
    );
    assert_eq!(
        why(with, &plain).unwrap(),
        "the baseline holds nothing that a browser saw; write it again with --browser"
    );
}

#[test]
fn what_only_one_of_two_visitors_gets_is_found() {
    let seen = sound();
    let other = html().replace("<!doctype html>", "<!doctype html><script>bot()</script>");
    let plain = response(PAGE, &[("content-type", "text/html")], &other);
    let app = response("https://example.com/app.js", &[], "run(2)");
    let files = [app];
    let context = Context::new(Profile::Document)
        .plain(&plain)
        .resources(&files);
    let differences: Vec<_> = found(&observed(&seen, &context))
        .into_iter()
        .map(|(_, subject, found)| format!("{subject}: {found}"))
        .collect();
    let digest = |text: &str| Digest::of(Algorithm::Sha384, text.as_bytes());
    assert_eq!(
        differences,
        [
            "header content-security-policy: a plain request got none, the browser \
             `img-src https: 'self' cdn.example`"
                .to_owned(),
            format!(
                "<script> at 1:16: only a plain request got an inline script with {}",
                digest("bot()")
            ),
            format!(
                "https://example.com/app.js: a plain request got {}, the browser {}",
                digest("run(2)"),
                digest("run()")
            ),
        ]
    );
}
