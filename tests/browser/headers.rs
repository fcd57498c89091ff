//! A page that is sent as it is: what headers alone make browsers check and report, and what they
//! don't.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_LENGTH, ETAG, IF_NONE_MATCH};
use axum::response::Response;
use axum::routing::post;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tokio::net::TcpListener;
use tower_visor::app::AppFiles;
use tower_visor::pins::Pins;
use tower_visor::reports::{KnownScripts, RanScript, ScriptVerdict};

use crate::attacks::until;
use crate::chromium::Chromium;
use crate::example::{Example, stand_in};
use crate::firefox::Firefox;
use crate::liveness::console;
use crate::page::Page;
use crate::tls::Tls;

const HOST: &str = "liveness.contoso.example";
const ORIGIN: &str = "https://liveness.contoso.example";
const REPORTS: &str = "https://liveness.contoso.example/reports";

/// What stands between browser and server: TLS, as browsers send reports over nothing else; the
/// endpoint for reports; and an attacker who changes one file.
#[derive(Clone)]
pub(crate) struct Front {
    upstream: String,
    client: Client<HttpConnector, Body>,
    reports: Arc<Mutex<Vec<Value>>>,
    /// The end of a file's URL, and what is written behind it.
    change: Arc<Mutex<Option<(&'static str, &'static str)>>>,
}

impl Front {
    /// The example at a depth, behind a front, and a browser that finds it.
    async fn open(depth: &str) -> Option<(Self, Chromium, Example)> {
        let options = ["--checks", depth, "--origin", ORIGIN, "--reports", REPORTS];
        let example = Example::start(&options).await;
        let front = Self::to(&example);
        let tls = Tls::new();
        let [trust, hosts] = tls.flags(&[(HOST, tls.serve(front.router()).await)]);
        // Else Chromium keeps reports for a minute.
        let flags = [trust.as_str(), &hosts, "--short-reporting-delay"];
        Some((front, Chromium::launch(&flags).await?, example))
    }

    /// The same, with a collector as the endpoint.
    #[cfg(feature = "reports")]
    pub(crate) async fn open_for(
        depth: &str,
        collector: &tower_visor::reports::Collector,
    ) -> Option<(Self, Chromium, Example)> {
        let options = ["--checks", depth, "--origin", ORIGIN, "--reports", REPORTS];
        let example = Example::start(&options).await;
        let front = Self::to(&example);
        let app = Router::new().fallback(pass).with_state(front.clone());
        let app = Router::new().fallback_service(collector.around(app));
        let tls = Tls::new();
        let [trust, hosts] = tls.flags(&[(HOST, tls.serve(app).await)]);
        let flags = [trust.as_str(), &hosts, "--short-reporting-delay"];
        Some((front, Chromium::launch(&flags).await?, example))
    }

    /// From now on this is written behind a file.
    #[cfg(feature = "reports")]
    pub(crate) fn change(&self, file: &'static str, text: &'static str) {
        *self.change.lock().unwrap() = Some((file, text));
    }

    /// The same without TLS, and so without reports, and its origin.
    async fn plain(depth: &str) -> (Self, String, Example) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let example = Example::start(&["--checks", depth, "--origin", &origin]).await;
        let front = Self::to(&example);
        let router = front.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        (front, origin, example)
    }

    fn to(example: &Example) -> Self {
        Self {
            upstream: example.origin.clone(),
            client: Client::builder(TokioExecutor::new()).build_http(),
            reports: Arc::default(),
            change: Arc::default(),
        }
    }

    fn router(&self) -> Router {
        Router::new()
            .route("/reports", post(collect))
            .fallback(pass)
            .with_state(self.clone())
    }
}

impl Front {
    /// The reports of a script with this end of its URL.
    fn all_ran(&self, end: &str) -> Vec<RanScript> {
        let reports = self.reports.lock().unwrap();
        let body = serde_json::to_vec(&*reports).unwrap();
        let mut scripts = RanScript::read(&body).unwrap();
        scripts.retain(|script| script.url().ends_with(end));
        scripts
    }

    fn ran(&self, end: &str) -> Option<RanScript> {
        self.all_ran(end).pop()
    }

    /// The URLs of the scripts that `Integrity-Policy-Report-Only` is about.
    fn without_integrity(&self) -> BTreeSet<String> {
        let reports = self.reports.lock().unwrap();
        reports
            .iter()
            .filter(|report| report["type"] == "integrity-violation")
            .map(|report| report["body"]["blockedURL"].as_str().unwrap().to_owned())
            .collect()
    }
}

async fn collect(State(front): State<Front>, body: Bytes) {
    let reports: Vec<Value> = serde_json::from_slice(&body).unwrap();
    front.reports.lock().unwrap().extend(reports);
}

async fn pass(State(front): State<Front>, mut request: Request) -> Response {
    let uri = format!("{}{}", front.upstream, request.uri());
    *request.uri_mut() = uri.parse().unwrap();
    let path = request.uri().path().to_owned();
    // The whole file each time: what a browser has stored is not what this is about.
    request.headers_mut().remove(IF_NONE_MATCH);
    let (mut parts, body) = front.client.request(request).await.unwrap().into_parts();
    let mut body = to_bytes(Body::new(body), usize::MAX)
        .await
        .unwrap()
        .to_vec();
    if let Some((file, text)) = *front.change.lock().unwrap()
        && path.ends_with(file)
    {
        body.extend_from_slice(text.as_bytes());
        // Else Chromium asks whether the file is still the one that it refused.
        parts.headers.remove(ETAG);
        // Nor would who changes the file leave what says that it is another one.
        parts.headers.remove("unencoded-digest");
    }
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(body))
}

/// Loads the page, which starts the check by itself, and waits for its end.
pub(crate) async fn run(page: &Page) -> String {
    page.goto(&format!("{ORIGIN}/?auto")).await;
    wait(page).await
}

/// Clicks "Try again", and waits for the end.
pub(crate) async fn again(page: &Page) -> String {
    page.eval::<Value>("void document.querySelector('#start').click()")
        .await
        .unwrap();
    wait(page).await
}

async fn wait(page: &Page) -> String {
    page.wait_for("['done', 'failed'].includes(document.documentElement.dataset.state)")
        .await;
    page.eval("document.documentElement.dataset.state")
        .await
        .unwrap()
}

/// What the example serves.
pub(crate) fn known() -> KnownScripts {
    let pins = Pins::scan(stand_in("1.5.0")).unwrap();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/liveness");
    let files = AppFiles::read(folder, "/").unwrap();
    KnownScripts::new(ORIGIN.parse().unwrap(), &pins).and(&files)
}

const COMPONENT: &str = "/FaceLivenessDetector.js";
pub(crate) const SIMD: &str = "/facelivenessdetector-assets/js/AzureAIVisionFace_SIMD.js";
const PLAIN: &str = "/facelivenessdetector-assets/js/AzureAIVisionFace.js";

#[tokio::test]
async fn what_ran_is_reported_and_compared_with_the_pins() {
    for depth in ["headers", "headers-digest"] {
        let Some((front, browser, _example)) = Front::open(depth).await else {
            return;
        };
        let page = browser.page().await;
        let ends = run(&page).await;
        assert_eq!(ends, "done", "{:?}", page.console().await);
        assert_eq!(console(&page).await, [], "{depth}");
        // What was loaded ahead is what the SDK then asks for.
        let requests = page.requests();
        for file in [COMPONENT, SIMD] {
            let url = format!("{ORIGIN}{file}");
            let times = requests.iter().filter(|r| r.url == url).count();
            assert_eq!(times, 1, "{depth}: {file}");
        }

        // Each script that ran, by its digest.
        let known = known();
        for file in ["/app.js", "/words.js", COMPONENT, SIMD] {
            until(|| front.ran(file).is_some()).await;
            assert_eq!(
                known.judge(&front.ran(file).unwrap()),
                ScriptVerdict::Known,
                "{file}"
            );
        }
        // Each that came without integrity; browsers count the engine among them, which is
        // loaded ahead with it, because its request is no CORS request.
        until(|| front.without_integrity().len() == 3).await;
        let mut expected = ["/app.js", "/words.js", SIMD].map(|path| format!("{ORIGIN}{path}"));
        expected.sort();
        assert_eq!(
            Vec::from_iter(front.without_integrity()),
            expected,
            "{depth}"
        );
        assert!(front.ran(PLAIN).is_none());
    }
}

/// A file that was changed on the way, and what becomes of it without a guard.
struct Case {
    depth: &'static str,
    file: &'static str,
    /// Written behind the file: it notes that it ran, or does nothing.
    change: &'static str,
    simd: bool,
    /// How a check ends, and how the next one in the same page does.
    ends: [Option<&'static str>; 2],
    /// Whether the change ran, in the first check and in the second.
    ran: [Option<bool>; 2],
    /// Whether the browser's console tells of a wrong digest.
    told: bool,
}

pub(crate) const NOTE: &str = "\n;globalThis.changed = true;\n";
/// A custom section without content: nothing to whoever runs the file.
const SECTION: &str = "\0\u{2}\u{1}x";

const CASES: [Case; 8] = [
    // Refused when it is loaded ahead; the page asks again, and gets it. Its first import may come
    // so early that it waits for what is refused.
    Case {
        depth: "headers",
        file: COMPONENT,
        change: NOTE,
        simd: true,
        ends: [None, Some("done")],
        ran: [None, Some(true)],
        told: true,
    },
    // By its digest alone it is refused, however often the page asks.
    Case {
        depth: "headers-digest",
        file: COMPONENT,
        change: NOTE,
        simd: true,
        ends: [Some("failed"), Some("failed")],
        ran: [Some(false), Some(false)],
        told: true,
    },
    // The engine is refused once: the SDK's second attempt runs it.
    Case {
        depth: "headers",
        file: SIMD,
        change: NOTE,
        simd: true,
        ends: [Some("failed"), Some("done")],
        ran: [Some(false), Some(true)],
        told: true,
    },
    Case {
        depth: "headers-digest",
        file: SIMD,
        change: NOTE,
        simd: true,
        ends: [Some("failed"), Some("done")],
        ran: [Some(false), Some(true)],
        told: true,
    },
    // The other engine is not loaded ahead, and so never checked.
    Case {
        depth: "headers-digest",
        file: PLAIN,
        change: NOTE,
        simd: false,
        ends: [Some("done"), Some("done")],
        ran: [Some(true), Some(true)],
        told: false,
    },
    // WebAssembly and words never are, nor the application's own scripts.
    Case {
        depth: "headers-digest",
        file: "/AzureAIVisionFace_SIMD.wasm",
        change: SECTION,
        simd: true,
        ends: [Some("done"), Some("done")],
        ran: [Some(false), Some(false)],
        told: false,
    },
    Case {
        depth: "headers-digest",
        file: "/i18n/en-US/en.json",
        change: "\n",
        simd: true,
        ends: [Some("done"), Some("done")],
        ran: [Some(false), Some(false)],
        told: false,
    },
    Case {
        depth: "headers-digest",
        file: "/app.js",
        change: NOTE,
        simd: true,
        ends: [Some("done"), Some("done")],
        ran: [Some(true), Some(true)],
        told: false,
    },
];

#[tokio::test]
async fn what_headers_alone_do_about_a_changed_file() {
    let mut wrong = Vec::new();
    for depth in ["headers", "headers-digest"] {
        let Some((front, browser, _example)) = Front::open(depth).await else {
            return;
        };
        for case in CASES.iter().filter(|case| case.depth == depth) {
            *front.change.lock().unwrap() = Some((case.file, case.change));
            let page = browser.page().await;
            if !case.simd {
                page.before_scripts("WebAssembly.validate = () => false")
                    .await;
            }
            front.reports.lock().unwrap().clear();
            let mut ends = vec![run(&page).await];
            let mut ran = vec![page.eval::<bool>("'changed' in globalThis").await.unwrap()];
            ends.push(again(&page).await);
            ran.push(page.eval::<bool>("'changed' in globalThis").await.unwrap());
            let console = page.console().await;
            let told = console
                .iter()
                .any(|line| line.text.contains("integrity") && line.text.contains(case.file));
            let as_expected = (0..2).all(|n| {
                case.ends[n].is_none_or(|expected| ends[n] == expected)
                    && case.ran[n].is_none_or(|expected| ran[n] == expected)
            });
            if !as_expected || told != case.told {
                wrong.push(format!(
                    "{depth} {}: {ends:?}, ran {ran:?}, told {told}: {console:#?}",
                    case.file
                ));
            }
            // What ran is reported, with the digest that it had; what isn't a script never is.
            if case.ran[1] == Some(true) {
                let changed = || {
                    let all = front.all_ran(case.file);
                    all.iter()
                        .any(|ran| matches!(known().judge(ran), ScriptVerdict::Changed { .. }))
                };
                until(changed).await;
            }
            if case.ran[1] == Some(false) && case.ends[1] == Some("done") {
                until(|| front.ran(SIMD).is_some()).await;
                assert!(front.ran(case.file).is_none(), "{}", case.file);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A file, and whether its change runs in the first check and in the second.
type InFirefox = (&'static str, &'static str, [bool; 2]);

#[tokio::test]
async fn firefox_keeps_to_the_refusal_of_the_component_and_loads_no_engine_ahead() {
    let Some(browser) = Firefox::launch().await else {
        return;
    };
    let firefox = browser.tab().await;
    let cases: [InFirefox; 3] = [
        ("headers", COMPONENT, [false, false]),
        ("headers-digest", COMPONENT, [false, false]),
        ("headers-digest", SIMD, [true, true]),
    ];
    for (depth, file, expected) in cases {
        let (front, origin, _example) = Front::plain(depth).await;
        let ended = "new Promise(done => { const look = () =>
            ['done', 'failed'].includes(document.documentElement.dataset.state)
                ? done('changed' in globalThis) : setTimeout(look, 50); look() })";
        // Untouched, the check ends.
        firefox.goto(&format!("{origin}/?auto")).await;
        assert_eq!(firefox.eval(ended).await, Ok(false));
        let state = firefox.eval("document.documentElement.dataset.state").await;
        assert_eq!(state, Ok("done".to_owned()), "{depth}");

        *front.change.lock().unwrap() = Some((file, NOTE));
        firefox.goto(&format!("{origin}/?auto&changed")).await;
        let first: bool = firefox.eval(ended).await.unwrap();
        let click = "void document.querySelector('#start').click()";
        firefox.eval::<Value>(click).await.unwrap();
        let second: bool = firefox.eval(ended).await.unwrap();
        assert_eq!([first, second], expected, "{depth} {file}");
    }
}
