#![no_main]

libfuzzer_sys::fuzz_target!(
    init: tower_visor_fuzz::write_seeds("visor_lock"),
    |data: &[u8]| tower_visor_fuzz::visor_lock::run(data)
);
