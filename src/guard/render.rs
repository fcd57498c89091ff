//! From the readable sources to what is served.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{CodeFromText, Guard};

const GUARD: &str = include_str!("guard.js");
const GLUE: &str = include_str!("glue.js");
/// Where the guard takes up the glue.
const PLACE: &str = "//@createScript\n";

pub(super) fn script(guard: &Guard) -> String {
    let source = match guard.code_from_text {
        CodeFromText::Refused => GUARD.to_owned(),
        CodeFromText::EngineGlue => GUARD.replace(PLACE, GLUE),
    };
    let mut script = squeeze(&source);
    // The digests are of one algorithm, so they begin alike.
    let digests: Vec<String> = guard.pins.values().map(ToString::to_string).collect();
    let prefix = common(&digests);
    let (mut outside, mut inside) = (BTreeMap::new(), BTreeMap::new());
    for (path, digest) in guard.pins.keys().zip(&digests) {
        let rest = digest.get(prefix.len()..).unwrap_or_default();
        match path.strip_prefix(guard.folder.as_str()) {
            Some(name) => inside.insert(name, rest),
            None => outside.insert(path.as_str(), rest),
        };
    }
    script.push('(');
    table(&mut script, &outside);
    script.push(',');
    quote(&mut script, prefix);
    script.push(',');
    quote(&mut script, &guard.folder);
    script.push(',');
    table(&mut script, &inside);
    script.push(',');
    match &guard.reports {
        Some(url) => quote(&mut script, url),
        None => script.push_str("null"),
    }
    script.push(')');
    script
}

/// `sha384-` and the like, when all digests have it.
fn common(digests: &[String]) -> &str {
    let Some((algorithm, _)) = digests.first().and_then(|first| first.split_once('-')) else {
        return "";
    };
    let prefix = digests
        .first()
        .and_then(|first| first.get(..=algorithm.len()))
        .unwrap_or_default();
    if digests.iter().all(|digest| digest.starts_with(prefix)) {
        prefix
    } else {
        ""
    }
}

/// An object without a prototype, so that no name is known but those written here.
fn table(script: &mut String, entries: &BTreeMap<&str, &str>) {
    script.push_str("{__proto__:null");
    for (name, value) in entries {
        script.push_str(",\n");
        quote(script, name);
        script.push(':');
        quote(script, value);
    }
    script.push('}');
}

/// A string of JavaScript in ASCII that ends no script element.
fn quote(script: &mut String, text: &str) {
    script.push('"');
    for unit in text.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte @ b' '..=b'~') if !b"\"\\<>&".contains(&byte) => script.push(char::from(byte)),
            // Writing to a string can't fail.
            _ => drop(write!(script, "\\u{unit:04x}")),
        }
    }
    script.push('"');
}

/// Without comments, indentation, and the spaces around signs that need none.
///
/// Comments stand on lines of their own. A line with a slash may hold a regular expression, and
/// stays as it is.
fn squeeze(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    for line in source.lines().map(str::trim) {
        if line.is_empty() || line.starts_with("//") {
            continue;
        }
        if line.contains('/') {
            out.push_str(line);
        } else {
            for (index, part) in line.split('"').enumerate() {
                if index > 0 {
                    out.push('"');
                }
                // Every second part stands between quotes.
                if index % 2 == 0 {
                    squeeze_code(&mut out, part);
                } else {
                    out.push_str(part);
                }
            }
        }
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out
}

fn squeeze_code(out: &mut String, code: &str) {
    let sign = |c: Option<char>| c.is_some_and(|c| "=(){}[],;:?<>+!&|".contains(c));
    let mut before = None;
    let mut rest = code.chars().peekable();
    while let Some(c) = rest.next() {
        if c != ' ' || !(sign(before) || sign(rest.peek().copied())) {
            out.push(c);
            before = Some(c);
        }
    }
}
