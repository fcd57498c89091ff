#![no_main]

libfuzzer_sys::fuzz_target!(
    init: tower_visor_fuzz::write_seeds("html_stream"),
    |data: &[u8]| tower_visor_fuzz::html_stream::run(data)
);
