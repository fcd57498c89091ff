//! The documents that a stranger looks for.

use std::path::Path;

use super::source::{files, read};

#[test]
fn the_documents_are_there() {
    let files = files();
    for document in [
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "SECURITY.md",
        "deny.toml",
    ] {
        assert!(
            files.iter().any(|file| file == Path::new(document)),
            "{document} is missing"
        );
    }
    let changelog = read(Path::new("CHANGELOG.md"));
    let version = format!("## [{}]", env!("CARGO_PKG_VERSION"));
    assert!(
        changelog.contains("## [Unreleased]") || changelog.contains(&version),
        "the changelog has no section for what comes next"
    );
    assert!(read(Path::new("README.md")).contains("scripts/test"));
}

#[test]
fn the_readme_is_tested() {
    // Then rustdoc runs its Rust blocks with the other examples.
    let library = read(Path::new("src/lib.rs"));
    assert!(
        library.contains("include_str!(\"../README.md\")"),
        "src/lib.rs doesn't include README.md"
    );
}

#[test]
fn examples_in_documents_run() {
    // An example that isn't compiled rots, and the peers' READMEs show it.
    let documents = files().into_iter().filter(|file| {
        file.extension()
            .is_some_and(|end| end == "md" || end == "rs")
            && !file.starts_with("tests")
    });
    let mut faults = Vec::new();
    for file in documents {
        for (number, line) in read(&file).lines().enumerate() {
            let fence = line.trim_start_matches(['/', '!', ' ']).strip_prefix("```");
            if fence.is_some_and(|fence| fence.split(',').any(|word| word.trim() == "ignore")) {
                faults.push(format!(
                    "{}:{}: use `no_run` or `text`",
                    file.display(),
                    number + 1
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn links_between_documents_lead_somewhere() {
    let files = files();
    let mut faults = Vec::new();
    for file in files
        .iter()
        .filter(|file| file.extension().is_some_and(|end| end == "md"))
    {
        let text = read(file);
        for target in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split_once(')'))
        {
            let path = target.0.split('#').next().unwrap_or_default();
            let folder = file.parent().expect("a file has a folder");
            if !path.is_empty()
                && !path.contains(':')
                && !super::source::root().join(folder).join(path).exists()
            {
                faults.push(format!("{}: no file `{path}`", file.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn each_reason_of_the_guard_is_explained_and_has_a_way_out() {
    let guard = read(Path::new("src/guard/guard.js"));
    // What `refuse` and `tell` get beside a URL: the texts up to the end of the call.
    let calls = guard.split("refuse(").chain(guard.split("tell(")).skip(1);
    let reasons: std::collections::BTreeSet<&str> = calls
        .filter_map(|call| call.split_once(')'))
        .flat_map(|(call, _)| call.split('"').skip(1).step_by(2))
        .filter(|text| text.starts_with(|first: char| first.is_ascii_lowercase()))
        .collect();
    assert!(reasons.len() >= 10, "{reasons:?}");
    for (file, mark) in [("src/guard/mod.rs", "//! |"), ("docs/integrity.md", "|")] {
        let text = read(Path::new(file));
        let rows: Vec<&str> = text.lines().filter(|line| line.starts_with(mark)).collect();
        for reason in &reasons {
            let reason = format!("`{}", reason.trim_end());
            assert!(
                rows.iter().any(|row| row.contains(&reason)),
                "{file} has no row for {reason}`"
            );
        }
    }
}
