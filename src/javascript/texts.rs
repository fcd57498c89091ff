//! The texts in code: what stands between quotes.

use super::tokens::{Part, Token, tokens};

/// What stands in a [`Written`] text where a template puts something in.
pub(crate) const PUT_IN: char = '\0';

/// A text that a literal writes.
pub(crate) struct Written {
    /// With its escapes resolved.
    pub(crate) text: String,
    /// Nothing is put in.
    pub(crate) is_constant: bool,
}

/// The texts in some code: each string literal, and each template as a whole.
pub(crate) fn texts(code: &str) -> Vec<Written> {
    let mut found = Vec::new();
    // Templates that aren't over, the innermost last: they hold code, which may hold others.
    let mut open: Vec<String> = Vec::new();
    for (at, token) in tokens(code) {
        let Token::Text { raw, part } = token else {
            continue;
        };
        let text = token.text();
        if part == Part::Whole {
            let is_constant = true;
            found.extend(text.map(|text| Written { text, is_constant }));
            continue;
        }
        if code.get(at..).is_some_and(|rest| rest.starts_with('`')) {
            open.push(String::new());
        } else if let Some(before) = open.last_mut() {
            before.push(PUT_IN);
        }
        if let Some(before) = open.last_mut() {
            before.push_str(&text.unwrap_or_default());
        }
        // Behind the quote or the brace, and the piece itself.
        let rest = code.get(at + 1 + raw.len()..);
        if !rest.is_some_and(|rest| rest.starts_with("${")) {
            let is_constant = false;
            found.extend(open.pop().map(|text| Written { text, is_constant }));
        }
    }
    let is_constant = false;
    found.extend(open.into_iter().map(|text| Written { text, is_constant }));
    found
}
