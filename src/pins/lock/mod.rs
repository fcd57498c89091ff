//! `visor-lock.json`: the pins as a file to keep in git.
//!
//! One line per file of the SDK, sorted, so that a reviewer sees what changed. The format is
//! described by `docs/visor-lock.schema.json`.

mod error;
mod read;
mod write;

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use error::VisorLockFault;
pub use error::{VisorLockError, VisorLockErrorKind};

use super::Pins;
use crate::disk;
use crate::errors::Errors;

/// Far more than a lock file ever has; one of 85 files has 25 KB.
const LARGEST: u64 = 16 * 1024 * 1024;

impl Pins {
    /// The pins as the text of `visor-lock.json`: always the same text for the same pins.
    pub fn to_json(&self) -> String {
        write::json(self)
    }

    /// Reads the text of a `visor-lock.json`.
    ///
    /// # Errors
    /// Everything that is wrong, at once, each with its place (`files[3].integrity`):
    /// * invalid JSON, a key that appears twice, an unresolved merge conflict
    /// * another schema version than 1; a key that is missing or not known
    /// * an invalid value: `"integrity": "sha384-AAAA"`, `"bytes": -1`
    /// * values that contradict each other: a URL that is not base and path, a content type that
    ///   is not the file's, two hash algorithms, two versions, a provenance without its integrity
    /// * a set of files that no SDK can run with, and an override of code
    pub fn from_json(text: &str) -> Result<Self, Errors<VisorLockError>> {
        Ok(read::pins(text)?)
    }

    /// Reads a lock file from disk.
    ///
    /// # Errors
    /// As [`Pins::from_json`], and errors from reading the file.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Errors<VisorLockError>> {
        let text = read_file(path.as_ref())?;
        Self::from_json(&text)
    }

    /// Writes a new lock file, atomically: a reader never sees half a file, not even after a power
    /// cut.
    ///
    /// An existing file is left as it is. A program that pinned again at each start would pin whatever
    /// it finds, even a tampered SDK.
    ///
    /// # Errors
    /// [`VisorLockErrorKind::Exists`] if there is a file, or a link; otherwise an error from writing
    /// a file next to it, or from renaming that.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), VisorLockError> {
        self.write(path.as_ref(), disk::create)
    }

    /// Writes the lock file in place of an old one, if there is one, atomically, as [`save`](Self::save)
    /// does. A link in its place is replaced and not followed; an old file's
    /// mode is kept.
    ///
    /// Whoever does this accepts the new bytes: look at [`Pins::changes_to`] first.
    ///
    /// # Errors
    /// An error from writing a file next to it, or from moving that into its place. The old file
    /// is then unchanged.
    pub fn replace(&self, path: impl AsRef<Path>) -> Result<(), VisorLockError> {
        self.write(path.as_ref(), disk::replace)
    }

    fn write(
        &self,
        path: &Path,
        write: impl FnOnce(&Path, &[u8]) -> io::Result<()>,
    ) -> Result<(), VisorLockError> {
        let file = || VisorLockFault::name(path);
        let fault = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => VisorLockFault::NoFolder { file: file() },
            io::ErrorKind::AlreadyExists => VisorLockFault::Exists { file: file() },
            _ => VisorLockFault::io(path, &error),
        };
        Ok(write(path, self.to_json().as_bytes()).map_err(fault)?)
    }
}

fn read_file(path: &Path) -> Result<String, VisorLockFault> {
    let io = |error: io::Error| VisorLockFault::io(path, &error);
    let file = fs::File::open(path).map_err(io)?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 > LARGEST {
        return Err(VisorLockFault::TooLarge { most: LARGEST });
    }
    String::from_utf8(bytes).map_err(|error| VisorLockFault::NotUtf8 {
        position: error.utf8_error().valid_up_to(),
    })
}
