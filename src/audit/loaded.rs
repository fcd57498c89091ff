//! The scripts and style sheets that a page's elements name, and what holds them to their bytes.

use super::Subject;
use super::html::{Document, Element};
use crate::html::ScriptKind;
use crate::sri::Integrity;
use crate::url::Url;

/// A file that an element of the page has browsers load and use.
pub(super) struct Loaded<'a> {
    pub(super) element: &'a Element,
    /// `script`, `module`, `modulepreload` or `stylesheet`.
    pub(super) kind: &'static str,
    pub(super) url: Url,
    /// What counts for it: the attribute, or for modules without one the import map.
    pub(super) metadata: Option<&'a str>,
    is_from_map: bool,
}

impl Loaded<'_> {
    pub(super) fn is_style(&self) -> bool {
        self.kind == "stylesheet"
    }

    /// Whether the browser asks for it with CORS.
    pub(super) fn is_cors(&self) -> bool {
        matches!(self.kind, "module" | "modulepreload")
            || self.element.value("crossorigin").is_some()
    }

    pub(super) fn method(&self) -> &'static str {
        match (self.metadata, self.is_from_map) {
            (Some(text), _) if !Integrity::effective(text).checks() => "none",
            (Some(_), true) => "import map",
            (Some(_), false) => "integrity attribute",
            (None, _) => "none",
        }
    }

    pub(super) fn subject(&self) -> Subject {
        self.element.subject()
    }
}

/// Everything that the elements of a page load and use.
pub(super) fn loaded(document: &Document) -> impl Iterator<Item = Loaded<'_>> {
    document.elements.iter().filter_map(|element| {
        let (kind, attribute) = match (element.name.as_str(), element.script_kind()) {
            ("script", ScriptKind::Classic) => ("script", "src"),
            ("script", ScriptKind::Module) => ("module", "src"),
            ("link", _) if element.rel("stylesheet") => ("stylesheet", "href"),
            ("link", _) if element.rel("modulepreload") => ("modulepreload", "href"),
            _ => return None,
        };
        let url = document.url(element, attribute)?;
        let own = element.value("integrity");
        // HTML: an attribute, even an empty one, overrides the map.
        let from_map = match (own, kind) {
            (None, "module" | "modulepreload") => document.map.integrity(&url),
            _ => None,
        };
        Some(Loaded {
            element,
            kind,
            metadata: own.or(from_map),
            is_from_map: from_map.is_some(),
            url,
        })
    })
}
