//! What HTML itself says: places in a document, and which scripts run.

use std::fmt;

use serde_json::{Map, Value};

/// A place in a page's source, as errors name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(clippy::exhaustive_structs)] // a place is these two
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// Places of rising offsets, in one pass over the text: also a page of ten megabytes on one line
/// is read once.
#[derive(Default)]
pub(crate) struct Places {
    offset: usize,
    breaks: usize,
    column: usize,
}

impl Places {
    /// The place of a byte in a text whose lines end with LF; of one before the last, that of the
    /// last.
    pub(crate) fn of(&mut self, text: &str, offset: usize) -> Place {
        // `None` where it isn't after the last.
        if let Some(between) = text.get(self.offset..offset) {
            match between.rsplit_once('\n') {
                Some((_, line)) => {
                    self.breaks += between.matches('\n').count();
                    self.column = line.chars().count();
                }
                None => self.column += between.chars().count(),
            }
            self.offset = offset;
        }
        Place {
            line: self.breaks + 1,
            column: self.column + 1,
        }
    }
}

/// Where a word is in a text, in upper case too.
#[cfg(feature = "page")]
pub(crate) fn find(text: &[u8], word: &[u8]) -> Option<usize> {
    let mut windows = text.windows(word.len());
    windows.position(|window| window.eq_ignore_ascii_case(word))
}

/// Whether a text is a part of a page, which pages fetch and put into themselves: it has nothing that only a
/// document of its own has, and no script or handler, which would not run there.
#[cfg(feature = "page")]
pub(crate) fn is_part(text: &[u8]) -> bool {
    const OF_PAGES: [&[u8]; 9] = [
        b"html",
        b"head",
        b"body",
        b"title",
        b"base",
        b"meta",
        b"link",
        b"script",
        b"frameset",
    ];
    // Reading from memory can't fail.
    let mut tokens = html5gum::Tokenizer::new(text).map(|token| match token {
        Ok(token) => token,
        Err(never) => match never {},
    });
    !tokens.any(|token| match token {
        html5gum::Token::Doctype(_) => true,
        html5gum::Token::StartTag(tag) => {
            let mut names = tag.attributes.keys();
            let handles = names.any(|name| is_handler(&String::from_utf8_lossy(name)));
            OF_PAGES.contains(&&*tag.name.0) || handles
        }
        _ => false,
    })
}

/// The text of an import map, read ([HTML, "parse an import map string"]).
///
/// [HTML, "parse an import map string"]: https://html.spec.whatwg.org/multipage/webappapis.html#parse-an-import-map-string
#[derive(Default)]
pub(crate) struct ImportMap(pub(crate) Map<String, Value>);

impl ImportMap {
    /// Or why there is none.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        match serde_json::from_str(text) {
            Ok(Value::Object(members)) => Ok(Self(members)),
            Ok(_) => Err("not an object: write `{\"imports\": {..}}`".to_owned()),
            Err(error) => Err(format!("not JSON: {error}")),
        }
    }

    /// The members that are not objects. One that browsers know drops the whole map.
    pub(crate) fn misfits(&self) -> impl Iterator<Item = &str> {
        let all = self.0.iter().filter(|(_, value)| !value.is_object());
        all.map(|(name, _)| name.as_str())
    }

    /// The URLs that names lead to, in any scope.
    pub(crate) fn targets(&self) -> impl Iterator<Item = &str> {
        let scopes = self.0.get("scopes").and_then(Value::as_object);
        let scopes = scopes.into_iter().flat_map(Map::values);
        let all = self.0.get("imports").into_iter().chain(scopes);
        all.filter_map(Value::as_object)
            .flat_map(Map::values)
            .filter_map(Value::as_str)
    }

    /// URLs and their integrity metadata.
    pub(crate) fn integrity(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let all = self.0.get("integrity").and_then(Value::as_object);
        let all = all.into_iter().flatten();
        all.map(|(url, metadata)| (url.as_str(), metadata.as_str()))
    }
}

/// What the text of a script element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScriptKind {
    Classic,
    Module,
    ImportMap,
    SpeculationRules,
    /// Data: browsers neither fetch nor run it.
    Data,
}

/// What a script element of these attributes is ([HTML, section 4.12.1.1]).
///
/// [HTML, section 4.12.1.1]: https://html.spec.whatwg.org/multipage/scripting.html#prepare-the-script-element
pub(crate) fn script_kind(kind: Option<&str>, language: Option<&str>) -> ScriptKind {
    let kind = match (kind, language) {
        (Some(kind), _) => kind.to_ascii_lowercase(),
        (None, Some(language)) if !language.is_empty() => {
            format!("text/{}", language.to_ascii_lowercase())
        }
        (None, _) => String::new(),
    };
    let trimmed = kind.trim_ascii();
    match trimmed {
        "importmap" => ScriptKind::ImportMap,
        "module" => ScriptKind::Module,
        "speculationrules" => ScriptKind::SpeculationRules,
        "" if kind.is_empty() => ScriptKind::Classic,
        _ if JAVASCRIPT.contains(&trimmed) => ScriptKind::Classic,
        _ => ScriptKind::Data,
    }
}

/// [MIME Sniffing, section 4.6](https://mimesniff.spec.whatwg.org/#javascript-mime-type).
pub(crate) const JAVASCRIPT: [&str; 16] = [
    "application/ecmascript",
    "application/javascript",
    "application/x-ecmascript",
    "application/x-javascript",
    "text/ecmascript",
    "text/javascript",
    "text/javascript1.0",
    "text/javascript1.1",
    "text/javascript1.2",
    "text/javascript1.3",
    "text/javascript1.4",
    "text/javascript1.5",
    "text/jscript",
    "text/livescript",
    "text/x-ecmascript",
    "text/x-javascript",
];

/// Whether an attribute of this name holds an event handler.
pub(crate) fn is_handler(attribute: &str) -> bool {
    attribute
        .strip_prefix("on")
        .is_some_and(|event| !event.is_empty() && event.bytes().all(|b| b.is_ascii_lowercase()))
}

/// Attributes that hold a URL to go to.
pub(crate) const URL_ATTRIBUTES: [&str; 9] = [
    "action",
    "data",
    "formaction",
    "from",
    "href",
    "src",
    "to",
    "values",
    "xlink:href",
];

/// Whether browsers take a URL for code: they skip spaces before it, and tabs and line breaks in it.
pub(crate) fn is_code(url: &[u8]) -> bool {
    let plain: Vec<u8> = url
        .iter()
        .copied()
        .skip_while(|byte| *byte <= b' ')
        .filter(|byte| !b"\t\n\r".contains(byte))
        .take(11)
        .collect();
    plain.eq_ignore_ascii_case(b"javascript:")
}
