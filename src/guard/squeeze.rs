//! Comments, spaces and long names out of our own two scripts.
//!
//! This knows as much of JavaScript as they use: comments on lines of their own, strings in double
//! quotes, regular expressions where a value is expected, no division, no template, and a
//! semicolon at the end of each statement.

use std::collections::HashMap;

/// The letters after Z. The others are names of their own there, or stand in regular expressions.
const LOWER: &str = "defhjklmnopqrtuvxyz";

/// The line that names what is served under one letter.
const SHORT: &str = "//@short ";

/// The source as it is served.
pub(super) fn squeeze(source: &str) -> String {
    let mut short = HashMap::new();
    let mut code = String::with_capacity(source.len());
    for line in source.lines().map(str::trim) {
        if let Some(names) = line.strip_prefix(SHORT) {
            short.extend(names.split(' ').zip(('A'..='Z').chain(LOWER.chars())));
        } else if !line.is_empty() && !line.starts_with("//") {
            code.push_str(line);
            code.push('\n');
        }
    }

    let mut out = String::with_capacity(code.len());
    let mut rest = code.as_str();
    let mut space = false;
    while let Some(c) = rest.chars().next() {
        if c.is_ascii_whitespace() {
            space = true;
            rest = rest.trim_start();
            continue;
        }
        let last = out.chars().next_back();
        let length = match c {
            '"' => literal(rest, '"'),
            '/' if last.is_none_or(|last| "(=,[:?&|".contains(last)) => literal(rest, '/'),
            c if is_name(c) => rest.find(|c| !is_name(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        if space && last.is_some_and(is_name) && is_name(c) {
            out.push(' ');
        }
        // Nothing follows the last statement of a block, and the last part of a list.
        if matches!(c, '}' | ']' | ')') && last.is_some_and(|last| ";,".contains(last)) {
            out.pop();
        }
        match short.get(token) {
            // Not a property of that name.
            Some(letter) if last != Some('.') => out.push(*letter),
            _ => out.push_str(token),
        }
        space = false;
        rest = after;
    }
    out
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$'
}

/// How long the string or the regular expression is that the text begins with.
fn literal(text: &str, end: char) -> usize {
    let (mut escaped, mut class) = (false, false);
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' if end == '/' => class = true,
            ']' => class = false,
            c if c == end && !class => return at + 1,
            _ => {}
        }
    }
    text.len()
}
