//! A page that was compiled once against a page that is rewritten for each response.

use std::hint::black_box;

use lol_html::{RewriteStrSettings, element, rewrite_str};
use tower_visor::pins::Pins;
use tower_visor::sdk::Endpoint;
use tower_visor::{Document, LivenessPage, Page, Policy};
use tower_visor_benches::hot::{self, Call, Variant};

use crate::rounds::{self, median};

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/sdk/1.5.0");
const HTML: &str = "<!doctype html><html lang=en><title>Check</title>\
    <meta name=viewport content='width=device-width'>\
    <h1>Please look into the camera</h1><p>It takes a few seconds.</p>\
    <script type=module src=/FaceLivenessDetector.js></script>";

pub(crate) const VARIANTS: &[Variant] = &[
    ("page, `Page`", compiled),
    ("page, lol_html per request", rewritten),
];

pub(crate) fn compare() {
    let costs = rounds::measure(VARIANTS, 2_000);
    println!(
        "{:30} {:>8} {:>7} {:>13}",
        "a page of 0.2 KB", "ns", "allocs", "instructions"
    );
    for cost in &costs {
        let instructions = cost
            .instructions
            .map_or("-".to_owned(), |count| count.to_string());
        let time = median(cost.nanoseconds.clone());
        println!(
            "{:30} {time:>8.0} {:>7.0} {instructions:>13}",
            cost.name, cost.allocations
        );
    }
    let pairs = costs[0].nanoseconds.iter().zip(&costs[1].nanoseconds);
    println!(
        "ratio {:.2}",
        median(pairs.map(|(own, peer)| own / peer).collect())
    );
}

/// The whole response, headers included.
fn compiled() -> Call {
    let pins = Pins::scan(FIXTURE).unwrap();
    let verified = pins.verify(FIXTURE).unwrap();
    let document = Document::new("https://contoso.example").unwrap();
    let endpoint = Endpoint::resource("contoso").unwrap();
    let policy = Policy::strict(LivenessPage::pinned(document, &pins, endpoint));
    let page = Page::compile(HTML, &verified, &policy).unwrap();
    hot::calls(page, || hot::request("/", ()))
}

/// Only the body: integrity and a nonce on each script.
fn rewritten() -> Call {
    let pins = Pins::scan(FIXTURE).unwrap();
    let pin = pins.served("/FaceLivenessDetector.js").unwrap();
    let integrity = pin.digest().to_string();
    Box::new(move || {
        let settings = RewriteStrSettings::new().append_element_content_handler(element!(
            "script",
            |script| {
                script.set_attribute("integrity", &integrity)?;
                script.set_attribute("crossorigin", "anonymous")?;
                script.set_attribute("nonce", "AAAAAAAAAAAAAAAAAAAAAAAA")?;
                Ok(())
            }
        ));
        black_box(rewrite_str(HTML, settings).unwrap());
    })
}
