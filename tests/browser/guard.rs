//! The guard on pages of the test's own: what it tells of what it refused, and the ways in which a
//! page may take part in loading the SDK.

use std::sync::{Arc, Mutex};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, ORIGIN};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tower_visor::app::AppFiles;
use tower_visor::pins::Pins;
use tower_visor::policy::{Document, Policy, Resource};
use tower_visor::sdk::Endpoint;
use tower_visor::site::Site;

use crate::attacks::until;
use crate::chromium::Chromium;
use crate::example::stand_in;
use crate::page::Page;
use crate::tls::Tls;
use crate::token::{Thief, token_for};

const FACE: &str = "contoso.cognitiveservices.azure.com";
pub(super) const JS: &str = "facelivenessdetector-assets/js/";

/// Runs a check and leaves what it comes to in `end`; what it does before is for the page to say.
const CHECK: &str = r#"
export async function check(prepare) {
  try {
    await import("./FaceLivenessDetector.js");
    const detector = document.createElement("azure-ai-vision-face-ui");
    await prepare?.(detector);
    document.body.append(detector);
    await detector.start("TOKEN");
    window.end = "done";
  } catch (reason) {
    window.end = reason.livenessError ?? String(reason);
  }
}
// Text, as the page's own script tries to run it.
window.evals = [
  () => eval("1+1"), () => (0, eval)("1+1"), () => Function("return 2")(), () => setTimeout("1+1"),
].map((run) => { try { run(); return "ran"; } catch (error) { return error.name; } });
"#;

/// What reporting endpoints were sent.
#[derive(Clone, Default)]
struct Reports(Arc<Mutex<Vec<(String, Value)>>>);

impl Reports {
    fn router(&self) -> Router {
        Router::new().fallback(take).with_state(self.clone())
    }

    /// Reports of the guard, with the content type that they came as.
    fn of_the_guard(&self) -> Vec<(String, Value)> {
        let all = self.0.lock().unwrap();
        all.iter()
            .filter(|(_, report)| report["type"] == "visor-refused")
            .cloned()
            .collect()
    }
}

async fn take(
    State(reports): State<Reports>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if method == Method::POST {
        let kind = headers[CONTENT_TYPE].to_str().unwrap();
        let sent: Vec<Value> = serde_json::from_slice(&body).unwrap();
        let sent = sent.into_iter().map(|report| (kind.to_owned(), report));
        reports.0.lock().unwrap().extend(sent);
    }
    // The endpoint may be of another origin; browsers ask it first.
    let mut answer = StatusCode::NO_CONTENT.into_response();
    if let Some(origin) = headers.get(ORIGIN) {
        let answer = answer.headers_mut();
        answer.insert("access-control-allow-origin", origin.clone());
        answer.insert(
            "access-control-allow-headers",
            "content-type".parse().unwrap(),
        );
        answer.insert("access-control-allow-credentials", "true".parse().unwrap());
    }
    answer
}

/// Between the site and the browser: adds a line feed to one file, by the end of its path.
type Spoiled = Arc<Mutex<Option<&'static str>>>;

async fn spoil(State(spoiled): State<Spoiled>, request: Request, next: Next) -> Response {
    let hit = spoiled
        .lock()
        .unwrap()
        .is_some_and(|file| request.uri().path().ends_with(file));
    let answer = next.run(request).await;
    if !hit {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let mut bytes = to_bytes(body, usize::MAX).await.unwrap().to_vec();
    // Of a `HEAD` there are none.
    if !bytes.is_empty() {
        bytes.push(b'\n');
    }
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.remove(ETAG);
    Response::from_parts(parts, Body::from(bytes))
}

/// A site with an SDK, pages of the test and an endpoint for reports.
pub(super) struct Stage {
    pub(super) browser: Chromium,
    pub(super) spoiled: Spoiled,
    reports: Reports,
    /// A foreign host that would serve anything.
    pub(super) thief: Thief,
}

pub(super) const ORIGIN_OF_PAGE: &str = "https://liveness.example";

impl Stage {
    pub(super) async fn open(version: &str, reports_to: &str, files: AppFiles) -> Option<Self> {
        Self::open_with(version, reports_to, files, |policy| policy).await
    }

    /// The same with a policy of the test's own making.
    pub(super) async fn open_with(
        version: &str,
        reports_to: &str,
        files: AppFiles,
        own: impl Fn(Policy) -> Policy + Send + Sync + 'static,
    ) -> Option<Self> {
        let tls = Tls::new();
        let (spoiled, reports, thief) = (Spoiled::default(), Reports::default(), Thief::default());
        let folder = stand_in(version);
        let (reports_to, old) = (reports_to.to_owned(), version != "1.5.0");
        let document = Document::new(ORIGIN_OF_PAGE)
            .unwrap()
            .loads(Resource::Connect, "/api/session")
            .loads(Resource::Connect, "/index.html");
        let site = Site::pinned(&folder, Pins::scan(&folder).unwrap())
            .app_files(files)
            .policy(move |policy| {
                let policy = own(policy.reporting("visor", &reports_to));
                if old {
                    let reason = "the engine makes code of text".parse().unwrap();
                    policy.dangerous().allow_unsafe_eval(reason)
                } else {
                    policy
                }
            })
            .load(document, Endpoint::resource("contoso").unwrap())
            .unwrap();
        let token = token_for(&format!("https://{FACE}"));
        let session = move || async move { Json(json!({"authToken": token})) };
        let own = Router::new()
            .route("/api/session", post(session))
            .nest("/reports", reports.router());
        let app = Router::new()
            .fallback_service(site.around(own))
            .layer(middleware::from_fn_with_state(spoiled.clone(), spoil));
        let flags = tls.flags(&[
            ("liveness.example", tls.serve(app).await),
            ("reports.example", tls.serve(reports.router()).await),
            (FACE, tls.serve(Thief::default().router()).await),
            ("foreign.example", tls.serve(thief.router()).await),
        ]);
        Some(Self {
            browser: Chromium::launch(&flags.each_ref().map(String::as_str)).await?,
            spoiled,
            reports,
            thief,
        })
    }

    /// A page with this file changed on its way, when its check is over.
    pub(super) async fn run(&self, path: &str, spoiled: Option<&'static str>) -> Page {
        *self.spoiled.lock().unwrap() = spoiled;
        self.reports.0.lock().unwrap().clear();
        let page = self.browser.page().await;
        page.goto(&format!("{ORIGIN_OF_PAGE}{path}")).await;
        page.wait_for("window.end || !window.evals").await;
        page
    }
}

/// The files of an application: pages, each with the tags in its head, and scripts.
pub(super) fn files(pages: &[(&str, &str)], scripts: &[(&str, &str)]) -> AppFiles {
    let check = CHECK.replace("TOKEN", &token_for(&format!("https://{FACE}")));
    let mut files = AppFiles::new().file("/check.js", check).unwrap();
    for (path, head) in pages {
        let html = format!(
            "<!doctype html><html><head><link rel=icon href='data:,'><title>t</title>{head}</head><body></body></html>"
        );
        files = files.file(*path, html).unwrap();
    }
    for (path, text) in scripts {
        files = files.file(*path, *text).unwrap();
    }
    files
}

pub(super) async fn refused(page: &Page) -> Vec<String> {
    page.eval("visorRefused.map(({reason, url}) => `${reason}: ${url}`)")
        .await
        .unwrap()
}

/// Pages, and the file that is changed on its way to each.
const CHANGED: [(&str, &str); 5] = [
    ("/component.html", "/FaceLivenessDetector.js"),
    ("/engine.html", "/AzureAIVisionFace_SIMD.js"),
    ("/wasm.html", "/AzureAIVisionFace_SIMD.wasm"),
    ("/language.html", "/en-US/en.json"),
    ("/script.html", "/app.js"),
];

#[tokio::test]
async fn what_the_guard_refused_arrives_at_the_endpoint() {
    for reports_to in [
        "https://liveness.example/reports/in",
        "https://reports.example/in?page=1",
    ] {
        let head = "<script type=module src=app.js></script>";
        let mut pages = vec![("/index.html", head)];
        pages.extend(CHANGED.map(|(path, _)| (path, head)));
        let script = "import { check } from './check.js'; check();";
        let files = files(&pages, &[("/app.js", script)]);
        let Some(stage) = Stage::open("1.5.0", reports_to, files).await else {
            return;
        };
        let page = stage.run("/", None).await;
        assert_eq!(page.eval("end").await, Ok("done".to_owned()));
        assert_eq!(refused(&page).await, Vec::<String>::new());
        assert_eq!(stage.reports.of_the_guard(), []);

        for (path, file) in CHANGED {
            let page = stage.run(&format!("{path}?token=secret"), Some(file)).await;
            let url_of_page = format!("https://liveness.example{path}");
            // What an earlier page sent may arrive as late as now.
            let of_this_page = || {
                let mut all = stage.reports.of_the_guard();
                all.retain(|(_, report)| report["url"] == url_of_page.as_str());
                all
            };
            until(|| !of_this_page().is_empty()).await;
            for (kind, report) in stage.reports.of_the_guard() {
                assert_eq!(kind, "application/reports+json");
                let of = report["url"].as_str().unwrap();
                assert!(!of.contains('?'), "no query: {of}");
                assert_eq!(report["body"]["reason"], "changed");
            }
            for (_, report) in of_this_page() {
                let url = report["body"]["url"].as_str().unwrap();
                assert!(
                    url.starts_with("https://liveness.example/") && url.ends_with(file),
                    "{file}: {url}"
                );
            }
            // A script that comes late finds it, and can't change what others find.
            let told = refused(&page).await;
            assert!(told.iter().all(|line| line.ends_with(file)), "{told:?}");
            let js = "visorRefused.pop(), Reflect.set(visorRefused[0], 'url', 1) || Reflect.set(window, 'visorRefused', [])
                || Reflect.defineProperty(window, 'visorRefused', {value: []})";
            assert_eq!(page.eval(js).await, Ok(false));
            assert_eq!(refused(&page).await, told);
        }
    }
}

#[tokio::test]
async fn later_scripts_do_not_silence_the_guard_nor_flood_the_endpoint() {
    let files = files(&[("/index.html", "<script type=module src=app.js></script>")], &[(
        "/app.js",
        "import './check.js';
         // What stands behind `await`.
         Promise.prototype.constructor = Object;
         navigator.sendBeacon = Navigator.prototype.sendBeacon = () => true;
         window.dispatchEvent = EventTarget.prototype.dispatchEvent = () => true;
         JSON.stringify = () => '[]';
         Array.prototype.push = () => 0;
         for (const name of ['Blob', 'CustomEvent', 'URL', 'Request', 'Response', 'Reflect', 'Object']) window[name] = class {};
         window.heard = 0;
         addEventListener('visor-refused', () => heard++);
         window.end = 'ready';",
    )]);
    let reports_to = "https://liveness.example/reports/in";
    let Some(stage) = Stage::open("1.5.0", reports_to, files).await else {
        return;
    };
    let page = stage.run("/", None).await;
    let unpinned = "fetch('/facelivenessdetector-assets/x').catch(error => error.message)";
    assert_eq!(
        page.eval(unpinned).await,
        Ok("not pinned: https://liveness.example/facelivenessdetector-assets/x".to_owned())
    );
    until(|| stage.reports.of_the_guard().len() == 1).await;
    assert_eq!(page.eval("heard").await, Ok(1));

    let often = format!("(async () => {{ for (let i = 0; i < 150; i++) await {unpinned} }})()");
    page.eval::<()>(&often).await.unwrap();
    assert_eq!(
        page.eval("[heard, visorRefused.length]").await,
        Ok([151, 100])
    );
    until(|| stage.reports.of_the_guard().len() >= 100).await;
    let unpinned: String = page.eval(unpinned).await.unwrap();
    assert!(
        unpinned.starts_with("not pinned"),
        "it refuses on: {unpinned}"
    );
    assert_eq!(stage.reports.of_the_guard().len(), 100);
}
