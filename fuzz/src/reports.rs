//! Bodies that browsers, or anybody, send to a reporting endpoint.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::OnceLock;

use serde_json::Value;
use tower_visor::app::AppFiles;
use tower_visor::pins::Pins;
use tower_visor::reports::{KnownScripts, RanScript, ReportsError, ScriptVerdict};
use tower_visor::sri::{Algorithm, Digest};
use tower_visor::url::Url;

use super::{is_message, seeds};

const ORIGIN: &str = "https://liveness.contoso.example";

struct Site {
    known: KnownScripts,
    digests: BTreeSet<String>,
    paths: BTreeSet<String>,
}

fn site() -> &'static Site {
    static SITE: OnceLock<Site> = OnceLock::new();
    SITE.get_or_init(|| {
        let pins = Pins::scan(seeds::fixtures().join("sdk/1.5.0")).expect("the stand-in");
        let app = AppFiles::new().file("/app.js", "mine").expect("a file");
        let files = pins.files().iter();
        let own = Digest::of(Algorithm::Sha384, b"mine").to_string();
        Site {
            known: KnownScripts::new(ORIGIN.parse().expect("an origin"), &pins).and(&app),
            digests: files
                .clone()
                .map(|file| file.digest().to_string())
                .chain([own])
                .collect(),
            paths: files
                .map(|file| file.url().to_owned())
                .chain(["/app.js".to_owned()])
                .collect(),
        }
    })
}

/// The body of a request.
pub fn run(data: &[u8]) {
    let read = RanScript::read(data);
    assert_eq!(read, RanScript::read(data));
    let json: Option<Value> = serde_json::from_slice(data).ok();
    let scripts = match read {
        Ok(scripts) => scripts,
        Err(error) => {
            is_message(&error);
            match error {
                ReportsError::TooLong { .. } => assert!(data.len() > RanScript::LONGEST),
                ReportsError::Json { .. } => assert_eq!(json, None),
                ReportsError::NoList => assert!(!json.expect("JSON").is_array()),
                ReportsError::NoUrl { index } => {
                    assert_eq!(json.expect("JSON")[index]["type"], "csp-hash");
                }
                _ => {}
            }
            return;
        }
    };
    // One for each report of that type, and none for another.
    let json = json.expect("what was read");
    let reports = json.as_array().expect("a list");
    let of_scripts: Vec<&Value> = reports
        .iter()
        .filter(|report| report["type"] == "csp-hash")
        .collect();
    assert_eq!(of_scripts.len(), scripts.len());
    for (script, report) in scripts.iter().zip(of_scripts) {
        let told: Vec<&Value> = report["body"]
            .as_object()
            .expect("a body")
            .values()
            .collect();
        assert!(told.contains(&&Value::from(script.url())));
        judge(script);
    }
}

/// What is taken for a known file is one.
fn judge(script: &RanScript) {
    let site = site();
    let verdict = site.known.judge(script);
    is_message(&verdict);
    // As the browser that ran it read the URL.
    let is_known_place = Url::effective(script.url()).is_ok_and(|url| {
        let origin = url.origin().map(ToString::to_string);
        origin.as_deref() == Some(ORIGIN) && site.paths.contains(url.path())
    });
    assert_eq!(
        is_known_place,
        verdict != ScriptVerdict::Unknown,
        "{verdict}"
    );
    match verdict {
        ScriptVerdict::Known => {
            let digest = script.digest().expect("a digest").to_string();
            assert!(site.digests.contains(&digest));
        }
        ScriptVerdict::Changed { expected, found } => {
            assert_ne!(expected, found);
            assert_eq!(script.digest(), Some(found));
            assert!(site.digests.contains(&expected.to_string()));
        }
        _ => {}
    }
}

/// As Chromium sends them, with each verdict; and what else comes to such an endpoint.
pub fn seeds() -> Vec<Vec<u8>> {
    let pins = Pins::scan(seeds::fixtures().join("sdk/1.5.0")).expect("the stand-in");
    let file = pins.files().first().expect("a file");
    let (path, digest) = (file.url(), file.digest());
    let mut hex = String::new();
    for byte in digest.as_bytes() {
        write!(hex, "{byte:02x}").expect("a text");
    }
    let report = |url: &str, hash: &str| {
        format!(
            r#"{{"age": 19, "type": "csp-hash", "url": "{ORIGIN}/?a", "user_agent": "Mozilla/5.0", "body": {{"destination": "script", "documentURL": "{ORIGIN}/?a", "hash": "{hash}", "subresourceURL": "{url}", "type": "subresource"}}}}"#
        )
    };
    let other = Digest::of(Algorithm::Sha256, b"other").to_string();
    let mut seeds = vec![
        report(&format!("{ORIGIN}{path}"), &digest.to_string()),
        report(&format!("{ORIGIN}{path}?v=2"), &format!("sha384-{hex}")),
        report(&format!("{ORIGIN}/app.js#x"), &digest.to_string()),
        report(&format!("{ORIGIN}{path}"), &other),
        report(&format!("{ORIGIN}:443/%61pp.js"), ""),
        report("https://evil.example/app.js", &other),
        report("inline", "sha384-"),
        r#"{"type": "csp-hash", "body": {"subresource_url": "/app.js", "document_url": 1}}"#.to_owned(),
        r#"{"type": "csp-hash", "body": {}}"#.to_owned(),
        r#"{"type": "csp-violation", "body": {"blockedURL": "inline", "effectiveDirective": "script-src-elem", "disposition": "enforce", "sample": "alert(1)"}}"#.to_owned(),
    ];
    let all = seeds.join(", ");
    seeds.push(all);
    for seed in &mut seeds {
        *seed = format!("[{seed}]");
    }
    seeds.push(
        r#"{"csp-report": {"blocked-uri": "inline", "violated-directive": "script-src-elem"}}"#
            .to_owned(),
    );
    seeds.push("null".to_owned());
    let mut seeds: Vec<Vec<u8>> = seeds.into_iter().map(String::into_bytes).collect();
    let texts = seeds::conformance("csp-hash-base64url.json").into_iter();
    let digests = texts.filter(|text| text.starts_with("sha") && !text.contains([' ', '"', '\\']));
    let of_standards =
        digests.map(|digest| format!("[{}]", report(&format!("{ORIGIN}/app.js"), &digest)));
    seeds.extend(of_standards.map(String::into_bytes));
    seeds
}
