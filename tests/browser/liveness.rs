//! The main promise: under the strict policy the SDK runs to its end, without a violation.

use std::path::Path;

use serde_json::Value;

use crate::chromium::Chromium;
use crate::example::{Example, stand_in};
use crate::page::{Line, Page};
use crate::process::reserved_port;

/// Chromium prints this for every page whose policy says `sandbox allow-scripts allow-same-origin`.
/// It is advice about frames: script in one of the same origin can take its `sandbox` attribute
/// away. A header can't be taken away, and what it forbids here (windows, downloads, dialogs,
/// forms) stays forbidden.
const ADVICE: &str = "An iframe which has both allow-scripts and allow-same-origin for its sandbox attribute can escape its sandboxing.";

/// What the console holds besides that advice.
pub(crate) async fn console(page: &Page) -> Vec<Line> {
    let mut lines = page.console().await;
    lines.retain(|line| line.level != "warning" || line.text != ADVICE);
    lines
}

/// Loads a page that starts the check by itself, and waits for its end.
async fn run(page: &Page, url: &str) -> String {
    page.goto(&format!("{url}?auto")).await;
    page.wait_for("['done', 'failed'].includes(document.documentElement.dataset.state)")
        .await;
    page.eval("document.documentElement.dataset.state")
        .await
        .unwrap()
}

/// Where a page with a result can be looked at, when somebody asks for pictures.
pub(crate) async fn picture(page: &Page, name: &str) {
    if let Some(folder) = std::env::var_os("TOWER_VISOR_SCREENSHOTS") {
        page.screenshot(Path::new(&folder).join(format!("{name}.png")))
            .await;
    }
}

#[tokio::test]
async fn the_check_ends_in_a_result_without_a_violation() {
    let Some(browser) = Chromium::launch(&[]).await else {
        return;
    };
    let example = Example::start(&[]).await;
    let page = browser.page().await;
    let url = format!("{}/", example.origin);
    assert_eq!(run(&page, &url).await, "done", "{:?}", page.console().await);

    let result: Value = page.eval("livenessPage.result").await.unwrap();
    assert_eq!(
        result["livenessStatus"],
        "CompletedResultQueryableFromService"
    );
    assert_eq!(result["digest"].as_str().unwrap().len(), 64);
    assert!(!result["resultId"].as_str().unwrap().is_empty());
    let isolated: bool = page.eval("crossOriginIsolated").await.unwrap();
    assert!(isolated, "the page is isolated from other sites");

    assert_eq!(console(&page).await, [], "the console is empty");
    assert_eq!(
        page.violations().await,
        Vec::<Value>::new(),
        "nothing was refused"
    );
    let seen: Value = page.eval("livenessPage.violations").await.unwrap();
    assert_eq!(seen, Value::Array(Vec::new()));

    // The SDK is really styled, by the two styles that are allowed by their hashes.
    let display: String = page
        .eval("getComputedStyle(document.querySelector('azure-ai-vision-face-ui')).display")
        .await
        .unwrap();
    assert_eq!(display, "block");

    // Each file was answered with its type, and every answer was covered.
    for request in page.requests() {
        if request.url.starts_with("data:") || request.url.starts_with("blob:") {
            continue;
        }
        assert_eq!(request.status, 200, "{} {:?}", request.url, request.failure);
        if request.url.starts_with(&example.origin) {
            assert_eq!(
                request.headers["x-content-type-options"], "nosniff",
                "{}",
                request.url
            );
            assert!(
                request.headers.contains_key("content-security-policy"),
                "{}",
                request.url
            );
        }
        if request.url.contains(".wasm") {
            assert_eq!(request.headers["content-type"], "application/wasm");
        }
    }
    picture(&page, "done").await;
    page.viewport(390, 844).await;
    picture(&page, "done-phone").await;
}

#[tokio::test]
async fn the_page_shows_what_the_browser_refused() {
    let Some(browser) = Chromium::launch(&[]).await else {
        return;
    };
    // On a guarded page the text would not even get into the element.
    let example = Example::start(&["--checks", "headers"]).await;
    let page = browser.page().await;
    page.goto(&format!("{}/", example.origin)).await;
    page.wait_for("document.documentElement.dataset.state === 'ready'")
        .await;
    let inject = "document.head.append(Object.assign(document.createElement('script'),
        {textContent: 'window.injected = true'}))";
    page.eval::<Value>(inject).await.unwrap();
    page.wait_for("!document.querySelector('#refusals').hidden")
        .await;
    let words: String = page
        .eval("document.querySelector('#refusal-list').innerText")
        .await
        .unwrap();
    assert!(words.contains("script-src-elem"), "{words}");
    assert!(words.contains("inline"), "{words}");
    picture(&page, "refused").await;
}

#[tokio::test]
async fn an_engine_that_evals_runs_only_on_the_route_of_its_exception() {
    let Some(browser) = Chromium::launch(&[]).await else {
        return;
    };
    let old = stand_in("1.4.8");
    for (depth, runs) in [("guarded", false), ("headers", true)] {
        let example = Example::start(&["--legacy", &old, "--checks", depth]).await;
        an_engine_that_evals(&browser, &example, runs).await;
    }
}

/// `runs`: whether the exception lets any text run, or the engine's own alone.
async fn an_engine_that_evals(browser: &Chromium, example: &Example, runs: bool) {
    let page = browser.page().await;
    let legacy = format!("{}/legacy/", example.origin);
    assert_eq!(
        run(&page, &legacy).await,
        "done",
        "{:?}",
        page.console().await
    );
    assert_eq!(page.violations().await, Vec::<Value>::new());
    assert_eq!(console(&page).await, []);
    assert_eq!(string_runs(&page).await, runs, "the exception is real");

    let strict = browser.page().await;
    let url = format!("{}/", example.origin);
    assert_eq!(
        run(&strict, &url).await,
        "done",
        "{:?}",
        strict.console().await
    );
    assert!(
        !string_runs(&strict).await,
        "the exception stays on its route"
    );
}

/// Whether the page turns text into code.
async fn string_runs(page: &Page) -> bool {
    page.eval("(() => { try { return Function('return true')() } catch { return false } })()")
        .await
        .unwrap()
}

#[tokio::test]
async fn without_its_exception_the_old_engine_says_why_it_stops() {
    // The server refuses to start a page that can't work.
    let words = Example::refuses(&["--sdk", &stand_in("1.4.8")]).await;
    assert_eq!(
        words,
        "error: SDK 1.4.8 needs 'unsafe-eval': upgrade to 1.5.0, or allow it on this page only \
         with `dangerous().allow_unsafe_eval(reason)`\n"
    );
}

#[tokio::test]
async fn a_policy_from_a_file_is_the_one_that_is_sent() {
    let Some(browser) = Chromium::launch(&[]).await else {
        return;
    };
    // A port of its own, because the file names the page's origin.
    let (_port, port) = reserved_port();
    let file = tempfile::Builder::new().suffix(".toml").tempfile().unwrap();
    let origin = format!("http://127.0.0.1:{port}");
    let text = format!(
        "[document]\norigin = \"{origin}\"\nscripts = [\"/app.js\", \"/words.js\"]\n\
         styles = [\"/app.css\"]\nconnects = [\"/index.html\"]\n\
         [liveness]\nsdk = \"1.5.0\"\nendpoint = \"resource:contoso\"\n"
    );
    std::fs::write(file.path(), text).unwrap();
    let port = port.to_string();
    let file = file.path().to_str().unwrap();
    let example = Example::start(&["--port", &port, "--policy", file]).await;
    assert_eq!(example.origin, origin);

    // The file allows neither the session's address nor the fake endpoint.
    let page = browser.page().await;
    assert_eq!(run(&page, &format!("{origin}/")).await, "failed");
    page.wait_for("__violations.some(v => v.directive === 'connect-src')")
        .await;
    let refused = page.violations().await;
    assert!(
        refused
            .iter()
            .any(|v| v["directive"] == "connect-src"
                && v["blocked"] == format!("{origin}/api/session")),
        "{refused:#?}"
    );
}

#[tokio::test]
async fn a_plain_hyper_server_is_protected_as_well() {
    let Some(browser) = Chromium::launch(&[]).await else {
        return;
    };
    let example = Example::start_named("hyper", &[]).await;
    let page = browser.page().await;
    page.goto(&format!("{}/", example.origin)).await;
    let margin: String = page
        .eval("getComputedStyle(document.body).marginTop")
        .await
        .unwrap();
    assert_eq!(margin, "64px", "its own style is allowed");
    assert_eq!(page.console().await, []);
    page.goto(&format!("{}/nowhere", example.origin)).await;
    let requests = page.requests();
    let missing = requests
        .iter()
        .find(|request| request.url.ends_with("/nowhere"))
        .unwrap_or_else(|| panic!("it was not asked for: {requests:#?}"));
    assert_eq!(missing.status, 404);
    let policy = &missing.headers["content-security-policy"];
    assert!(
        policy.contains("default-src 'none'") && policy.contains("sandbox"),
        "{policy}"
    );
}
