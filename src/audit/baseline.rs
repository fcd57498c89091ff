//! The baseline of an audit: an approved state of a page, which later audits compare with.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Observation, Received, Report};
use crate::disk;
use crate::url::Url;

/// The headers that protect a page, or undo a protection. Those that change with each response
/// (`Date`, `ETag`, request ids) protect nothing.
pub(super) const HEADERS: &[&str] = &[
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "cache-control",
    "clear-site-data",
    "connection-allowlist",
    "connection-allowlist-report-only",
    "content-security-policy",
    "content-security-policy-report-only",
    "content-type",
    "cross-origin-embedder-policy",
    "cross-origin-embedder-policy-report-only",
    "cross-origin-opener-policy",
    "cross-origin-opener-policy-report-only",
    "cross-origin-resource-policy",
    "document-isolation-policy",
    "document-policy",
    "integrity-policy",
    "integrity-policy-report-only",
    "link",
    "location",
    "nel",
    "origin-agent-cluster",
    "permissions-policy",
    "public-key-pins",
    "referrer-policy",
    "refresh",
    "report-to",
    "reporting-endpoints",
    "service-worker-allowed",
    "set-cookie",
    "sourcemap",
    "strict-transport-security",
    "timing-allow-origin",
    "x-content-type-options",
    "x-dns-prefetch-control",
    "x-frame-options",
    "x-permitted-cross-domain-policies",
    "x-xss-protection",
];

/// An approved state: the protecting headers and the scripts of the pages that were audited.
///
/// It is data (serde), meant to be kept in version control. Anything that changes with each response
/// is left out: nonces, values and lifetimes of cookies, and every header that protects nothing.
///
/// ```
/// use tower_visor::audit::{Baseline, Code, Context, Profile, Response, audit};
///
/// let page = |policy: &str| {
///     let answer = http::Response::builder()
///         .header("content-type", "text/html")
///         .header("content-security-policy", policy);
///     let (parts, ()) = answer.body(()).unwrap().into_parts();
///     Response::new("https://example.com/", parts, Some("<!doctype html>".into())).unwrap()
/// };
/// let context = Context::new(Profile::Document);
/// let approved = Baseline::of(&audit(&page("script-src 'nonce-MTIzNDU2Nzg='"), &context));
///
/// let same = audit(&page("script-src 'nonce-ODc2NTQzMjE='"), &context);
/// assert_eq!(same.against(&approved, &context).of(Code::HEADER_DRIFT).count(), 0);
///
/// let weaker = audit(&page("script-src *"), &context);
/// assert_eq!(weaker.against(&approved, &context).of(Code::HEADER_DRIFT).count(), 1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    schema: Version,
    pub(super) pages: BTreeMap<String, Page>,
    /// What a browser saw, if one was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) received: Option<Ran>,
}

/// The version of the format: 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
struct Version;

impl TryFrom<u32> for Version {
    type Error = String;

    fn try_from(number: u32) -> Result<Self, String> {
        (number == 1).then_some(Self).ok_or_else(|| {
            format!("version {number} is not known, this release reads 1; write the file again")
        })
    }
}

impl From<Version> for u32 {
    fn from(_: Version) -> Self {
        1
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    pub(super) headers: BTreeMap<String, Vec<String>>,
    /// Digests by kind and address without its query, which may change with each response; `null`
    /// if the bytes were not seen. Several files with the same address are one entry, with all digests.
    pub(super) scripts: BTreeMap<String, Option<String>>,
    /// Digests of inline scripts and styles, which have no address.
    pub(super) inline: BTreeSet<String>,
}

/// What a browser saw: it is compared if the audit used one too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ran {
    /// The protecting headers of each document, by its address.
    pub(super) headers: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// Digests of everything that ran, by kind and address; code without an address is listed by its digest.
    pub(super) scripts: BTreeMap<String, String>,
    /// Origins that were contacted besides the page's own.
    pub(super) hosts: BTreeSet<String>,
    /// Scripts of service workers.
    pub(super) service_workers: BTreeSet<String>,
}

impl Ran {
    fn of(received: &Received) -> Self {
        let seen = &received.seen;
        let mut ran = Self::default();
        for document in &seen.documents {
            let headers = ran.headers.entry(document.url.clone()).or_default();
            headers.clear();
            for (name, value) in &document.headers {
                if HEADERS.contains(&name.as_str()) {
                    let values: &mut Vec<String> = headers.entry(name.clone()).or_default();
                    let value = Report::without_cookie(name, value);
                    values.push(stable(name, &value));
                }
            }
        }
        for script in &seen.scripts {
            let digest = script.digest();
            let digest = match ran.scripts.remove(&script.place()) {
                Some(known) => both(Some(known), Some(digest)).unwrap_or_default(),
                None => digest,
            };
            ran.scripts.insert(script.place(), digest);
        }
        let own = origin(&seen.url);
        let hosts = seen.files.iter().filter_map(|file| origin(&file.url));
        ran.hosts = hosts.filter(|host| Some(host) != own.as_ref()).collect();
        let workers = seen.workers.iter();
        let workers = workers.filter(|worker| worker.kind == "service-worker");
        ran.service_workers = workers
            .map(|worker| Observation::address(&worker.url))
            .collect();
        ran
    }
}

fn origin(url: &str) -> Option<String> {
    let url = Url::effective(url).ok()?;
    url.origin().map(ToString::to_string)
}

impl Baseline {
    /// Whether a browser ran this when the state was approved.
    pub(super) fn approves(&self, place: &str, digest: &str) -> bool {
        let ran = self.received.as_ref();
        let known = ran.and_then(|ran| ran.scripts.get(place));
        known.is_some_and(|known| known.split(' ').any(|known| known == digest))
    }

    /// Whether a browser asked this origin then.
    pub(super) fn approves_host(&self, origin: &str) -> bool {
        let ran = self.received.as_ref();
        ran.is_some_and(|ran| ran.hosts.contains(origin))
    }

    /// Whether there was this service worker then.
    pub(super) fn approves_worker(&self, url: &str) -> bool {
        let ran = self.received.as_ref();
        ran.is_some_and(|ran| ran.service_workers.contains(url))
    }

    /// The state that a report recorded.
    pub fn of(report: &Report) -> Self {
        let mut pages: BTreeMap<String, Page> = BTreeMap::new();
        for response in &report.responses {
            let page = pages.entry(response.url.clone()).or_default();
            for (name, value) in &response.headers {
                if HEADERS.contains(&name.as_str()) {
                    let values = page.headers.entry(name.clone()).or_default();
                    values.push(stable(name, value));
                }
            }
        }
        for script in &report.inventory {
            let page = pages.entry(script.page.clone()).or_default();
            let digest = script.digest.map(|digest| digest.to_string());
            if script.kind.starts_with("inline") {
                let digest = digest.unwrap_or_else(|| "not seen".to_owned());
                page.inline.insert(format!("{} {digest}", script.kind));
            } else {
                let address = script.url.split('?').next().unwrap_or_default();
                let place = format!("{} {address}", script.kind);
                let digest = match page.scripts.remove(&place) {
                    None => digest,
                    Some(known) => both(known, digest),
                };
                page.scripts.insert(place, digest);
            }
        }
        Self {
            schema: Version,
            pages,
            received: report.received.as_deref().map(Ran::of),
        }
    }

    /// Writes the file as [`Pins::replace`](crate::pins::Pins::replace) does: atomically, without following
    /// links, and keeping the mode of an old file.
    ///
    /// # Errors
    /// An error from writing a file next to it, or from moving that into its place. The old file
    /// is then unchanged.
    pub fn save(&self, path: impl AsRef<Path>) -> io::Result<()> {
        let mut json = serde_json::to_string_pretty(self)?;
        json.push('\n');
        disk::replace(path.as_ref(), json.as_bytes())
    }
}

/// The digests of files of one address, each once and in a stable order.
fn both(known: Option<String>, digest: Option<String>) -> Option<String> {
    let name = |digest: Option<String>| digest.unwrap_or_else(|| "not-seen".to_owned());
    match (known, digest) {
        (None, None) => None,
        (known, digest) => {
            let (known, digest) = (name(known), name(digest));
            let all: BTreeSet<&str> = known.split(' ').chain([&*digest]).collect();
            Some(all.into_iter().collect::<Vec<_>>().join(" "))
        }
    }
}

/// A value without what changes with each response.
pub(super) fn stable(name: &str, value: &str) -> String {
    if name == "set-cookie" {
        let kept = value.split(';').filter(|part| {
            let part = part.trim_start().to_ascii_lowercase();
            !part.starts_with("expires=") && !part.starts_with("max-age=")
        });
        return kept.collect::<Vec<_>>().join(";");
    }
    let mut out = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("'nonce-") {
        let end = after.find('\'').unwrap_or(after.len());
        out.push_str(before);
        out.push_str("'nonce-*");
        rest = after.get(end..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}
