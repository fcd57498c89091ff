//! What a scan reads out of each of the SDK's files.

use std::collections::BTreeSet;

use super::super::tree::Found;
use super::super::{TreeError, content, hash};
use crate::sdk::Version;
use crate::sdk::layout::FileKind;
use crate::sri::{Algorithm, Digest};

/// A file with what was read out of it.
#[derive(Clone, Debug)]
pub(super) struct Read {
    pub(super) path: String,
    pub(super) kind: FileKind,
    pub(super) bytes: u64,
    pub(super) digest: Digest,
    pub(super) styles: Vec<Digest>,
    /// The versions that it says it has, as only the component and some wasm do, and the release that is
    /// known to have it.
    pub(super) versions: BTreeSet<Version>,
}

impl Read {
    pub(super) fn of(path: &str, kind: FileKind, content: &[u8], algorithm: Algorithm) -> Self {
        let digest = Digest::of(algorithm, content);
        let (styles, mut versions) = match kind {
            FileKind::Component => (
                content::head_styles(content, algorithm),
                content::component_versions(content),
            ),
            FileKind::Wasm(_) => (
                content::shadow_styles(content, algorithm),
                content::wasm_version(content).into_iter().collect(),
            ),
            _ => Default::default(),
        };
        versions.extend(content::release_of(&digest));
        Self {
            path: path.to_owned(),
            kind,
            bytes: content.len() as u64,
            digest,
            styles,
            versions,
        }
    }

    fn on_disk(file: &Found, algorithm: Algorithm, buffer: &mut [u8]) -> std::io::Result<Self> {
        match file.kind {
            // Read whole, because styles and version are taken out of it, and hashed from memory,
            // so that all of it is about the same bytes.
            FileKind::Component | FileKind::Wasm(_) => {
                let content = std::fs::read(&file.disk)?;
                Ok(Self::of(&file.path, file.kind, &content, algorithm))
            }
            _ => {
                let (digest, bytes) = hash::file(&file.disk, algorithm, buffer)?;
                Ok(Self {
                    path: file.path.clone(),
                    kind: file.kind,
                    bytes,
                    digest,
                    styles: Vec::new(),
                    versions: content::release_of(&digest).into_iter().collect(),
                })
            }
        }
    }
}

/// Reads and hashes all files, on all cores.
pub(super) fn all(files: &[Found], algorithm: Algorithm, faults: &mut Vec<TreeError>) -> Vec<Read> {
    let results = hash::each(
        files,
        |file| file.bytes,
        |file, buffer| Read::on_disk(file, algorithm, buffer),
    );
    let mut reads = Vec::with_capacity(files.len());
    for (file, result) in files.iter().zip(results) {
        match result {
            Ok(read) => reads.push(read),
            Err(error) => faults.push(TreeError::io(&file.path, &error)),
        }
    }
    reads
}
