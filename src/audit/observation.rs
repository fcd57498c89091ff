//! What a real browser got, ran and did on a page.

use std::io;
use std::path::Path;

use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};

use super::finding::address;
use super::{AuditError, Report, Response};
use crate::disk;
use crate::named::named;
use crate::sri::{Algorithm, Digest};
use crate::url::Url;

/// What a real browser got, ran and did on a page, as data: what [`observed`](super::observed)
/// judges.
///
/// `visor audit --browser` creates one; so can anyone who drives a browser themselves. It is kept
/// as JSON (`docs/audit-report.schema.json` describes it within a report, as `received`). All URLs in
/// it are those of [`Observation::address`]: a query may be a credential, and so may a value of a
/// cookie or of the storage, which is why no such value is in here.
///
/// ```
/// use tower_visor::audit::{Context, Observation, Profile, observed};
///
/// let mut seen = Observation::new("Chromium", "156.0", "2026-11-26T21:04:05Z", "https://example.com/");
/// seen.not_seen("every header of the page", "nobody looked");
/// let report = observed(&seen, &Context::new(Profile::Document));
/// assert!(report.not_checked.iter().any(|missing| missing.why == "nobody looked"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Observation {
    /// The browser: `Chromium`, `Firefox`.
    pub engine: String,
    /// Its version: `156.0.8078.108`.
    pub version: String,
    /// When the page was asked for: UTC, to the second, as RFC 3339 writes it
    /// (`2026-11-26T21:04:05Z`).
    pub began: String,
    /// The address that was asked for.
    pub asked: String,
    /// The final address of the page.
    pub url: String,
    /// Whether the browser kept what it ran in its sandbox.
    pub sandbox: BrowserSandbox,
    /// The certificate of the page's server.
    pub certificate: Option<Certificate>,
    /// The page, its frames, and every document before them, in order of arrival. The page is the
    /// last one that isn't in a frame.
    pub documents: Vec<ReceivedDocument>,
    /// All code that was compiled to run: files, inline scripts, code from strings, WebAssembly.
    pub scripts: Vec<SeenScript>,
    /// Everything that was requested besides documents, in the order of the requests.
    pub files: Vec<ReceivedFile>,
    /// Workers, service workers among them.
    pub workers: Vec<SeenWorker>,
    /// Cookies, as they were in the end.
    pub cookies: Vec<SeenCookie>,
    /// Lines of the console.
    pub console: Vec<ConsoleLine>,
    /// What a policy of the page blocked or reported.
    pub violations: Vec<BrokenRule>,
    /// Names in the storage of the page's origin: `localStorage language`.
    pub storage: Vec<String>,
    /// What this engine doesn't reveal, or what wasn't examined, and why.
    pub unseen: Vec<Unseen>,
}

named! {
    /// Whether the browser kept what it ran in its sandbox.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    #[allow(clippy::exhaustive_enums)] // it does or it doesn't
    pub enum BrowserSandbox {
        /// It did.
        #[default]
        On = "on",
        /// Whoever started it turned the sandbox off.
        Off = "off",
    }
}

/// A certificate, as far as evidence names it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Certificate {
    /// Whom it is for: `CN=liveness.contoso.example`.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// From when on it is valid, as RFC 3339 writes it.
    pub not_before: String,
    /// Until when.
    pub not_after: String,
    /// SHA-256 of the certificate, in hexadecimal.
    pub fingerprint: String,
    /// Who saw it: `the browser`, or `a connection of the program's own, at the same time`.
    pub seen_by: String,
}

/// A document that the browser got: the page or a frame.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ReceivedDocument {
    /// Its address.
    pub url: String,
    /// The status code.
    pub status: u16,
    /// Names and values of the headers, as the browser reports them. Names are in lower case.
    pub headers: Vec<(String, String)>,
    /// The document that this frame is in; `None` for the page itself.
    pub frame_of: Option<String>,
    /// How many bytes it has, if they were seen.
    pub bytes: Option<u64>,
    /// Its digest (SHA-384), likewise.
    pub digest: Option<Digest>,
    /// Its text, likewise. Reports leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

named! {
    /// How code got to run.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    #[non_exhaustive]
    pub enum RanKind {
        /// A classic script with a URL.
        Script = "script",
        /// A module with a URL.
        Module = "module",
        /// The text of an element, or of an attribute such as `onclick`.
        Inline = "inline",
        /// Code made from a string by `eval`, `Function` or a timer.
        Eval = "eval",
        /// A WebAssembly module.
        Wasm = "wasm",
    }
}

/// Code that was compiled to run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SeenScript {
    /// How it got to run.
    pub kind: RanKind,
    /// Its address; for code without one, the address of the document or of the code that it is from.
    pub url: String,
    /// Where it begins there, counted from 1: 1 and 1 for files.
    pub line: u32,
    /// Likewise.
    pub column: u32,
    /// Which frame, page or worker ran it.
    pub ran_in: String,
    /// How many bytes it has, if they were seen.
    pub bytes: Option<u64>,
    /// The digests of its bytes by all algorithms, if they were seen.
    pub digests: Vec<Digest>,
    /// Who started it: `the document`, or `https://tags.example/a.js:3:17`; `None` if the engine
    /// doesn't reveal it.
    pub started_by: Option<String>,
}

/// Something that a page requested, and the response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ReceivedFile {
    /// Its address.
    pub url: String,
    /// What for, in lower case: `script`, `stylesheet`, `image`, `fetch`, `websocket`.
    pub kind: String,
    /// The status code; `None` if there was no response.
    pub status: Option<u16>,
    /// How many bytes, where they were seen.
    pub bytes: Option<u64>,
    /// The digests of its bytes by all algorithms, if they were seen.
    pub digests: Vec<Digest>,
    /// Why the browser didn't use it: `blocked: csp`, `net::ERR_CONNECTION_REFUSED`.
    pub failure: Option<String>,
}

/// A worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SeenWorker {
    /// `worker`, `shared-worker` or `service-worker`.
    pub kind: String,
    /// Its script.
    pub url: String,
    /// What a service worker answers for, if the engine reveals it.
    pub scope: Option<String>,
}

/// A cookie without its value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SeenCookie {
    /// Its name.
    pub name: String,
    /// The host that it is for, with a dot in front where hosts below it are meant, too.
    pub domain: String,
    /// The path that it is for.
    pub path: String,
    /// Its attributes in lower case, sorted: `httponly`, `samesite=strict`, `secure`, `session`.
    pub attributes: Vec<String>,
}

/// A line of the console.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ConsoleLine {
    /// `error`, `warning`, `info` ...
    pub level: String,
    /// What it says, cut after 500 characters, URLs in it without their queries.
    pub text: String,
}

/// What a policy of the page blocked or reported.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct BrokenRule {
    /// `script-src-elem`, `connect-src`, `trusted-types`, `integrity` ...
    pub directive: String,
    /// What was blocked: an address, `inline`, `eval`.
    pub blocked: String,
    /// Where the code that asked for it is: `https://example.com/app.js:3:17`.
    pub source: Option<String>,
    /// Whether it was only reported: `enforce` or `report`.
    pub disposition: String,
}

/// Something that was not seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Unseen {
    /// What.
    pub what: String,
    /// Why not.
    pub why: String,
    /// Which requirements it matters to.
    #[serde(default)]
    pub about: UnseenMatter,
}

named! {
    /// What something that was not seen may have been.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    #[allow(clippy::exhaustive_enums)] // it was code, or it wasn't
    pub enum UnseenMatter {
        /// Code that ran: no inventory of it is complete, so that no requirement for one is called passed.
        Code = "code",
        /// Anything else.
        #[default]
        Other = "other",
    }
}

impl Observation {
    /// An empty observation, by this engine and version, at this time, of this page.
    pub fn new(engine: &str, version: &str, began: &str, asked: &str) -> Self {
        Self {
            engine: engine.to_owned(),
            version: version.to_owned(),
            began: began.to_owned(),
            asked: asked.to_owned(),
            url: asked.to_owned(),
            sandbox: BrowserSandbox::On,
            certificate: None,
            documents: Vec::new(),
            scripts: Vec::new(),
            files: Vec::new(),
            workers: Vec::new(),
            cookies: Vec::new(),
            console: Vec::new(),
            violations: Vec::new(),
            storage: Vec::new(),
            unseen: Vec::new(),
        }
    }

    /// A URL as observations and reports name it: without its fragment, and with a query only
    /// where that is a plain version (`?v=1.5.0`); any other is `?...`. What can't be read as a URL is
    /// shortened.
    ///
    /// ```
    /// use tower_visor::audit::Observation;
    ///
    /// let text = "https://example.com/a.js?token=secret#b";
    /// assert_eq!(Observation::address(text), "https://example.com/a.js?...");
    /// ```
    pub fn address(url: &str) -> String {
        match Url::effective(url) {
            Ok(url) => address(&url),
            Err(_) => crate::foreign::excerpt_without_secret(url),
        }
    }

    /// Something that was not seen, and why not.
    pub fn not_seen(&mut self, what: &str, why: &str) {
        self.unseen(what, why, UnseenMatter::Other);
    }

    /// Code that may have run, and that was not seen: requirements for an inventory are *not checked*
    /// then.
    pub fn code_not_seen(&mut self, what: &str, why: &str) {
        self.unseen(what, why, UnseenMatter::Code);
    }

    fn unseen(&mut self, what: &str, why: &str, about: UnseenMatter) {
        let (what, why) = (what.to_owned(), why.to_owned());
        let unseen = Unseen { what, why, about };
        if !self.unseen.contains(&unseen) {
            self.unseen.push(unseen);
        }
    }

    /// Writes it as JSON, atomically, as [`Baseline::save`](super::Baseline::save) does.
    ///
    /// # Errors
    /// An error from writing a file next to it, or from moving that into its place.
    pub fn save(&self, path: impl AsRef<Path>) -> io::Result<()> {
        let mut json = serde_json::to_string_pretty(self)?;
        json.push('\n');
        disk::replace(path.as_ref(), json.as_bytes())
    }

    /// The page: the last document that is in no frame.
    pub fn page(&self) -> Option<&ReceivedDocument> {
        let mut documents = self.documents.iter().rev();
        documents.find(|document| document.frame_of.is_none())
    }
}

/// The digests of bytes by all algorithms.
fn digests(bytes: &[u8]) -> Vec<Digest> {
    let all = Algorithm::ALL.into_iter();
    all.map(|algorithm| Digest::of(algorithm, bytes)).collect()
}

impl ReceivedDocument {
    /// A document and its status; nothing else about it is known yet.
    pub fn new(url: &str, status: u16) -> Self {
        Self {
            url: url.to_owned(),
            status,
            ..Self::default()
        }
    }

    /// A header that came with it. The value of a cookie is left out.
    pub fn header(&mut self, name: &str, value: &str) {
        let name = name.to_ascii_lowercase();
        let value = Report::without_cookie(&name, value);
        self.headers.push((name, value));
    }

    /// Its text.
    pub fn text(&mut self, text: String) {
        self.bytes = Some(text.len() as u64);
        self.digest = Some(Digest::of(Algorithm::Sha384, text.as_bytes()));
        self.body = Some(text);
    }

    /// The same as a response to judge. A header that HTTP doesn't allow is left out.
    pub(super) fn response(&self) -> Result<Response, AuditError> {
        let (mut parts, ()) = http::Response::new(()).into_parts();
        parts.status = http::StatusCode::from_u16(self.status).unwrap_or_default();
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let name = HeaderName::try_from(name.as_str());
            let value = HeaderValue::from_bytes(value.as_bytes());
            if let (Ok(name), Ok(value)) = (name, value) {
                headers.append(name, value);
            }
        }
        parts.headers = headers;
        let body = self.body.clone().map(bytes::Bytes::from);
        Response::new(&self.url, parts, body)
    }
}

impl SeenScript {
    /// Code of this kind from this address, which ran in this frame or worker; nothing else about
    /// it is known yet.
    pub fn new(kind: RanKind, url: &str, ran_in: &str) -> Self {
        Self {
            kind,
            url: url.to_owned(),
            line: 1,
            column: 1,
            ran_in: ran_in.to_owned(),
            bytes: None,
            digests: Vec::new(),
            started_by: None,
        }
    }

    /// Its bytes.
    pub fn content(&mut self, bytes: &[u8]) {
        self.bytes = Some(bytes.len() as u64);
        self.digests = digests(bytes);
    }
}

impl ReceivedFile {
    /// A request for this address, for this purpose; there is no response yet.
    pub fn new(url: &str, kind: &str) -> Self {
        Self {
            url: url.to_owned(),
            kind: kind.to_owned(),
            status: None,
            bytes: None,
            digests: Vec::new(),
            failure: None,
        }
    }

    /// Its bytes.
    pub fn content(&mut self, bytes: &[u8]) {
        self.bytes = Some(bytes.len() as u64);
        self.digests = digests(bytes);
    }
}

impl SeenWorker {
    /// A worker of this kind, made of this script.
    pub fn new(kind: &str, url: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            url: url.to_owned(),
            scope: None,
        }
    }
}

impl SeenCookie {
    /// A cookie of this name; its attributes are to be set.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }
}

impl ConsoleLine {
    /// A line, cut after 500 characters, its URLs without their queries.
    pub fn new(level: &str, text: &str) -> Self {
        let words = text.split_inclusive(char::is_whitespace).map(|word| {
            match (word.contains("://"), word.find(['?', '#'])) {
                (true, Some(start)) => {
                    let end = word.len() - word.trim_end().len();
                    let space = word.get(word.len() - end..).unwrap_or_default();
                    format!("{}{space}", word.get(..start).unwrap_or_default())
                }
                _ => word.to_owned(),
            }
        });
        let text: String = words.collect();
        Self {
            level: level.to_owned(),
            text: text.chars().take(500).collect(),
        }
    }
}

impl BrokenRule {
    /// A directive, and what it blocked: enforced, unless something else is set.
    pub fn new(directive: &str, blocked: &str) -> Self {
        Self {
            directive: directive.to_owned(),
            blocked: blocked.to_owned(),
            source: None,
            disposition: "enforce".to_owned(),
        }
    }
}

impl Certificate {
    /// By the DER of a certificate: its fingerprint; the rest is to be set.
    pub fn of_der(der: &[u8]) -> Self {
        let digest = Digest::of(Algorithm::Sha256, der);
        Self {
            fingerprint: crate::hex::encode(digest.as_bytes()),
            ..Self::default()
        }
    }
}
