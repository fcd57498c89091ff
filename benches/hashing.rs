//! Checking the whole SDK against its pins, next to `sha384sum` and npm's `ssri`.
//!
//! ```text
//! cargo bench --bench hashing
//! ```
//!
//! All of them read the same tree, of the real SDK's shape (85 files, 9.5 MB), with the page cache
//! warm, in turns within one run; look at the ratios, not at the milliseconds. A peer that is not
//! on this machine is named as not measured.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_precision_loss
)] // it is a program, and stops where its surroundings are not what it needs

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use tower_visor::pins::Pins;
use tower_visor::sri::{Algorithm, Digest};

const ROUNDS: usize = 21;
const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.5.0");

/// Sizes of the files of 1.5.0 that carry the weight, in bytes.
const COMPONENT: usize = 24_604;
const ENGINE: [usize; 2] = [149_366, 149_873];
const WASM: [usize; 2] = [4_365_378, 4_455_257];
/// So that there are 85 files, as in 1.5.0.
const LOCALES: usize = 74;

fn main() {
    let folder = tempfile::TempDir::new().unwrap();
    let node = tempfile::TempDir::new().unwrap();
    let files = build_tree(folder.path());
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

/// The stand-in, its files filled up to the sizes of the real ones, and as many languages.
fn build_tree(root: &Path) -> Vec<PathBuf> {
    let component = Path::new("node_modules/@azure/ai-vision-face-ui");
    let package = Path::new("node_modules/@azure-ai-vision-face/ui-assets");
    let assets = package.join("facelivenessdetector-assets");
    let mut files = Vec::new();
    let write = |path: PathBuf, content: &[u8]| {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    };
    let read = |path: &Path| std::fs::read(Path::new(FIXTURE).join(path)).unwrap();
    for folder in [component, package] {
        let path = folder.join("package.json");
        write(path.clone(), &read(&path));
    }
    let script = component.join("FaceLivenessDetector.js");
    files.push(write(
        script.clone(),
        &filled(read(&script), COMPONENT, b' '),
    ));
    for (index, engine) in ["AzureAIVisionFace", "AzureAIVisionFace_SIMD"]
        .iter()
        .enumerate()
    {
        let script = assets.join(format!("js/{engine}.js"));
        files.push(write(
            script.clone(),
            &filled(read(&script), ENGINE[index], b' '),
        ));
        let wasm = assets.join(format!("js/{engine}.wasm"));
        files.push(write(wasm.clone(), &filled(read(&wasm), WASM[index], 0)));
    }
    let words = read(&assets.join("i18n/en.json"));
    files.push(write(assets.join("i18n/en.json"), &words));
    for index in 0..LOCALES {
        let letter = |n: usize| char::from(b'a' + u8::try_from(n).unwrap());
        let locale = format!("{}{}-AA", letter(index / 26), letter(index % 26));
        let path = assets.join(format!("i18n/{locale}/en.json"));
        files.push(write(path, &filled(words.clone(), 3000, b'\n')));
    }
    for image in std::fs::read_dir(Path::new(FIXTURE).join(assets.join("images"))).unwrap() {
        let path = assets.join("images").join(image.unwrap().file_name());
        files.push(write(path.clone(), &read(&path)));
    }
    files
}

fn filled(mut content: Vec<u8>, size: usize, with: u8) -> Vec<u8> {
    content.resize(size.max(content.len()), with);
    content
}

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

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
