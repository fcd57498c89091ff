//! Foreign text in messages: on one line, short, and without what may be a credential.

/// The most of a word that messages repeat, in characters: of a header, a policy, a version.
const WORD: usize = 40;

/// The most of a path, a URL or a key: the longest names of real packages fit.
const NAME: usize = 120;

/// The most of what an audit has found, which may be a whole header.
#[cfg(feature = "audit")]
const EXCERPT: usize = 200;

/// A word. Quotes stay as they are, here and below: they are what most mistakes are about, and a
/// message full of backslashes reads badly.
pub(crate) fn word(text: &str) -> String {
    shorten(text, WORD)
}

/// A path or a URL.
pub(crate) fn shown(text: &str) -> String {
    shorten(text, NAME)
}

/// What an audit has found.
#[cfg(feature = "audit")]
pub(crate) fn excerpt(text: &str) -> String {
    shorten(text, EXCERPT)
}

/// What an audit has found, where no credential can be in it any more.
#[cfg(feature = "audit")]
pub(crate) fn excerpt_without_secret(text: &str) -> String {
    one_line(text, EXCERPT, false)
}

/// A key or a name out of a lock file: a package's, not a URL's. What comes from a registry may hold
/// a token anywhere in its URL, and may be escaped or without a scheme, so it is cut before it.
pub(crate) fn key(text: &str) -> String {
    let cut = ["//", "?", "%", "::", "\\"]
        .into_iter()
        .filter_map(|mark| text.find(mark))
        .chain(secret_pair(text))
        .min();
    match cut.and_then(|at| text.get(..at)) {
        Some(kept) => one_line(kept, NAME, true),
        None => shown(text),
    }
}

/// What a script imports: with a query that says which version is meant (`?v=2`).
#[cfg(feature = "page")]
pub(crate) fn specifier(text: &str) -> String {
    match text.split_once('?') {
        Some((path, query)) if is_version(query) => format!("{}?{query}", shown(path)),
        _ => shown(text),
    }
}

/// One character.
pub(crate) fn character(character: char) -> String {
    one_line(character.encode_utf8(&mut [0; 4]), 1, false)
}

/// A text without what may be a token or a key: 40 letters and digits or more in a row, or 32
/// hexadecimal digits, with what hangs on them. A GUID with its hyphens is neither.
#[cfg(any(feature = "session", feature = "tracing"))]
pub(crate) fn without_tokens(text: &str) -> String {
    // The letters of base64 in its two spellings, and the dots of a token.
    let is_of_token = |c: char| c.is_ascii_alphanumeric() || "-_+/=.".contains(c);
    let mut kept = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(is_of_token) {
        let (before, run) = rest.split_at(start);
        let end = run.find(|c| !is_of_token(c)).unwrap_or(run.len());
        let (run, after) = run.split_at(end);
        kept.push_str(before);
        let is_secret = run.split(['.', '/']).any(|word| {
            let mut keys = word.as_bytes().windows(32);
            word.len() >= 40 || keys.any(|key| key.iter().all(u8::is_ascii_hexdigit))
        });
        kept.push_str(if is_secret { "[token]" } else { run });
        rest = after;
    }
    kept.push_str(rest);
    kept
}

/// A foreign text in an event.
#[cfg(feature = "tracing")]
pub(crate) fn in_event(text: &str) -> String {
    shown(&without_tokens(text))
}

/// The names of parameters that say which version of a file is meant.
#[cfg(any(feature = "audit", feature = "page"))]
const VERSIONS: &[&str] = &["_", "build", "hash", "rev", "ts", "v", "ver", "version"];

/// Longer ones are no version but may be a token; a SHA-256 in hexadecimal is that long.
#[cfg(any(feature = "audit", feature = "page"))]
const LONGEST_VERSION: usize = 64;

/// Whether a query says which version of a file is meant, and so holds no credential.
#[cfg(any(feature = "audit", feature = "page"))]
pub(crate) fn is_version(query: &str) -> bool {
    query.split('&').all(|parameter| {
        let (name, value) = parameter.split_once('=').unwrap_or(("v", parameter));
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        VERSIONS.contains(&name) && value.len() <= LONGEST_VERSION && value.bytes().all(is_plain)
    })
}

/// Whether a text holds what may be a credential: a URL with a user, or with values in its query.
pub(crate) fn has_secret(text: &str) -> bool {
    user(text).is_some() || query(text).is_some()
}

/// Of a URL with a user, `...` takes the user's place, so that it can still be recognised; it is cut
/// where its query begins.
fn shorten(text: &str, longest: usize) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(user) = user(rest) {
        kept.push_str(rest.get(..user.start).unwrap_or_default());
        kept.push_str("...");
        rest = rest.get(user.end..).unwrap_or_default();
    }
    kept.push_str(rest);
    match query(&kept) {
        Some(at) => one_line(kept.get(..at).unwrap_or_default(), longest, true),
        None => one_line(&kept, longest, false),
    }
}

/// Where the user of the first URL that has one stands: between `//` and `@`. An `@` in a path, as
/// npm's scopes have it, is none, but where what looks like a port is not a number, the path may be the
/// rest of a password.
fn user(text: &str) -> Option<std::ops::Range<usize>> {
    let is_slash = |c: char| matches!(c, '/' | '\\');
    let mut from = 0;
    while let Some(at) = text.get(from..)?.find(is_slash) {
        from += at + 1;
        let rest = text.get(from..)?;
        let Some(rest) = rest.strip_prefix(is_slash) else {
            continue;
        };
        let start = from + 1;
        let word = rest.split(char::is_whitespace).next().unwrap_or(rest);
        let ends = |c: char| is_slash(c) || matches!(c, '?' | '#' | '\'' | '"');
        let authority = word.split(ends).next().unwrap_or(word);
        let is_port = |(_, port): (&str, &str)| port.bytes().all(|byte| byte.is_ascii_digit());
        let end = match authority.rfind('@') {
            None if authority.rsplit_once(':').is_none_or(is_port) => continue,
            None => word.rfind('@'),
            end => end,
        };
        if let Some(end) = end.filter(|end| rest.get(..*end) != Some("...")) {
            return Some(start..start + end);
        }
    }
    None
}

/// Where a query with values begins.
fn query(text: &str) -> Option<usize> {
    let at = text.find('?')?;
    text.get(at..)?.contains('=').then_some(at)
}

/// Where `word:word@` begins to hold something that might be a password; the `:` of `npm:` and the
/// like stays.
fn secret_pair(text: &str) -> Option<usize> {
    let colon = text.find(':')?;
    let before = text.get(..colon)?;
    let after = text.get(colon + 1..)?;
    let known = ["npm", "patch", "workspace", "link", "portal", "file"];
    let protocol = before.rsplit('@').next().unwrap_or(before);
    (after.contains('@') && !known.contains(&protocol)).then_some(colon)
}

fn one_line(kept: &str, longest: usize, is_cut: bool) -> String {
    let mut short = String::new();
    for c in kept.chars().take(longest) {
        if matches!(c, '\'' | '"' | '\\') {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_stays_one_and_its_user_does_not() {
        for (text, expected) in [
            (
                "https://cdn.example/npm/@azure/ai-vision-face-ui",
                "https://cdn.example/npm/@azure/ai-vision-face-ui",
            ),
            (
                "https://cdn.example:8443/@azure/a.js",
                "https://cdn.example:8443/@azure/a.js",
            ),
            (
                "https://user:secret@cdn.example/@azure/a.js",
                "https://...@cdn.example/@azure/a.js",
            ),
            (
                "https://se@cret@cdn.example/a.js",
                "https://...@cdn.example/a.js",
            ),
            (
                "https://user:sec/ret@cdn.example/a.js",
                "https://...@cdn.example/a.js",
            ),
            (
                "https:\\\\user:secret@cdn.example",
                "https:\\\\...@cdn.example",
            ),
            ("https:////secret@cdn.example", "https:////...@cdn.example"),
            ("a //x@b/ and //y@c/", "a //...@b/ and //...@c/"),
            (
                "https://cdn.example/a.js?sig=secret",
                "https://cdn.example/a.js...",
            ),
            ("https://cdn.example/a.js?v", "https://cdn.example/a.js?v"),
            ("//...@cdn.example", "//...@cdn.example"),
        ] {
            assert_eq!(shown(text), expected);
            assert_eq!(has_secret(text), text != expected, "{text}");
        }
    }

    #[test]
    fn keys_of_lock_files_are_cut_at_more() {
        for (text, expected) in [
            (
                "@azure/ai-vision-face-ui@npm:1.5.0",
                "@azure/ai-vision-face-ui@npm:1.5.0",
            ),
            ("a@user:secret@host", "a@user..."),
            ("a@npm:1.0.0::__archiveUrl=https%3A", "a@npm:1.0.0..."),
            ("a@https://feed.example/token/a.tgz", "a@https:..."),
        ] {
            assert_eq!(key(text), expected);
        }
    }

    #[test]
    fn nothing_is_long_or_leaves_its_line() {
        assert_eq!(word(&"a".repeat(41)), "a".repeat(40) + "...");
        assert_eq!(shown(&"a".repeat(121)), "a".repeat(120) + "...");
        assert_eq!(word("a\n\u{1b}\u{e9}`'\"\\"), "a\\n\\u{1b}\\u{e9}`'\"\\");
        assert_eq!(character('\u{202e}'), "\\u{202e}");
    }
}
