//! Tarballs of packages: what is unpacked lies in its folder, within the limits, and is what was
//! shown.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use tower_visor::pins::sources::{RegistryIntegrity, Tarball};
use tower_visor::sri::{Algorithm, Digest};

use super::{are_messages, is_message};

const BLOCK: usize = 512;

/// How the rest is meant, in the first byte: a `.tgz`, an archive to compress, or one whose
/// checksums are put right before, which mutations break first.
pub fn run(data: &[u8]) {
    let Some((how, rest)) = data.split_first() else {
        return;
    };
    let bytes = match how {
        b'z' => rest.to_vec(),
        b't' => gzip(rest),
        _ => gzip(&repaired(rest)),
    };
    check(&bytes);
}

fn check(bytes: &[u8]) {
    let mut shown = BTreeMap::new();
    let look = |path: &str, content: &[u8]| {
        shown.insert(path.to_owned(), Digest::of(Algorithm::Sha384, content));
    };
    let package = match Tarball::observed(bytes).unpack(Algorithm::Sha384, look) {
        Ok(package) => package,
        Err(errors) => return are_messages(&errors),
    };
    assert!(package.file("package.json").is_some());
    assert!(package.files.is_sorted_by(|a, b| a.path < b.path));
    assert_eq!(package.files.len(), shown.len());
    assert!(package.files.len() <= Tarball::MOST_ENTRIES);
    let mut folded = BTreeSet::new();
    let mut total = 0;
    for file in &package.files {
        assert_eq!(shown.get(&file.path), Some(&file.digest));
        assert!(
            folded.insert(file.path.to_ascii_lowercase()),
            "{}",
            file.path
        );
        assert!(file.path.len() <= Tarball::LONGEST_PATH);
        assert!(file.path.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
        let mut parts = file.path.split(['/', '\\']);
        assert!(
            !parts.any(|part| ["", ".", ".."].contains(&part)),
            "{}",
            file.path
        );
        total += file.bytes;
    }
    assert!(total <= Tarball::LARGEST_TOTAL);
    // Under another integrity not a byte of it is looked at; under its own it is the same.
    let own = RegistryIntegrity::Strong(Digest::of(Algorithm::Sha512, bytes).into());
    let other = RegistryIntegrity::Strong(Digest::of(Algorithm::Sha512, b"other").into());
    is_message(&Tarball::checked(bytes, &other).unwrap_err());
    let again = Tarball::checked(bytes, &own).expect("its own integrity");
    assert_eq!(again.unpack(Algorithm::Sha384, |_, _| {}), Ok(package));
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The archive with the checksum of each header as it has to be, and with an end.
fn repaired(archive: &[u8]) -> Vec<u8> {
    let mut archive = archive.to_vec();
    archive.resize(archive.len().next_multiple_of(BLOCK), 0);
    let mut at = 0;
    while let Some(header) = archive.get_mut(at..at + BLOCK) {
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        let size = str::from_utf8(&header[124..136]).unwrap_or_default();
        let size = usize::from_str_radix(size.trim_matches(['\0', ' ']), 8).unwrap_or(0);
        at += BLOCK + size.min(archive.len()).next_multiple_of(BLOCK);
    }
    archive.extend([0; 2 * BLOCK]);
    archive
}

fn entry(kind: u8, path: &str, content: &[u8]) -> Vec<u8> {
    let mut header = [0; BLOCK];
    header[..path.len()].copy_from_slice(path.as_bytes());
    header[100..108].copy_from_slice(b"0000644\0");
    header[124..136].copy_from_slice(format!("{:011o}\0", content.len()).as_bytes());
    header[156] = kind;
    header[257..265].copy_from_slice(b"ustar\x0000");
    let mut entry = [&header, content].concat();
    entry.resize(entry.len().next_multiple_of(BLOCK), 0);
    entry
}

/// A package, and ones that no honest tool writes.
pub fn seeds() -> Vec<Vec<u8>> {
    let json = br#"{"name": "@azure/ai-vision-face-ui", "version": "1.5.0"}"#;
    let start = entry(b'0', "package/package.json", json);
    let with = |entries: &[Vec<u8>]| {
        let all: Vec<u8> = entries.concat();
        [b"r", &start[..], &all].concat()
    };
    let mut seeds = vec![
        with(&[]),
        with(&[
            entry(b'5', "package/js/", b""),
            entry(b'0', "package/js/a.js", &[b'a'; 600]),
        ]),
        with(&[
            entry(b'x', "PaxHeader", b"24 path=package/long.js\n"),
            entry(b'0', "package/short.js", b"x"),
        ]),
        with(&[
            entry(b'L', "././@LongLink", b"package/longer.js\0"),
            entry(b'0', "package/short.js", b"x"),
        ]),
        with(&[
            entry(b'x', "PaxHeader", b"13 mtime=1.5\n11 uid=1000\n"),
            entry(b'L', "././@LongLink", b"package/longer.js\0"),
            entry(b'0', "package/short.js", b"x"),
        ]),
        // A file in the "content" of a folder.
        with(&[entry(
            b'5',
            "package/x/",
            &entry(b'0', "package/y.js", b"y"),
        )]),
        with(&[entry(b'0', "other/root.js", b"x")]),
        with(&[entry(b'2', "package/link", b"")]),
        with(&[entry(b'0', "package/../../x", b"x")]),
        with(&[entry(b'0', "package/PACKAGE.json", b"x")]),
        with(&[entry(b'S', "package/sparse", b"x")]),
    ];
    let whole = gzip(&repaired(&seeds[1][1..]));
    seeds.push([b"z", &whole[..]].concat());
    seeds.push([b"z", &repaired(&seeds[1][1..])[..]].concat());
    seeds.push([b"t", &repaired(&seeds[1][1..])[..]].concat());
    seeds
}
