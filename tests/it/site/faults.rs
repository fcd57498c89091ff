//! What keeps a site from starting: every message, whole.

use tower_visor::app::AppFiles;
use tower_visor::pins::Provenance;
use tower_visor::site::Site;

use super::{builder, faults, folder};
use crate::support::tree::{ASSETS, fixture};

#[test]
fn a_changed_file_of_the_sdk_is_named() {
    let tree = folder("1.5.0");
    let language = format!("sdk/{ASSETS}/i18n/en.json");
    tree.remove(&language);
    let engine = format!("{ASSETS}/js/AzureAIVisionFace.js");
    tree.write(&format!("sdk/{engine}"), "evil()");
    let faults = faults(builder(tree.path()));
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(
        faults[0].starts_with(&format!("{ASSETS}/i18n/en.json: pinned, but missing;")),
        "{faults:?}"
    );
    assert!(faults[1].starts_with(&format!("{engine}: ")), "{faults:?}");
}

#[test]
fn without_a_lock_file_there_is_no_site() {
    let tree = folder("1.5.0");
    tree.remove("visor-lock.json");
    assert_eq!(
        faults(builder(tree.path())),
        ["no such file: visor-lock.json; create it with `visor pin`"]
    );
    tree.write("visor-lock.json", "{");
    assert_eq!(
        faults(builder(tree.path())),
        ["visor-lock.json: line 1, column 1: EOF while parsing an object"]
    );
}

#[test]
fn pins_that_were_never_checked_may_be_too_little() {
    let tree = folder("1.5.0");
    assert_eq!(
        faults(builder(tree.path()).requiring(Provenance::Registry)),
        [
            "some files are only observed, but registry is required; pin them again with the tarballs and a lock file, or with published digests"
        ]
    );
}

#[test]
fn all_that_is_wrong_with_pages_and_files_is_said_at_once() {
    let tree = folder("1.5.0");
    tree.write("app/index.html", "<!doctype html>\n<p onclick=go()>");
    tree.write("app/latin.html", b"<p>caf\xe9");
    tree.write("app/FaceLivenessDetector.js", "evil()");
    assert_eq!(
        faults(builder(tree.path())),
        [
            "/latin.html: byte 6: not UTF-8: save the page as UTF-8",
            "/index.html: line 2, column 1: `onclick` on <p> would not run: set the handler in a script file with `addEventListener`, or have such handlers allowed by their hashes with an exception (`dangerous().allow(..)`) for `'unsafe-hashes'` in script-src-attr",
            "/FaceLivenessDetector.js: a file of the application has the path of an SDK file: move it",
        ]
    );
}

#[test]
fn a_folder_that_is_not_there_and_files_that_are_there_twice() {
    let tree = folder("1.5.0");
    let none = tree.join("none");
    assert_eq!(
        faults(builder(tree.path()).app(&none)),
        [format!(
            "the application's files: {}: no such folder; make it, or give the one that holds your pages and scripts",
            none.display()
        )]
    );
    tree.write("file", "");
    let file = tree.join("file");
    assert_eq!(
        faults(builder(tree.path()).app(&file)),
        [format!(
            "the application's files: {}: not a directory",
            file.display()
        )]
    );
    let files = AppFiles::new().file("/app.js", "").unwrap();
    assert_eq!(
        faults(builder(tree.path()).app_files(files)),
        ["the application's files: /app.js: two files are served at this path: remove one"]
    );
}

#[test]
fn a_wrong_policy_is_said_once() {
    let tree = folder("1.5.0");
    assert_eq!(
        faults(builder(tree.path()).policy(|policy| policy.reporting("visor", "http://a.example")))
            .len(),
        1
    );
    let old = folder("1.4.8");
    assert_eq!(
        faults(builder(old.path())),
        [
            "SDK 1.4.8 needs 'unsafe-eval': upgrade to 1.5.0, or allow it on this page only with `dangerous().allow_unsafe_eval(reason)`"
        ]
    );
}

#[test]
fn component_and_assets_may_lie_apart() {
    let folder = fixture("1.5.0").join("node_modules");
    let packages = [
        "@azure/ai-vision-face-ui",
        "@azure-ai-vision-face/ui-assets",
    ];
    let [component, assets] = packages.map(|package| folder.join(package));
    let pins = tower_visor::pins::Scan::new(&component)
        .and(&assets)
        .run()
        .unwrap();
    let site = Site::pinned(&component, pins.clone()).and(&assets);
    site.load(super::document(), super::endpoint()).unwrap();
    assert!(!faults(Site::pinned(&component, pins)).is_empty());
}
