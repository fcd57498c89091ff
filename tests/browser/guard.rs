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
use tower_visor::policy::{Document, Resource};
use tower_visor::sdk::Endpoint;
use tower_visor::site::Site;

use crate::attacks::until;
use crate::chromium::Chromium;
use crate::example::stand_in;
use crate::liveness::picture;
use crate::page::Page;
use crate::tls::Tls;
use crate::token::{Thief, token_for};

const FACE: &str = "contoso.cognitiveservices.azure.com";
const JS: &str = "facelivenessdetector-assets/js/";

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
    assert!(!bytes.is_empty());
    bytes.push(b'\n');
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.remove(ETAG);
    Response::from_parts(parts, Body::from(bytes))
}

/// A site with an SDK, pages of the test and an endpoint for reports.
struct Stage {
    browser: Chromium,
    spoiled: Spoiled,
    reports: Reports,
    /// A foreign host that would serve anything.
    thief: Thief,
}

const ORIGIN_OF_PAGE: &str = "https://liveness.example";

impl Stage {
    async fn open(version: &str, reports_to: &str, files: AppFiles) -> Option<Self> {
        let tls = Tls::new();
        let (spoiled, reports, thief) = (Spoiled::default(), Reports::default(), Thief::default());
        let folder = stand_in(version);
        let (reports_to, old) = (reports_to.to_owned(), version == "1.4.8");
        let document = Document::new(ORIGIN_OF_PAGE)
            .and_then(|page| page.loads(Resource::Connect, "/api/session"))
            .and_then(|page| page.loads(Resource::Connect, "/index.html"))
            .unwrap();
        let site = Site::pinned(&folder, Pins::scan(&folder).unwrap())
            .app_files(files)
            .policy(move |policy| {
                let policy = policy.reporting("visor", &reports_to)?;
                Ok(if old {
                    let reason = "the engine makes code of text".parse()?;
                    policy.dangerous().allow_unsafe_eval(reason)
                } else {
                    policy
                })
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
    async fn run(&self, path: &str, spoiled: Option<&'static str>) -> Page {
        *self.spoiled.lock().unwrap() = spoiled;
        self.reports.0.lock().unwrap().clear();
        let page = self.browser.page().await;
        page.goto(&format!("{ORIGIN_OF_PAGE}{path}")).await;
        page.wait_for("window.end || !window.evals").await;
        page
    }
}

/// The files of an application: pages, each with the tags in its head, and scripts.
fn files(pages: &[(&str, &str)], scripts: &[(&str, &str)]) -> AppFiles {
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

async fn refused(page: &Page) -> Vec<String> {
    page.eval("visorRefused.map(({reason, url}) => `${reason}: ${url}`)")
        .await
        .unwrap()
}

#[tokio::test]
async fn what_the_guard_refused_arrives_at_the_endpoint() {
    for reports_to in [
        "https://liveness.example/reports/in",
        "https://reports.example/in?page=1",
    ] {
        let files = files(
            &[("/index.html", "<script type=module src=app.js></script>")],
            &[("/app.js", "import { check } from './check.js'; check();")],
        );
        let Some(stage) = Stage::open("1.5.0", reports_to, files).await else {
            return;
        };
        let page = stage.run("/", None).await;
        assert_eq!(page.eval("end").await, Ok("done".to_owned()));
        assert_eq!(refused(&page).await, Vec::<String>::new());
        assert_eq!(stage.reports.of_the_guard(), []);

        for file in [
            "/FaceLivenessDetector.js",
            "/AzureAIVisionFace_SIMD.js",
            "/AzureAIVisionFace_SIMD.wasm",
            "/en-US/en.json",
            "/app.js",
        ] {
            let page = stage.run("/?token=secret", Some(file)).await;
            until(|| !stage.reports.of_the_guard().is_empty()).await;
            for (kind, report) in stage.reports.of_the_guard() {
                assert_eq!(kind, "application/reports+json");
                assert_eq!(report["url"], "https://liveness.example/", "no query");
                assert_eq!(report["body"]["reason"], "changed or not loaded");
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
         window.forged = Reflect.set(Promise.prototype, 'constructor', Object);
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
    assert_eq!(page.eval("forged").await, Ok(false));
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

/// A way to load the SDK, and which of its files the page must not get changed.
struct Way {
    page: &'static str,
    /// Files of which one is changed, and what the check then comes to.
    files: &'static [(&'static str, &'static str)],
}

const WAYS: [Way; 5] = [
    // The page fetches the words itself.
    Way {
        page: "/words.html",
        files: &[("/de-DE/en.json", "TypeError: Failed to fetch")],
    },
    // The page has a tag for the engine, and instantiates the WebAssembly by itself.
    Way {
        page: "/engine.html",
        files: &[
            ("/AzureAIVisionFace_SIMD.js", "no engine"),
            ("/AzureAIVisionFace_SIMD.wasm", "no engine"),
        ],
    },
    // The page inserts the engine by script, and hooks the WebAssembly.
    Way {
        page: "/inserted.html",
        files: &[
            ("/AzureAIVisionFace.js", "no engine"),
            ("/AzureAIVisionFace.wasm", "no engine"),
        ],
    },
    // The component looks for the engine at an absolute path.
    Way {
        page: "/absolute.html",
        files: &[
            ("/AzureAIVisionFace_SIMD.js", "Unexpected"),
            ("/AzureAIVisionFace_SIMD.wasm", "Unexpected"),
        ],
    },
    // The engine lies in a folder of the application's.
    Way {
        page: "/moved.html",
        files: &[
            (
                "/moved/facelivenessdetector-assets/js/AzureAIVisionFace_SIMD.js",
                "Unexpected",
            ),
            (
                "/moved/facelivenessdetector-assets/js/AzureAIVisionFace_SIMD.wasm",
                "Unexpected",
            ),
        ],
    },
];

/// Sets `Module` up as a page does that instantiates by itself; `ready` settles with the engine.
const BOOT: &str = r#"
window.ready = new Promise((done, failed) => {
  const abort = () => failed("no engine");
  addEventListener("error", ({ target }) => target.src?.includes("AzureAIVisionFace") && abort(), true);
  window.Module = {
    locateFile: (file) => "./facelivenessdetector-assets/js/" + file,
    onRuntimeInitialized: done,
    onAbort: abort,
    instantiateWasm(imports, receive) {
      const engine = document.documentElement.dataset.engine ?? "AzureAIVisionFace_SIMD";
      WebAssembly.instantiateStreaming(fetch(Module.locateFile(engine + ".wasm")), imports)
        .then(({ instance }) => receive(instance), abort);
      return {};
    },
  };
});
ready.catch(() => {});
"#;

/// The pages of [`WAYS`], and one whose engine comes from a foreign host.
fn ways(version: &str) -> AppFiles {
    let engine = "<script src=boot.js></script><script src=facelivenessdetector-assets/js/AzureAIVisionFace_SIMD.js></script>";
    let tag = |name: &str| format!("<script type=module src={name}.js></script>");
    let files = files(
        &[
            ("/words.html", &tag("words")),
            ("/engine.html", &format!("{engine}{}", tag("engine"))),
            (
                "/inserted.html",
                &format!("<script src=boot.js></script>{}", tag("inserted")),
            ),
            ("/absolute.html", &tag("absolute")),
            ("/moved.html", &tag("moved")),
            ("/foreign.html", &tag("foreign")),
        ],
        &[
            ("/boot.js", BOOT),
            (
                "/words.js",
                "import { check } from './check.js';
                 check(async (detector) => {
                   const words = await fetch('./facelivenessdetector-assets/i18n/de-DE/en.json');
                   detector.languageDictionary = await words.json();
                 });",
            ),
            (
                "/engine.js",
                "import { check } from './check.js';
                 check(() => ready);",
            ),
            (
                "/inserted.js",
                "import { check } from './check.js';
                 document.documentElement.dataset.engine = 'AzureAIVisionFace';
                 const script = document.createElement('script');
                 script.src = './facelivenessdetector-assets/js/AzureAIVisionFace.js';
                 document.head.append(script);
                 check(() => ready);",
            ),
            (
                "/absolute.js",
                "import { check } from './check.js'; check((detector) => { detector._baseAssetsURL = location.origin + '/'; });",
            ),
            (
                "/moved.js",
                "import { check } from './check.js'; check((detector) => { detector._baseAssetsURL = './moved/'; });",
            ),
            (
                "/foreign.js",
                "import { check } from './check.js'; check((detector) => { detector._baseAssetsURL = 'https://foreign.example/'; });",
            ),
        ],
    );
    ["AzureAIVisionFace_SIMD.js", "AzureAIVisionFace_SIMD.wasm"]
        .into_iter()
        .fold(files, |files, name| {
            let path = format!(
                "{}/node_modules/@azure-ai-vision-face/ui-assets/{JS}{name}",
                stand_in(version)
            );
            files
                .file(format!("/moved/{JS}{name}"), std::fs::read(path).unwrap())
                .unwrap()
        })
}

#[tokio::test]
async fn a_page_that_helps_loading_the_sdk_is_guarded_as_well() {
    for version in ["1.5.0", "1.4.8"] {
        let reports_to = "https://liveness.example/reports/in";
        let Some(stage) = Stage::open(version, reports_to, ways(version)).await else {
            return;
        };
        for way in &WAYS {
            let page = stage.run(way.page, None).await;
            let end: String = page.eval("end").await.unwrap();
            assert_eq!(end, "done", "{} {:?}", way.page, page.console().await);
            // Of the old one Trusted Types ask the guard, of the new one nobody asks.
            let texts = if version == "1.4.8" { 4 } else { 0 };
            assert_eq!(refused(&page).await, vec!["code from text: eval"; texts]);
            // One engine: the component adds none where the page has one.
            let engines = "document.querySelectorAll('script[src*=AzureAIVisionFace]').length";
            assert_eq!(page.eval(engines).await, Ok(1), "{}", way.page);
            let words = page
                .requests()
                .into_iter()
                .filter(|request| request.url.contains("/i18n/"));
            assert_eq!(words.count(), 1, "{}", way.page);
            let evals: Vec<String> = page.eval("evals").await.unwrap();
            assert_eq!(evals[..3], ["EvalError"; 3], "{}", way.page);
            assert_ne!(evals[3], "ran");

            for (file, expected) in way.files {
                let page = stage.run(way.page, Some(file)).await;
                let end: String = page.eval("end").await.unwrap();
                assert_eq!(end, *expected, "{} {file}", way.page);
                let mut told = refused(&page).await;
                told.retain(|line| !line.starts_with("code from text"));
                assert!(
                    !told.is_empty()
                        && told
                            .iter()
                            .all(|line| line.starts_with("changed or not loaded: ")
                                && line.ends_with(file)),
                    "{} {file}: {told:?}",
                    way.page
                );
            }
        }

        let page = stage.run("/foreign.html", None).await;
        assert_eq!(page.eval("end").await, Ok("Unexpected".to_owned()));
        let url = format!("https://foreign.example/{JS}AzureAIVisionFace_SIMD.js");
        assert!(refused(&page).await.contains(&format!("not pinned: {url}")));
        assert!(
            stage.thief.take().is_empty(),
            "nobody asked the foreign host"
        );
    }
}

#[tokio::test]
async fn the_example_tells_its_user_which_file_was_changed() {
    let page = ["index.html", "app.js", "app.css", "words.js"];
    let files = page.into_iter().fold(AppFiles::new(), |files, name| {
        let path = format!("{}/examples/liveness/{name}", env!("CARGO_MANIFEST_DIR"));
        let bytes = std::fs::read(path).unwrap();
        files.file(format!("/{name}"), bytes).unwrap()
    });
    let reports_to = "https://liveness.example/reports/in";
    let Some(stage) = Stage::open("1.5.0", reports_to, files).await else {
        return;
    };
    for (file, name) in [
        // Refused before the page's own script ran.
        ("/FaceLivenessDetector.js", "component"),
        ("/AzureAIVisionFace_SIMD.wasm", "wasm"),
        ("/i18n/en-US/en.json", "words"),
    ] {
        *stage.spoiled.lock().unwrap() = Some(file);
        let page = stage.browser.page().await;
        page.goto(&format!("{ORIGIN_OF_PAGE}/?auto")).await;
        page.wait_for("document.documentElement.dataset.state === 'failed'")
            .await;
        let told: String = page
            .eval("document.querySelector('#outcome').innerText")
            .await
            .unwrap();
        assert!(
            told.starts_with("Stopped: a file was not the right one"),
            "{told}"
        );
        assert!(
            told.contains(&format!("{ORIGIN_OF_PAGE}/")) && told.contains(file),
            "{told}"
        );
        page.viewport(1100, 1200).await;
        picture(&page, &format!("changed-{name}")).await;

        // The next check tells of what it was refused itself, and of nothing before it.
        if name == "words" {
            *stage.spoiled.lock().unwrap() = None;
            page.eval::<Value>("void document.querySelector('#start').click()")
                .await
                .unwrap();
            page.wait_for("document.documentElement.dataset.state === 'done'")
                .await;
            let told = "document.querySelector('#refusals').hidden
                && document.querySelector('#refusal-list').innerText === ''
                && !document.querySelector('#outcome').innerText.includes('en.json')";
            assert_eq!(page.eval(told).await, Ok(true));
            picture(&page, "again").await;
        }
    }
}
