//! The harness itself: each way to see a fault is shown to see one.

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_SECURITY_POLICY, LOCATION, SET_COOKIE};
use axum::response::{AppendHeaders, Html};
use axum::routing::get;
use serde_json::Value;

use crate::chromium::Chromium;
use crate::firefox::Firefox;
use crate::page::Line;
use crate::process::is_skipped;
use crate::proxy::Proxy;
use crate::serve;
use crate::webkit::Webkit;

/// Serves one page under a policy; it asks for no favicon.
async fn serve_page(policy: &'static str, body: &str) -> String {
    let html = format!("<!doctype html><link rel=icon href=\"data:,\"><title>t</title>{body}");
    let answer = move || async move { ([(CONTENT_SECURITY_POLICY, policy)], Html(html)) };
    serve(Router::new().route("/", get(answer))).await
}

fn line(level: &str, source: &str, text: &str) -> Line {
    Line {
        level: level.to_owned(),
        source: source.to_owned(),
        text: text.to_owned(),
    }
}

#[tokio::test]
async fn a_quiet_page_is_quiet() {
    let Some(browser) = Chromium::launch(&[]).await else {
        return;
    };
    let page = browser.page().await;
    page.goto(&serve_page("default-src 'none'; img-src data:", "<p>hello").await)
        .await;
    assert_eq!(
        page.eval::<String>("document.body.innerText").await,
        Ok("hello".to_owned())
    );
    assert_eq!(page.console().await, []);
    assert_eq!(page.violations().await, Vec::<Value>::new());
}

#[tokio::test]
async fn the_console_and_uncaught_exceptions_are_seen() {
    let Some(browser) = Chromium::launch(&[]).await else {
        return;
    };
    let page = browser.page().await;
    let script = "<script>console.error('broken:', 7, {}); throw new TypeError('mine')</script>";
    page.goto(&serve_page("img-src data:", script).await).await;
    let console = page.console().await;
    assert_eq!(console[0], line("error", "console", "broken: 7 Object"));
    assert_eq!(console[1].source, "exception");
    assert!(
        console[1].text.starts_with("TypeError: mine"),
        "{console:?}"
    );
    assert_eq!(console.len(), 2, "{console:?}");

    // Another page has a console of its own.
    assert_eq!(browser.page().await.console().await, []);
}

#[tokio::test]
async fn what_a_policy_refuses_is_seen() {
    let Some(browser) = Chromium::launch(&[]).await else {
        return;
    };
    let page = browser.page().await;
    let script = "<script>document.title = 'ran'</script>";
    page.goto(&serve_page("script-src 'none'; img-src data:", script).await)
        .await;
    assert_eq!(
        page.eval::<String>("document.title").await,
        Ok("t".to_owned())
    );

    let console = page.console().await;
    assert_eq!(console.len(), 1, "{console:?}");
    assert_eq!(
        (console[0].level.as_str(), console[0].source.as_str()),
        ("error", "security")
    );

    page.wait_for("__violations.length >= 2").await;
    let violations = page.violations().await;
    assert_eq!(violations.len(), 2, "{violations:#?}");
    let event = violations
        .iter()
        .find(|violation| violation["type"] == "securitypolicyviolation")
        .expect("an event");
    assert_eq!(event["directive"], "script-src-elem");
    assert_eq!(event["blocked"], "inline");
    assert!(
        violations
            .iter()
            .any(|violation| violation["type"] == "csp-violation"),
        "{violations:#?}"
    );
}

#[tokio::test]
async fn evaluation_gives_values_exceptions_and_obeys_the_policy() {
    let Some(browser) = Chromium::launch(&[]).await else {
        return;
    };
    let page = browser.page().await;
    page.goto(&serve_page("script-src 'none'; img-src data:", "").await)
        .await;
    assert_eq!(page.eval("Promise.resolve([1, 2])").await, Ok(vec![1, 2]));
    assert_eq!(page.eval("undefined").await, Ok(()));
    let thrown = page.eval::<()>("missing.property").await.unwrap_err();
    assert!(
        thrown.starts_with("ReferenceError: missing is not defined"),
        "{thrown}"
    );
    let rejected = page.eval::<()>("Promise.reject('no')").await.unwrap_err();
    assert!(rejected.contains("\"no\""), "{rejected}");
    let evaluated = page.eval::<u8>("eval('1+1')").await.unwrap_err();
    assert!(evaluated.starts_with("EvalError"), "{evaluated}");

    page.goto(&serve_page("img-src data:", "").await).await;
    assert_eq!(page.eval("eval('1+1')").await, Ok(2));
}

#[tokio::test]
async fn requests_are_seen_with_their_headers_and_failures() {
    let Some(browser) = Chromium::launch(&[]).await else {
        return;
    };
    let app = Router::new()
        .route(
            "/",
            get(|| async {
                let policy = "img-src data:";
                let html =
                    "<!doctype html><link rel=icon href=data:,><script src=lost.js></script>";
                ([(CONTENT_SECURITY_POLICY, policy)], Html(html))
            }),
        )
        .route(
            "/cookies",
            get(|| async { AppendHeaders([(SET_COOKIE, "a=1"), (SET_COOKIE, "b=2")]) }),
        )
        .route(
            "/away",
            get(|| async { (StatusCode::FOUND, [(LOCATION, "/")]) }),
        );
    let site = serve(app).await;
    let page = browser.page().await;
    page.goto(&format!("{site}/away")).await;
    page.eval::<String>("fetch('/cookies').then(answer => answer.text())")
        .await
        .unwrap();
    let image = "new Promise(done => { const image = new Image(); image.onerror = () => done(true);
        image.src = 'http://attacker.example/image' })";
    assert_eq!(page.eval(image).await, Ok(true));

    let requests = page.requests();
    let found = |url: &str| {
        let mut all = requests.iter().filter(|request| request.url.ends_with(url));
        all.next()
            .unwrap_or_else(|| panic!("no {url} in {requests:#?}"))
    };
    assert_eq!(found("/lost.js").status, 404);
    assert_eq!(found("/cookies").headers["set-cookie"], "a=1\nb=2");
    assert_eq!(found("/cookies").failure, None);
    assert_eq!(
        found("attacker.example/image").failure.as_deref(),
        Some("csp")
    );
    assert_eq!(
        found(&format!("{site}/")).headers["content-type"],
        "text/html; charset=utf-8"
    );
}

#[tokio::test]
async fn frames_of_any_site_and_workers_are_seen() {
    let Some(browser) = Chromium::launch(&["--site-per-process"]).await else {
        return;
    };
    let inner = serve_page("img-src data:", "<script>console.warn('inside')</script>").await;
    let foreign = inner.replace("127.0.0.1", "foreign.example");
    let body = format!(
        "<iframe src='{foreign}/?foreign'></iframe><iframe srcdoc='<p id=same>same</p>'></iframe>
         <script>new Worker('data:text/javascript,console.info(`working`)')</script>"
    );
    let page = browser.page().await;
    page.goto(&serve_page("", &body).await).await;

    let frame = page.frame("?foreign").await;
    assert_eq!(frame.eval("origin").await, Ok(foreign));
    let same = page.frame("about:srcdoc").await;
    assert_eq!(same.eval("same.innerText").await, Ok("same".to_owned()));
    page.frame("data:text/javascript").await;

    let console = page.console().await;
    for expected in [
        line("warning", "console", "inside"),
        line("info", "console", "working"),
    ] {
        assert!(console.contains(&expected), "{console:#?}");
    }
}

#[tokio::test]
async fn a_page_can_be_looked_at_and_has_a_camera() {
    let Some(browser) = Chromium::launch(&[]).await else {
        return;
    };
    let page = browser.page().await;
    page.viewport(300, 200).await;
    page.before_scripts("globalThis.early = true").await;
    let body = "<video autoplay></video><script>
        const was_early = early;
        navigator.mediaDevices.getUserMedia({video: true})
            .then(stream => document.querySelector('video').srcObject = stream);
        </script>";
    page.goto(&serve_page("img-src data:", body).await).await;
    page.wait_for("document.querySelector('video').videoWidth > 0")
        .await;
    assert_eq!(page.eval("was_early").await, Ok(true));

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("page.png");
    page.screenshot(&file).await;
    let png = std::fs::read(file).unwrap();
    // The IHDR chunk: width, then height.
    assert_eq!(png[16..24], [0, 0, 1, 44, 0, 0, 0, 200]);
}

#[tokio::test]
async fn no_process_outlives_its_browser() {
    let Some(browser) = Chromium::launch(&[]).await else {
        return;
    };
    let profile = browser.profile().to_owned();
    let marker = profile.to_str().unwrap();
    let running = || {
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        processes
            .filter_map(|process| std::fs::read(process.path().join("cmdline")).ok())
            .filter(|command| String::from_utf8_lossy(command).contains(marker))
            .count()
    };
    assert!(running() > 1);
    drop(browser);
    // Killed processes vanish when the system comes to it.
    while running() > 0 {
        tokio::task::yield_now().await;
    }
    assert!(!profile.exists());
}

#[tokio::test]
async fn firefox_runs_pages_under_their_policy() {
    let Some(firefox) = Firefox::launch().await else {
        return;
    };
    let script = "<script>document.title = 'ran'</script>";
    let site = serve_page("script-src 'none'; img-src data:", script).await;
    let tab = firefox.tab().await;
    tab.goto(&site).await;
    assert_eq!(tab.eval("document.title").await, Ok("t".to_owned()));
    assert_eq!(tab.eval("Promise.resolve(1 + 1)").await, Ok(2));
    let thrown = tab.eval::<()>("missing").await.unwrap_err();
    assert!(thrown.contains("missing is not defined"), "{thrown}");
    let evaluated = tab.eval::<u8>("eval('1+1')").await.unwrap_err();
    assert!(evaluated.starts_with("EvalError"), "{evaluated}");

    tab.goto(&serve_page("img-src data:", "<script>console.error('broken')</script>").await)
        .await;
    let console = tab.console().await;
    assert_eq!(console.len(), 3, "{console:?}");
    let (level, refused) = &console[0];
    assert_eq!(level, "error");
    assert!(refused.contains("blocked an inline script"), "{refused}");
    assert!(console[1].1.contains("blocked a JavaScript eval"));
    assert_eq!(console[2], ("error".to_owned(), "broken".to_owned()));
}

#[tokio::test]
async fn webkit_runs_pages_under_their_policy() {
    let proxy = Proxy::start().await;
    let Some(webkit) = Webkit::launch(&proxy.address).await else {
        return;
    };
    let script = "<script>document.title = 'ran'</script>";
    let site = serve_page("script-src 'none'; img-src data:", script).await;
    // A foreign host leads to this machine.
    let foreign = site.replace("127.0.0.1", "foreign.example");
    webkit.goto(&format!("{foreign}/")).await;
    assert_eq!(webkit.eval("location.origin").await, Ok(foreign));
    assert_eq!(webkit.eval("document.title").await, Ok("t".to_owned()));
    assert_eq!(webkit.eval("Promise.resolve(1 + 1)").await, Ok(2));
    assert_eq!(webkit.eval("undefined").await, Ok(()));
    let thrown = webkit.eval::<()>("missing").await.unwrap_err();
    assert!(thrown.contains("Can't find variable: missing"), "{thrown}");
    let evaluated = webkit.eval::<u8>("eval('1+1')").await.unwrap_err();
    assert!(evaluated.starts_with("EvalError"), "{evaluated}");
}

#[tokio::test]
async fn a_program_that_cannot_be_the_browser_is_named_at_once() {
    // What a user sets in the environment, and what each of the tests then says.
    for (browser, variable, program, says) in [
        (
            "webkit",
            "WEBKIT_DRIVER",
            "/nowhere/WebKitWebDriver",
            "WEBKIT_DRIVER names `/nowhere/WebKitWebDriver`, and there is no such program: correct it, or unset it",
        ),
        (
            "webkit",
            "WEBKIT_DRIVER",
            "false",
            "WebKitWebDriver, or what WEBKIT_DRIVER names, ended before it answered:",
        ),
        ("firefox", "FIREFOX", "false", "/false ended at once:"),
        (
            "chromium",
            "CHROMIUM",
            "chromium-of-nobody",
            "CHROMIUM names `chromium-of-nobody`, and there is no such program: correct it, or unset it",
        ),
    ] {
        if is_skipped(browser) {
            continue;
        }
        let test = match browser {
            "chromium" => "harness::a_quiet_page_is_quiet",
            "firefox" => "harness::firefox_runs_pages_under_their_policy",
            _ => "harness::webkit_runs_pages_under_their_policy",
        };
        let ran = tokio::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test])
            .env(variable, program)
            .output()
            .await
            .unwrap();
        assert!(!ran.status.success(), "{variable}={program}");
        let output = String::from_utf8(ran.stdout).unwrap();
        assert!(output.contains(says), "{variable}={program}: {output}");
    }
}
