//! `visor-lock.json`: written, read, refused.

use std::fs;
use std::sync::LazyLock;

use proptest::prelude::*;
use tower_visor::pins::{Pins, Provenance, Scan, VisorLockErrorKind};
use tower_visor::sri::Algorithm;

use crate::schema;
use crate::support::tree::{ASSETS, COMPONENT, fixture, messages};

const FEED: &str = r#"{"lockfileVersion":3,"packages":{
    "node_modules/@azure/ai-vision-face-ui":{"version":"1.5.0","resolved":"https://user:SECRET@pkgs.example/x.tgz?token=SECRET","integrity":"sha1-RwH7UWGA18ki7iJWNF4DVz2921c="},
    "node_modules/@azure-ai-vision-face/ui-assets":{"version":"1.5.0","resolved":"https://user:SECRET@pkgs.example/y.tgz","integrity":"sha1-f+9lfqYiCIodK7+O/7cgFMWVmuI="}}}"#;

fn pins() -> Pins {
    crate::support::pins("/")
}

fn rich() -> Pins {
    Scan::new(fixture("1.5.0"))
        .served_at("/liveness/1.5.0/")
        .overriding(
            &format!("{ASSETS}/images/logo.svg"),
            "our \"own\" logo \u{e9}",
        )
        .npm_lock("package-lock.json", FEED)
        .run()
        .unwrap()
}

#[test]
fn the_text_is_stable_sorted_and_one_file_a_line() {
    let text = pins().to_json();
    assert_eq!(text, pins().to_json());
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[..7],
        [
            "{",
            "  \"schema\": 1,",
            "  \"base\": \"/\",",
            "  \"packages\": [",
            "    {\"name\": \"@azure-ai-vision-face/ui-assets\", \"version\": \"1.5.0\", \"provenance\": \"observed\"},",
            "    {\"name\": \"@azure/ai-vision-face-ui\", \"version\": \"1.5.0\", \"provenance\": \"observed\"}",
            "  ],",
        ]
    );
    assert_eq!(lines.len(), 8 + pins().files().len() + 2);
    let file = pins().file(COMPONENT).unwrap().clone();
    assert_eq!(
        lines[8],
        format!(
            "    {{\"path\": \"FaceLivenessDetector.js\", \"url\": \"/FaceLivenessDetector.js\", \"bytes\": {}, \"integrity\": \"{}\", \"type\": \"text/javascript; charset=utf-8\", \"styles\": [\"{}\"]}},",
            file.bytes(),
            file.digest(),
            file.styles()[0]
        )
    );
    assert!(text.ends_with("  ]\n}\n"));
}

#[test]
fn what_is_written_is_read_the_same() {
    for pins in [pins(), rich()] {
        assert_eq!(Pins::from_json(&pins.to_json()).unwrap(), pins);
    }
    for algorithm in Algorithm::ALL {
        let pins = Scan::new(fixture("1.4.8"))
            .algorithm(algorithm)
            .run()
            .unwrap();
        assert_eq!(Pins::from_json(&pins.to_json()).unwrap(), pins);
    }
}

#[test]
fn what_a_lock_file_says_is_kept_and_no_credential_with_it() {
    let pins = rich();
    let package = &pins.packages()[1];
    assert_eq!(
        package.integrity().unwrap().to_string(),
        "sha1-RwH7UWGA18ki7iJWNF4DVz2921c="
    );
    // Nothing was checked against it: there was no tarball.
    assert_eq!(package.provenance(), Provenance::Observed);
    let text = pins.to_json();
    for secret in ["SECRET", "user", "pkgs.example", "https"] {
        assert!(!text.contains(secret), "{secret}");
        assert!(!format!("{pins:?}").contains(secret), "{secret}");
    }
    assert!(!text.contains(env!("CARGO_MANIFEST_DIR")));
}

#[test]
fn lock_files_that_do_not_fit_are_refused() {
    let scan = |content: &str| {
        messages(
            &Scan::new(fixture("1.5.0"))
                .npm_lock("package-lock.json", content)
                .run()
                .unwrap_err(),
        )
    };
    assert_eq!(
        scan(&FEED.replace("\"1.5.0\"", "\"1.4.8\"")),
        [
            "package-lock.json: no entry for @azure-ai-vision-face/ui-assets 1.5.0; give the lock file of the project that installed it, or install again",
            "package-lock.json: no entry for @azure/ai-vision-face-ui 1.5.0; give the lock file of the project that installed it, or install again",
        ]
    );
    assert_eq!(
        scan(&FEED.replace(
            "\"integrity\":\"sha1-RwH7UWGA18ki7iJWNF4DVz2921c=\"",
            "\"dev\":true"
        )),
        [
            "package-lock.json: @azure/ai-vision-face-ui 1.5.0: the lock file holds no integrity for it; delete the entry and install again, so that the registry's is written"
        ]
    );
    let truncated = scan(&FEED[..200]);
    assert!(
        truncated[0].starts_with("package-lock.json: line "),
        "{truncated:?}"
    );
    assert!(!truncated[0].contains("SECRET"));
}

#[test]
fn the_schema_describes_what_is_written_and_nothing_else() {
    for pins in [pins(), rich()] {
        let value: serde_json::Value = serde_json::from_str(&pins.to_json()).unwrap();
        assert_eq!(
            schema::faults("visor-lock.schema.json", &value),
            Vec::<String>::new()
        );
    }
    // What the schema refuses, the reader refuses.
    let good = rich().to_json();
    for (from, to) in REPLACED {
        let text = good.replacen(from, to, 1);
        assert_ne!(text, good, "{from}");
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        if !schema::faults("visor-lock.schema.json", &value).is_empty() {
            assert!(Pins::from_json(&text).is_err(), "{from} -> {to}");
        }
    }
}

/// One change of a good file each, still JSON.
const REPLACED: &[(&str, &str)] = &[
    ("\"schema\": 1", "\"schema\": 2"),
    ("\"schema\": 1", "\"schema\": null"),
    ("\"base\"", "\"bass\""),
    ("\"/liveness/1.5.0/\"", "\"/liveness/../\""),
    ("\"/liveness/1.5.0/\"", "7"),
    ("\"version\": \"1.5.0\"", "\"version\": \"v1.5.0\""),
    ("\"version\": \"1.5.0\"", "\"version\": \"1.4.8\""),
    (
        "\"provenance\": \"observed\"",
        "\"provenance\": \"verified\"",
    ),
    ("\"provenance\": \"observed\"", "\"provenance\": \"signed\""),
    ("@azure/ai-vision-face-ui\"", "@azure/ai-vision-face\""),
    ("sha1-RwH7", "md5-RwH7"),
    ("sha384-", "sha256-"),
    ("\"bytes\": ", "\"bytes\": -"),
    ("\"bytes\"", "\"size\""),
    ("\"url\": \"/liveness", "\"url\": \"liveness"),
    ("\"path\": \"Face", "\"path\": \"../Face"),
    ("\"path\": \"Face", "\"path\": \"face"),
    ("text/javascript; charset=utf-8", "text/plain"),
    (
        "\"override\": \"our \\\"own\\\" logo \u{e9}\"",
        "\"override\": \"\"",
    ),
    (
        "\"override\": \"our \\\"own\\\" logo \u{e9}\"",
        "\"override\": true",
    ),
];

#[test]
fn every_fault_has_its_place_and_message() {
    let good = rich().to_json();
    let count = rich().files().len();
    let digest = rich().files()[0].digest().to_string();
    let second = rich().files()[1].digest().to_string();
    let logo = rich()
        .files()
        .iter()
        .position(|f| f.override_reason().is_some())
        .unwrap();
    let component_line = good.lines().find(|l| l.contains("Detector.js")).unwrap();
    for (from, to, expected) in [
        ("\"schema\": 1", "\"schema\": 2", "schema: version `2` of the lock file is not known, this release reads 1; update tower-visor, or create the file again with `visor pin`".to_owned()),
        ("  \"schema\": 1,\n", "", "schema: missing; create the file again with `visor pin`".to_owned()),
        ("\"schema\": 1", "\"schema\": [1]", "schema: should be a number".to_owned()),
        ("\"base\": \"/liveness/1.5.0/\"", "\"base\": \"/liveness\"", "base: `/liveness` is not a base path; write `/` or for example `/liveness/`, with `/` at both ends and letters, digits and `-._~@+` between".to_owned()),
        ("\"base\":", "\"Base\":", "Base: unknown key, did you mean `base`?; remove it|base: missing; create the file again with `visor pin`".to_owned()),
        ("\"name\": \"@azure/ai-vision-face-ui\"", "\"name\": \"@azure/ai-vision-faceui\"", "packages[1].name: `@azure/ai-vision-faceui` is not a package of the SDK, did you mean `@azure/ai-vision-face-ui`?".to_owned()),
        ("\"name\": \"@azure/ai-vision-face-ui\"", "\"name\": \"azure-ai-vision-face-ui\"", "packages: they should be `@azure-ai-vision-face/ui-assets` and `@azure/ai-vision-face-ui`, or `azure-ai-vision-face-ui` alone; create the file again with `visor pin`".to_owned()),
        ("\"version\": \"1.5.0\"", "\"version\": \"1.4.8\"", "packages: they should be of one version; create the file again with `visor pin`".to_owned()),
        ("\"version\": \"1.5.0\"", "\"version\": \"0.18.0-beta.1\"", "packages[0].version: 0.18.0-beta.1 is a preview, which the service has refused since 2025-07-23; pin 1.5.0 or newer".to_owned()),
        ("\"version\": \"1.5.0\"", "\"version\": \"1.5\"", "packages[0].version: byte 3: the patch number is missing; write for example `1.5.0`".to_owned()),
        ("\"provenance\": \"observed\"", "\"provenance\": \"Observed\"", "packages[0].provenance: unknown provenance `Observed`, did you mean `observed`?; write observed, `registry (weak: sha1)`, registry, signed or published".to_owned()),
        ("\"provenance\": \"observed\"", "\"provenance\": \"registry\"", "packages[0].provenance: `registry` should be `registry (weak: sha1)`; the package's `integrity` supports nothing stronger".to_owned()),
        ("\"provenance\": \"observed\"", "\"provenance\": \"published\"", "packages[0].provenance: `published` should be `registry (weak: sha1)`; the package's `integrity` supports nothing stronger".to_owned()),
        ("sha1-f+9l", "sha1-%+9l", "packages[0].integrity: byte 5: a sha1 digest is 20 bytes in standard, padded base64, 28 characters".to_owned()),
        (digest.as_str(), "sha384-AAAA", "files[0].integrity: byte 7: digest is 3 bytes long, sha384 needs 48".to_owned()),
        (second.as_str(), "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "files[1].integrity: sha256, but other files have sha384; create the file again with one algorithm".to_owned()),
        ("\"bytes\": ", "\"bytes\": -", "files[0].bytes: `-5679` should be a number of bytes from 1 to 67108864".to_owned()),
        ("\"bytes\": ", "\"bytes\": \"x\", \"was\": ", "files[0].was: unknown key; remove it|files[0].bytes: `x` should be a number of bytes from 1 to 67108864".to_owned()),
        ("\"bytes\": ", "\"bytes\": 9999", "files[0].bytes: `99995679` should be a number of bytes from 1 to 67108864".to_owned()),
        ("\"url\": \"/liveness/1.5.0/F", "\"url\": \"/F", "files[0].url: `/FaceLivenessDetector.js` should be `/liveness/1.5.0/FaceLivenessDetector.js`; base and path determine it".to_owned()),
        ("text/javascript; charset=utf-8", "text/html", "files[0].type: `text/html` should be `text/javascript; charset=utf-8`; the file's name determines it".to_owned()),
        ("\"path\": \"FaceLivenessDetector.js\"", "\"path\": \"../FaceLivenessDetector.js\"", "files[0].path: `../FaceLivenessDetector.js` is not a file of the SDK; remove the line".to_owned()),
        ("\"path\": \"facelivenessdetector-assets/i18n/en.json\"", "\"path\": \"facelivenessdetector-assets/i18n/../en.json\"", "files[3].path: `facelivenessdetector-assets/i18n/../en.json` is not a file of the SDK; remove the line".to_owned()),
        ("\"styles\": [\"", "\"styles\": [\"x", "files[0].styles[0]: byte 0: unknown algorithm `xsha384`, did you mean `sha384`?; use sha256, sha384 or sha512, in lower case".to_owned()),
        ("\"override\": \"our", "\"override\": \"\\n", format!("files[{logo}].override: should be a reason, one line of text of at most 200 characters, without a URL that has a user or a query")),
        (", \"override\": \"our", ", \"provenance\": \"published\", \"override\": \"our", format!("files[{logo}].provenance: `published` should be `observed`; an override comes from the deployer alone")),
        ("utf-8\", \"styles\"", "utf-8\", \"override\": \"x\", \"styles\"", "files[0].override: only pictures and language files can be overridden, not the component; remove it".to_owned()),
        ("utf-8\", \"styles\"", "utf-8\", \"provenance\": \"signed\", \"styles\"", "files[0].provenance: `signed` should be `observed`; its package has nothing stronger, and only a published digest can exceed that".to_owned()),
        (component_line, "    7,", "files[0]: should be an object".to_owned()),
        ("    {\"path\": \"FaceLivenessDetector.js\"", "    {\"path\": \"FaceLivenessDetector.js\", \"path\": \"FaceLivenessDetector.js\"", "line 9, column 46: the key `path` appears twice in one object; remove one".to_owned()),
        ("\n  \"files\"", "\n<<<<<<< ours\n  \"files\"", "line 8: an unresolved merge conflict; resolve it, or create the file again with `visor pin`".to_owned()),
    ] {
        let text = good.replacen(from, to, 1);
        assert_ne!(text, good, "{from}");
        let found = messages(&Pins::from_json(&text).unwrap_err()).join("|");
        assert_eq!(found, expected, "{from} -> {to}");
    }

    // A file left out, and one that appears twice.
    let kept: Vec<&str> = good
        .lines()
        .filter(|line| !line.contains("Face.wasm\", \"url"))
        .collect();
    let without = kept.join("\n");
    assert_eq!(
        messages(&Pins::from_json(&without).unwrap_err()),
        [
            "files: no `facelivenessdetector-assets/js/AzureAIVisionFace.wasm`; the wasm must be pinned, create the file again from the complete SDK"
        ]
        .map(str::to_owned)
    );
    let twice = good.replacen(
        component_line,
        &format!("{component_line}\n{component_line}"),
        1,
    );
    assert_eq!(
        messages(&Pins::from_json(&twice).unwrap_err()),
        ["files[1].path: `FaceLivenessDetector.js` appears twice; remove one"]
    );
    assert_eq!(count, 17);
    for (text, expected) in [
        ("", "line 1, column 0: EOF while parsing a value"),
        ("[]", "the document: should be an object"),
        (
            "{}",
            "schema: missing; create the file again with `visor pin`",
        ),
    ] {
        assert_eq!(messages(&Pins::from_json(text).unwrap_err()), [expected]);
    }
}

#[cfg(unix)]
#[test]
fn no_link_is_followed_and_the_mode_is_kept() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("visor-lock.json");
    let other = folder.path().join("other");
    fs::write(&other, "untouched").unwrap();
    symlink(&other, &path).unwrap();
    pins().replace(&path).unwrap();
    assert_eq!(fs::read_to_string(&other).unwrap(), "untouched");
    assert!(fs::symlink_metadata(&path).unwrap().is_file());

    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    rich().replace(&path).unwrap();
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    assert_eq!(Pins::load(&path).unwrap(), rich());
}

#[test]
fn the_file_is_written_whole_or_not_at_all() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("visor-lock.json");
    pins().save(&path).unwrap();
    assert_eq!(Pins::load(&path).unwrap(), pins());
    // What pins anew at each start pins a tampered SDK.
    let refused = rich().save(&path).unwrap_err();
    assert_eq!(refused.kind(), VisorLockErrorKind::Exists);
    assert_eq!(
        refused.to_string(),
        "visor-lock.json: exists; look at what would change with `visor update`, or overwrite it with `Pins::replace`"
    );
    assert_eq!(Pins::load(&path).unwrap(), pins());
    rich().replace(&path).unwrap();
    assert_eq!(Pins::load(&path).unwrap(), rich());
    // Nothing is left beside it.
    let names: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["visor-lock.json"]);

    // A mark that an editor on Windows puts in front.
    let marked = format!("\u{feff}{}", pins().to_json());
    assert_eq!(Pins::from_json(&marked).unwrap(), pins());

    // A target that can't be replaced leaves all as it was.
    let blocked = folder.path().join("blocked");
    fs::create_dir_all(blocked.join("full")).unwrap();
    assert!(pins().replace(&blocked).is_err());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);

    for (path, message) in [
        (
            folder.path().join("other.json"),
            "no such file: other.json; create it with `visor pin`",
        ),
        (
            folder.path().join("big"),
            "larger than 16777216 bytes; is this the right file?",
        ),
        (
            folder.path().join("binary"),
            "byte 1: not UTF-8; create it again with `visor pin`",
        ),
    ] {
        if path.ends_with("big") {
            fs::write(&path, vec![b' '; 16 * 1024 * 1024 + 1]).unwrap();
        }
        if path.ends_with("binary") {
            fs::write(&path, b"{\xff}").unwrap();
        }
        assert_eq!(messages(&Pins::load(&path).unwrap_err()), [message]);
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,200}") {
        let _ = Pins::from_json(&text);
    }

    #[test]
    fn no_damage_panics_and_what_is_read_is_written_the_same(
        at in 0_usize..6000,
        length in 0_usize..40,
        put in "[\\[\\]{}\",:0-9a-z./ -]{0,8}",
    ) {
        static GOOD: LazyLock<String> = LazyLock::new(|| rich().to_json());
        let good = &*GOOD;
        let at = at.min(good.len());
        let end = (at + length).min(good.len());
        if good.is_char_boundary(at) && good.is_char_boundary(end) {
            let text = format!("{}{put}{}", &good[..at], &good[end..]);
            if let Ok(pins) = Pins::from_json(&text) {
                prop_assert_eq!(Pins::from_json(&pins.to_json()).unwrap(), pins);
            }
        }
    }
}
