//! What the lock files of package managers say of the SDK's packages.

use super::super::PinFault;
#[cfg(feature = "pin")]
use super::super::Provenance;
use super::super::sources::{LockFile, LockedPackage, RegistryIntegrity};
use crate::foreign::shown;
use crate::sdk::Version;
use crate::sdk::layout::Layout;

/// A tarball that somebody vouches for: a lock file, or a registry by its signature.
#[cfg(feature = "pin")]
#[derive(Clone, Debug)]
pub(super) struct Vouched {
    pub(super) name: String,
    pub(super) version: Option<String>,
    pub(super) integrity: RegistryIntegrity,
    /// What a tarball with this integrity is worth.
    pub(super) provenance: Provenance,
}

/// The lock files that were given, each with the name that messages call it.
pub(super) struct Locks(Vec<(String, LockFile)>);

impl Locks {
    pub(super) fn read(given: &[(String, Vec<u8>)], errors: &mut Vec<PinFault>) -> Self {
        let mut names: Vec<&str> = Layout::ALL
            .iter()
            .flat_map(|layout| [layout.component_package, layout.assets_package])
            .collect();
        names.dedup();
        let mut locks = Vec::new();
        for (file, content) in given {
            let file = shown(file);
            match LockFile::read(content, &names) {
                Ok(lock) => locks.push((file, lock)),
                Err(faults) => errors.extend(faults.into_iter().map(|error| PinFault::NpmLock {
                    file: file.clone(),
                    error: Box::new(error),
                })),
            }
        }
        Self(locks)
    }

    /// All integrities, of any version.
    #[cfg(feature = "pin")]
    pub(super) fn vouched(&self) -> Vec<Vouched> {
        let entries = self.0.iter().flat_map(|(_, lock)| lock.packages());
        entries
            .filter_map(|entry| {
                let integrity = entry.integrity.clone().ok()?;
                Some(Vouched {
                    name: entry.name.clone(),
                    version: entry.version.clone(),
                    provenance: (&integrity).into(),
                    integrity,
                })
            })
            .collect()
    }

    /// The integrity of one package. Every lock file that was given must have it, and all the
    /// same.
    pub(super) fn integrity(
        &self,
        package: &'static str,
        version: &Version,
        errors: &mut Vec<PinFault>,
    ) -> Option<RegistryIntegrity> {
        let mut found: Option<(&str, RegistryIntegrity)> = None;
        for (file, lock) in &self.0 {
            let entry: Option<&LockedPackage> = lock.get(package, &version.to_string());
            match entry.map(|entry| &entry.integrity) {
                None => errors.push(PinFault::NotLocked {
                    file: file.clone(),
                    package,
                    version: version.clone(),
                }),
                Some(Err(reason)) => errors.push(PinFault::NoIntegrity {
                    file: file.clone(),
                    package,
                    version: version.clone(),
                    reason: *reason,
                }),
                Some(Ok(integrity)) => match &found {
                    Some((other, known)) if known.contradicts(integrity) => {
                        errors.push(PinFault::LocksDisagree {
                            package,
                            one: (*other).to_owned(),
                            other: file.clone(),
                        });
                    }
                    Some(_) => {}
                    None => found = Some((file, integrity.clone())),
                },
            }
        }
        found.map(|(_, integrity)| integrity)
    }
}
