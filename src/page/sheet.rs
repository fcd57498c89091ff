//! What style sheets load, and what is said of it.

use std::collections::{BTreeSet, HashSet};

use super::PageWarning;
use super::known::Known;
use super::warning::Warned;
use crate::app::Held;
use crate::foreign::shown;
use crate::html::Place;
use crate::url::Url;

/// What the sheets of a page come to.
#[derive(Default)]
pub(super) struct Sheets {
    pub(super) warnings: Vec<PageWarning>,
    /// The same.
    said: HashSet<PageWarning>,
    /// One of them imports another, for which there is no integrity.
    pub(super) imports: bool,
    /// What they have in them as `data:` URLs.
    pub(super) holds: BTreeSet<Held>,
}

impl Sheets {
    /// Looks at the application's style sheets, and at those in the page.
    pub(super) fn look(known: &Known<'_>, inline: &[(Place, String)]) -> Self {
        let mut sheets = Self::default();
        for (path, css) in known.sheets() {
            if let Ok(url) = known.page().join(path) {
                let name = |line| format!("{path}, line {line}");
                sheets.sheet(known, &url, &css, name);
            }
        }
        for (place, css) in inline {
            let name = |_| format!("{place}: the inline style");
            sheets.sheet(known, known.base(), css, name);
        }
        sheets
    }

    fn sheet(&mut self, known: &Known<'_>, base: &Url, css: &str, name: impl Fn(usize) -> String) {
        for Loaded { line, how, url } in loads(css) {
            self.imports |= how == How::Import;
            if is_data(&url) {
                self.holds.extend(how.held());
            }
            // A part of the page itself, and what browsers can't read either.
            let (false, Ok(to)) = (url.starts_with('#'), base.join(&url)) else {
                continue;
            };
            let Some(origin) = to.origin() else { continue };
            let is_own = Some(origin) == known.page().origin();
            let what = match how {
                _ if !is_own => Warned::ForeignInSheet { url: shown(&url) },
                _ if known.at(&to).is_none() => Warned::LostInSheet {
                    url: shown(&url),
                    path: shown(to.path()),
                },
                How::Import => Warned::ImportInSheet { url: shown(&url) },
                How::Url | How::Font => continue,
            };
            let warning = PageWarning::new(&name(line), what);
            if self.said.insert(warning.clone()) {
                self.warnings.push(warning);
            }
        }
    }
}

/// A URL that a style sheet loads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Loaded {
    /// Counted from 1.
    pub(super) line: usize,
    pub(super) how: How,
    pub(super) url: String,
}

/// How it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// `@import`: another style sheet.
    Import,
    /// `url()`: a picture, for one.
    Url,
    /// `url()` in `@font-face`.
    Font,
}

impl How {
    /// What it is that is loaded.
    fn held(self) -> Option<Held> {
        match self {
            Self::Import => None,
            Self::Url => Some(Held::Picture),
            Self::Font => Some(Held::Font),
        }
    }
}

/// Whether a URL is the file itself.
pub(super) fn is_data(url: &str) -> bool {
    let scheme = url.trim_ascii_start().get(..5);
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"))
}

/// What a style sheet loads, in its order, by the tokens of [CSS Syntax]: `@import` of a text or a
/// `url()`, and any other `url()`. That of `@namespace` is a name, and nothing is loaded.
///
/// [CSS Syntax]: https://www.w3.org/TR/css-syntax-3/#tokenization
pub(super) fn loads(css: &str) -> Vec<Loaded> {
    let mut found = Vec::new();
    let mut rule = None;
    // In the braces of `@font-face`, which hold no others.
    let mut is_font = false;
    // How many parentheses are open in an `image-set()`, the first of them its own.
    let mut images = 0_usize;
    let (mut at, mut line, mut counted) = (0, 1, 0);
    while let Some(rest) = css.get(at..).filter(|rest| !rest.is_empty()) {
        let (length, url) = token(rest);
        let url = match url {
            Some(Token::Url(url)) => Some(url),
            // A text by itself is a URL only behind `@import`, and as one of several pictures.
            Some(Token::Text(text)) => {
                Some(text).filter(|_| rule == Some(Rule::Import) || images == 1)
            }
            Some(Token::Images) => {
                images += 1;
                None
            }
            Some(Token::Open) if images > 0 => {
                images += 1;
                None
            }
            Some(Token::Close) => {
                images = images.saturating_sub(1);
                None
            }
            Some(Token::Rule(name)) => {
                rule = Some(name);
                None
            }
            Some(Token::End(mark)) => {
                is_font = mark == '{' && rule == Some(Rule::FontFace) || mark == ';' && is_font;
                rule = None;
                images = 0;
                None
            }
            Some(Token::Open) | None => None,
        };
        if let Some(url) = url {
            let since = css.get(counted..at).unwrap_or_default();
            line += since.bytes().filter(|byte| *byte == b'\n').count();
            counted = at;
            let how = match rule.take() {
                Some(Rule::Import) => Some(How::Import),
                Some(Rule::Namespace) => None,
                Some(Rule::FontFace) | None if is_font => Some(How::Font),
                Some(Rule::FontFace) | None => Some(How::Url),
            };
            let url = unescaped(url);
            found.extend(how.map(|how| Loaded { line, how, url }));
        }
        at += length;
    }
    found
}

/// A rule that a URL may follow.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    Import,
    Namespace,
    FontFace,
}

enum Token<'a> {
    Url(&'a str),
    Text(&'a str),
    Rule(Rule),
    /// `image-set(`, whose texts are URLs.
    Images,
    Open,
    Close,
    /// A semicolon or a brace: what was begun has ended.
    End(char),
}

/// The token that a text begins with, as far as it is of interest, and its length.
fn token(rest: &str) -> (usize, Option<Token<'_>>) {
    if let Some(comment) = rest.strip_prefix("/*") {
        let length = comment.find("*/").map_or(rest.len(), |end| end + 4);
        return (length, None);
    }
    let first = rest.chars().next().unwrap_or_default();
    match first {
        '"' | '\'' => {
            let (length, text) = quoted(rest, first);
            (length, Some(Token::Text(text)))
        }
        ';' | '{' | '}' => (1, Some(Token::End(first))),
        '(' => (1, Some(Token::Open)),
        ')' => (1, Some(Token::Close)),
        '@' => {
            let (length, name) = name(rest.get(1..).unwrap_or_default());
            let rule = match name.to_ascii_lowercase().as_str() {
                "import" => Some(Rule::Import),
                "namespace" => Some(Rule::Namespace),
                "font-face" => Some(Rule::FontFace),
                _ => None,
            };
            (1 + length, rule.map(Token::Rule))
        }
        first if is_name(first) || first == '\\' => {
            let (length, name) = name(rest);
            let Some(inner) = rest.get(length..).and_then(|after| after.strip_prefix('(')) else {
                return (length, None);
            };
            match name.to_ascii_lowercase().as_str() {
                "url" => {
                    let (inside, url) = argument(inner);
                    (length + 1 + inside, Some(Token::Url(url)))
                }
                "image-set" | "-webkit-image-set" => (length + 1, Some(Token::Images)),
                _ => (length, None),
            }
        }
        other => (other.len_utf8(), None),
    }
}

/// The name that a text begins with, its escapes resolved, and its length.
fn name(text: &str) -> (usize, String) {
    let mut length = 0;
    while let Some(first) = text.get(length..).and_then(|rest| rest.chars().next()) {
        if is_name(first) {
            length += first.len_utf8();
        } else if first == '\\' {
            let rest = text.get(length + 1..).unwrap_or_default();
            length += 1 + escape(rest).0;
        } else {
            break;
        }
    }
    (length, unescaped(text.get(..length).unwrap_or_default()))
}

/// What stands behind `url(`, and its length with the closing parenthesis.
fn argument(inner: &str) -> (usize, &str) {
    let text = inner.trim_ascii_start();
    let blank = inner.len() - text.len();
    if let Some(quote) = text.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let (length, url) = quoted(text, quote);
        return (blank + length, url);
    }
    let mut escaped = false;
    let end = text.bytes().position(|byte| {
        let is_end = byte == b')' && !escaped;
        escaped = byte == b'\\' && !escaped;
        is_end
    });
    let end = end.unwrap_or(text.len());
    let url = text.get(..end).unwrap_or_default().trim_ascii_end();
    (blank + (end + 1).min(text.len()), url)
}

/// What stands between quotes, and its length with them. A line that ends in it ends it.
fn quoted(text: &str, quote: char) -> (usize, &str) {
    let mut escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        if std::mem::take(&mut escaped) {
            return false;
        }
        escaped = byte == b'\\';
        char::from(byte) == quote || byte == b'\n'
    });
    let end = end.map_or(text.len(), |end| end + 1);
    let inner = text.get(1..end).unwrap_or_default();
    ((end + 1).min(text.len()), inner)
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_') || !c.is_ascii()
}

/// A text with its escapes resolved.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        let (length, escaped) = escape(after);
        out.push_str(before);
        out.extend(escaped);
        rest = after.get(length..).unwrap_or_default();
    }
    out + rest
}

/// What stands behind a backslash: its length, and what it comes to ([CSS Syntax, "consume an escaped code
/// point"]).
///
/// [CSS Syntax, "consume an escaped code point"]: https://www.w3.org/TR/css-syntax-3/#consume-escaped-code-point
fn escape(rest: &str) -> (usize, Option<char>) {
    let digits = rest.bytes().take(6).take_while(u8::is_ascii_hexdigit);
    let digits = digits.count();
    if digits == 0 {
        let first = rest.chars().next();
        return (
            first.map_or(0, char::len_utf8),
            first.filter(|c| *c != '\n'),
        );
    }
    let code = rest.get(..digits).unwrap_or_default();
    let code = u32::from_str_radix(code, 16).ok().and_then(char::from_u32);
    let code = code.filter(|c| *c != '\0');
    let after = rest.get(digits..).unwrap_or_default();
    let blank = after.starts_with(|c: char| c.is_ascii_whitespace());
    (
        digits + usize::from(blank),
        Some(code.unwrap_or(char::REPLACEMENT_CHARACTER)),
    )
}

#[cfg(test)]
mod tests {
    use super::{How, loads};

    #[test]
    fn what_is_loaded_is_found() {
        let found = |css: &str| -> Vec<(usize, How, String)> {
            let loads = loads(css).into_iter();
            loads.map(|l| (l.line, l.how, l.url)).collect()
        };
        for (css, line, how, url) in [
            ("@import 'a.css';", 1, How::Import, "a.css"),
            ("@IMPORT\n\"a.css\" print;", 2, How::Import, "a.css"),
            ("@import/**/url(a.css) layer(b);", 1, How::Import, "a.css"),
            ("p{}\n\n@import url( \"a.css\" );", 3, How::Import, "a.css"),
            ("p { background: URL( a.png ) }", 1, How::Url, "a.png"),
            ("p { background: url('a)b.png') }", 1, How::Url, "a)b.png"),
            ("p { background: url(a\\)b.png) }", 1, How::Url, "a)b.png"),
            ("p { background: url(\\61 .png) }", 1, How::Url, "a.png"),
            (
                "@font-face {\n src: url(a.woff2) }",
                2,
                How::Font,
                "a.woff2",
            ),
            ("@FONT-FACE{a:b;src:url(c)}", 1, How::Font, "c"),
            ("@font-face{a:b}p{x:url(y)}", 1, How::Url, "y"),
            ("@font-face;p{x:url(y)}", 1, How::Url, "y"),
            ("a{content:'\\'url(x)'}b{x:url(y)}", 1, How::Url, "y"),
            ("@import 'a\nb{x:url(y)}", 1, How::Import, "a"),
            ("p { x: url(a.png", 1, How::Url, "a.png"),
            ("@\\69mport 'a.css';", 1, How::Import, "a.css"),
            ("@\\000049 mport 'a.css';", 1, How::Import, "a.css"),
            ("p { x: u\\72l(a.png) }", 1, How::Url, "a.png"),
            ("p { x: \\75 rl(a.png) }", 1, How::Url, "a.png"),
            ("p { x: image-set('a.png' 1x) }", 1, How::Url, "a.png"),
            (
                "p { x: -WEBKIT-image-set(calc(1)'a.png') }",
                1,
                How::Url,
                "a.png",
            ),
        ] {
            let all = found(css);
            assert_eq!(all.first(), Some(&(line, how, url.to_owned())), "{css}");
        }
        for css in [
            "/* @import 'a.css'; url(b) */",
            "@namespace url(http://www.w3.org/1999/xhtml);",
            "p { content: 'url(a.png)' }",
            "p { background: my-url(a.png) }",
            "@imports 'a.css'; @import; 'b.css'",
            "p { content: \"@import 'a.css'\" }",
            "\\@import 'a.css'",
            "p { x: image-set(linear-gradient(red) 1x type('image/png')) } q { content: 'a' }",
            "p { x: image-set(linear-gradient(red)); content: 'a' }",
            "",
            "/*",
            "@",
            "\\",
            "'",
        ] {
            assert_eq!(found(css), [], "{css}");
        }
        assert_eq!(
            found("@import 'a';@import 'b'; c{d:url(e),url(f)}").len(),
            4
        );
    }
}
