//! From files to pins.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::sources::{LockFile, RegistryIntegrity};
use super::tree::{Found, Tree};
use super::{
    Package, PinError, PinnedFile, Pins, Provenance, TreeError, content, hash, set::Base, shown,
};
use crate::sdk::Version;
use crate::sdk::layout::{FileKind, Layout};
use crate::sri::{Algorithm, Digest};

/// Pins the files of a folder, and checks them against all that is known of them.
///
/// The folder holds `node_modules`, is an unpacked package, or is a vendored tree: the component
/// and `facelivenessdetector-assets` side by side, beside whatever else the application serves.
///
/// ```
/// use tower_visor::pins::Scan;
///
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.5.0");
/// let pins = Scan::new(folder)
///     .served_at("/liveness/")
///     .overriding(
///         "facelivenessdetector-assets/images/logo.svg",
///         "our own logo, agreed with the brand team",
///     )
///     .run()
///     .unwrap();
/// let logo = pins.served("/liveness/facelivenessdetector-assets/images/logo.svg").unwrap();
/// assert_eq!(logo.override_reason(), Some("our own logo, agreed with the brand team"));
/// ```
#[derive(Clone, Debug)]
#[must_use = "a scan does nothing until it is run"]
pub struct Scan {
    pub(super) folders: Vec<PathBuf>,
    base: String,
    algorithm: Algorithm,
    expected: Option<Version>,
    overrides: Vec<(String, String)>,
    locks: Vec<(String, Vec<u8>)>,
}

/// A file with what was read out of it.
struct Read {
    path: String,
    kind: FileKind,
    bytes: u64,
    digest: Digest,
    styles: Vec<Digest>,
    versions: BTreeSet<Version>,
}

impl Scan {
    /// A scan of this folder, to be served at `/`, with SHA-384.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folders: vec![folder.into()],
            base: "/".to_owned(),
            algorithm: Algorithm::default(),
            expected: None,
            overrides: Vec::new(),
            locks: Vec::new(),
        }
    }

    /// One more folder, where component and assets lie apart.
    pub fn and(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folders.push(folder.into());
        self
    }

    /// The URL path under which the files are served, with `/` at both ends. The default is `/`:
    /// the SDK resolves its files against the document's base URL, and most pages have none.
    pub fn served_at(mut self, base: &str) -> Self {
        base.clone_into(&mut self.base);
        self
    }

    /// The hash algorithm of all digests. The default is SHA-384.
    pub const fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// The version that this must be. Needed only where the files don't say it themselves.
    pub fn expecting(mut self, version: Version) -> Self {
        self.expected = Some(version);
        self
    }

    /// Declares that a picture or a language file differs from the package's on purpose.
    pub fn overriding(mut self, path: &str, reason: &str) -> Self {
        self.overrides.push((path.to_owned(), reason.to_owned()));
        self
    }

    /// The lock file of npm, yarn or pnpm that the packages were installed with; `name` is what
    /// messages call it.
    pub fn npm_lock(mut self, name: &str, content: impl Into<Vec<u8>>) -> Self {
        self.locks.push((name.to_owned(), content.into()));
        self
    }

    /// Scans, checks and pins.
    ///
    /// # Errors
    /// Everything that is wrong, at once; never an empty list.
    pub fn run(self) -> Result<Pins, Vec<PinError>> {
        let mut errors = Vec::new();
        let mut faults = Vec::new();
        let tree = Tree::open(&self.folders, &mut faults);
        // Without anything found, each file would be missing.
        if !tree.sources.is_empty() {
            tree.require_all(&mut faults);
        }
        let files = read_all(&tree.files, self.algorithm, &mut faults);
        errors.extend(faults.into_iter().map(PinError::Tree));

        let base = Base::new(&self.base);
        if base.is_none() {
            errors.push(PinError::Base {
                text: shown(&self.base),
            });
        }
        let overrides = self.check_overrides(&files, &mut errors);
        let version = if tree.sources.is_empty() {
            None
        } else {
            self.version(&tree, &files, &mut errors)
        };
        let layout = layout(&tree, version.as_ref(), &mut errors);
        let (Some(base), Some(version), Some(layout)) = (base, version, layout) else {
            return Err(errors);
        };
        let packages = self.packages(layout, &version, &mut errors);
        if !errors.is_empty() {
            return Err(errors);
        }
        let files = files
            .into_iter()
            .map(|file| {
                let package = layout.package_of(&file.path);
                let override_reason = overrides.get(file.path.as_str()).map(|r| (*r).to_owned());
                PinnedFile {
                    url: base.url(&file.path),
                    kind: file.kind,
                    package,
                    bytes: file.bytes,
                    digest: file.digest,
                    provenance: Provenance::Observed,
                    styles: file.styles,
                    override_reason,
                    path: file.path,
                }
            })
            .collect();
        Ok(Pins {
            version,
            layout,
            base,
            algorithm: self.algorithm,
            packages,
            files,
        })
    }

    fn check_overrides(&self, files: &[Read], errors: &mut Vec<PinError>) -> BTreeMap<&str, &str> {
        let mut overrides = BTreeMap::new();
        for (path, reason) in &self.overrides {
            let safe = shown(path);
            match files.iter().find(|file| file.path == *path) {
                None => errors.push(PinError::OverrideMissing { path: safe.clone() }),
                Some(file) if !file.kind.may_be_overridden() => {
                    errors.push(PinError::OverrideOfCode {
                        path: safe.clone(),
                        kind: file.kind,
                    });
                }
                Some(_) => {}
            }
            if !is_reason(reason) {
                errors.push(PinError::OverrideReason { path: safe.clone() });
            }
            if overrides.insert(path.as_str(), reason.as_str()).is_some() {
                errors.push(PinError::OverrideTwice { path: safe });
            }
        }
        overrides
    }

    /// The one version on which packages, component and caller agree.
    fn version(&self, tree: &Tree, files: &[Read], errors: &mut Vec<PinError>) -> Option<Version> {
        let mut packages = tree
            .sources
            .iter()
            .filter_map(|source| source.package.as_ref());
        let package = packages.next();
        if let Some((one, version)) = package {
            for (other, other_version) in packages {
                if version != other_version {
                    errors.push(PinError::PackagesDisagree {
                        one,
                        version: version.clone(),
                        other,
                        other_version: other_version.clone(),
                    });
                }
            }
        }
        let component = files.iter().find(|file| file.kind == FileKind::Component);
        let mut own = component.iter().flat_map(|file| &file.versions);
        let own_version = own.next();
        if let (Some(one), Some(other)) = (own_version, own.next()) {
            errors.push(PinError::TwoVersions {
                one: one.clone(),
                other: other.clone(),
            });
        }
        let package = package.map(|(_, version)| version);
        match (own_version, package) {
            (Some(own), Some(package)) if own != package => {
                errors.push(PinError::ComponentDisagrees {
                    found: own.clone(),
                    package: format!("its package is {package}"),
                });
            }
            // Up to 1.3 it isn't known whether every component names its version.
            (None, package)
                if component.is_some()
                    && self.expected.is_none()
                    && package
                        .is_none_or(|version| Layout::of(version) == Some(&Layout::SCOPED)) =>
            {
                errors.push(PinError::NoVersion);
            }
            _ => {}
        }
        let found = package.or(own_version);
        if let (Some(found), Some(expected)) = (found, &self.expected)
            && found != expected
        {
            errors.push(PinError::Unexpected {
                found: found.clone(),
                expected: expected.clone(),
            });
        }
        found.or(self.expected.as_ref()).cloned()
    }

    /// The packages with what the lock files say of them.
    fn packages(
        &self,
        layout: &'static Layout,
        version: &Version,
        errors: &mut Vec<PinError>,
    ) -> Vec<Package> {
        let names = BTreeSet::from([layout.component_package, layout.assets_package]);
        let mut integrities: BTreeMap<&str, RegistryIntegrity> = BTreeMap::new();
        for (file, content) in &self.locks {
            let wanted: Vec<&str> = names.iter().copied().collect();
            let lock = match LockFile::read(content, &wanted) {
                Ok(lock) => lock,
                Err(faults) => {
                    errors.extend(faults.into_iter().map(|error| PinError::NpmLock {
                        file: shown(file),
                        error: Box::new(error),
                    }));
                    continue;
                }
            };
            for package in &names {
                match lock.get(package, &version.to_string()) {
                    None => errors.push(PinError::NotLocked {
                        file: shown(file),
                        package,
                        version: version.clone(),
                    }),
                    Some(entry) => match &entry.integrity {
                        Ok(integrity) => {
                            integrities.insert(package, integrity.clone());
                        }
                        Err(reason) => errors.push(PinError::NoIntegrity {
                            file: shown(file),
                            package,
                            version: version.clone(),
                            reason: *reason,
                        }),
                    },
                }
            }
        }
        names
            .into_iter()
            .map(|name| Package {
                name,
                version: version.clone(),
                provenance: Provenance::Observed,
                integrity: integrities.remove(name),
            })
            .collect()
    }
}

/// A reason stands in reviews and reports: one line, and not endless.
pub(super) fn is_reason(reason: &str) -> bool {
    !reason.trim().is_empty()
        && reason.chars().count() <= 200
        && !reason.chars().any(char::is_control)
}

/// The layout by the names of the packages, or by the version where there are none.
fn layout(
    tree: &Tree,
    version: Option<&Version>,
    errors: &mut Vec<PinError>,
) -> Option<&'static Layout> {
    let version = version?;
    let mut names = tree
        .sources
        .iter()
        .filter_map(|source| source.package.as_ref());
    if let Some((name, _)) = names.next() {
        let single = *name == Layout::SINGLE.component_package;
        return Some(if single {
            &Layout::SINGLE
        } else {
            &Layout::SCOPED
        });
    }
    let layout = Layout::of(version);
    if layout.is_none() {
        errors.push(PinError::Unsupported {
            version: version.clone(),
        });
    }
    layout
}

/// Hashes all files; code is read whole, because styles and version are taken out of it, and
/// hashed from memory, so that all of it is about the same bytes.
fn read_all(files: &[Found], algorithm: Algorithm, faults: &mut Vec<TreeError>) -> Vec<Read> {
    let results = hash::each(
        files,
        |file| file.bytes,
        |file, buffer| -> std::io::Result<Read> {
            let mut read = Read {
                path: file.path.clone(),
                kind: file.kind,
                bytes: 0,
                digest: Digest::Sha256([0; 32]),
                styles: Vec::new(),
                versions: BTreeSet::new(),
            };
            match file.kind {
                FileKind::Component | FileKind::Wasm(_) => {
                    read.take(&std::fs::read(&file.disk)?, algorithm);
                }
                _ => (read.digest, read.bytes) = hash::file(&file.disk, algorithm, buffer)?,
            }
            Ok(read)
        },
    );
    let mut reads = Vec::with_capacity(files.len());
    for (file, result) in files.iter().zip(results) {
        match result {
            Ok(read) => reads.push(read),
            Err(error) => faults.push(TreeError::io(&file.path, &error)),
        }
    }
    reads
}

impl Read {
    fn take(&mut self, content: &[u8], algorithm: Algorithm) {
        self.bytes = content.len() as u64;
        self.digest = Digest::of(algorithm, content);
        match self.kind {
            FileKind::Component => {
                self.styles = content::head_styles(content, algorithm);
                self.versions = content::component_versions(content);
            }
            FileKind::Wasm(_) => self.styles = content::shadow_styles(content, algorithm),
            _ => {}
        }
    }
}
