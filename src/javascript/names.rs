//! The files that texts in code may mean.

/// A text that is longer is none that a name is written as.
const LONGEST: usize = 256;

/// The name of the file that a text may mean: what is last in a path, or what has an ending. Loaders of
/// modules name them without.
pub(crate) fn file_name(text: &str) -> Option<&str> {
    if text.len() > LONGEST || text.contains(char::is_whitespace) {
        return None;
    }
    let path = text.split(['?', '#']).next()?;
    let name = path.rsplit('/').next()?;
    let has_ending = name.rsplit_once('.').is_some_and(|(stem, end)| {
        !stem.is_empty() && !end.is_empty() && end.chars().all(|c| c.is_ascii_alphanumeric())
    });
    (!name.is_empty() && (has_ending || name.len() < path.len())).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn a_path_and_a_name_with_an_ending_mean_a_file() {
        for (text, name) in [
            ("a.js", "a.js"),
            ("./a.b.js?v=2#x", "a.b.js"),
            ("vs/editor/editor.main", "editor.main"),
            ("/loader", "loader"),
            ("https://cdn.example/x/live.m3u8", "live.m3u8"),
        ] {
            assert_eq!(file_name(text), Some(name), "{text}");
        }
        let long = "a/".repeat(200);
        for text in [
            "",
            "a",
            ".js",
            "a.",
            "a/",
            "Is it a.b or c/d ?",
            "#a.js",
            &long,
        ] {
            assert_eq!(file_name(text), None, "{text}");
        }
    }
}
