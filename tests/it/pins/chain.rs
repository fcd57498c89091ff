//! The chain of trust: lock file, tarball, disk, published digests.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use tower_visor::pins::sources::RegistryIntegrity;
use tower_visor::pins::{Pins, Provenance, Scan};
use tower_visor::sdk::layout::FileKind;
use tower_visor::sri::{Algorithm, Digest};

use crate::support::registry::{Registry, pack, strong, weak};
use crate::support::tree::{
    ASSETS, ASSETS_PACKAGE, COMPONENT, COMPONENT_PACKAGE, Tree, fixture, messages,
};

#[test]
fn a_checked_tarball_lifts_the_provenance() {
    let tree = Tree::installed("1.5.0");
    for (integrity, provenance) in [
        (
            strong as fn(&[u8]) -> RegistryIntegrity,
            Provenance::Registry,
        ),
        (weak, Provenance::RegistrySha1),
    ] {
        let registry = Registry::of(tree.path(), "1.5.0", integrity);
        let pins = registry.join(Scan::new(tree.path())).run().unwrap();
        assert_eq!(pins.weakest_provenance(), provenance);
        assert!(pins.files().iter().all(|f| f.provenance() == provenance));
        for (package, bytes) in pins.packages().iter().rev().zip(&registry.tarballs) {
            assert_eq!(package.integrity(), Some(&integrity(bytes)));
        }
        assert_eq!(Pins::from_json(&pins.to_json()).unwrap(), pins);

        // The tarballs alone give the same; so does a vendored copy.
        let alone = registry.join(Scan::without_folder()).run().unwrap();
        assert_eq!(alone, pins);
        assert!(alone.verify(tree.path()).is_ok());
        let vendored = Tree::vendored("1.5.0");
        assert_eq!(
            registry.join(Scan::new(vendored.path())).run().unwrap(),
            pins
        );
    }
}

#[test]
fn a_tarball_without_a_lock_file_is_only_observed() {
    let tree = Tree::installed("1.5.0");
    let registry = Registry::of(tree.path(), "1.5.0", strong);
    let [component, assets] = registry.tarballs;
    let pins = Scan::without_folder()
        .tarball("component.tgz", component)
        .tarball("assets.tgz", assets)
        .run()
        .unwrap();
    assert_eq!(pins, Pins::scan(tree.path()).unwrap());
    assert_eq!(pins.weakest_provenance(), Provenance::Observed);
}

#[test]
fn a_tarball_that_no_entry_speaks_of_is_not_unpacked() {
    let tree = Tree::installed("1.5.0");
    let mut registry = Registry::of(tree.path(), "1.5.0", strong);
    let middle = registry.tarballs[0].len() / 2;
    registry.tarballs[0][middle] ^= 1;
    let errors = registry.join(Scan::new(tree.path())).run().unwrap_err();
    assert_eq!(
        messages(&errors),
        [
            "component.tgz: no given lock file or signature covers this tarball; nothing was unpacked, fetch it again with the lock file's package manager"
        ]
    );
}

#[test]
fn what_lies_on_disk_must_be_what_the_tarball_holds() {
    let tree = Tree::installed("1.5.0");
    let registry = Registry::of(tree.path(), "1.5.0", strong);
    let engine = format!("{ASSETS}/js/AzureAIVisionFace.js");
    let logo = format!("{ASSETS}/images/logo.svg");
    let strings = format!("{ASSETS}/i18n/xx/en.json");
    let on_disk = |path: &str| format!("{ASSETS_PACKAGE}/{path}");
    let digests = |path: &str| {
        let file = |root: &Path| Digest::of_file(Algorithm::Sha384, root.join(on_disk(path)));
        (file(&fixture("1.5.0")).unwrap(), file(tree.path()).unwrap())
    };
    tree.replace(&on_disk(&engine), "function", "Function");
    tree.write(&on_disk(&logo), "<svg>ours</svg>");
    tree.write(&on_disk(&strings), "{}");
    tree.remove(&on_disk(&format!("{ASSETS}/i18n/de-DE")));
    let differs = |path: &str| {
        let (packed, found) = digests(path);
        format!(
            "{path}: not the file of @azure-ai-vision-face/ui-assets's tarball: it is {found}, the tarball has {packed}; restore it, or declare an override if it is a picture or a language file"
        )
    };
    let errors = registry.join(Scan::new(tree.path())).run().unwrap_err();
    assert_eq!(
        messages(&errors),
        [
            format!(
                "{ASSETS}/i18n/de-DE/en.json: in @azure-ai-vision-face/ui-assets's tarball but not on disk; install the package again"
            ),
            differs(&logo),
            differs(&engine),
            format!("{strings}: not in @azure-ai-vision-face/ui-assets's tarball; remove it"),
        ]
    );

    // Pictures and strings may differ when that is said, and are then nobody's but the deployer's.
    let tree = Tree::installed("1.5.0");
    tree.write(&on_disk(&logo), "<svg>ours</svg>");
    tree.write(&on_disk(&strings), "{}");
    let pins = registry
        .join(Scan::new(tree.path()))
        .overriding(&logo, "our logo")
        .overriding(&strings, "a language of our own")
        .run()
        .unwrap();
    assert_eq!(pins.file(&logo).unwrap().provenance(), Provenance::Observed);
    assert_eq!(pins.weakest_provenance(), Provenance::Registry);
    assert_eq!(Pins::from_json(&pins.to_json()).unwrap(), pins);
}

#[test]
fn tarballs_of_something_else_are_refused() {
    let tree = Tree::installed("1.5.0");
    let registry = Registry::of(tree.path(), "1.5.0", strong);
    let [component, assets] = registry.tarballs.clone();
    let run = |scan: Scan| messages(&scan.run().unwrap_err());

    assert_eq!(
        run(registry
            .join(Scan::without_folder())
            .tarball("again.tgz", component.clone())),
        ["again.tgz: a second tarball of @azure/ai-vision-face-ui; give one"]
    );
    assert_eq!(
        run(Scan::without_folder().tarball("assets.tgz", assets)),
        [
            "FaceLivenessDetector.js: component is missing; deploy the complete SDK: a browser chooses its engine at run time"
        ]
    );
    assert_eq!(
        run(Scan::without_folder()),
        ["nothing to scan; give a folder that contains the SDK, or its tarballs"]
    );
    tree.write(
        &format!("{COMPONENT_PACKAGE}/package.json"),
        r#"{"name":"left-pad","version":"1.5.0"}"#,
    );
    let other = pack(&tree.join(COMPONENT_PACKAGE));
    assert_eq!(
        run(Scan::without_folder().tarball("other.tgz", other)),
        [
            "other.tgz: contains left-pad@1.5.0 instead of a package of the SDK; give the SDK's own tarballs"
        ]
    );
    // The lock file's digest is that of another package: the names were swapped.
    let swapped = registry
        .lock
        .replace("node_modules/@azure/ai-vision-face-ui", "node_modules/x")
        .replace(
            "node_modules/@azure-ai-vision-face/ui-assets",
            "node_modules/@azure/ai-vision-face-ui",
        )
        .replace(
            "node_modules/x",
            "node_modules/@azure-ai-vision-face/ui-assets",
        );
    let found = run(Scan::without_folder()
        .npm_lock("package-lock.json", swapped)
        .tarball("component.tgz", component));
    assert_eq!(
        found,
        [
            "component.tgz: contains @azure/ai-vision-face-ui@1.5.0 instead of @azure-ai-vision-face/ui-assets@1.5.0, by its digest; give the SDK's own tarballs"
        ]
    );
    let extra = Tree::installed("1.5.0");
    extra.write(&format!("{COMPONENT_PACKAGE}/install.js"), "0");
    let found =
        run(Scan::without_folder().tarball("component.tgz", pack(&extra.join(COMPONENT_PACKAGE))));
    assert_eq!(
        found,
        [
            "install.js: not a file of the SDK; remove it: whatever lies in the SDK's folder is served"
        ]
    );
}

#[test]
fn two_lock_files_must_not_contradict_each_other() {
    let tree = Tree::installed("1.5.0");
    let registry = Registry::of(tree.path(), "1.5.0", strong);
    let other = Registry::of(tree.path(), "1.5.0", |_| strong(b"another tarball"));
    let errors = Scan::new(tree.path())
        .npm_lock("package-lock.json", registry.lock)
        .npm_lock("npm-shrinkwrap.json", other.lock)
        .run()
        .unwrap_err();
    let message = |package| {
        format!(
            "{package}: package-lock.json and npm-shrinkwrap.json give different integrities; give only the one that it was installed with"
        )
    };
    assert_eq!(
        messages(&errors),
        [
            message("@azure-ai-vision-face/ui-assets"),
            message("@azure/ai-vision-face-ui")
        ]
    );
}

#[test]
fn styles_and_version_come_out_of_the_tarball_too() {
    let tree = Tree::installed("1.4.8");
    let registry = Registry::of(tree.path(), "1.4.8", strong);
    let pins = registry.join(Scan::without_folder()).run().unwrap();
    assert_eq!(pins.styles(), Pins::scan(tree.path()).unwrap().styles());
    assert_eq!(pins.of_kind(FileKind::Component).count(), 1);

    // A component that says that it is another version is refused there as well.
    let path = format!("{COMPONENT_PACKAGE}/{COMPONENT}");
    let text = fs::read_to_string(tree.join(&path)).unwrap();
    tree.write(&path, text.replace("1.4.8", "1.4.7"));
    let registry = Registry::of(tree.path(), "1.4.8", strong);
    assert_eq!(
        messages(&registry.join(Scan::without_folder()).run().unwrap_err()),
        [
            "FaceLivenessDetector.js says that it is 1.4.7, its package is 1.4.8; they must agree, get both again from one release"
        ]
    );
}

/// A list as `sha384sum` and its like write it.
fn sums(root: &Path, algorithm: Algorithm, paths: &[&str]) -> String {
    let mut list = String::new();
    for path in paths {
        let folder = if *path == COMPONENT {
            COMPONENT_PACKAGE
        } else {
            ASSETS_PACKAGE
        };
        let digest = Digest::of_file(algorithm, root.join(folder).join(path)).unwrap();
        for byte in digest.as_bytes() {
            write!(list, "{byte:02x}").unwrap();
        }
        writeln!(list, "  {path}").unwrap();
    }
    list
}

#[test]
fn what_a_publisher_lists_is_published() {
    let tree = Tree::installed("1.5.0");
    let engine = format!("{ASSETS}/js/AzureAIVisionFace.js");
    let registry = Registry::of(tree.path(), "1.5.0", weak);
    // Also by another algorithm than the pins', from disk and from tarballs.
    for algorithm in Algorithm::ALL {
        let list = sums(tree.path(), algorithm, &[COMPONENT, &engine]);
        let on_disk = Scan::new(tree.path())
            .published("sums.txt", list.as_str())
            .run()
            .unwrap();
        let packed = registry
            .join(Scan::without_folder())
            .published("sums.txt", list.as_str())
            .run()
            .unwrap();
        for (pins, rest) in [
            (&on_disk, Provenance::Observed),
            (&packed, Provenance::RegistrySha1),
        ] {
            for file in pins.files() {
                let listed = file.path() == COMPONENT || file.path() == engine;
                let expected = if listed { Provenance::Published } else { rest };
                assert_eq!(file.provenance(), expected, "{}", file.path());
            }
            assert_eq!(pins.weakest_provenance(), rest);
            assert_eq!(Pins::from_json(&pins.to_json()).unwrap(), *pins);
        }
    }
}

#[test]
fn a_contradiction_with_a_publisher_shows_both_sides() {
    let tree = Tree::installed("1.5.0");
    let logo = format!("{ASSETS}/images/logo.svg");
    let list = sums(tree.path(), Algorithm::Sha384, &[COMPONENT, &logo]);
    let on_disk = format!("{ASSETS_PACKAGE}/{logo}");
    let published = Digest::of_file(Algorithm::Sha384, tree.join(&on_disk)).unwrap();
    tree.write(&on_disk, "<svg>ours</svg>");
    let found = Digest::of_file(Algorithm::Sha384, tree.join(&on_disk)).unwrap();

    let scan = || Scan::new(tree.path()).published("sums.txt", list.as_str());
    let errors = messages(&scan().run().unwrap_err());
    assert_eq!(errors.len(), 1);
    assert!(errors[0].starts_with("sums.txt: "), "{errors:?}");
    for side in [published, found] {
        assert!(errors[0].contains(&side.to_string()), "{errors:?}");
    }
    let pins = scan().overriding(&logo, "our logo").run().unwrap();
    assert_eq!(pins.file(&logo).unwrap().provenance(), Provenance::Observed);
    assert_eq!(
        pins.file(COMPONENT).unwrap().provenance(),
        Provenance::Published
    );

    let other = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
    assert_eq!(
        messages(
            &Scan::new(tree.path())
                .published("other.txt", format!("app.js sha256-{other}\n"))
                .run()
                .unwrap_err()
        ),
        ["other.txt: none of its paths names a file of the SDK; give the list for this release"]
    );
}
