//! Drift: what differs from a state that somebody approved.

use std::collections::{BTreeMap, BTreeSet};

use super::baseline::{Page, Ran};
use super::code::codes;
use super::control::pci;
use super::finding::shown;
use super::sink::Sink;
use super::{Baseline, Code, Context, Report, Subject};

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

fn compare(approved: &Baseline, now: &Baseline, sink: &mut Sink) {
    let urls: BTreeSet<&String> = approved.pages.keys().chain(now.pages.keys()).collect();
    for url in urls {
        let Some(new) = now.pages.get(url) else {
            let what = format!("the page {url} of the baseline");
            sink.none_of(CODES, what, "it was not part of this audit");
            continue;
        };
        let Some(old) = approved.pages.get(url) else {
            sink.find(
                Code::HEADER_DRIFT,
                Subject::Response,
                format!("{} is not in the baseline", shown(url)),
            );
            continue;
        };
        headers(&old.headers, &new.headers, sink);
        scripts(&old.scripts, &new.scripts, sink);
        inline(old, new, sink);
    }
    match (&approved.received, &now.received) {
        (Some(old), Some(new)) => ran(old, new, sink),
        (Some(_), None) => sink.none_of(
            CODES,
            "the page as received, against the baseline",
            "no browser was asked; `visor audit --browser` asks one",
        ),
        (None, Some(_)) => sink.none_of(
            CODES,
            "the page as received, against the baseline",
            "the baseline holds nothing that a browser saw; write it again with --browser",
        ),
        (None, None) => {}
    }
}

fn ran(old: &Ran, new: &Ran, sink: &mut Sink) {
    for (url, before) in &old.headers {
        match new.headers.get(url) {
            Some(after) => headers(before, after, sink),
            None => sink.find(
                Code::HEADER_DRIFT,
                Subject::Resource { url: url.clone() },
                "the browser no longer gets this document",
            ),
        }
    }
    for url in new
        .headers
        .keys()
        .filter(|url| !old.headers.contains_key(*url))
    {
        sink.find(
            Code::HEADER_DRIFT,
            Subject::Resource { url: url.clone() },
            "a document that is not in the baseline",
        );
    }
    let known = |scripts: &BTreeMap<String, String>| {
        let all = scripts.iter();
        all.map(|(place, digest)| (place.clone(), Some(digest.clone())))
            .collect()
    };
    scripts(&known(&old.scripts), &known(&new.scripts), sink);
    for (old, new, what) in [
        (&old.hosts, &new.hosts, "asked by the browser"),
        (
            &old.service_workers,
            &new.service_workers,
            "as a service worker",
        ),
    ] {
        for url in new.difference(old) {
            let subject = Subject::Resource { url: url.clone() };
            sink.find(Code::SCRIPT_DRIFT, subject, format!("new: {what}"));
        }
    }
}

type Headers = BTreeMap<String, Vec<String>>;

fn headers(old: &Headers, new: &Headers, sink: &mut Sink) {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for name in names {
        let found = match (old.get(name), new.get(name)) {
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

type Digests = BTreeMap<String, Option<String>>;

fn scripts(old: &Digests, new: &Digests, sink: &mut Sink) {
    let places: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for place in places {
        let name = |digest: &Option<String>| {
            digest
                .clone()
                .unwrap_or_else(|| "bytes that were not seen".to_owned())
        };
        let found = match (old.get(place), new.get(place)) {
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
}

fn inline(old: &Page, new: &Page, sink: &mut Sink) {
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
    /// This report, with the differences from an approved state added as findings.
    pub fn against(self, baseline: &Baseline, context: &Context<'_>) -> Self {
        let url = self.responses.first().map(|response| response.url.clone());
        let mut sink = Sink::new(url.unwrap_or_default());
        compare(baseline, &Baseline::of(&self), &mut sink);
        let mut drift = self.clone();
        drift.responses.clear();
        drift.waived.clear();
        drift.inventory.clear();
        drift.not_checked.clear();
        drift.received = None;
        drift.is_compared = true;
        drift.finish(sink, context);
        self.and(drift)
    }
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
