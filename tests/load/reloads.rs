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
    let verified = all
        .each_ref()
        .map(|(version, pins)| pins.verify(fixture(version)).unwrap());
    let assets = PinnedAssets::new(&verified[0]).unwrap();
    let reload = |times: usize| {
        for turn in 0..times {
            assets.reload(&verified[(turn + 1) % 2]).unwrap();
        }
        live()
    };
    let before = reload(100);
    let after = reload(10_000);
    // Not a byte a reload: the same files again take what they took.
    assert!(
        after <= before + 4096,
        "{before} bytes were live, now {after}"
    );
}

#[test]
fn reloads_of_a_whole_site_keep_nothing() {
    let _alone = alone();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let versions = runtime.block_on(Versions::new());
    let reload = |times: usize| {
        for turn in 0..times {
            versions.move_to((turn + 1) % 2);
        }
        live()
    };
    let before = reload(4);
    let after = reload(100);
    assert!(
        after <= before + 4096,
        "{before} bytes were live, now {after}"
    );
}
