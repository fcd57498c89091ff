//! Firefox over [WebDriver BiDi](https://w3c.github.io/webdriver-bidi/).

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::connection::Connection;
use crate::process::{Browser, Process};

/// What makes it quiet, keeps it on this machine, and gives it a camera.
const PREFERENCES: &str = r#"
user_pref("network.dns.forceResolve", "127.0.0.1");
user_pref("network.proxy.type", 0);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("app.normandy.enabled", false);
user_pref("app.update.disabledForTesting", true);
user_pref("browser.safebrowsing.update.enabled", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("datareporting.healthreport.uploadEnabled", false);
user_pref("media.navigator.streams.fake", true);
user_pref("media.navigator.permission.disabled", true);
"#;

/// A headless Firefox with a fresh profile and one page. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Firefox {
    connection: Connection,
    context: String,
    _process: Process,
}

impl Firefox {
    /// Starts Firefox, or `None` when its tests are to be skipped.
    pub(crate) async fn launch() -> Option<Self> {
        let browser = Browser {
            name: "firefox",
            variable: "FIREFOX",
            programs: &["firefox-esr", "firefox"],
        };
        let process = browser
            .launch(|profile| {
                std::fs::write(profile.join("user.js"), PREFERENCES).unwrap();
                let profile = profile.display().to_string();
                [
                    "--headless",
                    "--no-remote",
                    "--remote-debugging-port=0",
                    "--profile",
                    &profile,
                ]
                .map(str::to_owned)
                .to_vec()
            })
            .await?;
        let connection =
            Connection::open(&format!("{}/session", process.endpoint), |_| Vec::new()).await;
        let mut firefox = Self {
            connection,
            context: String::new(),
            _process: process,
        };
        firefox
            .call("session.new", json!({"capabilities": {}}))
            .await;
        let tree = firefox.call("browsingContext.getTree", json!({})).await;
        firefox.context = tree["contexts"][0]["context"]
            .as_str()
            .expect("a first page")
            .to_owned();
        firefox
            .call("session.subscribe", json!({"events": ["log.entryAdded"]}))
            .await;
        Some(firefox)
    }

    /// Any command of the protocol.
    pub(crate) async fn call(&self, method: &str, params: Value) -> Value {
        self.connection
            .call(None, method, params)
            .await
            .unwrap_or_else(|error| panic!("{error}"))
    }

    /// Goes to `url` and waits until it has loaded.
    pub(crate) async fn goto(&self, url: &str) {
        let params = json!({"context": self.context, "url": url, "wait": "complete"});
        self.call("browsingContext.navigate", params).await;
    }

    /// The value of an expression, awaited when it is a promise; an exception is an error.
    ///
    /// Unlike in Chromium, `eval` in the expression works whatever the page's policy says: let a
    /// script of the page try what the policy should refuse.
    pub(crate) async fn eval<T: DeserializeOwned>(&self, js: &str) -> Result<T, String> {
        let params = json!({
            "expression": format!("(async () => JSON.stringify((await ({js})) ?? null))()"),
            "target": {"context": self.context},
            "awaitPromise": true,
        });
        let done = self
            .connection
            .call(None, "script.evaluate", params)
            .await?;
        match done["result"]["value"].as_str() {
            Some(value) => serde_json::from_str(value)
                .map_err(|error| format!("another type than expected: {error}")),
            None => Err(done["exceptionDetails"]["text"].to_string()),
        }
    }

    /// The level and text of everything in the console so far.
    pub(crate) async fn console(&self) -> Vec<(String, String)> {
        // What the page has said so far comes before this answer.
        self.eval::<()>("null").await.unwrap();
        self.connection.events(|event| {
            let entry = &event["params"];
            (event["method"] == "log.entryAdded").then(|| {
                let text = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
                (text("level"), text("text"))
            })
        })
    }
}
