//! Turns of phrase that are another language's in English words, where users read them: the README,
//! the manual, documentation and messages. Each is right now and then, and tiring in numbers.

use super::source::{files, read};

/// How often a phrase is found that one of these begins, and that `is_fine` doesn't take.
fn count(text: &str, starts: &[&str], is_fine: impl Fn(&str, &str) -> bool) -> usize {
    let found = starts.iter().flat_map(|start| text.match_indices(start));
    found
        .filter(|(at, start)| !is_fine(&text[..*at], &text[at + start.len()..]))
        .count()
}

/// "X is no Y". "There is no Y" is how one says it.
fn is_no(text: &str) -> usize {
    count(text, &["is no "], |before, after| {
        let is_there = ["there ", "There "].iter().any(|end| before.ends_with(end));
        is_there || !after.starts_with(|next: char| next.is_ascii_lowercase())
    })
}

fn stands(text: &str) -> usize {
    count(
        text,
        &["stands in", "stands at", "stands beside"],
        |_, _| false,
    )
}

#[test]
fn phrases_are_told_apart() {
    assert_eq!(
        is_no("this is no page; there is no page; it is no; There is no way"),
        1
    );
    assert_eq!(
        stands("it stands in the way, stands alone, and stands beside it"),
        2
    );
}

#[test]
fn english_reads_as_english() {
    let documents = files().into_iter().filter(|file| {
        let is_there = ["README.md", "docs", "src", "cli/src", "cli/README.md"];
        let is_text = [Some("md"), Some("rs"), Some("js")];
        let end = file.extension().and_then(|end| end.to_str());
        is_there.iter().any(|start| file.starts_with(start)) && is_text.contains(&end)
    });
    let text: String = documents.map(|file| read(&file)).collect();
    assert!(text.len() > 1_000_000, "too little to be all of it");
    for (phrase, found, most) in [
        ("X is no Y", is_no(&text), 20),
        ("stands in, at, beside", stands(&text), 15),
        (
            "an URL",
            count(&text, &["an URL", "An URL"], |_, _| false),
            0,
        ),
        ("can be had", count(&text, &["can be had"], |_, _| false), 0),
    ] {
        assert!(
            found <= most,
            "`{phrase}`: {found} times, {most} are the most"
        );
    }
}
