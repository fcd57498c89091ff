//! Unpacks gzip, counts, and stops at the limit.

use std::io::{self, Read};

use flate2::bufread::GzDecoder;

use super::{Tarball, TarballFault};

/// Room for headers and padding, of which each entry has at most a few blocks of 512 bytes.
const HEADERS: u64 = Tarball::MOST_ENTRIES as u64 * 4 * 512;

pub(super) struct Unpacked<'a> {
    decoder: GzDecoder<&'a [u8]>,
    read: u64,
    /// The first fault of this reader, which the tar reader above passes on as an `io::Error`
    /// whose origin can't be told.
    fault: Option<TarballFault>,
}

impl<'a> Unpacked<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            decoder: GzDecoder::new(bytes),
            read: 0,
            fault: None,
        }
    }

    pub(super) const fn position(&self) -> u64 {
        self.read
    }

    /// The fault of this reader, or else the one of the reader above it.
    pub(super) fn fault(self, above: &io::Error) -> TarballFault {
        let unpacked = self.read;
        self.fault.unwrap_or_else(|| TarballFault::NotTar {
            unpacked,
            reason: reason(&above.to_string()),
        })
    }

    /// Reads what is left once the archive has ended: zeros only, then the checksum of gzip, then
    /// nothing.
    pub(super) fn finish(mut self) -> Result<(), TarballFault> {
        let mut buffer = [0; 4096];
        loop {
            let start = self.read;
            let length = match self.read(&mut buffer) {
                Ok(0) => break,
                Ok(length) => length,
                Err(error) => return Err(self.fault(&error)),
            };
            let other = buffer.iter().take(length).position(|byte| *byte != 0);
            if let Some(offset) = other {
                return Err(TarballFault::BehindEnd {
                    at: start + offset as u64,
                });
            }
        }
        match self.decoder.into_inner().len() {
            0 => Ok(()),
            bytes => Err(TarballFault::BehindGzip { bytes }),
        }
    }
}

impl Read for Unpacked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let unpacked = self.read;
        let length = self.decoder.read(buffer).inspect_err(|error| {
            self.fault.get_or_insert(match error.kind() {
                io::ErrorKind::UnexpectedEof => TarballFault::Truncated { unpacked },
                _ => TarballFault::NotGzip { unpacked },
            });
        })?;
        self.read += length as u64;
        if self.read > Tarball::LARGEST_TOTAL + HEADERS {
            self.fault = Some(TarballFault::TooLarge);
            return Err(io::Error::other("limit"));
        }
        Ok(length)
    }
}

/// What the tar reader says, without the bytes of the archive that it quotes behind it.
fn reason(message: &str) -> String {
    let known = message.split(" when getting").next().unwrap_or(message);
    crate::foreign::key(known)
}
