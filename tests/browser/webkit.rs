//! `WebKit`, as the `MiniBrowser` of `WebKitGTK`, over [WebDriver](https://w3c.github.io/webdriver/).
//!
//! It has no headless mode, so it gets a display that shows nothing.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::connection::PATIENCE;
use crate::process::{Process, Program, reserved_port};

/// A `WebKit` with a fresh profile and one page. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Webkit {
    /// The URL of the session.
    session: String,
    client: Client<HttpConnector, Body>,
    driver: Process,
    _display: Process,
}

impl Webkit {
    /// Starts `WebKit` with a proxy that all requests go through, also those to 127.0.0.1, or
    /// `None` when its tests are to be skipped.
    ///
    /// There is no other way to keep it on this machine.
    pub(crate) async fn launch(proxy: &str) -> Option<Self> {
        Self::launch_with(&[&format!("--proxy={proxy}")]).await
    }

    /// Starts `WebKit` for servers on 127.0.0.1, which it asks itself. What it would ask others for goes
    /// to a proxy that isn't there.
    pub(crate) async fn launch_direct() -> Option<Self> {
        Self::launch_with(&["--proxy=http://127.0.0.1:9", "--ignore-host=127.0.0.1"]).await
    }

    async fn launch_with(network: &[&str]) -> Option<Self> {
        let display = Program {
            browser: "webkit",
            variable: "XVFB",
            programs: &["Xvfb"],
            // It takes the first display that is free, and writes its number.
            ready: Some(|line| line.parse::<u32>().ok().map(|number| format!(":{number}"))),
            environment: &[],
        };
        let options = "-displayfd 2 -nolisten tcp -screen 0 800x600x24";
        let options = options.split(' ').map(str::to_owned).collect();
        let display = display.launch(|_| options).await?;

        let driver = Program {
            browser: "webkit",
            variable: "WEBKIT_DRIVER",
            programs: &["WebKitWebDriver"],
            // It says nothing; that it is ready, its first answer tells.
            ready: None,
            environment: &[
                ("DISPLAY", &display.endpoint),
                ("GDK_BACKEND", "x11"),
                ("NO_AT_BRIDGE", "1"),
            ],
        };
        let (_port, port) = reserved_port();
        let driver = driver.launch(|_| vec![format!("--port={port}")]).await?;

        let mut webkit = Self {
            session: format!("http://127.0.0.1:{port}/session"),
            client: Client::builder(TokioExecutor::new()).build_http(),
            driver,
            _display: display,
        };
        // With a camera that needs no permission.
        let own = ["--automation", "--enable-mock-capture-devices=true"];
        let arguments: Vec<&str> = own.iter().chain(network).copied().collect();
        let capabilities = json!({"alwaysMatch": {
            "webkitgtk:browserOptions": {"args": arguments},
            // The tests' servers sign their own certificates.
            "acceptInsecureCerts": true,
            "timeouts": {"script": PATIENCE.as_millis(), "pageLoad": PATIENCE.as_millis()},
        }});
        let opened = webkit
            .call(Method::POST, "", json!({"capabilities": capabilities}))
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        let id = opened["sessionId"].as_str().expect("a session");
        webkit.session = format!("{}/{id}", webkit.session);
        Some(webkit)
    }

    /// Goes to `url` and waits until it has loaded.
    pub(crate) async fn goto(&self, url: &str) {
        self.call(Method::POST, "/url", json!({"url": url}))
            .await
            .unwrap_or_else(|error| panic!("{url}: {error}"));
    }

    /// The value of an expression, awaited when it is a promise; an exception is an error.
    ///
    /// The page's policy forbids `eval` here, too; `import()` is not what it is in the page's own
    /// scripts: no import map is looked into.
    pub(crate) async fn eval<T: DeserializeOwned>(&self, js: &str) -> Result<T, String> {
        let script = format!(
            "const done = arguments[0];
             (async () => JSON.stringify(await ({js})) ?? 'null')().then(
                 value => done([value]), error => done(String(error)))"
        );
        let params = json!({"script": script, "args": []});
        match self.call(Method::POST, "/execute/async", params).await? {
            Value::String(error) => Err(error),
            value => {
                let value = value[0]
                    .as_str()
                    .unwrap_or_else(|| panic!("no text of JSON but {value}: {js}"));
                serde_json::from_str(value)
                    .map_err(|error| format!("another type than expected: {error}"))
            }
        }
    }

    /// Runs a statement as the page's answer to a click of the visitor.
    pub(crate) async fn act(&self, js: &str) -> Result<(), String> {
        let listen = format!("void addEventListener('click', () => {{ {js} }}, {{ once: true }})");
        self.eval::<()>(&listen).await?;
        let page = json!({"using": "css selector", "value": "html"});
        let page = self.call(Method::POST, "/element", page).await?;
        let id = page.as_object().and_then(|page| page.values().next());
        let id = id.and_then(Value::as_str).unwrap_or_default();
        let click = format!("/element/{id}/click");
        self.call(Method::POST, &click, json!({})).await.map(drop)
    }

    /// One command. Until the driver listens it is sent again.
    async fn call(&self, method: Method, path: &str, params: Value) -> Result<Value, String> {
        let send = async {
            loop {
                let request = Request::builder()
                    .method(&method)
                    .uri(format!("{}{path}", self.session))
                    .header("content-type", "application/json")
                    .body(Body::from(params.to_string()))
                    .unwrap();
                match self.client.request(request).await {
                    Ok(answer) => break answer,
                    Err(error) if error.is_connect() => {
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                    Err(error) => panic!("WebKitWebDriver: {error}"),
                }
            }
        };
        let answer = tokio::select! {
            answer = tokio::time::timeout(2 * PATIENCE, send) => {
                answer.unwrap_or_else(|_| panic!("WebKitWebDriver did not answer to {path}"))
            }
            output = self.driver.end() => panic!(
                "WebKitWebDriver, or what WEBKIT_DRIVER names, ended before it answered:\n{output}"
            ),
        };
        let failed = !answer.status().is_success();
        let body = to_bytes(Body::new(answer.into_body()), usize::MAX)
            .await
            .unwrap();
        let mut answer: Value = serde_json::from_slice(&body).expect("a driver sends JSON");
        if failed {
            let value = &answer["value"];
            return Err(format!("{}: {}", value["error"], value["message"]));
        }
        Ok(answer["value"].take())
    }
}
