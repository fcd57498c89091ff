//! Does a policy allow it? Own cases for each step of the standard, then the standards' cases.

use tower_visor::csp::{DirectiveName, ExternalScript, Inline, Origin, PolicyList, Url};
use tower_visor::sri::{Algorithm, Digest};

use crate::conformance;

fn list(header: &str) -> PolicyList {
    PolicyList::effective([header])
}

fn url(text: &str) -> Url {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn origin(text: &str) -> Origin {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Checks `source` alone in `img-src`, on a page of `page`.
fn check(page: &str, source: &str, matching: &[&str], others: &[&str]) {
    let policy = list(&format!("img-src {source}"));
    let page = origin(page);
    for (urls, expected) in [(matching, true), (others, false)] {
        for target in urls {
            assert_eq!(
                policy.allows_url(DirectiveName::ImgSrc, &url(target), &page),
                expected,
                "{source} and {target} on {page}"
            );
        }
    }
}

const PAGE: &str = "https://example.com";

#[test]
fn star_is_every_network_scheme_and_the_pages_own() {
    check(
        PAGE,
        "*",
        &[
            "http://a.com",
            "https://a.com:81/x",
            "ws://a.com",
            "wss://a.com",
        ],
        &[
            "data:,x",
            "blob:https://example.com/1",
            "ftp://a.com/",
            "app://a",
        ],
    );
    check(
        "app://own",
        "*",
        &["app://other/x", "https://a.com"],
        &["data:,x"],
    );
}

#[test]
fn schemes_match_themselves_and_their_upgrade() {
    check(
        PAGE,
        "http:",
        &["http://a.com", "https://a.com:8443"],
        &["ws://a.com", "data:,x"],
    );
    check(
        PAGE,
        "https:",
        &["https://a.com"],
        &["http://a.com", "wss://a.com"],
    );
    // By the standard a web socket's request is one of `http`; Chromium is narrower.
    check(
        PAGE,
        "ws:",
        &["ws://a.com", "wss://a.com", "http://a.com", "https://a.com"],
        &["data:,x"],
    );
    check(
        PAGE,
        "wss:",
        &["wss://a.com", "https://a.com"],
        &["ws://a.com", "http://a.com"],
    );
    check(
        PAGE,
        "data:",
        &["data:image/png;base64,AAAA"],
        &["https://data/", "blob:x"],
    );
}

#[test]
fn hosts_without_a_scheme_take_the_pages() {
    check(
        PAGE,
        "a.com",
        &["https://a.com/x"],
        &["http://a.com/x", "wss://a.com", "https://b.com"],
    );
    check(
        "http://example.com",
        "a.com",
        &["http://a.com", "https://a.com"],
        &["ws://a.com", "https://a.com:8443"],
    );
}

#[test]
fn wildcards_are_labels_and_never_the_name_itself() {
    check(
        PAGE,
        "https://*.a.com",
        &["https://x.a.com", "https://y.x.A.com"],
        &[
            "https://a.com",
            "https://xa.com",
            "https://x.a.com.evil.com",
        ],
    );
    check(
        PAGE,
        "https://*",
        &["https://anything"],
        &["http://anything", "https://a.com:81"],
    );
    check(PAGE, "self", &["https://self/"], &["https://example.com/"]);
}

#[test]
fn of_the_addresses_only_localhosts_matches() {
    check(
        PAGE,
        "https://127.0.0.1",
        &["https://127.0.0.1/"],
        &["https://127.0.0.2/"],
    );
    check(PAGE, "https://10.0.0.1", &[], &["https://10.0.0.1/"]);
    check(
        "http://[::1]:8080",
        "'self'",
        &["http://[::1]:8080/x"],
        &["http://[::1]/x"],
    );
}

#[test]
fn ports_are_exact_except_for_the_upgrade() {
    check(
        PAGE,
        "https://a.com",
        &["https://a.com:443/"],
        &["https://a.com:8443/"],
    );
    check(
        PAGE,
        "https://a.com:443",
        &["https://a.com/"],
        &["https://a.com:444/"],
    );
    check(
        PAGE,
        "https://a.com:*",
        &["https://a.com/", "https://a.com:1/"],
        &["http://a.com:1/"],
    );
    check(
        PAGE,
        "http://a.com:80",
        &["http://a.com/", "https://a.com/", "https://a.com:80/"],
        &["http://a.com:443/", "https://a.com:8443/"],
    );
    check(
        PAGE,
        "http://a.com:8080",
        &["http://a.com:8080/", "https://a.com:8080/"],
        &["https://a.com/"],
    );
    check(
        PAGE,
        "https://a.com:80",
        &["https://a.com:80/"],
        &["https://a.com/"],
    );
    check(PAGE, "app://a", &["app://a/x"], &["app://a:1/x"]);
}

#[test]
fn paths_are_a_file_or_a_directory() {
    check(
        PAGE,
        "a.com/x/y",
        &[
            "https://a.com/x/y",
            "https://a.com/x/y?q",
            "https://a.com/%78/y#f",
            "https://a.com/z/../x/y",
        ],
        &[
            "https://a.com/x/y/",
            "https://a.com/x",
            "https://a.com/x/yz",
            "https://a.com/X/y",
            "https://a.com/x/y/z",
        ],
    );
    check(
        PAGE,
        "a.com/x/",
        &[
            "https://a.com/x/",
            "https://a.com/x/y",
            "https://a.com/x/y/z/",
        ],
        &["https://a.com/x", "https://a.com/", "https://a.com/xy/"],
    );
    check(
        PAGE,
        "a.com/",
        &["https://a.com", "https://a.com/any/thing"],
        &[],
    );
    // A slash that is encoded is no separator.
    check(
        PAGE,
        "a.com/x%2Fy",
        &["https://a.com/x%2fy"],
        &["https://a.com/x/y"],
    );
    check(
        PAGE,
        "a.com/x y",
        &["https://a.com/x"],
        &["https://a.com/x%20y"],
    );
}

#[test]
fn after_a_redirect_the_path_does_not_count() {
    let policy = list("img-src a.com/x; connect-src b.com/y");
    let page = origin(PAGE);
    let other = url("https://a.com/other");
    assert!(!policy.allows_url(DirectiveName::ImgSrc, &other, &page));
    assert!(policy.allows_redirect_to(DirectiveName::ImgSrc, &other, &page));
    assert!(!policy.allows_redirect_to(DirectiveName::ConnectSrc, &other, &page));
}

#[test]
fn self_is_the_origin_and_its_upgrades() {
    check(
        PAGE,
        "'self'",
        &["https://example.com/x", "wss://example.com/"],
        &[
            "http://example.com/",
            "https://example.com:8443/",
            "https://www.example.com/",
            "data:,x",
            "ws://example.com",
        ],
    );
    check(
        "http://example.com:8080",
        "'self'",
        &[
            "http://example.com:8080/",
            "https://example.com:8080/",
            "ws://example.com:8080/",
            "wss://example.com:8080/",
        ],
        &["http://example.com/", "https://example.com/"],
    );
    check(
        "http://example.com",
        "'self'",
        &["https://example.com/", "ws://example.com/"],
        &["https://example.com:80/x:81"][..0],
    );
}

#[test]
fn all_policies_must_allow_and_fallbacks_decide() {
    let page = origin(PAGE);
    let policies = PolicyList::effective([
        "img-src a.com b.com",
        "default-src 'none'; img-src b.com, sandbox",
    ]);
    let allows = |name, target: &str| policies.allows_url(name, &url(target), &page);
    assert!(allows(DirectiveName::ImgSrc, "https://b.com"));
    assert!(!allows(DirectiveName::ImgSrc, "https://a.com"));
    assert!(
        !allows(DirectiveName::FontSrc, "https://b.com"),
        "default-src"
    );
    assert!(
        allows(DirectiveName::FormAction, "https://evil.com"),
        "no fallback"
    );
    assert!(
        allows(DirectiveName::Sandbox, "https://b.com"),
        "no source list"
    );
    assert!(PolicyList::default().allows_url(DirectiveName::ScriptSrc, &url("http://x"), &page));
    let framed = list("frame-ancestors 'self' https://portal.example");
    let by = |who: &str| {
        framed.allows_url(
            DirectiveName::FrameAncestors,
            &Url::from(origin(who)),
            &page,
        )
    };
    assert!(by(PAGE) && by("https://portal.example") && !by("https://evil.example"));
}

#[test]
fn workers_fall_back_to_scripts() {
    let page = origin(PAGE);
    let allows = |header: &str| {
        list(header).allows_url(
            DirectiveName::WorkerSrc,
            &url("https://example.com/w.js"),
            &page,
        )
    };
    assert!(allows("script-src 'self'"));
    assert!(!allows("script-src 'nonce-abc'"));
    assert!(!allows("child-src 'none'; script-src 'self'"));
    // Measured: under 'strict-dynamic' every worker starts.
    assert!(allows("script-src 'nonce-abc' 'strict-dynamic'"));
    assert!(allows("default-src 'nonce-abc' 'strict-dynamic'"));
    assert!(allows("script-src 'nonce-abc'; child-src 'strict-dynamic'"));
}

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
    // What browsers ignore in the attribute spoils nothing, and alone it is no integrity.
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
fn conformance_parsing() {
    let Some(data) = conformance::load("csp-parsing.json") else {
        return;
    };
    let page = origin("https://page.test");
    let image = url("https://page.test/image.png");
    conformance::each(&data["cases"], |case| {
        let policy = list(case["input"].as_str().ok_or("no input")?);
        let allowed = policy.allows_url(DirectiveName::ImgSrc, &image, &page);
        (case["expected"]["image_allowed"] == allowed)
            .then_some(())
            .ok_or(format!("image allowed: {allowed}"))
    });
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
