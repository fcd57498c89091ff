//! Whatever a file, a name or a server says: no terminal and no pipeline obeys what is printed of it.

mod builds;
mod names;
mod pins;
mod policies;
mod responses;

use std::path::Path;

use serde_json::Value;

use crate::support::{Ran, visor};

/// All at once: what terminals obey, what hides or turns text, and what GitHub and Azure obey.
const ALL: &str = "\u{1b}]0;t\u{7}\u{1b}[2J\r\u{9b}31m\u{202e}\u{200b}###vso[task.setvariable variable=x]y\n::error::forged";

/// What passes for plain text, and for the beginning of a line.
const PLAIN: &str = "###vso[task.setvariable variable=x]y";
const START: &str = "::error::forged";

/// The formats of the commands on pins, and of audits.
const PINS: [&str; 4] = ["human", "json", "github", "azure"];
const AUDIT: [&str; 6] = ["human", "json", "markdown", "html", "github", "azure"];

/// Runs commands, and judges each by what it prints.
struct Judge<'a> {
    folder: &'a Path,
    /// In how many runs the hostile text could be seen at all.
    seen: usize,
    runs: usize,
}

impl<'a> Judge<'a> {
    fn new(folder: &'a Path) -> Self {
        Self {
            folder,
            seen: 0,
            runs: 0,
        }
    }

    fn run(&mut self, arguments: &[&str]) -> Ran {
        let ran = visor(self.folder, arguments);
        self.judge(arguments, &ran.out, &ran.err);
        ran
    }

    fn judge(&mut self, arguments: &[&str], out: &str, err: &str) {
        self.runs += 1;
        // Any part of it, because messages show the beginning of what is long.
        let parts = ["vso[task", "u{1b}", "::error::f"];
        let is_seen = parts
            .iter()
            .any(|part| out.contains(part) || err.contains(part));
        self.seen += usize::from(is_seen);
        for text in [out, err] {
            if let Some(fault) = obeyed(text) {
                panic!("{arguments:?}: {fault:?} is obeyed in\n{text}\n{text:?}");
            }
        }
    }

    /// Once in each format, in turn.
    fn in_turn(&mut self, arguments: &[&str], formats: &[&str]) {
        let format = formats[self.runs % formats.len()];
        self.run(&[arguments, &["--format", format]].concat());
    }

    /// The tests would be empty if the text never got anywhere.
    fn saw(&self, least: usize) {
        assert!(self.seen >= least, "{} of {}", self.seen, self.runs);
    }
}

/// The part of a text that a terminal or a pipeline would obey, or that an eye would not see.
fn obeyed(text: &str) -> Option<String> {
    let is_hidden = |c: &char| {
        (c.is_control() && *c != '\n') || ['\u{202e}', '\u{200b}', '\u{feff}'].contains(c)
    };
    // Caddy's own way to indent.
    let mut lines = text.split('\n').map(|line| line.trim_start_matches('\t'));
    if let Some(c) = lines.find_map(|line| line.chars().find(is_hidden)) {
        return Some(c.to_string());
    }
    for line in text.lines() {
        // Ours: one annotation a line, whose text is escaped, and headings of Markdown.
        let github = ["::error title=", "::warning title=", "::notice title="];
        let rest = github.iter().find_map(|ours| line.strip_prefix(ours));
        let rest = rest.or_else(|| line.strip_prefix("##vso[task.logissue type="));
        let rest = rest.or_else(|| {
            let headings = [
                "## Findings",
                "## Waived",
                "## Unused waivers",
                "## Not checked",
            ];
            headings.contains(&line).then_some("")
        });
        let rest = rest.unwrap_or(line);
        if rest.contains("##") || rest.trim_start().starts_with("::") {
            return Some(line.to_owned());
        }
    }
    None
}

/// A document with the text in one place after the other: instead of each string and at its end, and
/// as a key. Of lists the first two are enough.
fn everywhere(document: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    match document {
        Value::String(text) => {
            all.push(ALL.into());
            all.push(START.into());
            all.push(format!("{text}{PLAIN}").into());
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate().take(2) {
                for inner in everywhere(item) {
                    let mut changed = items.clone();
                    changed[index] = inner;
                    all.push(changed.into());
                }
            }
        }
        Value::Object(map) => {
            for (key, item) in map {
                for inner in everywhere(item) {
                    let mut changed = map.clone();
                    changed.insert(key.clone(), inner);
                    all.push(changed.into());
                }
                for hostile in [ALL.to_owned(), format!("{key}{PLAIN}")] {
                    let mut changed = map.clone();
                    let item = changed.remove(key).unwrap();
                    changed.insert(hostile, item);
                    all.push(changed.into());
                }
            }
        }
        _ => {}
    }
    all
}

/// A text of lines with the text in one place after the other: instead of a line, of its first and
/// of its last word, quoted or not.
fn in_lines(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let quoted = Value::from(ALL).to_string();
    let mut all = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let (first, rest) = line.trim_start().split_once(' ').unwrap_or((line, ""));
        let (start, last) = line.rsplit_once(' ').unwrap_or(("", line));
        let space = &line[..line.len() - line.trim_start().len()];
        for changed in [
            ALL.to_owned(),
            format!("{space}{quoted}: {rest}"),
            format!("{space}{first}{PLAIN} {rest}"),
            format!("{start} {quoted}"),
            format!("{start} {last}{PLAIN}"),
            format!("{start} {START}"),
        ] {
            let mut lines = lines.clone();
            lines[index] = &changed;
            all.push(lines.join("\n"));
        }
    }
    all
}

#[test]
fn the_judge_sees_what_is_obeyed() {
    for text in [
        ALL,
        PLAIN,
        START,
        "\u{1b}[2J",
        "a\rb",
        "\u{9b}31m",
        "\u{202e}",
        "\u{7}",
        "  ::error::x",
        "::set-output name=x::y",
        "##[command]x",
        "::error title=a::b##vso[x]",
        "##vso[task.logissue type=error]##vso[x]",
        "## Findings of mine",
    ] {
        assert!(obeyed(text).is_some(), "{text:?}");
    }
    for text in [
        "# #vso[x]\n: ::error::x",
        "::error title=a::b",
        "## Findings",
        "caf\u{e9}",
    ] {
        assert_eq!(obeyed(text), None, "{text:?}");
    }
}
