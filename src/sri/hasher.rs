//! [`Hasher`]: hashes bytes as they are written to it.

use std::io;
use std::path::Path;

use sha2::Digest as _;

use super::{Algorithm, Digest};

/// How much is read at a time: large enough that system calls don't count, small enough to stay
/// in the second-level cache.
const BUFFER: usize = 64 * 1024;

/// Hashes what is written to it.
///
/// ```
/// use std::io::Write;
/// use tower_visor::sri::{Algorithm, Digest, Hasher};
///
/// let mut hasher = Hasher::new(Algorithm::Sha256);
/// hasher.write_all(b"in ")?;
/// hasher.write_all(b"pieces")?;
/// assert_eq!(hasher.finish(), Digest::of(Algorithm::Sha256, b"in pieces"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Hasher(State);

#[derive(Clone, Debug)]
enum State {
    Sha256(sha2::Sha256),
    Sha384(sha2::Sha384),
    Sha512(sha2::Sha512),
}

impl Hasher {
    /// A hasher that has seen nothing yet.
    pub fn new(algorithm: Algorithm) -> Self {
        Self(match algorithm {
            Algorithm::Sha256 => State::Sha256(sha2::Sha256::new()),
            Algorithm::Sha384 => State::Sha384(sha2::Sha384::new()),
            Algorithm::Sha512 => State::Sha512(sha2::Sha512::new()),
        })
    }

    /// Takes more bytes; the infallible form of `write`.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Sha256(state) => state.update(bytes),
            State::Sha384(state) => state.update(bytes),
            State::Sha512(state) => state.update(bytes),
        }
    }

    /// Takes everything from a reader, in pieces of 64 KiB, and returns the number of bytes.
    ///
    /// # Errors
    /// The reader's errors; an interrupted read is tried again.
    pub fn read_all(&mut self, mut reader: impl io::Read) -> io::Result<u64> {
        let mut buffer = vec![0; BUFFER];
        let mut total = 0;
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => return Ok(total),
                Ok(length) => {
                    // A reader that claims more than it was given room for is broken.
                    let piece = buffer.get(..length).ok_or_else(|| {
                        io::Error::other("reader reports more bytes than the buffer holds")
                    })?;
                    self.update(piece);
                    total += length as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The digest of everything that was written.
    pub fn finish(self) -> Digest {
        match self.0 {
            State::Sha256(state) => Digest::Sha256(state.finalize().into()),
            State::Sha384(state) => Digest::Sha384(state.finalize().into()),
            State::Sha512(state) => Digest::Sha512(state.finalize().into()),
        }
    }
}

impl Digest {
    /// The digest of bytes in memory.
    pub fn of(algorithm: Algorithm, bytes: &[u8]) -> Self {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(bytes);
        hasher.finish()
    }

    /// The digest of everything from a reader, read in pieces of 64 KiB.
    ///
    /// # Errors
    /// The reader's errors.
    pub fn of_reader(algorithm: Algorithm, reader: impl io::Read) -> io::Result<Self> {
        let mut hasher = Hasher::new(algorithm);
        hasher.read_all(reader)?;
        Ok(hasher.finish())
    }

    /// The digest of a file, read in pieces of 64 KiB.
    ///
    /// # Errors
    /// Those of opening or reading the file.
    pub fn of_file(algorithm: Algorithm, path: impl AsRef<Path>) -> io::Result<Self> {
        Self::of_reader(algorithm, std::fs::File::open(path)?)
    }

    /// Whether these are the bytes that were hashed.
    pub fn matches(&self, bytes: &[u8]) -> bool {
        *self == Self::of(self.algorithm(), bytes)
    }
}

impl io::Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
