//! What of a foreign text may stand in a message.

/// Longest piece of foreign text in a message, in characters.
const LONGEST: usize = 100;

/// A key or name of a foreign file as messages show it: on one line, short, and cut where an URL,
/// an user or a query could begin, because those may carry a token.
pub(super) fn shown(text: &str) -> String {
    let cut = ["//", "?", "%", "::", "\\"]
        .into_iter()
        .filter_map(|mark| text.find(mark))
        // `user:secret@host` without a scheme; the `:` of `npm:` and the like stays.
        .chain(secret_pair(text))
        .min();
    crate::foreign::quoted(text, cut, LONGEST)
}

/// Where `word:word@` begins to hold something that might be a password.
fn secret_pair(text: &str) -> Option<usize> {
    let colon = text.find(':')?;
    let before = text.get(..colon)?;
    let after = text.get(colon + 1..)?;
    let known = ["npm", "patch", "workspace", "link", "portal", "file"];
    let protocol = before.rsplit('@').next().unwrap_or(before);
    (after.contains('@') && !known.contains(&protocol)).then_some(colon)
}
