//! Patterns of paths, in the ways in which servers write them.

use super::plan::file_name;
use crate::site::{Part, Pattern};

/// A pattern as a regular expression over a decoded path, anchored. What looks like a file is left out.
pub(super) fn regex(pattern: &Pattern, prefix: &str) -> String {
    let ends = FILES.join("|");
    format!("^{prefix}(?!.*[.](?:{ends})$){}$", pattern_text(pattern))
}

/// The same without that, and without anchors.
pub(super) fn pattern_text(pattern: &Pattern) -> String {
    let parts = pattern.parts().iter().map(|part| match part {
        Part::Text(text) => format!("/{}", escaped(&file_name(text))),
        Part::Any => "/[^/]+".to_owned(),
        Part::Rest => "/[^/].*".to_owned(),
    });
    parts.collect()
}

/// The pattern with stars: `None` where only its end may have one.
pub(super) fn starred(pattern: &Pattern) -> Option<String> {
    let (last, before) = pattern.parts().split_last()?;
    let mut out = String::new();
    for part in before {
        match part {
            Part::Text(text) => out.extend(["/", text]),
            Part::Any | Part::Rest => return None,
        }
    }
    match last {
        Part::Text(text) => out.extend(["/", text]),
        Part::Any => return None,
        Part::Rest => out.push_str("/*"),
    }
    Some(out)
}

/// As it is written in a [`page_at`](crate::site::SiteBuilder::page_at).
pub(super) fn written(pattern: &Pattern) -> String {
    let parts = pattern.parts().iter().map(|part| match part {
        Part::Text(text) => format!("/{text}"),
        Part::Any => "/{part}".to_owned(),
        Part::Rest => "/{*rest}".to_owned(),
    });
    parts.collect()
}

/// Text that matches itself.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if r"\.+*?()[]{}|^$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// The ends of names that [`AppFiles::content_type`] knows, but for pages: a path with one of them is
/// that of a file, and a file that is missing must not become a page.
pub(super) const FILES: [&str; 37] = [
    "aac",
    "apng",
    "avif",
    "bmp",
    "css",
    "flac",
    "gif",
    "ico",
    "jpeg",
    "jpg",
    "js",
    "json",
    "m4a",
    "m4v",
    "map",
    "mjs",
    "mov",
    "mp3",
    "mp4",
    "oga",
    "ogg",
    "ogv",
    "opus",
    "otf",
    "pdf",
    "png",
    "svg",
    "ttf",
    "txt",
    "vtt",
    "wasm",
    "wav",
    "webm",
    "webmanifest",
    "webp",
    "woff",
    "woff2",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::AppFiles;

    #[test]
    fn the_ends_of_names_are_those_of_files() {
        let known = |end: &str| {
            let path = format!("/a.{end}");
            AppFiles::content_type(&path).is_some() && !AppFiles::is_page(&path)
        };
        assert!(FILES.iter().all(|end| known(end)));
        // Every end of up to four letters and digits.
        let signs = "abcdefghijklmnopqrstuvwxyz0123456789";
        let mut ends = vec![String::new()];
        for _ in 0..4 {
            ends = ends
                .iter()
                .flat_map(|end| signs.chars().map(move |sign| format!("{end}{sign}")))
                .chain(std::iter::once(String::new()))
                .collect();
        }
        let missing = ends
            .iter()
            .filter(|end| known(end) && !FILES.contains(&end.as_str()));
        assert_eq!(missing.collect::<Vec<_>>(), Vec::<&String>::new());
    }
}
