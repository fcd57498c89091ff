//! Chromium, by its own protocol: BiDi tells neither which code ran nor the server's certificate.

mod events;
mod record;
mod said;

use serde_json::{Value, json};
use tokio::time::Instant;
use tower_visor::audit::{Observation, SeenCookie};
use tower_visor::url::Url;

use super::certificate;
use super::keeper::Running;
use super::task::{Look, REST, click, is_there, too_large};
use super::wire::{Failed, Wire};
use events::{Cookie, Cookies};
use record::Record;

const FLAGS: &[&str] = &[
    "--headless",
    "--remote-debugging-port=0",
    "--no-first-run",
    "--no-default-browser-check",
    "--password-store=basic",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-sync",
    // All that leaves goes through the program's proxy: nothing past it, not even to this machine.
    "--proxy-bypass-list=<-loopback>",
    "--disable-quic",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
];

/// What this engine doesn't tell.
const UNSEEN: &[(&str, &str)] = &[
    (
        "code of windows that the page opened",
        "only the page itself, its frames and workers are examined",
    ),
    (
        "values of cookies and of the storage",
        "evidence holds no credential",
    ),
];

/// Opens the page, and writes down what happens until it is at rest.
pub(super) async fn look(look: &Look<'_>, seen: &mut Observation) -> Result<(), String> {
    let mut flags: Vec<String> = FLAGS.iter().map(|flag| (*flag).to_owned()).collect();
    flags.push(format!("--user-data-dir={}", look.profile.display()));
    flags.push(format!("--proxy-server=http://{}", look.proxy.address));
    if look.options.fake_camera {
        flags.push("--use-fake-device-for-media-stream".to_owned());
        flags.push("--use-fake-ui-for-media-stream".to_owned());
    }
    if look.options.no_browser_sandbox {
        flags.push("--no-sandbox".to_owned());
    }
    if let Some(key) = look.order.trusted.as_deref().and_then(certificate::key_of) {
        flags.push(format!("--ignore-certificate-errors-spki-list={key}"));
    }
    flags.push("about:blank".to_owned());
    let running = Running::start(&look.program.path, &flags, &[], look.profile).await?;
    // Six bytes for each of a text, where every one of them has to be escaped.
    let most = look.order.most.saturating_mul(6).saturating_add(1 << 20);
    let mut browser = Driver {
        wire: Wire::open(&running.endpoint, most).await?,
        record: Record::default(),
        session: String::new(),
    };
    browser.record.most = look.order.most;
    let version = browser
        .wire
        .call("", "Browser.getVersion", json!({}))
        .await?;
    let product = version["product"].as_str().unwrap_or_default();
    let (_, version) = product.split_once('/').unwrap_or(("", product));
    version.clone_into(&mut seen.version);
    let done = browser.visit(look, seen).await;
    Record::finish(seen);
    for (what, why) in UNSEEN {
        seen.not_seen(what, why);
    }
    done
}

struct Driver {
    wire: Wire,
    record: Record,
    /// The page's target.
    session: String,
}

impl Driver {
    async fn call(&mut self, method: &str, params: Value) -> Result<Value, Failed> {
        self.wire.call(&self.session, method, params).await
    }

    async fn visit(&mut self, look: &Look<'_>, seen: &mut Observation) -> Result<(), String> {
        let target = self
            .wire
            .call("", "Target.createTarget", json!({"url": "about:blank"}))
            .await?;
        let id = &target["targetId"];
        let attach = json!({"targetId": id, "flatten": true});
        let attached = self.wire.call("", "Target.attachToTarget", attach).await?;
        self.session = text(&attached["sessionId"]);
        self.record.main_frame = text(id);
        let session = self.session.clone();
        Record::set_up(&mut self.wire, &session, "page").await?;
        self.call("Network.setCacheDisabled", json!({"cacheDisabled": true}))
            .await?;
        // Workers that more than one page has are the browser's own targets.
        let workers = json!([{"type": "service_worker"}, {"type": "shared_worker"}]);
        let attach = json!({
            "autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true, "filter": workers,
        });
        self.wire.call("", "Target.setAutoAttach", attach).await?;

        let page = json!({"url": look.order.page.to_string()});
        let went = self.call("Page.navigate", page).await?;
        if let Some(error) = went["errorText"].as_str() {
            return Err(format!("the browser got no page: {error}"));
        }
        self.rest(seen).await?;
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
            if self.record.has_crashed {
                return Err("the page crashed".to_owned());
            }
            let is_done = self.record.is_loaded && self.record.open().next().is_none();
            let end = quiet_since + REST;
            if is_done && Instant::now() >= end {
                return Ok(());
            }
            let event = tokio::time::timeout_at(end, self.wire.event()).await;
            match event {
                Err(_) if is_done => return Ok(()),
                Err(_) => quiet_since = Instant::now(),
                Ok(event) => {
                    if self.record.take(event?, &mut self.wire, seen).await? {
                        quiet_since = Instant::now();
                    }
                }
            }
        }
    }

    /// Asks again and again until an expression is true. It runs next to the page's own code.
    async fn until(&mut self, expression: &str, seen: &mut Observation) -> Result<(), String> {
        loop {
            let frame = &self.record.main_frame;
            let world = json!({"frameId": frame, "worldName": "visor"});
            let world = self.call("Page.createIsolatedWorld", world).await?;
            let expression = json!({
                "expression": expression, "contextId": world["executionContextId"],
                "returnByValue": true, "userGesture": true,
            });
            let value = self.call("Runtime.evaluate", expression).await;
            // Between two documents there is nothing to ask.
            if let Ok(value) = value {
                if let Some(thrown) = value["exceptionDetails"]["exception"]["description"].as_str()
                {
                    let line = thrown.lines().next().unwrap_or_default();
                    return Err(format!("the selector: {line}"));
                }
                if value["result"]["value"] == true {
                    return Ok(());
                }
            }
            self.rest(seen).await?;
        }
    }

    /// What is asked for in the end: cookies, storage, the certificate.
    async fn leftovers(&mut self, seen: &mut Observation) -> Result<(), String> {
        let cookies = self.wire.call("", "Storage.getCookies", json!({})).await?;
        if let Ok(Cookies { cookies }) = serde_json::from_value(cookies) {
            seen.cookies = cookies.into_iter().map(cookie).collect();
            seen.cookies
                .sort_by(|a, b| (&a.domain, &a.name).cmp(&(&b.domain, &b.name)));
        }
        let Some(origin) = Url::effective(&seen.url)
            .ok()
            .and_then(|url| url.origin().cloned())
        else {
            return Ok(());
        };
        for (name, is_local) in [("localStorage", true), ("sessionStorage", false)] {
            let id = json!({"securityOrigin": origin.to_string(), "isLocalStorage": is_local});
            let items = self
                .call("DOMStorage.getDOMStorageItems", json!({"storageId": id}))
                .await;
            let items = items.unwrap_or_default();
            let keys = items["entries"].as_array().into_iter().flatten();
            seen.storage
                .extend(keys.map(|entry| format!("{name} {}", text(&entry[0]))));
        }
        let of_origin = json!({"securityOrigin": origin.to_string()});
        for (method, list, name) in [
            (
                "IndexedDB.requestDatabaseNames",
                "databaseNames",
                "indexedDB",
            ),
            ("CacheStorage.requestCacheNames", "caches", "caches"),
        ] {
            let names = self
                .call(method, of_origin.clone())
                .await
                .unwrap_or_default();
            for one in names[list].as_array().into_iter().flatten() {
                let one = one.as_str().or(one["cacheName"].as_str());
                seen.storage
                    .push(format!("{name} {}", one.unwrap_or_default()));
            }
        }
        if origin.scheme() == "https" {
            let of_origin = json!({"origin": origin.to_string()});
            let chain = self.call("Network.getCertificate", of_origin).await?;
            let first = chain["tableNames"][0].as_str().unwrap_or_default();
            seen.certificate = certificate::of_base64(first, "the browser");
        }
        Ok(())
    }
}

fn cookie(cookie: Cookie) -> SeenCookie {
    let mut seen = SeenCookie::new(&cookie.name);
    seen.domain = cookie.domain;
    seen.path = cookie.path;
    let site = cookie
        .same_site
        .map(|site| format!("samesite={}", site.to_ascii_lowercase()));
    let flags = [
        (cookie.http_only, "httponly"),
        (cookie.secure, "secure"),
        (cookie.session, "session"),
    ];
    let flags = flags.into_iter().filter(|(is_set, _)| *is_set);
    let mut attributes: Vec<String> = flags.map(|(_, name)| name.to_owned()).chain(site).collect();
    attributes.sort();
    seen.attributes = attributes;
    seen
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
