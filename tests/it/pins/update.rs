//! From one set of pins to the next.

use tower_visor::pins::{Package, Pins, Provenance, Scan};
use tower_visor::sri::{Algorithm, Digest};

use crate::support::tree::{ASSETS, COMPONENT, COMPONENT_PACKAGE, Tree, fixture};

#[test]
fn nothing_changes_to_the_same() {
    let pins = Pins::scan(fixture("1.5.0")).unwrap();
    let changes = pins.changes_to(&pins);
    assert!(changes.is_empty() && !changes.lowers_provenance());
    assert_eq!(changes.to_string(), "nothing changes\n");
}

#[test]
fn every_change_is_listed() {
    let tree = Tree::vendored("1.5.0");
    let old = Pins::scan(tree.path()).unwrap();
    let logo = format!("{ASSETS}/images/logo.svg");
    let german = format!("{ASSETS}/i18n/de-DE/en.json");
    let dutch = format!("{ASSETS}/i18n/nl-NL/en.json");
    let smile = format!("{ASSETS}/images/Smile.svg");
    tree.write(&logo, "<svg/>");
    tree.write(&dutch, "{}");
    tree.remove(&german);
    let new = Scan::new(tree.path())
        .served_at("/sdk/")
        .overriding(&logo, "our logo")
        .overriding(&smile, "as it was, but ours")
        .run()
        .unwrap();
    let digest = |pins: &Pins, path: &str| pins.file(path).unwrap().digest();
    let bytes = |path: &str| old.file(path).unwrap().bytes();
    assert_eq!(
        old.changes_to(&new).to_string(),
        format!(
            "base / -> /sdk/\n\
             - {german}: {} bytes\n\
             + {dutch}: 2 bytes, observed\n    {}\n\
             ~ {smile}\n    override: none -> \"as it was, but ours\"\n\
             ~ {logo}: {} -> 6 bytes\n    {}\n    {}\n    override: none -> \"our logo\"\n",
            bytes(&german),
            digest(&new, &dutch),
            bytes(&logo),
            digest(&old, &logo),
            digest(&new, &logo),
        )
    );
}

#[test]
fn provenance_is_kept_where_nothing_changed_and_lowered_visibly_elsewhere() {
    let tree = Tree::installed("1.5.0");
    let path = format!("{COMPONENT_PACKAGE}/{COMPONENT}");
    let engine = format!("{ASSETS}/js/AzureAIVisionFace.js");
    let digest = |path: &str| Digest::of_file(Algorithm::Sha384, tree.join(path)).unwrap();
    let list = format!(
        "{COMPONENT} {}\n{engine} {}\n",
        digest(&path),
        digest(&format!(
            "node_modules/@azure-ai-vision-face/ui-assets/{engine}"
        ))
    );
    let old = Scan::new(tree.path())
        .published("list.txt", list)
        .run()
        .unwrap();

    // Without the list, and nothing changed.
    let new = Pins::scan(tree.path()).unwrap();
    assert!(old.changes_to(&new).lowers_provenance());
    let kept = new.keeping_provenance_of(&old);
    assert_eq!(kept, old);

    // With another component, its digest is no longer the published one.
    tree.replace(&path, "Stand-in", "Other");
    let new = Pins::scan(tree.path()).unwrap().keeping_provenance_of(&old);
    assert_eq!(
        new.file(COMPONENT).unwrap().provenance(),
        Provenance::Observed
    );
    assert_eq!(
        new.file(&engine).unwrap().provenance(),
        Provenance::Published
    );
    let changes = old.changes_to(&new);
    assert!(changes.lowers_provenance());
    assert!(
        changes
            .to_string()
            .contains("    provenance published -> observed (lowered)\n"),
        "{changes}"
    );
    // What is kept is still what a lock file may say.
    assert_eq!(Pins::from_json(&new.to_json()).unwrap(), new);
}

#[test]
fn a_package_keeps_its_provenance_only_whole_and_in_its_version() {
    let tree = Tree::installed("1.5.0");
    let observed = Scan::new(tree.path())
        .npm_lock(
            "package-lock.json",
            r#"{"lockfileVersion":3,"packages":{
            "node_modules/@azure/ai-vision-face-ui":{"version":"1.5.0","integrity":"sha1-RwH7UWGA18ki7iJWNF4DVz2921c="},
            "node_modules/@azure-ai-vision-face/ui-assets":{"version":"1.5.0","integrity":"sha1-f+9lfqYiCIodK7+O/7cgFMWVmuI="}}}"#,
        )
        .run()
        .unwrap();
    // As if the tarballs had been there.
    let text = observed
        .to_json()
        .replace("\"observed\"", "\"registry (weak: sha1)\"");
    let old = Pins::from_json(&text).unwrap();
    assert_eq!(old.weakest_provenance(), Provenance::RegistrySha1);

    let kept = Pins::scan(tree.path()).unwrap().keeping_provenance_of(&old);
    assert_eq!(kept, old);

    tree.replace(
        &format!("{COMPONENT_PACKAGE}/{COMPONENT}"),
        "Stand-in",
        "Other",
    );
    let new = Pins::scan(tree.path()).unwrap().keeping_provenance_of(&old);
    let provenances: Vec<_> = new.packages().iter().map(Package::provenance).collect();
    assert_eq!(
        provenances,
        [Provenance::RegistrySha1, Provenance::Observed],
        "the assets did not change"
    );
    assert!(old.changes_to(&new).to_string().contains(
        "package @azure/ai-vision-face-ui: provenance registry (weak: sha1) -> observed (lowered)\n"
    ));
    assert_eq!(Pins::from_json(&new.to_json()).unwrap(), new);
    let other = Pins::scan(fixture("1.4.8")).unwrap();
    let next = other.clone().keeping_provenance_of(&old);
    assert_eq!(next, other, "another version keeps nothing");
}
