//! The packages' tarballs: checked, then unpacked into memory.

use std::collections::BTreeMap;

use super::super::sources::{Tarball, TarballError, TarballErrorKind};
use super::super::tree::PACKAGES;
use super::super::{PinFault, TreeError, content};
use super::locks::Vouched;
use super::read::Read;
use super::tarballs::Unpacked;
use crate::errors::Errors;
use crate::foreign::shown;
use crate::sdk::Version;
use crate::sdk::layout::{FileKind, Layout, is_package_metadata};
use crate::sri::Algorithm;

pub(super) fn read(
    given: &[(String, Vec<u8>)],
    vouched: &[Vouched],
    algorithm: Algorithm,
    errors: &mut Vec<PinFault>,
) -> Vec<Unpacked> {
    let mut packages: Vec<Unpacked> = Vec::new();
    for (file, bytes) in given {
        let file = shown(file);
        match one(&file, bytes, vouched, algorithm) {
            Ok(package) if packages.iter().any(|known| known.name == package.name) => {
                errors.push(PinFault::TarballTwice {
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

/// Checks first: where anybody vouches for tarballs, nothing is unpacked of one that nobody
/// vouches for.
fn one(
    file: &str,
    bytes: &[u8],
    vouched: &[Vouched],
    algorithm: Algorithm,
) -> Result<Unpacked, Errors<PinFault>> {
    let matching = vouched
        .iter()
        .filter(|entry| entry.integrity.matches(bytes));
    let entry = matching.max_by_key(|entry| entry.provenance);
    let tarball = match entry {
        Some(entry) => {
            // All that is said of this version must hold, not only the best of it.
            let same =
                |other: &&Vouched| (&other.name, &other.version) == (&entry.name, &entry.version);
            for statement in vouched.iter().filter(same) {
                Tarball::checked(bytes, &statement.integrity)
                    .map_err(|error| fault(file, error))?;
            }
            Tarball::checked(bytes, &entry.integrity).map_err(|error| fault(file, error))?
        }
        None if vouched.is_empty() => Tarball::observed(bytes),
        None => {
            // The integrity that it should have doesn't matter to an archive that has lost its gzip.
            if let Some(first) = vouched.first()
                && let Err(error) = Tarball::checked(bytes, &first.integrity)
                && error.kind() == TarballErrorKind::Damaged
            {
                return Err(fault(file, error).into());
            }
            let file = file.to_owned();
            return Err(PinFault::TarballUnknown { file }.into());
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
        .map_err(|faults| faults.map(|error| fault(file, error)))?;

    let found = format!("{}@{}", package.name, package.version);
    let wrong = |needed: String| PinFault::TarballPackage {
        file: file.to_owned(),
        found: shown(&found),
        needed,
    };
    let name = PACKAGES.into_iter().find(|name| *name == package.name);
    let (Some(name), Ok(version)) = (name, package.version.parse::<Version>()) else {
        return Err(wrong("a package of the SDK".to_owned()).into());
    };
    if let Some(entry) = entry
        && (entry.name != name || entry.version.as_deref() != Some(&package.version))
    {
        let version = entry.version.as_deref().unwrap_or("?");
        let needed = format!("{}@{version}, by its digest", shown(&entry.name));
        return Err(wrong(needed).into());
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
                versions: content::release_of(&found.digest).into_iter().collect(),
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
    Errors::check(errors)?;
    Ok(Unpacked {
        name,
        version,
        checked: entry.map(|entry| (entry.integrity.clone(), entry.provenance)),
        files,
    })
}

fn fault(file: &str, error: TarballError) -> PinFault {
    PinFault::Tarball {
        file: file.to_owned(),
        error: Box::new(error),
    }
}
