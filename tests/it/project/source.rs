//! Finding the project's files, and reading Rust as a list of words. Holds no tests of the
//! project, only of itself.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The project's folder.
pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file that is, or would be, part of a commit; paths from the project's folder.
pub(super) fn files() -> Vec<PathBuf> {
    let output = Command::new("git")
        // The clone of a test run may belong to another user.
        .args(["-c", "safe.directory=*", "ls-files", "-z"])
        .args(["--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git lists the project's files");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let list = String::from_utf8(output.stdout).expect("paths are UTF-8");
    let files: Vec<PathBuf> = list
        .split_terminator('\0')
        .map(PathBuf::from)
        // Deleted, and not yet committed as such.
        .filter(|file| root().join(file).is_file())
        .collect();
    assert!(files.len() > 20, "too few files to be true: {files:?}");
    files
}

pub(super) fn read(file: &Path) -> String {
    std::fs::read_to_string(root().join(file))
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The library's own files, with their text.
pub(super) fn library() -> Vec<(PathBuf, String)> {
    rust("src")
}

/// The program's.
pub(super) fn program() -> Vec<(PathBuf, String)> {
    rust("cli/src")
}

fn rust(folder: &str) -> Vec<(PathBuf, String)> {
    let all = files().into_iter();
    all.filter(|file| file.starts_with(folder) && file.extension().is_some_and(|end| end == "rs"))
        .map(|file| {
            let text = read(&file);
            (file, text)
        })
        .collect()
}

/// The code without the tests, which stand last in a file and may do what they need.
pub(super) fn before_tests(code: &str) -> &str {
    let starts = ["\n#[cfg(test)]\n", "\n#[cfg(all(test"].map(|start| code.find(start));
    let end = starts.into_iter().flatten().min().unwrap_or(code.len());
    &code[..end]
}

/// A word of Rust code (a name or a number), or a single other character; and its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    pub(super) line: usize,
}

/// The tokens of Rust code without comments and the insides of strings and characters.
///
/// Enough of a lexer for this crate's own style: no nested block comments.
pub(super) fn tokens(code: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut line = 1;
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let raw = rest.strip_prefix("br").or(rest.strip_prefix('r'));
        let hashes = raw.map_or(0, |raw| raw.len() - raw.trim_start_matches('#').len());
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if raw.is_some_and(|raw| raw[hashes..].starts_with('"')) {
            let start = rest.len() - raw.map_or(0, str::len) + hashes + 1;
            let end = format!("\"{}", "#".repeat(hashes));
            rest[start..]
                .find(&end)
                .map_or(rest.len(), |at| start + at + end.len())
        } else if first == '"' {
            quoted(rest, '"')
        } else if first == '\'' && !is_lifetime(rest) {
            quoted(rest, '\'')
        } else {
            let length = rest
                .find(|c| !word(c))
                .filter(|&length| length > 0)
                .unwrap_or(if word(first) {
                    rest.len()
                } else {
                    first.len_utf8()
                });
            if !first.is_whitespace() {
                let text = &rest[..length];
                tokens.push(Token { text, line });
            }
            length
        };
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    tokens
}

/// A path in Rust code, as `["std", "fs", "File"]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CodePath {
    pub(super) steps: Vec<String>,
    pub(super) line: usize,
    /// Which of the tokens its last step is.
    pub(super) end: usize,
}

/// All paths in the code, braces of `use` unfolded: `a::{b, c::d}` is `a::b` and `a::c::d`.
pub(super) fn paths(tokens: &[Token<'_>]) -> Vec<CodePath> {
    let is = |at: usize, text: &str| tokens.get(at).is_some_and(|token| token.text == text);
    let mut found = Vec::new();
    let mut outer: Vec<Vec<String>> = Vec::new();
    let mut path: Vec<String> = Vec::new();
    for (end, token) in tokens.iter().enumerate() {
        let start = || outer.last().cloned().unwrap_or_default();
        if token
            .text
            .starts_with(|c: char| c.is_alphabetic() || c == '_')
        {
            path.push(token.text.to_owned());
            if !(is(end + 1, ":") && is(end + 2, ":")) {
                let steps = start().into_iter().chain(path.drain(..)).collect();
                let line = token.line;
                found.push(CodePath { steps, line, end });
            }
        } else if token.text == "{" {
            // A block when no path leads up to it.
            let before = if path.is_empty() { Vec::new() } else { start() };
            outer.push(before.into_iter().chain(path.drain(..)).collect());
        } else if token.text == "}" {
            outer.pop();
        } else if token.text != ":" {
            path.clear();
        }
    }
    found
}

/// How long the literal at the start of `rest` is, with both quotes.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

fn is_lifetime(rest: &str) -> bool {
    let mut after = rest.chars().skip(1);
    let first = after.next();
    first.is_some_and(|c| c.is_alphabetic() || c == '_') && after.next() != Some('\'')
}

#[test]
fn tokens_leave_out_comments_and_literals() {
    let code =
        "use a::b; // use c::d\n/* e */ f('\"', \"g \\\" h\", r#\"i \" j\"#, br\"k\", b'l', &'m n)";
    let texts: Vec<_> = tokens(code).iter().map(|token| token.text).collect();
    assert_eq!(
        texts,
        [
            "use", "a", ":", ":", "b", ";", "f", "(", ",", ",", ",", ",", "b", ",", "&", "'", "m",
            "n", ")"
        ]
    );
    assert_eq!(tokens(code).last().map(|token| token.line), Some(2));
}
