//! The archives: the same ones in every run.

use tar::EntryType;

use super::archive::{PACKAGE_JSON, Tar, gzip, record};

/// An archive for all readers.
pub(super) struct Archive {
    pub(super) what: String,
    /// As npm, yarn, pnpm or GNU tar write them: it has to be taken.
    pub(super) honest: bool,
    pub(super) bytes: Vec<u8>,
}

pub(super) fn archives() -> Vec<Archive> {
    let mut all = Vec::new();
    let mut add = |what: String, tar: Tar| {
        all.push(Archive {
            what,
            honest: false,
            bytes: tar.file("package/last.js", "last").gz(),
        });
    };
    kinds(&mut add);
    fields(&mut add);
    records(&mut add);
    forms(&mut add);
    paths(&mut add);
    pairs(&mut add);
    mixtures(&mut add);
    all.extend(honest());
    all.extend(ends());
    all
}

/// A file in what some take for the content of an entry, others for further entries.
pub(super) fn hidden(kind: u8) -> Vec<u8> {
    with_hidden(kind).gz()
}

fn with_hidden(kind: u8) -> Tar {
    let inner = Tar::empty().file("package/hidden.js", "hidden").0;
    Tar::package().entry(
        b"package/x",
        EntryType::new(kind),
        inner.len() as u64,
        &inner,
    )
}

fn kinds(add: &mut impl FnMut(String, Tar)) {
    for kind in [0, 1, 0x80, 0xff].into_iter().chain(b'!'..=b'~') {
        let shown = kind.escape_ascii();
        add(format!("type {shown} with a size"), with_hidden(kind));
        let empty = Tar::package().entry(b"package/x", EntryType::new(kind), 0, b"");
        add(format!("type {shown}"), empty);
        let slash = Tar::package().entry(b"package/x/", EntryType::new(kind), 0, b"");
        add(format!("type {shown}, as a folder"), slash);
    }
}

/// Odd contents of each field of a header, as many bytes as fit.
fn fields(add: &mut impl FnMut(String, Tar)) {
    const FIELDS: [(&str, usize, usize); 16] = [
        ("name", 0, 100),
        ("mode", 100, 8),
        ("uid", 108, 8),
        ("gid", 116, 8),
        ("size", 124, 12),
        ("mtime", 136, 12),
        ("linkname", 157, 100),
        ("magic", 257, 6),
        ("version", 263, 2),
        ("uname", 265, 32),
        ("gname", 297, 32),
        ("devmajor", 329, 8),
        ("devminor", 337, 8),
        ("prefix", 345, 155),
        ("prefix at npm's times", 476, 12),
        ("padding", 500, 12),
    ];
    const VALUES: [&[u8]; 26] = [
        b"",
        b"x",
        b"package",
        b"package/y.js\0",
        b"package/y.js\0x",
        b"package/y.js\0\n",
        b"0000010\0",
        b"0000010 ",
        b"     10\0",
        b"10\0\0\0\0\0\0",
        b"10 \0 \0  ",
        b"\x0010\0\0\0\0\0",
        b"10x\0\0\0\0\0",
        b"+10\0\0\0\0\0",
        b"-10\0\0\0\0\0",
        b"0x10\0\0\0\0",
        b"10\x007\0\0\0\0",
        b"1 0\0\0\0\0\0",
        b"00000000010\0",
        b"000000000010",
        b"\x80\0\0\0\0\0\0\x08",
        b"\x80\0\0\0\0\0\0\0\0\0\0\x08",
        b"\x81\0\0\0\0\0\0\0\0\0\0\x08",
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xf8",
        b"ustar\x0000",
        b"ustar  \0",
    ];
    let content = Tar::empty().file("package/hidden.js", "hidden").0;
    let plain = b"package/y.js";
    for (field, at, length) in FIELDS {
        for value in VALUES {
            for posix in [true, false] {
                let size = content.len() as u64;
                let tar = Tar::package().changed(plain, EntryType::Regular, size, &content, |b| {
                    if posix {
                        b[257..265].copy_from_slice(b"ustar\x0000");
                    }
                    let length = length.min(value.len());
                    b[at..at + length].copy_from_slice(&value[..length]);
                });
                let form = if posix { "POSIX" } else { "GNU" };
                add(
                    format!("{form}, {field} begins with {}", value.escape_ascii()),
                    tar,
                );
            }
        }
        // The whole field.
        for byte in [0, b' ', b'0', b'7', b'a', 0x80, 0xff] {
            let tar = Tar::package().changed(plain, EntryType::Regular, 8, b"12345678", |b| {
                b[at..at + length].fill(byte);
            });
            add(format!("{field} of bytes {byte}"), tar);
        }
    }
}

/// Records before a file, and before GNU's header for a long name.
fn records(add: &mut impl FnMut(String, Tar)) {
    let content = Tar::empty().file("package/hidden.js", "hidden").0;
    for key in [
        "path",
        "size",
        "linkpath",
        "type",
        "mode",
        "uid",
        "mtime",
        "charset",
        "hdrcharset",
        "comment",
        "nlink",
        "SCHILY.nlink",
        "SCHILY.realsize",
        "GNU.sparse.name",
        "GNU.sparse.size",
        "GNU.sparse.realsize",
        "GNU.sparse.major",
        "LIBARCHIVE.creationtime",
        "SCHILY.xattr.user.x",
        "global",
        "remain",
        "meta",
        "ignore",
        "__proto__",
    ] {
        for value in [
            "",
            "0",
            "8",
            "-1",
            "1e3",
            "package/y.js",
            "package/y/",
            "5",
            "Directory",
            "BINARY",
            "x=y",
            "true",
        ] {
            let before = || Tar::package().pax(key, value);
            add(
                format!("{key}={value}"),
                before().file("package/x.js", &content),
            );
            add(
                format!("{key}={value}, a folder"),
                before().entry(b"package/x/", EntryType::Directory, 0, b""),
            );
        }
        let tar = Tar::package()
            .pax(key, "8")
            .long_name(b"package/y.js\0")
            .file("package/x.js", &content);
        add(format!("{key}=8 and a long name"), tar);
        let all_entries = record(key, "package/y.js");
        let tar = Tar::package()
            .entry(
                b"g",
                EntryType::XGlobalHeader,
                all_entries.len() as u64,
                all_entries.as_bytes(),
            )
            .file("package/x.js", "x");
        add(format!("{key} for all entries"), tar);
    }
}

/// Lists of records that have another form, and long names.
fn forms(add: &mut impl FnMut(String, Tar)) {
    let path = record("path", "package/y.js");
    for content in [
        String::new(),
        "\n".to_owned(),
        path.trim_end().to_owned(),
        format!("\n{path}"),
        format!("0{path}"),
        format!("+{path}"),
        format!(" {path}"),
        format!("{path}\n{}", record("path", "package/z.js")),
        path.clone() + &record("path", "package/z.js"),
        path.clone() + &record("mtime", "1"),
        record("mtime", "1") + &path,
        record("comment", &format!("\n{path}")),
        record("comment", "\u{e9}") + &path,
        path.replace("21", "20"),
        path.replace("21", "99"),
        path.replace('=', " "),
        path.replace(".js", "\0js"),
        path.replace(".js", "\u{e9}"),
        path.clone() + "\0\0\0",
        path.clone() + "nonsense",
        format!("nonsense\n{path}"),
    ] {
        let tar = Tar::package()
            .extended(content.as_bytes())
            .file("package/x.js", "x");
        add(format!("records {content:?}"), tar);
        let tar = Tar::package()
            .long_name(content.as_bytes())
            .file("package/x.js", "x");
        add(format!("long name {content:?}"), tar);
    }
    for name in [
        &b"package/y.js"[..],
        b"package/y.js\0",
        b"package/y.js\0\0",
        b"package/y.js\0x",
        b"package/y.js\0\n",
        b"package/y/",
        b"\0",
        b"/package/y.js",
        b"package/../y.js",
    ] {
        let shown = name.escape_ascii();
        for kind in *b"LNKxX" {
            let before =
                || Tar::package().entry(b"h", EntryType::new(kind), name.len() as u64, name);
            let what = format!("type {} of {shown}", char::from(kind));
            add(what.clone(), before().file("package/x.js", "x"));
            add(
                format!("{what} and a folder"),
                before().entry(b"package/x/", EntryType::Directory, 0, b""),
            );
            add(
                format!("{what} and an empty name"),
                before().entry(b"", EntryType::Regular, 1, b"x"),
            );
        }
        let unnamed = Tar::package()
            .entry(b"", EntryType::GNULongName, name.len() as u64, name)
            .file("package/x.js", "x");
        add(format!("a long name without a name, {shown}"), unnamed);
    }
}

fn paths(add: &mut impl FnMut(String, Tar)) {
    for path in [
        "package",
        "package/",
        "x.js",
        "other/x.js",
        "package/./x.js",
        "./package/x.js",
        "package//x.js",
        "package/y/../x.js",
        "../package/x.js",
        "/package/x.js",
        "package/x.js/",
        "package\\x.js",
        "package/a\\b.js",
        "c:/x.js",
        "package/c:x.js",
        "package/x.js.",
        "package/x.js ",
        " package/x.js",
        "package/.x",
        "package/.gitignore",
        "package/a b.js",
        "package/\u{e9}.js",
        "package/e\u{301}.js",
        "package/\u{1}.js",
        "package/x\ny.js",
        "package/package/x.js",
        "package/con",
        "package/x*?<>|\".js",
        "package/package.json/x.js",
        "package/...",
        "package/-x",
        "package/~",
        "package/@x/y.js",
    ] {
        let file = Tar::package().entry(path.as_bytes(), EntryType::Regular, 1, b"x");
        add(format!("a file {path:?}"), file);
        let folder = Tar::package().entry(path.as_bytes(), EntryType::Directory, 0, b"");
        add(format!("a folder {path:?}"), folder);
        add(
            format!("a record {path:?}"),
            Tar::package().pax("path", path).file("package/y.js", "x"),
        );
    }
}

/// Two entries whose paths have to do with each other.
fn pairs(add: &mut impl FnMut(String, Tar)) {
    let entries = [
        "a",
        "A",
        "a/",
        "a/b",
        "a/b/",
        "a/B",
        "package.json",
        "PACKAGE.JSON",
    ];
    let put = |tar: Tar, path: &str| {
        let full = format!("package/{path}");
        if path.ends_with('/') {
            tar.entry(full.as_bytes(), EntryType::Directory, 0, b"")
        } else {
            tar.file(&full, PACKAGE_JSON)
        }
    };
    for one in entries {
        for other in entries {
            add(
                format!("{one} and {other}"),
                put(put(Tar::package(), one), other),
            );
        }
    }
}

/// Entries of all kinds in any order, by a generator with a fixed start.
fn mixtures(add: &mut impl FnMut(String, Tar)) {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |below: usize| {
        // xorshift64
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 40).unwrap() % below
    };
    for number in 0..200 {
        let mut tar = Tar::package();
        for _ in 0..=next(5) {
            let path = [
                "package/a.js",
                "package/b.js",
                "package/c/d.js",
                "package/c/",
                "package/e",
            ][next(5)];
            tar = match next(9) {
                0 => tar.pax("path", path),
                1 => tar.pax("mtime", "1.5"),
                2 => tar.pax(["size", "comment", "uid"][next(3)], "8"),
                3 => tar.long_name(path.as_bytes()),
                4 => tar.entry(
                    path.as_bytes(),
                    EntryType::Directory,
                    [0, 512][next(2)],
                    &[0; 512],
                ),
                5 => tar.entry(
                    path.as_bytes(),
                    EntryType::new(b"0157LKxgS\0"[next(10)]),
                    0,
                    b"",
                ),
                _ => tar.file(path, vec![b'x'; next(1200)]),
            };
        }
        add(format!("mixture {number}"), tar);
    }
}

/// What no reader may refuse.
fn honest() -> Vec<Archive> {
    let posix = |block: &mut [u8; 512]| block[257..265].copy_from_slice(b"ustar\x0000");
    let long = format!("package/{}x.js", "folder/".repeat(20));
    let cases = [
        ("a package", Tar::package()),
        (
            "a folder of another name",
            Tar::empty().file("ui-1.5.0/package.json", PACKAGE_JSON),
        ),
        (
            "folders",
            Tar::package()
                .entry(b"package/x/", EntryType::Directory, 0, b"")
                .file("package/x/y.js", "y"),
        ),
        (
            "a long path by POSIX",
            Tar::package().pax("path", &long).file("package/short", "x"),
        ),
        (
            "a long path by GNU",
            Tar::package()
                .long_name(format!("{long}\0").as_bytes())
                .file("package/short", "x"),
        ),
        (
            "a path in two fields",
            Tar::package().changed(b"x.js", EntryType::Regular, 1, b"x", |block| {
                posix(block);
                block[345..345 + 150]
                    .copy_from_slice(format!("package/{}", "y".repeat(142)).as_bytes());
            }),
        ),
        (
            "numbers without a NUL",
            Tar::package().changed(
                b"package/x.js",
                EntryType::Regular,
                8,
                b"12345678",
                |block| {
                    posix(block);
                    block[124..136].copy_from_slice(b"00000000010 ");
                    block[100..108].copy_from_slice(b"000644 \0");
                },
            ),
        ),
        (
            "a large user",
            Tar::package().changed(b"package/x.js", EntryType::Regular, 1, b"x", |block| {
                block[108..116].copy_from_slice(b"\x80\0\0\0\x7f\0\0\0");
            }),
        ),
    ];
    cases
        .into_iter()
        .map(|(what, tar)| Archive {
            what: what.to_owned(),
            honest: true,
            bytes: tar.gz(),
        })
        .collect()
}

/// How an archive may end.
fn ends() -> Vec<Archive> {
    let zeros = |blocks: usize| vec![0; blocks * 512];
    let more = || Tar::empty().file("package/more.js", "more").0;
    let package = || Tar::package().0;
    [
        ("no end", package()),
        ("half an end", [package(), zeros(1)].concat()),
        ("a long end", [package(), zeros(40)].concat()),
        (
            "one block and more",
            [package(), zeros(1), more(), zeros(2)].concat(),
        ),
        (
            "two blocks and more",
            [package(), zeros(2), more(), zeros(2)].concat(),
        ),
        (
            "an end that isn't a block",
            [package(), vec![0; 700]].concat(),
        ),
        ("a piece of a header", [package(), vec![b'x'; 100]].concat()),
        (
            "a block that's no header",
            [package(), vec![b'x'; 512], more(), zeros(2)].concat(),
        ),
        ("a wrong checksum", {
            let mut wrong = more();
            wrong[0] = b'P';
            [package(), wrong, zeros(2)].concat()
        }),
    ]
    .into_iter()
    .map(|(what, tar)| Archive {
        what: what.to_owned(),
        honest: false,
        bytes: gzip(&tar),
    })
    .collect()
}
