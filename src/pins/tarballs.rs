//! Tarballs compared with pins, without the proof: nothing of them is on disk.

use std::collections::BTreeMap;

use super::sources::Tarball;
use super::{Difference, DifferenceFault, Package, PinnedFile, Pins, verify};
use crate::errors::Errors;
use crate::foreign::shown;
use crate::sdk::layout::is_package_metadata;

impl Pins {
    /// Compares the packages' tarballs with the pins; each consists of a name for messages, and its bytes.
    ///
    /// If the registry's integrity of every package is recorded, a tarball must have one of
    /// them, and nothing of it is unpacked before that is checked. Overridden files are not compared:
    /// they were replaced after unpacking.
    ///
    /// Unlike [`Pins::verify`] this gives no proof, because there is nothing on disk to serve.
    /// It is for CI, where the tarballs are kept and the folder doesn't exist yet.
    ///
    /// # Errors
    /// All differences at once; see [`Difference`].
    ///
    /// ```no_run
    /// # let pins = tower_visor::pins::Pins::load("visor-lock.json")?;
    /// let names = ["component.tgz", "assets.tgz"];
    /// let read = |name| Ok((name, std::fs::read(name)?));
    /// let tarballs: Vec<_> = names.into_iter().map(read).collect::<std::io::Result<_>>()?;
    /// pins.compare_tarballs(tarballs)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn compare_tarballs<N: Into<String>, B: Into<Vec<u8>>>(
        &self,
        tarballs: impl IntoIterator<Item = (N, B)>,
    ) -> Result<(), Errors<Difference>> {
        let tarballs: Vec<_> = tarballs
            .into_iter()
            .map(|(name, bytes)| (name.into(), bytes.into()))
            .collect();
        Errors::check(compare(self, &tarballs))?;
        Ok(())
    }
}

fn compare(pins: &Pins, tarballs: &[(String, Vec<u8>)]) -> Vec<DifferenceFault> {
    let mut differences = Vec::new();
    let mut known: Vec<&'static str> = Vec::new();
    let mut all_known = true;
    for (file, bytes) in tarballs {
        let file = shown(file);
        match package(pins, &file, bytes, &mut differences) {
            None => all_known = false,
            Some(package) if known.contains(&package) => {
                differences.push(DifferenceFault::TarballTwice { file, package });
            }
            Some(package) => known.push(package),
        }
    }
    // One that could not be told may be the one that is looked for.
    if all_known {
        let missing = pins.packages().iter().map(Package::name);
        differences.extend(
            missing
                .filter(|package| !known.contains(package))
                .map(|package| DifferenceFault::NoTarball { package }),
        );
    }
    differences.sort_by(|a, b| a.subject().cmp(b.subject()));
    differences
}

/// Compares one tarball; gives the package that it is, where it is one of the pinned.
fn package(
    pins: &Pins,
    file: &str,
    bytes: &[u8],
    differences: &mut Vec<DifferenceFault>,
) -> Option<&'static str> {
    let mut recorded = pins.packages().iter().filter_map(Package::integrity);
    let every_one = recorded.clone().count() == pins.packages().len();
    let wrong = || DifferenceFault::TarballIntegrity {
        file: file.to_owned(),
    };
    let tarball = match recorded.find_map(|integrity| Tarball::checked(bytes, integrity).ok()) {
        Some(tarball) => tarball,
        // Nothing is unpacked of what has none of the integrities.
        None if every_one => {
            differences.push(wrong());
            return None;
        }
        None => Tarball::observed(bytes),
    };

    let mut changed = Vec::new();
    let unpacked = tarball.unpack(pins.algorithm(), |path, content| {
        if let Some(pinned) = pins.file(path)
            && !pinned.digest().matches(content)
        {
            changed.push((pinned, verify::changed(pinned, content)));
        }
    });
    let unpacked = match unpacked {
        Ok(unpacked) => unpacked,
        Err(faults) => {
            differences.extend(faults.into_iter().map(|error| DifferenceFault::Tarball {
                file: file.to_owned(),
                error: Box::new(error),
            }));
            return None;
        }
    };
    let named = pins.packages().iter().find(|p| p.name() == unpacked.name);
    let Some(package) = named else {
        differences.push(DifferenceFault::TarballPackage {
            file: file.to_owned(),
            found: shown(&format!("{}@{}", unpacked.name, unpacked.version)),
        });
        return None;
    };
    if tarball.integrity() != package.integrity() {
        differences.push(wrong());
    }

    let mut add = |difference| {
        differences.push(DifferenceFault::InTarball {
            file: file.to_owned(),
            difference: Box::new(difference),
        });
    };
    if let Ok(found) = unpacked.version.parse()
        && found != *package.version()
    {
        add(DifferenceFault::Version {
            package: package.name(),
            expected: package.version().clone(),
            found,
        });
    }
    // What was replaced on purpose is not the tarball's.
    let is_its_own =
        |file: &PinnedFile| file.package() == package.name() && file.override_reason().is_none();
    let pinned: BTreeMap<&str, &PinnedFile> = pins
        .files()
        .iter()
        .filter(|file| file.package() == package.name())
        .map(|file| (file.path(), file))
        .collect();
    for (_, difference) in changed.into_iter().filter(|(file, _)| is_its_own(file)) {
        add(difference);
    }
    for path in unpacked.files.iter().map(|file| &file.path) {
        if !pinned.contains_key(path.as_str()) && !is_package_metadata(path) {
            add(DifferenceFault::Unpinned { path: shown(path) });
        }
    }
    for file in pinned.values().filter(|file| is_its_own(file)) {
        if unpacked.file(file.path()).is_none() {
            add(DifferenceFault::Missing {
                path: file.path().to_owned(),
            });
        }
    }
    Some(package.name())
}
