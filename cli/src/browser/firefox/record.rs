//! From what Firefox tells to what was observed.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tower_visor::audit::{
    BrokenRule, ConsoleLine, Observation, RanKind, ReceivedDocument, ReceivedFile, SeenScript,
    SeenWorker,
};

use super::super::wire::{Event, Failed, Wire};
use super::events::{Created, Data, Entry, Message, Navigated, Network, Realm, Watched};

/// What was made of the events so far.
#[derive(Default)]
pub(super) struct Record {
    requests: BTreeMap<(String, u32), Request>,
    /// The page's own contexts: itself, and its frames.
    pub(super) contexts: BTreeSet<String>,
    /// The page's.
    pub(super) context: String,
    pub(super) is_loaded: bool,
    pub(super) is_gone: bool,
    pub(super) most: usize,
    pub(super) too_large: Option<String>,
}

struct Request {
    is_open: bool,
    kind: String,
    index: Option<usize>,
}

fn read<T: DeserializeOwned>(value: Value) -> Option<T> {
    serde_json::from_value(value).ok()
}

impl Record {
    pub(super) fn is_at_rest(&self) -> bool {
        let mut requests = self.requests.values();
        let is_open = requests.any(|request| {
            request.is_open && !matches!(&*request.kind, "eventsource" | "websocket" | "ping")
        });
        self.is_loaded && !is_open
    }

    /// Takes up one event; whether it is a sign that the page isn't at rest.
    pub(super) async fn take(
        &mut self,
        event: Event,
        wire: &mut Wire,
        seen: &mut Observation,
    ) -> Result<bool, Failed> {
        let Event { method, params, .. } = event;
        match &*method {
            "browsingContext.contextCreated" => {
                if let Some(created) = read::<Created>(params) {
                    let parent = created.parent;
                    if parent.is_some_and(|parent| self.contexts.contains(&parent)) {
                        self.contexts.insert(created.context);
                    } else if created.opener.is_some() {
                        let why = "the page opened it, and only the page itself is examined";
                        seen.code_not_seen("another window", why);
                    }
                }
            }
            "browsingContext.contextDestroyed" => {
                let gone = read::<Created>(params);
                self.is_gone |= gone.is_some_and(|gone| gone.context == self.context);
            }
            "browsingContext.navigationStarted" => {
                let went = read::<Navigated>(params);
                if went.is_some_and(|went| went.context == self.context) {
                    self.is_loaded = false;
                }
            }
            "browsingContext.load" => {
                if let Some(went) = read::<Navigated>(params)
                    && went.context == self.context
                {
                    self.is_loaded = true;
                    seen.url = Observation::address(&went.url);
                }
            }
            "network.beforeRequestSent"
            | "network.responseStarted"
            | "network.responseCompleted"
            | "network.fetchError" => {
                if let Some(network) = read::<Network>(params) {
                    self.network(&method, network, wire, seen).await?;
                }
            }
            "script.realmCreated" => {
                if let Some(realm) = read::<Realm>(params) {
                    let kind = match &*realm.kind {
                        "dedicated-worker" => "worker",
                        "shared-worker" | "service-worker" => &*realm.kind,
                        _ => return Ok(true),
                    };
                    let url = Observation::address(&realm.origin);
                    seen.workers.push(SeenWorker::new(kind, &url));
                }
            }
            "script.message" => {
                let message = read::<Message>(params);
                let watched = message.and_then(|said| serde_json::from_str(&said.data.value).ok());
                if let Some(watched) = watched {
                    take_up(watched, seen);
                }
            }
            "log.entryAdded" => {
                if let Some(entry) = read::<Entry>(params).filter(|_| seen.console.len() < 500) {
                    let text = entry.text.unwrap_or_default();
                    if text.contains("\u{201c}integrity\u{201d}") || text.contains("hash in the") {
                        let mut rule = BrokenRule::new("integrity", "a file");
                        rule.source = Some(seen.url.clone());
                        if !seen.violations.contains(&rule) {
                            seen.violations.push(rule);
                        }
                    }
                    seen.console.push(ConsoleLine::new(&entry.level, &text));
                }
                return Ok(false);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    async fn network(
        &mut self,
        method: &str,
        network: Network,
        wire: &mut Wire,
        seen: &mut Observation,
    ) -> Result<(), Failed> {
        // The browser's own requests have no context, and its start page another one.
        let context = network.context.unwrap_or_default();
        let is_own = context.is_empty() || self.contexts.contains(&context);
        if !network.request.url.starts_with("http") || !is_own {
            return Ok(());
        }
        let key = (network.request.request.clone(), network.redirects);
        let destination = network.request.destination.unwrap_or_default();
        let initiator = network.request.initiator_type;
        let kind = match &*destination {
            "" => initiator.unwrap_or_else(|| "other".to_owned()),
            "style" => "stylesheet".to_owned(),
            kind => kind.to_owned(),
        };
        let url = Observation::address(&network.request.url);
        let is_document = matches!(&*kind, "document" | "iframe" | "frame");
        if method == "network.beforeRequestSent" {
            let mut request = Request {
                is_open: true,
                index: None,
                kind,
            };
            if !is_document {
                seen.files.push(ReceivedFile::new(&url, &request.kind));
                request.index = Some(seen.files.len() - 1);
            }
            self.requests.insert(key, request);
            return Ok(());
        }
        let Some(request) = self.requests.get_mut(&key) else {
            return Ok(());
        };
        if let Some(answer) = &network.response {
            // What is too large is not collected.
            if answer.received > self.most {
                self.too_large = Some(url.clone());
            }
            match request.index {
                Some(index) if !is_document => {
                    if let Some(file) = seen.files.get_mut(index) {
                        file.status = Some(answer.status);
                    }
                }
                Some(_) => {}
                None => {
                    let mut document = ReceivedDocument::new(&url, answer.status);
                    for header in &answer.headers {
                        document.header(&header.name, &header.value.value);
                    }
                    if context != self.context {
                        document.frame_of = Some(seen.url.clone());
                    }
                    seen.documents.push(document);
                    request.index = Some(seen.documents.len() - 1);
                }
            }
        }
        if method == "network.responseStarted" {
            return Ok(());
        }
        request.is_open = false;
        let Some(index) = request.index else {
            return Ok(());
        };
        if method == "network.fetchError" {
            if let (Some(file), false) = (seen.files.get_mut(index), is_document) {
                file.failure = Some(network.error_text.unwrap_or_else(|| "failed".to_owned()));
            }
            return Ok(());
        }
        let wanted = json!({"dataType": "response", "request": key.0});
        let data = match wire.call("", "network.getData", wanted).await {
            Ok(data) => read::<Data>(data),
            Err(Failed::Gone) => return Err(Failed::Gone),
            Err(Failed::Refused(_)) => None,
        };
        let bytes = match data.map(|data| data.bytes) {
            Some(bytes) if bytes.kind == "base64" => STANDARD.decode(bytes.value).ok(),
            Some(bytes) => {
                let text = bytes.value.into_bytes();
                // A mark of the byte order is told as no part of a text.
                let came = network.response.and_then(|answer| answer.body);
                let marked = [b"\xef\xbb\xbf", &*text].concat();
                Some(if came == Some(marked.len()) {
                    marked
                } else {
                    text
                })
            }
            None => None,
        };
        self.content(&url, &kind, index, bytes, seen);
        Ok(())
    }

    /// What came for a request.
    fn content(
        &mut self,
        url: &str,
        kind: &str,
        index: usize,
        bytes: Option<Vec<u8>>,
        seen: &mut Observation,
    ) {
        let is_document = matches!(kind, "document" | "iframe" | "frame");
        let is_code = matches!(
            kind,
            "script" | "worker" | "sharedworker" | "serviceworker" | "audioworklet"
        );
        let Some(bytes) = bytes else {
            if is_code || is_document {
                let why = "the browser had discarded it before it was asked";
                seen.code_not_seen(&format!("the bytes of {url}"), why);
            }
            return;
        };
        if bytes.len() > self.most {
            self.too_large = Some(url.to_owned());
        }
        if is_document {
            if let Some(document) = seen.documents.get_mut(index) {
                document.text(String::from_utf8_lossy(&bytes).into_owned());
            }
            return;
        }
        if let Some(file) = seen.files.get_mut(index) {
            file.content(&bytes);
        }
        let is_wasm = bytes.starts_with(b"\0asm");
        if is_code || is_wasm {
            let kind = if is_wasm {
                RanKind::Wasm
            } else {
                RanKind::Script
            };
            let mut script = SeenScript::new(kind, url, &seen.url);
            script.content(&bytes);
            seen.scripts.push(script);
        }
    }
}

/// What the script in the sandbox tells.
fn take_up(watched: Watched, seen: &mut Observation) {
    match watched {
        Watched::Inline { url, text } => {
            let url = Observation::address(&url);
            let mut script = SeenScript::new(RanKind::Inline, &url, &url);
            script.content(text.as_bytes());
            let mut documents = seen.documents.iter().filter(|document| document.url == url);
            let place = documents.find_map(|document| {
                let body = document.body.as_deref()?;
                Some(body.get(..body.find(&text)?)?.to_owned())
            });
            // What stands in no document a script has put there, and no place is known.
            if let Some(before) = place {
                let line = before.matches('\n').count() + 1;
                let last = before.rsplit('\n').next().unwrap_or_default();
                script.line = u32::try_from(line).unwrap_or(u32::MAX);
                script.column = u32::try_from(last.chars().count() + 1).unwrap_or(u32::MAX);
            }
            if seen.scripts.len() < 10_000 {
                seen.scripts.push(script);
            }
        }
        Watched::Violation {
            directive,
            blocked,
            source,
            line,
            column,
            disposition,
        } => {
            let mut rule = BrokenRule::new(&directive, &Observation::address(&blocked));
            let source = source.filter(|source| !source.is_empty());
            rule.source =
                source.map(|url| format!("{}:{line}:{column}", Observation::address(&url)));
            if disposition == "report" {
                rule.disposition = disposition;
            }
            if seen.violations.len() < 500 && !seen.violations.contains(&rule) {
                seen.violations.push(rule);
            }
        }
    }
}
