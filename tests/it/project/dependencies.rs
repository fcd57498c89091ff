//! How many crates a user gets.

use std::collections::BTreeSet;
use std::process::Command;

use super::source::root;

/// Without default features, this crate and build-time macros included.
const MOST: usize = 30;

/// `name vX.Y.Z` of each crate in a user's tree on this machine's platform.
fn tree(arguments: &[&str]) -> BTreeSet<String> {
    // Neither builds nor fetches anything, so it waits for no lock of the build around it.
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--edges", "normal,build"])
        .args(["--prefix", "none", "--format", "{p}", "--color", "never"])
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter(|line| !line.trim().is_empty())
        // After name and version: `(*)`, `(proc-macro)`, this crate's folder.
        .map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" "))
        .collect()
}

#[test]
fn the_tree_is_small_without_default_features() {
    let tree = tree(&["--no-default-features"]);
    assert!(
        tree.iter().any(|name| name.starts_with("tower-visor ")),
        "no tree: {tree:#?}"
    );
    assert!(
        tree.len() <= MOST,
        "{} crates, {MOST} are the most: {tree:#?}",
        tree.len()
    );
}

#[test]
fn the_heavy_crates_stay_out_of_every_tree() {
    // tower's layers and hyper's server belong to the application; the program is one, in a package
    // of its own.
    let manifest: toml::Table =
        toml::from_str(&super::source::read(std::path::Path::new("Cargo.toml"))).unwrap();
    let features = manifest["features"].as_table().unwrap().keys();
    let features: Vec<&str> = features.map(String::as_str).collect();
    let tree = tree(&["--no-default-features", "--features", &features.join(",")]);
    for heavy in [
        "tower ",
        "hyper ",
        "tokio ",
        "regex ",
        "url ",
        "clap ",
        "rustls ",
        "openssl-sys ",
    ] {
        let found = tree.iter().find(|name| name.starts_with(heavy));
        assert_eq!(found, None, "in the tree with all features");
    }
}
