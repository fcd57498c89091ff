//! Where a browser gets something different from a plain request: a page for crawlers, a script that a
//! CDN put in, a proxy that takes headers away.

use std::collections::BTreeMap;

use super::baseline::{HEADERS, stable};
use super::code::codes;
use super::control::pci;
use super::finding::{address, shown};
use super::html::Element;
use super::input::sent;
use super::observation::Observation;
use super::sink::Sink;
use super::{Code, Context, Response, Subject};
use crate::html::ScriptKind;
use crate::sri::{Algorithm, Digest};

codes! {
    RECEIVED_DIFFERENTLY = "received-differently", High,
        "a browser gets something different from a plain request",
        "find out what tells them apart: a CDN that injects, a proxy, a server that shows auditors another page",
        [pci("11.6.1")];
}

/// Headers that may well differ from one answer to the next.
const OFTEN_DIFFERENT: &[&str] = &["set-cookie", "clear-site-data"];

pub(super) fn find(
    seen: &Observation,
    plain: &Response,
    page: &Response,
    context: &Context<'_>,
    sink: &mut Sink,
) {
    if plain.place() != page.place() {
        let found = format!("a plain request ends at {}", shown(&plain.place()));
        sink.find(Code::RECEIVED_DIFFERENTLY, Subject::Response, found);
    }
    if plain.status() != page.status() {
        let (plain, browser) = (plain.status().as_u16(), page.status().as_u16());
        let found = format!("status {plain} for a plain request, {browser} for the browser");
        sink.find(Code::RECEIVED_DIFFERENTLY, Subject::Response, found);
    }
    for name in HEADERS
        .iter()
        .filter(|name| !OFTEN_DIFFERENT.contains(name))
    {
        let values = |response: &Response| {
            let values = response.values(*name);
            let values = values.map(|value| stable(name, &String::from_utf8_lossy(value)));
            values.collect::<Vec<_>>().join(", ")
        };
        if values(plain) != values(page) {
            let text = |response| match sent(response, *name) {
                Some(value) => format!("`{value}`"),
                None => "none".to_owned(),
            };
            let (plain, browser) = (text(plain), text(page));
            let found = format!("a plain request got {plain}, the browser {browser}");
            sink.find(Code::RECEIVED_DIFFERENTLY, Subject::header(name), found);
        }
    }
    match (plain.document(), page.document()) {
        (Some(plain), Some(page)) => {
            let (plain, page) = (code(&plain.elements), code(&page.elements));
            for (name, subject) in &page {
                if !plain.contains_key(name) {
                    let found = format!("only the browser got {name}");
                    sink.find(Code::RECEIVED_DIFFERENTLY, subject.clone(), found);
                }
            }
            for (name, subject) in &plain {
                if !page.contains_key(name) {
                    let found = format!("only a plain request got {name}");
                    sink.find(Code::RECEIVED_DIFFERENTLY, subject.clone(), found);
                }
            }
        }
        _ => sink.none_of(
            CODES,
            "whether a plain request gets the same scripts",
            "one of the two pages was not read, or is no HTML",
        ),
    }
    for resource in context.resources {
        let Some(body) = resource.body() else {
            continue;
        };
        let url = address(resource.url());
        let digest = Digest::of(Algorithm::Sha384, body);
        let scripts = seen.scripts.iter().map(|one| (&one.url, &one.digests));
        let files = seen.files.iter().map(|one| (&one.url, &one.digests));
        let mut same = scripts.chain(files).filter(|(known, _)| **known == url);
        let other = same.find(|(_, digests)| !digests.is_empty() && !digests.contains(&digest));
        if let Some((_, digests)) = other {
            let mut strong = digests.iter();
            let strong = strong.find(|digest| digest.algorithm() == Algorithm::Sha384);
            let browser = strong.map_or_else(|| "others".to_owned(), ToString::to_string);
            let found = format!("a plain request got {digest}, the browser {browser}");
            sink.find(Code::RECEIVED_DIFFERENTLY, Subject::Resource { url }, found);
        }
    }
}

/// The scripts and styles of a page, each once: files by their address, others by their digest.
fn code(elements: &[Element]) -> BTreeMap<String, Subject> {
    let mut all = BTreeMap::new();
    for element in elements {
        let source = element.value("src").unwrap_or_default();
        let name = match (element.name.as_str(), element.script_kind()) {
            ("script", ScriptKind::Data) => continue,
            ("script", _) if !source.is_empty() => {
                let source = source.split(['?', '#']).next().unwrap_or_default();
                format!("the script {}", shown(source))
            }
            ("script" | "style", _) => {
                let digest = Digest::of(Algorithm::Sha384, element.text.as_bytes());
                format!("an inline {} with {digest}", element.name)
            }
            ("base", _) => {
                let href = element.value("href").unwrap_or_default();
                format!("<base href> {}", shown(href))
            }
            _ => continue,
        };
        all.entry(name).or_insert_with(|| element.subject());
    }
    all
}
