//! From pins and files to the proof that they agree.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use bytes::Bytes;

use super::content::{release_of, wasm_version};
use super::tree::{Found, Tree};
use super::{Difference, DifferenceFault, LineEnding, PinnedFile, Pins, TreeError, hash};
use crate::errors::Errors;
use crate::sdk::Version;
use crate::sdk::layout::FileKind;
use crate::sri::Digest;

/// The proof that files have the pinned digests, together with the very bytes that were hashed.
///
/// Only [`Pins::verify`] creates one. What is served and compiled is taken from it and not from
/// the disk, so nothing can change between the check and the use, and each file is read
/// once.
///
/// ```
/// use tower_visor::pins::Pins;
///
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.5.0");
/// let pins = Pins::scan(folder).unwrap();
/// let verified = pins.verify(folder).unwrap();
/// let file = pins.file("FaceLivenessDetector.js").unwrap();
/// let bytes = verified.bytes(file).unwrap();
/// assert!(file.digest().matches(bytes));
/// ```
#[derive(Clone)]
pub struct Verified<'a> {
    pins: &'a Pins,
    /// One for each pinned file, in their order.
    content: Vec<Bytes>,
}

impl<'a> Verified<'a> {
    /// The pins.
    pub const fn pins(&self) -> &'a Pins {
        self.pins
    }

    /// The pinned files with their bytes, sorted by path.
    pub fn files(&self) -> impl Iterator<Item = (&'a PinnedFile, &Bytes)> {
        self.pins.files().iter().zip(&self.content)
    }

    /// The bytes of a pinned file; `None` when it is not a file of these pins.
    pub fn bytes(&self, file: &PinnedFile) -> Option<&Bytes> {
        let (_, bytes) = self.files().find(|(known, _)| *known == file)?;
        Some(bytes)
    }
}

/// Without the bytes.
impl Pins {
    /// Hashes all files of a folder and compares; see [`Verified`].
    ///
    /// # Errors
    /// All differences at once; see [`Difference`].
    pub fn verify(&self, folder: impl Into<PathBuf>) -> Result<Verified<'_>, Errors<Difference>> {
        Ok(verify(self, &[folder.into()])?)
    }

    /// As [`Pins::verify`], if component and assets are in several folders.
    ///
    /// # Errors
    /// All differences at once; see [`Difference`].
    pub fn verify_all<P: Into<PathBuf>>(
        &self,
        folders: impl IntoIterator<Item = P>,
    ) -> Result<Verified<'_>, Errors<Difference>> {
        let folders: Vec<_> = folders.into_iter().map(Into::into).collect();
        Ok(verify(self, &folders)?)
    }
}

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
) -> Result<Verified<'a>, Errors<DifferenceFault>> {
    let mut faults = Vec::new();
    let tree = Tree::open(folders, &mut faults);
    let mut differences: Vec<DifferenceFault> =
        faults.into_iter().map(DifferenceFault::from).collect();
    if tree.sources.is_empty() {
        // Nothing was found, and why is said already; else every file would be missing.
        return Err(Errors::or(differences, TreeError::NoFolders.into()));
    }
    for (package, found) in tree.sources.iter().filter_map(|s| s.package.as_ref()) {
        if found != pins.version() {
            differences.push(DifferenceFault::Version {
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
            None => differences.push(DifferenceFault::Missing {
                path: file.path().to_owned(),
            }),
        }
    }
    differences.extend(found.into_keys().map(|path| DifferenceFault::Unpinned {
        path: path.to_owned(),
    }));

    let results = hash::each(
        &pairs,
        |(_, on_disk)| on_disk.bytes,
        |(file, on_disk), _| check(file, on_disk, pins.version()),
    );
    let mut content = Vec::with_capacity(pairs.len());
    for result in results {
        match result {
            Ok(bytes) => content.push(bytes),
            Err(difference) => differences.push(difference),
        }
    }
    differences.sort_by(|a, b| a.subject().cmp(b.subject()));
    Errors::check(differences).map(|()| Verified { pins, content })
}

fn check(file: &PinnedFile, on_disk: &Found, version: &Version) -> Result<Bytes, DifferenceFault> {
    match hash::content(&on_disk.disk, file.digest().algorithm(), on_disk.bytes) {
        Ok((digest, content)) if digest == file.digest() => {
            // No pins that were made here are like that; a lock file that was put together may be.
            let named = matches!(file.kind(), FileKind::Wasm(_))
                .then(|| wasm_version(&content))
                .flatten();
            match named.or_else(|| release_of(&digest)) {
                Some(found) if found != *version => Err(DifferenceFault::OtherRelease {
                    path: file.path().to_owned(),
                    expected: version.clone(),
                    found,
                }),
                _ => Ok(content.into()),
            }
        }
        Ok((digest, content)) => Err(difference(file, digest, &content)),
        Err(error) => Err(TreeError::io(file.path(), &error).into()),
    }
}

/// What kind of change it is, of a content at hand.
#[cfg(feature = "pin")]
pub(super) fn changed(file: &PinnedFile, content: &[u8]) -> DifferenceFault {
    let found = Digest::of(file.digest().algorithm(), content);
    difference(file, found, content)
}

fn difference(file: &PinnedFile, found: Digest, content: &[u8]) -> DifferenceFault {
    let path = file.path().to_owned();
    if is_text(file)
        && let Some(found) = line_endings(content, &file.digest())
    {
        return DifferenceFault::LineEndings { path, found };
    }
    let bytes = content.len() as u64;
    if bytes == file.bytes() {
        DifferenceFault::Changed {
            path,
            expected: Box::new(file.digest()),
            found: Box::new(found),
        }
    } else {
        DifferenceFault::WrongSize {
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
