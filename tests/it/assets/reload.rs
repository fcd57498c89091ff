//! What happens on the disk, before and after the start.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tower_visor::assets::{AssetCaching, PinnedAssets};
use tower_visor::pins::{Pins, Scan};

use super::{ASSETS, COMPONENT, Tree, fixture, messages, original, wasm};
use crate::server::Server;
use crate::support::pins;

#[tokio::test]
async fn what_happens_to_the_disk_after_the_start_reaches_nobody() {
    let tree = Tree::vendored("1.5.0");
    let pins = Pins::scan(tree.path()).unwrap();
    let assets = PinnedAssets::new(&pins.verify(tree.path()).unwrap()).unwrap();
    let server = Server::start(assets).await;
    for file in pins.files() {
        tree.write(file.path(), "alert('not what was pinned')");
    }
    for file in pins.files() {
        let answer = server.get(file.url()).await;
        assert!(file.digest().matches(&answer.body), "{}", file.path());
    }
    tree.remove(ASSETS);
    tree.remove(COMPONENT);
    for file in pins.files() {
        let answer = server.get(file.url()).await;
        assert!(file.digest().matches(&answer.body), "{}", file.path());
    }
}

#[tokio::test]
async fn a_file_that_changes_between_the_check_and_the_start_reaches_nobody() {
    for spoil in [wasm(), COMPONENT.to_owned()] {
        let tree = Tree::vendored("1.5.0");
        let pins = Pins::scan(tree.path()).unwrap();
        let verified = pins.verify(tree.path()).unwrap();
        let mut bytes = original(&spoil);
        *bytes.last_mut().unwrap() ^= 1;
        tree.write(&spoil, &bytes);
        tree.remove(&format!("{ASSETS}/i18n/en.json"));
        let server = Server::start(PinnedAssets::new(&verified).unwrap()).await;
        for file in pins.files() {
            let answer = server.get(file.url()).await;
            assert!(file.digest().matches(&answer.body), "{}", file.path());
        }
        // And the next start does not come up.
        assert_eq!(pins.verify(tree.path()).unwrap_err().len(), 2);
    }
}

#[tokio::test]
async fn a_reload_replaces_everything_at_once_and_only_what_was_verified() {
    let old = Pins::scan(fixture("1.4.8")).unwrap();
    let assets = PinnedAssets::new(&old.verify(fixture("1.4.8")).unwrap()).unwrap();
    let server = Server::start(assets.clone()).await;

    // Of a tree that changed there is nothing to reload with. One that changes after it was
    // verified is served as it was verified.
    let tree = Tree::vendored("1.5.0");
    let new = Pins::scan(tree.path()).unwrap();
    let verified = new.verify(tree.path()).unwrap();
    let mut bytes = original(&wasm());
    bytes[100] ^= 1;
    tree.write(&wasm(), &bytes);
    assert_eq!(new.verify(tree.path()).unwrap_err().len(), 1);
    assets.reload(&verified).unwrap();
    for file in new.files() {
        let answer = server.get(file.url()).await;
        assert!(file.digest().matches(&answer.body), "{}", file.path());
        assert_eq!(answer.one("etag"), format!("\"{}\"", file.digest()));
    }
    for file in old.files() {
        if new.file(file.path()).is_none() {
            assert_eq!(server.get(file.url()).await.status, 404);
        }
    }
}

#[test]
fn a_response_is_of_one_version_while_others_reload() {
    let versions: Vec<Pins> = ["1.4.8", "1.5.0"]
        .map(|version| Pins::scan(fixture(version)).unwrap())
        .into();
    let verified: Vec<_> = versions
        .iter()
        .zip(["1.4.8", "1.5.0"])
        .map(|(pins, version)| pins.verify(fixture(version)).unwrap())
        .collect();
    let assets = PinnedAssets::new(&verified[0]).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let asking = {
        let (assets, stop) = (assets.clone(), Arc::clone(&stop));
        let tags: Vec<(String, Pins)> = versions
            .iter()
            .map(|pins| {
                let digest = pins.file(COMPONENT).unwrap().digest();
                (format!("\"{digest}\""), pins.clone())
            })
            .collect();
        std::thread::spawn(move || {
            let mut seen = [0, 0];
            while !stop.load(Ordering::Relaxed) || seen.contains(&0) {
                let request = http::Request::get(format!("/{COMPONENT}"))
                    .body(())
                    .unwrap();
                let response = assets.respond(&request);
                let tag = response.headers()["etag"].to_str().unwrap().to_owned();
                let which = tags.iter().position(|(known, _)| *known == tag).unwrap();
                let file = tags[which].1.file(COMPONENT).unwrap();
                assert!(file.digest().matches(&response.into_body().into_bytes()));
                seen[which] += 1;
            }
        })
    };
    for round in 0..50 {
        assets.reload(&verified[(round + 1) % 2]).unwrap();
    }
    stop.store(true, Ordering::Relaxed);
    // Whichever version it didn't see yet.
    while !asking.is_finished() {
        for verified in &verified {
            assets.reload(verified).unwrap();
            std::thread::yield_now();
        }
    }
    asking.join().unwrap();
}

#[test]
fn a_reload_to_another_place_is_refused() {
    let assets = super::assets("/sdk/1.5.0/");
    let other = pins("/sdk/1.5.1/");
    let errors = assets
        .reload(&other.verify(fixture("1.5.0")).unwrap())
        .unwrap_err();
    assert_eq!(
        messages(&errors),
        [
            "the files are served under `/sdk/1.5.0/`, the new pins are for `/sdk/1.5.1/`; pin them for `/sdk/1.5.0/`, or serve both, one from a second PinnedAssets, so that open pages still find theirs"
        ]
    );
}

#[test]
fn what_browsers_keep_for_a_year_is_not_changed_by_a_reload() {
    let tree = Tree::vendored("1.5.0");
    let scan = || Scan::new(tree.path()).served_at("/1.5.0/").run().unwrap();
    let first = scan();
    let assets = PinnedAssets::builder()
        .caching(AssetCaching::Immutable)
        .build(&first.verify(tree.path()).unwrap())
        .unwrap();
    // The same again is not a change.
    assets.reload(&first.verify(tree.path()).unwrap()).unwrap();

    tree.replace(
        &format!("{ASSETS}/js/AzureAIVisionFace.js"),
        "function",
        "Function",
    );
    let second = scan();
    let errors = assets
        .reload(&second.verify(tree.path()).unwrap())
        .unwrap_err();
    assert_eq!(
        messages(&errors),
        [
            "facelivenessdetector-assets/js/AzureAIVisionFace.js: its bytes changed under a URL that browsers keep for a year; serve it under a new one"
        ]
    );
    let path = format!("{ASSETS}/js/AzureAIVisionFace.js");
    let request = http::Request::get(format!("/1.5.0/{path}"))
        .body(())
        .unwrap();
    let body = assets.respond(&request).into_body().into_bytes();
    assert!(first.file(&path).unwrap().digest().matches(&body));
}
