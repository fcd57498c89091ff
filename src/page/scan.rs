//! One pass over the page: what is wrong with it, what it runs, and where it is changed.
//!
//! The tokenizer is that of the HTML standard. What it lacks is the tree, which decides in a few
//! places how text is read: inside `<svg>` and `<math>`, and in obsolete elements. Where both
//! readings agree nothing is lost; where they may differ the page is refused. A slip would be
//! safe: what a browser runs and this pass did not see has no hash in the policy.

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{EndTag, StartTag, Token, Tokenizer};

use super::PageFault;
use super::embedded::Embedded;
use super::error::SCRIPT_NAME;
use super::found::{Found, Linked, count};
use super::graph::Entry;
use super::known::{File, Known};
use super::loaded::Loaded;
use super::rules::{Handlers, Rules, StyleAttributes};
use super::sheet::is_data;
use super::tag::{
    Content, HOLDING, at_once, content, emptied, has_rel, is_href, is_idle, set_later, value,
};
use super::written_out::written_out;
use crate::app::{AppFiles, Held, Script, held_in};
use crate::foreign::shown;
use crate::html::{self, Place, Places};
use crate::sri::Digest;

/// An element whose text is of interest.
struct Open {
    element: String,
    content: Content,
    place: Place,
    start: usize,
    text: String,
}

struct Scan<'a> {
    html: &'a str,
    places: Places,
    known: &'a Known<'a>,
    rules: Rules<'a>,
    /// The page has a `<base>` already.
    has_base: bool,
    found: Found,
    open: Option<Open>,
    /// What is open of `<svg>` and `<math>`.
    embedded: Embedded,
    /// Something stands before the place of the first script that may be of the body.
    begun: bool,
    /// Where in the faults the first `style` attribute is.
    first_style: Option<usize>,
    /// And the first handler.
    first_handler: Option<usize>,
}

/// Reads a page whose lines end with LF.
pub(super) fn scan(
    html: &str,
    known: &Known<'_>,
    rules: Rules<'_>,
    faults: &mut Vec<PageFault>,
) -> Found {
    let mut emitter = DefaultEmitter::<usize>::new_with_span();
    emitter.naively_switch_states(true);
    let mut scan = Scan {
        html,
        places: Places::default(),
        known,
        rules,
        has_base: false,
        found: Found::default(),
        open: None,
        embedded: Embedded::default(),
        begun: false,
        first_style: None,
        first_handler: None,
    };
    for token in Tokenizer::new_with_emitter(html, emitter) {
        // Reading from memory can't fail.
        let Ok(token) = token;
        match token {
            Token::Doctype(doctype) if !scan.begun => {
                scan.found.head = doctype.span.end;
                // What is put behind one that the end of the text cut off is still a part of it.
                if !html[..doctype.span.end].ends_with('>') {
                    faults.push(PageFault::Markup {
                        place: scan.places.of(html, doctype.span.start),
                        what: "<!doctype is never closed".to_owned(),
                        fix: "write <!doctype html>",
                    });
                }
            }
            Token::StartTag(tag) => scan.start(&tag, faults),
            Token::EndTag(tag) => scan.end(&tag, faults),
            Token::String(text) => {
                let value = String::from_utf8_lossy(&text.value);
                match &mut scan.open {
                    Some(open) => open.text.push_str(&value),
                    None => scan.begun |= !value.trim_ascii().is_empty(),
                }
            }
            Token::Comment(comment) if comment.value.starts_with(b"[CDATA[") => {
                faults.push(PageFault::Markup {
                    place: scan.places.of(html, comment.span.start),
                    what: "<![CDATA[".to_owned(),
                    fix: "write the text itself, with `&lt;` and `&amp;`",
                });
            }
            _ => {}
        }
    }
    if let Some(open) = scan.open.take() {
        faults.push(PageFault::Markup {
            place: open.place,
            what: format!("<{}> is never closed", open.element),
            fix: "close it",
        });
    }
    scan.found.edits.sort_by_key(|(range, _)| range.start);
    scan.found
}

impl Scan<'_> {
    fn start(&mut self, tag: &StartTag<usize>, faults: &mut Vec<PageFault>) {
        let name = String::from_utf8_lossy(&tag.name).into_owned();
        let place = self.places.of(self.html, tag.span.start);
        self.find_head(&name, tag);
        self.attributes(place, &name, tag, faults);
        self.document(place, &name, tag, faults);
        let page = self.known.page();
        self.found
            .loaded
            .extend(Loaded::of(&name, place, tag, page));
        let mut markup = |what: String, fix| faults.push(PageFault::Markup { place, what, fix });
        match name.as_str() {
            "plaintext" | "noframes" | "noframe" | "frameset" => {
                markup(format!("<{name}> is obsolete"), "leave it out");
            }
            "script" | "textarea" | "xmp" | "iframe" | "noembed" | "noscript"
                if self.embedded.is_open() =>
            {
                markup(format!("<{name}> inside <svg> or <math>"), "move it out");
            }
            "title" | "style" if self.embedded.is_open() && tag.self_closing => {
                markup(
                    format!("<{name}/> inside <svg> or <math>"),
                    "write a start tag and an end tag",
                );
            }
            "title" if self.embedded.is_open() => self.open(place, &name, Content::Foreign, tag),
            "style" => self.open(place, &name, Content::Style, tag),
            "script" => self.script(place, tag, faults),
            "link" => self.link(place, tag, faults),
            _ => self.embedded.start(&name, tag.self_closing),
        }
    }

    fn end(&mut self, tag: &EndTag<usize>, faults: &mut Vec<PageFault>) {
        let name = String::from_utf8_lossy(&tag.name);
        self.begun = true;
        if let Some(open) = self.open.take_if(|open| *open.element == *name) {
            self.close(open, tag.span.end, faults);
        } else {
            self.embedded.end(&name);
        }
    }

    /// The first script goes right after `<head>`, or to where a browser would put one.
    fn find_head(&mut self, name: &str, tag: &StartTag<usize>) {
        if self.begun {
            return;
        }
        match name {
            "html" => self.found.head = tag.span.end,
            "head" => {
                self.found.head = tag.span.end;
                self.begun = true;
            }
            _ => self.begun = true,
        }
    }

    fn open(&mut self, place: Place, element: &str, content: Content, tag: &StartTag<usize>) {
        self.open = Some(Open {
            element: element.to_owned(),
            content,
            place,
            start: tag.span.start,
            text: String::new(),
        });
    }

    fn close(&mut self, open: Open, end: usize, faults: &mut Vec<PageFault>) {
        let place = open.place;
        let digest = || Digest::of(self.known.algorithm(), open.text.as_bytes());
        if self.embedded.is_open() && open.text.contains(['<', '&']) {
            faults.push(PageFault::Markup {
                place,
                what: format!("<{}> with `<` or `&` inside <svg> or <math>", open.element),
                fix: "move it out, or write it without them",
            });
        }
        match open.content {
            Content::Script => {
                self.found.scripts.push(digest());
                if let Some(found) = self.known.bundled_in(&open.text) {
                    let script = format!("{place}: the inline script");
                    faults.push(self.known.bundled_fault(script, found));
                }
                let entry = Entry::Inline(place, Script::read(&open.text));
                self.found.entries.push(entry);
            }
            Content::Style => {
                self.found.styles.push(digest());
                self.found.inline_styles.push((place, open.text));
            }
            Content::ImportMap if self.found.import_map.is_some() => {
                faults.push(PageFault::ImportMap {
                    place,
                    reason: "it is the second: merge the two".to_owned(),
                });
            }
            Content::ImportMap => {
                // It goes to the top, merged, because it has to come before any module.
                self.found.edits.push((open.start..end, String::new()));
                self.found.import_map = Some((place, open.text));
            }
            Content::Foreign | Content::Nothing => {}
        }
    }

    fn script(&mut self, place: Place, tag: &StartTag<usize>, faults: &mut Vec<PageFault>) {
        let content = content(tag);
        let external = match (content, value(tag, "src")) {
            (Content::Nothing, _) | (_, None) => None,
            (Content::ImportMap, Some(_)) => {
                faults.push(PageFault::ImportMap {
                    place,
                    reason: "`src` does not work here: write it into the page".to_owned(),
                });
                None
            }
            (_, Some(url)) => Some(url),
        };
        match external {
            Some(url) => {
                self.pin("script", place, tag, &url, faults);
                self.open(place, "script", Content::Nothing, tag);
            }
            None => self.open(place, "script", content, tag),
        }
    }

    fn link(&mut self, place: Place, tag: &StartTag<usize>, faults: &mut Vec<PageFault>) {
        let Some(url) = value(tag, "href") else {
            return;
        };
        let is_later = set_later(tag).is_some();
        let has = |word| has_rel(tag, word);
        if has("icon") && is_data(&url) {
            self.found.holds.insert(Held::Picture);
        }
        if has("prefetch")
            && let Ok(Some(file)) = self.known.find(&url)
        {
            self.found.prefetches |= self.known.app_script(file.path).is_some();
        }
        let preloads = |wanted: &str| {
            let kind = value(tag, "as").filter(|_| has("preload"));
            kind.is_some_and(|kind| kind.eq_ignore_ascii_case(wanted))
        };
        let script = has("modulepreload") || preloads("script");
        // A preload that becomes one is one.
        let applies = has("stylesheet") || is_later;
        let style = applies || preloads("style");
        // A style sheet that is not known is for the policy to judge; but whether it is known has
        // to be clear.
        let is_unknown = style && self.known.find(&url) == Ok(None);
        if is_unknown {
            self.found.sheets = Linked::Unchecked;
        } else if applies {
            self.found.sheets = self.found.sheets.and_checked();
        }
        if script || style && !is_unknown {
            self.pin("link", place, tag, &url, faults);
        }
    }

    /// Gives an element the integrity of its file.
    fn pin(
        &mut self,
        element: &str,
        place: Place,
        tag: &StartTag<usize>,
        url: &str,
        faults: &mut Vec<PageFault>,
    ) {
        let File {
            path,
            digest,
            is_plain,
        } = match self.known.find(url) {
            Ok(Some(file)) => file,
            Ok(None) => return faults.push(self.known.unpinned(place, url)),
            Err(error) => {
                let url = shown(url);
                return faults.push(PageFault::Url { place, url, error });
            }
        };
        if !is_plain {
            self.found.spelt.push((url.to_owned(), path.to_owned()));
        }
        self.found.loads_component |= path == self.known.component();
        let is_script = AppFiles::is_script(path);
        if is_script {
            self.found.entries.push(Entry::File(path.to_owned()));
        } else if element == "script" {
            let url = shown(url);
            let fix = SCRIPT_NAME;
            return faults.push(PageFault::Unpinned { place, url, fix });
        }
        let mut added = String::new();
        // An empty one says nothing, and the attribute that stands first counts.
        match value(tag, "integrity").filter(|text| !text.trim_ascii().is_empty()) {
            None => added = format!(" integrity=\"{digest}\""),
            Some(text) => match self.known.check(path, &text) {
                // Each of them has to be in the policy.
                Ok(digests) if is_script => self.found.scripts.extend(digests),
                Ok(_) => {}
                Err(reason) => faults.push(PageFault::WrongIntegrity {
                    place,
                    url: shown(url),
                    reason,
                }),
            },
        }
        if value(tag, "crossorigin").is_none() {
            // Integrity-Policy asks for CORS even of the page's own files.
            added.push_str(" crossorigin=\"anonymous\"");
        }
        let at = tag.span.start + 1 + element.len();
        self.found.edits.push((at..at, added));
    }
}

impl Scan<'_> {
    /// What is wrong with the attributes of any element.
    fn attributes(
        &mut self,
        place: Place,
        name: &str,
        tag: &StartTag<usize>,
        faults: &mut Vec<PageFault>,
    ) {
        let element = || shown(name);
        let later = (name == "link").then(|| set_later(tag)).flatten();
        for (key, text) in &tag.attributes {
            let attribute = String::from_utf8_lossy(key).into_owned();
            if HOLDING.contains(&attribute.as_str()) {
                let held = String::from_utf8_lossy(&text.value);
                self.found.holds.extend(held_in(&held));
            }
            if html::is_handler(&attribute) {
                if let Some((set, value)) = later.as_ref().filter(|_| attribute == "onload") {
                    let edits = at_once(self.html, tag, (set, value), text.span);
                    self.found.edits.extend(edits);
                    continue;
                }
                match self.rules.handlers {
                    Handlers::Refused => {
                        let (element, more) = (element(), 0);
                        let fault = PageFault::Handler {
                            place,
                            element,
                            attribute,
                            more,
                        };
                        count(&mut self.first_handler, fault, faults);
                    }
                    Handlers::Hashed => {
                        let digest = Digest::of(self.known.algorithm(), &text.value);
                        self.found.handlers.push(digest);
                    }
                }
            } else if attribute == "style" {
                match self.rules.attributes {
                    StyleAttributes::Refused => {
                        let (element, more) = (element(), 0);
                        let fault = PageFault::StyleAttribute {
                            place,
                            element,
                            more,
                        };
                        count(&mut self.first_style, fault, faults);
                    }
                    StyleAttributes::Hashed => {
                        let digest = Digest::of(self.known.algorithm(), &text.value);
                        self.found.style_attributes.push(digest);
                    }
                    StyleAttributes::Allowed => {}
                }
            } else if matches!(name, "a" | "area")
                && html::is_code(&text.value)
                && is_href(&attribute)
            {
                // The page's policy stops it, and until somebody clicks there is nothing to stop.
                let links = self.found.code_links.get_or_insert((place, 0));
                links.1 += usize::from(links.0 != place);
            } else if name == "iframe" && attribute == "src" && is_idle(&text.value) {
                self.found.edits.push(emptied(tag));
            } else if html::URL_ATTRIBUTES.contains(&attribute.as_str())
                && html::is_code(&text.value)
            {
                faults.push(PageFault::JavascriptUrl {
                    place,
                    element: element(),
                    attribute,
                });
            } else if self.rules.writes_out {
                match written_out(self.known, self.rules.path, place, (name, tag), &attribute) {
                    Ok(edit) => self.found.edits.extend(edit),
                    Err(fault) => faults.push(fault),
                }
            }
        }
    }

    /// What an element says of the document, or loads into it besides scripts and style sheets.
    fn document(
        &mut self,
        place: Place,
        name: &str,
        tag: &StartTag<usize>,
        faults: &mut Vec<PageFault>,
    ) {
        match name {
            "base" => {
                // It is taken up into the one that is put in front.
                let href = value(tag, "href").map(|href| self.known.page().join(&href));
                let is_known = match href {
                    Some(Ok(url)) => url == *self.known.page() && !self.has_base,
                    Some(Err(_)) => false,
                    // What is left says in which window links are opened, and a browser takes that from here.
                    None => return,
                };
                self.has_base = true;
                if is_known {
                    self.found
                        .edits
                        .push((tag.span.start..tag.span.end, String::new()));
                } else {
                    faults.push(PageFault::Base { place });
                }
            }
            "meta"
                if value(tag, "http-equiv").is_some_and(|kind| {
                    kind.trim_ascii()
                        .eq_ignore_ascii_case("content-security-policy")
                }) =>
            {
                faults.push(PageFault::MetaPolicy { place });
            }
            "iframe" if value(tag, "srcdoc").is_some() => faults.push(PageFault::Srcdoc { place }),
            "iframe" => self.found.frames.extend(self.own_path(tag, "src")),
            "link" if has_rel(tag, "manifest") => {
                self.found.manifests.extend(self.own_path(tag, "href"));
            }
            _ => {}
        }
    }

    /// The path that an attribute names, where it is on the page's own origin.
    fn own_path(&self, tag: &StartTag<usize>, attribute: &str) -> Option<String> {
        let url = self.known.page().join(&value(tag, attribute)?).ok()?;
        (url.origin() == self.known.page().origin()).then(|| url.path().to_owned())
    }
}
