//! The scan: from the SDK's files to pins.

mod lists;
mod locks;
mod read;
mod tarballs;
#[cfg(feature = "pin")]
mod unpack;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::tree::{self, Tree};
use super::{Package, PinError, PinFault, PinnedFile, Pins, Provenance, TreeError, set::Base};
use crate::errors::Errors;
use crate::foreign::shown;
use crate::sdk::Version;
use crate::sdk::layout::{FileKind, Layout};
use crate::sri::{Algorithm, Digest};
use locks::Locks;
use read::Read;
use tarballs::Unpacked;

/// Pins the files of a folder, and checks them against everything that is known about them.
///
/// The folder contains `node_modules`, is an unpacked package, or is a vendored tree: the component
/// and `facelivenessdetector-assets` side by side, among whatever else the application serves. The
/// packages may also lie below `js`, as pages without a bundler have them.
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
    folders: Vec<PathBuf>,
    base: String,
    algorithm: Algorithm,
    expected: Option<Version>,
    overrides: Vec<(String, String)>,
    kept_overrides: Vec<(String, String)>,
    locks: Vec<(String, Vec<u8>)>,
    lists: Vec<(String, Vec<u8>)>,
    #[cfg(feature = "pin")]
    tarballs: Vec<(String, Vec<u8>)>,
    #[cfg(feature = "pin")]
    signed: Vec<locks::Vouched>,
}

impl Pins {
    /// Pins the contents of a folder, trusting them as they are: every provenance is
    /// [`Provenance::Observed`]. [`Scan`] does the same with lock files, tarballs and published
    /// digests to check against.
    ///
    /// # Errors
    /// Everything that is wrong, at once; see [`PinError`].
    pub fn scan(folder: impl Into<PathBuf>) -> Result<Self, Errors<PinError>> {
        Scan::new(folder).run()
    }
}

impl Scan {
    /// A scan of this folder, to be served at `/`, with SHA-384.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self::without_folder().and(folder)
    }

    /// As [`Scan::new`], without a folder: for tarballs only.
    pub fn without_folder() -> Self {
        Self {
            folders: Vec::new(),
            base: "/".to_owned(),
            algorithm: Algorithm::default(),
            expected: None,
            overrides: Vec::new(),
            kept_overrides: Vec::new(),
            locks: Vec::new(),
            lists: Vec::new(),
            #[cfg(feature = "pin")]
            tarballs: Vec::new(),
            #[cfg(feature = "pin")]
            signed: Vec::new(),
        }
    }

    /// One more folder, if component and assets are in different ones.
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

    /// The version that the SDK must have. Needed only if the files don't state it themselves.
    pub fn expecting(mut self, version: Version) -> Self {
        self.expected = Some(version);
        self
    }

    /// Declares that a picture or a language file differs from the package's on purpose.
    pub fn overriding(mut self, path: &str, reason: &str) -> Self {
        self.overrides.push((path.to_owned(), reason.to_owned()));
        self
    }

    /// Keeps the overrides that older pins declare, if the files are still there and no new
    /// reason was given.
    pub fn keeping_overrides_of(mut self, pins: &Pins) -> Self {
        for file in pins.files() {
            if let Some(reason) = file.override_reason() {
                let kept = (file.path().to_owned(), reason.to_owned());
                self.kept_overrides.push(kept);
            }
        }
        self
    }

    /// Removes an override that was kept: the file is the package's own again.
    pub fn without_override(mut self, path: &str) -> Self {
        self.kept_overrides.retain(|(kept, _)| kept != path);
        self
    }

    /// The lock file of npm, yarn or pnpm that the packages were installed with; messages call
    /// it `name`.
    pub fn npm_lock(mut self, name: &str, content: impl Into<Vec<u8>>) -> Self {
        self.locks.push((name.to_owned(), content.into()));
        self
    }

    /// A package's tarball, as the registry serves it; messages call it `name`.
    ///
    /// If a lock file is given too, the tarball must have the integrity of one of the entries,
    /// and nothing of it is unpacked before that is checked. The files on disk must be those of the
    /// tarball, except for declared overrides; without a folder, the tarballs' files themselves are pinned.
    #[cfg(feature = "pin")]
    pub fn tarball(mut self, name: &str, content: impl Into<Vec<u8>>) -> Self {
        self.tarballs.push((name.to_owned(), content.into()));
        self
    }

    /// An integrity that the registry signed. The tarball must have it too, and is then
    /// [`Provenance::Signed`]. If the key has expired and nothing says that it was valid when the
    /// version was published ([`KeyTime::Unknown`](super::sources::KeyTime::Unknown)), the
    /// integrity counts as the registry's, not as signed.
    #[cfg(all(feature = "pin", feature = "npm-signatures"))]
    pub fn signed(mut self, signed: &super::sources::SignedIntegrity) -> Self {
        self.signed.push(locks::Vouched {
            name: signed.name().to_owned(),
            version: Some(signed.version().to_owned()),
            integrity: signed.integrity().clone(),
            provenance: match signed.key_time() {
                super::sources::KeyTime::Valid => Provenance::Signed,
                super::sources::KeyTime::Unknown => signed.integrity().into(),
            },
        });
        self
    }

    /// Digests as the publisher gives them: a list, JSON, or a page whose tags carry `integrity`;
    /// messages call it `name`. The caller must know that they are the publisher's.
    ///
    /// A file that is in it is [`Provenance::Published`]; a file with another digest is an
    /// error, unless an override is declared; a file that it doesn't name keeps its provenance.
    pub fn published(mut self, name: &str, content: impl Into<Vec<u8>>) -> Self {
        self.lists.push((name.to_owned(), content.into()));
        self
    }

    /// The folders that are scanned.
    pub(crate) fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    /// Scans, checks and pins.
    ///
    /// # Errors
    /// Everything that is wrong, at once; never an empty list.
    pub fn run(self) -> Result<Pins, Errors<PinError>> {
        Ok(self.pins()?)
    }

    fn pins(&self) -> Result<Pins, Errors<PinFault>> {
        let mut errors = Vec::new();
        let mut faults = Vec::new();
        let tree = Tree::open(&self.folders, &mut faults);
        let mut files = read::all(&tree.files, self.algorithm, &mut faults);
        let mut named: Vec<(&'static str, Version)> = tree
            .sources
            .iter()
            .filter_map(|source| source.package.clone())
            .collect();
        let locks = Locks::read(&self.locks, &mut errors);
        let unpacked = self.unpack(&locks, self.algorithm, &mut errors);
        named.extend(
            unpacked
                .iter()
                .map(|package| (package.name, package.version.clone())),
        );
        if self.folders.is_empty() {
            files.extend(unpacked.iter().flat_map(|package| package.files.clone()));
            files.sort_by(|a, b| a.path.cmp(&b.path));
        }
        // Without anything found, each file would be missing.
        if !files.is_empty() {
            let has = |path: &str| files.iter().any(|file| file.path == path);
            tree::require_all(has, &mut faults);
        }
        errors.extend(faults.into_iter().map(PinFault::from));
        if files.is_empty() && errors.is_empty() {
            errors.push(PinFault::NothingGiven);
        }

        let base = Base::new(&self.base);
        if base.is_none() {
            errors.push(PinFault::Base {
                text: shown(&self.base),
            });
        }
        let overrides = self.check_overrides(&files, &mut errors);
        let version = if files.is_empty() {
            None
        } else {
            self.version(&named, &files, &mut errors)
        };
        let layout = layout(&named, version.as_ref(), &mut errors);
        let (Some(base), Some(version), Some(layout)) = (base, version, layout) else {
            return Err(Errors::or(errors, PinFault::NothingGiven));
        };
        if !self.folders.is_empty() {
            let overridden = |path: &str| overrides.contains_key(path);
            tarballs::compare(&unpacked, layout, &files, overridden, &mut errors);
        }
        let packages = packages(layout, &version, &locks, &unpacked, &mut errors);
        let published = self.compare_lists(&tree, &locks, &files, &overrides, &mut errors);
        Errors::check(errors)?;
        let files = files
            .into_iter()
            .map(|file| {
                let package = layout.package_of(&file.path);
                let override_reason = overrides.get(file.path.as_str()).map(|r| (*r).to_owned());
                let known = packages.iter().find(|known| known.name == package);
                PinnedFile {
                    url: base.url(&file.path),
                    kind: file.kind,
                    package,
                    bytes: file.bytes,
                    digest: file.digest,
                    provenance: match (&override_reason, known) {
                        (None, _) if published.contains(&file.path) => Provenance::Published,
                        (None, Some(known)) => known.provenance,
                        _ => Provenance::Observed,
                    },
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

    #[cfg(feature = "pin")]
    fn unpack(
        &self,
        locks: &Locks,
        algorithm: Algorithm,
        errors: &mut Vec<PinFault>,
    ) -> Vec<Unpacked> {
        let mut vouched = locks.vouched();
        vouched.extend(self.signed.iter().cloned());
        unpack::read(&self.tarballs, &vouched, algorithm, errors)
    }

    #[cfg(not(feature = "pin"))]
    #[allow(clippy::unused_self)] // the same call, with and without the feature
    const fn unpack(&self, _: &Locks, _: Algorithm, _: &mut Vec<PinFault>) -> Vec<Unpacked> {
        Vec::new()
    }

    fn compare_lists(
        &self,
        tree: &Tree,
        locks: &Locks,
        files: &[Read],
        overrides: &BTreeMap<&str, &str>,
        errors: &mut Vec<PinFault>,
    ) -> BTreeSet<String> {
        // Unpacked once more for each algorithm of a list; there are three.
        let mut packed: BTreeMap<Algorithm, BTreeMap<String, Digest>> = BTreeMap::new();
        let digest_of = |file: &Read, algorithm, errors: &mut Vec<PinFault>| {
            if algorithm == self.algorithm {
                return Some(file.digest);
            }
            let Some(found) = tree.files.iter().find(|found| found.path == file.path) else {
                let digests = packed.entry(algorithm).or_insert_with(|| {
                    let packages = self.unpack(locks, algorithm, errors);
                    let files = packages.into_iter().flat_map(|package| package.files);
                    files.map(|file| (file.path, file.digest)).collect()
                });
                return digests.get(&file.path).copied();
            };
            Digest::of_file(algorithm, &found.disk)
                .map_err(|error| errors.push(TreeError::io(&file.path, &error).into()))
                .ok()
        };
        let overridden = |path: &str| overrides.contains_key(path);
        lists::compare(&self.lists, files, overridden, digest_of, errors)
    }

    fn check_overrides(&self, files: &[Read], errors: &mut Vec<PinFault>) -> BTreeMap<&str, &str> {
        let there = |path: &str| files.iter().any(|file| file.path == path);
        let kept = self.kept_overrides.iter();
        let mut overrides: BTreeMap<&str, &str> = kept
            .filter(|(path, _)| {
                there(path) && !self.overrides.iter().any(|(given, _)| given == path)
            })
            .map(|(path, reason)| (path.as_str(), reason.as_str()))
            .collect();
        for (path, reason) in &self.overrides {
            let safe = shown(path);
            match files.iter().find(|file| file.path == *path) {
                None => errors.push(PinFault::OverrideMissing { path: safe.clone() }),
                Some(file) if !file.kind.may_be_overridden() => {
                    errors.push(PinFault::OverrideOfCode {
                        path: safe.clone(),
                        kind: file.kind,
                    });
                }
                Some(_) => {}
            }
            if !is_reason(reason) {
                errors.push(PinFault::OverrideReason { path: safe.clone() });
            }
            if overrides.insert(path.as_str(), reason.as_str()).is_some() {
                errors.push(PinFault::OverrideTwice { path: safe });
            }
        }
        overrides
    }

    /// The one version on which packages, component and caller agree.
    fn version(
        &self,
        named: &[(&'static str, Version)],
        files: &[Read],
        errors: &mut Vec<PinFault>,
    ) -> Option<Version> {
        let mut packages = named.iter();
        let package = packages.next();
        if let Some((one, version)) = package {
            for (other, other_version) in packages {
                if version != other_version {
                    errors.push(PinFault::PackagesDisagree {
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
            errors.push(PinFault::TwoVersions {
                one: one.clone(),
                other: other.clone(),
            });
        }
        let package = package.map(|(_, version)| version);
        match (own_version, package) {
            (Some(own), Some(package)) if own != package => {
                errors.push(PinFault::ComponentDisagrees {
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
                errors.push(PinFault::NoVersion);
            }
            _ => {}
        }
        let found = package.or(own_version);
        if let (Some(found), Some(expected)) = (found, &self.expected)
            && found != expected
        {
            errors.push(PinFault::Unexpected {
                found: found.clone(),
                expected: expected.clone(),
            });
        }
        let found = found.or(self.expected.as_ref())?;
        for file in files.iter().filter(|file| file.kind != FileKind::Component) {
            errors.extend(
                file.versions
                    .iter()
                    .filter(|version| *version != found)
                    .map(|version| PinFault::WasmDisagrees {
                        path: file.path.clone(),
                        found: version.clone(),
                        version: found.clone(),
                    }),
            );
        }
        Some(found.clone())
    }
}

/// The packages with what is known of them.
fn packages(
    layout: &Layout,
    version: &Version,
    locks: &Locks,
    unpacked: &[Unpacked],
    errors: &mut Vec<PinFault>,
) -> Vec<Package> {
    BTreeSet::from([layout.component_package, layout.assets_package])
        .into_iter()
        .map(|name| {
            let tarball = unpacked.iter().find(|package| package.name == name);
            let checked = tarball.and_then(|tarball| tarball.checked.clone());
            let locked = locks.integrity(name, version, errors);
            let (integrity, provenance) = match checked {
                Some((integrity, provenance)) => (Some(integrity), provenance),
                None => (locked, Provenance::Observed),
            };
            Package {
                name,
                version: version.clone(),
                provenance,
                integrity,
            }
        })
        .collect()
}

/// A reason is in the lock file, in reviews and reports: one line, not endless, and without an
/// URL that may carry a credential.
pub(super) fn is_reason(reason: &str) -> bool {
    !reason.trim().is_empty()
        && !crate::foreign::has_secret(reason)
        && reason.chars().count() <= 200
        && !reason.chars().any(char::is_control)
}

/// The layout by the names of the packages, or by the version where there are none.
fn layout(
    named: &[(&'static str, Version)],
    version: Option<&Version>,
    errors: &mut Vec<PinFault>,
) -> Option<&'static Layout> {
    let version = version?;
    let Some(layout) = Layout::of(version) else {
        errors.push(PinFault::Unsupported {
            version: version.clone(),
        });
        return None;
    };
    if let Some((name, _)) = named.first() {
        let single = *name == Layout::SINGLE.component_package;
        return Some(if single {
            &Layout::SINGLE
        } else {
            &Layout::SCOPED
        });
    }
    Some(layout)
}
