//! Whose types a user sees: the public API may name only these crates, because a new major
//! version of any of them breaks ours.
//!
//! rustdoc's JSON would tell exactly, and needs a nightly compiler. This reads the source: public
//! items, fields, variants and `impl` headers that name another dependency, by its path or by what
//! the file imports. It doesn't see through a type alias, a glob import or a macro.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use super::source::{Token, library, paths, root, tokens};

const ALLOWED: &[&str] = &[
    // The feature `axum` is there for its extractor trait.
    "axum_core",
    "bytes",
    "http",
    "http_body",
    "serde",
    "serde_core",
    "tower_layer",
    "tower_service",
];

/// The dependencies of users that the API may not name.
fn hidden() -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--locked"])
        .args(["--format-version", "1"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let packages = metadata["packages"].as_array().expect("packages").iter();
    let mut packages = packages.filter(|package| package["name"] == env!("CARGO_PKG_NAME"));
    let library = packages.next().expect("this package");
    let dependencies = library["dependencies"].as_array();
    dependencies
        .expect("this package has dependencies")
        .iter()
        .filter(|dependency| dependency["kind"].is_null())
        .filter_map(|dependency| {
            dependency["rename"]
                .as_str()
                .or(dependency["name"].as_str())
        })
        .map(|name| name.replace('-', "_"))
        .filter(|name| !ALLOWED.contains(&name.as_str()))
        .collect()
}

/// The names that `use` lines bring in from hidden crates.
fn imported(tokens: &[Token<'_>], hidden: &BTreeSet<String>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for statement in tokens.split(|token| token.text == ";") {
        let Some(start) = statement.iter().position(|token| token.text == "use") else {
            continue;
        };
        let statement = &statement[start + 1..];
        for path in paths(statement) {
            let text = |at: usize| statement.get(at).map(|token| token.text);
            let name = match text(path.end + 1) {
                Some("as") => text(path.end + 2),
                _ => path.steps.last().map(String::as_str),
            };
            if path.steps.len() > 1 && hidden.contains(&path.steps[0]) && name != Some("_") {
                names.extend(name.map(str::to_owned));
            }
        }
    }
    names
}

/// Where the public item, field or `impl` header that begins at `start` ends: before its body,
/// or after it for enums and traits, whose insides are as public as they are.
fn end_of_public(tokens: &[Token<'_>], start: usize) -> usize {
    let is = |kinds: &[&str]| {
        let mut first = tokens[start..].iter().take(2);
        first.any(|token| kinds.contains(&token.text))
    };
    let (body, fields) = (is(&["enum", "trait"]), is(&["struct"]));
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        match token.text {
            "{" if !body => return at,
            // The public fields of a struct are found by their own `pub`.
            "(" if fields => return at,
            ">" if tokens[at - 1].text == "-" => {}
            "(" | "[" | "<" | "{" => depth += 1,
            ")" | "]" | ">" | "}" | ";" | "," | "=" if depth == 0 => return at,
            "}" if depth == 1 => return at,
            ")" | "]" | ">" | "}" => depth -= 1,
            _ => {}
        }
    }
    tokens.len()
}

/// Whether an `impl` header is that of a type which the same file declares, and not as `pub`.
fn is_for_private(header: &[Token<'_>], tokens: &[Token<'_>]) -> bool {
    let start = header.iter().position(|token| token.text == "for");
    let Some(path) = paths(&header[start.map_or(0, |at| at + 1)..])
        .into_iter()
        .next()
    else {
        return false;
    };
    tokens.windows(3).any(|three| {
        ["struct", "enum"].contains(&three[1].text)
            && path.steps.last().is_some_and(|name| name == three[2].text)
            && three[0].text != "pub"
    })
}

/// The public places that name a hidden crate.
fn leaks(code: &str, hidden: &BTreeSet<String>) -> BTreeSet<(usize, String)> {
    let tokens = tokens(code);
    let imported = imported(&tokens, hidden);
    let mut leaks = BTreeSet::new();
    for (at, token) in tokens.iter().enumerate() {
        let next = tokens.get(at + 1).map_or("", |next| next.text);
        let public = token.text == "pub" && next != "(" && next != "mod";
        // `impl Trait` in a signature belongs to that signature.
        let header = token.text == "impl"
            && at
                .checked_sub(1)
                .is_none_or(|before| ["}", ";", "]", "{"].contains(&tokens[before].text));
        if !public && !header {
            continue;
        }
        let place = &tokens[at..end_of_public(&tokens, at)];
        if header && is_for_private(place, &tokens) {
            continue;
        }
        for path in paths(place) {
            let first = &path.steps[0];
            if hidden.contains(first) || imported.contains(first) {
                leaks.insert((path.line, path.steps.join("::")));
            }
        }
    }
    leaks
}

#[test]
fn the_public_api_names_few_other_crates() {
    let hidden = hidden();
    assert!(hidden.contains("sha2"), "{hidden:?}");
    let leaks: Vec<String> = library()
        .iter()
        .flat_map(|(file, code)| {
            let leaks = leaks(code, &hidden).into_iter();
            leaks
                .map(|(line, path)| format!("{}:{line}: `{path}`", file.display()))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(
        leaks.is_empty(),
        "only {ALLOWED:?} may be seen:\n{}",
        leaks.join("\n")
    );
}

#[test]
fn a_leak_is_found_wherever_it_is() {
    let hidden = BTreeSet::from(["sha2".to_owned(), "sfv".to_owned()]);
    for code in [
        "pub fn f(a: u8) -> Result<u8, sfv::Error> {}",
        "use sfv::{Error, Item}; impl A { pub const fn f(a: &Item) {} }",
        "use sfv::Error as Fault; pub struct A { b: u8, pub c: Fault }",
        "pub enum A { B(u8), C { d: sfv::Error } }",
        "pub trait A { fn b(c: sha2::Sha256); }",
        "pub struct A; impl From<sfv::Error> for A {}",
        "pub use sha2::Sha256;",
        "pub type A = u8; pub struct B(pub sha2::Sha256);",
    ] {
        assert_eq!(leaks(code, &hidden).len(), 1, "{code}");
    }
    for code in [
        "use sha2::Digest as _; pub fn f() -> Digest { sha2::Sha256::new() }",
        "pub struct A { pub b: u8, c: sha2::Sha256 }",
        "pub(crate) fn f(a: sfv::Item) {} /// [`sfv::Item`]",
        "pub struct A(sha2::Sha256); fn g(a: sfv::Item) {}",
        "use sfv::Item; struct A; pub(super) struct B; impl Item for A {} impl Item for B {}",
    ] {
        assert_eq!(leaks(code, &hidden), BTreeSet::new(), "{code}");
    }
}
