//! What changes from one set of pins to another.

use std::collections::BTreeSet;
use std::fmt;

use super::{Package, PinnedFile, Pins, Provenance};
use crate::sdk::Version;
use crate::sri::{Algorithm, Digest};

/// What changes from one set of pins to another, for a reviewer. `Display` gives it in lines.
///
/// ```
/// use tower_visor::pins::Pins;
///
/// # let old = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.4.8");
/// # let new = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.5.0");
/// let changes = Pins::scan(old).unwrap().changes_to(&Pins::scan(new).unwrap());
/// assert!(changes.to_string().starts_with("version 1.4.8 -> 1.5.0\n"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Changes {
    /// The old and the new version, where they differ.
    pub version: Option<(Version, Version)>,
    /// The old and the new base path, where they differ.
    pub base: Option<(String, String)>,
    /// The old and the new hash algorithm, where they differ.
    pub algorithm: Option<(Algorithm, Algorithm)>,
    /// The packages whose provenance or integrity differs.
    pub packages: Vec<PackageChange>,
    /// The files that differ, sorted by path.
    pub files: Vec<FileChange>,
}

/// How a package's provenance changes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PackageChange {
    /// The package.
    pub name: &'static str,
    /// The old provenance; `None` when the package is new.
    pub old: Option<Provenance>,
    /// The new provenance; `None` when the package is gone.
    pub new: Option<Provenance>,
}

/// How a file changes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileChange {
    /// Its path.
    pub path: String,
    /// What it was; `None` when it is new.
    pub old: Option<FileState>,
    /// What it is; `None` when it is gone.
    pub new: Option<FileState>,
}

/// What of a file can change.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileState {
    /// Its size in bytes.
    pub bytes: u64,
    /// Its digest.
    pub digest: Digest,
    /// How far the digest can be traced back.
    pub provenance: Provenance,
    /// Why it was replaced, if it was.
    pub override_reason: Option<String>,
}

impl Changes {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.version.is_none()
            && self.base.is_none()
            && self.algorithm.is_none()
            && self.packages.is_empty()
            && self.files.is_empty()
    }

    /// Whether some provenance becomes weaker, because what was checked before was not checked this time.
    pub fn lowers_provenance(&self) -> bool {
        let package = |change: &PackageChange| change.old > change.new;
        let file = |change: &FileChange| match (&change.old, &change.new) {
            (Some(old), Some(new)) => old.provenance > new.provenance,
            _ => false,
        };
        self.packages.iter().any(package) || self.files.iter().any(file)
    }
}

impl Pins {
    /// What changes from these pins to others.
    pub fn changes_to(&self, new: &Self) -> Changes {
        let names: BTreeSet<&'static str> = self
            .packages
            .iter()
            .chain(&new.packages)
            .map(Package::name)
            .collect();
        let paths: BTreeSet<&str> = self
            .files
            .iter()
            .chain(&new.files)
            .map(PinnedFile::path)
            .collect();
        Changes {
            version: differ(&self.version, &new.version),
            base: differ(
                &self.base.as_str().to_owned(),
                &new.base.as_str().to_owned(),
            ),
            algorithm: differ(&self.algorithm, &new.algorithm),
            packages: names
                .into_iter()
                .map(|name| PackageChange {
                    name,
                    old: self.package(name).map(Package::provenance),
                    new: new.package(name).map(Package::provenance),
                })
                .filter(|change| change.old != change.new)
                .collect(),
            files: paths
                .into_iter()
                .map(|path| FileChange {
                    path: path.to_owned(),
                    old: self.file(path).map(FileState::of),
                    new: new.file(path).map(FileState::of),
                })
                .filter(|change| change.old != change.new)
                .collect(),
        }
    }

    /// These pins with what older ones knew better: a package keeps its provenance when it has
    /// the same version and not one of its files changed, a file keeps `published` when it has
    /// the same digest. What changed is known only as far as this scan could check it.
    #[must_use]
    pub fn keeping_provenance_of(mut self, old: &Self) -> Self {
        for index in 0..self.packages.len() {
            let Some(package) = self.packages.get(index) else {
                break;
            };
            let Some(known) = old.package(package.name) else {
                continue;
            };
            let contradicted = match (&known.integrity, &package.integrity) {
                (Some(known), Some(found)) => known != found,
                _ => false,
            };
            let unchanged = known.version == package.version
                && !contradicted
                && known.provenance > package.provenance
                && same_files(package.name, old, &self);
            if unchanged && let Some(package) = self.packages.get_mut(index) {
                *package = known.clone();
            }
        }
        let packages = &self.packages;
        for file in &mut self.files {
            if file.override_reason.is_some() {
                continue;
            }
            let package = packages.iter().find(|known| known.name == file.package);
            let kept = old.file(&file.path).filter(|known| {
                known.digest == file.digest
                    && known.override_reason.is_none()
                    && known.provenance == Provenance::Published
            });
            file.provenance = file
                .provenance
                .max(package.map_or(Provenance::Observed, Package::provenance))
                .max(kept.map_or(Provenance::Observed, PinnedFile::provenance));
        }
        self
    }

    fn package(&self, name: &str) -> Option<&Package> {
        self.packages.iter().find(|package| package.name == name)
    }
}

impl FileState {
    fn of(file: &PinnedFile) -> Self {
        Self {
            bytes: file.bytes,
            digest: file.digest,
            provenance: file.provenance,
            override_reason: file.override_reason.clone(),
        }
    }
}

/// Whether a package has the same files with the same digests and overrides in both.
fn same_files(package: &str, old: &Pins, new: &Pins) -> bool {
    let files = |pins: &Pins| -> Vec<(String, Digest, bool)> {
        pins.files
            .iter()
            .filter(|file| file.package == package)
            .map(|file| {
                (
                    file.path.clone(),
                    file.digest,
                    file.override_reason.is_some(),
                )
            })
            .collect()
    };
    files(old) == files(new)
}

fn differ<T: Clone + PartialEq>(old: &T, new: &T) -> Option<(T, T)> {
    (old != new).then(|| (old.clone(), new.clone()))
}

impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("nothing changes\n");
        }
        if let Some((old, new)) = &self.version {
            writeln!(f, "version {old} -> {new}")?;
        }
        if let Some((old, new)) = &self.base {
            writeln!(f, "base {old} -> {new}")?;
        }
        if let Some((old, new)) = &self.algorithm {
            writeln!(f, "algorithm {old} -> {new}")?;
        }
        for PackageChange { name, old, new } in &self.packages {
            match (old, new) {
                (Some(old), Some(new)) => {
                    writeln!(f, "package {name}: {}", Lowered(*old, *new))?;
                }
                (None, Some(new)) => writeln!(f, "package {name}: new, {new}")?,
                (_, None) => writeln!(f, "package {name}: gone")?,
            }
        }
        for change in &self.files {
            write!(f, "{change}")?;
        }
        Ok(())
    }
}

impl fmt::Display for FileChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &self.path;
        match (&self.old, &self.new) {
            (Some(old), Some(new)) => {
                if old.digest == new.digest {
                    writeln!(f, "~ {path}")?;
                } else {
                    writeln!(f, "~ {path}: {} -> {} bytes", old.bytes, new.bytes)?;
                    writeln!(f, "    {}\n    {}", old.digest, new.digest)?;
                }
                if old.provenance != new.provenance {
                    writeln!(f, "    {}", Lowered(old.provenance, new.provenance))?;
                }
                if old.override_reason != new.override_reason {
                    let reason = |state: &FileState| match &state.override_reason {
                        Some(reason) => format!("\"{reason}\""),
                        None => "none".to_owned(),
                    };
                    writeln!(f, "    override: {} -> {}", reason(old), reason(new))?;
                }
                Ok(())
            }
            (None, Some(new)) => writeln!(
                f,
                "+ {path}: {} bytes, {}\n    {}",
                new.bytes, new.provenance, new.digest
            ),
            (Some(old), None) => writeln!(f, "- {path}: {} bytes", old.bytes),
            (None, None) => Ok(()),
        }
    }
}

/// A change of provenance, with a word where it becomes weaker.
struct Lowered(Provenance, Provenance);

impl fmt::Display for Lowered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(old, new) = self;
        let word = if old > new { " (lowered)" } else { "" };
        write!(f, "provenance {old} -> {new}{word}")
    }
}
