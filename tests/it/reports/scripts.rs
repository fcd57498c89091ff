//! What browsers report of the scripts that they ran.

use std::fmt::Write as _;

use serde_json::{Value, json};
use tower_visor::app::AppFiles;
use tower_visor::reports::{KnownScripts, RanScript, ReportsError, ScriptVerdict};
use tower_visor::sri::{Algorithm, Digest};

use crate::support::{ORIGIN, pins};

pub(super) fn known() -> KnownScripts {
    let app = AppFiles::new()
        .file("/app.js", "mine")
        .unwrap()
        // What is pinned stays so.
        .file("/FaceLivenessDetector.js", "other")
        .unwrap();
    KnownScripts::new(ORIGIN.parse().unwrap(), &pins("/")).and(&app)
}

/// As Chromium 156 sends it.
fn report(url: &str, hash: &str) -> Value {
    json!({
        "age": 19,
        "body": {
            "destination": "script",
            "documentURL": format!("{ORIGIN}/?auto"),
            "hash": hash,
            "subresourceURL": url,
            "type": "subresource",
        },
        "type": "csp-hash",
        "url": format!("{ORIGIN}/?auto"),
        "user_agent": "Mozilla/5.0",
    })
}

fn read(reports: &Value) -> Vec<RanScript> {
    RanScript::read(reports.to_string().as_bytes()).unwrap()
}

fn judge(path: &str, hash: &str) -> ScriptVerdict {
    let url = format!("{ORIGIN}{path}");
    let scripts = read(&json!([report(&url, hash)]));
    let [script] = &scripts[..] else {
        panic!("{scripts:?}")
    };
    assert_eq!(script.url(), url);
    assert_eq!(script.document(), format!("{ORIGIN}/?auto"));
    known().judge(script)
}

fn hex(digest: &Digest) -> String {
    let mut digits = String::new();
    for byte in digest.as_bytes() {
        write!(digits, "{byte:02X}").unwrap();
    }
    format!("{}-{digits}", digest.algorithm())
}

#[test]
fn a_known_script_is_known_by_its_digest_and_its_url() {
    let component = pins("/").file("FaceLivenessDetector.js").unwrap().digest();
    let app = Digest::of(Algorithm::Sha384, b"mine");
    for (path, digest) in [
        ("/FaceLivenessDetector.js", component),
        ("/FaceLivenessDetector.js?v=2", component),
        ("/app.js", app),
    ] {
        assert_eq!(
            judge(path, &digest.to_string()),
            ScriptVerdict::Known,
            "{path}"
        );
        assert_eq!(judge(path, &hex(&digest)), ScriptVerdict::Known, "{path}");
    }
    assert_eq!(
        judge("/FaceLivenessDetector.js", &app.to_string()),
        ScriptVerdict::Changed {
            expected: component,
            found: app
        }
    );
    assert_eq!(judge("/other.js", &app.to_string()), ScriptVerdict::Unknown);
    for none in [
        "",
        "sha384-",
        "sha384-AAAA",
        "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "md5-00",
    ] {
        let verdict = judge("/app.js", none);
        assert_eq!(verdict, ScriptVerdict::NoDigest, "{none}");
    }
    for foreign in [
        "http://liveness.contoso.example/app.js",
        "https://liveness.contoso.example:8443/app.js",
        "https://cdn.example/app.js",
        "blob:https://liveness.contoso.example/app.js",
        "/app.js",
        "\u{202e}",
        "",
    ] {
        let script = read(&json!([report(foreign, &app.to_string())]));
        assert_eq!(
            known().judge(&script[0]),
            ScriptVerdict::Unknown,
            "{foreign}"
        );
    }
}

#[test]
fn verdicts_are_words_for_a_log() {
    let (expected, found) = (
        Digest::of(Algorithm::Sha256, b""),
        Digest::of(Algorithm::Sha256, b"a"),
    );
    assert_eq!(
        [
            ScriptVerdict::Known,
            ScriptVerdict::Changed { expected, found },
            ScriptVerdict::Unknown,
            ScriptVerdict::NoDigest
        ]
        .map(|verdict| verdict.to_string()),
        [
            "a known script ran",
            "a changed script ran, sha256-ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs= instead of \
             sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
            "an unknown script ran",
            "a script ran that can't be compared",
        ]
    );
}

#[test]
fn other_reports_are_left_out() {
    let mut other = report("https://a.example/x.js", "");
    other["type"] = json!("csp-violation");
    let of_scripts = report("https://a.example/y.js", "");
    for list in [json!([]), json!([1, null, "csp-hash", {}]), json!([other])] {
        assert_eq!(read(&list), [], "{list}");
    }
    assert_eq!(
        read(&json!([other, of_scripts]))[0].url(),
        "https://a.example/y.js"
    );
    // As the draft spells the members.
    let draft = json!([{"type": "csp-hash", "body": {
        "document_url": "https://a.example/", "subresource_url": "https://a.example/z.js"}}]);
    let script = &read(&draft)[0];
    assert_eq!(script.url(), "https://a.example/z.js");
    assert_eq!(script.document(), "https://a.example/");
    assert_eq!(script.digest(), None);
}

#[test]
fn what_is_no_list_of_reports_is_an_error() {
    let message = |body: &[u8]| RanScript::read(body).unwrap_err().to_string();
    assert_eq!(
        message(b"[,]"),
        "reports: not JSON: expected value at line 1 column 2; route only `POST` with \
         `application/reports+json` here"
    );
    assert_eq!(
        message(br#"{"csp-report": {}}"#),
        "reports: not a list: browsers send one to the endpoint of `report-to`; what goes \
         to `report-uri` has another form"
    );
    assert_eq!(
        message(br#"[{}, {"type": "csp-hash", "body": {"subresourceURL": 1}}]"#),
        "report 1: `csp-hash` without `subresourceURL`"
    );
    let longest = vec![b' '; RanScript::LONGEST];
    assert!(matches!(
        RanScript::read(&longest),
        Err(ReportsError::Json { .. })
    ));
    let longer = vec![b' '; RanScript::LONGEST + 1];
    assert_eq!(
        message(&longer),
        "reports: the body has 262145 bytes, over the limit of 262144"
    );
    // Deep nesting is an error of the parser, not the end of the stack.
    assert!(message(&vec![b'['; RanScript::LONGEST]).contains("recursion limit"));
}

proptest::proptest! {
    #[test]
    fn no_body_makes_it_panic(body: Vec<u8>, url: String, hash: String) {
        let _ = RanScript::read(&body);
        let scripts = read(&json!([report(&url, &hash)]));
        let verdict = known().judge(&scripts[0]);
        proptest::prop_assert!(verdict != ScriptVerdict::Known);
    }
}
