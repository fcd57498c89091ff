//! What other programs make of odd archives: `cargo test --test archives`, and not part of
//! `cargo test`, because npm fetches its archive reader for it, once.
//!
//! Each archive that is read here has to come out the same, file by file, in npm's reader (the
//! package `tar`, in the releases of npm 11 and of npm 10) and in GNU tar. What any of them reads
//! in another way has to be refused. npm, node or GNU tar missing fails the test; `TOWER_VISOR_SKIP=npm`
//! leaves it out, and says so.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used)]

#[path = "../it/pins/tarball/archive.rs"]
mod archive;
mod odd;
mod readers;

use std::collections::BTreeMap;
use std::io::Write as _;

use tower_visor::pins::sources::Tarball;
use tower_visor::sri::{Algorithm, Digest};

/// The files of a package by their paths.
type Files = BTreeMap<String, Digest>;

#[test]
fn other_readers_find_the_same_files() {
    if is_skipped("npm") {
        return;
    }
    let archives = odd::archives();
    let scratch = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let given = scratch.path().join("given");
    std::fs::create_dir(&given).unwrap();
    for (number, archive) in archives.iter().enumerate() {
        std::fs::write(given.join(format!("{number}.tgz")), &archive.bytes).unwrap();
    }
    let npm = readers::npm(&given, scratch.path());

    let mut faults = Vec::new();
    let mut taken = 0;
    let mut differently = 0;
    for (number, archive) in archives.iter().enumerate() {
        let ours = Tarball::observed(&archive.bytes).unpack(Algorithm::Sha384, |_, _| {});
        let Ok(ours) = ours else {
            let found: Vec<_> = npm.iter().map(|(_, found)| &found[number]).collect();
            differently += usize::from(!found.windows(2).all(|pair| pair[0] == pair[1]));
            if archive.honest {
                faults.push(format!("{}: refused: {}", archive.what, ours.unwrap_err()));
            }
            continue;
        };
        taken += 1;
        let ours: Files = ours.files.into_iter().map(|f| (f.path, f.digest)).collect();
        let gnu = readers::gnu(&given.join(format!("{number}.tgz")), scratch.path());
        let others = npm.iter().map(|(reader, found)| (*reader, &found[number]));
        for (reader, found) in others.chain([("GNU tar", &gnu)]) {
            if found.as_ref() != Ok(&ours) {
                faults.push(format!(
                    "{}: {reader} finds {found:?}, ours {ours:?}",
                    archive.what
                ));
            }
        }
    }
    let all = archives.len();
    assert!(
        faults.is_empty(),
        "{} of {all}:\n{}",
        faults.len(),
        faults.join("\n")
    );
    // Neither all nor nothing is taken, and the readers aren't all the same.
    let _ = writeln!(
        std::io::stderr(),
        "{all} archives: {taken} taken, and of those refused {differently} are read in two ways by two releases of npm's reader"
    );
    assert!(taken >= 50 && all - taken >= 300, "{taken} of {all} taken");
}

/// The harness itself: it sees a file that a folder's size hides from some.
#[test]
fn a_hidden_file_is_seen() {
    if is_skipped("npm") {
        return;
    }
    let scratch = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let given = scratch.path().join("given");
    std::fs::create_dir(&given).unwrap();
    let bytes = odd::hidden(b'5');
    std::fs::write(given.join("0.tgz"), &bytes).unwrap();
    let gnu = readers::gnu(&given.join("0.tgz"), scratch.path());
    let npm = readers::npm(&given, scratch.path());
    for (reader, found) in npm
        .iter()
        .map(|(reader, found)| (*reader, &found[0]))
        .chain([("GNU tar", &gnu)])
    {
        let found = found.as_ref().expect(reader);
        assert!(found.contains_key("hidden.js"), "{reader}: {found:?}");
    }
    let ours = Tarball::observed(&bytes).unpack(Algorithm::Sha384, |_, _| {});
    assert!(ours.is_err());
}

/// Whether the environment says to leave out the tests that need a program; then it says so, too.
fn is_skipped(program: &str) -> bool {
    let skip = std::env::var("TOWER_VISOR_SKIP").unwrap_or_default();
    let is_skipped = skip.split(',').any(|name| name.trim() == program);
    if is_skipped {
        // Not `eprintln!`: the test harness would keep it to itself.
        let _ = writeln!(
            std::io::stderr(),
            "NOT RUN: other readers of archives: TOWER_VISOR_SKIP names {program}"
        );
    }
    is_skipped
}
