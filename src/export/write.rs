//! Writes an export into a folder, and checks a folder against an export.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fs, io};

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::{ExportError, ExportFault, Hosting};
use crate::errors::Errors;
use crate::sri::{Algorithm, Digest};

/// The list of all files.
pub(super) const MANIFEST: &str = "visor-export.json";

/// Larger ones are none of ours.
const LARGEST_MANIFEST: u64 = 64 * 1024 * 1024;

/// The digest of each file, sorted.
pub(super) fn manifest(hosting: Hosting, files: &BTreeMap<String, Bytes>) -> String {
    let digest = |bytes: &Bytes| Digest::of(Algorithm::Sha384, bytes).to_string();
    let files: Map<String, Value> = files
        .iter()
        .map(|(path, bytes)| (path.clone(), digest(bytes).into()))
        .collect();
    let document = json!({"schema": 1, "host": hosting.as_str(), "files": files});
    format!("{document:#}\n")
}

/// Writes all files next to the folder, then puts them in its place.
pub(super) fn write(folder: &Path, files: &BTreeMap<String, Bytes>) -> Result<(), ExportError> {
    let name = folder.file_name().unwrap_or(folder.as_os_str());
    let shown = crate::foreign::shown(&name.to_string_lossy());
    let failed = |path: &str, error: &io::Error| {
        let (path, kind) = (crate::foreign::shown(path), error.kind());
        ExportError::from(ExportFault::NotWritten { path, kind })
    };
    let is_there = fs::symlink_metadata(folder).is_ok();
    let is_empty = || fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none());
    let is_link = || fs::symlink_metadata(folder).is_ok_and(|found| found.is_symlink());
    if is_there && (is_link() || !folder.join(MANIFEST).is_file() && !is_empty()) {
        return Err(ExportFault::NotAnExport { folder: shown }.into());
    }
    let beside = |end: &str| -> PathBuf {
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.{end}", std::process::id()));
        folder.with_file_name(hidden)
    };
    let (new, old) = (beside("new"), beside("old"));
    let written = fill(&new, files).map_err(|(path, error)| failed(path.unwrap_or(&shown), &error));
    let written = written.and_then(|()| {
        let put = || {
            if is_there {
                fs::rename(folder, &old)?;
            }
            fs::rename(&new, folder).inspect_err(|_| {
                // What was there is better than nothing; the first error is the one to report.
                let _ = fs::rename(&old, folder);
            })
        };
        put().map_err(|error| failed(&shown, &error))
    });
    if written.is_err() {
        let _ = fs::remove_dir_all(&new);
    }
    written?;
    if is_there {
        fs::remove_dir_all(&old).map_err(|error| ExportFault::io(&shown, &error))?;
    }
    Ok(())
}

/// Writes all files; where one can't be written, which.
fn fill<'f>(
    folder: &Path,
    files: &'f BTreeMap<String, Bytes>,
) -> Result<(), (Option<&'f str>, io::Error)> {
    let make = || {
        if let Some(parent) = folder
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
        {
            fs::create_dir_all(parent)?;
        }
        // Made by us alone, so that no link leads out of it.
        fs::create_dir(folder)
    };
    make().map_err(|error| (None, error))?;
    for (path, bytes) in files {
        let place = folder.join(path);
        let parent = place.parent().map_or(Ok(()), fs::create_dir_all);
        let written = parent.and_then(|()| fs::write(&place, bytes));
        written.map_err(|error| (Some(path.as_str()), error))?;
    }
    Ok(())
}

/// Compares a folder with what was exported into it: every file, its bytes, and that there is no
/// other.
///
/// It finds what changed by accident or in transit. Anyone who can change the files can change the
/// list of digests too, so if that matters, build the site again and compare.
///
/// # Errors
/// All at once: files that differ, are missing or were not exported, links, an invalid list.
pub fn check(folder: impl AsRef<Path>) -> Result<usize, Errors<ExportError>> {
    let folder = folder.as_ref();
    let listed = read_manifest(folder)?;
    let mut faults = Vec::new();
    let mut found = BTreeSet::new();
    walk(folder, "", &mut found, &mut faults);
    found.remove(MANIFEST);
    for (path, digest) in &listed {
        if !found.remove(path) {
            faults.push(ExportFault::Missing { path: shown(path) });
            continue;
        }
        match Digest::of_file(digest.algorithm(), folder.join(path)) {
            Ok(now) if now == *digest => {}
            Ok(_) => faults.push(ExportFault::Differs { path: shown(path) }),
            Err(error) => faults.push(ExportFault::io(path, &error)),
        }
    }
    let unknown = found.iter();
    faults.extend(unknown.map(|path| ExportFault::Unknown { path: shown(path) }));
    Errors::check(faults)?;
    Ok(listed.len())
}

fn shown(path: &str) -> String {
    crate::foreign::shown(path)
}

fn read_manifest(folder: &Path) -> Result<BTreeMap<String, Digest>, Errors<ExportError>> {
    let wrong = |reason: &str| ExportFault::Manifest {
        reason: reason.to_owned(),
    };
    let file = folder.join(MANIFEST);
    let size = fs::metadata(&file).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => wrong("is missing, so this is not an export"),
        _ => ExportFault::io(MANIFEST, &error),
    })?;
    if size.len() > LARGEST_MANIFEST {
        return Err(wrong("is larger than any that we write").into());
    }
    let text = fs::read(&file).map_err(|error| ExportFault::io(MANIFEST, &error))?;
    let document: Value = serde_json::from_slice(&text).map_err(|_| wrong("is not JSON"))?;
    if document["schema"] != 1 {
        return Err(wrong("is of another version").into());
    }
    let host = document["host"].as_str().map(str::parse::<Hosting>);
    if !matches!(host, Some(Ok(_))) {
        return Err(wrong("names no host that we write for").into());
    }
    let files = document["files"]
        .as_object()
        .ok_or_else(|| wrong("lists no files"))?;
    let mut listed = BTreeMap::new();
    for (path, digest) in files {
        let inside =
            path.split('/').all(|part| !matches!(part, "" | "." | "..")) && !path.contains('\\');
        let digest = digest.as_str().and_then(|text| text.parse::<Digest>().ok());
        let (true, Some(digest)) = (inside, digest) else {
            return Err(wrong("names a file outside, or no digest").into());
        };
        listed.insert(path.clone(), digest);
    }
    Ok(listed)
}

/// Every file below a folder, by its path with slashes.
fn walk(folder: &Path, inner: &str, found: &mut BTreeSet<String>, faults: &mut Vec<ExportFault>) {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let entries = match entries {
        Ok(entries) => entries,
        Err(error) => return faults.push(ExportFault::io(inner, &error)),
    };
    for entry in entries {
        let path = format!("{inner}{}", entry.file_name().to_string_lossy());
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => walk(&entry.path(), &format!("{path}/"), found, faults),
            Ok(kind) if kind.is_file() => drop(found.insert(path)),
            // A link can be pointed elsewhere without a trace.
            Ok(_) => faults.push(ExportFault::Unknown { path: shown(&path) }),
            Err(error) => faults.push(ExportFault::io(&path, &error)),
        }
    }
}
