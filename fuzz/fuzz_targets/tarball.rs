#![no_main]

libfuzzer_sys::fuzz_target!(
    init: tower_visor_fuzz::write_seeds("tarball"),
    |data: &[u8]| tower_visor_fuzz::tarball::run(data)
);
