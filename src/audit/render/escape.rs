//! Foreign text made harmless, one function for each place it is put into.

use std::fmt::Write as _;

/// One line without anything that a terminal obeys or an eye can't see: control characters, and
/// those that turn the direction of text, join or hide it, are written as escapes.
pub(super) fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// As [`line`], and harmless in the log of a pipeline: GitHub's commands begin a line with `::`,
/// Azure's stand anywhere after `##`.
pub(super) fn log(text: &str) -> String {
    // Twice: of three in a row the first time leaves two.
    let text = line(text).replace("##", "# #").replace("##", "# #");
    if text.trim_start().starts_with("::") {
        format!(": {}", text.trim_start())
    } else {
        text
    }
}

/// Text and attribute values of HTML.
pub(super) fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in line(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// A code span of Markdown: in it nothing is markup, no address a link and no name a mention.
/// `|` is escaped too, so that it can stand in a table.
pub(super) fn code(text: &str) -> String {
    let text = line(text).replace('|', "\\|");
    if text.trim().is_empty() {
        return "` `".to_owned();
    }
    let runs = text.split(|c| c != '`').map(str::len);
    let fence = "`".repeat(runs.max().unwrap_or(0) + 1);
    // The spaces are part of the fence: the text may begin or end with a backtick.
    format!("{fence} {text} {fence}")
}

/// The message of a GitHub workflow command.
pub(super) fn github(text: &str) -> String {
    line(text).replace('%', "%25")
}

/// A property of a GitHub workflow command.
pub(super) fn github_property(text: &str) -> String {
    github(text).replace(':', "%3A").replace(',', "%2C")
}

/// The message of an Azure logging command.
pub(super) fn azure(text: &str) -> String {
    line(text).replace('%', "%AZP25")
}

/// A JSON document, made by a serialiser: what it leaves as it is in strings, and a terminal or an
/// eye takes amiss, is written out. Outside of strings there is none but line breaks.
pub(super) fn json(document: &str) -> String {
    let mut out = String::with_capacity(document.len());
    for c in document.chars() {
        if c != '\n' && is_hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string can't fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// Characters that are obeyed or not seen.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_obeyed_or_hidden_is_written_out() {
        for (text, expected) in [
            ("a\u{1b}[31mb", "a\\u{1b}[31mb"),
            ("a\r\nb", "a\\u{d}\\u{a}b"),
            ("a\u{202e}b", "a\\u{202e}b"),
            (
                "a\u{200b}\u{feff}\u{e0041}b",
                "a\\u{200b}\\u{feff}\\u{e0041}b",
            ),
            ("\u{9b}2J", "\\u{9b}2J"),
            ("caf\u{e9}", "caf\u{e9}"),
        ] {
            assert_eq!(line(text), expected, "{text:?}");
        }
    }

    #[test]
    fn each_place_has_its_escapes() {
        assert_eq!(
            html("<a href='x'>&\""),
            "&lt;a href=&#39;x&#39;&gt;&amp;&quot;"
        );
        assert_eq!(code("a"), "` a `");
        assert_eq!(code("`` ` |"), "``` `` ` \\| ```");
        assert_eq!(code(""), "` `");
        assert_eq!(log("::error::x"), ": ::error::x");
        assert_eq!(log("  ::error::x"), ": ::error::x");
        assert_eq!(log("a ##vso[x]"), "a # #vso[x]");
        assert_eq!(log("###vso[x]"), "# # #vso[x]");
        assert_eq!(log("#####"), "# # # # #");
        assert_eq!(github("100%\n::x"), "100%25\\u{a}::x");
        assert_eq!(github_property("a,b:c%"), "a%2Cb%3Ac%25");
        assert_eq!(azure("1%\r"), "1%AZP25\\u{d}");
        let hidden = "{\n  \"caf\u{e9}\": \"\u{9b}2J\u{7f}\u{202e}\u{e0041}\"\n}";
        let shown = "{\n  \"caf\u{e9}\": \"\\u009b2J\\u007f\\u202e\\udb40\\udc41\"\n}";
        assert_eq!(json(hidden), shown);
    }
}
