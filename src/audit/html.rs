//! A page as audits need it: its elements with their attributes, places and texts.
//!
//! The tokenizer is that of the HTML standard, without the tree. Where a tree would make a
//! difference (inside `<svg>`, in obsolete elements) more is read than a browser would run, so
//! that nothing is overlooked.

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{Token, Tokenizer};

use super::Subject;
use crate::csp::PolicyList;
use crate::html::{self, Place, Places, ScriptKind, script_kind};
use crate::url::Url;

/// A page.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) elements: Vec<Element>,
    /// What relative URLs are relative to: the response's URL, or the first `<base href>`.
    pub(super) base: Url,
    /// The policies of `<meta http-equiv=content-security-policy>`, in their order.
    pub(super) metas: Vec<Meta>,
    /// `meta` elements that were meant to protect and don't, each with the reason.
    pub(super) ignored_metas: Vec<(usize, &'static str)>,
    /// Policies of `meta` elements that are too many to be read.
    pub(super) unread_metas: usize,
    /// The integrity that the first import map gives to URLs.
    pub(super) map: ImportMap,
}

/// A policy that browsers take from a `meta` element, for all that comes after it.
#[derive(Debug)]
pub(super) struct Meta {
    /// Which of the elements.
    pub(super) element: usize,
    pub(super) policies: PolicyList,
}

/// An element.
#[derive(Debug)]
pub(super) struct Element {
    /// In lower case.
    pub(super) name: String,
    pub(super) place: Place,
    /// Whether browsers make it a child of `<head>`, written or not.
    is_in_head: bool,
    /// Names in lower case; the first of a name counts, as in browsers.
    attributes: Vec<(String, String)>,
    /// The text of a script or style.
    pub(super) text: String,
}

/// The first import map of a page.
#[derive(Debug, Default)]
pub(super) struct ImportMap {
    /// Integrity metadata by absolute URL.
    integrity: Vec<(Url, String)>,
    /// Absolute URLs that names lead to.
    pub(super) targets: Vec<Url>,
    /// What keeps browsers from reading it, and where it stands.
    pub(super) fault: Option<(Place, String)>,
}

/// More policies in `meta` elements no page needs, and a hostile one could ask for millions of
/// comparisons.
const MOST_METAS: usize = 32;

/// Headers that protect, and that somebody may have put into a `meta` element, in vain.
const HEADERS_ONLY: &[&str] = &[
    "connection-allowlist",
    "content-security-policy-report-only",
    "cross-origin-embedder-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "integrity-policy",
    "permissions-policy",
    "referrer-policy",
    "strict-transport-security",
    "x-content-type-options",
    "x-frame-options",
];

impl Element {
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The element as the place of a finding.
    pub(super) fn subject(&self) -> Subject {
        Subject::Element {
            name: self.name.clone(),
            line: self.place.line,
            column: self.place.column,
        }
    }

    pub(super) fn script_kind(&self) -> ScriptKind {
        script_kind(self.value("type"), self.value("language"))
    }

    /// The policy of a `meta` element, or why browsers take none from it; `None` for an element
    /// that isn't about one.
    ///
    /// [HTML, Content security policy
    /// state](https://html.spec.whatwg.org/multipage/semantics.html#attr-meta-http-equiv-content-security-policy).
    fn policy(&self) -> Option<Result<PolicyList, &'static str>> {
        let kind = self.value("http-equiv").filter(|_| self.name == "meta")?;
        let is = |name: &str| kind.eq_ignore_ascii_case(name);
        let trimmed = kind.trim_ascii();
        let is_of_policy = trimmed.eq_ignore_ascii_case("content-security-policy");
        if HEADERS_ONLY
            .iter()
            .any(|name| trimmed.eq_ignore_ascii_case(name))
        {
            return Some(Err("browsers know it as a header only"));
        } else if !is_of_policy {
            return None;
        }
        let content = self
            .value("content")
            .filter(|_| is("content-security-policy"));
        Some(match content {
            None if !is("content-security-policy") => Err("white space around its name"),
            None => Err("no `content`"),
            Some(_) if !self.is_in_head => Err("it is outside of `<head>`"),
            Some(content) => Ok(PolicyList::meta(content)),
        })
    }

    /// Whether `rel` holds a word.
    pub(super) fn rel(&self, word: &str) -> bool {
        self.value("rel").is_some_and(|rel| {
            rel.split_ascii_whitespace()
                .any(|known| known.eq_ignore_ascii_case(word))
        })
    }
}

impl ImportMap {
    pub(super) fn integrity(&self, url: &Url) -> Option<&str> {
        self.integrity
            .iter()
            .find(|(known, _)| known == url)
            .map(|(_, metadata)| metadata.as_str())
    }

    /// All of it.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&Url, &str)> {
        let all = self.integrity.iter();
        all.map(|(url, metadata)| (url, metadata.as_str()))
    }

    fn dropped(element: &Element, reason: String) -> Self {
        Self {
            fault: Some((element.place, reason)),
            ..Self::default()
        }
    }

    fn read(element: &Element, base: &Url) -> Self {
        let known = ["imports", "scopes", "integrity"];
        let map = match html::ImportMap::read(&element.text) {
            Ok(map) => map,
            Err(reason) => return Self::dropped(element, reason),
        };
        if let Some(name) = map.misfits().find(|name| known.contains(name)) {
            return Self::dropped(element, format!("`{name}` is not an object"));
        }
        let integrity = map.integrity();
        Self {
            targets: map
                .targets()
                .filter_map(|url| base.join(url).ok())
                .collect(),
            integrity: integrity
                .filter_map(|(url, metadata)| Some((base.join(url).ok()?, metadata?.to_owned())))
                .collect(),
            fault: None,
        }
    }
}

impl Document {
    /// Reads a page; never fails. Bytes that are no UTF-8 are replaced.
    pub(super) fn read(url: &Url, body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body).replace("\r\n", "\n");
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let elements = elements(text);
        let base = elements
            .iter()
            .filter(|element| element.name == "base")
            .find_map(|element| url.join(element.value("href")?).ok())
            .unwrap_or_else(|| url.clone());
        let (mut metas, mut ignored_metas, mut unread_metas) = (Vec::new(), Vec::new(), 0);
        for (index, element) in elements.iter().enumerate() {
            match element.policy() {
                None => {}
                Some(Ok(_)) if metas.len() == MOST_METAS => unread_metas += 1,
                Some(Ok(policies)) => metas.push(Meta {
                    element: index,
                    policies,
                }),
                Some(Err(reason)) => ignored_metas.push((index, reason)),
            }
        }
        let map = elements
            .iter()
            .find(|element| {
                element.name == "script" && element.script_kind() == ScriptKind::ImportMap
            })
            .map(|element| ImportMap::read(element, &base))
            .unwrap_or_default();
        Self {
            elements,
            base,
            metas,
            ignored_metas,
            unread_metas,
            map,
        }
    }

    /// The absolute URL of an attribute.
    pub(super) fn url(&self, element: &Element, attribute: &str) -> Option<Url> {
        let reference = element.value(attribute)?;
        // HTML: an empty `src` loads nothing.
        let reference = Some(reference).filter(|text| !text.trim_ascii().is_empty())?;
        self.base.join(reference).ok()
    }

    /// The policies of `meta` elements that govern an element: those before it.
    pub(super) fn metas_before(&self, element: &Element) -> impl Iterator<Item = &Meta> {
        let place = element.place;
        self.metas.iter().filter(move |meta| {
            let known = self.elements.get(meta.element);
            known.is_some_and(|known| known.place < place)
        })
    }

    pub(super) fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.elements
            .iter()
            .filter(move |element| element.name == name)
    }
}

fn elements(text: &str) -> Vec<Element> {
    let mut emitter = DefaultEmitter::<usize>::new_with_span();
    emitter.naively_switch_states(true);
    let mut elements: Vec<Element> = Vec::new();
    let mut is_open = false;
    let mut head = Head::default();
    // Counting lines from the start for each of a million elements would take for ever.
    let mut seen = Places::default();
    for token in Tokenizer::new_with_emitter(text, emitter) {
        // Reading from memory can't fail.
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => {
                let name = String::from_utf8_lossy(&tag.name).into_owned();
                is_open = matches!(&*name, "script" | "style");
                let attributes = tag.attributes.iter().map(|(name, value)| {
                    let name = String::from_utf8_lossy(name).into_owned();
                    (name, String::from_utf8_lossy(&value.value).into_owned())
                });
                elements.push(Element {
                    is_in_head: head.start(&name),
                    name,
                    place: seen.of(text, tag.span.start),
                    attributes: attributes.collect(),
                    text: String::new(),
                });
            }
            Token::EndTag(tag) => {
                is_open = false;
                head.end(&tag.name);
            }
            Token::String(string) => {
                head.text(&string.value);
                if let (true, Some(element)) = (is_open, elements.last_mut()) {
                    element
                        .text
                        .push_str(&String::from_utf8_lossy(&string.value));
                }
            }
            _ => {}
        }
    }
    elements
}

/// Where `<head>` ends, written or not: as much of tree construction as that takes.
///
/// [HTML, section 13.2.6.4](https://html.spec.whatwg.org/multipage/parsing.html#parsing-main-inhead).
/// An element between `</head>` and the body is put into the head as well.
#[derive(Default)]
struct Head {
    is_over: bool,
    /// An open element of the head, and how often; what it holds is text, or in no document.
    inside: Option<(String, usize)>,
}

impl Head {
    /// Whether the element of this tag is a child of the head.
    fn start(&mut self, name: &str) -> bool {
        if let Some((outer, depth)) = &mut self.inside {
            // Of the others, none holds one of its kind.
            if outer == "template" && name == "template" {
                *depth += 1;
            }
            return false;
        }
        match name {
            _ if self.is_over => false,
            "html" | "head" => false,
            "base" | "basefont" | "bgsound" | "link" | "meta" => true,
            "noframes" | "noscript" | "script" | "style" | "template" | "title" => {
                self.inside = Some((name.to_owned(), 1));
                true
            }
            _ => {
                self.is_over = true;
                false
            }
        }
    }

    fn end(&mut self, name: &[u8]) {
        if let Some((outer, depth)) = &mut self.inside {
            if outer.as_bytes() == name {
                *depth -= 1;
            }
            if *depth == 0 {
                self.inside = None;
            }
        } else if matches!(name, b"body" | b"br" | b"html") {
            self.is_over = true;
        }
    }

    fn text(&mut self, text: &[u8]) {
        if self.inside.is_none() && !text.iter().all(u8::is_ascii_whitespace) {
            self.is_over = true;
        }
    }
}
