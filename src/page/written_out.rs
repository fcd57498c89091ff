//! Relative URLs of a page whose `<base>` is not what they were written for.

use std::ops::Range;

use html5gum::StartTag;

use super::PageFault;
use super::known::Known;
use super::tag::{RELATIVE, SEVERAL, value};
use crate::foreign::shown;
use crate::html::Place;
use crate::url::Url;

/// Writes out what a relative URL means, in a page of this path: an attribute in front of the tag's own, because the
/// one that stands first is the one that counts. `None` where the attribute says the same as before.
pub(super) fn written_out(
    known: &Known<'_>,
    page: &str,
    place: Place,
    (name, tag): (&str, &StartTag<usize>),
    attribute: &str,
) -> Result<Option<(Range<usize>, String)>, PageFault> {
    let text = value(tag, attribute).unwrap_or_default();
    if SEVERAL.contains(&attribute) {
        return Err(PageFault::Relative {
            place,
            element: shown(name),
            attribute: attribute.to_owned(),
        });
    }
    // What is in a drawing and begins with `#` means the page itself, whatever its base.
    let is_own = text.starts_with('#') && !matches!(name, "a" | "area");
    let is_absolute = text.starts_with('/') || Url::effective(&text).is_ok();
    if name == "base" || is_own || is_absolute || text.is_empty() || !RELATIVE.contains(&attribute)
    {
        return Ok(None);
    }
    let url = match text.strip_prefix('#') {
        Some(part) => Ok(format!("{page}#{part}")),
        None => known.page().join(&text).map(|url| {
            let rest = text.find(['?', '#']).and_then(|at| text.get(at..));
            format!("{}{}", url.path(), rest.unwrap_or_default())
        }),
    };
    let url = url.map_err(|error| PageFault::Url {
        place,
        url: shown(&text),
        error,
    })?;
    let url = url.replace('&', "&amp;").replace('"', "&quot;");
    let at = tag.span.start + 1 + name.len();
    Ok(Some((at..at, format!(" {attribute}=\"{url}\""))))
}
