//! Assets of another release than the component: said wherever files are looked at.

use std::fs;

use tower_visor::pins::{DifferenceKind, Package, PinErrorKind, Pins, Scan};
use tower_visor::sdk::Version;
use tower_visor::sri::Digest;

use crate::support::tree::{ASSETS, ASSETS_PACKAGE, Tree, fixture, messages};

const WASM: &str = "js/AzureAIVisionFace.wasm";
const SIMD: &str = "js/AzureAIVisionFace_SIMD.wasm";

/// The assets of the one package that there was until 1.3.
fn early(file: &str) -> Vec<u8> {
    let package = fixture("1.2.0").join("node_modules/azure-ai-vision-face-ui");
    fs::read(package.join(ASSETS).join(file)).unwrap()
}

/// 1.5.0 with the wasm of 1.2.0.
fn mixed() -> Tree {
    let tree = Tree::installed("1.5.0");
    for file in [WASM, SIMD] {
        tree.write(&format!("{ASSETS_PACKAGE}/{ASSETS}/{file}"), early(file));
    }
    tree
}

#[test]
fn the_single_package_is_pinned_by_what_its_package_says() {
    let pins = Pins::scan(fixture("1.2.0")).unwrap();
    assert_eq!(pins.version(), &Version::new(1, 2, 0));
    let names: Vec<_> = pins.packages().iter().map(Package::name).collect();
    assert_eq!(names, ["azure-ai-vision-face-ui"]);
    pins.verify(fixture("1.2.0")).unwrap();
}

#[test]
fn pin_refuses_a_wasm_of_another_release() {
    let errors = Pins::scan(mixed().path()).unwrap_err();
    assert!(
        errors
            .iter()
            .all(|error| error.kind() == PinErrorKind::Version)
    );
    let expected = [WASM, SIMD].map(|file| {
        format!(
            "{ASSETS}/{file}: it is of 1.2.0, and the SDK is 1.5.0; component and assets must be of one release, get them again"
        )
    });
    assert_eq!(messages(&errors), expected);

    // The component of 1.2 names no version; its package does.
    let tree = Tree::installed("1.2.0");
    let package = "node_modules/azure-ai-vision-face-ui/package.json";
    tree.replace(package, "\"1.2.0\"", "\"1.3.1\"");
    assert_eq!(
        messages(&Pins::scan(tree.path()).unwrap_err())[0],
        format!(
            "{ASSETS}/{WASM}: it is of 1.2.0, and the SDK is 1.3.1; component and assets must be of one release, get them again"
        )
    );
    let tree = mixed();
    let expecting = Scan::new(tree.path()).expecting(Version::new(1, 2, 0));
    assert_eq!(
        messages(&expecting.run().unwrap_err())[0],
        "found version 1.5.0, expected 1.2.0; install the expected one or expect the other"
    );
}

#[test]
fn what_else_a_wasm_says_is_not_its_version() {
    for (text, is_refused) in [
        ("\0 1.3.1\0", true),
        ("\x000.18.0-beta.1\0", true),
        ("1.2.0", true),
        // Releases that weren't seen to name themselves, and a word of any library.
        ("\0 1.0.0\0", false),
        ("\0 1.4.8\0", false),
        // One is the release itself, more are something else.
        ("\0 1.3.1\0 1.3.1\0", true),
        ("\0 1.3.1\0 1.2.0\0", false),
        (" deflate 1.3.1 Copyright\0 1.3.1\0", false),
        (" inflate 1.3.1 Copyright", false),
        ("\0 1.3.1.4\0 v1.3.1\0 1.3.10\0 11.3.1 lib-1.3.1", false),
        ("\0 1.3.1-rc1\0 .1.3.1\0", false),
        ("", false),
    ] {
        let tree = Tree::installed("1.5.0");
        let path = format!("{ASSETS_PACKAGE}/{ASSETS}/{WASM}");
        for ahead in [0, 63, 64, 1000] {
            tree.write(
                &path,
                [&vec![b'\0'; ahead], text.as_bytes(), b"\0"].concat(),
            );
            let refused = Pins::scan(tree.path()).is_err();
            assert_eq!(refused, is_refused, "{text:?} after {ahead}");
        }
    }
}

/// A lock file that was put together by hand: 1.5.0 by its packages, with the wasm of 1.2.0.
fn forged() -> Pins {
    let pins = Pins::scan(fixture("1.5.0")).unwrap();
    let mut text = pins.to_json();
    for file in [WASM, SIMD] {
        let path = format!("{ASSETS}/{file}");
        let pinned = pins.file(&path).unwrap();
        let bytes = early(file);
        let digest = Digest::of(pins.algorithm(), &bytes).to_string();
        let line = text.lines().find(|line| line.contains(&path)).unwrap();
        let changed = line.replace(&pinned.digest().to_string(), &digest).replace(
            &format!("\"bytes\": {}", pinned.bytes()),
            &format!("\"bytes\": {}", bytes.len()),
        );
        assert_ne!(line, changed);
        text = text.replace(line, &changed);
    }
    Pins::from_json(&text).unwrap()
}

#[test]
fn verify_and_start_refuse_it_though_the_lock_file_says_so() {
    let (tree, pins) = (mixed(), forged());
    let expected = [WASM, SIMD].map(|file| {
        format!(
            "{ASSETS}/{file}: it is of 1.2.0, and the SDK is pinned as 1.5.0; get component and assets of one release, and pin them with `visor pin`"
        )
    });
    let differences = pins.verify(tree.path()).unwrap_err();
    assert_eq!(messages(&differences), expected);
    assert!(
        differences
            .iter()
            .all(|difference| difference.kind() == DifferenceKind::Version)
    );
    #[cfg(feature = "page")]
    {
        use crate::support::{ORIGIN, endpoint};

        let site = tower_visor::Site::pinned(tree.path(), pins);
        let errors = site.load(tower_visor::Document::new(ORIGIN).unwrap(), endpoint());
        assert_eq!(messages(&errors.unwrap_err()), expected);
    }
}
