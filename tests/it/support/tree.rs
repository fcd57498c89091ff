//! Copies of the stand-in SDK that a test may spoil.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

pub(crate) const COMPONENT: &str = "FaceLivenessDetector.js";
pub(crate) const ASSETS: &str = "facelivenessdetector-assets";
pub(crate) const COMPONENT_PACKAGE: &str = "node_modules/@azure/ai-vision-face-ui";
pub(crate) const ASSETS_PACKAGE: &str = "node_modules/@azure-ai-vision-face/ui-assets";

pub(crate) fn fixture(version: &str) -> PathBuf {
    fixtures().join("sdk").join(version)
}

/// The program's tests use this file, too; their package is a folder further down.
pub(crate) fn fixtures() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let mut folders = here.map(|folder| folder.join("fixtures"));
    folders.find(|folder| folder.is_dir()).expect("fixtures")
}

/// A folder of a test's own.
pub(crate) struct Tree(TempDir);

impl Tree {
    pub(crate) fn empty() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// As `npm install` leaves it.
    pub(crate) fn installed(version: &str) -> Self {
        let tree = Self::empty();
        copy(&fixture(version), tree.path());
        tree
    }

    /// Component and assets side by side, without a `package.json`.
    pub(crate) fn vendored(version: &str) -> Self {
        let tree = Self::empty();
        let from = fixture(version);
        fs::copy(
            from.join(COMPONENT_PACKAGE).join(COMPONENT),
            tree.path().join(COMPONENT),
        )
        .unwrap();
        copy(
            &from.join(ASSETS_PACKAGE).join(ASSETS),
            &tree.path().join(ASSETS),
        );
        tree
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn join(&self, path: &str) -> PathBuf {
        self.path().join(path)
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.join(path)).unwrap()
    }

    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(crate) fn remove(&self, path: &str) {
        let path = self.join(path);
        if path.is_dir() {
            fs::remove_dir_all(path).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
    }

    /// Replaces a text in a file, which must hold it.
    pub(crate) fn replace(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path} holds no {from}");
        self.write(path, text.replace(from, to));
    }
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// All errors, one a line.
pub(crate) fn messages<E: std::fmt::Display>(errors: &[E]) -> Vec<String> {
    errors.iter().map(ToString::to_string).collect()
}
