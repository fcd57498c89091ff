//! Firefox over [WebDriver BiDi](https://w3c.github.io/webdriver-bidi/).

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::connection::Connection;
use crate::process::{Process, Program, websocket};

/// What makes it quiet, keeps it on this machine, and gives it a camera.
const PREFERENCES: &str = r#"
user_pref("network.dns.forceResolve", "127.0.0.1");
user_pref("network.proxy.type", 0);
user_pref("network.proxy.allow_hijacking_localhost", true);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("app.normandy.enabled", false);
user_pref("app.update.disabledForTesting", true);
user_pref("browser.safebrowsing.update.enabled", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("datareporting.healthreport.uploadEnabled", false);
user_pref("media.navigator.streams.fake", true);
user_pref("media.peerconnection.ice.loopback", true);
user_pref("media.navigator.permission.disabled", true);
"#;

/// A headless Firefox with a fresh profile. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Firefox {
    connection: Connection,
    _process: Process,
}

/// A page of Firefox.
#[derive(Debug)]
pub(crate) struct Tab<'a> {
    connection: &'a Connection,
    context: String,
}

impl Firefox {
    /// Starts Firefox, or `None` when its tests are to be skipped.
    pub(crate) async fn launch() -> Option<Self> {
        let program = Program {
            browser: "firefox",
            variable: "FIREFOX",
            programs: &["firefox-esr", "firefox"],
            ready: Some(websocket),
            environment: &[],
        };
        let process = program
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
        // The tests' servers sign their own certificates.
        let capabilities = json!({"alwaysMatch": {"acceptInsecureCerts": true}});
        let session = json!({"capabilities": capabilities});
        call(&connection, "session.new", session).await;
        let events = json!({"events": ["log.entryAdded"]});
        call(&connection, "session.subscribe", events).await;
        Some(Self {
            connection,
            _process: process,
        })
    }

    /// A new page with cookies and storage of its own.
    pub(crate) async fn tab(&self) -> Tab<'_> {
        self.tab_in(json!({})).await
    }

    /// As [`Firefox::tab`], with a proxy that all requests go through, also those to 127.0.0.1.
    pub(crate) async fn tab_through(&self, proxy: &str) -> Tab<'_> {
        let address = proxy.strip_prefix("http://").expect("an address");
        let proxy = json!({"proxyType": "manual", "httpProxy": address, "sslProxy": address});
        self.tab_in(json!({"proxy": proxy})).await
    }

    async fn tab_in(&self, context: Value) -> Tab<'_> {
        let user = call(&self.connection, "browser.createUserContext", context).await;
        let tab = json!({"type": "tab", "userContext": user["userContext"]});
        let tab = call(&self.connection, "browsingContext.create", tab).await;
        let context = tab["context"].as_str().expect("a context").to_owned();
        Tab {
            connection: &self.connection,
            context,
        }
    }
}

impl Tab<'_> {
    /// Goes to `url` and waits until it has loaded.
    pub(crate) async fn goto(&self, url: &str) {
        let params = json!({"context": self.context, "url": url, "wait": "complete"});
        let navigate = "browsingContext.navigate";
        let first = self.connection.call(None, navigate, params.clone()).await;
        // Where the page before was just about to change its process, Firefox gives up for no reason
        // that it names. What it names is a failure, and so is the second time.
        match first {
            Err(error) if error.contains("Address rejected") => {
                call(self.connection, navigate, params).await;
            }
            other => drop(other.unwrap_or_else(|error| panic!("{error}"))),
        }
    }

    /// The value of an expression, awaited when it is a promise; an exception is an error.
    ///
    /// It runs as a script of the page would: from a timer, because what this command itself runs
    /// may `eval` whatever the page's policy says.
    pub(crate) async fn eval<T: DeserializeOwned>(&self, js: &str) -> Result<T, String> {
        self.run(js, false).await
    }

    /// As [`Tab::eval`], as if the visitor had just clicked something.
    pub(crate) async fn act(&self, js: &str) -> Result<(), String> {
        self.run(js, true).await
    }

    async fn run<T: DeserializeOwned>(&self, js: &str, activated: bool) -> Result<T, String> {
        let params = json!({
            "userActivation": activated,
            "expression": format!(
                "new Promise(done => setTimeout(() => done(
                    (async () => JSON.stringify(await ({js})) ?? 'null')())))"
            ),
            "target": {"context": self.context},
            "awaitPromise": true,
        });
        let done = self
            .connection
            .call(None, "script.evaluate", params)
            .await?;
        if let Some(value) = done["result"]["value"].as_str() {
            serde_json::from_str(value)
                .map_err(|error| format!("another type than expected: {error}"))
        } else {
            let text = done["exceptionDetails"]["text"].as_str();
            Err(text.unwrap_or("no exception and no value").to_owned())
        }
    }

    /// The level and text of everything in the console so far.
    pub(crate) async fn console(&self) -> Vec<(String, String)> {
        // What the page has said so far comes before this answer.
        self.eval::<()>("null").await.unwrap();
        self.connection.events(|event| {
            let entry = &event["params"];
            let own =
                event["method"] == "log.entryAdded" && entry["source"]["context"] == *self.context;
            own.then(|| {
                let text = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
                (text("level"), text("text"))
            })
        })
    }
}

async fn call(connection: &Connection, method: &str, params: Value) -> Value {
    connection
        .call(None, method, params)
        .await
        .unwrap_or_else(|error| panic!("{error}"))
}
