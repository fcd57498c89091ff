//! Takes the pins that the build script has verified, and verifies the files again at start.

use std::error::Error;

use tower_visor::pins::Pins;

mod pinned {
    include!(concat!(env!("OUT_DIR"), "/visor_pins.rs"));
}

fn main() -> Result<(), Box<dyn Error>> {
    let pins = Pins::from_json(pinned::LOCK)?;
    println!("built for version {} of the SDK:", pinned::VERSION);
    for file in pinned::FILES {
        println!("  {} {} ({} bytes)", file.integrity, file.url, file.bytes);
    }
    // A server reads its files long after it was built.
    let verified = pins.verify("../../fixtures/sdk/1.5.0")?;
    println!("{} files verified", verified.files().count());
    Ok(())
}
