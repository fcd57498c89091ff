//! From pins and files to the proof that they agree.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::tree::{Found, Tree};
use super::{Difference, Errors, LineEnding, PinnedFile, Pins, TreeError, hash};
use crate::sdk::layout::FileKind;
use crate::sri::{Algorithm, Digest};

/// The proof that files had the pinned digests when they were hashed.
///
/// Only [`Pins::verify`] makes one. It says nothing about a later moment, so what is served or
/// compiled is read through [`Verified::read`], which hashes the very bytes that it returns.
///
/// ```
/// use tower_visor::pins::Pins;
///
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.5.0");
/// let pins = Pins::scan(folder).unwrap();
/// let verified = pins.verify(folder).unwrap();
/// let file = pins.file("FaceLivenessDetector.js").unwrap();
/// let bytes = verified.read(file).unwrap();
/// assert!(file.digest().matches(&bytes));
/// ```
#[derive(Clone)]
pub struct Verified<'a> {
    pins: &'a Pins,
    /// One for each pinned file, in their order.
    disk: Vec<PathBuf>,
}

impl<'a> Verified<'a> {
    /// The pins.
    pub const fn pins(&self) -> &'a Pins {
        self.pins
    }

    /// The pinned files and where they lie, sorted by path.
    pub fn files(&self) -> impl Iterator<Item = (&'a PinnedFile, &Path)> {
        self.pins
            .files()
            .iter()
            .zip(self.disk.iter().map(PathBuf::as_path))
    }

    /// The bytes of a pinned file, hashed again after reading: what comes out has the pinned
    /// digest, whatever happened to the disk since.
    ///
    /// # Errors
    /// [`Difference::Changed`] and the like when the file changed in the meantime,
    /// [`Difference::Missing`] when it is gone or is no file of these pins.
    pub fn read(&self, file: &PinnedFile) -> Result<Vec<u8>, Difference> {
        let missing = || Difference::Missing {
            path: file.path().to_owned(),
        };
        let (_, disk) = self
            .files()
            .find(|(known, _)| *known == file)
            .ok_or_else(missing)?;
        read(file, disk)
    }

    /// Every pinned file with its bytes, sorted by path, each as [`Verified::read`] gives it; on
    /// all cores.
    ///
    /// # Errors
    /// As [`Verified::read`], for all files at once.
    pub fn read_all(&self) -> Result<Vec<(&'a PinnedFile, Vec<u8>)>, Errors<Difference>> {
        let pairs: Vec<(&PinnedFile, &Path)> = self.files().collect();
        let results = hash::each(
            &pairs,
            |(file, _)| file.bytes(),
            |(file, disk), _| Ok((*file, read(file, disk)?)),
        );
        let mut differences = Vec::new();
        let mut files = Vec::with_capacity(results.len());
        for result in results {
            match result {
                Ok(file) => files.push(file),
                Err(difference) => differences.push(difference),
            }
        }
        if differences.is_empty() {
            Ok(files)
        } else {
            Err(differences.into())
        }
    }
}

fn read(file: &PinnedFile, disk: &Path) -> Result<Vec<u8>, Difference> {
    let bytes = std::fs::read(disk).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Difference::Missing {
            path: file.path().to_owned(),
        },
        _ => TreeError::io(file.path(), &error).into(),
    })?;
    if file.digest().matches(&bytes) {
        Ok(bytes)
    } else {
        let found = Digest::of(file.digest().algorithm(), &bytes);
        Err(difference(file, found, bytes.len() as u64, || Ok(bytes)))
    }
}

/// Without the paths on disk: they are the machine's.
impl fmt::Debug for Verified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("pins", self.pins)
            .finish_non_exhaustive()
    }
}

pub(super) fn verify<'a>(
    pins: &'a Pins,
    folders: &[PathBuf],
) -> Result<Verified<'a>, Vec<Difference>> {
    let mut faults = Vec::new();
    let tree = Tree::open(folders, &mut faults);
    let mut differences: Vec<Difference> = faults.into_iter().map(Difference::from).collect();
    if tree.sources.is_empty() {
        // Nothing was found, and why is said already; else every file would be missing.
        return Err(differences);
    }
    for (package, found) in tree.sources.iter().filter_map(|s| s.package.as_ref()) {
        if found != pins.version() {
            differences.push(Difference::Version {
                package,
                expected: pins.version().clone(),
                found: found.clone(),
            });
        }
    }

    let mut found: BTreeMap<&str, &Found> = tree
        .files
        .iter()
        .map(|file| (file.path.as_str(), file))
        .collect();
    let mut pairs = Vec::with_capacity(pins.files().len());
    for file in pins.files() {
        match found.remove(file.path()) {
            Some(on_disk) => pairs.push((file, on_disk)),
            None => differences.push(Difference::Missing {
                path: file.path().to_owned(),
            }),
        }
    }
    differences.extend(found.into_keys().map(|path| Difference::Unpinned {
        path: path.to_owned(),
    }));

    let results = hash::each(
        &pairs,
        |(_, on_disk)| on_disk.bytes,
        |(file, on_disk), buffer| check(file, on_disk, pins.algorithm(), buffer),
    );
    differences.extend(results.into_iter().flatten());
    if differences.is_empty() {
        Ok(Verified {
            pins,
            disk: pairs
                .into_iter()
                .map(|(_, on_disk)| on_disk.disk.clone())
                .collect(),
        })
    } else {
        differences.sort_by(|a, b| a.subject().cmp(b.subject()));
        Err(differences)
    }
}

fn check(
    file: &PinnedFile,
    on_disk: &Found,
    algorithm: Algorithm,
    buffer: &mut [u8],
) -> Option<Difference> {
    match hash::file(&on_disk.disk, algorithm, buffer) {
        Ok((digest, _)) if digest == file.digest() => None,
        Ok((digest, bytes)) => Some(difference(file, digest, bytes, || {
            std::fs::read(&on_disk.disk)
        })),
        Err(error) => Some(TreeError::io(file.path(), &error).into()),
    }
}

/// What kind of change it is, of a content at hand.
#[cfg(feature = "pin")]
pub(super) fn changed(file: &PinnedFile, content: &[u8]) -> Difference {
    let found = Digest::of(file.digest().algorithm(), content);
    difference(file, found, content.len() as u64, || Ok(content.to_vec()))
}

/// What kind of change it is. The file is read once more, only when it changed.
fn difference(
    file: &PinnedFile,
    found: Digest,
    bytes: u64,
    read: impl FnOnce() -> io::Result<Vec<u8>>,
) -> Difference {
    let path = file.path().to_owned();
    if is_text(file)
        && let Ok(content) = read()
        && let Some(found) = line_endings(&content, &file.digest())
    {
        return Difference::LineEndings { path, found };
    }
    if bytes == file.bytes() {
        Difference::Changed {
            path,
            expected: Box::new(file.digest()),
            found: Box::new(found),
        }
    } else {
        Difference::WrongSize {
            path,
            expected: file.bytes(),
            found: bytes,
        }
    }
}

fn is_text(file: &PinnedFile) -> bool {
    match file.kind() {
        FileKind::Wasm(_) => false,
        FileKind::Image => file.content_type() == "image/svg+xml",
        _ => true,
    }
}

/// What the lines end with, if that is all that keeps the digest from matching.
pub(super) fn line_endings(content: &[u8], expected: &Digest) -> Option<LineEnding> {
    let mut lf = Vec::with_capacity(content.len());
    let mut bytes = content.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte != b'\r' || bytes.peek() != Some(&b'\n') {
            lf.push(byte);
        }
    }
    if lf.len() != content.len() && expected.matches(&lf) {
        return Some(LineEnding::CrLf);
    }
    let mut crlf = Vec::with_capacity(content.len());
    for byte in lf {
        if byte == b'\n' {
            crlf.push(b'\r');
        }
        crlf.push(byte);
    }
    (crlf != content && expected.matches(&crlf)).then_some(LineEnding::Lf)
}
