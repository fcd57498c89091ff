//! Firefox, by WebDriver BiDi, which it speaks without a driver.

mod events;
mod record;

use std::fmt::Write as _;
use std::fs;

use serde_json::{Value, json};
use tokio::time::Instant;
use tower_visor::audit::{Observation, SeenCookie};

use super::certificate;
use super::keeper::Running;
use super::task::{Look, REST, click, is_there, too_large};
use super::wire::{Failed, Wire};
use events::{Cookie, Cookies};
use record::Record;

/// What makes it quiet, and sends all that leaves through the program's proxy.
const PREFERENCES: &str = r#"
user_pref("network.proxy.type", 1);
user_pref("network.proxy.share_proxy_settings", true);
user_pref("network.proxy.allow_hijacking_localhost", true);
user_pref("network.proxy.no_proxies_on", "");
user_pref("network.proxy.failover_direct", false);
user_pref("network.trr.mode", 5);
user_pref("network.dns.disablePrefetch", true);
user_pref("network.http.http3.enable", false);
user_pref("media.peerconnection.ice.proxy_only", true);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("app.normandy.enabled", false);
user_pref("app.update.disabledForTesting", true);
user_pref("browser.safebrowsing.update.enabled", false);
user_pref("browser.newtabpage.enabled", false);
user_pref("browser.startup.page", 0);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("datareporting.healthreport.uploadEnabled", false);
"#;

const FAKE_CAMERA: &str = r#"
user_pref("media.navigator.streams.fake", true);
user_pref("media.navigator.permission.disabled", true);
"#;

const WATCH: &str = include_str!("watch.js");

/// Code that this engine doesn't tell of.
const UNSEEN_CODE: &[&str] = &[
    "code made of strings (`eval`)",
    "WebAssembly that wasn't loaded from a file",
    "code in attributes such as `onclick`",
];

/// What else it doesn't tell.
const UNSEEN: &[(&str, &str)] = &[
    ("who started a script", "Firefox doesn't report it"),
    (
        "service workers that were there before the page",
        "Firefox doesn't report it",
    ),
    ("names in indexedDB and caches", "Firefox doesn't report it"),
    (
        "values of cookies and of the storage",
        "evidence holds no credential",
    ),
];

/// Opens the page, and writes down what happens until it is at rest.
pub(super) async fn look(look: &Look<'_>, seen: &mut Observation) -> Result<(), String> {
    let (host, port) = look.proxy.address.split_once(':').unwrap_or_default();
    let mut preferences = PREFERENCES.to_owned();
    for kind in ["http", "ssl"] {
        // Writing to a string can't fail.
        let _ = write!(
            preferences,
            "user_pref(\"network.proxy.{kind}\", \"{host}\");\nuser_pref(\"network.proxy.{kind}_port\", {port});\n"
        );
    }
    if look.options.fake_camera {
        preferences.push_str(FAKE_CAMERA);
    }
    fs::write(look.profile.join("user.js"), preferences)
        .map_err(|error| format!("no preferences: {error}"))?;
    if let Some(der) = &look.order.trusted {
        let exception = certificate::exception(&look.order.page, der);
        fs::write(look.profile.join("cert_override.txt"), exception)
            .map_err(|error| format!("no exception for its certificate: {error}"))?;
    }
    let arguments = [
        "--headless",
        "--no-remote",
        "--remote-debugging-port=0",
        "--profile",
        &look.profile.display().to_string(),
    ];
    let arguments = arguments.map(str::to_owned);
    let without = [("MOZ_DISABLE_CONTENT_SANDBOX", "1".to_owned())];
    let environment = if look.options.no_browser_sandbox {
        &without[..]
    } else {
        &[]
    };
    let path = &look.program.path;
    let running = Running::start(path, &arguments, environment, look.profile).await?;
    let most = look.order.most.saturating_mul(6).saturating_add(1 << 20);
    let endpoint = format!("{}/session", running.endpoint);
    let mut browser = Driver {
        wire: Wire::open(&endpoint, most).await?,
        record: Record::default(),
    };
    browser.record.most = look.order.most;
    let done = browser.visit(look, seen).await;
    for what in UNSEEN_CODE {
        seen.code_not_seen(what, "Firefox doesn't report it");
    }
    for (what, why) in UNSEEN {
        seen.not_seen(what, why);
    }
    done
}

struct Driver {
    wire: Wire,
    record: Record,
}

impl Driver {
    async fn call(&mut self, method: &str, params: Value) -> Result<Value, Failed> {
        self.wire.call("", method, params).await
    }

    async fn visit(&mut self, look: &Look<'_>, seen: &mut Observation) -> Result<(), String> {
        let session = json!({"capabilities": {"alwaysMatch": {"acceptInsecureCerts": false}}});
        let session = self.call("session.new", session).await?;
        let version = session["capabilities"]["browserVersion"].as_str();
        version.unwrap_or("unknown").clone_into(&mut seen.version);
        let events = json!({"events": ["network", "log", "browsingContext", "script"]});
        self.call("session.subscribe", events).await?;
        let data = json!({"dataTypes": ["response"], "maxEncodedDataSize": look.order.most});
        self.call("network.addDataCollector", data).await?;
        let watch = json!({
            "functionDeclaration": WATCH, "sandbox": "visor",
            "arguments": [{"type": "channel", "value": {"channel": "visor"}}],
        });
        self.call("script.addPreloadScript", watch).await?;
        let tab = self
            .call("browsingContext.create", json!({"type": "tab"}))
            .await?;
        tab["context"]
            .as_str()
            .unwrap_or_default()
            .clone_into(&mut self.record.context);
        self.record.contexts.insert(self.record.context.clone());
        let page = json!({
            "context": self.record.context, "url": look.order.page.to_string(), "wait": "none",
        });
        self.call("browsingContext.navigate", page).await?;
        self.rest(seen).await?;
        if seen.documents.is_empty() {
            let failed = seen.console.last().map(|line| line.text.clone());
            return Err(failed.unwrap_or_else(|| "the browser got no page".to_owned()));
        }
        let steps = look.options.steps();
        for selector in steps.click {
            self.until(&click(selector), seen).await?;
            self.rest(seen).await?;
        }
        for selector in steps.wait {
            self.until(&is_there(selector), seen).await?;
        }
        if !steps.wait.is_empty() {
            self.rest(seen).await?;
        }
        self.leftovers(seen).await
    }

    /// Takes up what happens until the page has loaded, nothing is under way, and nothing more comes.
    async fn rest(&mut self, seen: &mut Observation) -> Result<(), String> {
        let mut quiet_since = Instant::now();
        loop {
            if let Some(url) = &self.record.too_large {
                return Err(too_large(url, self.record.most));
            }
            if self.record.is_gone {
                return Err("the page closed itself".to_owned());
            }
            let end = quiet_since + REST;
            if self.record.is_at_rest() && Instant::now() >= end {
                return Ok(());
            }
            match tokio::time::timeout_at(end, self.wire.event()).await {
                Err(_) => {
                    quiet_since = if self.record.is_at_rest() {
                        quiet_since
                    } else {
                        Instant::now()
                    }
                }
                Ok(event) => {
                    if self.record.take(event?, &mut self.wire, seen).await? {
                        quiet_since = Instant::now();
                    }
                }
            }
        }
    }

    /// The value of an expression, in a sandbox next to the page's own code.
    async fn ask(&mut self, expression: &str) -> Result<Value, Failed> {
        let target = json!({"context": self.record.context, "sandbox": "visor"});
        let expression = json!({
            "expression": expression, "target": target, "awaitPromise": false,
            "userActivation": true,
        });
        self.call("script.evaluate", expression).await
    }

    /// Asks again and again until an expression is true.
    async fn until(&mut self, expression: &str, seen: &mut Observation) -> Result<(), String> {
        loop {
            if let Ok(done) = self.ask(expression).await {
                if let Some(thrown) = done["exceptionDetails"]["text"].as_str() {
                    return Err(format!("the selector: {thrown}"));
                }
                if done["result"]["value"] == true {
                    return Ok(());
                }
            }
            self.rest(seen).await?;
        }
    }

    /// What is asked for in the end: cookies and storage.
    async fn leftovers(&mut self, seen: &mut Observation) -> Result<(), String> {
        let of_page = json!({"partition": {"type": "context", "context": self.record.context}});
        let cookies = self.call("storage.getCookies", of_page).await?;
        if let Ok(Cookies { cookies }) = serde_json::from_value(cookies) {
            seen.cookies = cookies.into_iter().map(cookie).collect();
        }
        for name in ["localStorage", "sessionStorage"] {
            // Where the page has none, reading it throws.
            let keys = self
                .ask(&format!("JSON.stringify(Object.keys({name}))"))
                .await?;
            let keys = keys["result"]["value"].as_str().unwrap_or("[]");
            let keys: Vec<String> = serde_json::from_str(keys).unwrap_or_default();
            let keys = keys.into_iter().map(|key| format!("{name} {key}"));
            seen.storage.extend(keys);
        }
        Ok(())
    }
}

fn cookie(cookie: Cookie) -> SeenCookie {
    let mut seen = SeenCookie::new(&cookie.name);
    seen.domain = cookie.domain;
    seen.path = cookie.path;
    let flags = [
        (cookie.http_only, "httponly"),
        (cookie.secure, "secure"),
        (cookie.expiry.is_none(), "session"),
    ];
    let flags = flags.into_iter().filter(|(is_set, _)| *is_set);
    let site = Some(cookie.same_site).filter(|site| !site.is_empty() && site != "default");
    let site = site.map(|site| format!("samesite={site}"));
    let mut attributes: Vec<String> = flags.map(|(_, name)| name.to_owned()).chain(site).collect();
    attributes.sort();
    seen.attributes = attributes;
    seen
}
