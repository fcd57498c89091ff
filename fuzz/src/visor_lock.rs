//! Our own lock file.

use std::sync::OnceLock;

use tower_visor::pins::Pins;

use super::{are_messages, seeds};

static EMPTY: OnceLock<tempfile::TempDir> = OnceLock::new();

/// The text of a `visor-lock.json`.
pub fn run(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let pins = match Pins::from_json(text) {
        Ok(pins) => pins,
        Err(errors) => return are_messages(&errors),
    };
    let written = pins.to_json();
    let again = Pins::from_json(&written).expect("what was written");
    assert_eq!(again, pins);
    assert_eq!(again.to_json(), written);
    assert!(pins.changes_to(&again).is_empty());
    for file in pins.files() {
        assert_eq!(pins.file(file.path()), Some(file));
        assert_eq!(pins.served(file.url()), Some(file));
        let parts: Vec<&str> = file.path().split('/').collect();
        let leaves = |part: &&str| ["", ".", ".."].contains(part);
        assert!(!parts.iter().any(leaves), "{}", file.path());
    }
    // Whatever is pinned, an empty folder is not it.
    let empty = EMPTY.get_or_init(|| tempfile::TempDir::new().unwrap());
    are_messages(&pins.verify(empty.path()).unwrap_err());
    let all = pins.styles();
    assert!(
        all.iter()
            .all(|(_, digest)| digest.algorithm() == pins.algorithm())
    );
}

/// The pins of the stand-ins.
pub fn seeds() -> Vec<Vec<u8>> {
    ["1.4.8", "1.5.0"]
        .map(|version| Pins::scan(seeds::fixtures().join("sdk").join(version)).unwrap())
        .iter()
        .map(|pins| pins.to_json().into_bytes())
        .collect()
}
