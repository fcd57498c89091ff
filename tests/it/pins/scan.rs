//! From folders to pins.

use std::fs;

use proptest::prelude::*;
use tower_visor::pins::{Package, PinnedFile, Pins, Provenance, Scan};
use tower_visor::sdk::layout::{Era, FileKind};
use tower_visor::sdk::{Releases, StyleKind, SupportLevel, Version};
use tower_visor::sri::{Algorithm, Digest};

use crate::support::tree::{
    ASSETS, ASSETS_PACKAGE, COMPONENT, COMPONENT_PACKAGE, Tree, copy, fixture, messages,
};

pub(super) fn errors(folder: impl Into<std::path::PathBuf>) -> Vec<String> {
    messages(&Pins::scan(folder).unwrap_err())
}

#[test]
fn every_form_of_the_tree_gives_the_same_pins() {
    let installed = Tree::installed("1.5.0");
    let vendored = Tree::vendored("1.5.0");
    let pins = Pins::scan(installed.path()).unwrap();
    assert_eq!(Pins::scan(vendored.path()).unwrap(), pins);
    // The folder may have any name, and be `node_modules` itself.
    assert_eq!(Pins::scan(installed.join("node_modules")).unwrap(), pins);
    // Or each package by itself.
    let apart = Scan::new(installed.join(COMPONENT_PACKAGE)).and(installed.join(ASSETS_PACKAGE));
    assert_eq!(apart.run().unwrap(), pins);
    // What else the application serves is none of ours.
    vendored.write("index.html", "<!doctype html>");
    vendored.write("app/main.js", "start()");
    assert_eq!(Pins::scan(vendored.path()).unwrap(), pins);
}

#[test]
fn pins_say_what_the_files_are() {
    let pins = Pins::scan(fixture("1.5.0")).unwrap();
    assert_eq!(pins.version(), &Version::new(1, 5, 0));
    assert_eq!(pins.layout().era, Era::Scoped);
    assert_eq!(pins.algorithm(), Algorithm::Sha384);
    assert_eq!(pins.base(), "/");
    assert_eq!(pins.files().len(), 17);
    assert_eq!(pins.weakest_provenance(), Provenance::Observed);
    let names: Vec<_> = pins.packages().iter().map(Package::name).collect();
    assert_eq!(
        names,
        [
            "@azure-ai-vision-face/ui-assets",
            "@azure/ai-vision-face-ui"
        ]
    );
    assert!(pins.files().is_sorted_by_key(PinnedFile::path));
    for file in pins.files() {
        let folder = if file.kind() == FileKind::Component {
            COMPONENT_PACKAGE
        } else {
            ASSETS_PACKAGE
        };
        let bytes = fs::read(fixture("1.5.0").join(folder).join(file.path())).unwrap();
        assert_eq!(file.bytes(), bytes.len() as u64, "{}", file.path());
        assert_eq!(file.digest(), Digest::of(Algorithm::Sha384, &bytes));
        assert_eq!(file.url(), format!("/{}", file.path()));
        assert_eq!(format!("node_modules/{}", file.package()), folder);
        assert_ne!(file.content_type(), "application/octet-stream");
        assert_eq!(pins.served(file.url()), Some(file));
    }
    assert_eq!(
        pins.support(&Releases::builtin(), "2026-11-23".parse().unwrap())
            .level,
        SupportLevel::Current
    );
}

#[test]
fn styles_are_those_that_a_browser_asks_for() {
    // By the console messages of Chromium; see the test of the fixtures.
    let pins = Scan::new(fixture("1.5.0"))
        .algorithm(Algorithm::Sha256)
        .run()
        .unwrap();
    let styles: Vec<_> = pins
        .styles()
        .into_iter()
        .map(|(kind, digest)| (kind, digest.to_string()))
        .collect();
    let expected = [
        (
            StyleKind::Empty,
            "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        ),
        (
            StyleKind::Head,
            "sha256-p1V1PXVhCLTPMs96NX0zjy+YU2m9nogTpPddsPc2q0A=",
        ),
        (
            StyleKind::Shadow,
            "sha256-CiiKPv/fpE4jyOVMoqeNpFV3oOznMuOvwfoNiq7iq2w=",
        ),
    ]
    .map(|(kind, text)| (kind, text.to_owned()));
    assert_eq!(styles, expected);
}

#[test]
fn styles_are_found_however_a_bundler_writes_them() {
    let tree = Tree::vendored("1.5.0");
    let empty = Digest::of(Algorithm::Sha384, b"");
    for (code, texts) in [
        (r#"e.push([t.id,"a{b:c}",""])"#, vec!["a{b:c}"]),
        (r"e.push([t.id,'a{b:\'c\'}',''])", vec!["a{b:'c'}"]),
        ("e.push([t.id,`a{\\`b}\n`,''])", vec!["a{`b}\n"]),
        (r#"e.push([module.id, "a{}", ""])"#, vec!["a{}"]),
        (
            r#"$_.push([$a.id,"\u00e9\x41\u{1f600}\n\
z\ud83d\ude00\0\v"])"#,
            vec!["\u{e9}A\u{1f600}\nz\u{1f600}\0\u{b}"],
        ),
        (
            r#"e.push([t.id,"a{}"]),e.push([t.id,"b{}"])"#,
            vec!["a{}", "b{}"],
        ),
        // None of these is a constant style.
        ("e.push([t.id,`a${b}`])", vec![]),
        (r#"e.push([t.id,"a{}])"#, vec![]),
        (r#"e.push([t.id,"\ud83d"])"#, vec![]),
        (r#"e.push([t.id,"\7"])"#, vec![]),
        (r#"e.push([t.name,"a{}"])"#, vec![]),
        ("e.push([t.id,text])", vec![]),
        ("e.push([", vec![]),
    ] {
        tree.write(COMPONENT, format!("clientSDKversion=\"1.5.0\";{code}"));
        let pins = Pins::scan(tree.path()).unwrap();
        let mut expected: Vec<_> = texts
            .iter()
            .map(|text| Digest::of(Algorithm::Sha384, text.as_bytes()))
            .collect();
        expected.sort();
        assert_eq!(pins.file(COMPONENT).unwrap().styles(), expected, "{code}");
        assert_eq!(
            pins.styles().contains(&(StyleKind::Empty, empty)),
            !texts.is_empty(),
            "{code}"
        );
    }

    let wasm = format!("{ASSETS}/js/AzureAIVisionFace.wasm");
    for (content, texts) in [
        (
            &b"\0asm\0\n/* Base styles */ a{}\0more"[..],
            vec!["\n/* Base styles */ a{}"],
        ),
        // Directly behind a segment's head: with and without what stands before.
        (
            b"\0A\x80/* Base styles */ a{}\0",
            vec!["/* Base styles */ a{}"],
        ),
        (
            b"\0A$/* Base styles */\0",
            vec!["/* Base styles */", "A$/* Base styles */"],
        ),
        (b"/* Base styles */ without an end", vec![]),
        (b"\0/* Base styles */\xff\0", vec![]),
    ] {
        tree.write(&wasm, content);
        let pins = Pins::scan(tree.path()).unwrap();
        let mut expected: Vec<_> = texts
            .iter()
            .map(|text| Digest::of(Algorithm::Sha384, text.as_bytes()))
            .collect();
        expected.sort();
        assert_eq!(pins.file(&wasm).unwrap().styles(), expected);
    }
}

#[test]
fn the_older_single_package_is_read_too() {
    let tree = Tree::vendored("1.4.8");
    tree.replace(
        COMPONENT,
        "clientSDKversion = \"1.4.8\"",
        "clientSDKversion=\"1.3.1\"",
    );
    let pins = Pins::scan(tree.path()).unwrap();
    assert_eq!(pins.layout().era, Era::Single);
    let names: Vec<_> = pins.packages().iter().map(Package::name).collect();
    assert_eq!(names, ["azure-ai-vision-face-ui"]);

    let package = "node_modules/azure-ai-vision-face-ui";
    let root = tempfile::TempDir::new().unwrap();
    copy(tree.path(), &root.path().join(package));
    fs::write(
        root.path().join(package).join("package.json"),
        r#"{"name":"azure-ai-vision-face-ui","version":"1.3.1"}"#,
    )
    .unwrap();
    assert_eq!(Pins::scan(root.path()).unwrap(), pins);

    // The previews run nowhere any more.
    for preview in ["0.17.0-beta.1", "0.18.0-beta.1"] {
        let old = Tree::vendored("1.4.8");
        old.replace(COMPONENT, "\"1.4.8\"", &format!("\"{preview}\""));
        let refused = format!(
            "version {preview}: a preview, which the service has refused since 2025-07-23; update to 1.5.0 or newer"
        );
        assert!(errors(old.path()).contains(&refused));
        let package = root.path().join(package).join("package.json");
        fs::write(
            package,
            format!(r#"{{"name":"azure-ai-vision-face-ui","version":"{preview}"}}"#),
        )
        .unwrap();
        assert!(errors(root.path()).contains(&refused));
    }
}

#[test]
fn overrides_are_for_pictures_and_strings_and_have_a_reason() {
    let logo = format!("{ASSETS}/images/logo.svg");
    let strings = format!("{ASSETS}/i18n/pt-BR/en.json");
    let engine = format!("{ASSETS}/js/AzureAIVisionFace.js");
    let pins = Scan::new(fixture("1.5.0"))
        .overriding(&logo, "brand")
        .overriding(&strings, "reviewed translation")
        .run()
        .unwrap();
    assert_eq!(pins.file(&logo).unwrap().override_reason(), Some("brand"));
    assert_eq!(pins.file(&engine).unwrap().override_reason(), None);

    let long = "x".repeat(201);
    let faults = Scan::new(fixture("1.5.0"))
        .overriding(&engine, "faster")
        .overriding(COMPONENT, "patched")
        .overriding(&logo, " ")
        .overriding(&logo, "brand")
        .overriding(&strings, "two\nlines")
        .overriding("images/logo.svg", &long)
        .run()
        .unwrap_err();
    let reason = "an override needs a reason, one line of text of at most 200 characters, without a URL that has a user or a query; say why the file differs from the package's";
    assert_eq!(
        messages(&faults),
        [
            format!("{engine}: only pictures and language files can be overridden, not the engine; use the file of the package"),
            "FaceLivenessDetector.js: only pictures and language files can be overridden, not the component; use the file of the package".to_owned(),
            format!("{logo}: {reason}"),
            format!("{logo}: declared as an override twice; remove one"),
            format!("{strings}: {reason}"),
            "images/logo.svg: declared as an override, but missing; remove the declaration or add the file".to_owned(),
            format!("images/logo.svg: {reason}"),
        ]
    );
}

#[test]
fn the_base_is_a_plain_path() {
    for base in ["/", "/liveness/", "/a/b-c/1.5.0/"] {
        let pins = Scan::new(fixture("1.5.0")).served_at(base).run().unwrap();
        assert_eq!(
            pins.file(COMPONENT).unwrap().url(),
            format!("{base}{COMPONENT}")
        );
        assert!(pins.served(&format!("{base}{COMPONENT}")).is_some());
        assert!(pins.served(COMPONENT).is_none());
    }
    for base in [
        "",
        "liveness",
        "/liveness",
        "liveness/",
        "//",
        "/a//b/",
        "/../",
        "/./",
        "/a b/",
        "/%2e/",
        "/a?b/",
        "/a#/",
        "/\u{e9}/",
        "/'/",
        "https://x/",
        "/a\\b/",
        "/a\n/",
    ] {
        let faults = Scan::new(fixture("1.5.0"))
            .served_at(base)
            .run()
            .unwrap_err();
        let shown = base.escape_default().to_string();
        assert_eq!(
            messages(&faults),
            [format!(
                "`{}` is not a base path; write `/` or for example `/liveness/`, with `/` at both ends and letters, digits and `-._~@+` between",
                shown.replace("\\'", "'").replace("\\\\", "\\")
            )]
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_content_of_code_panics(
        code in "(clientSDKversion[=:\"' ]{0,3}[0-9.\"'`]{0,8}|\\.push\\(\\[t\\.id,[\"'`\\\\a-fux0-9{}$\n]{0,20}|.){0,12}",
        wasm in proptest::collection::vec(any::<u8>(), 1..60),
    ) {
        let tree = Tree::vendored("1.5.0");
        tree.write(COMPONENT, format!("{code};"));
        let mut bytes = wasm.clone();
        bytes.extend_from_slice(b"/* Base styles */");
        bytes.extend(wasm.iter().rev());
        tree.write(&format!("{ASSETS}/js/AzureAIVisionFace.wasm"), bytes);
        if let Ok(pins) = Scan::new(tree.path()).expecting(Version::new(1, 5, 0)).run() {
            prop_assert!(pins.verify(tree.path()).is_ok());
            prop_assert_eq!(Pins::from_json(&pins.to_json()).unwrap(), pins);
        }
    }

    #[test]
    fn no_package_json_panics(text in "[{}\\[\\]:,\" a-z0-9.]{0,60}") {
        let tree = Tree::installed("1.5.0");
        tree.write(&format!("{COMPONENT_PACKAGE}/package.json"), text);
        prop_assert!(Pins::scan(tree.path()).is_err());
    }
}
