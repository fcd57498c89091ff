//! Inputs to begin with: the project's fixtures, and the standards' cases where there are any.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
#[cfg(not(test))]
use tower_visor::sri::{Algorithm, Digest};

/// The folder `fixtures` of the project, whichever of the two packages this is compiled in.
pub fn fixtures() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .map(|folder| folder.join("fixtures"))
        .find(|folder| folder.is_dir())
        .expect("the project's fixtures")
}

/// Every file in a folder of the fixtures.
#[cfg(any(feature = "pin", feature = "serde"))]
pub fn files(folder: &str) -> Vec<Vec<u8>> {
    let folder = fixtures().join(folder);
    let entries = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let files = paths.iter().filter(|path| path.is_file());
    files.map(|path| fs::read(path).expect("a file")).collect()
}

/// All texts in a file of the standards' cases, none where `CONFORMANCE_DIR` is not set. They are
/// read at run time, and never become part of this repository.
pub fn conformance(file: &str) -> BTreeSet<String> {
    let mut texts = BTreeSet::new();
    if let Some(folder) = std::env::var_os("CONFORMANCE_DIR") {
        let path = Path::new(&folder).join(file);
        let text = fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let value = serde_json::from_slice(&text).expect("JSON");
        collect(&value, &mut texts);
    }
    texts
}

fn collect(value: &Value, texts: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if text.len() < 2000 => {
            texts.insert(text.clone());
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, texts)),
        Value::Object(values) => values.values().for_each(|value| collect(value, texts)),
        _ => {}
    }
}

/// Writes the seeds of a target into the corpus that libFuzzer was given as its first folder.
#[cfg(not(test))]
pub fn write_seeds(name: &str) {
    let Some(folder) = std::env::args()
        .skip(1)
        .find(|path| Path::new(path).is_dir())
    else {
        return;
    };
    let target = super::TARGETS.iter().find(|target| target.name == name);
    for seed in (target.expect("a target of this name").seeds)() {
        // By its content, so that a seed that is there already is not added again.
        let digest = Digest::of(Algorithm::Sha256, &seed);
        let name: String = digest
            .as_bytes()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let file = Path::new(&folder).join(name);
        fs::write(&file, seed).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    }
}
