//! Pages whose tags carry `integrity`.

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{StartTag, Token, Tokenizer};

use super::super::json;
use super::super::shown::shown;
use super::{PublishedError, Reading};

/// Reads every tag, as the tokenizer of the HTML standard sees it: what stands in a comment or in
/// the text of a script is no tag.
pub(super) fn read(text: &str, reading: &mut Reading) {
    let mut emitter = DefaultEmitter::<usize>::new_with_span();
    emitter.naively_switch_states(true);
    let mut import_map = false;
    let mut lines = Lines {
        text,
        at: 0,
        line: 1,
    };
    for token in Tokenizer::new_with_emitter(text, emitter) {
        // Reading from memory can't fail.
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => {
                import_map = is_import_map(&tag);
                take(&tag, lines.place(tag.span.start), reading);
            }
            Token::String(content) if import_map => {
                import_map = false;
                let place = lines.place(content.span.start);
                map(&String::from_utf8_lossy(&content.value), &place, reading);
            }
            _ => {}
        }
        if reading.full() {
            return;
        }
    }
}

fn take(tag: &StartTag<usize>, place: String, reading: &mut Reading) {
    let value = |name: &str| {
        tag.attributes
            .get(name.as_bytes())
            .map(|value| String::from_utf8_lossy(value))
    };
    let Some(integrity) = value("integrity") else {
        return;
    };
    match value("src").or_else(|| value("href")) {
        Some(path) => reading.text(&path, &integrity, place),
        None => reading.error(PublishedError::NoFile { place }),
    }
}

fn is_import_map(tag: &StartTag<usize>) -> bool {
    tag.name.as_slice() == b"script"
        && tag
            .attributes
            .get(b"type".as_slice())
            .is_some_and(|kind| kind.trim_ascii().eq_ignore_ascii_case(b"importmap"))
}

/// The `integrity` object of an import map: URL -> metadata.
/// <https://html.spec.whatwg.org/multipage/webappapis.html#import-map>
fn map(text: &str, place: &str, reading: &mut Reading) {
    let root = match json::read(text) {
        Ok(root) => root,
        Err(fault) => {
            return reading.error(PublishedError::Shape {
                place: format!("{place}, line {} of the import map", fault.line),
                needed: "JSON without a key that stands twice",
            });
        }
    };
    let entries = root.get("integrity").map_or(&[][..], |map| map.entries());
    for (url, integrity) in entries {
        let place = format!("{place} > integrity > {}", shown(url));
        match integrity.text() {
            Some(integrity) => reading.text(url, integrity, place),
            None => reading.error(PublishedError::Shape {
                place,
                needed: "a text such as `sha384-...`",
            }),
        }
    }
}

/// Counts lines up to offsets that only grow.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl Lines<'_> {
    fn place(&mut self, offset: usize) -> String {
        // Offsets lie at the borders of characters; should one not, the line stays.
        let passed = self.text.get(self.at..offset).unwrap_or_default();
        self.line += passed.matches('\n').count();
        self.at = self.at.max(offset);
        format!("line {}", self.line)
    }
}
