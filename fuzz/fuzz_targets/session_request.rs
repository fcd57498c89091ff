#![no_main]

libfuzzer_sys::fuzz_target!(
    init: tower_visor_fuzz::write_seeds("session_request"),
    |data: &[u8]| tower_visor_fuzz::session_request::run(data)
);
