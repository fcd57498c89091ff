//! Tarballs: checked before a byte is unpacked, then held to limits. All are made here, in memory.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use tar::{EntryType, Header};
use tower_visor::errors::Errors;
use tower_visor::pins::sources::{
    RegistryIntegrity, Tarball, TarballError, UnpackedPackage, WeakSha1,
};
use tower_visor::sri::{Algorithm, Digest, Integrity};

const PACKAGE_JSON: &str = r#"{"name": "@azure/ai-vision-face-ui", "version": "1.5.0"}"#;

/// An archive, block by block, so that it can hold what no honest tool writes.
#[derive(Clone)]
struct Tar(Vec<u8>);

impl Tar {
    fn empty() -> Self {
        Self(Vec::new())
    }

    /// With the `package.json` that every package has.
    fn package() -> Self {
        Self::empty().file("package/package.json", PACKAGE_JSON)
    }

    fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let content = content.as_ref();
        self.entry(
            path.as_bytes(),
            EntryType::Regular,
            content.len() as u64,
            content,
        )
    }

    fn entry(mut self, path: &[u8], kind: EntryType, size: u64, content: &[u8]) -> Self {
        let mut header = Header::new_gnu();
        header.as_old_mut().name[..path.len()].copy_from_slice(path);
        header.set_entry_type(kind);
        header.set_size(size);
        header.set_mode(0o644);
        if kind == EntryType::GNUSparse {
            header.as_gnu_mut().unwrap().set_real_size(size);
        }
        header.set_cksum();
        self.0.extend_from_slice(header.as_bytes());
        self.0.extend_from_slice(content);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    /// A PAX header for the entry that follows.
    fn pax(self, key: &str, value: &str) -> Self {
        let mut length = key.len() + value.len() + 3;
        while length < key.len() + value.len() + 3 + length.to_string().len() {
            length += 1;
        }
        let record = format!("{length} {key}={value}\n");
        self.entry(
            b"PaxHeader",
            EntryType::XHeader,
            record.len() as u64,
            record.as_bytes(),
        )
    }

    fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// Two blocks of zeros end an archive.
    fn gz(self) -> Vec<u8> {
        gzip(&self.raw(&[0; 1024]).0)
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn unpack(bytes: &[u8]) -> Result<UnpackedPackage, Errors<TarballError>> {
    Tarball::observed(bytes).unpack(Algorithm::Sha384, |_, _| {})
}

fn messages(bytes: &[u8]) -> Vec<String> {
    unpack(bytes)
        .expect_err("a fault")
        .iter()
        .map(TarballError::to_string)
        .collect()
}

#[test]
fn a_package_is_unpacked_into_digests() {
    let long = format!("package/{}/x.json", "i18n".repeat(40));
    let bytes = Tar::package()
        .entry(b"package/", EntryType::Directory, 0, b"")
        .entry(b"package/js/", EntryType::Directory, 0, b"")
        .file("package/js/engine.js", "engine")
        .file("package/empty", "")
        .pax("path", &long)
        .file("package/short", "long")
        .pax("mtime", "1.5")
        .file("package/a.js", vec![b'a'; 2000])
        .gz();
    let sha512 = RegistryIntegrity::Strong(Digest::of(Algorithm::Sha512, &bytes).into());
    let mut seen = Vec::new();
    let tarball = Tarball::checked(&bytes, &sha512).unwrap();
    let package = tarball
        .unpack(Algorithm::Sha384, |path, content| {
            seen.push((path.to_owned(), content.to_vec()));
        })
        .unwrap();
    assert_eq!(tarball.integrity(), Some(&sha512));
    assert_eq!(package.name, "@azure/ai-vision-face-ui");
    assert_eq!(package.version, "1.5.0");
    let paths: Vec<_> = package.files.iter().map(|f| f.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "a.js",
            "empty",
            &long["package/".len()..],
            "js/engine.js",
            "package.json"
        ]
    );
    for (path, content) in &seen {
        let file = package.file(path).unwrap();
        assert_eq!(file.bytes, content.len() as u64);
        assert_eq!(file.digest, Digest::of(Algorithm::Sha384, content));
    }
    assert_eq!(seen.len(), package.files.len());
    assert_eq!(package.file("nowhere"), None);
    assert_eq!(package.file("empty").unwrap().bytes, 0);
}

#[test]
fn nothing_is_unpacked_of_a_tarball_that_does_not_match() {
    let bytes = Tar::package().gz();
    let of = |bytes: &[u8]| {
        [
            RegistryIntegrity::Strong(Digest::of(Algorithm::Sha512, bytes).into()),
            RegistryIntegrity::Strong(Digest::of(Algorithm::Sha256, bytes).into()),
            RegistryIntegrity::Weak(WeakSha1::of(bytes)),
        ]
    };
    for (right, wrong) in of(&bytes).into_iter().zip(of(b"other")) {
        assert!(Tarball::checked(&bytes, &right).is_ok());
        let error = Tarball::checked(&bytes, &wrong).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "the tarball is not the registry's: its hash is {right}, and should be {wrong}; nothing was unpacked, fetch it again and compare"
            )
        );
    }
    // Every byte counts, also those that gzip ignores.
    let right = of(&bytes)[0].clone();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        assert!(Tarball::checked(&changed, &right).is_err(), "byte {at}");
    }
    assert!(Tarball::checked(&[bytes, vec![0]].concat(), &right).is_err());
    // The strongest digest decides, not a weaker one that happens to match.
    let mixed = format!(
        "{} {}",
        Digest::of(Algorithm::Sha256, b"x"),
        Digest::of(Algorithm::Sha512, b"y")
    );
    let mixed = RegistryIntegrity::Strong(mixed.parse::<Integrity>().unwrap());
    assert!(Tarball::checked(b"x", &mixed).is_err());
    assert!(Tarball::checked(b"y", &mixed).is_ok());
}

#[test]
fn paths_that_lead_elsewhere_are_refused_all_at_once() {
    let outside = "lies outside `package/`, where npm puts everything";
    let absolute = "is absolute; a package's paths are relative";
    let parent = "has a `..` and could leave the folder";
    let dot = "has an empty part or a `.`, so that one file has several names";
    let windows = "has a `\\`, a `:` or a part that ends in a dot or space, which Windows reads as another path";
    let characters = "has characters outside printable ASCII, which the SDK's names never have";
    let cases: [(&[u8], &str, &str); 15] = [
        (b"package/../evil.js", "package/../evil.js", parent),
        (b"package\\..\\evil.js", "package\\\\..\\\\evil.js", parent),
        (b"../package/evil.js", "../package/evil.js", parent),
        (b"/etc/passwd", "/etc/passwd", absolute),
        (b"\\\\host\\share", "\\\\\\\\host\\\\share", absolute),
        (b"C:/evil.js", "C:/evil.js", absolute),
        (b"other/evil.js", "other/evil.js", outside),
        (b"packageevil.js", "packageevil.js", outside),
        (b"package/./evil.js", "package/./evil.js", dot),
        (b"package//evil.js", "package//evil.js", dot),
        (b"package/a.js:evil", "package/a.js:evil", windows),
        (b"package/a.js.", "package/a.js.", windows),
        (b"package/dir /a.js", "package/dir /a.js", windows),
        (b"package/\xff.js", "package/\\xff.js", characters),
        (
            "package/\u{430}.js".as_bytes(),
            "package/\\xd0\\xb0.js",
            characters,
        ),
    ];
    let mut tar = Tar::package();
    for (path, _, _) in &cases {
        tar = tar.entry(path, EntryType::Regular, 4, b"evil");
    }
    let long = format!("package/{}", "x".repeat(Tarball::LONGEST_PATH));
    tar = tar.pax("path", &long).file("package/short", "evil");
    let mut expected: Vec<String> = cases
        .iter()
        .map(|(_, shown, fault)| format!("`{shown}`: {fault}"))
        .collect();
    expected.push(format!("`{}...`: is longer than 255 bytes", &long[..200]));
    assert_eq!(messages(&tar.gz()), expected);

    // A NUL in the extended header, where the plain one can't have it.
    let nul = Tar::package()
        .pax("path", "package/a.js\0.png")
        .file("package/short", "evil")
        .gz();
    assert_eq!(
        messages(&nul),
        [format!("`package/a.js\\x00.png`: {characters}")]
    );
}

#[test]
fn only_files_are_taken() {
    let what = |kind| {
        let bytes = Tar::package().entry(b"package/x", kind, 0, b"").gz();
        messages(&bytes).remove(0)
    };
    for (kind, name) in [
        (EntryType::Link, "a hard link"),
        (EntryType::Symlink, "a symbolic link"),
        (EntryType::Char, "a device"),
        (EntryType::Block, "a device"),
        (EntryType::Fifo, "a pipe"),
        (EntryType::GNUSparse, "a sparse file"),
        (EntryType::XGlobalHeader, "a header for all entries"),
        (EntryType::new(b'V'), "an entry of an unknown kind"),
    ] {
        assert_eq!(
            what(kind),
            format!("`package/x` is {name}; a package holds files only")
        );
    }
}

#[test]
fn names_that_meet_on_a_disk_are_refused() {
    for (one, other, expected) in [
        (
            "a.js",
            "a.js",
            "`a.js` stands twice in the archive; which one counts depends on the reader",
        ),
        ("a.js", "A.js", "`a.js` and `A.js` collide on a disk"),
        (
            "js/a.js",
            "JS/A.js",
            "`js/a.js` and `JS/A.js` collide on a disk",
        ),
        ("js", "js/a.js", "`js` and `js/a.js` collide on a disk"),
        ("js/b/a.js", "JS", "`js/b/a.js` and `JS` collide on a disk"),
    ] {
        let bytes = Tar::package()
            .file(&format!("package/{one}"), "1")
            .file(&format!("package/{other}"), "2")
            .gz();
        assert_eq!(messages(&bytes), [expected]);
    }
}

#[test]
fn headers_that_readers_take_differently_are_refused() {
    for (key, value) in [
        ("size", "1"),
        ("linkpath", "/etc/passwd"),
        ("GNU.sparse.realsize", "9"),
    ] {
        let bytes = Tar::package()
            .pax(key, value)
            .file("package/a.js", "abcd")
            .gz();
        assert_eq!(
            messages(&bytes),
            [format!(
                "`package/a.js` has the extended header `{key}`, which readers take differently; npm writes none"
            )]
        );
    }
    // A GNU long name and a PAX path that name two files.
    let bytes = Tar::package()
        .entry(
            b"././@LongLink",
            EntryType::GNULongName,
            12,
            b"package/a.js",
        )
        .pax("path", "package/b.js")
        .file("package/c.js", "evil")
        .gz();
    assert_eq!(
        messages(&bytes),
        [
            "`package/a.js` has the extended header `path`, which readers take differently; npm writes none"
        ]
    );
}

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
        ["`package/x` is 33554433 bytes long, more than the 33554432 that are taken"]
    );
    let bytes = Tar::package()
        .entry(b"package/x", EntryType::Regular, u64::MAX, b"")
        .gz();
    assert!(messages(&bytes)[0].starts_with("no tar archive, or a damaged one"));
    let mut tar = Tar::package();
    for n in 0..Tarball::MOST_ENTRIES {
        tar = tar.file(&format!("package/{n}"), "");
    }
    assert_eq!(
        messages(&tar.gz()),
        ["more than 4096 entries; this is no package of the SDK"]
    );
    // A name of 200 MB, which the reader of archives wants whole before it shows the entry; it
    // arrives in some 200 kB.
    let name = Tar::package().entry(b"L", EntryType::GNULongName, 200 * 1024 * 1024, b"");
    let bytes = [&b"\x1f\x8b\x08\0\0\0\0\0\0\xff"[..], &deflate(&name.0)].concat();
    let zeros = deflate(&vec![0; 1024 * 1024]);
    assert!(zeros.len() < 5000);
    assert_eq!(
        messages(&[bytes, zeros.repeat(200)].concat()),
        ["unpacks to more than 134217728 bytes; this is no package of the SDK"]
    );
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
            "no gzip file, or a damaged one, after 5632 unpacked bytes; give the .tgz as the registry serves it"
        ]
    );
    assert_eq!(
        messages(b"PK\x03\x04 a zip file, not a gzip"),
        [
            "no gzip file, or a damaged one, after 0 unpacked bytes; give the .tgz as the registry serves it"
        ]
    );
    assert_eq!(
        messages(&gzip(&[b'x'; 1024])),
        [
            "no tar archive, or a damaged one, near unpacked byte 512: numeric field was not a number: xxxxxxxx; give the .tgz as the registry serves it"
        ]
    );
    assert_eq!(
        messages(b""),
        ["the tarball is cut off after 0 unpacked bytes; fetch it again"]
    );
}

#[test]
fn the_package_says_which_it_is() {
    let with = |json: &str| messages(&Tar::empty().file("package/package.json", json).gz());
    assert_eq!(
        messages(&Tar::empty().file("package/x", "").gz()),
        ["no `package/package.json`; this is no npm package"]
    );
    for (json, expected) in [
        ("{}", "package.json: no `name` that npm would take"),
        (
            r#"{"name": "../x", "version": "1.0.0"}"#,
            "package.json: no `name` that npm would take",
        ),
        (
            r#"{"name": "x"}"#,
            "package.json: no exact `version` such as 1.5.0",
        ),
        (
            r#"{"name": "x", "version": "latest"}"#,
            "package.json: no exact `version` such as 1.5.0",
        ),
        (
            r#"{"name": "x", "name": "y", "version": "1.0.0"}"#,
            "package.json: line 1, column 20: the key `name` stands twice in one object; remove one",
        ),
        (
            "{",
            "package.json: line 1, column 1: EOF while parsing an object",
        ),
    ] {
        assert_eq!(with(json), [expected], "{json}");
    }
}

proptest! {
    /// Damage anywhere in the archive: an error, or the same kind of package; never a panic.
    #[test]
    fn damaged_archives_do_not_panic(
        at in any::<proptest::sample::Index>(),
        put in proptest::collection::vec(any::<u8>(), 1..24),
        zipped in any::<bool>(),
    ) {
        let tar = Tar::package()
            .pax("path", "package/long.js")
            .file("package/b.js", "b")
            .entry(b"package/s", EntryType::GNUSparse, 0, b"");
        let mut bytes = if zipped { tar.gz() } else { tar.raw(&[0; 1024]).0 };
        let start = at.index(bytes.len());
        for (byte, new) in bytes.iter_mut().skip(start).zip(&put) {
            *byte = *new;
        }
        let bytes = if zipped { bytes } else { gzip(&bytes) };
        if let Ok(package) = unpack(&bytes) {
            for file in &package.files {
                prop_assert!(file.path.is_ascii() && !file.path.contains(".."));
            }
        }
    }

    /// Any header block, with a right checksum.
    #[test]
    fn hostile_headers_do_not_panic(
        block in proptest::collection::vec(any::<u8>(), 512),
        kind in proptest::sample::select(&b"\x000123457LKSxgV"[..]),
        size in any::<u64>(),
    ) {
        let mut header = Header::new_old();
        header.as_mut_bytes().copy_from_slice(&block);
        header.set_entry_type(EntryType::new(kind));
        header.set_size(size % 3_000_000_000);
        header.set_cksum();
        let tar = Tar::package().raw(header.as_bytes()).raw(&[b'0'; 700]);
        let _ = unpack(&tar.gz());
    }
}
