//! The HTML report of an audit in a browser: it breaks none of its own rules, and hostile text stays
//! text.

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use serde_json::Value;
use tower_visor::audit::{Context, Profile, Report, Response, audit};

use crate::chromium::Chromium;
use crate::serve;

fn report() -> Report {
    let (parts, body) = http::Response::builder()
        .header("content-type", "text/html")
        .header(
            "content-security-policy",
            "default-src 'self'; img-src https:",
        )
        .header("x-note", "</code><script>document.title = 'ran'</script>")
        .header("x-style", "<p style='color:red' onclick=x>\"'&")
        .body("<!doctype html><title>Hello</title>")
        .unwrap()
        .into_parts();
    let response = Response::new("https://example.com/", parts, Some(body.into())).unwrap();
    let mut report = audit(&response, &Context::new(Profile::Liveness));
    for finding in &mut report.findings {
        finding
            .found
            .push_str("<img src=x onerror=\"document.title='ran'\">");
    }
    report
}

#[tokio::test]
async fn the_report_breaks_none_of_its_own_rules() {
    let Some(browser) = Chromium::launch(&[]).await else {
        return;
    };
    let html = report().to_html();
    let served = {
        let html = html.clone();
        serve(Router::new().route("/audit.html", get(|| async { Html(html) }))).await
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.html");
    std::fs::write(&file, &html).unwrap();
    for url in [
        format!("{served}/audit.html"),
        format!("file://{}", file.display()),
    ] {
        let page = browser.page().await;
        page.goto(&url).await;
        assert_eq!(
            page.eval::<String>("document.title").await,
            Ok("Audit of https://example.com/".to_owned())
        );
        assert_eq!(page.violations().await, Vec::<Value>::new());
        // The style sheet is in force, and what was sent is text.
        let style = "getComputedStyle(document.querySelector('article')).borderLeftStyle";
        assert_eq!(page.eval::<String>(style).await, Ok("solid".to_owned()));
        let foreign = "document.querySelectorAll('script, img, p[style], [onclick]').length";
        assert_eq!(page.eval::<u32>(foreign).await, Ok(0));
        let text = "document.body.innerText.includes(\"</code><script>document.title = 'ran'\")";
        assert_eq!(page.eval::<bool>(text).await, Ok(true));
        // A server without an icon is not a fault of the page.
        let console = page.console().await;
        let others = console.iter().filter(|line| !line.text.contains("404"));
        assert_eq!(others.count(), 0, "{console:#?}");
        // On a phone nothing has to be moved sideways.
        page.viewport(390, 844).await;
        let fits = "document.documentElement.scrollWidth <= document.documentElement.clientWidth";
        assert_eq!(page.eval::<bool>(fits).await, Ok(true));
    }
}

#[tokio::test]
async fn a_changed_style_sheet_is_refused() {
    let Some(browser) = Chromium::launch(&[]).await else {
        return;
    };
    let html = report()
        .to_html()
        .replace("<style>:root", "<style>p{}:root");
    let served = serve(Router::new().route("/", get(|| async { Html(html) }))).await;
    let page = browser.page().await;
    page.goto(&served).await;
    page.wait_for("__violations.length > 0").await;
}
