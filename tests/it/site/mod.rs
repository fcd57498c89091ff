//! Whole sites, over real sockets.

mod alike;
mod faults;
mod files;
mod front_ends;
mod loads;
mod pages;
mod reload;
#[cfg(feature = "reports")]
mod reports;
mod serving;
#[cfg(all(feature = "compress", feature = "waict"))]
mod waict;

use std::path::Path;

use tower_visor::pins::{Pins, Scan};
use tower_visor::policy::{Document, Resource};
use tower_visor::sdk::Endpoint;
use tower_visor::site::{Site, SiteBuilder};

use crate::support::tree::{Tree, messages};

const HTML: &str = "<!doctype html><title>Check</title><link rel=stylesheet href=app.css>\
    <script type=module src=app.js></script>";

/// A folder with the SDK in `sdk`, its lock file, and an application in `app`.
pub(crate) fn folder(version: &str) -> Tree {
    let tree = Tree::empty();
    renew_sdk(&tree, version, "/");
    tree.write("app/index.html", HTML);
    tree.write("app/app.js", "import('./FaceLivenessDetector.js')");
    tree.write("app/app.css", "p { margin: 0 }");
    tree.write("app/words/en.json", "{}");
    tree.write("app/logo.png", "png");
    tree.write("app/.secret", "not to be read by anybody");
    tree
}

/// Puts another SDK into `sdk`, and its pins into the lock file.
fn renew_sdk(tree: &Tree, version: &str, base: &str) {
    if tree.join("sdk").exists() {
        tree.remove("sdk");
    }
    crate::support::tree::copy(Tree::vendored(version).path(), &tree.join("sdk"));
    pin(tree, base);
}

fn pin(tree: &Tree, base: &str) {
    let pins: Pins = Scan::new(tree.join("sdk")).served_at(base).run().unwrap();
    pins.replace(tree.join("visor-lock.json")).unwrap();
}

pub(crate) fn builder(root: &Path) -> SiteBuilder {
    Site::builder(root.join("sdk"), root.join("visor-lock.json")).app(root.join("app"))
}

pub(crate) fn document() -> Document {
    Document::new("https://liveness.contoso.example")
        .unwrap()
        .loads(Resource::Connect, "/api/session")
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::resource("contoso").unwrap()
}

fn load(tree: &Tree) -> Site {
    builder(tree.path()).load(document(), endpoint()).unwrap()
}

/// All that is wrong with a site.
fn faults(builder: SiteBuilder) -> Vec<String> {
    messages(&builder.load(document(), endpoint()).unwrap_err())
}

/// The site of the folder, with what is changed.
fn site(tree: &Tree, change: fn(SiteBuilder) -> SiteBuilder) -> Site {
    change(builder(tree.path()))
        .load(document(), endpoint())
        .unwrap()
}
