//! A site with a collector: where browsers are sent, and what the collector knows.

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request};
use http_body_util::BodyExt as _;
use serde_json::json;
use tower::ServiceExt as _;
use tower_visor::reports::{Collector, ReportVerdict};
use tower_visor::site::{Site, SiteErrorKind};
use tower_visor::sri::{Algorithm, Digest};

use super::{builder, document, endpoint, folder};
use crate::support::tree::messages;

const ORIGIN: &str = "https://liveness.contoso.example";

async fn page(site: &Site, path: &str) -> (HeaderMap, String) {
    let request = Request::get(path).header("host", "liveness.contoso.example");
    let app = site.around(Router::new());
    let answer = app
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    let (parts, body) = answer.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    (parts.headers, String::from_utf8_lossy(&bytes).into_owned())
}

async fn ran(site: &Site, collector: &Collector, path: &str, bytes: &[u8]) -> u16 {
    let report = json!([{"type": "csp-hash", "url": format!("{ORIGIN}/"), "body": {
        "subresourceURL": format!("{ORIGIN}{path}"),
        "hash": Digest::of(Algorithm::Sha384, bytes).to_string(),
    }}]);
    let request =
        Request::post(collector.path()).header("content-type", "application/reports+json");
    let request = request.body(Body::from(report.to_string())).unwrap();
    let app = site.around(collector.around(Router::new()));
    let answer = app.oneshot(request).await.unwrap();
    assert!(answer.headers().contains_key("content-security-policy"));
    answer.status().as_u16()
}

fn verdicts(collector: &Collector) -> Vec<ReportVerdict> {
    let groups = collector.snapshot().groups;
    groups
        .iter()
        .map(tower_visor::reports::ReportGroup::verdict)
        .collect()
}

#[tokio::test]
async fn browsers_and_the_guard_are_sent_to_the_collector() {
    let tree = folder("1.5.0");
    let collector = Collector::builder().path("/told/here").build();
    let site = builder(tree.path()).collect(&collector);
    let site = site.load(document(), endpoint()).unwrap();
    let (headers, html) = page(&site, "/").await;
    let url = "https://liveness.contoso.example/told/here";
    assert_eq!(headers["reporting-endpoints"], format!("visor=\"{url}\""));
    let csp = headers["content-security-policy"].to_str().unwrap();
    assert!(
        csp.contains(&format!("report-uri {url}")) && csp.contains("report-to visor"),
        "{csp}"
    );
    assert!(
        html.contains(&format!("\"{url}\"")),
        "the guard doesn't know {url}"
    );
}

#[tokio::test]
async fn the_collector_knows_what_is_served_and_what_was() {
    let tree = folder("1.5.0");
    let collector = Collector::builder().build();
    let site = builder(tree.path()).collect(&collector);
    let site = site.load(document(), endpoint()).unwrap();
    let old = "import('./FaceLivenessDetector.js')";
    assert_eq!(ran(&site, &collector, "/app.js", old.as_bytes()).await, 204);
    let detector = std::fs::read(tree.path().join("sdk/FaceLivenessDetector.js")).unwrap();
    ran(&site, &collector, "/FaceLivenessDetector.js", &detector).await;
    assert_eq!(verdicts(&collector), []);

    let new = "import('./FaceLivenessDetector.js') // and more";
    tree.write("app/app.js", new);
    site.reload().unwrap();
    ran(&site, &collector, "/app.js", new.as_bytes()).await;
    assert_eq!(verdicts(&collector), []);
    ran(&site, &collector, "/app.js", old.as_bytes()).await;
    assert_eq!(verdicts(&collector), [ReportVerdict::Outdated]);
    ran(&site, &collector, "/app.js", b"evil").await;
    assert_eq!(
        verdicts(&collector),
        [ReportVerdict::Tampered, ReportVerdict::Outdated]
    );
    // A reload that is refused changes nothing.
    tree.write("app/index.html", "<p onclick=evil()>");
    site.reload().unwrap_err();
    ran(&site, &collector, "/app.js", new.as_bytes()).await;
    assert_eq!(collector.snapshot().groups.len(), 2);
}

#[test]
fn two_endpoints_are_one_too_many() {
    let tree = folder("1.5.0");
    let load = |url: &'static str| {
        let collector = Collector::builder().build();
        builder(tree.path())
            .policy(move |policy| policy.reporting("mine", url))
            .collect(&collector)
            .load(document(), endpoint())
    };
    load("https://liveness.contoso.example/reports").unwrap();
    let errors = load("https://reports.example/in").unwrap_err();
    assert_eq!(errors[0].kind(), SiteErrorKind::Policy);
    assert_eq!(
        messages(&errors),
        [
            "the policy reports to `https://reports.example/in`, but the site's collector is at `https://liveness.contoso.example/reports`: remove the endpoint from the policy, or name this one"
        ]
    );
}
