//! Foreign text in messages: on one line, short, and where it may hold a credential, cut before it.

/// The text with its quotes escaped, cut where a password or a token may begin.
pub(crate) fn escaped(text: &str, longest: usize) -> String {
    let kept = before_secret(text);
    shorten(kept.unwrap_or(text), kept.is_some(), longest, |_| false)
}

/// The text up to `cut`, with its quotes as they are: in headers and lock files they are what most
/// mistakes are about, and a message full of backslashes reads badly.
pub(crate) fn quoted(text: &str, cut: Option<usize>, longest: usize) -> String {
    let kept = cut.and_then(|at| text.get(..at)).unwrap_or(text);
    let is_quote = |c| matches!(c, '\'' | '"' | '\\');
    shorten(kept, cut.is_some(), longest, is_quote)
}

/// The beginning of a text that holds an URL with a user or a query, up to them: there may be a
/// password or a token. `None` where nothing has to be left out.
pub(crate) fn before_secret(text: &str) -> Option<&str> {
    let user = text
        .find("//")
        .map(|at| at + 2)
        .filter(|from| text.get(*from..).is_some_and(|rest| rest.contains('@')));
    let query = text
        .find('?')
        .filter(|from| text.get(*from..).is_some_and(|rest| rest.contains('=')));
    text.get(..user.into_iter().chain(query).min()?)
}

fn shorten(kept: &str, is_cut: bool, longest: usize, is_plain: impl Fn(char) -> bool) -> String {
    let mut short = String::new();
    for c in kept.chars().take(longest) {
        if is_plain(c) {
            short.push(c);
        } else {
            short.extend(c.escape_default());
        }
    }
    if is_cut || kept.chars().nth(longest).is_some() {
        short.push_str("...");
    }
    short
}
