//! Patterns of URL paths for pages that have more than one.

use crate::app::AppFiles;
use crate::url::one_spelling;

/// The paths that a page is served at besides its own: `/verify/{*rest}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<Part>);

/// What stands between two slashes of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// As it stands.
    Text(String),
    /// `{name}`: any one part.
    Any,
    /// `{*name}`: all that is left, at least one part.
    Rest,
}

impl Pattern {
    /// Reads what routers of Rust read.
    pub(super) fn read(text: &str) -> Result<Self, &'static str> {
        let parts = text.strip_prefix('/').ok_or("begin it with a slash")?;
        let mut read = Vec::new();
        for part in parts.split('/') {
            if read.last() == Some(&Part::Rest) {
                return Err("`{*name}` stands for all that is left, so put it last");
            }
            let name = part
                .strip_prefix('{')
                .and_then(|part| part.strip_suffix('}'));
            read.push(match name {
                Some(name) if name.starts_with('*') && name.len() > 1 => Part::Rest,
                Some(name) if !name.is_empty() && !name.starts_with('*') => Part::Any,
                Some(_) => return Err("give the part a name: `{name}` or `{*name}`"),
                None if part.contains(['{', '}', '?', '#']) => {
                    return Err("write `{name}` for one part, and `{*name}` for all that is left");
                }
                None => Part::Text(one_spelling(part).ok_or("it is not a path of a URL")?),
            });
        }
        Ok(Self(read))
    }

    /// Its parts.
    #[cfg(any(feature = "export", feature = "waict"))]
    pub(crate) fn parts(&self) -> &[Part] {
        &self.0
    }

    /// Whether a request for this path is one for the page. What looks like a file is none: a script
    /// that is missing must not become HTML.
    pub(crate) fn matches(&self, path: &str) -> bool {
        let Some(path) = one_spelling(path) else {
            return false;
        };
        let is_file = AppFiles::content_type(&path).is_some() && !AppFiles::is_page(&path);
        let mut parts = path.strip_prefix('/').unwrap_or(&path).split('/');
        for part in &self.0 {
            let Some(asked) = parts.next() else {
                return false;
            };
            match part {
                Part::Text(text) if text != asked => return false,
                Part::Any | Part::Rest if asked.is_empty() => return false,
                Part::Rest => return !is_file,
                Part::Text(_) | Part::Any => {}
            }
        }
        parts.next().is_none() && !is_file
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        Pattern::read(pattern).unwrap().matches(path)
    }

    #[test]
    fn they_match_as_routers_do() {
        for (pattern, path) in [
            ("/verify", "/verify"),
            ("/verify/{*rest}", "/verify/step2"),
            ("/verify/{*rest}", "/verify/a/b/"),
            ("/verify/{*rest}", "/%76erify/john.doe"),
            ("/{tenant}/check", "/contoso/check"),
            ("/a b", "/a%20b"),
            ("/{*rest}", "/x"),
            ("/verify/", "/verify/"),
        ] {
            assert!(matches(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in [
            ("/verify", "/verify/"),
            ("/verify", "/verifyx"),
            ("/verify/{*rest}", "/verify"),
            ("/verify/{*rest}", "/verify/"),
            ("/verify/{*rest}", "/verify/app.js"),
            ("/verify/{*rest}", "/verify/a/en.json"),
            ("/verify/{*rest}", "/verify/%2e%2e/x"),
            ("/verify/{*rest}", "/verify/a%2fb"),
            ("/{tenant}/check", "//check"),
            ("/{tenant}/check", "/a/b/check"),
            ("/{*rest}", "/"),
        ] {
            assert!(!matches(pattern, path), "{pattern} {path}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_said() {
        for (pattern, reason) in [
            ("verify", "begin it with a slash"),
            (
                "/{*all}/x",
                "`{*name}` stands for all that is left, so put it last",
            ),
            ("/{}", "give the part a name: `{name}` or `{*name}`"),
            ("/{*}", "give the part a name: `{name}` or `{*name}`"),
            (
                "/x{id}",
                "write `{name}` for one part, and `{*name}` for all that is left",
            ),
            (
                "/x?y",
                "write `{name}` for one part, and `{*name}` for all that is left",
            ),
            ("/../x", "it is not a path of a URL"),
        ] {
            assert_eq!(Pattern::read(pattern), Err(reason), "{pattern}");
        }
    }
}
