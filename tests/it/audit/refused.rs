//! What browsers refuse before the SDK has begun, and the camera that an old header denies.

use tower_visor::audit::{Code, Context, Profile, Report, Response, audit};
use tower_visor::sdk::Releases;
use tower_visor::sri::{Algorithm, Digest};

use super::response;

const PAGE: &str = "https://example.com/";
const APP: &str = "<!doctype html><script type=module src=/app.js></script>\
    <script src=/old.js></script><azure-ai-vision-face-ui></azure-ai-vision-face-ui>";

fn page(headers: &[(&str, &str)], html: &str, files: &[Response]) -> Report {
    let mut all = vec![("content-type", "text/html; charset=utf-8")];
    all.extend(headers);
    let context = Context::new(Profile::Liveness).resources(files);
    audit(&response(PAGE, &all, html), &context)
}

fn found(report: &Report, code: Code) -> Vec<String> {
    let findings = report.findings.iter().filter(|one| one.code == code);
    findings
        .map(|one| format!("{}: {}", one.subject, one.found))
        .collect()
}

#[test]
fn the_type_of_a_script_decides_whether_it_runs() {
    for (name, types, nosniff, refused) in [
        (
            "app.js",
            &["text/javascript; charset=utf-8"][..],
            "nosniff",
            None,
        ),
        ("app.js", &["APPLICATION/X-JavaScript"], "", None),
        ("app.js", &["text/plain, text/javascript"], "", None),
        ("app.js", &["text/plain", "text/javascript"], "", None),
        (
            "app.js",
            &["text/javascript", "text/plain"],
            "",
            Some("`text/plain`: modules"),
        ),
        ("app.js", &["text/plain"], "", Some("`text/plain`: modules")),
        (
            "app.js",
            &["application/octet-stream"],
            "",
            Some("`application/octet-stream`: modules"),
        ),
        ("app.js", &[], "", Some("no type: modules")),
        ("old.js", &["text/plain"], "", None),
        ("old.js", &[], "", None),
        (
            "old.js",
            &["text/plain"],
            "NoSniff",
            Some("`text/plain`: under nosniff"),
        ),
        ("old.js", &[], "nosniff, x", Some("no type: under nosniff")),
        ("old.js", &["text/plain"], "x, nosniff", None),
        (
            "old.js",
            &["image/svg+xml"],
            "",
            Some("`image/svg+xml`: no script"),
        ),
        ("old.js", &["text/html"], "", Some("`text/html`: no script")),
        (
            "facelivenessdetector-assets/js/AzureAIVisionFace.js",
            &["text/plain"],
            "",
            None,
        ),
        (
            "facelivenessdetector-assets/js/AzureAIVisionFace.js",
            &["text/plain"],
            "nosniff",
            Some("`text/plain`: under nosniff"),
        ),
    ] {
        let mut headers: Vec<_> = types.iter().map(|one| ("content-type", *one)).collect();
        if !nosniff.is_empty() {
            headers.push(("x-content-type-options", nosniff));
        }
        let url = format!("{PAGE}{name}");
        let report = page(&[], APP, &[response(&url, &headers, "1")]);
        let refusals = found(&report, Code::SCRIPT_REFUSED);
        match refused {
            None => assert_eq!(refusals, [""; 0], "{name} {types:?} {nosniff}"),
            Some(why) => {
                assert_eq!(refusals.len(), 1, "{name} {types:?} {nosniff}");
                let start = format!("{url}: {why}");
                assert!(refusals[0].starts_with(&start), "{refusals:?}");
                assert_eq!(report.causes()[0].code, Code::SCRIPT_REFUSED);
            }
        }
    }
}

#[test]
fn the_charset_is_the_one_that_fetch_extracts() {
    for (types, missing) in [
        (&["text/html; charset=\"UTF-8\""][..], false),
        (&["text/html;charset=utf-8", "text/html"], false),
        (&["text/html;charset=utf-8, */*"], false),
        (&["text/html;x=\";charset=utf-8\""], true),
        (&["text/html;charset=utf-8", "text/html;charset=gbk"], true),
        (&["text/plain;charset=utf-8, text/html"], true),
    ] {
        let headers: Vec<_> = types.iter().map(|one| ("content-type", *one)).collect();
        let page = response(PAGE, &headers, "<p>");
        assert!(page.is_html(), "{types:?}");
        let report = audit(&page, &Context::new(Profile::Document));
        assert_eq!(
            report.codes().contains(&Code::CHARSET_MISSING),
            missing,
            "{types:?}"
        );
    }
}

#[test]
fn the_pages_own_scripts_are_blocked_too() {
    let blocked = |policy| {
        let report = page(&[("content-security-policy", policy)], APP, &[]);
        found(&report, Code::BLOCKS_SCRIPT)
    };
    assert_eq!(blocked("script-src 'self' 'wasm-unsafe-eval'"), [""; 0]);
    assert_eq!(
        blocked("script-src https://example.com/old.js"),
        ["<script> at 1:16: policy 1, script-src: https://example.com/app.js"]
    );
    assert_eq!(blocked("default-src 'none'").len(), 2);
    let foreign = APP.replace("/old.js", "https://analytics.example/a.js");
    let report = page(
        &[("content-security-policy", "script-src 'self'")],
        &foreign,
        &[],
    );
    assert_eq!(found(&report, Code::BLOCKS_SCRIPT), [""; 0]);
}

#[test]
fn trusted_types_need_a_policy_named_default() {
    const REQUIRED: &str = "require-trusted-types-for 'script'";
    let both = format!("{REQUIRED}; trusted-types a default");
    let other = format!("{REQUIRED}; trusted-types a");
    let inline = |code: &str| format!("{APP}<script>{code}</script>");
    let app =
        |code: &str| ["app.js", "old.js"].map(|name| response(&format!("{PAGE}{name}"), &[], code));
    for (policy, html, code, expected) in [
        (
            REQUIRED,
            inline(""),
            "",
            "policy 1, require-trusted-types-for: no script creates",
        ),
        (
            REQUIRED,
            inline(""),
            "trustedTypes.createPolicy('lit', {})",
            "policy 1, require-",
        ),
        (REQUIRED, inline(""), "t.createPolicy( 'default', {})", ""),
        (REQUIRED, inline("t?.createPolicy?.(`default`, {})"), "", ""),
        (
            both.as_str(),
            inline("t.createPolicy(\"default\", {})"),
            "",
            "",
        ),
        (
            other.as_str(),
            inline("t.createPolicy(\"default\", {})"),
            "",
            "policy 1, trusted-types: a policy named `default` may not be created",
        ),
        // In lower case the word is another one, and does nothing.
        ("require-trusted-types-for 'SCRIPT'", inline(""), "", ""),
    ] {
        let report = page(&[("content-security-policy", policy)], &html, &app(code));
        let texts = found(&report, Code::BLOCKS_TEXT);
        assert_eq!(
            texts.is_empty(),
            expected.is_empty(),
            "{policy} {html} {code}"
        );
        assert!(
            texts.iter().all(|text| text.starts_with(expected)),
            "{texts:?}"
        );
    }
    // What wasn't read may make it.
    let report = page(&[("content-security-policy", REQUIRED)], APP, &[]);
    assert_eq!(found(&report, Code::BLOCKS_TEXT), [""; 0]);
    assert!(
        report
            .not_checked
            .iter()
            .any(|one| one.what.contains("named `default`"))
    );
}

#[test]
fn chromium_still_obeys_feature_policy() {
    for (old, new, denied) in [
        ("camera 'none'; microphone 'none'", None, true),
        ("microphone 'none', camera 'none'", None, true),
        ("camera 'none'", Some("geolocation=()"), true),
        ("camera 'none'", Some("camera=(self)"), false),
        // A header that is dropped says nothing.
        ("camera 'none'", Some("camera 'self'"), true),
        ("camera", None, false),
        ("camera 'self'", None, false),
        ("camera https://example.com", None, false),
        ("camera https://other.example", None, true),
        ("camera *", None, false),
        ("camera 'self'; camera 'none'", None, false),
        ("Camera 'none'", None, false),
        ("camera-x 'none'", None, false),
    ] {
        let mut headers = vec![("feature-policy", old)];
        headers.extend(new.map(|new| ("permissions-policy", new)));
        let report = page(&headers, APP, &[]);
        let found = found(&report, Code::CAMERA_DENIED);
        assert_eq!(!found.is_empty(), denied, "{old} {new:?}: {found:?}");
        let causes = report.causes();
        let is_cause = causes.iter().any(|one| one.code == Code::CAMERA_DENIED);
        assert_eq!(is_cause, denied, "{old} {new:?}");
        assert_eq!(
            report.codes().contains(&Code::CAMERA_ANY),
            old.contains('*'),
            "{old}"
        );
    }
}

#[test]
fn a_hash_of_eval_turns_eval_off() {
    let component = |version: &str| {
        response(
            &format!("{PAGE}FaceLivenessDetector.js"),
            &[("content-type", "text/javascript")],
            &format!("const clientSDKversion = \"{version}\";"),
        )
    };
    let blocked = |version: &str, policy: &str| {
        let files = [component(version)];
        let report = page(&[("content-security-policy", policy)], APP, &files);
        let causes = report.causes();
        let blocked = causes.iter().filter(|one| one.code == Code::BLOCKS_EVAL);
        let blocked = blocked.map(|one| format!("{}: {}", one.subject, one.found));
        blocked.collect::<Vec<_>>()
    };
    let found = ", because of which Chromium ignores 'unsafe-eval'";
    for (policy, place) in [
        (
            "script-src 'unsafe-eval' 'eval-sha256-AAAA'",
            "policy 1, script-src: `'eval-sha256-AAAA'`",
        ),
        (
            "default-src 'EVAL-SHA384-AAAA' 'unsafe-eval'",
            "policy 1, default-src: `'EVAL-SHA384-AAAA'`",
        ),
        (
            "img-src *, script-src 'unsafe-eval' 'eval-sha256-AAAA'",
            "policy 2, script-src: `'eval-sha256-AAAA'`",
        ),
    ] {
        assert_eq!(
            blocked("1.4.8", policy),
            [format!("{place}{found}")],
            "{policy}"
        );
        assert_eq!(blocked("1.5.0", policy), [""; 0], "{policy}");
    }
    for policy in [
        "script-src 'unsafe-eval' 'url-sha256-AAAA'",
        "script-src 'unsafe-eval'; style-src 'eval-sha256-AAAA'",
        "script-src 'unsafe-eval'; default-src 'eval-sha256-AAAA'",
        "script-src 'unsafe-eval', img-src 'eval-sha256-AAAA'",
    ] {
        assert_eq!(blocked("1.4.8", policy), [""; 0], "{policy}");
    }
}

#[test]
fn an_engine_that_names_another_version_is_found() {
    let component = response(
        &format!("{PAGE}FaceLivenessDetector.js"),
        &[("content-type", "text/javascript")],
        "const clientSDKversion = \"1.5.0\";",
    );
    for (wasm, skew) in [
        ("\0 1.3.1\0", true),
        ("\0 1.5.0\0", false),
        ("\0 deflate 1.3.1 Copyright\0", false),
        ("\0 deflate 1.3.1 Copyright\0 1.3.1\0", false),
        // More than one: not the engine's own.
        ("\0 1.3.1\0 1.4.8\0", false),
        // Never released.
        ("\0 9.9.9\0 11.3.1\0", false),
        ("", false),
    ] {
        let url = format!("{PAGE}facelivenessdetector-assets/js/AzureAIVisionFace.wasm");
        let files = [component.clone(), response(&url, &[], wasm)];
        let report = page(&[], APP, &files);
        let found = found(&report, Code::SDK_VERSION_SKEW);
        assert_eq!(!found.is_empty(), skew, "{wasm:?}: {found:?}");
    }
}

#[test]
fn an_engine_that_is_known_to_be_another_release_s_is_found() {
    let component = response(
        &format!("{PAGE}FaceLivenessDetector.js"),
        &[("content-type", "text/javascript")],
        "const clientSDKversion = \"1.4.8\";",
    );
    let mut release = Releases::builtin().latest().clone();
    for path in [
        "facelivenessdetector-assets/js/AzureAIVisionFace.js",
        "facelivenessdetector-assets/js/AzureAIVisionFace_SIMD.wasm",
    ] {
        let files = [
            component.clone(),
            response(&format!("{PAGE}{path}"), &[], path),
        ];
        let skew = |releases: &Releases| {
            let context = Context::new(Profile::Liveness)
                .resources(&files)
                .releases(releases);
            let html = [("content-type", "text/html; charset=utf-8")];
            found(
                &audit(&response(PAGE, &html, APP), &context),
                Code::SDK_VERSION_SKEW,
            )
        };
        assert_eq!(skew(&Releases::builtin()), [""; 0]);
        release.digests = vec![Digest::of(Algorithm::Sha384, path.as_bytes())];
        assert_eq!(
            skew(&Releases::builtin().with(release.clone())),
            [format!(
                "response: the component says 1.4.8, but {path} is of 1.5.0"
            )]
        );
    }
}

#[test]
fn pictures_that_the_policy_lacks_are_named_last() {
    let policy = "img-src https://example.com/facelivenessdetector-assets/images/FaceId.svg";
    let report = page(&[("content-security-policy", policy)], APP, &[]);
    assert_eq!(found(&report, Code::BLOCKS_IMAGE).len(), 4);
    assert_eq!(report.causes().last().unwrap().code, Code::BLOCKS_IMAGE);
}
