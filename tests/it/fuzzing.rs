//! The fuzz targets on a stable compiler: on their seeds, on inputs that once found a fault, and on
//! changes of both. `scripts/fuzz` runs the same functions with libFuzzer.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};

use crate::fuzz::{TARGETS, Target};

/// Texts that mean something to one of the parsers; libFuzzer is given the same.
const DICTIONARY: &str = include_str!("../../fuzz/words.dict");

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

/// The words of the dictionary, unescaped.
fn words() -> Vec<Vec<u8>> {
    let lines = DICTIONARY.lines().filter(|line| line.starts_with('"'));
    let words: Vec<Vec<u8>> = lines
        .map(|line| {
            let inner = line
                .strip_prefix('"')
                .and_then(|line| line.strip_suffix('"'));
            let word = inner.unwrap_or_else(|| panic!("no word: {line}"));
            word.replace("\\\"", "\"")
                .replace("\\\\", "\\")
                .into_bytes()
        })
        .collect();
    assert!(words.len() > 50);
    words
}

/// What once found a fault: files in `fuzz/found/NAME`.
fn found(target: &Target) -> Vec<Vec<u8>> {
    let Ok(entries) = fs::read_dir(folder().join("found").join(target.name)) else {
        return Vec::new();
    };
    entries
        .map(|entry| fs::read(entry.unwrap().path()).unwrap())
        .collect()
}

/// One change of an input.
#[derive(Clone, Debug)]
enum Change {
    Put(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, Index),
    Repeat(Index, Index),
    /// The rest of another input, from somewhere on.
    Splice(Index, Index, Index),
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<Index>;
    prop_oneof![
        2 => (at(), any::<u8>()).prop_map(|(place, byte)| Change::Put(place, byte)),
        4 => (at(), prop::sample::select(words())).prop_map(|(place, word)| Change::Insert(place, word)),
        2 => (at(), at()).prop_map(|(from, to)| Change::Remove(from, to)),
        1 => (at(), at()).prop_map(|(from, to)| Change::Repeat(from, to)),
        1 => (at(), at(), at()).prop_map(|(place, which, from)| Change::Splice(place, which, from)),
    ]
}

impl Change {
    fn apply(&self, input: &mut Vec<u8>, all: &[Vec<u8>]) {
        let place = |index: &Index, bytes: &[u8]| index.index(bytes.len() + 1);
        let range = |a: &Index, b: &Index, bytes: &[u8]| {
            let (a, b) = (place(a, bytes), place(b, bytes));
            // Short ones mostly: what is left shall still mean something.
            a.min(b)..a.max(b).min(a.min(b) + 64)
        };
        match self {
            Self::Put(at, byte) if !input.is_empty() => {
                let at = at.index(input.len());
                input[at] = *byte;
            }
            Self::Put(..) => {}
            Self::Insert(at, word) => {
                let at = place(at, input);
                input.splice(at..at, word.iter().copied());
            }
            Self::Remove(from, to) => drop(input.drain(range(from, to, input))),
            Self::Repeat(from, to) => {
                let range = range(from, to, input);
                let again = input[range.clone()].to_vec();
                input.splice(range.end..range.end, again);
            }
            Self::Splice(at, which, from) => {
                let other = &all[which.index(all.len())];
                input.truncate(place(at, input));
                input.extend_from_slice(&other[place(from, other)..]);
            }
        }
    }
}

/// Runs a target and names it, with the input, where it panics.
fn holds(target: &Target, input: &[u8]) {
    let result = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    assert!(
        result.is_ok(),
        "{}: see above; the input was {:?}",
        target.name,
        String::from_utf8_lossy(input)
    );
}

#[test]
fn every_target_holds_for_its_seeds_and_for_what_was_found() {
    for target in TARGETS {
        let seeds = (target.seeds)();
        assert!(!seeds.is_empty(), "{}", target.name);
        for input in seeds.iter().chain(&found(target)) {
            holds(target, input);
        }
        holds(target, &[]);
    }
}

#[test]
fn every_target_holds_for_changed_inputs() {
    for target in TARGETS {
        let mut inputs = (target.seeds)();
        inputs.extend(found(target));
        // Each of them writes a folder of files.
        let cases = if target.name == "tree" { 24 } else { 256 };
        let mut runner = TestRunner::new(Config {
            cases,
            failure_persistence: None,
            ..Config::default()
        });
        let strategy = (any::<Index>(), prop::collection::vec(change(), 1..8));
        let result = runner.run(&strategy, |(which, changes)| {
            let mut input = inputs[which.index(inputs.len())].clone();
            for change in changes {
                change.apply(&mut input, &inputs);
            }
            holds(target, &input);
            Ok(())
        });
        if let Err(error) = result {
            panic!("{}: {error}", target.name);
        }
    }
}

#[test]
#[cfg(all(
    feature = "audit",
    feature = "html-stream",
    feature = "npm-signatures",
    feature = "page",
    feature = "pin",
    feature = "serde",
    feature = "session",
    feature = "waict"
))]
fn every_target_has_its_program() {
    let manifest = fs::read_to_string(folder().join("Cargo.toml")).unwrap();
    for target in TARGETS {
        let name = target.name;
        let program = fs::read_to_string(folder().join(format!("fuzz_targets/{name}.rs"))).unwrap();
        let call = format!("tower_visor_fuzz::{name}::run(data)");
        assert!(program.contains(&call), "{name}");
        assert!(
            program.contains(&format!("write_seeds(\"{name}\")")),
            "{name}"
        );
        assert!(
            manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")),
            "{name}"
        );
    }
    let programs = fs::read_dir(folder().join("fuzz_targets")).unwrap().count();
    assert_eq!(programs, TARGETS.len());
    assert_eq!(manifest.matches("[[bin]]").count(), TARGETS.len());
    assert!(TARGETS.is_sorted_by_key(|target| target.name));
    for entry in fs::read_dir(folder().join("found")).into_iter().flatten() {
        let name = entry.unwrap().file_name();
        assert!(TARGETS.iter().any(|target| name == target.name), "{name:?}");
    }
}
