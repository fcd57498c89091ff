//! Guarded pages: what is written into them, what is refused, and the policy that comes with them.

mod compile;
mod faults;
mod guard;
mod serve;

use tower_visor::app::AppFiles;
use tower_visor::errors::Errors;
use tower_visor::page::{Page, PageError};
use tower_visor::pins::{Pins, Scan};
use tower_visor::policy::{Document, LivenessPage, Policy, Resource};
use tower_visor::sdk::Endpoint;

const ORIGIN: &str = "https://liveness.contoso.example";

fn folder(version: &str) -> String {
    format!("{}/fixtures/sdk/{version}", env!("CARGO_MANIFEST_DIR"))
}

fn pins(base: &str) -> Pins {
    Scan::new(folder("1.5.0")).served_at(base).run().unwrap()
}

fn app() -> AppFiles {
    AppFiles::new()
        .file("/app.js", "import './words.js'")
        .unwrap()
        .file("/words.js", "export {}")
        .unwrap()
        .file("/app.css", "p { margin: 0 }")
        .unwrap()
}

fn document() -> Document {
    Document::new(ORIGIN)
        .unwrap()
        .loads(Resource::Script, "/app.js")
        .unwrap()
        .loads(Resource::Style, "/app.css")
        .unwrap()
        .loads(Resource::Connect, "/api/session")
        .unwrap()
}

fn policy(document: Document, pins: &Pins) -> Policy {
    let endpoint = Endpoint::resource("contoso").unwrap();
    Policy::strict(LivenessPage::pinned(document, pins, endpoint))
}

fn compile(html: &str) -> Result<Page, Errors<PageError>> {
    let pins = pins("/");
    let verified = pins.verify(folder("1.5.0")).unwrap();
    Page::builder(html)
        .app_files(app())
        .compile(&verified, &policy(document(), &pins))
}

fn faults(html: &str) -> Vec<String> {
    let faults = compile(html).unwrap_err();
    faults.iter().map(ToString::to_string).collect()
}
