//! Checking the whole SDK against its pins, next to `sha384sum` and npm's `ssri`.
//!
//! All of them read the same tree, of the real SDK's shape (85 files, 9.5 MB), with the page cache
//! warm, in turns within one run; look at the ratios, not at the milliseconds. A peer that is not
//! on this machine is named as not measured.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use tower_visor::pins::Pins;
use tower_visor::sri::{Algorithm, Digest};
use tower_visor_benches::tree;

use crate::rounds::{ROUNDS, median};

pub(crate) fn compare() {
    let folder = tempfile::TempDir::new().unwrap();
    let node = tempfile::TempDir::new().unwrap();
    let files = tree::build(folder.path());
    let bytes: u64 = files
        .iter()
        .map(|file| file.metadata().unwrap().len())
        .sum();
    let pins = Pins::scan(folder.path()).unwrap_or_else(|errors| panic!("{errors:?}"));
    assert_eq!(pins.files().len(), files.len());

    let list: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    let mut peers: Vec<Peer<'_>> = vec![
        (
            "verify, all cores",
            Box::new(|| drop(pins.verify(folder.path()).expect("nothing changed"))),
        ),
        (
            "scan, all cores",
            Box::new(|| drop(Pins::scan(folder.path()).expect("a complete tree"))),
        ),
        (
            "one file after the other",
            Box::new(|| {
                for file in &list {
                    Digest::of_file(Algorithm::Sha384, file).unwrap();
                }
            }),
        ),
    ];
    let mut missing = Vec::new();
    if runs(Command::new("sha384sum").arg("--version")) {
        peers.push(("sha384sum (process)", Box::new(|| sha384sum(&list))));
    } else {
        missing.push("sha384sum: not on this machine");
    }
    if prepare_ssri(node.path()) {
        peers.push((
            "npm's ssri (process)",
            Box::new(|| ssri(node.path(), &list)),
        ));
    } else {
        missing.push("npm's ssri: needs node and npm");
    }

    let mut times = vec![Vec::new(); peers.len()];
    for round in 0..ROUNDS {
        // Another one begins each round, so that none always runs after the same one.
        for turn in 0..peers.len() {
            let index = (round + turn) % peers.len();
            let start = Instant::now();
            (peers[index].1)();
            times[index].push(start.elapsed().as_secs_f64() * 1000.0);
        }
    }

    println!(
        "{} files, {bytes} bytes, SHA-384, {ROUNDS} rounds, {} cores",
        files.len(),
        cores()
    );
    println!("{:28} {:>10} {:>10}", "", "median ms", "ratio");
    for (index, (name, _)) in peers.iter().enumerate() {
        // The ratio is formed within each round: a slow moment slows both.
        let ratios = times[index]
            .iter()
            .zip(&times[0])
            .map(|(peer, own)| own / peer);
        println!(
            "{name:28} {:>10.1} {:>10.2}",
            median(times[index].clone()),
            median(ratios.collect())
        );
    }
    println!("ratio: the first line's time over this line's");
    for line in missing {
        println!("NOT MEASURED: {line}");
    }
}

/// What is measured: its name, and one pass over the tree.
type Peer<'a> = (&'a str, Box<dyn FnMut() + 'a>);

fn sha384sum(files: &[&Path]) {
    let status = Command::new("sha384sum")
        .args(files)
        .stdout(Stdio::null())
        .status();
    assert!(status.unwrap().success());
}

/// npm carries ssri with it, wherever npm lies.
const SSRI: &str = r#"
const fs = require("fs"), path = require("path");
const { execSync } = require("child_process");
const known = ["/usr/share/nodejs", "/usr/lib/node_modules/npm/node_modules"];
const root = known.find((root) => fs.existsSync(path.join(root, "ssri")))
  ?? path.join(execSync("npm root -g").toString().trim(), "npm/node_modules");
const ssri = require(path.join(root, "ssri"));
for (const file of process.argv.slice(2)) {
  ssri.fromData(fs.readFileSync(file), { algorithms: ["sha384"] }).toString();
}
"#;

/// Writes the peer's program; false where it doesn't run.
fn prepare_ssri(folder: &Path) -> bool {
    std::fs::write(folder.join("hash.cjs"), SSRI).unwrap();
    runs(Command::new("node").arg("hash.cjs").current_dir(folder))
}

fn ssri(folder: &Path, files: &[&Path]) {
    let status = Command::new("node")
        .arg("hash.cjs")
        .args(files)
        .current_dir(folder)
        .status();
    assert!(status.unwrap().success());
}

fn runs(command: &mut Command) -> bool {
    let command = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
