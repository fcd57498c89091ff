//! What a script of the application says that it does.

use std::collections::BTreeSet;

use crate::javascript::{Call, Import, PUT_IN, Written};

/// What a script says that it does.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script {
    pub(crate) imports: Vec<Import>,
    pub(crate) calls: Vec<Call>,
    /// It names the SDK.
    pub(crate) names_sdk: bool,
    /// Style sheets that stand in it as they are, and that it may put into the page.
    pub(crate) styles: Vec<String>,
    /// `style` attributes in markup that stands in it as it is.
    pub(crate) style_attributes: Vec<String>,
    /// It has markup with `style` attributes that it puts together at run time, or too many of them.
    pub(crate) makes_style_attributes: bool,
    /// It has `prefetch` as a text: it may have other scripts fetched ahead of their use.
    pub(crate) prefetches: bool,
    /// It has files in it, as `data:` URLs.
    pub(crate) holds: BTreeSet<Held>,
    /// The names of files that it may mean, with their endings or, in a path, without.
    pub(crate) names: BTreeSet<String>,
}

/// A kind of file that a `data:` URL can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Held {
    Picture,
    Font,
    /// Sound or film.
    Recording,
}

impl Script {
    /// Reads some code.
    pub(crate) fn read(code: &str) -> Self {
        let mut calls = crate::javascript::calls(code);
        let mut prefetches = false;
        let (mut styles, mut attributes) = (BTreeSet::new(), BTreeSet::new());
        let mut makes_elements = false;
        let (mut holds, mut names) = (BTreeSet::new(), BTreeSet::new());
        let mut elements = StyleElements::default();
        for Written { text, is_constant } in crate::javascript::texts(code) {
            holds.extend(held_in(&text));
            elements.look(&text);
            attributes.extend(style_attributes(&text).map(|value| value.map(str::to_owned)));
            if is_constant {
                prefetches |= text == "prefetch";
                makes_elements |= text == "style";
                names.extend(crate::javascript::file_name(&text).map(str::to_owned));
                if is_style_sheet(&text) {
                    styles.insert(text);
                }
            }
        }
        let are_put_together = elements.are_put_together();
        styles.append(&mut elements.whole);
        // None of so many is allowed by its hash.
        let are_too_many = styles.len() > STYLES && makes_elements;
        calls.extend((are_put_together || are_too_many).then_some(Call::AddStyle));
        calls.sort();
        calls.dedup();
        let makes_style_attributes = attributes.remove(&None) || attributes.len() > STYLES;
        let attributes = attributes.into_iter().flatten();
        Self {
            style_attributes: attributes.take(STYLES).collect(),
            makes_style_attributes,
            // Too many for the header that each of them is named in, so these aren't for elements.
            styles: if styles.len() > STYLES {
                Vec::new()
            } else {
                styles.into_iter().collect()
            },
            prefetches,
            holds,
            names,
            imports: crate::javascript::imports(code),
            calls,
            names_sdk: names_sdk(code),
        }
    }
}

/// So many style sheets of a script are allowed by their hashes, of 72 bytes each: a header of more
/// than 8 KB doesn't get everywhere.
const STYLES: usize = 16;

/// The style elements in a script's markup.
#[derive(Default)]
struct StyleElements {
    /// What stands in those that are whole.
    whole: BTreeSet<String>,
    /// Something is put into one.
    filled: bool,
    /// One text begins one, and one ends one.
    begun: bool,
    ended: bool,
}

impl StyleElements {
    fn look(&mut self, text: &str) {
        // That is a picture's own.
        if text.starts_with("data:") {
            return;
        }
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("<style") {
            self.ended |= before.contains("</style>");
            rest = after;
            if !rest.is_empty() && !rest.starts_with([' ', '\n', '\t', '>', PUT_IN]) {
                continue;
            }
            let Some((_, inside)) = rest.split_once('>') else {
                self.begun = true;
                return;
            };
            let Some((css, after)) = inside.split_once("</style>") else {
                self.begun = true;
                return;
            };
            if css.contains(PUT_IN) {
                self.filled = true;
            } else if !css.trim_ascii().is_empty() {
                self.whole.insert(css.to_owned());
            }
            rest = after;
        }
        self.ended |= rest.contains("</style>");
    }

    fn are_put_together(&self) -> bool {
        self.filled || self.begun && self.ended
    }
}

/// The `style` attributes of the tags in a text, by its first look: `None` for one that doesn't end in it, or that
/// says something else to a parser.
fn style_attributes(text: &str) -> impl Iterator<Item = Option<&str>> {
    let tags = text.split('<').skip(1);
    let tags = tags.filter(|tag| {
        tag.starts_with(|first: char| first.is_ascii_alphabetic() || first == PUT_IN)
    });
    tags.filter_map(|tag| {
        let name = tag.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>'))?;
        let (_, mut rest) = tag.split_at(name);
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
            let end =
                rest.find(|c: char| c.is_ascii_whitespace() || matches!(c, '=' | '/' | '>'))?;
            let (name, after) = rest.split_at(end);
            let Some(value) = after.trim_ascii_start().strip_prefix('=') else {
                if name.is_empty() {
                    return None;
                }
                rest = after;
                continue;
            };
            let value = value.trim_ascii_start();
            let quoted = ['"', '\'']
                .into_iter()
                .find_map(|quote| value.strip_prefix(quote)?.split_once(quote));
            if name.eq_ignore_ascii_case("style") {
                let whole = quoted.map(|(value, _)| value);
                return Some(whole.filter(|value| !value.contains(['&', PUT_IN])));
            }
            rest = match quoted {
                Some((_, rest)) => rest,
                None if value.starts_with(['"', '\'']) => return None,
                None => value.trim_start_matches(|c: char| !c.is_ascii_whitespace() && c != '>'),
            };
        }
    })
}

/// The kinds of files that a text has in it as `data:` URLs, by their media types.
pub(crate) fn held_in(text: &str) -> impl Iterator<Item = Held> {
    let places = text.match_indices("data:");
    places.filter_map(|(at, scheme)| {
        let (before, url) = text.split_at(at);
        let kind = url.get(scheme.len()..)?;
        let is = |begin: &str| {
            let kind = kind.get(..begin.len());
            kind.is_some_and(|kind| kind.eq_ignore_ascii_case(begin))
        };
        if is("image/") {
            Some(Held::Picture)
        } else if is("font/") || is("application/font") || is("application/x-font") {
            Some(Held::Font)
        } else if is("audio/") || is("video/") {
            Some(Held::Recording)
        } else {
            // A rule for a font says so, whatever type is written.
            let rule = before.trim_end_matches(['"', '\'']).strip_suffix("url(")?;
            let property = rule.trim_ascii_end().strip_suffix(':')?;
            property.ends_with("src").then_some(Held::Font)
        }
    })
}

/// Whether a text is a style sheet, by its first look: rules, each with declarations in braces.
fn is_style_sheet(text: &str) -> bool {
    let trimmed = text.trim_ascii();
    let Some((selector, rest)) = trimmed.split_once('{') else {
        return false;
    };
    let is_code =
        selector.contains([';', '\\']) || selector.contains("=>") || selector.contains("function");
    let selects = !selector.trim_ascii().is_empty() && !is_code;
    selects && trimmed.ends_with('}') && rest.contains(':')
}

/// Whether a text names the SDK: its element, its component or its package.
pub(crate) fn names_sdk(text: &str) -> bool {
    // `@azure/ai-vision-face-ui`, `azure-ai-vision-face-ui`, `FaceLivenessDetector.js`
    text.contains("ai-vision-face-ui") || text.contains("FaceLivenessDetector")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_found_behind_values_of_their_name() {
        for (markup, value) in [
            ("<p style='a:b'>", Some("a:b")),
            ("<p class=\"style\" style=\"a:b\">", Some("a:b")),
            ("<p class='style' style = 'a:b'>", Some("a:b")),
            ("<p data-style='c' id=\"style\"style='a:b'>", Some("a:b")),
            ("<p class=\"style\" style=\"a:", None),
            ("<p class=style style='a:&amp;'>", None),
        ] {
            let found: Vec<_> = style_attributes(markup).collect();
            assert_eq!(found, [value], "{markup}");
        }
        for none in [
            "<p class=\"style\">",
            "<p data-style='a'>",
            "style='a'",
            "<style>",
        ] {
            assert_eq!(style_attributes(none).count(), 0, "{none}");
        }
    }

    #[test]
    fn files_in_texts_are_told_by_their_types() {
        use Held::{Font, Picture, Recording};
        for (text, held) in [
            ("data:image/svg+xml,<svg/>", &[Picture][..]),
            ("url(DATA:x) url(data:Image/png;base64,)", &[Picture]),
            ("data:font/woff2;base64,", &[Font]),
            ("data:application/x-font-ttf,", &[Font]),
            ("src: url(data:n/a;base64,", &[Font]),
            ("src:url(\"data:;base64,", &[Font]),
            ("data:audio/wav,data:video/mp4,", &[Recording, Recording]),
            ("url(data:n/a,", &[]),
            ("data:text/html,", &[]),
            ("data:", &[]),
            ("\u{e9}data:\u{e9}", &[]),
        ] {
            let found: Vec<_> = held_in(text).collect();
            assert_eq!(found, held, "{text}");
        }
    }
}
