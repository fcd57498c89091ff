#![no_main]

libfuzzer_sys::fuzz_target!(
    init: tower_visor_fuzz::write_seeds("published"),
    |data: &[u8]| tower_visor_fuzz::published::run(data)
);
