//! What a server does before its first request.

use std::path::Path;
use std::time::Instant;

use tower_visor::pins::Pins;
use tower_visor::policy::Document;
use tower_visor::sdk::Endpoint;
use tower_visor::{PinnedAssets, Site};
use tower_visor_benches::tree;

use crate::rounds::{ROUNDS, median};

pub(crate) fn compare() {
    let folder = tempfile::TempDir::new().unwrap();
    let files = tree::build(folder.path());
    let lock = folder.path().join("visor-lock.json");
    Pins::scan(folder.path()).unwrap().save(&lock).unwrap();
    let (mut checks, mut loads) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let pins = Pins::load(&lock).unwrap();
        let verified = pins.verify(folder.path()).unwrap();
        checks.push(start.elapsed().as_secs_f64() * 1000.0);
        let assets = PinnedAssets::new(&verified).unwrap();
        loads.push(start.elapsed().as_secs_f64() * 1000.0);
        drop(assets);
    }
    println!(
        "{} files, page cache warm, wall: pins loaded and every file read and checked {:.1} ms, \
         and all of them ready to serve {:.1} ms",
        files.len(),
        median(checks),
        median(loads)
    );
    site(&lock, folder.path());
}

/// The same with a page: what a program that uses `Site` waits for.
fn site(lock: &Path, sdk: &Path) {
    let app = tempfile::TempDir::new().unwrap();
    let page = "<!doctype html><title>t</title><script type=module src=/app.js></script>";
    std::fs::write(app.path().join("index.html"), page).unwrap();
    let script = "import './FaceLivenessDetector.js'";
    std::fs::write(app.path().join("app.js"), script).unwrap();
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let document = Document::new("https://liveness.contoso.example").unwrap();
        let endpoint = Endpoint::resource("contoso").unwrap();
        let site = Site::builder(sdk, lock).app(app.path());
        let site = site.load(document, endpoint).unwrap();
        times.push(start.elapsed().as_secs_f64() * 1000.0);
        drop(site);
    }
    println!("the same with a page, by `Site`: {:.1} ms", median(times));
}
