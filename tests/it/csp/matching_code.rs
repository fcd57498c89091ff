//! Does a policy let code run? Own cases for each rule, then the standards' cases.

use tower_visor::csp::{ExternalScript, Inline};
use tower_visor::sri::{Algorithm, Digest};

use super::{list, origin, url};
use crate::conformance;

const PAGE: &str = "https://example.com";

#[test]
fn inline_code_needs_unsafe_inline_a_nonce_or_a_hash() {
    let text = "start();";
    let hash = Digest::of(Algorithm::Sha256, text.as_bytes());
    let all = [
        Inline::script(text).nonce("abc"),
        Inline::event_handler(text).nonce("abc"),
        Inline::javascript_url(text).nonce("abc"),
        Inline::style(text).nonce("abc"),
        Inline::style_attribute(text).nonce("abc"),
    ];
    for (header, expected) in [
        (String::new(), [true; 5]),
        ("img-src 'none'".into(), [true; 5]),
        ("default-src 'none'".into(), [false; 5]),
        ("default-src *".into(), [false; 5]),
        ("default-src 'unsafe-inline'".into(), [true; 5]),
        (
            "default-src 'nonce-abc'".into(),
            [true, false, false, true, false],
        ),
        (
            "default-src 'nonce-abc' 'unsafe-inline'".into(),
            [true, false, false, true, false],
        ),
        ("default-src 'nonce-ABC'".into(), [false; 5]),
        (
            format!("default-src '{hash}'"),
            [true, false, false, true, false],
        ),
        (format!("default-src '{hash}' 'unsafe-hashes'"), [true; 5]),
        (
            format!("default-src 'unsafe-inline' '{hash}'"),
            [true, false, false, true, false],
        ),
        // 'strict-dynamic' is for scripts.
        (
            "default-src 'unsafe-inline' 'strict-dynamic'".into(),
            [false, false, false, true, true],
        ),
        (
            "script-src 'none'; style-src 'unsafe-inline'".into(),
            [false, false, false, true, true],
        ),
        (
            "script-src 'unsafe-inline'; script-src-attr 'none'".into(),
            [true, false, true, true, true],
        ),
        (
            "script-src 'unsafe-inline'; script-src-elem 'none'".into(),
            [false, true, false, true, true],
        ),
        (
            "style-src 'unsafe-inline'; style-src-attr 'none'".into(),
            [true, true, true, true, false],
        ),
        (
            "default-src 'unsafe-inline', script-src 'none'".into(),
            [false, false, false, true, true],
        ),
    ] {
        let policy = list(&header);
        assert_eq!(
            all.map(|inline| policy.allows_inline(&inline)),
            expected,
            "{header}"
        );
    }
    let empty = list("script-src 'nonce-'");
    assert!(
        !empty.allows_inline(&Inline::script(text)),
        "an empty nonce is none"
    );
}

#[test]
fn external_scripts_by_nonce_hash_strict_dynamic_and_url() {
    let page = origin(PAGE);
    let target = url("https://cdn.com/app.js");
    let (a, b) = (
        Digest::of(Algorithm::Sha256, b"a"),
        Digest::of(Algorithm::Sha512, b"b"),
    );
    let script = ExternalScript::new(&target);
    let allows = |header: &str, script: &ExternalScript<'_>| {
        list(header).allows_external_script(script, &page)
    };

    assert!(allows("img-src 'none'", &script));
    assert!(allows("script-src cdn.com", &script));
    assert!(!allows("script-src cdn.com/other.js", &script));
    assert!(allows("script-src cdn.com/other.js", &script.redirected()));
    assert!(!allows("script-src 'unsafe-inline'", &script));
    assert!(allows("script-src 'nonce-abc'", &script.nonce("abc")));
    assert!(!allows("script-src 'nonce-abc'", &script.nonce("Abc")));

    let dynamic = "script-src cdn.com 'nonce-abc' 'strict-dynamic'";
    assert!(!allows(dynamic, &script), "hosts are cancelled");
    assert!(allows(dynamic, &script.added_by_script()));
    assert!(allows(dynamic, &script.nonce("abc")));

    let one = format!("script-src '{a}'");
    let both = format!("script-src '{a}' '{b}'");
    let integrity = format!("{a} {b}");
    assert!(allows(&one, &script.integrity(&a.to_string())));
    assert!(!allows(&one, &script.integrity(&b.to_string())));
    // The weaker one wouldn't be checked, and must be listed all the same.
    assert!(!allows(&one, &script.integrity(&integrity)));
    assert!(allows(&both, &script.integrity(&integrity)));
    // What browsers ignore in the attribute spoils nothing, and alone it is not an integrity.
    assert!(allows(
        &one,
        &script.integrity(&format!("{a} sha384-% md5-x"))
    ));
    assert!(!allows(&one, &script.integrity("sha256-%")));
    assert!(!allows(&one, &script.integrity(&format!("{a} sha256-xyz"))));
    // Key sources: one browser has them.
    let key = "ed25519-JrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=";
    assert!(allows(
        &format!("script-src '{key}'"),
        &script.integrity(key)
    ));
    assert!(!allows(&one, &script.integrity(key)));
    // Of several, each must be listed.
    let other = "ed25519-xDnP380zcL4rJ76rXYjeHlfMyPZEOqpJYjsjEppbuXE=";
    let keys = format!("{key} {other}");
    let listed = |keys: &str| format!("script-src {keys}");
    assert!(!allows(
        &listed(&format!("'{key}'")),
        &script.integrity(&keys)
    ));
    assert!(!allows(
        &listed(&format!("'{other}'")),
        &script.integrity(&keys)
    ));
    assert!(allows(
        &listed(&format!("'{other}' '{key}'")),
        &script.integrity(&keys)
    ));
    assert!(allows(&one, &script.integrity(&format!("{a} {key}"))));
}

#[test]
fn eval_and_wasm_obey_script_src() {
    for (header, eval, wasm) in [
        ("", true, true),
        ("style-src 'none'", true, true),
        ("default-src 'none'", false, false),
        ("default-src 'unsafe-eval'", true, true),
        ("script-src 'wasm-unsafe-eval'", false, true),
        (
            "script-src 'self'; script-src-elem 'unsafe-eval'",
            false,
            false,
        ),
        ("script-src-elem 'none'", true, true),
        (
            "script-src 'unsafe-eval', script-src 'wasm-unsafe-eval'",
            false,
            true,
        ),
        ("script-src 'trusted-types-eval'", false, false),
        // Measured: this takes plain strings.
        (
            "script-src 'trusted-types-eval'; require-trusted-types-for 'script'",
            true,
            false,
        ),
        (
            "script-src 'trusted-types-eval', require-trusted-types-for 'script'",
            true,
            false,
        ),
    ] {
        let policy = list(header);
        assert_eq!(
            (policy.allows_eval(), policy.allows_wasm()),
            (eval, wasm),
            "{header}"
        );
    }
}

#[test]
fn conformance_external_hash() {
    let Some(data) = conformance::load("csp-external-hash.json") else {
        return;
    };
    let page = origin(data["page_origin"].as_str().unwrap());
    let policy = list(data["policy"].as_str().unwrap());
    conformance::each(&data["cases"], |case| {
        let input = &case["input"];
        let text = input["url"].as_str().ok_or("no URL")?;
        let target = match text.strip_prefix("./") {
            Some(file) => url(&format!("{page}/{file}")),
            None => url(text),
        };
        let integrity = input["integrity"].as_str().ok_or("no integrity")?;
        let script = ExternalScript::new(&target).integrity(integrity);
        let runs = policy.allows_external_script(&script, &page);
        (case["expected"]["runs"] == runs)
            .then_some(())
            .ok_or(format!("runs: {runs}"))
    });
}

#[test]
fn conformance_hash_in_base64url() {
    let Some(data) = conformance::load("csp-hash-base64url.json") else {
        return;
    };
    conformance::each(&data["cases"], |case| {
        let input = &case["input"];
        let source = input["source_expression"].as_str().ok_or("no source")?;
        let script = Inline::script(input["inline_script"].as_str().ok_or("no script")?);
        let allowed = list(&format!("script-src {source}")).allows_inline(&script);
        (case["expected"]["allowed"] == allowed)
            .then_some(())
            .ok_or(format!("allowed: {allowed}"))
    });
}
