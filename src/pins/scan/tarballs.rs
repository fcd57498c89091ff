//! The packages' tarballs, compared with the disk.

use std::collections::BTreeMap;

use super::super::sources::RegistryIntegrity;
use super::super::{PinFault, Provenance};
use super::read::Read;
use crate::sdk::Version;
use crate::sdk::layout::Layout;

/// A package as its tarball holds it.
#[derive(Debug)]
#[cfg_attr(not(feature = "pin"), allow(dead_code))] // without it there are no tarballs
pub(super) struct Unpacked {
    pub(super) name: &'static str,
    pub(super) version: Version,
    /// What the tarball was checked against, and what that makes it worth.
    pub(super) checked: Option<(RegistryIntegrity, Provenance)>,
    pub(super) files: Vec<Read>,
}

/// Compares the files on disk with those of the tarballs; `overridden` may differ.
pub(super) fn compare(
    packages: &[Unpacked],
    layout: &Layout,
    files: &[Read],
    overridden: impl Fn(&str) -> bool,
    errors: &mut Vec<PinFault>,
) {
    let on_disk: BTreeMap<&str, &Read> = files
        .iter()
        .map(|file| (file.path.as_str(), file))
        .collect();
    for package in packages {
        let packed: BTreeMap<&str, &Read> = package
            .files
            .iter()
            .map(|file| (file.path.as_str(), file))
            .collect();
        for (path, packed) in &packed {
            match on_disk.get(path) {
                None => errors.push(PinFault::NotOnDisk {
                    path: (*path).to_owned(),
                    package: package.name,
                }),
                Some(file) if file.digest != packed.digest && !overridden(path) => {
                    errors.push(PinFault::DiffersFromTarball {
                        path: (*path).to_owned(),
                        package: package.name,
                        packed: Box::new(packed.digest),
                        found: Box::new(file.digest),
                    });
                }
                Some(_) => {}
            }
        }
        for file in files {
            if layout.package_of(&file.path) == package.name
                && !packed.contains_key(file.path.as_str())
                && !overridden(&file.path)
            {
                errors.push(PinFault::NotInTarball {
                    path: file.path.clone(),
                    package: package.name,
                });
            }
        }
    }
}
