//! Headers that readers of archives take differently.

use std::process::Command;

use tar::EntryType;
use tower_visor::pins::Scan;

use super::archive::{Tar, record};
use super::{messages, unpack};
use crate::conformance;
use crate::support::tree::fixture;

/// Every type that some reader knows, and some that none does.
const KINDS: &[u8] = b"\x00012345670ADIKLMNSVXgxZz~\xff";

#[test]
fn only_files_are_taken() {
    for (kind, name) in [
        (b'1', "a hard link"),
        (b'2', "a symbolic link"),
        (b'3', "a device"),
        (b'4', "a device"),
        (b'6', "a pipe"),
        (b'S', "a sparse file"),
        (b'K', "the target of a link"),
        (b'g', "a header for all entries"),
        (b'7', "an entry of an unknown kind"),
        (b'A', "an entry of an unknown kind"),
        (b'D', "an entry of an unknown kind"),
        (b'N', "an entry of an unknown kind"),
        (b'V', "an entry of an unknown kind"),
        (b'X', "an entry of an unknown kind"),
    ] {
        let bytes = Tar::package()
            .entry(b"package/x", EntryType::new(kind), 0, b"")
            .gz();
        let expected = format!("`package/x` is {name}; a package holds files only");
        assert_eq!(messages(&bytes), [expected]);
    }
}

/// An archive with a file in what some readers take for the content of an entry and others, which
/// give that entry none, for further entries.
fn hidden(kind: u8) -> Vec<u8> {
    let inner = Tar::empty().file("package/hidden.js", "evil").0;
    Tar::package()
        .entry(
            b"package/x",
            EntryType::new(kind),
            inner.len() as u64,
            &inner,
        )
        .gz()
}

#[test]
fn what_is_no_file_and_has_a_size_is_refused_before_anything_is_skipped() {
    for &kind in KINDS {
        if matches!(kind, 0 | b'0') {
            continue;
        }
        let expected = match kind {
            b'5' => {
                "`package/x` is a folder with a size, 1024 bytes, in which readers find different files; npm never writes that"
            }
            b'x' | b'L' => {
                "the extended header `package/x` has a form that readers interpret differently; npm never writes that"
            }
            _ => {
                let messages = messages(&hidden(kind));
                let [message] = messages.as_slice() else {
                    panic!("{messages:?}");
                };
                assert!(
                    message.ends_with("; a package holds files only"),
                    "{message}"
                );
                continue;
            }
        };
        assert_eq!(
            messages(&hidden(kind)),
            [expected],
            "{}",
            kind.escape_ascii()
        );
    }
}

/// The case as it was reported: a folder's "content" is a second component.
#[test]
fn the_reported_archive_is_refused() {
    let Some(case) = conformance::cases("S03-tar-dir-size") else {
        return;
    };
    let made = tempfile::tempdir().unwrap();
    let sdk = fixture("1.5.0");
    let status = Command::new("python3")
        .arg(case.join("make.py"))
        .arg(std::path::absolute(&sdk).unwrap())
        .current_dir(made.path())
        .status()
        .expect("python3, which makes the case's archives");
    assert!(status.success());
    let read = |name: &str| std::fs::read(made.path().join(name)).unwrap();
    let (component, assets) = (read("component.tgz"), read("assets.tgz"));
    assert!(unpack(&assets).is_ok());
    let fault = "`package/x/` is a folder with a size, 1024 bytes, in which readers find different files; npm never writes that";
    assert_eq!(messages(&component), [fault]);
    let errors = Scan::new(&sdk)
        .tarball("component.tgz", component)
        .tarball("assets.tgz", assets)
        .run()
        .unwrap_err();
    assert!(errors.to_string().contains(fault), "{errors}");
}

#[test]
fn records_that_readers_take_differently_are_refused() {
    for (key, value) in [
        ("size", "1"),
        ("linkpath", "/etc/passwd"),
        ("GNU.sparse.realsize", "9"),
        ("GNU.sparse.name", "package/b.js"),
        ("SCHILY.realsize", "9"),
        ("SUN.holesdata", " 0 4"),
        // npm makes the entry what it says.
        ("type", "Directory"),
        ("path", ""),
        ("anything", "else"),
        // GNU tar stops at these.
        ("uid", ""),
        ("uid", "-1"),
        ("gid", "4294967296"),
        ("gid", "+1"),
        ("mtime", "yesterday"),
        ("mtime", "1."),
    ] {
        let bytes = Tar::package()
            .pax(key, value)
            .file("package/a.js", "abcd")
            .gz();
        assert_eq!(
            messages(&bytes),
            [format!(
                "the extended header `PaxHeader` has the record `{key}`, which readers interpret differently; npm never writes that"
            )]
        );
    }
    let two = record("path", "package/b.js") + &record("path", "package/c.js");
    let bytes = Tar::package()
        .extended(two.as_bytes())
        .file("package/a.js", "abcd")
        .gz();
    assert_eq!(
        messages(&bytes),
        [
            "the extended header `PaxHeader` has the record `path`, which readers interpret differently; npm never writes that"
        ]
    );
    // These say nothing about the file.
    let harmless: String = [
        ("mtime", "1.5"),
        ("uid", "4000000000"),
        ("uname", "me"),
        ("SCHILY.xattr.user.x", "1"),
        ("path", "package/b.js"),
    ]
    .map(|(key, value)| record(key, value))
    .concat();
    let bytes = Tar::package()
        .extended(harmless.as_bytes())
        .file("package/a.js", "abcd")
        .gz();
    let package = unpack(&bytes).unwrap();
    assert_eq!(package.files[0].path, "b.js");
}

#[test]
fn extended_headers_have_one_form() {
    let form = |name: &str| {
        format!(
            "the extended header `{name}` has a form that readers interpret differently; npm never writes that"
        )
    };
    for content in [
        &b""[..],
        b"\n",
        b"21 path=package/b.js",
        b"22 path=package/b.js\n",
        b"20 path=package/b.js\n",
        b"021 path=package/b.js\n",
        b"+21 path=package/b.js\n",
        b" 21 path=package/b.js\n",
        b"21  path=package/b.j\n",
        b"21 pathpackage/b.jsx\n",
        b"nonsense\n",
        // What follows an empty line is seen by some.
        b"\n21 path=package/b.js\n",
        b"10 uid=12\n\n21 path=package/b.js\n",
        b"21 path=package/b.js\n\0",
        b"21 path=package/b\0js\n",
        // As many bytes, and fewer characters.
        "22 path=package/\u{e9}.js\n".as_bytes(),
        // By its length, one record with a line feed in it.
        b"41 comment=x\n21 path=package/b.js\n       \n",
    ] {
        let bytes = Tar::package()
            .extended(content)
            .file("package/a.js", "abcd")
            .gz();
        let shown = content.escape_ascii();
        let messages = messages(&bytes);
        match content {
            b"21  path=package/b.j\n" => assert_eq!(
                messages,
                [
                    "the extended header `PaxHeader` has the record ` path`, which readers interpret differently; npm never writes that"
                ]
            ),
            _ => assert_eq!(messages, [form("PaxHeader")], "{shown}"),
        }
    }
    for content in [
        &b""[..],
        b"\0",
        b"package/a.js\0x",
        b"package/a.js\0\0",
        b"package/a\n.js\0",
    ] {
        let bytes = Tar::package()
            .long_name(content)
            .file("package/a.js", "abcd")
            .gz();
        let shown = content.escape_ascii();
        assert_eq!(messages(&bytes), [form("././@LongLink")], "{shown}");
    }
    for content in [&b"package/b.js"[..], b"package/b.js\0"] {
        let bytes = Tar::package()
            .long_name(content)
            .file("package/a.js", "abcd")
            .gz();
        assert_eq!(unpack(&bytes).unwrap().files[0].path, "b.js");
    }
}

#[test]
fn one_extended_header_stands_before_an_entry() {
    let twice = |name: &str| {
        format!(
            "the extended header `{name}` follows another, and which one counts depends on the reader; npm writes one for an entry"
        )
    };
    let start = || Tar::package().long_name(b"package/a.js\0");
    let bytes = start()
        .pax("path", "package/b.js")
        .file("package/c.js", "evil")
        .gz();
    assert_eq!(messages(&bytes), [twice("PaxHeader")]);
    let bytes = start()
        .long_name(b"package/b.js\0")
        .file("package/c.js", "evil")
        .gz();
    assert_eq!(messages(&bytes), [twice("././@LongLink")]);
    assert_eq!(
        messages(&start().gz()),
        [
            "the extended header `././@LongLink` is not followed by an entry; fetch the tarball again"
        ]
    );
}

#[test]
fn fields_that_readers_take_differently_are_refused() {
    type Change = fn(&mut [u8; 512]);
    let cases: &[(&str, Change)] = &[
        ("name", |b| b[0] = 0),
        ("name", |b| b[..14].copy_from_slice(b"package/a.js\0x")),
        ("name", |b| b[..14].copy_from_slice(b"package/a.js\0\n")),
        ("name", |b| b[12] = b'/'),
        ("linkname", |b| b[157] = b'x'),
        ("linkname", |b| b[200] = b'x'),
        ("prefix", |b| b[345..353].copy_from_slice(b"package/")),
        ("prefix", |b| {
            b[257..265].fill(0);
            b[345..352].copy_from_slice(b"package");
        }),
        ("prefix", |b| {
            b[257..265].copy_from_slice(b"ustar\x0000");
            b[345..354].copy_from_slice(b"package\0x");
        }),
        // The format in which npm looks for other times, and so reads a shorter prefix.
        ("prefix", |b| {
            b[257..265].copy_from_slice(b"ustar\x0000");
            b[476..487].copy_from_slice(b"00000000000");
        }),
        ("magic", |b| b[257..265].copy_from_slice(b"ustar\x0001")),
        ("magic", |b| b[257..265].copy_from_slice(b"ustar\x00  ")),
        ("magic", |b| b[257..265].copy_from_slice(b"USTAR\x0000")),
        ("mode", |b| b[100] = 0x81),
        ("mode", |b| b[100..108].fill(b' ')),
        ("uid", |b| b[108..116].copy_from_slice(b"12 34567")),
        ("uid", |b| b[108..116].fill(0xff)),
        ("gid", |b| b[116..124].fill(0x80)),
        ("mtime", |b| b[136] = 0xc0),
        ("devmajor", |b| b[329] = 0x81),
        ("devminor", |b| b[337] = b'x'),
        // Each of these is four for somebody.
        ("size", |b| b[124..136].copy_from_slice(b"00000000004x")),
        ("size", |b| b[124..136].copy_from_slice(b"+0000000004\0")),
    ];
    for (at, (field, change)) in cases.iter().enumerate() {
        let bytes = Tar::package()
            .changed(b"package/a.js", EntryType::Regular, 4, b"evil", change)
            .gz();
        let messages = messages(&bytes);
        let [message] = messages.as_slice() else {
            panic!("{messages:?}");
        };
        let end =
            format!("` has a `{field}` that readers interpret differently; npm never writes that");
        // The library that walks the archive refuses some sizes before.
        let before = *field == "size" && message.starts_with("not a tar archive, or a damaged one");
        assert!(before || message.ends_with(&end), "case {at}: {message}");
    }
    let bytes = Tar::package()
        .changed(b"package/a.js", EntryType::Regular, 4, b"evil", |b| {
            b[200] = b'x';
        })
        .gz();
    assert_eq!(
        messages(&bytes),
        [
            "the header of `package/a.js` has a `linkname` that readers interpret differently; npm never writes that"
        ]
    );
}

#[test]
fn a_checksum_ends_where_all_readers_see_it() {
    for (end, taken) in [
        (&b"\0 "[..], true),
        (b" \0", true),
        (b"  ", true),
        (b"\0x", false),
    ] {
        let mut tar = Tar::package().file("package/a.js", "").raw(&[0; 1024]).0;
        let at = tar.len() - 1024 - 512 + 148;
        tar.copy_within(at + 1..at + 7, at);
        tar[at + 6..at + 8].copy_from_slice(end);
        assert_eq!(unpack(&super::gzip(&tar)).is_ok(), taken);
    }
    // Eight digits: npm reads on into the type.
    let mut tar = Tar::package().file("package/a.js", "").raw(&[0; 1024]).0;
    let at = tar.len() - 1024 - 512 + 148;
    tar.copy_within(at..at + 7, at + 1);
    tar[at] = b'0';
    assert_eq!(
        messages(&super::gzip(&tar)),
        [
            "the header of `package/a.js` has a `chksum` that readers interpret differently; npm never writes that"
        ]
    );
}

#[test]
fn numbers_in_bytes_are_read_where_all_readers_agree() {
    let sized = |size: [u8; 12]| {
        Tar::package()
            .changed(b"package/a.js", EntryType::Regular, 4, b"abcd", |block| {
                block[124..136].copy_from_slice(&size);
            })
            .gz()
    };
    let package = unpack(&sized([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4])).unwrap();
    assert_eq!(package.file("a.js").unwrap().bytes, 4);
    let fault = "the header of `package/a.js` has a `size` that readers interpret differently; npm never writes that";
    for size in [
        // Negative, with bits that a reader of 64 bits drops, and more than a double holds.
        [
            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfc,
        ],
        [0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4],
        [0x81, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4],
        [0x80, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0, 4],
    ] {
        let messages = messages(&sized(size));
        assert!(
            messages == [fault] || messages[0].starts_with("not a tar archive"),
            "{messages:?}"
        );
    }
}
