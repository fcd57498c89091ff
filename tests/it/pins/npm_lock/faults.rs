//! Faulty, contradictory, hostile and damaged lock files: an error with its message, never a panic.

use proptest::prelude::*;
use tower_visor::pins::sources::{IntegrityError, LockError, LockFile, RegistryIntegrity};
use tower_visor::sri::{Algorithm, Digest};

use super::{ASSETS, COMPONENT, NAMES, SECRET, SINGLE, fixture, message, messages, npm, strong};

#[test]
fn every_fault_of_an_integrity_has_its_message() {
    for (text, expected) in [
        (
            " ",
            "integrity is empty; install the package again so that npm writes it",
        ),
        (
            "sha512",
            "byte 0: no `-` after the algorithm; an entry reads `sha512-` and the digest in base64",
        ),
        (
            "md5-AAAA",
            "byte 0: unknown algorithm `md5`; a registry gives sha512, or sha1 at the least",
        ),
        (
            "https://s3cr3tT0k3n@feed-x/",
            "byte 0: unknown algorithm `...`; a registry gives sha512, or sha1 at the least",
        ),
        (
            "sha512-AAAA",
            "entry at byte 0: byte 7: digest is 3 bytes long, sha512 needs 64",
        ),
        (
            "sha1-AAAA",
            "byte 5: a sha1 digest is 20 bytes in standard, padded base64, 28 characters",
        ),
        (
            "sha1-RwH7UWGA18ki7iJWNF4DVz2921c= sha1-tii5PNOXm9GU2K5K9lTpzeXf7Lc=",
            "byte 34: a second, different sha1 digest; a tarball has one, remove the wrong one",
        ),
    ] {
        let error: IntegrityError = text.parse::<RegistryIntegrity>().unwrap_err();
        assert_eq!(error.to_string(), expected, "{text:?}");
    }
}

#[test]
fn every_fault_of_a_file_has_its_message() {
    for (text, expected) in [
        (
            "",
            "not a lock file of npm, yarn or pnpm: no `lockfileVersion`, no `# yarn lockfile v1`; give package-lock.json, npm-shrinkwrap.json, yarn.lock or pnpm-lock.yaml",
        ),
        (
            "{\"lockfileVersion\": 3, \"packages\": {",
            "line 1, column 36: EOF while parsing an object; this should be a package-lock.json of npm",
        ),
        (
            "{\n<<<<<<< HEAD\n}",
            "line 2: an unresolved merge conflict; resolve it, then install again",
        ),
        (
            "{\"lockfileVersion\": 4}",
            "a package-lock.json of npm of version 4; 1, 2 and 3 can be read, install with a release that writes one of those",
        ),
        (
            "{}",
            "a package-lock.json of npm of version none; 1, 2 and 3 can be read, install with a release that writes one of those",
        ),
        (
            "{\"lockfileVersion\": 3, \"packages\": []}",
            "packages: should be an object of packages; create the lock file again",
        ),
        (
            "{\"lockfileVersion\": 1,\n \"dependencies\": {},\n \"dependencies\": {}}",
            "line 3, column 15: the key `dependencies` appears twice in one object; remove one; this should be a package-lock.json of npm",
        ),
        (
            "# yarn lockfile v1\n\nx@1\n",
            "line 3, column 1: no `name@range:` that begins an entry; this should be a yarn.lock of yarn 1",
        ),
        (
            "# yarn lockfile v1\n  version \"1\"\n",
            "line 2, column 1: a value that belongs to no entry; this should be a yarn.lock of yarn 1",
        ),
        (
            "# yarn lockfile v1\nx@1:\n  version\n",
            "line 3, column 1: neither `key value` nor `key:`; this should be a yarn.lock of yarn 1",
        ),
        (
            "# yarn lockfile v1\nx@1:\n   version \"1\"\n",
            "line 3, column 1: indented by neither 0, 2 nor 4 spaces; this should be a yarn.lock of yarn 1",
        ),
        (
            "# yarn lockfile v1\nx@1:\n  version \"1\"\n  version \"2\"\n",
            "line 4, column 1: `version` appears twice in one entry; remove one; this should be a yarn.lock of yarn 1",
        ),
        (
            "# yarn lockfile v1\nleft-pad:\n",
            "line 2, column 1: a pattern without `@` and a range; this should be a yarn.lock of yarn 1",
        ),
    ] {
        assert_eq!(message(text), expected, "{text:?}");
    }
    let error = LockFile::read(b"{\"x\": \"\xff\"}", &NAMES).unwrap_err();
    assert_eq!(
        error[0].to_string(),
        "byte 7: not UTF-8, as lock files are; create it again with its package manager"
    );
    let huge = vec![b' '; LockFile::LARGEST + 1];
    assert_eq!(
        LockFile::read(&huge, &NAMES).unwrap_err()[0].to_string(),
        "the lock file is 67108865 bytes long, over the limit of 67108864; is this the right file?"
    );
}

#[test]
fn every_fault_of_an_entry_has_its_message() {
    let entry = |fields: &str| npm(&format!("\"node_modules/{COMPONENT}\": {{{fields}}}"));
    for (fields, expected) in [
        (
            "\"version\": \"^1.5\"",
            "packages > node_modules/@azure/ai-vision-face-ui > version: `^1.5` is not an exact version such as 1.5.0; create the lock file again",
        ),
        (
            "\"version\": 1.5",
            "packages > node_modules/@azure/ai-vision-face-ui > version: `1.5` is not an exact version such as 1.5.0; create the lock file again",
        ),
        (
            "\"version\": {}",
            "packages > node_modules/@azure/ai-vision-face-ui > version: should be a text; create the lock file again",
        ),
        (
            "\"version\": \"1.5.0\", \"integrity\": [\"s3cr3tT0k3n\"]",
            "packages > node_modules/@azure/ai-vision-face-ui > integrity: should be a text; create the lock file again",
        ),
        (
            "\"version\": \"1.5.0\", \"integrity\": \"s3cr3tT0k3n-\"",
            "packages > node_modules/@azure/ai-vision-face-ui > integrity: byte 0: unknown algorithm `...`; a registry gives sha512, or sha1 at the least",
        ),
        (
            "\"version\": \"1.5.0\", \"resolved\": \"https://user:s3cr3tT0k3n/x@feed.example/x.tgz\"",
            "packages > node_modules/@azure/ai-vision-face-ui > resolved: not a plain http or https URL with a host; install again from the registry (the value isn't shown: it may hold a credential)",
        ),
        (
            "",
            "packages > node_modules/@azure/ai-vision-face-ui: should be an object with `version`, `resolved` and `integrity`; create the lock file again",
        ),
    ] {
        assert_eq!(message(&entry(fields)), expected, "{fields}");
    }
}

#[test]
fn contradictions_show_both_sides_and_all_of_them() {
    let sha512 = |text: &str| Digest::of(Algorithm::Sha512, text.as_bytes());
    let (one, two) = (sha512("one"), sha512("two"));
    let entry = |path: &str, host: &str, digest: &Digest| {
        format!(
            "\"{path}node_modules/{COMPONENT}\": {{\"version\": \"1.5.0\", \"resolved\": \"https://{host}/x.tgz?{SECRET}\", \"integrity\": \"{digest}\"}}"
        )
    };
    let lock = npm(&format!(
        "{},{}",
        entry("", "registry.npmjs.org", &one),
        entry("node_modules/a/", "evil.example", &two)
    ));
    assert_eq!(
        messages(&lock),
        [
            format!(
                "@azure/ai-vision-face-ui@1.5.0 has two integrities: {one} (packages > node_modules/@azure/ai-vision-face-ui) and {two} (packages > node_modules/a/node_modules/@azure/ai-vision-face-ui); one of them is wrong, ask the registry which and remove the other"
            ),
            "@azure/ai-vision-face-ui@1.5.0 comes from two hosts: registry.npmjs.org (packages > node_modules/@azure/ai-vision-face-ui) and evil.example (packages > node_modules/a/node_modules/@azure/ai-vision-face-ui); a private name that a public registry also answers is a way in for attackers, keep the host that you trust".to_owned(),
        ]
    );
    // The two halves of a version 2 file have to agree.
    let text = String::from_utf8(fixture("npm-v2.json")).unwrap();
    let good = strong("component 1.5.0").to_string();
    let at = text.rfind(&good).unwrap();
    let changed = format!("{}{two}{}", &text[..at], &text[at + good.len()..]);
    assert!(
        message(&changed)
            .contains("(packages > node_modules/@azure/ai-vision-face-ui) and sha512-")
    );
    // yarn 1 writes the SHA-1 a second time, as the URL's fragment.
    let yarn = format!(
        "# yarn lockfile v1\n{SINGLE}@1.3.1:\n  version \"1.3.1\"\n  resolved \"https://u:{SECRET}@feed.example/x.tgz#a9993e364706816aba3e25717850c26c9cd0d89d\"\n  integrity sha1-tii5PNOXm9GU2K5K9lTpzeXf7Lc=\n"
    );
    assert_eq!(
        message(&yarn),
        "azure-ai-vision-face-ui@1.3.1 has two integrities: sha1-tii5PNOXm9GU2K5K9lTpzeXf7Lc= (line 2 > integrity) and sha1-qZk+NkcGgWq6PiVxeFDCbJzQ2J0= (line 2 > resolved); one of them is wrong, ask the registry which and remove the other"
    );
}

#[cfg(feature = "pin")]
#[test]
fn yaml_that_no_package_manager_writes_is_refused() {
    let refused = "an anchor, alias, tag or merge key; no package manager writes one, create the lock file again; this should be a pnpm-lock.yaml";
    for (body, expected) in [
        ("a: &x 1\nb: 2", format!("line 2, column 4: {refused}")),
        ("a: !!str 1", format!("line 2, column 4: {refused}")),
        ("<<: {}", format!("line 2, column 1: {refused}")),
        (
            "packages: {}\npackages: {}",
            "line 3, column 1: the key `packages` appears twice in one map; remove one; this should be a pnpm-lock.yaml".to_owned(),
        ),
        (
            "? [a]\n: b",
            "line 2, column 5: a key that is not plain text; create the lock file again; this should be a pnpm-lock.yaml".to_owned(),
        ),
        (
            "packages: 3",
            "packages: should be a map of packages; create the lock file again".to_owned(),
        ),
        (
            "packages:\n  /azure-ai-vision-face-ui@1.3.1: {}",
            "packages > /azure-ai-vision-face-ui@1.3.1 > resolution: should be a map with `integrity`; create the lock file again".to_owned(),
        ),
        (
            "packages:\n  /azure-ai-vision-face-ui@1.3.1:\n    resolution: {integrity: [x]}",
            "packages > /azure-ai-vision-face-ui@1.3.1 > resolution: should be a map with a text `integrity`; create the lock file again".to_owned(),
        ),
    ] {
        assert_eq!(
            message(&format!("lockfileVersion: '6.0'\n{body}\n")),
            expected,
            "{body}"
        );
    }
    assert_eq!(
        message("lockfileVersion: 4\n"),
        "a pnpm-lock.yaml of version 4; 5.x, 6.x and 9.x can be read, install with a release that writes one of those"
    );
}

#[cfg(feature = "pin")]
#[test]
fn several_documents_of_pnpm_have_to_agree() {
    let document = |text: &str| {
        format!(
            "---\nlockfileVersion: '9.0'\npackages:\n  {SINGLE}@1.3.1:\n    resolution: {{integrity: {}}}\n",
            strong(text)
        )
    };
    let same = document("one") + &document("one");
    let lock = LockFile::read(same.as_bytes(), &NAMES).unwrap();
    assert_eq!(lock.packages().len(), 1);
    assert_eq!(
        message(&(document("one") + &document("two"))),
        format!(
            "azure-ai-vision-face-ui@1.3.1 has two integrities: {} (packages > azure-ai-vision-face-ui@1.3.1) and {} (packages > azure-ai-vision-face-ui@1.3.1); one of them is wrong, ask the registry which and remove the other",
            strong("one"),
            strong("two")
        )
    );
}

#[test]
fn depth_and_length_end_in_an_error_and_soon() {
    // A reader that goes over the text once more for each piece of it would not end in a day.
    for deep in ["[", "{\"a\":", "{\"dependencies\":{\"a\":"] {
        assert!(
            messages(&format!("{{\"x\": {}", deep.repeat(100_000)))[0].contains("recursion limit")
        );
    }
    let long = format!("{{\"lockfileVersion\": \"{}\"}}", "9".repeat(1_000_000));
    assert!(message(&long).len() < 300);
    let line = format!("# yarn lockfile v1\n{}:\n", "\"a@1\", ".repeat(100_000));
    let _ = LockFile::read(line.as_bytes(), &NAMES);
    #[cfg(feature = "pin")]
    for deep in [
        "[", "{", "- ", "? ", "a: {", "[[", "{[", "\"", "|", "&a ", "!", "- - ",
    ] {
        let text = format!("lockfileVersion: 9\nx:\n  {}\n", deep.repeat(50_000));
        assert!(LockFile::read(text.as_bytes(), &NAMES).is_err(), "{deep}");
    }
}

const FILES: [&str; 8] = [
    "npm-v1.json",
    "npm-v2.json",
    "npm-v3.json",
    "npm-v3-feed.json",
    "yarn-classic.lock",
    "pnpm-5.yaml",
    "pnpm-6.yaml",
    "pnpm-9.yaml",
];

#[test]
fn json_cut_off_anywhere_is_an_error() {
    for file in FILES.iter().filter(|file| file.starts_with("npm")) {
        let bytes = fixture(file);
        // The last two bytes are the brace and the line feed.
        for end in 0..bytes.len() - 2 {
            assert!(
                LockFile::read(&bytes[..end], &NAMES).is_err(),
                "{file}: {end}"
            );
        }
    }
}

proptest! {
    /// A flipped, lost or doubled piece never panics, and never gives another *valid-looking*
    /// integrity than one of a right length.
    #[test]
    fn damaged_files_do_not_panic(
        file in proptest::sample::select(&FILES[..]),
        at in any::<proptest::sample::Index>(),
        length in 0usize..40,
        put in "[\\PC\n]{0,12}",
    ) {
        let bytes = fixture(file);
        let start = at.index(bytes.len());
        let end = (start + length).min(bytes.len());
        let damaged = [&bytes[..start], put.as_bytes(), &bytes[end..]].concat();
        if let Ok(lock) = LockFile::read(&damaged, &NAMES) {
            for package in lock.packages() {
                prop_assert!(NAMES.contains(&package.name.as_str()));
                if let Ok(integrity) = &package.integrity {
                    prop_assert_eq!(&integrity.to_string().parse::<RegistryIntegrity>(), &Ok(integrity.clone()));
                }
            }
        }
    }

    #[test]
    fn no_text_panics(
        head in proptest::sample::select(&["{", "# yarn lockfile v1\n", "lockfileVersion: '9.0'\n"][..]),
        text in "[\\PC \n]{0,200}",
    ) {
        let _ = LockFile::read(format!("{head}{text}").as_bytes(), &NAMES);
    }

    /// Wherever a secret is in a URL, it stays there.
    #[test]
    fn no_secret_gets_out(
        user in "(s3cr3tT0k3n:x?@|a:s3cr3tT0k3n@|)",
        path in "(/s3cr3tT0k3n|/x|)(\\?t=s3cr3tT0k3n)?(#s3cr3tT0k3n)?",
        field in proptest::sample::select(&["version", "resolved", "integrity", "name"][..]),
        scheme in "(https|http|git\\+ssh|file|npm|ftp)://",
    ) {
        let url = format!("{scheme}{user}feed.example{path}");
        let npm3 = npm(&format!("\"node_modules/{COMPONENT}\": {{\"{field}\": \"{url}\"}}, \"node_modules/{url}/node_modules/{ASSETS}\": {{\"version\": \"{url}\"}}"));
        let npm1 = format!("{{\"lockfileVersion\": 1, \"dependencies\": {{\"{COMPONENT}\": {{\"{field}\": \"{url}\"}}}}}}");
        let yarn = format!("# yarn lockfile v1\n\"{COMPONENT}@{url}\":\n  {field} \"{url}\"\n");
        let pnpm = format!("lockfileVersion: 9\npackages:\n  \"{COMPONENT}@{url}\":\n    {field}: \"{url}\"\n    resolution: {{tarball: \"{url}\", {field}: \"{url}\"}}\n");
        for text in [npm3, npm1, yarn, pnpm] {
            let read = LockFile::read(text.as_bytes(), &NAMES);
            prop_assert!(!format!("{read:?}").contains(SECRET), "{text}\n{read:?}");
            if let Err(errors) = read {
                let messages: Vec<String> = errors.iter().map(LockError::to_string).collect();
                prop_assert!(!messages.concat().contains(SECRET), "{text}\n{messages:?}");
            }
        }
    }
}
