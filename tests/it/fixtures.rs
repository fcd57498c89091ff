//! The stand-in SDK of `fixtures/sdk`: built from its sources, complete, and shaped like the real
//! one where the crate and a browser look.
//!
//! `REBUILD_FIXTURES=1 cargo test --test it fixtures` writes the `.wasm` files anew.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use tower_visor::sdk::layout::Layout;
use tower_visor::sri::{Algorithm, Digest};

const VERSIONS: [&str; 3] = ["1.2.0", "1.4.8", "1.5.0"];
const ENGINES: [&str; 2] = ["AzureAIVisionFace", "AzureAIVisionFace_SIMD"];

fn sdk() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sdk")
}

fn package(version: &str, name: &str) -> PathBuf {
    sdk().join(version).join("node_modules").join(name)
}

/// The names of the packages of the component and of the assets; one until 1.3.
fn packages(version: &str) -> [&'static str; 2] {
    let layout = Layout::of(&version.parse().unwrap()).unwrap();
    [layout.component_package, layout.assets_package]
}

fn component_package(version: &str) -> PathBuf {
    package(version, packages(version)[0])
}

fn assets_package(version: &str) -> PathBuf {
    package(version, packages(version)[1])
}

fn assets(version: &str) -> PathBuf {
    assets_package(version).join("facelivenessdetector-assets")
}

fn read(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All files below a folder, as sorted paths with `/`.
fn files(root: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).expect("below the root");
                found.insert(name.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    found
}

/// The `.wasm` that the sources give for one engine of one version.
fn build(engine: &str, version: &str) -> Vec<u8> {
    let source = sdk().join("src");
    let mut text = read(source.join(engine).with_extension("wat")).replace("{{version}}", version);
    for name in ["shadow.html", "shadow.css"] {
        let escaped: String = read(source.join(name))
            .bytes()
            .map(|byte| match byte {
                b'"' | b'\\' | b'\n' => format!("\\{byte:02x}"),
                _ => char::from(byte).to_string(),
            })
            .collect();
        text = text.replace(&format!("{{{{{name}}}}}"), &escaped);
    }
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{engine}.wat: {error}"))
}

/// The text that css-loader leaves in a bundle: the literal after `.push([t.id,`, unescaped.
fn head_style(component: &str) -> String {
    let (_, after) = component
        .split_once(".push([t.id,")
        .expect("a literal of css-loader");
    let mut literals = serde_json::Deserializer::from_str(after).into_iter::<String>();
    literals.next().expect("a literal").expect("a string")
}

/// The NUL-terminated text in the module's data that begins with the base styles.
fn shadow_style(wasm: &[u8]) -> &[u8] {
    let mark = b"/* Base styles */";
    let start = wasm
        .windows(mark.len())
        .position(|window| window == mark)
        .expect("the base styles");
    assert_eq!(wasm[start - 1], 0, "the text before it has ended");
    let length = wasm[start..]
        .iter()
        .position(|&byte| byte == 0)
        .expect("a NUL");
    &wasm[start..start + length]
}

#[test]
fn each_wasm_equals_the_build_of_its_source() {
    for version in VERSIONS {
        for engine in ENGINES {
            let path = assets(version)
                .join("js")
                .join(engine)
                .with_extension("wasm");
            let built = build(engine, version);
            if std::env::var_os("REBUILD_FIXTURES").is_some() {
                fs::write(&path, &built).expect("a file that can be written");
            }
            assert_eq!(
                Digest::of_file(Algorithm::Sha384, &path).expect("the committed file"),
                Digest::of(Algorithm::Sha384, &built),
                "{}: REBUILD_FIXTURES=1 builds it anew",
                path.display()
            );
        }
    }
}

#[test]
fn all_versions_are_complete() {
    let expected: BTreeSet<String> = [
        "i18n/de-DE/en.json",
        "i18n/en-US/en.json",
        "i18n/en.json",
        "i18n/es-ES/en.json",
        "i18n/fr-FR/en.json",
        "i18n/ja-JP/en.json",
        "i18n/pt-BR/en.json",
        "images/Brightness.svg",
        "images/FaceId.svg",
        "images/Smile.svg",
        "images/activeMotionVisualHint.png",
        "images/logo.svg",
        "js/AzureAIVisionFace.js",
        "js/AzureAIVisionFace.wasm",
        "js/AzureAIVisionFace_SIMD.js",
        "js/AzureAIVisionFace_SIMD.wasm",
    ]
    .map(String::from)
    .into();
    for version in VERSIONS {
        assert_eq!(files(&assets(version)), expected, "{version}");
        let [of_component, of_assets] = packages(version);
        if of_component != of_assets {
            assert_eq!(
                files(&component_package(version)),
                ["FaceLivenessDetector.js", "package.json"]
                    .map(String::from)
                    .into(),
                "{version}"
            );
        }
        for name in [of_component, of_assets] {
            let text = read(package(version, name).join("package.json"));
            let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            assert_eq!(json["name"], name);
            assert_eq!(json["version"], version);
            assert_eq!(json["private"], true, "{name} must never be published");
            let description = json["description"].as_str().unwrap_or_default();
            assert!(description.contains("not Microsoft's code"), "{name}");
        }
        let component = read(component_package(version).join("FaceLivenessDetector.js"));
        let own = format!("const clientSDKversion = \"{version}\";");
        assert_eq!(component.contains(&own), version != "1.2.0", "{version}");
    }
}

#[test]
fn every_language_file_has_the_same_keys() {
    for version in VERSIONS {
        let folder = assets(version).join("i18n");
        let keys = |file: &str| -> Vec<String> {
            let json: serde_json::Map<_, _> =
                serde_json::from_str(&read(folder.join(file))).expect("an object");
            json.keys().cloned().collect()
        };
        for file in files(&folder) {
            assert_eq!(keys(&file), keys("en.json"), "{version} {file}");
        }
    }
}

#[test]
fn the_two_engines_of_a_version_differ_in_their_wasm_only() {
    for version in VERSIONS {
        let [plain, simd] = ENGINES.map(|engine| {
            let path = assets(version).join("js").join(engine);
            (
                read(path.with_extension("js")),
                fs::read(path.with_extension("wasm")).expect("a .wasm"),
            )
        });
        assert_eq!(
            plain.0.replace("Face.wasm", "Face_SIMD.wasm"),
            simd.0,
            "{version}"
        );
        assert_eq!(shadow_style(&plain.1), shadow_style(&simd.1), "{version}");
        assert!(
            !plain.1.contains(&0xfd) && simd.1.contains(&0xfd),
            "{version}: 0xfd is the prefix of every SIMD instruction"
        );
    }
}

#[test]
fn only_the_old_versions_make_code_of_text() {
    for (version, expected) in [("1.2.0", true), ("1.4.8", true), ("1.5.0", false)] {
        for engine in ENGINES {
            let text = read(assets(version).join("js").join(engine).with_extension("js"));
            let found = text.contains("Function(") || text.contains("eval(");
            assert_eq!(found, expected, "{version} {engine}.js");
        }
        let component = read(component_package(version).join("FaceLivenessDetector.js"));
        assert!(!component.contains("Function(") && !component.contains("eval("));
    }
}

#[test]
fn the_hashes_of_the_styles_are_found_in_the_files() {
    // What Chromium asks for, by its own console messages.
    for (version, shadow) in [
        (
            "1.2.0",
            "sha256-9yaUTTcmBRjnQjOsAGdyV1djCBTcQ1YEiR1ySzg/V6A=",
        ),
        (
            "1.4.8",
            "sha256-lG1R/N0Fu0ZyeG+3yXLl4Q3qsw+dYBlwzfR7dVtFt1o=",
        ),
        (
            "1.5.0",
            "sha256-CiiKPv/fpE4jyOVMoqeNpFV3oOznMuOvwfoNiq7iq2w=",
        ),
    ] {
        let component = read(component_package(version).join("FaceLivenessDetector.js"));
        assert_eq!(component.contains(".push([t.id,"), version != "1.2.0");
        if version != "1.2.0" {
            let head = head_style(&component);
            assert!(head.contains('"') && head.contains('\\') && head.contains('\n'));
            assert_eq!(
                Digest::of(Algorithm::Sha256, head.as_bytes()).to_string(),
                "sha256-p1V1PXVhCLTPMs96NX0zjy+YU2m9nogTpPddsPc2q0A=",
                "{version}"
            );
        }
        for engine in ENGINES {
            let path = assets(version)
                .join("js")
                .join(engine)
                .with_extension("wasm");
            let wasm = fs::read(path).expect("a .wasm");
            let style = shadow_style(&wasm);
            assert!(!style.is_ascii(), "hashing characters must go wrong");
            assert_eq!(
                Digest::of(Algorithm::Sha256, style).to_string(),
                shadow,
                "{version} {engine}"
            );
        }
    }
}

#[test]
fn the_text_of_the_stand_in_is_ascii_and_ends_lines_with_a_line_feed() {
    let root = sdk();
    for file in files(&root) {
        let binary = [".wasm", ".png"].iter().any(|end| file.ends_with(end));
        if !binary {
            let text = read(root.join(&file));
            assert!(text.is_ascii(), "{file}");
            assert!(!text.contains('\r') && text.ends_with('\n'), "{file}");
        }
    }
}
