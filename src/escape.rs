//! Foreign text made harmless, with one function for each place where it is put.
//!
//! Text that a server sent, or that is in a file of somebody's pull request, is printed to terminals
//! and to the logs of pipelines, which obey some of it. Any code that prints foreign text passes
//! it through the function named after the place. `##` begins a command of Azure Pipelines (and one of
//! GitHub's older ones) anywhere in a line of a log, whatever format is printed there, so no
//! function leaves two number signs together, except [`line()`], whose result is not for logs.
//!
//! ```
//! use tower_visor::escape;
//!
//! let name = "\u{1b}[2J###vso[task.setvariable variable=x]y";
//! assert_eq!(escape::log(name), "\\u{1b}[2J# # #vso[task.setvariable variable=x]y");
//! assert_eq!(escape::log("::error::x"), ": ::error::x");
//! ```

use std::fmt::Write as _;

/// One line without anything that a terminal obeys or an eye can't see: control characters, and
/// those that turn the direction of text, join or hide it, are written as escapes.
pub fn line(text: &str) -> String {
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

/// As [`line()`], and harmless in the log of a pipeline: [GitHub's
/// commands](https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands) begin
/// a line with `::`,
/// [Azure's](https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands) follow `##`
/// anywhere in it.
pub fn log(text: &str) -> String {
    let text = apart(&line(text));
    let start = text.len() - text.trim_start().len();
    match text.split_at_checked(start) {
        Some((space, rest)) if rest.starts_with("::") => format!("{space}: {rest}"),
        _ => text,
    }
}

/// As [`log`], line by line: for our own text of several lines, with foreign text in it.
///
/// Foreign text must not bring line breaks of its own, or it could begin a line that looks like ours.
pub fn log_lines(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(log).collect();
    lines.join("\n")
}

/// No two number signs together.
fn apart(text: &str) -> String {
    // Twice: of three in a row the first time leaves two.
    text.replace("##", "# #").replace("##", "# #")
}

/// Text and attribute values of HTML.
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in line(text).chars() {
        match c {
            '#' if out.ends_with('#') => out.push_str("&#35;"),
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

/// A code span of Markdown: in it nothing is markup, no address becomes a link and no name a
/// mention. `|` is escaped too, so that it can be used in a table.
pub fn markdown(text: &str) -> String {
    let text = apart(&line(text)).replace('|', "\\|");
    if text.trim().is_empty() {
        return "` `".to_owned();
    }
    let runs = text.split(|c| c != '`').map(str::len);
    let fence = "`".repeat(runs.max().unwrap_or(0) + 1);
    // The spaces are part of the fence: the text may begin or end with a backtick.
    format!("{fence} {text} {fence}")
}

/// The message of a GitHub workflow command.
pub fn github(text: &str) -> String {
    apart(&line(text)).replace('%', "%25")
}

/// A property of a GitHub workflow command.
pub fn github_property(text: &str) -> String {
    github(text).replace(':', "%3A").replace(',', "%2C")
}

/// The message of an Azure logging command.
pub fn azure(text: &str) -> String {
    apart(&line(text)).replace('%', "%AZP25")
}

/// A JSON document, made by a serialiser: what it leaves as it is in strings, and a terminal or an
/// eye takes amiss, is written out. Outside of strings there is none but line breaks. The document
/// says the same as before.
pub fn json(document: &str) -> String {
    let mut out = String::with_capacity(document.len());
    for c in document.chars() {
        if (c != '\n' && is_hidden(c)) || (c == '#' && out.ends_with('#')) {
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
        assert_eq!(markdown("a"), "` a `");
        assert_eq!(markdown("`` ` |"), "``` `` ` \\| ```");
        assert_eq!(markdown(""), "` `");
        assert_eq!(log("::error::x"), ": ::error::x");
        assert_eq!(log("  ::error::x"), "  : ::error::x");
        assert_eq!(log_lines("a\n::b\n  ::c\r"), "a\n: ::b\n  : ::c\\u{d}");
        assert_eq!(log("a ##vso[x]"), "a # #vso[x]");
        assert_eq!(log("###vso[x]"), "# # #vso[x]");
        assert_eq!(log("#####"), "# # # # #");
        assert_eq!(github("100%\n::x"), "100%25\\u{a}::x");
        assert_eq!(github_property("a,b:c%"), "a%2Cb%3Ac%25");
        assert_eq!(azure("1%\r"), "1%AZP25\\u{d}");
        assert_eq!(html("###"), "#&#35;#");
        assert_eq!(markdown("###vso[x]"), "` # # #vso[x] `");
        assert_eq!(github("###vso[x]"), "# # #vso[x]");
        assert_eq!(github_property("##[x]"), "# #[x]");
        assert_eq!(azure("###vso[x]"), "# # #vso[x]");
        assert_eq!(json("[\"###x\"]"), "[\"#\\u0023#x\"]");
        let hidden = "{\n  \"caf\u{e9}\": \"\u{9b}2J\u{7f}\u{202e}\u{e0041}\"\n}";
        let shown = "{\n  \"caf\u{e9}\": \"\\u009b2J\\u007f\\u202e\\udb40\\udc41\"\n}";
        assert_eq!(json(hidden), shown);
    }
}
