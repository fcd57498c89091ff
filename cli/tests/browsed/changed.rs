//! The project's example: clean as it is, and each thing that somebody changes on its way found, with
//! the file and the place.

use std::net::TcpListener;

use crate::browse;
use crate::site::{Asked, Example, Site, between};

const OURS: &[&str] = &[
    "host-unnamed",
    "csp-missing",
    "policy-violated",
    "received-differently",
    "received-file-changed",
    "script-unvouched",
    "service-worker-seen",
];

type Headers = Vec<(String, String)>;
type Change = Box<dyn Fn(&Asked, &mut Headers, &mut Vec<u8>) + Send + Sync>;

/// A port that nobody has yet.
fn port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// What is found of the example behind something that changes its answers.
fn found(browser: &str, change: Change) -> Option<Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let sdk = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/sdk/1.5.0");
    let pinned = std::process::Command::new(env!("CARGO_BIN_EXE_visor"))
        .args(["pin", sdk])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(pinned.status.success());
    let port = port();
    let origin = format!("http://127.0.0.1:{port}");
    let example = Example::start(&["--origin", &origin]);
    between(port, example.origin.clone(), change);
    let page = format!("{origin}/");
    // The real check begins with a button; its engine is what the component loads then.
    let arguments = [
        &page,
        "--format",
        "json",
        "--lock",
        "visor-lock.json",
        "--fake-camera",
        "--click",
        "#start",
        "--fail-on",
        "low",
    ];
    let ran = browse(browser, folder.path(), &arguments)?;
    assert!(ran.code < 2, "{}", ran.err);
    let own = origin.clone();
    let found = ran.found(OURS).into_iter();
    Some(found.map(|line| line.replace(&own, "")).collect())
}

#[test]
fn the_example_is_clean_in_both_engines() {
    for browser in ["chromium", "firefox"] {
        if let Some(found) = found(browser, Box::new(|_, _, _| {})) {
            assert_eq!(found, Vec::<String>::new(), "{browser}");
        }
    }
}

/// Only those that begin so.
fn of<'a>(found: &'a [String], code: &str) -> Vec<&'a String> {
    found.iter().filter(|line| line.starts_with(code)).collect()
}

#[test]
fn an_engine_that_was_changed_on_its_way_is_found() {
    let change = |asked: &Asked, _: &mut Headers, body: &mut Vec<u8>| {
        if asked.path.contains("/js/AzureAIVisionFace")
            && asked.path.rsplit('.').next() == Some("js")
        {
            body.extend_from_slice(b"\n//");
        }
    };
    let Some(found) = found("chromium", Box::new(change)) else {
        return;
    };
    let changed = of(&found, "received-file-changed: ");
    assert_eq!(changed.len(), 1, "{found:#?}");
    assert!(changed[0].contains("/facelivenessdetector-assets/js/AzureAIVisionFace"));
    assert!(changed[0].contains("pinned is sha384-"), "{found:#?}");
    assert!(changed[0].ends_with("the browser refused it"), "{found:#?}");
    assert!(of(&found, "script-unvouched").is_empty(), "{found:#?}");
}

#[test]
fn what_is_shown_to_browsers_only_is_found() {
    // A CDN that injects an inline script for browsers, and leaves the policy out with it.
    let change = |asked: &Asked, headers: &mut Headers, body: &mut Vec<u8>| {
        if asked.path == "/" && asked.user_agent.contains("mozilla") {
            headers.retain(|(name, _)| {
                !name.contains("content-security") && !name.contains("integrity-policy")
            });
            let html = String::from_utf8(body.clone()).unwrap();
            *body = html
                .replacen("</head>", "<script>steal()</script></head>", 1)
                .into_bytes();
        }
    };
    let Some(found) = found("chromium", Box::new(change)) else {
        return;
    };
    // Without the policy nothing vouches for the page's own inline code either.
    let unvouched = of(&found, "script-unvouched: /:");
    let injected = unvouched
        .iter()
        .filter(|line| line.contains("inline, 7 bytes"));
    assert_eq!(injected.count(), 1, "{found:#?}");
    let different = of(&found, "received-differently");
    for part in [
        "content-security-policy: a plain request got `",
        "script: only the browser got an inline script with sha384-",
    ] {
        let lines = different.iter().filter(|line| line.contains(part));
        assert_eq!(lines.count(), 1, "{part}: {found:#?}");
    }
    assert_eq!(of(&found, "csp-missing").len(), 1, "{found:#?}");
}

#[test]
fn an_injected_script_that_the_policy_stops_is_found() {
    let change = |asked: &Asked, _: &mut Headers, body: &mut Vec<u8>| {
        if asked.path == "/" {
            let html = String::from_utf8(body.clone()).unwrap();
            *body = html
                .replacen("</body>", "<script>steal()</script></body>", 1)
                .into_bytes();
        }
    };
    for browser in ["chromium", "firefox"] {
        let Some(found) = found(browser, Box::new(change)) else {
            continue;
        };
        let violated = of(&found, "policy-violated");
        let stopped = violated
            .iter()
            .filter(|line| line.ends_with("script-src-elem blocked inline"));
        assert_eq!(stopped.count(), 1, "{browser}: {found:#?}");
    }
}

#[test]
fn tag_managers_and_service_workers_are_found_on_any_page() {
    let tags = Site::of(&[
        (
            "/one.js",
            "text/javascript",
            "const two = document.createElement('script'); two.src = 'two.js';
             two.src = new URL('two.js', document.currentScript.src); document.head.append(two)",
        ),
        (
            "/two.js",
            "text/javascript",
            "globalThis.two = eval('1 + 1')",
        ),
    ]);
    let html = format!(
        "<!doctype html><link rel=icon href=data:,><title>t</title><script src={}/one.js></script>
         <script>navigator.serviceWorker.register('/sw.js')</script>",
        tags.origin
    );
    let page = Site::of(&[
        ("/", "text/html", &html),
        (
            "/sw.js",
            "text/javascript",
            "addEventListener('fetch', () => {})",
        ),
    ]);
    for browser in ["chromium", "firefox"] {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("{}/", page.origin);
        let baseline = ["--baseline", "approved.json"];
        let arguments = [&url, "--profile", "document", "--format", "json"];
        let arguments = [&arguments[..], &baseline].concat();
        let writing = [&arguments[..], &["--write-baseline"]].concat();
        let Some(ran) = browse(browser, folder.path(), &arguments[..5]) else {
            continue;
        };
        let found = ran.found(OURS);
        let has = |code: &str, part: &str| {
            let lines = of(&found, code);
            assert!(
                lines.iter().any(|line| line.contains(part)),
                "{browser}: {found:#?}"
            );
        };
        has("script-unvouched", &format!("{}/one.js", tags.origin));
        has("script-unvouched", &format!("{}/two.js", tags.origin));
        has("script-unvouched", &format!("{url}:2:"));
        has("service-worker-seen", &format!("{}/sw.js", page.origin));
        has("host-unnamed", &tags.origin);
        if browser == "chromium" {
            has(
                "script-unvouched",
                &format!("started by {}/one.js:2:", tags.origin),
            );
            has("script-unvouched", "eval, 5 bytes");
            has("service-worker-seen", &format!("registered for {url}"));
        }
        // What was looked at is approved, and stays so.
        let approvable = ["host-unnamed", "script-unvouched", "service-worker-seen"];
        let ran = browse(browser, folder.path(), &writing).unwrap();
        assert_eq!(ran.found(&approvable), Vec::<String>::new(), "{browser}");
        let ran = browse(browser, folder.path(), &arguments).unwrap();
        let drift = [&approvable[..], &["script-drift", "header-drift"]].concat();
        assert_eq!(ran.found(&drift), Vec::<String>::new(), "{browser}");
    }
}
