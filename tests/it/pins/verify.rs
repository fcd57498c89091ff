//! From pins and folders to the proof that they agree.

use std::fs;

use tower_visor::pins::{Difference, DifferenceKind, Pins};

use crate::support::tree::{
    ASSETS, ASSETS_PACKAGE, COMPONENT, COMPONENT_PACKAGE, Tree, fixture, messages,
};

fn differences(pins: &Pins, tree: &Tree) -> Vec<String> {
    messages(&pins.verify(tree.path()).unwrap_err())
}

#[test]
fn what_was_pinned_verifies_in_every_form_of_the_tree() {
    for version in ["1.4.8", "1.5.0"] {
        let pins = Pins::scan(fixture(version)).unwrap();
        assert!(pins.verify(fixture(version)).is_ok());
        assert!(pins.verify(Tree::vendored(version).path()).is_ok());
        let tree = Tree::installed(version);
        assert!(pins.verify(tree.join("node_modules")).is_ok());
        assert!(
            pins.verify_all([tree.join(COMPONENT_PACKAGE), tree.join(ASSETS_PACKAGE)])
                .is_ok()
        );
    }
}

#[test]
fn every_difference_is_said_at_once_with_what_to_do() {
    let pins = Pins::scan(fixture("1.5.0")).unwrap();
    let tree = Tree::vendored("1.5.0");
    let engine = format!("{ASSETS}/js/AzureAIVisionFace.js");
    // One byte, and the file still runs.
    tree.replace(&engine, "function", "Function");
    tree.write(
        &format!("{ASSETS}/images/logo.svg"),
        "<svg>another one</svg>",
    );
    let text = tree.read(&format!("{ASSETS}/i18n/en.json"));
    tree.write(
        &format!("{ASSETS}/i18n/en.json"),
        text.replace('\n', "\r\n"),
    );
    tree.remove(&format!("{ASSETS}/i18n/fr-FR"));
    tree.write(&format!("{ASSETS}/i18n/nl-NL/en.json"), "{}");
    tree.write(&format!("{ASSETS}/js/extra.js"), "0");
    let file = pins.file(&engine).unwrap();
    let found = tower_visor::sri::Digest::of_file(pins.algorithm(), tree.join(&engine)).unwrap();
    let a = ASSETS;
    assert_eq!(
        differences(&pins, &tree),
        [
            format!(
                "{a}/i18n/en.json: differs only in its line endings, which are CRLF instead of LF; keep git from converting it: `{a}/i18n/en.json -text` in .gitattributes, then check it out again"
            ),
            format!(
                "{a}/i18n/fr-FR/en.json: pinned, but missing; install the SDK again, or pin again if the release no longer has it"
            ),
            format!(
                "{a}/i18n/nl-NL/en.json: not pinned; remove it, or pin again if it belongs to the release"
            ),
            format!(
                "{a}/images/logo.svg: changed: it has 22 bytes instead of 215; restore it from the package, and find out who changed it"
            ),
            format!(
                "{a}/js/AzureAIVisionFace.js: changed: it is {found} instead of {}; restore it from the package, and find out who changed it",
                file.digest()
            ),
            format!(
                "{a}/js/extra.js: not a file of the SDK; remove it: whatever lies in the SDK's folder is served"
            ),
        ]
    );
}

fn facts(found: &[Difference]) -> Vec<(DifferenceKind, &str)> {
    found
        .iter()
        .map(|one| (one.kind(), one.subject()))
        .collect()
}

#[test]
fn each_file_is_checked() {
    let pins = Pins::scan(fixture("1.5.0")).unwrap();
    for file in pins.files() {
        let tree = Tree::vendored("1.5.0");
        let mut bytes = fs::read(tree.join(file.path())).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        tree.write(file.path(), &bytes);
        let found = pins.verify(tree.path()).unwrap_err();
        assert_eq!(facts(&found), [(DifferenceKind::Changed, file.path())]);
        tree.remove(file.path());
        let found = pins.verify(tree.path()).unwrap_err();
        assert_eq!(facts(&found), [(DifferenceKind::Missing, file.path())]);
    }
}

#[test]
fn line_endings_are_named_in_both_directions_and_only_where_they_are_all() {
    let tree = Tree::vendored("1.5.0");
    let svg = format!("{ASSETS}/images/logo.svg");
    tree.write(&svg, "<svg>\r\n</svg>\r\n");
    let pins = Pins::scan(tree.path()).unwrap();
    for (content, expected) in [
        ("<svg>\n</svg>\n", DifferenceKind::LineEndings),
        ("<svg>\r\n</svg>\n", DifferenceKind::LineEndings),
        ("<svg>\r\n</svg>", DifferenceKind::Changed),
        ("<svg>\n</svg> \n", DifferenceKind::Changed),
        ("<svg>\n</xvg>\n\n\n", DifferenceKind::Changed),
    ] {
        tree.write(&svg, content);
        let found = pins.verify(tree.path()).unwrap_err();
        assert_eq!(found[0].kind(), expected, "{content:?}");
        assert_eq!(found[0].subject(), svg);
    }
    // A picture that is not text has no lines.
    let png = format!("{ASSETS}/images/activeMotionVisualHint.png");
    let tree = Tree::vendored("1.5.0");
    let mut bytes = fs::read(tree.join(&png)).unwrap();
    bytes.push(b'\n');
    tree.write(&png, &bytes);
    let pins = Pins::scan(tree.path()).unwrap();
    bytes.insert(bytes.len() - 1, b'\r');
    tree.write(&png, &bytes);
    assert_eq!(
        pins.verify(tree.path()).unwrap_err()[0].kind(),
        DifferenceKind::Changed
    );
}

#[test]
fn another_version_is_named_as_such() {
    let pins = Pins::scan(fixture("1.5.0")).unwrap();
    let found = pins.verify(fixture("1.4.8")).unwrap_err();
    let versions: Vec<_> = found
        .iter()
        .filter(|d| d.kind() == DifferenceKind::Version)
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        versions,
        [
            "@azure-ai-vision-face/ui-assets: version 1.4.8 is installed, 1.5.0 is pinned; install the pinned one, or look at the differences with `visor update`",
            "@azure/ai-vision-face-ui: version 1.4.8 is installed, 1.5.0 is pinned; install the pinned one, or look at the differences with `visor update`",
        ]
    );
    assert!(found.len() > versions.len(), "and the files that differ");
}

#[test]
fn without_a_folder_nothing_is_verified() {
    let pins = Pins::scan(fixture("1.5.0")).unwrap();
    let differences = pins.verify_all([""; 0]).unwrap_err();
    assert_eq!(
        differences.to_string(),
        "no folder was given; give the one that contains the SDK"
    );
    assert_eq!(differences.len(), 1);
}

#[test]
fn a_folder_without_the_sdk_is_one_difference() {
    let pins = Pins::scan(fixture("1.5.0")).unwrap();
    let empty = tempfile::TempDir::new().unwrap();
    let found = pins.verify(empty.path()).unwrap_err();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].kind(), DifferenceKind::Tree);
}

#[test]
fn the_proof_holds_the_bytes_that_were_hashed_whatever_happens_later() {
    let pins = Pins::scan(fixture("1.5.0")).unwrap();
    let tree = Tree::installed("1.5.0");
    let verified = pins.verify(tree.path()).unwrap();
    assert!(verified.files().map(|(file, _)| file).eq(pins.files()));

    // Behind the server's back.
    let path = format!("{COMPONENT_PACKAGE}/{COMPONENT}");
    let text = tree.read(&path);
    tree.write(&path, text.replace("1.5.0", "1.5.1"));
    tree.remove(&format!("{ASSETS_PACKAGE}/{ASSETS}/i18n/en.json"));
    for (file, bytes) in verified.files() {
        assert!(file.digest().matches(bytes), "{}", file.path());
        assert_eq!(verified.bytes(file), Some(bytes));
    }
    // Who asks again is told.
    let found = pins.verify(tree.path()).unwrap_err();
    let mut kinds: Vec<_> = found.iter().map(Difference::kind).collect();
    kinds.sort_by_key(|kind| format!("{kind:?}"));
    assert_eq!(kinds, [DifferenceKind::Changed, DifferenceKind::Missing]);

    let other = Pins::scan(fixture("1.4.8")).unwrap();
    assert_eq!(verified.bytes(other.file(COMPONENT).unwrap()), None);
    // No path of the machine in the debug form, and not nine megabytes of code.
    let debug = format!("{verified:?}");
    assert!(!debug.contains(tree.path().to_str().unwrap()));
    assert!(!debug.contains("content"));
}
