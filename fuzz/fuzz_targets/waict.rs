#![no_main]

libfuzzer_sys::fuzz_target!(
    init: tower_visor_fuzz::write_seeds("waict"),
    |data: &[u8]| tower_visor_fuzz::waict::run(data)
);
