//! What a registry has of a copy of the stand-in SDK: tarballs, and the lock file beside them.

use std::fs;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use tower_visor::pins::Scan;
use tower_visor::pins::sources::{RegistryIntegrity, WeakSha1};
use tower_visor::sri::{Algorithm, Digest, Integrity};

use super::tree::{ASSETS_PACKAGE, COMPONENT_PACKAGE};

pub(crate) const NAMES: [(&str, &str); 2] = [
    ("@azure/ai-vision-face-ui", COMPONENT_PACKAGE),
    ("@azure-ai-vision-face/ui-assets", ASSETS_PACKAGE),
];

/// A package's folder as the registry serves it: the same bytes for the same files.
pub(crate) fn pack(folder: &Path) -> Vec<u8> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    tar.mode(tar::HeaderMode::Deterministic);
    let mut paths = vec![folder.to_owned()];
    let mut files = Vec::new();
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            paths.extend(
                fs::read_dir(path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else {
            files.push(path);
        }
    }
    files.sort();
    for file in files {
        let name = Path::new("package").join(file.strip_prefix(folder).unwrap());
        tar.append_path_with_name(&file, name).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

pub(crate) fn strong(bytes: &[u8]) -> RegistryIntegrity {
    RegistryIntegrity::Strong(Integrity::from(Digest::of(Algorithm::Sha512, bytes)))
}

pub(crate) fn weak(bytes: &[u8]) -> RegistryIntegrity {
    RegistryIntegrity::Weak(WeakSha1::of(bytes))
}

/// Both tarballs of a tree and the lock file that goes with them.
pub(crate) struct Registry {
    pub(crate) tarballs: [Vec<u8>; 2],
    pub(crate) lock: String,
}

impl Registry {
    pub(crate) fn of(
        root: &Path,
        version: &str,
        integrity: impl Fn(&[u8]) -> RegistryIntegrity,
    ) -> Self {
        let tarballs = NAMES.map(|(_, folder)| pack(&root.join(folder)));
        let entries: Vec<String> = NAMES
            .iter()
            .zip(&tarballs)
            .map(|((name, _), bytes)| {
                format!(
                    r#""node_modules/{name}":{{"version":"{version}","integrity":"{}"}}"#,
                    integrity(bytes)
                )
            })
            .collect();
        let lock = format!(
            r#"{{"lockfileVersion":3,"packages":{{{}}}}}"#,
            entries.join(",")
        );
        Self { tarballs, lock }
    }

    pub(crate) fn join(&self, scan: Scan) -> Scan {
        let [component, assets] = &self.tarballs;
        scan.npm_lock("package-lock.json", self.lock.as_str())
            .tarball("component.tgz", component.as_slice())
            .tarball("assets.tgz", assets.as_slice())
    }
}
