//! Names that people type: one type, one name.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::source::{before_tests, library, tokens};

/// What is wrong with the names of the public types in these files.
fn duplicates(files: &[(PathBuf, String)]) -> Vec<String> {
    let mut places = BTreeMap::<String, Vec<String>>::new();
    for (file, code) in files {
        let tokens = tokens(before_tests(code));
        for window in tokens.windows(3) {
            let [public, kind, name] = window else {
                continue;
            };
            let is_type = ["struct", "enum", "trait", "type", "union"].contains(&kind.text);
            // A macro's `$name` has its names where it is called.
            if public.text == "pub" && is_type && name.text != "$" {
                let place = format!("{}:{}", file.display(), name.line);
                places.entry(name.text.to_owned()).or_default().push(place);
            }
        }
    }
    places
        .into_iter()
        .filter(|(_, places)| places.len() > 1)
        .map(|(name, places)| format!("`{name}` is two types: {}", places.join(", ")))
        .collect()
}

#[test]
fn no_two_public_types_have_one_name() {
    assert_eq!(duplicates(&library()), Vec::<String>::new());
}

#[test]
fn a_second_type_of_a_name_is_found() {
    let files = |first: &str, second: &str| {
        [("src/a.rs", first), ("src/b.rs", second)]
            .map(|(file, code)| (PathBuf::from(file), code.to_owned()))
    };
    for (first, second) in [
        ("pub struct Same;", "pub enum Same {}"),
        ("pub struct Same;\npub type Same = u8;", ""),
    ] {
        assert_eq!(
            duplicates(&files(first, second)).len(),
            1,
            "{first} {second}"
        );
    }
    for (first, second) in [
        (
            "pub struct Same;",
            "pub use super::a::Same; pub fn f() -> Same {}",
        ),
        ("pub struct Same;", "pub(crate) struct Same; struct Other;"),
        ("pub struct Same;", "// pub struct Same;\n"),
        ("pub struct $name;", "pub struct $name;"),
    ] {
        assert_eq!(duplicates(&files(first, second)), Vec::<String>::new());
    }
    assert_eq!(
        duplicates(&files("pub struct Same;", "\npub trait Same {}")),
        ["`Same` is two types: src/a.rs:1, src/b.rs:2"]
    );
}
