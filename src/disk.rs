//! Files that are written whole, or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// Writes beside the file, to disk, and then puts that in the file's place: a reader never sees half
/// of it, not even after a power cut.
///
/// A link in the file's place is replaced and never followed. A file keeps its mode.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write(path, bytes, |temporary| fs::rename(temporary, path))
}

/// As [`replace`], where there is no file yet. One that is there, or a link, stays as it is, and
/// that is an error: [`io::ErrorKind::AlreadyExists`].
pub(crate) fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let is_there = || io::Error::from(io::ErrorKind::AlreadyExists);
    if fs::symlink_metadata(path).is_ok() {
        return Err(is_there());
    }
    write(path, bytes, |temporary| {
        // Unlike renaming, linking fails where somebody else was quicker.
        match fs::hard_link(temporary, path) {
            Ok(()) => fs::remove_file(temporary),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(is_there()),
            // Not every file system has links.
            Err(_) => fs::rename(temporary, path),
        }
    })
}

/// Writes a temporary file beside the path, which `publish` then gives its name.
fn write(
    path: &Path,
    bytes: &[u8],
    publish: impl FnOnce(&Path) -> io::Result<()>,
) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    let mut temporary = std::ffi::OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{}.tmp", std::process::id()));
    let temporary = folder.join(temporary);

    // Of a link it would be the mode of the link, which says nothing.
    let mode = fs::symlink_metadata(path)
        .ok()
        .filter(fs::Metadata::is_file)
        .map(|found| found.permissions());
    let written = fill(&temporary, bytes, mode).and_then(|()| publish(&temporary));
    if written.is_err() {
        // The first error is the one to report.
        let _ = fs::remove_file(&temporary);
    }
    written?;
    // On Unix the new name itself survives a power cut only when the folder is synced; other
    // systems can't open a folder and don't need it.
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn fill(path: &Path, bytes: &[u8], mode: Option<fs::Permissions>) -> io::Result<()> {
    // Left over from a process of the same number that was killed; never followed if a link.
    let _ = fs::remove_file(path);
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    if let Some(mode) = mode {
        file.set_permissions(mode)?;
    }
    file.write_all(bytes)?;
    file.sync_all()
}
