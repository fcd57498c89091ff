//! What a server does before its first request.

use std::time::Instant;

use tower_visor::PinnedAssets;
use tower_visor::pins::Pins;
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
        "{} files, page cache warm, wall: pins loaded and every file checked {:.1} ms, and all \
         of them read, hashed again and ready to serve {:.1} ms",
        files.len(),
        median(checks),
        median(loads)
    );
}
