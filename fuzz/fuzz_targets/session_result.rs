#![no_main]

libfuzzer_sys::fuzz_target!(
    init: tower_visor_fuzz::write_seeds("session_result"),
    |data: &[u8]| tower_visor_fuzz::session_result::run(data)
);
