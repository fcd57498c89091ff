//! Folders that differ from the pins: whatever happened to them, what is proven is what was pinned.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tower_visor::assets::PinnedAssets;
use tower_visor::pins::Pins;

use super::{are_messages, seeds};

struct Original {
    pins: Pins,
    /// Path from the tree's root -> bytes.
    tree: BTreeMap<PathBuf, Vec<u8>>,
    /// Pinned path -> bytes.
    pinned: BTreeMap<String, Vec<u8>>,
}

fn original() -> &'static Original {
    static ORIGINAL: OnceLock<Original> = OnceLock::new();
    ORIGINAL.get_or_init(|| {
        let folder = seeds::fixtures().join("sdk/1.5.0");
        let pins = Pins::scan(&folder).expect("the stand-in");
        let verified = pins.verify(&folder).expect("the stand-in");
        let pinned = verified
            .files()
            .map(|(file, bytes)| (file.path().to_owned(), bytes.to_vec()))
            .collect();
        let tree = listing(&folder).expect("regular files");
        Original { pins, tree, pinned }
    })
}

/// All files of a folder; `None` where there is anything else than files and folders.
fn listing(root: &Path) -> Option<BTreeMap<PathBuf, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let kind = fs::symlink_metadata(&path).unwrap().file_type();
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                let name = path.strip_prefix(root).unwrap().to_owned();
                files.insert(name, fs::read(path).unwrap());
            } else {
                return None;
            }
        }
    }
    Some(files)
}

/// Four bytes are one change: what, to which file, and where.
pub fn run(data: &[u8]) {
    let original = original();
    let tree = tempfile::TempDir::new().unwrap();
    let root = tree.path();
    for (path, bytes) in &original.tree {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let paths: Vec<&PathBuf> = original.tree.keys().collect();
    for change in data.chunks_exact(4).take(8) {
        let path = root.join(paths[usize::from(change[1]) % paths.len()]);
        spoil(&path, change[0], usize::from(change[2]), change[3]);
    }
    match original.pins.verify(root) {
        Ok(verified) => {
            assert_eq!(verified.files().count(), original.pinned.len());
            for (file, bytes) in verified.files() {
                let pinned = original.pinned.get(file.path()).map(Vec::as_slice);
                assert_eq!(Some(&**bytes), pinned, "{file:?}");
            }
            let assets = PinnedAssets::new(&verified).expect("what was verified");
            for (path, bytes) in &original.pinned {
                let url = original.pins.file(path).expect("pinned").url();
                let request = http::Request::get(url).body(()).unwrap();
                let body = assets.respond(&request).into_body().into_bytes();
                assert_eq!(body, bytes, "{url}");
            }
        }
        Err(differences) => {
            are_messages(&differences);
            let same = listing(root).is_some_and(|files| files == original.tree);
            assert!(!same, "{differences}");
        }
    }
    // Pins of whatever lies there are either refused or hold for it.
    match Pins::scan(root) {
        Ok(pins) => assert!(pins.verify(root).is_ok()),
        Err(errors) => are_messages(&errors),
    }
}

/// One change; those that the file system refuses after an earlier one don't matter.
fn spoil(path: &Path, what: u8, at: usize, byte: u8) {
    let change = |edit: &dyn Fn(Vec<u8>) -> Vec<u8>| {
        if let Ok(bytes) = fs::read(path) {
            let _ = fs::write(path, edit(bytes));
        }
    };
    let beside = |name: String| path.with_file_name(name);
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let _ = match what % 13 {
        0 => {
            change(&|mut bytes| {
                let place = at * bytes.len() / 256;
                if let Some(found) = bytes.get_mut(place) {
                    *found = byte;
                }
                bytes
            });
            Ok(())
        }
        1 => {
            change(&|mut bytes| {
                bytes.truncate(at * bytes.len() / 256);
                bytes
            });
            Ok(())
        }
        2 => {
            change(&|mut bytes| {
                bytes.push(byte);
                bytes
            });
            Ok(())
        }
        3 => {
            change(&|bytes| {
                String::from_utf8_lossy(&bytes)
                    .replace('\n', "\r\n")
                    .into_bytes()
            });
            Ok(())
        }
        4 => fs::remove_file(path),
        5 => fs::remove_file(path).and_then(|()| fs::create_dir(path)),
        6 => fs::rename(path, beside(name.to_uppercase())),
        7 => {
            // A slash would lead to the root of this machine.
            let first = Some(char::from(byte & 127 | 1)).filter(|first| *first != '/');
            fs::write(beside(format!("{}{name}", first.unwrap_or('_'))), "extra")
        }
        8 => fs::copy(path, beside(name.to_uppercase())).map(drop),
        9 => fs::remove_dir_all(path.parent().unwrap()),
        #[cfg(unix)]
        10 => {
            let other = beside(format!("{name}.moved"));
            fs::rename(path, &other).and_then(|()| std::os::unix::fs::symlink(&other, path))
        }
        #[cfg(unix)]
        11 => {
            let folder = path.parent().unwrap();
            let other = folder.with_file_name("moved");
            fs::rename(folder, &other).and_then(|()| std::os::unix::fs::symlink(&other, folder))
        }
        // The same file again.
        _ => fs::read(path).and_then(|bytes| fs::write(path, bytes)),
    };
}

/// Each kind of change.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = (0..13)
        .map(|what| vec![what, what * 3, 128, b'x'])
        .collect();
    seeds.push(Vec::new());
    seeds.push(vec![10, 1, 0, 0, 0, 1, 9, 9, 6, 5, 0, 0]);
    seeds
}
