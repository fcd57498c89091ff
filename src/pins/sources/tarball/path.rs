//! Which paths of an archive are taken.

use std::collections::BTreeMap;

use super::{PathFault, Tarball, TarballFault};

/// The path below `package/`, where it is one that every system reads in the same way.
pub(super) fn strip(bytes: &[u8]) -> Result<String, PathFault> {
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
    match path.strip_prefix("package/") {
        Some(inner) => Ok(inner.to_owned()),
        None => Err(PathFault::Outside),
    }
}

/// Notes the paths of files, and which of them would be one on a disk.
#[derive(Default)]
pub(super) struct Known {
    /// Lower case -> as written.
    files: BTreeMap<String, String>,
    /// Every folder above a file, in lower case -> a file below it.
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
        self.files.insert(lower.clone(), path.to_owned());
        Ok(())
    }
}

fn collision(one: &str, other: &str) -> TarballFault {
    TarballFault::Collision {
        one: one.to_owned(),
        other: other.to_owned(),
    }
}
