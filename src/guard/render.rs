//! From the guard's readable sources to the script that is served.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::squeeze::squeeze;
use super::{DynamicCode, Guard};

const GUARD: &str = include_str!("guard.js");
const GLUE: &str = include_str!("glue.js");
/// Where the guard takes up the glue.
const PLACE: &str = "//@createScript\n";

impl Guard {
    /// The text of the script: the same for the same settings, in ASCII, and safe between
    /// `<script>` and `</script>`.
    pub fn script(&self) -> String {
        let mut script = match self.dynamic_code {
            DynamicCode::Refused => squeeze(GUARD),
            DynamicCode::EngineGlue => squeeze(&GUARD.replace(PLACE, GLUE)),
        };
        // The digests are of one algorithm, so they begin alike.
        let digests: Vec<String> = self.pins.values().map(ToString::to_string).collect();
        let prefix = common(&digests);
        let mut groups = BTreeMap::<_, Vec<(&str, &str)>>::new();
        for (path, digest) in self.pins.keys().zip(&digests) {
            let rest = digest.get(prefix.len()..).unwrap_or_default();
            let (before, name, after) = parts(path, &self.folder);
            groups
                .entry((before, after))
                .or_default()
                .push((name, rest));
        }
        script.push_str("([");
        for (index, ((before, after), files)) in groups.iter().enumerate() {
            script.push_str(if index == 0 { "[" } else { ",\n[" });
            quote(&mut script, before);
            script.push(',');
            quote(&mut script, after);
            script.push(',');
            let files: Vec<String> = files
                .iter()
                .map(|(name, rest)| format!("{name} {rest}"))
                .collect();
            quote(&mut script, &files.join(" "));
            script.push(']');
        }
        script.push_str("],");
        quote(&mut script, prefix);
        script.push(',');
        quote(&mut script, &self.folder);
        script.push(',');
        match &self.reports {
            Some(url) => quote(&mut script, url),
            None => script.push_str("null"),
        }
        script.push(',');
        match &self.places {
            Some(places) => quote(&mut script, &pattern(places)),
            None => script.push_str("null"),
        }
        script.push(')');
        script
    }
}

/// The beginning of a regular expression for the URLs of these places, as browsers write URLs, and
/// for those that open no connection (a letter, a call); the page's own origin comes after the last `|`.
fn pattern(places: &BTreeSet<String>) -> String {
    let mut pattern = "^(mailto:|tel:|sms:|".to_owned();
    for place in places {
        let (scheme, rest) = place.split_once("://").unwrap_or(("https", place));
        let (host, path) = match rest.split_once('/') {
            Some((host, "")) => (host, None),
            Some((host, path)) => (host, Some(path)),
            None => (rest, None),
        };
        literal(&mut pattern, scheme);
        pattern.push_str("://");
        match host.strip_prefix("*.") {
            Some(host) => {
                pattern.push_str("[^/]+[.]");
                literal(&mut pattern, host);
            }
            None => literal(&mut pattern, host),
        }
        pattern.push('/');
        if let Some(path) = path {
            literal(&mut pattern, path);
            pattern.push_str("(?![^?#])");
        }
        pattern.push('|');
    }
    pattern
}

/// Text in a regular expression that means itself there.
fn literal(pattern: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '^' | '\\' | ']' => pattern.extend(['\\', c]),
            c if c.is_alphanumeric() || "/:-_~%".contains(c) => pattern.push(c),
            c => pattern.extend(['[', c, ']']),
        }
    }
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

/// A path in three: what many share is written once, so that of `/assets/i18n/de-DE/en.json`
/// `de-DE` is left.
fn parts<'a>(path: &'a str, folder: &str) -> (&'a str, &'a str, &'a str) {
    let Some(inner) = path.strip_prefix(folder) else {
        return ("", path, "");
    };
    let (before, rest) = path.split_at(path.len() - inner.len());
    // Of two folders the inner one has the name, as it is with the languages.
    let slashes: Vec<usize> = rest.match_indices('/').map(|(at, _)| at).collect();
    match slashes.as_slice() {
        [first, second] if second - first > 1 => {
            let (before, _) = path.split_at(before.len() + first + 1);
            let (name, after) = rest.split_at(*second);
            let (_, name) = name.split_at(first + 1);
            (before, name, after)
        }
        _ => (before, rest, ""),
    }
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
