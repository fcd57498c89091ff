//! Thousands of reloads: nothing is kept of the old ones.

use std::path::Path;

use tower_visor::assets::PinnedAssets;
use tower_visor::pins::Pins;

use crate::alone;
use crate::memory::live;
use crate::site::Versions;

fn fixture(version: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/sdk")
        .join(version)
}

#[test]
fn ten_thousand_reloads_of_the_files_keep_nothing() {
    let _alone = alone();
    let all = ["1.4.8", "1.5.0"].map(|version| (version, Pins::scan(fixture(version)).unwrap()));
    let first = all[0].1.verify(fixture(all[0].0)).unwrap();
    let assets = PinnedAssets::new(&first).unwrap();
    drop(first);
    // As a server does it: from the disk each time.
    keeps_nothing(10_000, |turn| {
        let (version, pins) = &all[(turn + 1) % 2];
        let verified = pins.verify(fixture(version)).unwrap();
        assets.reload(&verified).unwrap();
    });
}

#[test]
fn reloads_of_a_whole_site_keep_nothing() {
    let _alone = alone();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let versions = runtime.block_on(Versions::new());
    // Fewer, because each also reads the lock file and compiles pages and policies.
    keeps_nothing(1_000, |turn| versions.move_to((turn + 1) % 2));
}

/// Not a byte a reload: the same files again take what they took.
fn keeps_nothing(times: usize, reload: impl Fn(usize)) {
    (0..20).for_each(&reload);
    let before = live();
    (0..times).for_each(&reload);
    let after = live();
    assert!(
        after <= before + 4096,
        "{before} bytes were live, now {after}"
    );
}
