//! Chromium over the [Chrome DevTools Protocol](https://chromedevtools.github.io/devtools-protocol/tot/).

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use serde_json::{Value, json};

use crate::connection::Connection;
use crate::page::Page;
use crate::process::{Process, Program, websocket};

const FLAGS: &[&str] = &[
    "--headless",
    "--remote-debugging-port=0",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-proxy-server",
    "--password-store=basic",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-sync",
    // Foreign hosts are servers of the test.
    "--host-resolver-rules=MAP * 127.0.0.1",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
];

/// Runs in each document before its own scripts; [`Page::violations`] reads what it collects.
const COLLECT_VIOLATIONS: &str = "
    globalThis.__violations = [];
    addEventListener('securitypolicyviolation', event => __violations.push({
        type: event.type, directive: event.effectiveDirective, blocked: event.blockedURI,
        disposition: event.disposition, source: event.sourceFile, line: event.lineNumber,
        sample: event.sample,
    }));
    new ReportingObserver(reports => __violations.push(
        ...reports.map(report => ({type: report.type, ...report.body.toJSON()}))
    ), {buffered: true}).observe();
";

/// A headless Chromium with a fresh profile. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Chromium {
    connection: Connection,
    process: Process,
}

impl Chromium {
    /// Starts Chromium with these flags more, or `None` when its tests are to be skipped.
    pub(crate) async fn launch(flags: &[&str]) -> Option<Self> {
        let program = Program {
            browser: "chromium",
            variable: "CHROMIUM",
            programs: &["chromium", "chromium-browser", "google-chrome"],
            ready: Some(websocket),
            environment: &[],
        };
        let process = program
            .launch(|profile| {
                let mut all = vec![format!("--user-data-dir={}", profile.display())];
                all.extend(FLAGS.iter().chain(flags).map(|&flag| flag.to_owned()));
                // The sandbox refuses to start as root.
                if std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0) {
                    all.push("--no-sandbox".to_owned());
                }
                all
            })
            .await?;
        let connection = Connection::open(&process.endpoint, |_| Vec::new()).await;
        Some(Self {
            connection,
            process,
        })
    }

    /// The folder of its profile, gone when the browser is.
    pub(crate) fn profile(&self) -> &Path {
        self.process.profile.path()
    }

    /// A new page in a context of its own: no cookies, cache or storage of other pages.
    pub(crate) async fn page(&self) -> Page {
        self.page_in(json!({})).await
    }

    /// As [`Chromium::page`], with a proxy that all requests go through, also those to 127.0.0.1.
    pub(crate) async fn page_through(&self, proxy: &str) -> Page {
        let context = json!({"proxyServer": proxy, "proxyBypassList": "<-loopback>"});
        self.page_in(context).await
    }

    /// A page of the profile itself, as a visitor has it. It shares cookies, cache and storage with the
    /// next; only from such a page are connections opened ahead of requests.
    pub(crate) async fn page_of_profile(&self) -> Page {
        self.open(json!({"url": "about:blank"})).await
    }

    async fn page_in(&self, context: Value) -> Page {
        let context = self.call("Target.createBrowserContext", context).await;
        let context = &context["browserContextId"];
        self.open(json!({"url": "about:blank", "browserContextId": context}))
            .await
    }

    async fn call(&self, method: &str, params: Value) -> Value {
        self.connection
            .call(None, method, params)
            .await
            .unwrap_or_else(|error| panic!("{error}"))
    }

    async fn open(&self, target: Value) -> Page {
        let target = self.call("Target.createTarget", target).await;
        let (server, _) = self
            .process
            .endpoint
            .split_once("/devtools/")
            .expect("a DevTools URL");
        let id = target["targetId"].as_str().expect("a target id");
        let connection = Connection::open(&format!("{server}/devtools/page/{id}"), |event| {
            let Some(session) = attached(event) else {
                return Vec::new();
            };
            set_up().into_iter().map(|(method, params)| {
                json!({"id": 0, "sessionId": session, "method": method, "params": params})
            }).collect()
        })
        .await;
        let page = Page { connection };
        page.call("Page.enable", json!({})).await;
        page.call("Page.setLifecycleEventsEnabled", json!({"enabled": true}))
            .await;
        page.before_scripts(COLLECT_VIOLATIONS).await;
        for (method, params) in set_up() {
            page.call(method, params).await;
        }
        page
    }
}

/// What the page, each frame of another site and each worker is asked to report. Frames and
/// workers wait for it, so that none of their messages is lost.
fn set_up() -> [(&'static str, Value); 5] {
    let attach = json!({"autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true});
    [
        ("Target.setAutoAttach", attach),
        ("Runtime.enable", json!({})),
        ("Log.enable", json!({})),
        ("Network.enable", json!({})),
        ("Runtime.runIfWaitingForDebugger", json!({})),
    ]
}

fn attached(event: &Value) -> Option<&str> {
    (event["method"] == "Target.attachedToTarget").then(|| event["params"]["sessionId"].as_str())?
}
