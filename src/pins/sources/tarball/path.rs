//! Which paths of an archive are taken.

use std::collections::BTreeMap;

use super::{PathFault, Tarball, TarballFault};

/// The folder that everything in the archive lies in, and the path below it, where it is one that
/// every system reads in the same way. A folder alone has no path below.
///
/// npm writes `package/` and takes any: it strips the first part, whatever it is called.
pub(super) fn strip(bytes: &[u8]) -> Result<(String, Option<String>), PathFault> {
    if bytes.len() > Tarball::LONGEST_PATH {
        return Err(PathFault::TooLong);
    }
    // ASCII alone: no normalisation, no homoglyphs, no NUL that would end the path elsewhere.
    let path: String = bytes
        .iter()
        .map(|byte| char::from(*byte))
        .filter(|c| c.is_ascii_graphic() || *c == ' ')
        .collect();
    if path.len() != bytes.len() {
        return Err(PathFault::Characters);
    }
    let drive = path.as_bytes().get(1) == Some(&b':');
    if path.starts_with(['/', '\\']) || drive {
        return Err(PathFault::Absolute);
    }
    if path.split(['/', '\\']).any(|part| part == "..") {
        return Err(PathFault::Parent);
    }
    if path.contains(['\\', ':']) {
        return Err(PathFault::Windows);
    }
    if path.split('/').any(|part| part.is_empty() || part == ".") {
        return Err(PathFault::Dot);
    }
    if path.split('/').any(|part| part.ends_with(['.', ' '])) {
        return Err(PathFault::Windows);
    }
    Ok(match path.split_once('/') {
        Some((root, inner)) => (root.to_owned(), Some(inner.to_owned())),
        None => (path, None),
    })
}

/// Notes the paths of files and folders, and which of them would be one on a disk.
#[derive(Default)]
pub(super) struct Known {
    /// Lower case -> as written.
    files: BTreeMap<String, String>,
    /// Every folder, in lower case -> itself, or a file below it.
    folders: BTreeMap<String, String>,
}

impl Known {
    pub(super) fn add(&mut self, path: &str) -> Result<(), TarballFault> {
        let lower = path.to_ascii_lowercase();
        if let Some(other) = self.files.get(&lower) {
            return Err(if other == path {
                TarballFault::Duplicate {
                    path: path.to_owned(),
                }
            } else {
                collision(other, path)
            });
        }
        if let Some(below) = self.folders.get(&lower) {
            return Err(collision(below, path));
        }
        self.add_above(&lower, path)?;
        self.files.insert(lower, path.to_owned());
        Ok(())
    }

    /// A folder may stand in the archive often; where a file has its path, npm deletes the file.
    pub(super) fn add_folder(&mut self, path: &str) -> Result<(), TarballFault> {
        let lower = path.to_ascii_lowercase();
        if let Some(file) = self.files.get(&lower) {
            return Err(collision(file, path));
        }
        self.add_above(&lower, path)?;
        self.folders.entry(lower).or_insert_with(|| path.to_owned());
        Ok(())
    }

    /// The folders above a path.
    fn add_above(&mut self, lower: &str, path: &str) -> Result<(), TarballFault> {
        let parents = || {
            lower
                .match_indices('/')
                .filter_map(|(at, _)| lower.get(..at))
        };
        if let Some(file) = parents().find_map(|folder| self.files.get(folder)) {
            return Err(collision(file, path));
        }
        for folder in parents() {
            self.folders
                .entry(folder.to_owned())
                .or_insert_with(|| path.to_owned());
        }
        Ok(())
    }
}

fn collision(one: &str, other: &str) -> TarballFault {
    TarballFault::Collision {
        one: one.to_owned(),
        other: other.to_owned(),
    }
}
