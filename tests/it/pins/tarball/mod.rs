//! Tarballs: checked before a byte is unpacked, then held to limits. All are made here, in memory.

mod archive;
mod damage;
mod headers;

use proptest::prelude::*;
use tar::{EntryType, Header};
use tower_visor::errors::Errors;
use tower_visor::pins::sources::{
    RegistryIntegrity, Tarball, TarballError, UnpackedPackage, WeakSha1,
};
use tower_visor::sri::{Algorithm, Digest, Integrity};

use archive::{Tar, gzip};

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
    let outside =
        "lies outside any folder; npm puts everything into one, `package/`, and strips it";
    let other = "lies in a different folder than the first entry; npm puts everything into one";
    let absolute = "is absolute; a package's paths are relative";
    let parent = "has a `..` and could leave the folder";
    let dot = "has an empty part or a `.`, so that one file has several names";
    let windows = "has a `\\`, a `:` or a part that ends in a dot or space, which Windows reads as another path";
    let characters = "has characters outside printable ASCII, which the SDK's names never have";
    let cases: [(&[u8], &str, &str); 16] = [
        (b"package/../evil.js", "package/../evil.js", parent),
        (b"package\\..\\evil.js", "package\\\\..\\\\evil.js", parent),
        (b"../package/evil.js", "../package/evil.js", parent),
        (b"/etc/passwd", "/etc/passwd", absolute),
        (b"\\\\host\\share", "\\\\\\\\host\\\\share", absolute),
        (b"C:/evil.js", "C:/evil.js", absolute),
        (b"other/evil.js", "other/evil.js", other),
        (b"packageevil.js", "packageevil.js", other),
        (b"package", "package", outside),
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

    // In GNU's header for long names, where no record is judged before.
    let high = Tar::package()
        .long_name(b"package/\xff.js")
        .file("package/short", "evil")
        .gz();
    assert_eq!(
        messages(&high),
        [format!("`package/\\xff.js`: {characters}")]
    );
}

#[test]
fn the_folder_that_all_lies_in_has_any_name() {
    for root in ["package", "ui-1.5.0", "azure-ai-vision-face-ui", "x y"] {
        let bytes = Tar::empty()
            .entry(format!("{root}/").as_bytes(), EntryType::Directory, 0, b"")
            .file(&format!("{root}/package.json"), archive::PACKAGE_JSON)
            .file(&format!("{root}/package/a.js"), "a")
            .gz();
        let package = unpack(&bytes).unwrap();
        let paths: Vec<_> = package.files.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(paths, ["package.json", "package/a.js"], "{root}");
    }
    let bytes = Tar::package()
        .entry(b"other/", EntryType::Directory, 0, b"")
        .gz();
    assert_eq!(
        messages(&bytes),
        ["`other/`: lies in a different folder than the first entry; npm puts everything into one"]
    );
}

#[test]
fn names_that_meet_on_a_disk_are_refused() {
    for (one, other, expected) in [
        (
            "a.js",
            "a.js",
            "`a.js` appears twice in the archive; which one counts depends on the reader",
        ),
        ("a.js", "A.js", "`a.js` and `A.js` collide on a disk"),
        (
            "js/a.js",
            "JS/A.js",
            "`js/a.js` and `JS/A.js` collide on a disk",
        ),
        ("js", "js/a.js", "`js` and `js/a.js` collide on a disk"),
        ("js/b/a.js", "JS", "`js/b/a.js` and `JS` collide on a disk"),
        // A folder, behind which npm deletes the file.
        ("a.js", "a.js/", "`a.js` and `a.js` collide on a disk"),
        ("a.js/", "a.js", "`a.js` and `a.js` collide on a disk"),
        ("JS/", "js", "`JS` and `js` collide on a disk"),
        ("a.js", "a.js/b/", "`a.js` and `a.js/b` collide on a disk"),
    ] {
        let bytes = [one, other].into_iter().fold(Tar::package(), |tar, path| {
            let path = format!("package/{path}");
            if path.ends_with('/') {
                tar.entry(path.as_bytes(), EntryType::Directory, 0, b"")
            } else {
                tar.file(&path, "1")
            }
        });
        assert_eq!(messages(&bytes.gz()), [expected]);
    }
}

#[test]
fn the_package_says_which_it_is() {
    let with = |json: &str| messages(&Tar::empty().file("package/package.json", json).gz());
    assert_eq!(
        messages(&Tar::empty().file("package/x", "").gz()),
        ["no `package.json` in the archive's top folder; give the .tgz of an npm package"]
    );
    for (json, expected) in [
        ("{}", "package.json: no `name` that npm would accept"),
        (
            r#"{"name": "../x", "version": "1.0.0"}"#,
            "package.json: no `name` that npm would accept",
        ),
        (
            r#"{"name": "x"}"#,
            "package.json: no exact `version`, such as 1.5.0",
        ),
        (
            r#"{"name": "x", "version": "latest"}"#,
            "package.json: no exact `version`, such as 1.5.0",
        ),
        (
            r#"{"name": "x", "name": "y", "version": "1.0.0"}"#,
            "package.json: line 1, column 20: the key `name` appears twice in one object; remove one",
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
            .long_name(b"package/longer.js\0")
            .file("package/c.js", "c")
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
