//! Drift: what differs from a state that somebody approved.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::code::codes;
use super::control::pci;
use super::finding::shown;
use super::sink::Sink;
use super::{Code, Context, Report, Subject};
use crate::disk;

codes! {
    HEADER_DRIFT = "header-drift", Medium,
        "a header that protects the page is not the approved one",
        "find out who changed it; if it was meant, approve the new state with `visor audit --baseline FILE --write-baseline`",
        [pci("11.6.1")];
    SCRIPT_DRIFT = "script-drift", High,
        "a script or style sheet is not the approved one",
        "find out who changed it; if it was meant, approve the new state with `visor audit --baseline FILE --write-baseline`",
        [pci("11.6.1"), pci("6.4.3")];
}

/// The headers that protect a page, or undo a protection. Those that change with each response
/// (`Date`, `ETag`, request ids) protect nothing.
const HEADERS: &[&str] = &[
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
/// It is data (serde), made to be kept in version control. What changes with each response is left
/// out: nonces, values and lifetimes of cookies, and every header that protects nothing.
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
    pages: BTreeMap<String, Page>,
}

/// The version of the format: 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
struct Version;

impl TryFrom<u32> for Version {
    type Error = String;

    fn try_from(number: u32) -> Result<Self, String> {
        (number == 1).then_some(Self).ok_or_else(|| {
            format!("version {number} is not known, this release reads 1; write the file anew")
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
struct Page {
    headers: BTreeMap<String, Vec<String>>,
    /// Digests by kind and address without its query, which may change with each response; `null`
    /// where the bytes were not seen. Several files of one address are one entry, with all digests.
    scripts: BTreeMap<String, Option<String>>,
    /// Digests of inline scripts and styles, which have no address.
    inline: BTreeSet<String>,
}

impl Baseline {
    /// The state that a report saw.
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
        }
    }

    /// Writes the file as [`Pins::replace`](crate::pins::Pins::replace) does: all of it or nothing, no link
    /// followed, the mode of an old one kept.
    ///
    /// # Errors
    /// What writing beside the file, or putting it in its place, fails with. The old file is then
    /// as it was.
    pub fn save(&self, path: impl AsRef<Path>) -> io::Result<()> {
        let mut json = serde_json::to_string_pretty(self)?;
        json.push('\n');
        disk::replace(path.as_ref(), json.as_bytes())
    }

    fn compare(&self, now: &Self, sink: &mut Sink) {
        let urls: BTreeSet<&String> = self.pages.keys().chain(now.pages.keys()).collect();
        for url in urls {
            let Some(new) = now.pages.get(url) else {
                let what = format!("the page {url} of the baseline");
                sink.not_checked(what, "it was not part of this audit");
                continue;
            };
            let Some(old) = self.pages.get(url) else {
                sink.find(
                    Code::HEADER_DRIFT,
                    Subject::Response,
                    format!("{} is not in the baseline", shown(url)),
                );
                continue;
            };
            headers(old, new, sink);
            scripts(old, new, sink);
        }
    }
}

fn headers(old: &Page, new: &Page, sink: &mut Sink) {
    let names: BTreeSet<&String> = old.headers.keys().chain(new.headers.keys()).collect();
    for name in names {
        let found = match (old.headers.get(name), new.headers.get(name)) {
            (Some(before), Some(after)) if before == after => continue,
            (Some(before), Some(after)) => {
                let (before, after) = (before.join(", "), after.join(", "));
                let (before, after) = differing(&before, &after);
                format!("was `{}`, is `{}`", shown(before), shown(after))
            }
            (Some(before), None) => format!("gone; was `{}`", shown(&before.join(", "))),
            (None, Some(after)) => format!("new: `{}`", shown(&after.join(", "))),
            (None, None) => continue,
        };
        sink.find(Code::HEADER_DRIFT, Subject::header(name), found);
    }
}

fn scripts(old: &Page, new: &Page, sink: &mut Sink) {
    let places: BTreeSet<&String> = old.scripts.keys().chain(new.scripts.keys()).collect();
    for place in places {
        let name = |digest: &Option<String>| {
            digest
                .clone()
                .unwrap_or_else(|| "bytes that were not seen".to_owned())
        };
        let found = match (old.scripts.get(place), new.scripts.get(place)) {
            (Some(before), Some(after)) if before == after => continue,
            (Some(before), Some(after)) => format!("was {}, is {}", name(before), name(after)),
            (Some(_), None) => "gone".to_owned(),
            (None, Some(after)) => format!("new: {}", name(after)),
            (None, None) => continue,
        };
        // A file that somebody edited may name none.
        let url = place.split(' ').rfind(|part| !part.is_empty());
        let subject = url.map_or(Subject::Response, |url| Subject::Resource {
            url: url.to_owned(),
        });
        sink.find(Code::SCRIPT_DRIFT, subject, found);
    }
    for gone in old.inline.difference(&new.inline) {
        sink.find(
            Code::SCRIPT_DRIFT,
            Subject::Response,
            format!("gone: {gone}"),
        );
    }
    for added in new.inline.difference(&old.inline) {
        sink.find(
            Code::SCRIPT_DRIFT,
            Subject::Response,
            format!("new: {added}"),
        );
    }
}

impl Report {
    /// This report with the differences from an approved state as findings.
    pub fn against(self, baseline: &Baseline, context: &Context<'_>) -> Self {
        let url = self.responses.first().map(|response| response.url.clone());
        let mut sink = Sink::new(url.unwrap_or_default());
        baseline.compare(&Baseline::of(&self), &mut sink);
        let mut drift = self.clone();
        drift.responses.clear();
        drift.waived.clear();
        drift.inventory.clear();
        drift.not_checked.clear();
        drift.finish(sink, context);
        self.and(drift)
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
fn stable(name: &str, value: &str) -> String {
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

/// Both texts from shortly before where they part: the beginning of a long policy says nothing.
fn differing<'a>(before: &'a str, after: &'a str) -> (&'a str, &'a str) {
    const SHOWN: usize = 40;
    let same = before
        .bytes()
        .zip(after.bytes())
        .take_while(|(a, b)| a == b);
    let mut start = same.count().saturating_sub(SHOWN);
    while !before.is_char_boundary(start) {
        start -= 1;
    }
    // The same bytes stand before it in both, so it is a boundary in both.
    (
        before.get(start..).unwrap_or(before),
        after.get(start..).unwrap_or(after),
    )
}
