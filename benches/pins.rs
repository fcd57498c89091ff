//! How long it takes to verify the SDK: 85 files, 9.5 MB, beside `sha384sum` and npm's `ssri`.
//!
//! `cargo bench --bench pins`. All in one run, so that the ratios hold on any machine; what is not
//! installed is left out and said. The data is made up; its sizes are those of version 1.5.0.
#![allow(clippy::expect_used, clippy::print_stdout)] // it measures and tells

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tower_visor::pins::Pins;
use tower_visor::sri::{Algorithm, Digest};

const RUNS: usize = 31;
const ASSETS: &str = "facelivenessdetector-assets";

fn main() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let root = folder.path();
    let paths = fill(root);
    let total: u64 = paths
        .iter()
        .map(|path| fs::metadata(path).expect("a file").len())
        .sum();
    println!(
        "{} files, {total} bytes, page cache warm, median of {RUNS}\n",
        paths.len()
    );

    let pins = Pins::scan(root).expect("a complete tree");
    let sequential = measure(|| {
        for path in &paths {
            Digest::of_file(Algorithm::Sha384, path).expect("a file");
        }
    });
    let verify = measure(|| assert!(pins.verify(root).is_ok()));
    let scan = measure(|| assert!(Pins::scan(root).is_ok()));
    tell("one file after the other, one thread", sequential, verify);
    tell("Pins::verify", verify, verify);
    tell("Pins::scan", scan, verify);

    let sum = || {
        let mut command = Command::new("sha384sum");
        command.args(&paths).stdout(Stdio::null());
        command
    };
    process("sha384sum, whole process", sum, verify);

    let script = root.join("ssri.cjs");
    fs::write(&script, SSRI).expect("a script");
    let list: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
    let node = || {
        let mut command = Command::new("node");
        command
            .arg(&script)
            .args(&list)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    };
    process("npm's ssri in node, whole process", node, verify);
}

/// npm carries ssri with it, wherever npm lies.
const SSRI: &str = r#"
const { execSync } = require("child_process");
const path = require("path");
const fs = require("fs");
const find = () => {
  for (const root of ["/usr/share/nodejs", "/usr/lib/node_modules/npm/node_modules",
    "/usr/local/lib/node_modules/npm/node_modules"]) {
    if (fs.existsSync(path.join(root, "ssri"))) return path.join(root, "ssri");
  }
  const root = execSync("npm root -g").toString().trim();
  return path.join(root, "npm/node_modules/ssri");
};
const ssri = require(find());
for (const file of process.argv.slice(2)) {
  ssri.fromData(fs.readFileSync(file), { algorithms: ["sha384"] }).toString();
}
"#;

/// Files of the sizes of 1.5.0: the component, two engines, two wasm, 75 languages, 5 pictures.
fn fill(root: &Path) -> Vec<PathBuf> {
    let mut files = vec![
        ("FaceLivenessDetector.js".to_owned(), 24_604),
        (format!("{ASSETS}/js/AzureAIVisionFace.js"), 149_366),
        (format!("{ASSETS}/js/AzureAIVisionFace_SIMD.js"), 149_873),
        (format!("{ASSETS}/js/AzureAIVisionFace.wasm"), 4_365_378),
        (
            format!("{ASSETS}/js/AzureAIVisionFace_SIMD.wasm"),
            4_455_257,
        ),
        (format!("{ASSETS}/i18n/en.json"), 4_600),
    ];
    files.extend((0..74).map(|n| (format!("{ASSETS}/i18n/l-{n}/en.json"), 4_600)));
    files.extend((0..5).map(|n| (format!("{ASSETS}/images/picture-{n}.svg"), 7_400)));
    let mut state = 1_u64;
    files
        .into_iter()
        .map(|(name, length)| {
            let mut bytes: Vec<u8> = Vec::with_capacity(length);
            if name.ends_with("Detector.js") {
                bytes.extend_from_slice(b"const clientSDKversion = \"1.5.0\";\n");
            }
            while bytes.len() < length {
                // Knuth's linear congruential generator: cheap, and no file is like another.
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                bytes.push(state.to_be_bytes()[0]);
            }
            let path = root.join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(&path, bytes).expect("a file");
            path
        })
        .collect()
}

fn measure(mut work: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .collect();
    times.sort();
    times[RUNS / 2]
}

fn process(name: &str, command: impl Fn() -> Command, verify: Duration) {
    match command().status() {
        Ok(status) if status.success() => {
            let time = measure(|| {
                assert!(command().status().expect("it ran before").success());
            });
            tell(name, time, verify);
        }
        _ => println!("{name:<40} not measured: it is not installed"),
    }
}

fn tell(name: &str, time: Duration, verify: Duration) {
    let milliseconds = time.as_secs_f64() * 1000.0;
    let ratio = time.as_secs_f64() / verify.as_secs_f64();
    println!("{name:<40} {milliseconds:>7.2} ms  {ratio:>5.2} x");
}
