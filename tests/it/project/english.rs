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

/// "Another path than the page's". English says "a path other than".
fn another_than(text: &str) -> usize {
    count(text, &["another "], |_, after| {
        let than = after.split_once(' ').map(|(_, rest)| rest);
        !than.is_some_and(|rest| rest.starts_with("than "))
    })
}

#[test]
fn phrases_are_told_apart() {
    assert_eq!(
        is_no("this is no page; there is no page; it is no; There is no way"),
        1
    );
    assert_eq!(
        another_than("another path than this; another path, other than this; another thing"),
        1
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
    // Next to, together with, in addition to; a path other than that; inside; atomically; and the
    // like; again; isn't allowed; appears twice; your own; has weaker provenance.
    let phrases: [(&str, &[&str], usize); 11] = [
        ("an URL", &["an URL", "An URL"], 0),
        ("can be had", &["can be had"], 0),
        (
            "stands in, at, beside",
            &["stands in", "stands at", "stands beside"],
            15,
        ),
        ("beside", &[" beside "], 32),
        ("inside of", &["inside of", "Inside of"], 4),
        (
            "all or nothing",
            &["all of it or nothing", "at once or not at all"],
            2,
        ),
        ("and its like", &["and its like"], 2),
        ("anew", &[" anew"], 5),
        (
            "can't stand, stands twice",
            &["can't stand", "can stand", "stands twice"],
            4,
        ),
        ("of one's own", &["of one's own"], 2),
        ("known less well", &["known less well"], 0),
    ];
    let counted = phrases.map(|(phrase, starts, most)| {
        let found = count(&text, starts, |_, _| false);
        (phrase, found, most)
    });
    let others = [
        ("X is no Y", is_no(&text), 10),
        ("another X than", another_than(&text), 4),
    ];
    for (phrase, found, most) in counted.into_iter().chain(others) {
        assert!(
            found <= most,
            "`{phrase}`: {found} times, {most} are the most"
        );
    }
}
