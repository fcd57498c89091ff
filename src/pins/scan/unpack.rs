//! The packages' tarballs: checked, then unpacked into memory.

use std::collections::{BTreeMap, BTreeSet};

use super::super::sources::{Tarball, TarballError};
use super::super::tree::PACKAGES;
use super::super::{PinError, TreeError, shown};
use super::locks::Locks;
use super::read::Read;
use super::tarballs::Unpacked;
use crate::sdk::Version;
use crate::sdk::layout::{FileKind, Layout, is_package_metadata};
use crate::sri::Algorithm;

pub(super) fn read(
    given: &[(String, Vec<u8>)],
    locks: &Locks,
    algorithm: Algorithm,
    errors: &mut Vec<PinError>,
) -> Vec<Unpacked> {
    let mut packages: Vec<Unpacked> = Vec::new();
    for (file, bytes) in given {
        let file = shown(file);
        match one(&file, bytes, locks, algorithm) {
            Ok(package) if packages.iter().any(|known| known.name == package.name) => {
                errors.push(PinError::TarballTwice {
                    file,
                    package: package.name,
                });
            }
            Ok(package) => packages.push(package),
            Err(faults) => errors.extend(faults),
        }
    }
    packages
}

/// Checks first: with a lock file beside it, nothing of a tarball is unpacked that none of the
/// entries speaks of.
fn one(
    file: &str,
    bytes: &[u8],
    locks: &Locks,
    algorithm: Algorithm,
) -> Result<Unpacked, Vec<PinError>> {
    let entry = locks.entries().find(|entry| {
        entry
            .integrity
            .as_ref()
            .is_ok_and(|integrity| integrity.matches(bytes))
    });
    let tarball = match entry.map(|entry| &entry.integrity) {
        Some(Ok(integrity)) => {
            Tarball::checked(bytes, integrity).map_err(|error| vec![fault(file, error)])?
        }
        _ if locks.is_empty() => Tarball::observed(bytes),
        _ => {
            return Err(vec![PinError::TarballUnknown {
                file: file.to_owned(),
            }]);
        }
    };
    let mut contents = BTreeMap::new();
    let package = tarball
        .unpack(algorithm, |path, content| {
            // Digests of the others are taken by the unpacking itself.
            if let Some(kind @ (FileKind::Component | FileKind::Wasm(_))) =
                Layout::SCOPED.kind(path)
            {
                contents.insert(path.to_owned(), Read::of(path, kind, content, algorithm));
            }
        })
        .map_err(|faults| {
            faults
                .into_iter()
                .map(|error| fault(file, error))
                .collect::<Vec<_>>()
        })?;

    let found = format!("{}@{}", package.name, package.version);
    let wrong = |needed: String| PinError::TarballPackage {
        file: file.to_owned(),
        found: shown(&found),
        needed,
    };
    let name = PACKAGES.into_iter().find(|name| *name == package.name);
    let (Some(name), Ok(version)) = (name, package.version.parse::<Version>()) else {
        return Err(vec![wrong("a package of the SDK".to_owned())]);
    };
    if let Some(entry) = entry
        && (entry.name != name || entry.version.as_deref() != Some(&package.version))
    {
        let version = entry.version.as_deref().unwrap_or("?");
        return Err(vec![wrong(format!(
            "{}@{version}, by the lock file's digest",
            shown(&entry.name)
        ))]);
    }

    let mut errors = Vec::new();
    let mut files = Vec::new();
    for found in package.files {
        if let Some(read) = contents.remove(&found.path) {
            files.push(read);
        } else if let Some(kind) = Layout::SCOPED.kind(&found.path) {
            files.push(Read {
                path: found.path,
                kind,
                bytes: found.bytes,
                digest: found.digest,
                styles: Vec::new(),
                versions: BTreeSet::new(),
            });
        } else if !is_package_metadata(&found.path) {
            errors.push(
                TreeError::UnknownFile {
                    path: shown(&found.path),
                }
                .into(),
            );
        }
    }
    if errors.is_empty() {
        Ok(Unpacked {
            name,
            version,
            checked: tarball.integrity().cloned(),
            files,
        })
    } else {
        Err(errors)
    }
}

fn fault(file: &str, error: TarballError) -> PinError {
    PinError::Tarball {
        file: file.to_owned(),
        error: Box::new(error),
    }
}
