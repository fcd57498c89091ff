//! From what Chromium tells to what was observed.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tower_visor::audit::{
    Observation, RanKind, ReceivedDocument, ReceivedFile, SeenScript, SeenWorker,
};

use super::super::wire::{Event, Failed, Wire};
use super::events::{
    Answer, Attached, Body, CallFrame, Data, Ended, Extra, Initiator, Navigated, Parsed,
    Registrations, Responded, Source, Stack, Versions, WillBeSent,
};
use super::said;

/// What is asked of each target: the page, frames of other sites, workers. They wait for it, so that
/// nothing of theirs is lost.
const SET_UP: &[&str] = &[
    "Network.enable",
    "Debugger.enable",
    "Runtime.enable",
    "Log.enable",
];

/// What a page's and a frame's target are asked beside.
const OF_PAGES: &[&str] = &["Page.enable", "Audits.enable", "ServiceWorker.enable"];

/// What was made of the events so far.
#[derive(Default)]
pub(super) struct Record {
    /// By their ids, which no two targets share: the script of a worker is asked for by the page, and
    /// comes to the worker.
    requests: BTreeMap<String, Request>,
    /// Addresses of targets.
    targets: BTreeMap<String, String>,
    /// Addresses of frames.
    frames: BTreeMap<String, String>,
    /// Who asked for a script, by its address.
    starters: BTreeMap<String, String>,
    scopes: BTreeMap<String, String>,
    pub(super) main_frame: String,
    pub(super) is_loaded: bool,
    pub(super) has_crashed: bool,
    /// How large one file may be.
    pub(super) most: usize,
    /// A file that is larger.
    pub(super) too_large: Option<String>,
}

struct Request {
    url: String,
    kind: String,
    frame: String,
    is_open: bool,
    received: usize,
    /// Where it is in the observation.
    index: Option<Place>,
}

#[derive(Clone, Copy)]
enum Place {
    Document(usize),
    File(usize),
}

/// Reads the parameters of an event, or of an answer; what has another form is nothing.
fn read<T: DeserializeOwned>(value: Value) -> Option<T> {
    serde_json::from_value(value).ok()
}

impl Record {
    /// Requests that are under way; what stays open by nature is none.
    pub(super) fn open(&self) -> impl Iterator<Item = &str> {
        let open = self.requests.values().filter(|request| {
            request.is_open && !matches!(&*request.kind, "eventsource" | "websocket" | "ping")
        });
        open.map(|request| &*request.url)
    }

    /// Has a target tell what happens in it.
    pub(super) async fn set_up(wire: &mut Wire, session: &str, kind: &str) -> Result<(), Failed> {
        let attach = json!({"autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true});
        wire.send(session, "Target.setAutoAttach", attach).await?;
        let pages = OF_PAGES
            .iter()
            .filter(|_| matches!(kind, "page" | "iframe"));
        for method in SET_UP.iter().chain(pages) {
            wire.send(session, method, json!({})).await?;
        }
        let wait = "Runtime.runIfWaitingForDebugger";
        wire.send(session, wait, json!({})).await?;
        Ok(())
    }

    /// Takes up one event; whether it is a sign that the page isn't at rest.
    pub(super) async fn take(
        &mut self,
        event: Event,
        wire: &mut Wire,
        seen: &mut Observation,
    ) -> Result<bool, Failed> {
        let Event {
            method,
            params,
            session,
        } = event;
        match &*method {
            "Target.attachedToTarget" => {
                if let Some(attached) = read::<Attached>(params) {
                    self.attached(attached, wire, seen).await?;
                }
            }
            "Network.requestWillBeSent" => {
                if let Some(sent) = read(params) {
                    self.sent(sent, seen);
                }
            }
            "Network.responseReceived" => {
                if let Some(responded) = read(params) {
                    self.responded(responded, seen);
                }
            }
            "Network.responseReceivedExtraInfo" => {
                if let Some(extra) = read(params) {
                    self.extra(extra, seen);
                }
            }
            "Network.dataReceived" => {
                if let Some(data) = read(params) {
                    self.data(&data);
                }
            }
            "Network.loadingFinished" | "Network.loadingFailed" => {
                if let Some(ended) = read(params) {
                    self.ended(session, ended, wire, seen).await?;
                }
            }
            "Debugger.scriptParsed" => {
                if let Some(parsed) = read(params) {
                    self.parsed(session, parsed, wire, seen).await?;
                }
            }
            "Page.frameNavigated" => {
                if let Some(Navigated { frame }) = read(params) {
                    if frame.parent_id.is_none() && frame.id == self.main_frame {
                        self.is_loaded = false;
                        seen.url = Observation::address(&frame.url);
                    }
                    self.frames
                        .insert(frame.id, Observation::address(&frame.url));
                }
            }
            "Page.loadEventFired" if !self.targets.contains_key(&session) => {
                self.is_loaded = true;
            }
            "Page.windowOpen" => {
                let why = "the page opened it, and only the page itself is examined";
                seen.code_not_seen("another window", why);
            }
            "Inspector.targetCrashed" => self.has_crashed = true,
            _ if method.starts_with("ServiceWorker.") => {
                self.service_workers(&method, params, seen);
            }
            _ => {
                said::said(&method, params, seen);
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn attached(
        &mut self,
        attached: Attached,
        wire: &mut Wire,
        seen: &mut Observation,
    ) -> Result<(), Failed> {
        let Attached {
            session_id,
            target_info: target,
        } = attached;
        let url = Observation::address(&target.url);
        match &*target.kind {
            // The page itself, which is asked already.
            "page" => return Ok(()),
            "worker" => seen.workers.push(SeenWorker::new("worker", &url)),
            "shared_worker" => seen.workers.push(SeenWorker::new("shared-worker", &url)),
            "service_worker" => service_worker(seen, &url, None),
            _ => {}
        }
        Self::set_up(wire, &session_id, &target.kind).await?;
        self.targets.insert(session_id, url);
        Ok(())
    }

    fn sent(&mut self, sent: WillBeSent, seen: &mut Observation) {
        let WillBeSent {
            request_id,
            request,
            initiator,
            kind,
            frame_id,
            redirect_response,
        } = sent;
        let key = request_id;
        if let Some(answer) = redirect_response {
            self.answered(&key, &answer, seen);
        }
        let kind = kind.to_ascii_lowercase();
        let url = Observation::address(&request.url);
        if kind == "script" {
            let starter = Initiator::place(&initiator);
            let starter = starter.unwrap_or_else(|| "the document".to_owned());
            self.starters.entry(url.clone()).or_insert(starter);
        }
        let is_network = request.url.starts_with("http") || request.url.starts_with("ws");
        let index = match &*kind {
            "document" => None,
            _ if !is_network => None,
            _ => {
                seen.files.push(ReceivedFile::new(&url, &kind));
                Some(Place::File(seen.files.len() - 1))
            }
        };
        let request = Request {
            url,
            kind,
            frame: frame_id,
            is_open: is_network,
            received: 0,
            index,
        };
        self.requests.insert(key, request);
    }

    /// The head of an answer.
    fn answered(&mut self, key: &str, answer: &Answer, seen: &mut Observation) {
        let Some(request) = self.requests.get_mut(key) else {
            return;
        };
        match request.index {
            Some(Place::File(index)) => {
                if let Some(file) = seen.files.get_mut(index) {
                    file.status = Some(answer.status);
                }
            }
            None if request.kind == "document" && answer.url.starts_with("http") => {
                let mut document = ReceivedDocument::new(&request.url, answer.status);
                add(&mut document, &answer.headers);
                if request.frame != self.main_frame {
                    document.frame_of = Some(seen.url.clone());
                }
                seen.documents.push(document);
                request.index = Some(Place::Document(seen.documents.len() - 1));
            }
            // Its head was seen, or it is nothing that is asked of a server.
            Some(Place::Document(_)) | None => {}
        }
    }

    fn responded(&mut self, responded: Responded, seen: &mut Observation) {
        let key = responded.request_id;
        if let Some(request) = self.requests.get_mut(&key)
            && request.kind.is_empty()
        {
            request.kind = responded.kind.to_ascii_lowercase();
        }
        self.answered(&key, &responded.response, seen);
    }

    /// What the wire had of headers; the other event leaves cookies out.
    fn extra(&self, extra: Extra, seen: &mut Observation) {
        let key = extra.request_id;
        let request = self.requests.get(&key);
        if let Some(Place::Document(index)) = request.and_then(|request| request.index)
            && let Some(document) = seen.documents.get_mut(index)
        {
            document.headers.clear();
            add(document, &extra.headers);
        }
    }

    fn data(&mut self, data: &Data) {
        if let Some(request) = self.requests.get_mut(&data.request_id) {
            request.received += data.data_length;
            if request.received > self.most {
                self.too_large = Some(request.url.clone());
            }
        }
    }

    async fn ended(
        &mut self,
        session: String,
        ended: Ended,
        wire: &mut Wire,
        seen: &mut Observation,
    ) -> Result<(), Failed> {
        let key = ended.request_id;
        let Some(request) = self.requests.get_mut(&key) else {
            return Ok(());
        };
        request.is_open = false;
        if let (Some(Place::File(index)), false) = (request.index, ended.error_text.is_empty())
            && let Some(file) = seen.files.get_mut(index)
        {
            let blocked = ended.blocked_reason.map(|why| format!("blocked: {why}"));
            file.failure = Some(blocked.unwrap_or(ended.error_text));
        }
        let is_body = !matches!(
            &*request.kind,
            "websocket" | "eventsource" | "ping" | "preflight"
        );
        let Some(place) = request.index.filter(|_| is_body) else {
            return Ok(());
        };
        let received = request.received;
        let id = json!({"requestId": key});
        let body = match wire.call(&session, "Network.getResponseBody", id).await {
            Ok(body) => read::<Body>(body),
            Err(Failed::Gone) => return Err(Failed::Gone),
            // The page went on, and its files are gone; or there was no body.
            Err(Failed::Refused(_)) => None,
        };
        let Some(body) = body else {
            return Ok(());
        };
        match place {
            Place::Document(index) => {
                if let Some(document) = seen.documents.get_mut(index) {
                    document.text(body.body);
                }
            }
            Place::File(index) => {
                let bytes = body.bytes(received);
                if let (Some(file), Some(bytes)) = (seen.files.get_mut(index), bytes) {
                    file.content(&bytes);
                }
            }
        }
        Ok(())
    }

    async fn parsed(
        &mut self,
        session: String,
        parsed: Parsed,
        wire: &mut Wire,
        seen: &mut Observation,
    ) -> Result<(), Failed> {
        let context = parsed.execution_context_aux_data.as_ref();
        // What this program runs itself.
        if context.is_some_and(|context| context.kind == "isolated") {
            return Ok(());
        }
        let frame = context.and_then(|context| self.frames.get(&context.frame_id));
        let target = self.targets.get(&session);
        let ran_in = frame
            .or(target)
            .cloned()
            .unwrap_or_else(|| seen.url.clone());
        let top = parsed.stack_trace.as_ref().and_then(Stack::top);
        let is_in_document = frame.is_some_and(|frame| {
            Observation::address(&parsed.embedder_name) == *frame
                && !parsed.embedder_name.is_empty()
        });
        let kind = if parsed.script_language == "WebAssembly" {
            RanKind::Wasm
        } else if is_in_document {
            RanKind::Inline
        } else if parsed.embedder_name.is_empty() {
            RanKind::Eval
        } else if parsed.is_module {
            RanKind::Module
        } else {
            RanKind::Script
        };
        let url = Observation::address(&parsed.url);
        let mut script = match (kind, top) {
            (RanKind::Eval | RanKind::Wasm, Some(top)) => {
                let mut script = SeenScript::new(kind, &Observation::address(&top.url), &ran_in);
                script.line = top.line_number + 1;
                script.column = top.column_number + 1;
                script
            }
            (RanKind::Eval, None) => SeenScript::new(kind, &ran_in, &ran_in),
            _ => SeenScript::new(kind, &url, &ran_in),
        };
        script.started_by = match kind {
            RanKind::Script | RanKind::Module => self.starters.get(&url).cloned(),
            RanKind::Inline => {
                script.line = parsed.start_line + 1;
                script.column = parsed.start_column + 1;
                Some(top.map_or_else(|| "the document".to_owned(), CallFrame::place))
            }
            _ => top.map(CallFrame::place),
        };
        if parsed.length > self.most {
            self.too_large = Some(script.url.clone());
        } else {
            let id = json!({"scriptId": parsed.script_id});
            match wire.call(&session, "Debugger.getScriptSource", id).await {
                Ok(source) => {
                    if let Some(source) = read::<Source>(source) {
                        match source.bytecode.map(|code| STANDARD.decode(code)) {
                            Some(Ok(code)) => script.content(&code),
                            Some(Err(_)) => {}
                            None => script.content(source.script_source.as_bytes()),
                        }
                    }
                }
                Err(Failed::Gone) => return Err(Failed::Gone),
                Err(Failed::Refused(_)) => {}
            }
        }
        seen.scripts.push(script);
        Ok(())
    }

    /// Which service worker answers for what.
    fn service_workers(&mut self, method: &str, params: Value, seen: &mut Observation) {
        match method {
            "ServiceWorker.workerRegistrationUpdated" => {
                let read = read::<Registrations>(params);
                for one in read.into_iter().flat_map(|all| all.registrations) {
                    self.scopes.insert(one.registration_id, one.scope_url);
                }
            }
            "ServiceWorker.workerVersionUpdated" => {
                let read = read::<Versions>(params);
                for one in read.into_iter().flat_map(|all| all.versions) {
                    let scope = self.scopes.get(&one.registration_id);
                    service_worker(seen, &Observation::address(&one.script_url), scope);
                }
            }
            _ => {}
        }
    }

    /// Of files with a mark of their byte order the browser tells the text without it: a script whose
    /// file has three bytes more is the file.
    pub(super) fn finish(seen: &mut Observation) {
        let files: BTreeMap<&str, &ReceivedFile> = seen
            .files
            .iter()
            .filter(|file| !file.digests.is_empty())
            .map(|file| (&*file.url, file))
            .collect();
        for script in &mut seen.scripts {
            if let Some(file) = files.get(&*script.url)
                && script.bytes.map(|bytes| bytes + 3) == file.bytes
            {
                script.bytes = file.bytes;
                script.digests.clone_from(&file.digests);
            }
        }
        let unread: BTreeSet<String> = seen
            .scripts
            .iter()
            .filter(|script| script.digests.is_empty())
            .map(|script| script.url.clone())
            .collect();
        for url in unread {
            let why = "the browser had discarded it before it was asked";
            seen.code_not_seen(&format!("the bytes of {url}"), why);
        }
    }
}

fn service_worker(seen: &mut Observation, url: &str, scope: Option<&String>) {
    let mut workers = seen.workers.iter_mut();
    let known = workers.find(|worker| worker.kind == "service-worker" && worker.url == url);
    if let Some(known) = known {
        known.scope = known.scope.take().or(scope.cloned());
        return;
    }
    let mut worker = SeenWorker::new("service-worker", url);
    worker.scope = scope.cloned();
    seen.workers.push(worker);
}

/// Chromium puts several values of one name into one text.
fn add(document: &mut ReceivedDocument, headers: &BTreeMap<String, String>) {
    for (name, values) in headers {
        for value in values.split('\n') {
            document.header(name, value);
        }
    }
}

impl Body {
    /// The bytes, as far as they are known: of what is text the browser tells the text.
    fn bytes(self, received: usize) -> Option<Vec<u8>> {
        if self.base64_encoded {
            return STANDARD.decode(self.body).ok();
        }
        let text = self.body.into_bytes();
        if received == 0 || received == text.len() {
            return Some(text);
        }
        let marked = [b"\xef\xbb\xbf", &*text].concat();
        (received == marked.len()).then_some(marked)
    }
}
