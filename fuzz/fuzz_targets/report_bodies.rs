#![no_main]

libfuzzer_sys::fuzz_target!(
    init: tower_visor_fuzz::write_seeds("report_bodies"),
    |data: &[u8]| tower_visor_fuzz::report_bodies::run(data)
);
