//! Lock files of npm, yarn and pnpm.

use std::collections::BTreeSet;

use tower_visor::pins::sources::{LockFile, RegistryIntegrity};

use super::{are_messages, seeds};

const NAMES: [&str; 3] = [
    "@azure/ai-vision-face-ui",
    "@azure-ai-vision-face/ui-assets",
    "azure-ai-vision-face-ui",
];

/// A lock file.
pub fn run(data: &[u8]) {
    let lock = match LockFile::read(data, &NAMES) {
        Ok(lock) => lock,
        Err(errors) => return are_messages(&errors),
    };
    let mut seen = BTreeSet::new();
    for package in lock.packages() {
        assert!(NAMES.contains(&package.name.as_str()), "{package:?}");
        assert!(
            seen.insert((&package.name, &package.version)),
            "twice: {package:?}"
        );
        if let Some(version) = &package.version {
            assert_eq!(lock.get(&package.name, version), Some(package));
        }
        if let Ok(integrity) = &package.integrity {
            let again: Result<RegistryIntegrity, _> = integrity.to_string().parse();
            assert_eq!(again.as_ref(), Ok(integrity));
        }
        if let Some(host) = &package.registry {
            let is_host = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
            assert!(host.as_str().chars().all(is_host), "{host}");
        }
    }
    // Nothing else of the file matters: the same packages in any order give the same.
    let mut names = NAMES;
    names.reverse();
    assert_eq!(LockFile::read(data, &names).as_ref(), Ok(&lock));
}

/// One of each manager.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = seeds::files("lockfiles");
    // A file of an offline mirror, a URL in the place of a version, and a mark in front.
    let sha1 = "a9993e364706816aba3e25717850c26c9cd0d89d";
    seeds.push(
        format!("# yarn lockfile v1\n\"@azure/ai-vision-face-ui@1.5.0\":\n  version \"1.5.0\"\n  resolved \"x-1.5.0.tgz#{sha1}\"\n")
            .into_bytes(),
    );
    seeds.push(b"\xef\xbb\xbflockfileVersion: '9.0'\npackages:\n  '@azure/ai-vision-face-ui@https://cdn.example/x.tgz':\n    resolution: {tarball: https://cdn.example/x.tgz}\n    version: 1.5.0\n".to_vec());
    seeds
}
