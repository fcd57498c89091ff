//! Lists of digests as a vendor publishes them, and files compared with them.

use std::convert::Infallible;

use proptest::prelude::*;
use tower_visor::pins::sources::{Comparison, Published, PublishedError};
use tower_visor::sri::{Algorithm, Digest, Integrity};

const COMPONENT: &str = "FaceLivenessDetector.js";
const ENGINE: &str = "facelivenessdetector-assets/js/AzureAIVisionFace.js";
const STRINGS: &str = "facelivenessdetector-assets/i18n/en.json";
const FILES: [(&str, &str); 3] = [
    (COMPONENT, "component 1.5.0"),
    (ENGINE, "engine 1.5.0"),
    (STRINGS, "strings 1.5.0"),
];

fn fixture(name: &str) -> Vec<u8> {
    crate::support::read(&format!("published/{name}"))
}

fn read(text: &str) -> Published {
    Published::read(text.as_bytes()).unwrap_or_else(|errors| panic!("{text}\n{errors:?}"))
}

fn messages(text: &str) -> Vec<String> {
    Published::read(text.as_bytes())
        .expect_err(text)
        .iter()
        .map(PublishedError::to_string)
        .collect()
}

/// Compares files whose content is given.
fn compare(published: &Published, files: &[(&str, &str)]) -> Comparison {
    let paths: Vec<&str> = files.iter().map(|(path, _)| *path).collect();
    published
        .compare(&paths, |path, algorithm| {
            let content = files.iter().find(|(name, _)| *name == path).unwrap().1;
            Ok::<_, Infallible>(Digest::of(algorithm, content.as_bytes()))
        })
        .unwrap()
}

fn sha384(content: &str) -> Digest {
    Digest::of(Algorithm::Sha384, content.as_bytes())
}

fn check(name: &str) {
    let published = Published::read(&fixture(name)).unwrap_or_else(|e| panic!("{name}: {e:?}"));
    let compared = compare(&published, &FILES);
    let all = FILES.map(|(path, _)| path);
    assert_eq!(compared.published, all, "{name}");
    assert!(compared.contradictions.is_empty() && compared.not_covered.is_empty());
    assert!(compared.unused.is_empty(), "{name}: {:?}", compared.unused);
    // Any one file changed, and no other.
    for changed in 0..FILES.len() {
        let mut files = FILES;
        files[changed].1 = "evil";
        let compared = compare(&published, &files);
        assert_eq!(compared.published.len(), FILES.len() - 1, "{name}");
        assert_eq!(compared.contradictions.len(), 1, "{name}");
    }
}

#[test]
fn every_form_of_list_is_read() {
    for name in [
        "sha256sums.txt",
        "sha384sums.txt",
        "sha512sums.txt",
        "bsd.txt",
        "openssl.txt",
        "integrity.txt",
    ] {
        check(name);
    }
}

#[test]
fn contradictions_show_both_sides() {
    let published = read(&format!("{COMPONENT} {}\n", sha384("component 1.5.0")));
    let compared = compare(&published, &[(COMPONENT, "evil"), (ENGINE, "engine 1.5.0")]);
    assert_eq!(compared.published, [""; 0]);
    assert_eq!(compared.not_covered, [ENGINE]);
    assert_eq!(
        compared.contradictions[0].to_string(),
        format!(
            "`FaceLivenessDetector.js` is not the published file: its digest is {}, the published one is {} (line 1); fetch the package again, and if it still differs, ask the publisher",
            sha384("evil"),
            sha384("component 1.5.0")
        )
    );
    assert_eq!(
        messages(&format!(
            "a.js {}\n./a.js {}\n",
            sha384("one"),
            sha384("two")
        )),
        [format!(
            "`a.js` has two digests: {} (line 1) and {} (line 2); ask the publisher which is right",
            sha384("one"),
            sha384("two")
        )]
    );
    // The same again, and another algorithm beside it, is not a contradiction; the strongest decides.
    let sha256 = Digest::of(Algorithm::Sha256, b"other");
    let twice = read(&format!(
        "a.js {0}\na.js {0}\na.js {sha256}\n",
        sha384("one")
    ));
    let both: Integrity = format!("{sha256} {}", sha384("one")).parse().unwrap();
    assert_eq!(twice.get("a.js"), Some(&both));
    assert_eq!(compare(&twice, &[("a.js", "one")]).published, ["a.js"]);
    assert_eq!(
        compare(&twice, &[("a.js", "other")]).contradictions.len(),
        1
    );
}

#[test]
fn paths_meet_at_folders_and_only_where_it_is_clear() {
    let one = |path: &str| read(&format!("{path} {}\n", sha384("x")));
    let german = "facelivenessdetector-assets/i18n/de-DE/en.json";
    let files = [(STRINGS, "x"), (german, "y"), ("package.json", "x")];
    for (path, published, contradictions) in [
        ("i18n/en.json", 1, 0),
        (
            "node_modules/@azure-ai-vision-face/ui-assets/facelivenessdetector-assets/i18n/en.json",
            1,
            0,
        ),
        (
            "https://u:p@cdn.example/1.5.0/facelivenessdetector-assets/i18n/en.json?t=1#x",
            1,
            0,
        ),
        ("package/package.json", 1, 0),
        (".\\facelivenessdetector-assets\\i18n\\en.json", 1, 0),
        // Two files end so.
        ("en.json", 0, 0),
        // Not at a folder.
        ("8n/en.json", 0, 0),
        ("de-DE/en.json", 0, 1),
    ] {
        let compared = compare(&one(path), &files);
        assert_eq!(compared.published.len(), published, "{path}");
        assert_eq!(compared.contradictions.len(), contradictions, "{path}");
        let meant = published + contradictions;
        assert_eq!(compared.not_covered.len(), files.len() - meant, "{path}");
        assert_eq!(compared.unused.len(), 1 - meant, "{path}");
    }
    let two = read(&format!(
        "a/package.json {}\nb/package.json {}\n",
        sha384("x"),
        sha384("z")
    ));
    assert_eq!(
        compare(&two, &files).contradictions[0].to_string(),
        "`package.json` could be `a/package.json` or `b/package.json` of the list, which differ; give the list of this package alone"
    );
}

#[test]
fn weak_hashes_are_refused_with_the_reason() {
    let reason = "doesn't prove a file's content, since other files can be made to match; ask the publisher for sha256, sha384 or sha512";
    let md5 = "900150983cd24fb0d6963f7d28e17f72";
    let sha1 = "a9993e364706816aba3e25717850c26c9cd0d89d";
    for (text, expected) in [
        (format!("{md5}  a.js"), "line 1: md5"),
        (format!("{sha1} *a.js"), "line 1: sha1"),
        (format!("{sha1}0000000000000000  a.js"), "line 1: sha224"),
        (format!("MD5 (a.js) = {md5}"), "line 1: md5"),
        (format!("SHA1(a.js)= {sha1}"), "line 1: sha1"),
        (
            "a.js sha1-qZk+NkcGgWq6PiVxeFDCbJzQ2J0=".to_owned(),
            "line 1: sha1",
        ),
    ] {
        assert_eq!(messages(&text), [format!("{expected} {reason}")], "{text}");
    }
    let errors = Published::read(&fixture("sha1sums.txt")).unwrap_err();
    assert_eq!(errors.len(), 3);
}

#[test]
fn every_fault_has_its_message() {
    let list = "the list has no digests; give `sha384sum` lines or `path sha384-...` lines";
    let form = "neither `HEX  file`, `SHA384 (file) = HEX` nor `file sha384-...`";
    let no_digest =
        "not a digest of a known length; sha256 has 64 hexadecimal digits, sha384 96, sha512 128";
    let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let cases: Vec<(String, String)> = vec![
        (String::new(), list.to_owned()),
        ("# nothing\n\n".to_owned(), list.to_owned()),
        ("{}".to_owned(), format!("line 1: {form}")),
        ("<html>".to_owned(), format!("line 1: {form}")),
        ("hello world".to_owned(), format!("line 1: {form}")),
        (format!("{}  a.js", &hex[1..]), format!("line 1: {no_digest}")),
        (format!("SHA384 (a.js) = {hex}"), format!("line 1: {no_digest}")),
        (format!("WHIRL (a.js) = {hex}"), format!("line 1: {no_digest}")),
        (
            format!("{hex}  ../a.js"),
            "line 1: `../a.js` doesn't name a file in the package; remove the entry or give its path in the package".to_owned(),
        ),
        (
            format!("{hex}  js/"),
            "line 1: `js/` doesn't name a file in the package; remove the entry or give its path in the package".to_owned(),
        ),
        (
            "\n\na.js sha384-AAAA".to_owned(),
            "line 3: byte 7: digest is 3 bytes long, sha384 needs 48".to_owned(),
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(messages(&text), [expected], "{text}");
    }
    let huge = vec![b' '; Published::LARGEST + 1];
    assert_eq!(
        Published::read(&huge).unwrap_err()[0].to_string(),
        "the list is 8388609 bytes long, over the limit of 8388608; is this the right file?"
    );
    assert_eq!(
        Published::read(b"a\xff").unwrap_err()[0].to_string(),
        "byte 1: not UTF-8; save the list as text"
    );
}

#[test]
fn a_path_of_a_list_stands_escaped_in_messages() {
    let sums = |text: &str| {
        format!(
            "a\u{feff}.js {}\n",
            Digest::of(Algorithm::Sha256, text.as_bytes())
        )
    };
    let two = messages(&(sums("a") + &sums("b")));
    assert!(
        two[0].starts_with("`a\\u{feff}.js` has two digests: "),
        "{two:?}"
    );
    let list = Published::read(sums("a").as_bytes()).unwrap();
    let compared = list
        .compare(&["a\u{feff}.js"], |_, algorithm| {
            Ok::<_, ()>(Digest::of(algorithm, b"b"))
        })
        .unwrap();
    let message = compared.contradictions[0].to_string();
    assert!(
        message.starts_with("`a\\u{feff}.js` is not the published file"),
        "{message}"
    );
}

#[test]
fn another_kind_of_file_gives_a_few_errors_and_soon() {
    // A reader that goes over the text once more for each piece of it would not end in a day.
    assert_eq!(messages(&"x y z\n".repeat(200_000)).len(), 50);
    assert_eq!(messages(&"a-b ".repeat(500_000)).len(), 1);
    assert!(!messages(&"[".repeat(1_000_000)).is_empty());
}

const FIXTURES: [&str; 6] = [
    "sha256sums.txt",
    "sha384sums.txt",
    "sha512sums.txt",
    "bsd.txt",
    "openssl.txt",
    "integrity.txt",
];

/// A list that is cut off never gives a digest that the whole list doesn't have.
#[test]
fn a_list_cut_off_anywhere_gives_no_new_digest() {
    for name in FIXTURES {
        let bytes = fixture(name);
        let Ok(whole) = Published::read(&bytes) else {
            continue;
        };
        let known: Vec<Digest> = whole
            .entries()
            .flat_map(|(_, stated)| stated.value.digests().copied().collect::<Vec<_>>())
            .collect();
        for end in 0..bytes.len() {
            if let Ok(part) = Published::read(&bytes[..end]) {
                for (_, stated) in part.entries() {
                    assert!(stated.value.digests().all(|d| known.contains(d)), "{name}");
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn damaged_lists_do_not_panic(
        name in proptest::sample::select(&FIXTURES[..]),
        at in any::<proptest::sample::Index>(),
        length in 0usize..40,
        put in "[\\PC\n]{0,12}",
    ) {
        let bytes = fixture(name);
        let start = at.index(bytes.len());
        let end = (start + length).min(bytes.len());
        let damaged = [&bytes[..start], put.as_bytes(), &bytes[end..]].concat();
        if let Ok(published) = Published::read(&damaged) {
            let _ = compare(&published, &FILES);
        }
    }

    #[test]
    fn no_text_panics(head in "(|SHA384 \\()", text in "[\\PC\n\t ]{0,200}") {
        let _ = Published::read(format!("{head}{text}").as_bytes());
    }

    /// What an entry is stated for never leads out of the package, and holds no query.
    #[test]
    fn paths_stay_below_the_package(path in "[a-z./\\\\:?#@%*() ]{1,30}") {
        let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        if let Ok(published) = Published::read(format!("{hex}  {path}\n").as_bytes()) {
            for (path, _) in published.entries() {
                prop_assert!(!path.starts_with('/') && !path.contains(['\\', '?', '#', ':']));
                prop_assert!(path.split('/').all(|part| !part.is_empty() && part != ".." && part != "."));
            }
        }
    }
}
