//! Where a package came from: several hosts, an offline mirror, a URL; and marks in front of a file.

use tower_visor::pins::sources::{LockFile, RegistryHost, RegistryIntegrity, WeakSha1};

#[cfg(feature = "pin")]
use super::SECRET;
use super::{COMPONENT, NAMES, fixture, message, npm, strong};

const SHA1: &str = "a9993e364706816aba3e25717850c26c9cd0d89d";

/// The same version, installed twice.
fn twice(one: &str, other: &str) -> String {
    let entry = |path: &str, fields: &str| {
        format!("\"{path}node_modules/{COMPONENT}\": {{\"version\": \"1.5.0\", {fields}}}")
    };
    npm(&[entry("", one), entry("node_modules/a/", other)].join(","))
}

fn from(host: &str, integrity: &str) -> String {
    format!("\"resolved\": \"https://{host}/x.tgz\", \"integrity\": \"{integrity}\"")
}

#[test]
fn two_hosts_with_one_strong_integrity_are_told_and_taken() {
    let sha512 = strong("component 1.5.0").to_string();
    let text = twice(
        &from("registry.npmjs.org", &sha512),
        &from("mirror.example", &sha512),
    );
    let lock = LockFile::read(text.as_bytes(), &NAMES).unwrap();
    let package = lock.get(COMPONENT, "1.5.0").unwrap();
    let host = package.registry.as_ref().map(RegistryHost::as_str);
    assert_eq!(host, Some("registry.npmjs.org"));
    let others: Vec<_> = package.also_from.iter().map(RegistryHost::as_str).collect();
    assert_eq!(others, ["mirror.example"]);

    // Nothing says that the bytes are the same.
    let weak = format!("sha1-{}", "RwH7UWGA18ki7iJWNF4DVz2921c=");
    let hosts = "@azure/ai-vision-face-ui@1.5.0 comes from two hosts: registry.npmjs.org (packages > node_modules/@azure/ai-vision-face-ui) and mirror.example (packages > node_modules/a/node_modules/@azure/ai-vision-face-ui); a private name that a public registry also answers is a way in for attackers, keep the host that you trust";
    for (one, other) in [(&weak, &weak), (&sha512, &weak), (&weak, &sha512)] {
        let text = twice(
            &from("registry.npmjs.org", one),
            &from("mirror.example", other),
        );
        assert_eq!(message(&text), hosts, "{one} {other}");
    }
    let none = "\"resolved\": \"https://mirror.example/x.tgz\"";
    assert_eq!(
        message(&twice(&from("registry.npmjs.org", &sha512), none)),
        hosts
    );
}

#[test]
fn an_offline_mirror_of_yarn_is_read() {
    let yarn = |rest: &str| {
        format!("# yarn lockfile v1\n\"{COMPONENT}@1.5.0\":\n  version \"1.5.0\"\n{rest}")
    };
    let read = |rest: &str| {
        let text = yarn(rest);
        let lock = LockFile::read(text.as_bytes(), &NAMES).unwrap();
        lock.get(COMPONENT, "1.5.0").unwrap().clone()
    };
    let mirrored = format!("  resolved \"@azure-ai-vision-face-ui-1.5.0.tgz#{SHA1}\"\n");
    let package = read(&mirrored);
    let weak = RegistryIntegrity::Weak(WeakSha1::from_hex(SHA1).unwrap());
    assert_eq!((package.integrity, package.registry), (Ok(weak), None));

    let sha512 = strong("component 1.5.0");
    let package = read(&format!("{mirrored}  integrity {sha512}\n"));
    assert_eq!((package.integrity, package.registry), (Ok(sha512), None));

    // A file of the project, which no registry vouches for.
    for path in ["file:vendor/x.tgz", "vendor/x.tgz", "x.tgz", "x.zip"] {
        let package = read(
            &format!("  resolved \"{path}#{SHA1}\"\n")
                .replace(if path == "x.tgz" { SHA1 } else { "nothing" }, "abc"),
        );
        assert_eq!(
            package.integrity.unwrap_err().to_string(),
            "it comes from a file, a repository or a patch and not from a registry; install it from the registry",
            "{path}"
        );
    }
}

#[cfg(feature = "pin")]
mod pnpm {
    use super::super::ASSETS;
    use super::*;
    use crate::conformance;

    const ELSEWHERE: &str = "it comes from a file, a repository or a patch and not from a registry; install it from the registry";

    fn why(text: &[u8], name: &str) -> String {
        let lock = LockFile::read(text, &NAMES).unwrap_or_else(|errors| panic!("{errors}"));
        let package = lock.get(name, "1.5.0").expect(name);
        assert_eq!(package.registry, None);
        package.integrity.as_ref().unwrap_err().to_string()
    }

    #[test]
    fn the_version_of_what_has_a_url_is_a_field() {
        let digest = strong("x");
        for (version, key, resolution) in [
            (
                "9.0",
                "@azure/ai-vision-face-ui@https://cdn.example/x.tgz".to_owned(),
                format!("integrity: {digest}, tarball: https://cdn.example/x.tgz"),
            ),
            (
                "9.0",
                format!("@azure/ai-vision-face-ui@https://u:{SECRET}@cdn.example/x.tgz"),
                format!("tarball: https://u:{SECRET}@cdn.example/x.tgz"),
            ),
            (
                "9.0",
                "@azure/ai-vision-face-ui@file:vendor/x.tgz".to_owned(),
                format!("integrity: {digest}, tarball: file:vendor/x.tgz"),
            ),
            (
                "9.0",
                "@azure/ai-vision-face-ui@git+https://git.example/x.git#abc".to_owned(),
                "type: git, repo: x, commit: abc".to_owned(),
            ),
            (
                "9.0",
                "@azure/ai-vision-face-ui@1.5.0".to_owned(),
                format!(
                    "gitHosted: true, integrity: {digest}, tarball: https://codeload.example/x"
                ),
            ),
            (
                "6.0",
                "'@cdn.example/x.tgz'".trim_matches('\'').to_owned(),
                format!("integrity: {digest}, tarball: https://cdn.example/x.tgz"),
            ),
        ] {
            let name = if version == "6.0" {
                "\n    name: '@azure/ai-vision-face-ui'"
            } else {
                ""
            };
            let text = format!(
                "lockfileVersion: '{version}'\npackages:\n  '{key}':\n    resolution: {{{resolution}}}{name}\n    version: 1.5.0\n"
            );
            assert_eq!(why(text.as_bytes(), COMPONENT), ELSEWHERE, "{key}");
        }
    }

    #[test]
    fn the_reported_files_are_read() {
        let Some(case) = conformance::cases("F09-pnpm-url") else {
            return;
        };
        let read = |name: &str| std::fs::read(case.join(name)).unwrap();
        assert_eq!(why(&read("p9url.yaml"), COMPONENT), ELSEWHERE);
        let lock = LockFile::read(&read("p9url.yaml"), &NAMES).unwrap();
        assert!(lock.get(ASSETS, "1.5.0").unwrap().integrity.is_ok());
        assert_eq!(why(&read("p9gz.yaml"), COMPONENT), ELSEWHERE);
        assert_eq!(why(&read("p9gz.yaml"), ASSETS), ELSEWHERE);
    }
}

#[test]
fn a_byte_order_mark_is_left_out() {
    let mut files = vec![
        "npm-v1.json",
        "npm-v2.json",
        "npm-v3.json",
        "yarn-classic.lock",
    ];
    if cfg!(feature = "pin") {
        files.extend(["pnpm-5.yaml", "pnpm-6.yaml", "pnpm-9.yaml"]);
    }
    for file in files {
        let plain = fixture(file);
        let marked = [b"\xef\xbb\xbf", &plain[..]].concat();
        assert_eq!(
            LockFile::read(&marked, &NAMES),
            LockFile::read(&plain, &NAMES),
            "{file}"
        );
    }
}
