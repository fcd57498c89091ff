//! Lock files of npm, yarn and pnpm: each format read, each fault with its message, no secret out.

mod faults;
mod sources;

use tower_visor::pins::sources::{
    LockError, LockFile, LockFormat, RegistryHost, RegistryIntegrity, WeakSha1,
};
use tower_visor::sri::{Algorithm, Digest, Integrity};

const COMPONENT: &str = "@azure/ai-vision-face-ui";
const ASSETS: &str = "@azure-ai-vision-face/ui-assets";
const SINGLE: &str = "azure-ai-vision-face-ui";
const NAMES: [&str; 3] = [COMPONENT, ASSETS, SINGLE];

/// What no value, error or message may hold; the tests put it wherever a credential could stand.
const SECRET: &str = "s3cr3tT0k3n";

fn fixture(name: &str) -> Vec<u8> {
    crate::support::read(&format!("lockfiles/{name}"))
}

fn strong(text: &str) -> RegistryIntegrity {
    let digest = Digest::of(Algorithm::Sha512, text.as_bytes());
    RegistryIntegrity::Strong(Integrity::from(digest))
}

/// Reads a lock file that must be at fault, and holds the rule on secrets.
fn messages(text: &str) -> Vec<String> {
    let errors = LockFile::read(text.as_bytes(), &NAMES).expect_err(text);
    assert!(!errors.is_empty());
    let shown = format!("{errors:?}");
    assert!(!shown.contains(SECRET), "{shown}");
    let messages: Vec<String> = errors.iter().map(LockError::to_string).collect();
    assert!(!messages.concat().contains(SECRET), "{messages:?}");
    messages
}

fn message(text: &str) -> String {
    let mut messages = messages(text);
    assert_eq!(messages.len(), 1, "{messages:?}");
    messages.remove(0)
}

/// A version 3 lock file with these entries in `packages`.
fn npm(entries: &str) -> String {
    format!("{{\"lockfileVersion\": 3, \"packages\": {{{entries}}}}}")
}

fn check_strong(file: &str, format: LockFormat, hosts: [Option<&str>; 3]) {
    let lock = LockFile::read(&fixture(file), &NAMES).unwrap_or_else(|e| panic!("{file}: {e:?}"));
    assert_eq!(lock.format(), format, "{file}");
    let found: Vec<_> = lock
        .packages()
        .iter()
        .map(|p| {
            let host = p.registry.as_ref().map(RegistryHost::as_str);
            (
                p.name.as_str(),
                p.version.as_deref().unwrap(),
                p.integrity.clone(),
                host,
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            (ASSETS, "1.5.0", Ok(strong("assets 1.5.0")), hosts[0]),
            (COMPONENT, "1.5.0", Ok(strong("component 1.5.0")), hosts[1]),
            (
                SINGLE,
                "1.3.1",
                Ok(strong("single package 1.3.1")),
                hosts[2]
            ),
        ],
        "{file}"
    );
}

#[test]
fn npm_and_yarn_1_give_integrity_and_host() {
    let feed = Some("pkgs.dev.azure.com");
    let hosts = [feed, Some("registry.npmjs.org"), feed];
    check_strong("npm-v1.json", LockFormat::Npm, hosts);
    check_strong("npm-v2.json", LockFormat::Npm, hosts);
    check_strong("npm-v3.json", LockFormat::Npm, hosts);
    check_strong("yarn-classic.lock", LockFormat::YarnClassic, hosts);
}

#[cfg(feature = "pin")]
#[test]
fn pnpm_gives_integrity_and_the_host_where_it_is_written() {
    check_strong(
        "pnpm-5.yaml",
        LockFormat::Pnpm,
        [Some("pkgs.dev.azure.com"), None, None],
    );
    check_strong(
        "pnpm-6.yaml",
        LockFormat::Pnpm,
        [Some("pkgs.dev.azure.com"), None, None],
    );
    check_strong(
        "pnpm-9.yaml",
        LockFormat::Pnpm,
        [Some("pkgs.dev.azure.com"), None, None],
    );
}

#[test]
fn a_lock_file_of_yarn_berry_is_refused() {
    let text = String::from_utf8(fixture("yarn-berry.lock")).unwrap();
    assert_eq!(
        message(&text),
        "a yarn.lock of yarn 2 or later holds hashes of yarn's own cache archives and not of the registry's tarballs, so it can't check one; give an npm or pnpm lock file, or the tarball and a published digest"
    );
}

#[cfg(not(feature = "pin"))]
#[test]
fn yaml_says_which_feature_reads_it() {
    let text = String::from_utf8(fixture("pnpm-9.yaml")).unwrap();
    assert_eq!(
        message(&text),
        "a pnpm-lock.yaml is YAML; build tower-visor with the feature `pin` to read it"
    );
}

#[test]
fn sha1_is_named_weak_and_is_no_digest() {
    let lock = LockFile::read(&fixture("npm-v3-feed.json"), &NAMES).unwrap();
    let package = lock.get(COMPONENT, "1.4.8").unwrap();
    let Ok(integrity @ RegistryIntegrity::Weak(sha1)) = &package.integrity else {
        panic!("{package:?}");
    };
    assert_eq!(integrity.label(), "registry (weak: sha1)");
    assert_eq!(integrity.algorithm(), "sha1");
    assert_eq!(sha1.to_string().parse(), Ok(*sha1));
    #[cfg(feature = "pin")]
    assert_eq!(*sha1, WeakSha1::of(b"component 1.4.8"));
    assert!(sha1.to_string().parse::<Digest>().is_err());
}

#[test]
fn the_strongest_hash_of_a_field_decides() {
    let sha512 = Digest::of(Algorithm::Sha512, b"x");
    let sha256 = Digest::of(Algorithm::Sha256, b"y");
    let sha1 = "sha1-RwH7UWGA18ki7iJWNF4DVz2921c=";
    let many: RegistryIntegrity = format!("{sha1} {sha256}  {sha512}?opt").parse().unwrap();
    assert_eq!(many.algorithm(), "sha512");
    assert_eq!(many.label(), "registry");
    assert!(many.contradicts(&strong("other")));
    assert!(!many.contradicts(&strong("x")));
    #[cfg(feature = "pin")]
    {
        assert!(many.matches(b"x"));
        assert!(!many.matches(b"y"), "the weaker one does not count");
        let weak: RegistryIntegrity = WeakSha1::of(b"abc").to_string().parse().unwrap();
        assert!(weak.matches(b"abc") && !weak.matches(b"abd"));
        // FIPS 180-4, the message "abc".
        assert_eq!(
            WeakSha1::from_hex("a9993e364706816aba3e25717850c26c9cd0d89d"),
            Some(WeakSha1::of(b"abc"))
        );
    }
    for bad in ["", "a9", "g9993e364706816aba3e25717850c26c9cd0d89d"] {
        assert_eq!(WeakSha1::from_hex(bad), None);
    }
}

#[test]
fn a_fragment_is_taken_where_yarn_wrote_nothing_else() {
    let yarn = format!(
        "# yarn lockfile v1\n\"{COMPONENT}@1.4.8\":\n  version \"1.4.8\"\n  resolved \"https://u:{SECRET}@feed.example/x.tgz#a9993e364706816aba3e25717850c26c9cd0d89d\"\n"
    );
    let lock = LockFile::read(yarn.as_bytes(), &NAMES).unwrap();
    assert_eq!(
        lock.get(COMPONENT, "1.4.8").unwrap().integrity,
        Ok(RegistryIntegrity::Weak(
            WeakSha1::from_hex("a9993e364706816aba3e25717850c26c9cd0d89d").unwrap()
        ))
    );
    assert!(!format!("{lock:?}").contains(SECRET));
}

const NOT_FROM_REGISTRY: &str = "it comes from a file, a repository or a patch and not from a registry; install it from the registry";

fn why_not(lock: &LockFile) -> String {
    lock.packages()[0]
        .integrity
        .as_ref()
        .unwrap_err()
        .to_string()
}

#[test]
fn what_has_no_tarball_says_why() {
    let entry = |fields: &str| npm(&format!("\"node_modules/{COMPONENT}\": {{{fields}}}"));
    for (fields, why) in [
        (
            "\"version\": \"1.5.0\"",
            "the lock file holds no integrity for it; delete the entry and install again, so that the registry's is written",
        ),
        (
            "\"resolved\": \"../s3cr3tT0k3n\", \"link\": true",
            "it is a link to a folder and has no tarball; install it from the registry",
        ),
        (
            "\"version\": \"1.5.0\", \"inBundle\": true",
            "it is bundled in another package and has no tarball of its own; depend on it directly",
        ),
        (
            "\"version\": \"1.5.0\", \"resolved\": \"git+ssh://git@s3cr3tT0k3n/x.git#abc\", \"integrity\": \"sha512-AAAA\"",
            NOT_FROM_REGISTRY,
        ),
    ] {
        let text = entry(fields);
        let lock = LockFile::read(text.as_bytes(), &NAMES).unwrap();
        assert_eq!(why_not(&lock), why, "{fields}");
        assert!(!format!("{lock:?}").contains(SECRET));
    }
    let old = format!(
        "{{\"lockfileVersion\": 1, \"dependencies\": {{\"{SINGLE}\": {{\"version\": \"https://u:{SECRET}@feed.example/x.tgz\", \"integrity\": \"sha1-RwH7UWGA18ki7iJWNF4DVz2921c=\"}}}}}}"
    );
    let lock = LockFile::read(old.as_bytes(), &NAMES).unwrap();
    assert_eq!(why_not(&lock), NOT_FROM_REGISTRY);
    assert_eq!(lock.packages()[0].version, None);
    assert!(!format!("{lock:?}").contains(SECRET));
}

#[test]
fn versions_stand_side_by_side_and_other_packages_stay_out() {
    let entry = |path: &str, version: &str| {
        format!("\"{path}node_modules/{COMPONENT}\": {{\"version\": \"{version}\"}}")
    };
    let text = npm(&[
        entry("", "1.5.0"),
        entry("node_modules/a/", "1.4.8"),
        "\"packages/own\": {\"name\": \"@azure/ai-vision-face-ui\"}".to_owned(),
        "\"node_modules/broken\": {\"version\": 7, \"integrity\": false}".to_owned(),
    ]
    .join(","));
    let lock = LockFile::read(text.as_bytes(), &NAMES).unwrap();
    let versions: Vec<_> = lock
        .packages()
        .iter()
        .map(|p| p.version.as_deref())
        .collect();
    assert_eq!(versions, [Some("1.4.8"), Some("1.5.0")]);
    assert!(lock.get(COMPONENT, "1.3.1").is_none());
}

#[test]
fn only_the_host_of_an_url_is_kept() {
    for (url, host) in [
        (
            "https://registry.npmjs.org/x/-/x-1.0.0.tgz",
            Some("registry.npmjs.org"),
        ),
        (
            "HTTPS://user:s3cr3tT0k3n@Feed.Example:8443/@a/x.tgz?t=s3cr3tT0k3n#s3cr3tT0k3n",
            Some("feed.example:8443"),
        ),
        (
            "https://s3cr3tT0k3n@a@feed.example/x.tgz",
            Some("feed.example"),
        ),
        ("https://[::1]:4873/x.tgz", Some("[::1]:4873")),
        ("http://nexus:8081/x.tgz", Some("nexus:8081")),
        ("https://user:s3cr3tT0k3n/y@feed.example/x.tgz", None),
        ("https://12:34/s3cr3tT0k3n@feed.example/x.tgz", None),
        ("https://feed.example:99999/x.tgz", None),
        ("https:///x.tgz", Some("x.tgz")),
        ("https://fe\u{e9}d.example/x.tgz", None),
        ("https://feed~.example/x.tgz", None),
        ("https://feed_1.example/x.tgz", None),
        ("file:../x.tgz", None),
        ("git+https://feed.example/x.git", None),
        ("", None),
    ] {
        let found = RegistryHost::of_url(url);
        assert_eq!(found.as_ref().map(RegistryHost::as_str), host, "{url}");
        assert!(!format!("{found:?}").contains(SECRET));
    }
}
