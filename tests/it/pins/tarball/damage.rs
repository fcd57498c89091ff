//! Bombs, and what is cut off or goes on.

use flate2::Compression;
use tar::EntryType;
use tower_visor::pins::sources::{Tarball, TarballErrorKind};

use super::archive::{Tar, gzip};
use super::{messages, unpack};

#[test]
fn limits_end_bombs() {
    let bytes = Tar::package()
        .entry(
            b"package/x",
            EntryType::Regular,
            Tarball::LARGEST_FILE + 1,
            b"",
        )
        .gz();
    assert_eq!(
        messages(&bytes),
        ["`package/x` is 33554433 bytes long, over the limit of 33554432"]
    );
    let bytes = Tar::package()
        .entry(b"package/x", EntryType::Regular, u64::MAX, b"")
        .gz();
    assert!(messages(&bytes)[0].starts_with("not a tar archive, or a damaged one"));
    let mut tar = Tar::package();
    for n in 0..Tarball::MOST_ENTRIES {
        tar = tar.file(&format!("package/{n}"), "");
    }
    assert_eq!(
        messages(&tar.gz()),
        ["more than 4096 entries; this is not a package of the SDK"]
    );
    // Files of zeros, which arrive in some 600 kB.
    let megabyte = deflate(&vec![0; 1024 * 1024]);
    assert!(megabyte.len() < 5000);
    let mut bytes = b"\x1f\x8b\x08\0\0\0\0\0\0\xff".to_vec();
    for name in ["a", "b", "c", "d", "e"] {
        let path = format!("package/{name}");
        let size = Tarball::LARGEST_FILE;
        let header = Tar::empty().entry(path.as_bytes(), EntryType::Regular, size, b"");
        bytes.extend(deflate(&header.0));
        bytes.extend(megabyte.repeat(32));
    }
    assert_eq!(
        messages(&bytes),
        ["unpacks to more than 134217728 bytes; this is not a package of the SDK"]
    );
    // Extended headers are held to a limit of their own, before they are read.
    for (kind, name) in [
        (EntryType::GNULongName, "././@LongLink"),
        (EntryType::XHeader, "PaxHeader"),
    ] {
        let bytes = Tar::package()
            .entry(name.as_bytes(), kind, 64 * 1024 + 1, b"")
            .gz();
        assert_eq!(
            messages(&bytes),
            [format!(
                "the extended header `{name}` is 65537 bytes long, over the limit of 65536"
            )]
        );
    }
}

/// A piece of a deflate stream that can be repeated.
fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::with_capacity(bytes.len() + 1024);
    flate2::Compress::new(Compression::fast(), false)
        .compress_vec(bytes, &mut packed, flate2::FlushCompress::Full)
        .unwrap();
    packed
}

#[test]
fn what_is_cut_off_or_continued_is_refused() {
    let whole = Tar::package().file("package/a.js", vec![7; 3000]).gz();
    assert!(unpack(&whole).is_ok());
    for end in 0..whole.len() {
        assert!(unpack(&whole[..end]).is_err(), "cut off at {end}");
    }
    assert_eq!(
        messages(&whole[..whole.len() - 1]),
        ["the tarball is cut off after 5632 unpacked bytes; fetch it again"]
    );
    assert_eq!(
        messages(&[&whole[..], b"evil"].concat()),
        ["4 bytes follow the end of the gzip stream; npm writes none, fetch it again"]
    );
    let twice = [&whole[..], &whole[..]].concat();
    assert_eq!(
        messages(&twice),
        [format!(
            "{} bytes follow the end of the gzip stream; npm writes none, fetch it again",
            whole.len()
        )]
    );
    // Cut off before it was compressed: no blocks of zeros.
    let bytes = gzip(&Tar::package().0);
    assert_eq!(
        messages(&bytes),
        ["the tarball is cut off after 1024 unpacked bytes; fetch it again"]
    );
    // Behind the zeros stands another archive, which `tar --ignore-zeros` unpacks.
    let hidden = Tar::package()
        .raw(&[0; 1024])
        .file("package/evil.js", "evil")
        .gz();
    assert_eq!(
        messages(&hidden),
        [
            "something follows the end of the archive at unpacked byte 2048; npm writes nothing there"
        ]
    );
    let mut wrong_checksum = whole.clone();
    let crc = whole.len() - 8;
    wrong_checksum[crc] ^= 1;
    assert_eq!(
        messages(&wrong_checksum),
        [
            "not a gzip file, or a damaged one, after 5632 unpacked bytes; give the .tgz as the registry serves it"
        ]
    );
    assert_eq!(
        messages(b"PK\x03\x04 a zip file, not a gzip"),
        [
            "not a gzip file, or a damaged one, after 0 unpacked bytes; give the .tgz as the registry serves it"
        ]
    );
    assert_eq!(
        messages(&gzip(&[b'x'; 1024])),
        [
            "not a tar archive, or a damaged one, near unpacked byte 512: numeric field was not a number: xxxxxxxx; give the .tgz as the registry serves it"
        ]
    );
    // What a proxy leaves of it.
    let decompressed = "a tar archive that is no longer gzipped: a proxy or a client decompressed it on the way (`Content-Encoding`), so no integrity can match; fetch it again as it is";
    let tar = Tar::package().raw(&[0; 1024]).0;
    assert_eq!(messages(&tar), [decompressed]);
    let integrity = crate::support::registry::strong(&gzip(&tar));
    let error = Tarball::checked(&tar, &integrity).unwrap_err();
    assert_eq!(error.to_string(), decompressed);
    assert_eq!(error.kind(), TarballErrorKind::Damaged);
    assert_eq!(
        messages(b""),
        ["the tarball is cut off after 0 unpacked bytes; fetch it again"]
    );
}
