//! Takes the pins that the build script has verified, and verifies the files again at start.

use std::process::ExitCode;

use tower_visor::pins::Pins;

mod pinned {
    include!(concat!(env!("OUT_DIR"), "/visor_pins.rs"));
}

fn main() -> ExitCode {
    let pins = match Pins::from_json(pinned::LOCK) {
        Ok(pins) => pins,
        Err(errors) => return fail(&errors),
    };
    println!("built for version {} of the SDK:", pinned::VERSION);
    for file in pinned::FILES {
        println!("  {} {} ({} bytes)", file.integrity, file.url, file.bytes);
    }
    // A server reads its files long after it was built.
    match pins.verify("../../fixtures/sdk/1.5.0") {
        Ok(verified) => {
            println!("{} files verified", verified.files().count());
            ExitCode::SUCCESS
        }
        Err(differences) => fail(&differences),
    }
}

fn fail<E: std::fmt::Display>(errors: &[E]) -> ExitCode {
    for error in errors {
        eprintln!("{error}");
    }
    ExitCode::FAILURE
}
