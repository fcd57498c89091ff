#![no_main]

libfuzzer_sys::fuzz_target!(
    init: tower_visor_fuzz::write_seeds("npm_lock"),
    |data: &[u8]| tower_visor_fuzz::npm_lock::run(data)
);
