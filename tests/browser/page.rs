//! A page in Chromium: what to do with it, and all that can be seen of it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::connection::{Connection, PATIENCE};

/// One line of the console: of a script, of the browser itself, or an uncaught exception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// `error`, `warning`, `info`, ...
    pub(crate) level: String,
    /// `console`, `exception`, or the browser's word: `security`, `network`, `recommendation`, ...
    pub(crate) source: String,
    pub(crate) text: String,
}

/// One request of the page or its frames, and what became of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) url: String,
    /// As on the wire (a 304 is 304); 0 when nothing was answered.
    pub(crate) status: u64,
    /// Names in lower case; several fields of one name are joined by a line feed.
    pub(crate) headers: BTreeMap<String, String>,
    /// Why it failed, as `net::ERR_...` or the reason why the browser blocked it.
    pub(crate) failure: Option<String>,
}

/// A page and all its frames and workers.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) connection: Connection,
}

impl Page {
    /// Any method of the protocol.
    pub(crate) async fn call(&self, method: &str, params: Value) -> Value {
        self.connection
            .call(None, method, params)
            .await
            .unwrap_or_else(|error| panic!("{error}"))
    }

    /// Goes to `url` and waits until it has loaded.
    pub(crate) async fn goto(&self, url: &str) {
        let from = self.connection.mark();
        let started = self.call("Page.navigate", json!({"url": url})).await;
        assert_eq!(started["errorText"], Value::Null, "{url}");
        self.connection
            .wait(from, url, |event| {
                event["method"] == "Page.lifecycleEvent"
                    && event["params"]["name"] == "load"
                    && event["params"]["loaderId"] == started["loaderId"]
            })
            .await;
    }

    /// Runs `js` in each later document, before the document's own scripts and free of its policy.
    pub(crate) async fn before_scripts(&self, js: &str) {
        self.call(
            "Page.addScriptToEvaluateOnNewDocument",
            json!({"source": js}),
        )
        .await;
    }

    /// Sets the size of the page in CSS pixels.
    pub(crate) async fn viewport(&self, width: u32, height: u32) {
        let size =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// Writes a PNG of what is to be seen.
    pub(crate) async fn screenshot(&self, file: impl AsRef<Path>) {
        let picture = self
            .call("Page.captureScreenshot", json!({"format": "png"}))
            .await;
        let data = picture["data"].as_str().expect("a picture");
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(data)
            .unwrap();
        std::fs::write(file, bytes).unwrap();
    }

    /// The page itself as a frame.
    pub(crate) fn top(&self) -> Frame<'_> {
        Frame {
            connection: &self.connection,
            session: None,
            context: None,
        }
    }

    /// See [`Frame::eval`].
    pub(crate) async fn eval<T: DeserializeOwned>(&self, js: &str) -> Result<T, String> {
        self.top().eval(js).await
    }

    /// Waits until the expression `js` is truthy; says what the console holds when it never is.
    pub(crate) async fn wait_for(&self, js: &str) {
        if let Err(last) = self.top().wait_for(js).await {
            panic!(
                "never true: {js}\n{last}\nconsole: {:#?}",
                self.console().await
            );
        }
    }

    /// The frame or worker whose URL contains `part`, of whatever origin, as soon as it is there.
    pub(crate) async fn frame(&self, part: &str) -> Frame<'_> {
        let looks = async {
            loop {
                let contexts = self.connection.events(|event| {
                    let context = &event["params"]["context"];
                    (event["method"] == "Runtime.executionContextCreated"
                        && context["auxData"]["isDefault"] != false)
                        .then(|| Frame {
                            connection: &self.connection,
                            session: event["sessionId"].as_str().map(str::to_owned),
                            context: context["uniqueId"].as_str().map(str::to_owned),
                        })
                });
                for frame in contexts.into_iter().rev() {
                    // The context of a page that has gone is an error, and not the one.
                    let url = frame.eval::<String>("location.href").await;
                    if url.is_ok_and(|url| url.contains(part)) {
                        return frame;
                    }
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(PATIENCE, looks)
            .await
            .unwrap_or_else(|_| panic!("no frame `{part}`"))
    }

    /// Everything in the console since the page was made, but for the line that Chromium writes of
    /// the word `style` in `Integrity-Policy`, which Firefox alone knows.
    pub(crate) async fn console(&self) -> Vec<Line> {
        // What the page has said so far comes before this answer.
        self.call("Runtime.evaluate", json!({"expression": "0"}))
            .await;
        let mut lines = self.connection.events(line);
        lines.retain(|line| {
            line.text != "The Integrity-Policy destination 'style' is not supported."
        });
        lines
    }

    /// The `securitypolicyviolation` events and reports of the current document.
    pub(crate) async fn violations(&self) -> Vec<Value> {
        // Reports come in a task of their own.
        self.eval("new Promise(done => setTimeout(() => done(__violations), 100))")
            .await
            .unwrap()
    }

    /// Every request so far, in the order of its start. (A `fetch` that `connect-src` refuses never
    /// becomes one; it is among the violations.)
    pub(crate) fn requests(&self) -> Vec<Request> {
        let mut order = Vec::new();
        let mut requests = BTreeMap::<String, Request>::new();
        for event in self.connection.events(|event| Some(event.clone())) {
            let params = &event["params"];
            let Some(id) = params["requestId"].as_str() else {
                continue;
            };
            let request = requests.entry(id.to_owned()).or_insert_with(|| {
                order.push(id.to_owned());
                Request::default()
            });
            let text = |value: &Value| value.as_str().map(str::to_owned);
            match event["method"].as_str().unwrap_or_default() {
                "Network.requestWillBeSent" => {
                    request.url = text(&params["request"]["url"]).unwrap_or_default();
                }
                "Network.responseReceived" if request.status == 0 => {
                    request.status = params["response"]["status"].as_u64().unwrap_or_default();
                    request.headers = headers(&params["response"]["headers"]);
                }
                "Network.responseReceivedExtraInfo" => {
                    request.status = params["statusCode"].as_u64().unwrap_or_default();
                    request.headers = headers(&params["headers"]);
                }
                "Network.loadingFailed" => {
                    request.failure = text(&params["blockedReason"]).or(text(&params["errorText"]));
                }
                _ => {}
            }
        }
        order
            .iter()
            .filter_map(|id| requests.remove(id))
            .filter(|request| !request.url.is_empty())
            .collect()
    }
}

/// Where JavaScript runs: the page, one of its frames, or a worker.
#[derive(Debug)]
pub(crate) struct Frame<'a> {
    connection: &'a Connection,
    session: Option<String>,
    context: Option<String>,
}

impl Frame<'_> {
    /// The value of an expression, awaited when it is a promise; an exception is an error.
    ///
    /// It runs as a script of the page would: the page's policy forbids `eval` here, too.
    pub(crate) async fn eval<T: DeserializeOwned>(&self, js: &str) -> Result<T, String> {
        self.run(js, false).await
    }

    /// As [`Frame::eval`], as if the visitor had just clicked something.
    pub(crate) async fn act(&self, js: &str) -> Result<(), String> {
        self.run(js, true).await
    }

    async fn run<T: DeserializeOwned>(&self, js: &str, activated: bool) -> Result<T, String> {
        let mut params = json!({
            "userGesture": activated,
            "expression": js,
            "awaitPromise": true,
            "returnByValue": true,
            "allowUnsafeEvalBlockedByCSP": false,
        });
        if let Some(context) = &self.context {
            params["uniqueContextId"] = context.as_str().into();
        }
        let mut done = self
            .connection
            .call(self.session.as_deref(), "Runtime.evaluate", params)
            .await?;
        if let Some(exception) = done.get("exceptionDetails") {
            return Err(exception_text(exception));
        }
        let value = done["result"]["value"].take();
        serde_json::from_value(value)
            .map_err(|error| format!("another type than expected: {error}"))
    }

    /// Waits until `js` is truthy; fails with the last exception, if there was one.
    pub(crate) async fn wait_for(&self, js: &str) -> Result<(), String> {
        let mut last = String::new();
        let looks = async {
            loop {
                match self
                    .eval::<bool>(&format!("Promise.resolve({js}).then(Boolean)"))
                    .await
                {
                    Ok(true) => break,
                    Ok(false) => last.clear(),
                    // The page may be on its way to another, or not far enough yet.
                    Err(error) => last = error,
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let in_time = tokio::time::timeout(PATIENCE, looks).await;
        in_time.map_err(|_| last)
    }
}

fn exception_text(details: &Value) -> String {
    let exception = &details["exception"];
    match exception["description"].as_str() {
        Some(description) => description.to_owned(),
        // Something else than an `Error` was thrown.
        None => format!("{} {}", details["text"], exception["value"]),
    }
}

fn headers(object: &Value) -> BTreeMap<String, String> {
    let fields = object.as_object().into_iter().flatten();
    fields
        .map(|(name, value)| {
            (
                name.to_ascii_lowercase(),
                value.as_str().unwrap_or_default().to_owned(),
            )
        })
        .collect()
}

fn line(event: &Value) -> Option<Line> {
    let params = &event["params"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match event["method"].as_str()? {
        "Runtime.consoleAPICalled" => Some(Line {
            level: text(&params["type"]),
            source: "console".to_owned(),
            text: params["args"]
                .as_array()?
                .iter()
                .map(
                    |argument| match (&argument["value"], argument["description"].as_str()) {
                        (Value::String(value), _) => value.clone(),
                        (Value::Null, Some(description)) => description.to_owned(),
                        (value, _) => value.to_string(),
                    },
                )
                .collect::<Vec<_>>()
                .join(" "),
        }),
        "Runtime.exceptionThrown" => Some(Line {
            level: "error".to_owned(),
            source: "exception".to_owned(),
            text: exception_text(&params["exceptionDetails"]),
        }),
        "Log.entryAdded" => Some(Line {
            level: text(&params["entry"]["level"]),
            source: text(&params["entry"]["source"]),
            text: text(&params["entry"]["text"]),
        }),
        _ => None,
    }
}
