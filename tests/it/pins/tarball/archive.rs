//! Archives made block by block, so that they can hold what no honest tool writes.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{EntryType, Header};

pub(crate) const PACKAGE_JSON: &str = r#"{"name": "@azure/ai-vision-face-ui", "version": "1.5.0"}"#;

/// An archive under way.
#[derive(Clone)]
pub(crate) struct Tar(pub(crate) Vec<u8>);

impl Tar {
    pub(crate) fn empty() -> Self {
        Self(Vec::new())
    }

    /// With the `package.json` that every package has.
    pub(crate) fn package() -> Self {
        Self::empty().file("package/package.json", PACKAGE_JSON)
    }

    pub(crate) fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let content = content.as_ref();
        self.entry(
            path.as_bytes(),
            EntryType::Regular,
            content.len() as u64,
            content,
        )
    }

    /// An entry with a size that need not be its content's.
    pub(crate) fn entry(self, path: &[u8], kind: EntryType, size: u64, content: &[u8]) -> Self {
        self.changed(path, kind, size, content, |_| {})
    }

    /// An entry with a header that is changed before it gets its checksum.
    pub(crate) fn changed(
        mut self,
        path: &[u8],
        kind: EntryType,
        size: u64,
        content: &[u8],
        change: impl FnOnce(&mut [u8; 512]),
    ) -> Self {
        let mut header = Header::new_gnu();
        header.as_old_mut().name[..path.len()].copy_from_slice(path);
        header.set_entry_type(kind);
        header.set_size(size);
        header.set_mode(0o644);
        if kind == EntryType::GNUSparse {
            header.as_gnu_mut().unwrap().set_real_size(size);
        }
        change(header.as_mut_bytes());
        header.set_cksum();
        self.0.extend_from_slice(header.as_bytes());
        self.0.extend_from_slice(content);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    /// A PAX header for the entry that follows.
    pub(crate) fn pax(self, key: &str, value: &str) -> Self {
        self.extended(record(key, value).as_bytes())
    }

    /// The same with any content.
    pub(crate) fn extended(self, content: &[u8]) -> Self {
        let size = content.len() as u64;
        self.entry(b"PaxHeader", EntryType::XHeader, size, content)
    }

    /// GNU's header for a long name.
    pub(crate) fn long_name(self, name: &[u8]) -> Self {
        let size = name.len() as u64;
        self.entry(b"././@LongLink", EntryType::GNULongName, size, name)
    }

    pub(crate) fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// Two blocks of zeros end an archive.
    pub(crate) fn gz(self) -> Vec<u8> {
        gzip(&self.raw(&[0; 1024]).0)
    }
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A record of a PAX header: its length in bytes, which counts the digits of the length, too.
pub(crate) fn record(key: &str, value: &str) -> String {
    let rest = key.len() + value.len() + 3;
    let mut length = rest;
    while length < rest + length.to_string().len() {
        length += 1;
    }
    format!("{length} {key}={value}\n")
}
