//! Finding the SDK in folders: `node_modules`, a package's own folder, or a vendored tree.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::TreeError;
use crate::foreign::shown;
use crate::sdk::Version;
use crate::sdk::layout::{FileKind, Layout, is_package_metadata};

/// How deep the folders may be; the SDK's are three deep.
pub(super) const DEEPEST: usize = 8;
/// How many files there may be; 1.5.0 has 85.
pub(super) const MOST: usize = 10_000;
/// How large a file may be, in bytes; the largest of 1.5.0 has 4.5 MB.
pub(super) const LARGEST: u64 = 64 * 1024 * 1024;

/// A file of the SDK on disk.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// Its path in the package.
    pub(super) path: String,
    pub(super) kind: FileKind,
    pub(super) disk: PathBuf,
    pub(super) bytes: u64,
}

/// A folder that holds the component, the assets, or both.
#[derive(Clone, Debug)]
pub(super) struct Source {
    folder: PathBuf,
    /// Where, as messages say it.
    shown: String,
    /// What its `package.json` says; `None` for a vendored tree.
    pub(super) package: Option<(&'static str, Version)>,
}

/// All of the SDK's files that were found.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    /// Sorted by path, none twice.
    pub(super) files: Vec<Found>,
    pub(super) sources: Vec<Source>,
    /// What a build depends on: the files, and the folders whose content matters.
    pub(super) watched: Vec<PathBuf>,
}

impl Tree {
    /// Finds the SDK; pushes all faults.
    pub(super) fn open(roots: &[PathBuf], errors: &mut Vec<TreeError>) -> Self {
        let mut tree = Self::default();
        for root in roots {
            tree.add_root(root, errors);
        }
        tree.once(
            "component",
            |source| source.folder.join(COMPONENT).exists(),
            errors,
        );
        tree.once(
            "assets",
            |source| source.folder.join(ASSETS).exists(),
            errors,
        );
        for source in tree.sources.clone() {
            tree.walk(&source, errors);
        }
        tree.files.sort_by(|a, b| a.path.cmp(&b.path));
        tree.files.dedup_by(|a, b| a.path == b.path);
        tree.collisions(errors);
        tree
    }

    fn add_root(&mut self, root: &Path, errors: &mut Vec<TreeError>) {
        let name = root_name(root);
        match fs::metadata(root) {
            Ok(meta) if meta.is_dir() => {}
            Ok(_) => return errors.push(TreeError::NotAFolder { folder: name }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return errors.push(TreeError::NoFolder { folder: name });
            }
            Err(error) => return errors.push(TreeError::io(&name, &error)),
        }
        let before = (self.sources.len(), errors.len());
        for package in PACKAGES {
            for prefix in PLACES {
                let relative = format!("{prefix}{package}");
                let folder = root.join(&relative);
                if folder.join("package.json").exists() {
                    self.add_package(root, &folder, relative, errors);
                } else if folder.join(COMPONENT).exists() || folder.join(ASSETS).exists() {
                    self.add_copied(root, &folder, relative, errors);
                }
            }
        }
        // The folder itself: an unpacked package, or a vendored tree.
        if package_name(root).is_some() {
            self.add_package(root, root, name.clone(), errors);
        } else if root.join(COMPONENT).exists() || root.join(ASSETS).exists() {
            self.sources.push(Source {
                folder: root.to_owned(),
                shown: name.clone(),
                package: None,
            });
        }
        if before == (self.sources.len(), errors.len()) {
            errors.push(match near(root) {
                None if holds_tarballs(root) => TreeError::OnlyTarballs { folder: name },
                near => TreeError::NothingFound { folder: name, near },
            });
        }
    }

    /// Adds a folder with a `package.json`. The folder may be a link, as pnpm makes them, but only
    /// to somewhere below the root.
    fn add_package(
        &mut self,
        root: &Path,
        folder: &Path,
        shown: String,
        errors: &mut Vec<TreeError>,
    ) {
        let (root, folder) = match (root.canonicalize(), folder.canonicalize()) {
            (Ok(root), Ok(folder)) => (root, folder),
            (Err(error), _) | (_, Err(error)) => {
                return errors.push(TreeError::io(&shown, &error));
            }
        };
        if !folder.starts_with(&root) {
            return errors.push(TreeError::LeavesRoot { path: shown });
        }
        match read_package_json(&folder) {
            Ok(package) => self.sources.push(Source {
                folder,
                shown,
                package: Some(package),
            }),
            Err(reason) => errors.push(TreeError::PackageJson {
                path: format!("{shown}/package.json"),
                reason,
            }),
        }
    }

    /// Adds a package's folder that was copied without its `package.json`, below the root only.
    fn add_copied(
        &mut self,
        root: &Path,
        folder: &Path,
        shown: String,
        errors: &mut Vec<TreeError>,
    ) {
        match (root.canonicalize(), folder.canonicalize()) {
            (Ok(root), Ok(folder)) if folder.starts_with(&root) => self.sources.push(Source {
                folder,
                shown,
                package: None,
            }),
            (Ok(_), Ok(_)) => errors.push(TreeError::LeavesRoot { path: shown }),
            (Err(error), _) | (_, Err(error)) => errors.push(TreeError::io(&shown, &error)),
        }
    }

    fn once(&self, what: &'static str, has: impl Fn(&Source) -> bool, errors: &mut Vec<TreeError>) {
        let mut holders = self.sources.iter().filter(|source| has(source));
        if let Some(one) = holders.next() {
            errors.extend(holders.map(|other| TreeError::FoundTwice {
                what,
                one: one.shown.clone(),
                other: other.shown.clone(),
            }));
        }
    }

    fn walk(&mut self, source: &Source, errors: &mut Vec<TreeError>) {
        let mut folders = Vec::new();
        if source.package.is_some() {
            self.list(&source.folder, "", errors, &mut folders);
            // Its own dependencies are no part of it.
            folders.retain(|(_, path)| path != "node_modules");
            self.watched.push(source.folder.join("package.json"));
        } else {
            // Anything may lie beside the SDK here: the folder is the application's.
            for name in [COMPONENT, ASSETS] {
                self.entry(
                    &source.folder.join(name),
                    name.to_owned(),
                    errors,
                    &mut folders,
                );
            }
        }
        while let Some((folder, path)) = folders.pop() {
            if self.files.len() > MOST {
                return errors.push(TreeError::TooMany {
                    folder: source.shown.clone(),
                });
            }
            if path.split('/').count() > DEEPEST {
                errors.push(TreeError::TooDeep { path });
                continue;
            }
            self.watched.push(folder.clone());
            self.list(&folder, &format!("{path}/"), errors, &mut folders);
        }
    }

    fn list(
        &mut self,
        folder: &Path,
        prefix: &str,
        errors: &mut Vec<TreeError>,
        folders: &mut Vec<(PathBuf, String)>,
    ) {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => return errors.push(TreeError::io(shown_folder(prefix), &error)),
        };
        for entry in entries {
            match entry {
                Ok(entry) => {
                    let name = entry.file_name();
                    let path = format!("{prefix}{}", name.to_string_lossy());
                    if name.to_str().is_some_and(is_plain_name) {
                        self.entry(&entry.path(), path, errors, folders);
                    } else {
                        errors.push(TreeError::OddName { path: shown(&path) });
                    }
                }
                Err(error) => errors.push(TreeError::io(shown_folder(prefix), &error)),
            }
        }
    }

    fn entry(
        &mut self,
        disk: &Path,
        path: String,
        errors: &mut Vec<TreeError>,
        folders: &mut Vec<(PathBuf, String)>,
    ) {
        let meta = match fs::symlink_metadata(disk) {
            Ok(meta) => meta,
            // What must be there is asked for later, all at once.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
            Err(error) => return errors.push(TreeError::io(&path, &error)),
        };
        if meta.is_symlink() {
            return errors.push(TreeError::Symlink { path });
        }
        if meta.is_dir() {
            return folders.push((disk.to_owned(), path));
        }
        if !meta.is_file() {
            return errors.push(TreeError::NotAFile { path });
        }
        if is_package_metadata(&path) {
            return;
        }
        let bytes = meta.len();
        match Layout::SCOPED.kind(&path) {
            None => errors.push(TreeError::UnknownFile { path }),
            Some(_) if bytes == 0 => errors.push(TreeError::Empty { path }),
            Some(_) if bytes > LARGEST => errors.push(TreeError::TooLarge { path, bytes }),
            Some(kind) => {
                self.watched.push(disk.to_owned());
                self.files.push(Found {
                    path,
                    kind,
                    disk: disk.to_owned(),
                    bytes,
                });
            }
        }
    }

    fn collisions(&self, errors: &mut Vec<TreeError>) {
        let mut known: BTreeMap<String, &str> = BTreeMap::new();
        for file in &self.files {
            if let Some(one) = known.insert(file.path.to_ascii_lowercase(), &file.path) {
                errors.push(TreeError::Collision {
                    one: one.to_owned(),
                    other: file.path.clone(),
                });
            }
        }
    }
}

/// Pushes an error for every file that must be there and isn't.
pub(super) fn require_all(has: impl Fn(&str) -> bool, errors: &mut Vec<TreeError>) {
    for path in Layout::SCOPED.required() {
        if !has(&path)
            && let Some(kind) = Layout::SCOPED.kind(&path)
        {
            errors.push(TreeError::Missing { path, kind });
        }
    }
}

// All layouts have the same names of files; only the packages differ.
const COMPONENT: &str = Layout::SCOPED.component;
const ASSETS: &str = Layout::SCOPED.assets;
pub(super) const PACKAGES: [&str; 3] = [
    Layout::SCOPED.component_package,
    Layout::SCOPED.assets_package,
    Layout::SINGLE.component_package,
];

/// Where a package's folder may lie in a root: where npm installs it, below `js` as pages without a
/// bundler have it, and in the root itself.
const PLACES: [&str; 3] = ["node_modules/", "js/", ""];

fn shown_folder(prefix: &str) -> &str {
    match prefix.trim_end_matches('/') {
        "" => "the package's folder",
        folder => folder,
    }
}

/// The last part of a folder's path: enough to recognise it, and nothing of the machine.
fn root_name(root: &Path) -> String {
    let name = root.file_name().map(|name| name.to_string_lossy());
    shown(name.as_deref().unwrap_or("."))
}

/// One that every file system keeps as it is; so names that differ only in how their characters
/// are composed can't occur.
pub(super) fn is_plain_name(name: &str) -> bool {
    !name.is_empty()
        && !name.ends_with('.')
        && name.len() <= 200
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._@+".contains(&byte))
}

/// A folder of the root that holds the SDK, for the error's hint.
fn near(root: &Path) -> Option<String> {
    let entries = fs::read_dir(root).ok()?;
    entries
        .flatten()
        .filter(|entry| {
            let path = entry.path();
            path.join(COMPONENT).exists()
                || path.join(ASSETS).exists()
                || PACKAGES.iter().any(|package| {
                    PLACES
                        .iter()
                        .any(|place| path.join(place).join(package).exists())
                })
        })
        .map(|entry| shown(&entry.file_name().to_string_lossy()))
        .min()
}

fn holds_tarballs(root: &Path) -> bool {
    let is_tarball = |path: &Path| path.extension().is_some_and(|extension| extension == "tgz");
    fs::read_dir(root).is_ok_and(|entries| {
        entries
            .flatten()
            .any(|entry| is_tarball(&entry.path()) && entry.path().is_file())
    })
}

/// The name in a folder's `package.json`, if it is one of the SDK's.
fn package_name(folder: &Path) -> Option<&'static str> {
    let json = package_json(folder).ok()?;
    let name = json.get("name")?.as_str()?;
    PACKAGES.into_iter().find(|known| *known == name)
}

fn read_package_json(folder: &Path) -> Result<(&'static str, Version), String> {
    let json = package_json(folder)?;
    let text = |key: &str| {
        json.get(key)
            .and_then(serde_json::Value::as_str)
            .ok_or_else(|| format!("no `{key}`"))
    };
    let name = text("name")?;
    let known = PACKAGES
        .into_iter()
        .find(|known| *known == name)
        .ok_or_else(|| format!("`{}` is not the name of a package of the SDK", shown(name)))?;
    let version = text("version")?
        .parse()
        .map_err(|error| format!("version: {error}"))?;
    Ok((known, version))
}

fn package_json(folder: &Path) -> Result<serde_json::Value, String> {
    /// Far more than a `package.json` ever has.
    const LONGEST: u64 = 1024 * 1024;
    let path = folder.join("package.json");
    let meta = fs::metadata(&path).map_err(|error| error.kind().to_string())?;
    if meta.len() > LONGEST {
        return Err(format!("{} bytes, more than {LONGEST}", meta.len()));
    }
    let text = fs::read(&path).map_err(|error| error.kind().to_string())?;
    serde_json::from_slice(&text).map_err(|error| error.to_string())
}
