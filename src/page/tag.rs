//! What the attributes of a tag say.

use std::ops::Range;

use html5gum::{Span, StartTag};

use crate::html::{self, ScriptKind};

/// Attributes that hold a URL to load from or to go to, and that are written out where that is needed.
pub(super) const RELATIVE: [&str; 7] = [
    "action",
    "data",
    "formaction",
    "href",
    "poster",
    "src",
    "xlink:href",
];

/// Those that may have a file in them, as a `data:` URL.
pub(super) const HOLDING: [&str; 7] = [
    "href",
    "imagesrcset",
    "poster",
    "src",
    "srcset",
    "style",
    "xlink:href",
];

/// Those that hold several.
pub(super) const SEVERAL: [&str; 2] = ["imagesrcset", "srcset"];

/// The value of an attribute.
pub(super) fn value(tag: &StartTag<usize>, name: &str) -> Option<String> {
    let value = tag.attributes.get(name.as_bytes())?;
    Some(String::from_utf8_lossy(&value.value).into_owned())
}

/// Whether a link has a word in its `rel`.
pub(super) fn has_rel(tag: &StartTag<usize>, word: &str) -> bool {
    value(tag, "rel").is_some_and(|rel| {
        rel.split_ascii_whitespace()
            .any(|known| known.eq_ignore_ascii_case(word))
    })
}

/// Whether a URL is code that does nothing: `javascript:void(0)`.
pub(super) fn is_idle(url: &[u8]) -> bool {
    let text = String::from_utf8_lossy(url).to_ascii_lowercase();
    let code = text.trim_ascii().strip_prefix("javascript:");
    code.is_some_and(|code| {
        let code = code.trim_end_matches(';').trim_ascii();
        matches!(code, "" | "void(0)" | "void 0")
    })
}

/// Whether an attribute of a link says where it leads.
pub(super) fn is_href(attribute: &str) -> bool {
    matches!(attribute, "href" | "xlink:href")
}

/// Makes a frame with such a URL an empty one, which it is with that URL as well until a script gives it
/// another.
pub(super) fn emptied(tag: &StartTag<usize>) -> (Range<usize>, String) {
    let at = tag.span.start + 1 + tag.name.len();
    (at..at, " src=\"about:blank\"".to_owned())
}

/// The attribute that a link's `onload` sets, and to what, where it is one of those by which build tools load
/// a style sheet without waiting for it: one for print, or a preload, that is made one for all once it is
/// there.
pub(super) fn set_later(tag: &StartTag<usize>) -> Option<(&'static str, String)> {
    let code = value(tag, "onload")?;
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let code = code.replace('"', "'") + ";";
    let code = code.replacen("this.onload=null;", "", 1);
    let code = code.trim_end_matches(';');
    if code == "this.rel='stylesheet'" {
        let is_style = value(tag, "as").is_some_and(|kind| kind.eq_ignore_ascii_case("style"));
        let is_later = has_rel(tag, "preload") && is_style;
        return is_later.then(|| ("rel", "stylesheet".to_owned()));
    }
    let media = match code {
        "this.removeAttribute('media')" => "all",
        _ => code.strip_prefix("this.media='")?.strip_suffix('\'')?,
    };
    let is_word = media.chars().all(|c| c.is_ascii_alphabetic());
    (is_word && has_rel(tag, "stylesheet")).then(|| ("media", media.to_owned()))
}

/// Sets the attribute from the start, in place of the handler, which would not run. The handler's code is
/// at `code`.
pub(super) fn at_once(
    html: &str,
    tag: &StartTag<usize>,
    (attribute, value): (&str, &str),
    code: Span<usize>,
) -> [(Range<usize>, String); 2] {
    let before = html.get(tag.span.start..code.start).unwrap_or_default();
    let is_quoted = before.ends_with(['"', '\'']);
    let name = before.trim_end_matches(['"', '\'']).trim_end();
    let name = name.strip_suffix('=').unwrap_or(name).trim_end();
    let start = tag.span.start + name.len().saturating_sub("onload".len());
    let end = code.end + usize::from(is_quoted);
    let first = tag.span.start + 1 + "link".len();
    // Of two attributes of one name the first counts.
    [
        (first..first, format!(" {attribute}=\"{value}\"")),
        (start..end, String::new()),
    ]
}

/// What the text of an element is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// Runs, so it needs its hash.
    Script,
    ImportMap,
    Style,
    /// Inside `<svg>`, where text is read in another way.
    Foreign,
    /// Neither runs nor shows: data, or an external script's.
    Nothing,
}

/// What becomes of the text of a script.
pub(super) fn content(tag: &StartTag<usize>) -> Content {
    let kind = html::script_kind(
        value(tag, "type").as_deref(),
        value(tag, "language").as_deref(),
    );
    match kind {
        ScriptKind::ImportMap => Content::ImportMap,
        ScriptKind::Classic | ScriptKind::Module | ScriptKind::SpeculationRules => Content::Script,
        ScriptKind::Data => Content::Nothing,
    }
}
