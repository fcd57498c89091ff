#![no_main]

libfuzzer_sys::fuzz_target!(
    init: tower_visor_fuzz::write_seeds("session_token"),
    |data: &[u8]| tower_visor_fuzz::session_token::run(data)
);
