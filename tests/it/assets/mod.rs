//! `PinnedAssets` over real sockets: what is answered, and that nothing but pinned bytes is.

mod app;
#[cfg(feature = "compress")]
mod compressing;
mod conditions;
mod one_piece;
mod paths;
#[cfg(feature = "compress")]
pub(crate) mod precompressed;
mod properties;
mod reload;
mod responses;
mod routers;

use tower_visor::assets::PinnedAssets;

use crate::support::pins;
use crate::support::tree::{ASSETS, COMPONENT, Tree, fixture, messages};

/// The stand-in SDK, served under a base.
fn assets(base: &str) -> PinnedAssets {
    let pins = pins(base);
    let verified = pins.verify(fixture("1.5.0")).unwrap();
    PinnedAssets::new(&verified).unwrap()
}

fn wasm() -> String {
    format!("{ASSETS}/js/AzureAIVisionFace.wasm")
}

/// The bytes of a file of the stand-in, from the disk.
fn original(path: &str) -> Vec<u8> {
    let tree = Tree::vendored("1.5.0");
    std::fs::read(tree.join(path)).unwrap()
}
