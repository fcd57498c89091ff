//! Guarded pages: what is written into them, what is refused, and the policy that comes with them.

mod build_tools;
mod bundled;
mod cases;
mod compile;
mod faults;
mod guard;
mod imports;
mod listed;
mod loaded;
mod serve;
mod sheets;

use tower_visor::app::AppFiles;
use tower_visor::errors::Errors;
use tower_visor::page::{Page, PageError};

use crate::support::{document, pinned, pins, sdk};

fn app() -> AppFiles {
    AppFiles::new()
        .file("/app.js", "import './words.js'")
        .unwrap()
        .file("/words.js", "export {}")
        .unwrap()
        .file("/app.css", "p { margin: 0 }")
        .unwrap()
}

fn compile(html: &str) -> Result<Page, Errors<PageError>> {
    let pins = pins("/");
    let verified = pins.verify(sdk("1.5.0")).unwrap();
    Page::builder(html)
        .app_files(app())
        .compile(&verified, &pinned(document(), &pins))
}

fn faults(html: &str) -> Vec<String> {
    let faults = compile(html).unwrap_err();
    faults.iter().map(ToString::to_string).collect()
}
