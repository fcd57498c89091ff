//! Tarballs compared with pins, without a folder.

use tower_visor::pins::{DifferenceKind, Pins, Scan};
use tower_visor::sri::{Algorithm, Digest};

use crate::support::registry::{NAMES, Registry, strong};
use crate::support::tree::{ASSETS, ASSETS_PACKAGE, COMPONENT, COMPONENT_PACKAGE, Tree, messages};

const ADVICE: &str = "; it is not the tarball that was pinned: get that one from the registry, or look at the differences with `visor update`";
const INTEGRITY: &str = ": not a pinned tarball: its integrity isn't in the lock file; get it again from the registry, or look at the differences with `visor update`";

fn registry(tree: &Tree) -> Registry {
    Registry::of(tree.path(), "1.5.0", strong)
}

/// Pins with the integrity of both tarballs.
fn vouched(registry: &Registry) -> Pins {
    registry.join(Scan::without_folder()).run().unwrap()
}

/// Pins of what lies there: nothing is known of tarballs.
fn observed(tree: &Tree) -> Pins {
    Pins::scan(tree.path()).unwrap()
}

fn compared(pins: &Pins, tarballs: &[(&str, &[u8])]) -> Vec<String> {
    let tarballs = tarballs.iter().map(|(name, bytes)| (*name, *bytes));
    match pins.compare_tarballs(tarballs) {
        Ok(()) => Vec::new(),
        Err(differences) => messages(&differences),
    }
}

#[test]
fn the_tarballs_that_were_pinned_are_the_same() {
    let tree = Tree::installed("1.5.0");
    let registry = registry(&tree);
    let [component, assets] = &registry.tarballs;
    for pins in [vouched(&registry), observed(&tree)] {
        assert_eq!(
            compared(&pins, &[("a.tgz", assets), ("c.tgz", component)]),
            [""; 0]
        );
    }
    // What was replaced after unpacking is not in the tarball.
    tree.write(
        &format!("{ASSETS_PACKAGE}/{ASSETS}/images/logo.svg"),
        "<svg/>",
    );
    let pins = registry
        .join(Scan::new(tree.path()))
        .overriding(&format!("{ASSETS}/images/logo.svg"), "our logo")
        .run()
        .unwrap();
    assert_eq!(
        compared(&pins, &[("a.tgz", assets), ("c.tgz", component)]),
        [""; 0]
    );
}

#[test]
fn nothing_is_unpacked_of_a_tarball_without_the_recorded_integrity() {
    let tree = Tree::installed("1.5.0");
    let registry = registry(&tree);
    let pins = vouched(&registry);
    let [component, assets] = &registry.tarballs;
    // Unpacked, each of these would be another message.
    let mut spoilt = component.clone();
    *spoilt.last_mut().unwrap() ^= 1;
    for bytes in [spoilt.as_slice(), b"no tarball", b""] {
        assert_eq!(
            compared(&pins, &[("c.tgz", bytes), ("a.tgz", assets)]),
            [format!("c.tgz{INTEGRITY}")]
        );
    }
    // Where one package has an integrity and the other has none, what says that it is the first
    // must have it.
    let line = format!(r#", "integrity": "{}""#, strong(assets));
    let json = pins.to_json();
    assert!(json.contains(&line));
    let half = json
        .replacen(&line, "", 1)
        .replace(r#""provenance": "registry""#, r#""provenance": "observed""#);
    let half = Pins::from_json(&half).unwrap();
    tree.write(&format!("{COMPONENT_PACKAGE}/README.md"), "another");
    let repacked = &self::registry(&tree).tarballs[0];
    assert_eq!(
        compared(&half, &[("c.tgz", repacked), ("a.tgz", assets)]),
        [format!("c.tgz{INTEGRITY}")]
    );
}

#[test]
fn every_difference_inside_is_said_at_once() {
    let tree = Tree::installed("1.5.0");
    let pins = observed(&tree);
    let inside = |path: &str| format!("{ASSETS_PACKAGE}/{ASSETS}/{path}");
    let component = format!("{COMPONENT_PACKAGE}/{COMPONENT}");
    tree.replace(&component, "function", "Function");
    tree.write(&inside("images/logo.svg"), "<svg/>");
    let strings = tree.read(&inside("i18n/en.json"));
    tree.write(&inside("i18n/en.json"), strings.replace('\n', "\r\n"));
    tree.remove(&inside("i18n/fr-FR"));
    tree.write(&inside("js/extra.js"), "0");
    tree.replace(
        &format!("{ASSETS_PACKAGE}/package.json"),
        "\"1.5.0\"",
        "\"1.5.1\"",
    );
    let [packed_component, packed_assets] = registry(&tree).tarballs;
    let digest = pins.file(COMPONENT).unwrap().digest();
    let found = Digest::of_file(Algorithm::Sha384, tree.join(&component)).unwrap();
    let expected = [
        format!("a.tgz: {}: version 1.5.1, 1.5.0 is pinned", NAMES[1].0),
        format!("c.tgz: {COMPONENT}: changed: it is {found} instead of {digest}"),
        format!(
            "a.tgz: {ASSETS}/i18n/en.json: differs only in its line endings, which are CRLF instead of LF"
        ),
        format!("a.tgz: {ASSETS}/i18n/fr-FR/en.json: pinned, but missing"),
        format!("a.tgz: {ASSETS}/images/logo.svg: changed: it has 6 bytes instead of 215"),
        format!("a.tgz: {ASSETS}/js/extra.js: not pinned"),
    ];
    assert_eq!(
        compared(
            &pins,
            &[("c.tgz", &packed_component), ("a.tgz", &packed_assets)]
        ),
        expected.map(|line| format!("{line}{ADVICE}"))
    );
}

#[test]
fn other_tarballs_are_named() {
    let tree = Tree::installed("1.5.0");
    let pins = observed(&tree);
    let [component, assets] = registry(&tree).tarballs;
    let a = ("a.tgz", assets.as_slice());
    let c = ("c.tgz", component.as_slice());
    assert_eq!(
        compared(&pins, &[c]),
        [
            "@azure-ai-vision-face/ui-assets: pinned, but not among the tarballs; give its tarball too"
        ]
    );
    assert_eq!(
        compared(&pins, &[a, c, ("again.tgz", &component)]),
        ["again.tgz: a second tarball of @azure/ai-vision-face-ui; give one"]
    );
    tree.replace(
        &format!("{COMPONENT_PACKAGE}/package.json"),
        "@azure/ai-vision-face-ui",
        "left-pad",
    );
    let other = &registry(&tree).tarballs[0];
    assert_eq!(
        compared(&pins, &[a, ("other.tgz", other)]),
        ["other.tgz: it contains left-pad@1.5.0, which is not pinned; give the SDK's own tarballs"]
    );
    let cut = &component[..component.len() - 9];
    let found = pins
        .compare_tarballs([("a.tgz", assets.as_slice()), ("c.tgz", cut)])
        .unwrap_err();
    assert_eq!(
        found
            .iter()
            .map(|d| (d.kind(), d.subject()))
            .collect::<Vec<_>>(),
        [(DifferenceKind::Tarball, "c.tgz")]
    );
}
