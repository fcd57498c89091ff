//! Folders that can't be pinned: what is wrong with them is said, all of it.

use std::fs;

use tower_visor::pins::{Pins, Scan};
use tower_visor::sdk::Version;

use super::scan::errors;
use crate::support::tree::{
    ASSETS, ASSETS_PACKAGE, COMPONENT, COMPONENT_PACKAGE, Tree, copy, messages,
};

#[test]
fn versions_must_agree() {
    let tree = Tree::installed("1.5.0");
    tree.replace(
        &format!("{ASSETS_PACKAGE}/package.json"),
        "\"1.5.0\"",
        "\"1.4.8\"",
    );
    assert_eq!(
        errors(tree.path()),
        [
            "@azure/ai-vision-face-ui is 1.5.0 and @azure-ai-vision-face/ui-assets is 1.4.8; both must have the same version, install them again"
        ]
    );

    let tree = Tree::installed("1.5.0");
    let component = format!("{COMPONENT_PACKAGE}/{COMPONENT}");
    tree.replace(&component, "\"1.5.0\"", "\"1.4.8\"");
    assert_eq!(
        errors(tree.path()),
        [
            "FaceLivenessDetector.js says that it is 1.4.8, its package is 1.5.0; they must agree, get both again from one release"
        ]
    );

    for (code, result) in [
        ("const clientSDKversion = \"1.5.0\";", Ok(())),
        ("x={clientSDKversion:'1.5.0',y}", Ok(())),
        ("{\"clientSDKversion\":\"1.5.0\"}", Ok(())),
        ("clientSDKversion=`1.5.0`;f({clientSDKversion:e})", Ok(())),
        (
            "a.clientSDKversion=\"1.5.0\";b.clientSDKversion=\"1.4.8\"",
            Err(
                "FaceLivenessDetector.js names two versions of itself, 1.4.8 and 1.5.0; get it again from one release",
            ),
        ),
        (
            "clientSDKversion=\"one\"",
            Err(
                "no version: FaceLivenessDetector.js holds no `clientSDKversion`; get it again from its package, or name the version that you expect",
            ),
        ),
    ] {
        let tree = Tree::vendored("1.5.0");
        tree.write(COMPONENT, code);
        let found = Pins::scan(tree.path()).map(|pins| {
            assert_eq!(pins.version(), &Version::new(1, 5, 0), "{code}");
        });
        match result {
            Ok(()) => assert_eq!(found, Ok(()), "{code}"),
            Err(message) => assert_eq!(messages(&found.unwrap_err()), [message], "{code}"),
        }
    }

    // A caller who knows the version can say so, and is believed only where nothing else speaks.
    let tree = Tree::vendored("1.5.0");
    tree.write(COMPONENT, "export {}");
    let expecting = |version| Scan::new(tree.path()).expecting(version).run();
    let pins = expecting(Version::new(1, 5, 0)).unwrap();
    assert_eq!(pins.version(), &Version::new(1, 5, 0));
    tree.write(COMPONENT, "clientSDKversion='1.5.0'");
    assert_eq!(
        messages(&expecting(Version::new(1, 4, 8)).unwrap_err()),
        ["found version 1.5.0, expected 1.4.8; install the expected one or expect the other"]
    );
}

#[test]
fn everything_that_is_wrong_with_the_tree_is_said_at_once() {
    let tree = Tree::vendored("1.5.0");
    tree.remove(&format!("{ASSETS}/js/AzureAIVisionFace_SIMD.js"));
    tree.remove(&format!("{ASSETS}/js/AzureAIVisionFace.wasm"));
    tree.write(&format!("{ASSETS}/js/extra.js"), "alert(1)");
    tree.write(&format!("{ASSETS}/i18n/xx/en.json"), "");
    tree.write(&format!("{ASSETS}/images/caf\u{e9}.svg"), "<svg/>");
    tree.write(&format!("{ASSETS}/images/a b.svg"), "<svg/>");
    tree.write(&format!("{ASSETS}/a/b/c/d/e/f/g/h/i.json"), "{}");
    let mut found = errors(tree.path());
    found.sort();
    let a = "facelivenessdetector-assets";
    assert_eq!(
        found,
        [
            format!(
                "{a}/a/b/c/d/e/f/g/h: nested deeper than 8 folders, which the SDK never is; remove it"
            ),
            format!(
                "{a}/i18n/xx/en.json: empty, which no file of the SDK is; get the package again"
            ),
            format!(
                "{a}/images/a b.svg: the file name has characters other than ASCII letters, digits and `-._@+`, or ends in a dot; file systems treat such names differently, rename it"
            ),
            format!(
                "{a}/images/caf\\u{{e9}}.svg: the file name has characters other than ASCII letters, digits and `-._@+`, or ends in a dot; file systems treat such names differently, rename it"
            ),
            format!(
                "{a}/js/AzureAIVisionFace.wasm: wasm is missing; deploy the complete SDK: a browser chooses its engine at run time"
            ),
            format!(
                "{a}/js/AzureAIVisionFace_SIMD.js: engine is missing; deploy the complete SDK: a browser chooses its engine at run time"
            ),
            format!(
                "{a}/js/extra.js: not a file of the SDK; remove it: whatever lies in the SDK's folder is served"
            ),
        ]
    );
}

#[test]
fn a_package_holds_the_sdk_and_what_npm_puts_beside_it() {
    let tree = Tree::installed("1.5.0");
    let package = |path: &str| format!("{COMPONENT_PACKAGE}/{path}");
    tree.write(&package("README.md"), "read me");
    tree.write(&package("FaceLivenessDetector.d.ts"), "export {}");
    tree.write(&package("node_modules/other/index.js"), "0");
    Pins::scan(tree.path()).unwrap();
    tree.write(&package("postinstall.js"), "0");
    assert_eq!(
        errors(tree.path()),
        [
            "postinstall.js: not a file of the SDK; remove it: whatever lies in the SDK's folder is served"
        ]
    );
}

#[test]
fn folders_that_are_not_the_sdk_get_a_hint() {
    let tree = Tree::installed("1.5.0");
    let parent = tempfile::TempDir::new().unwrap();
    copy(tree.path(), &parent.path().join("web"));
    let name = parent.path().file_name().unwrap().to_str().unwrap();
    assert_eq!(
        errors(parent.path()),
        [format!(
            "{name}: contains no part of the SDK: no `node_modules/@azure/ai-vision-face-ui`, no `node_modules/azure-ai-vision-face-ui`, no `FaceLivenessDetector.js`, no `facelivenessdetector-assets`, no tarball (`.tgz`); did you mean its folder `web`?"
        )]
    );
    assert_eq!(
        errors(parent.path().join("nowhere")),
        [
            "nowhere: no such folder; give one that contains `node_modules`, the component next to its assets, or tarballs (`.tgz`)"
        ]
    );
    assert_eq!(
        errors(tree.join(&format!("{COMPONENT_PACKAGE}/{COMPONENT}"))),
        [
            "FaceLivenessDetector.js: not a folder; give one that contains `node_modules`, the component next to its assets, or tarballs (`.tgz`)"
        ]
    );
    let tarballs = tempfile::TempDir::new().unwrap();
    fs::write(tarballs.path().join("component.tgz"), "").unwrap();
    let name = tarballs.path().file_name().unwrap().to_str().unwrap();
    assert_eq!(
        errors(tarballs.path()),
        [format!(
            "{name}: contains tarballs, but nothing else of the SDK; unpack them, or let `visor` or `Scan::tarball` read them"
        )]
    );
    // Twice: one of them is served, and which isn't known.
    let vendored = Tree::vendored("1.5.0");
    let name = vendored.path().file_name().unwrap().to_str().unwrap();
    copy(tree.path(), vendored.path());
    assert_eq!(
        errors(vendored.path()),
        [
            format!(
                "component found twice, in node_modules/@azure/ai-vision-face-ui and in {name}; give only the folder that is served"
            ),
            format!(
                "assets found twice, in node_modules/@azure-ai-vision-face/ui-assets and in {name}; give only the folder that is served"
            ),
        ]
    );
    tree.write(&format!("{COMPONENT_PACKAGE}/package.json"), "{");
    tree.write(
        &format!("{ASSETS_PACKAGE}/package.json"),
        r#"{"name":"@azure-ai-vision-face/ui-assets","version":"^1.5.0"}"#,
    );
    let found = errors(tree.path());
    assert!(found[0].starts_with(
        "node_modules/@azure/ai-vision-face-ui/package.json: EOF while parsing an object"
    ));
    assert_eq!(
        found[1],
        "node_modules/@azure-ai-vision-face/ui-assets/package.json: version: byte 0: `^1.5.0` is not an exact version; write for example `1.5.0`, without a range, a tag or a `v`; get the package again"
    );
}

#[cfg(unix)]
#[test]
fn links_are_refused_except_those_of_pnpm() {
    use std::os::unix::fs::symlink;

    let tree = Tree::vendored("1.5.0");
    let engine = format!("{ASSETS}/js/AzureAIVisionFace.js");
    fs::rename(tree.join(&engine), tree.join("elsewhere.js")).unwrap();
    symlink(tree.join("elsewhere.js"), tree.join(&engine)).unwrap();
    symlink("/", tree.join(&format!("{ASSETS}/images/root"))).unwrap();
    let mut found = errors(tree.path());
    found.sort();
    assert_eq!(
        found,
        [
            "facelivenessdetector-assets/images/root: symbolic link; put the file itself there: a link can be pointed elsewhere without a trace",
            "facelivenessdetector-assets/js/AzureAIVisionFace.js: engine is missing; deploy the complete SDK: a browser chooses its engine at run time",
            "facelivenessdetector-assets/js/AzureAIVisionFace.js: symbolic link; put the file itself there: a link can be pointed elsewhere without a trace",
        ]
    );

    // pnpm links a package's folder to its store.
    let tree = Tree::installed("1.5.0");
    let store = "node_modules/.pnpm/component";
    fs::create_dir_all(tree.join("node_modules/.pnpm")).unwrap();
    fs::rename(tree.join(COMPONENT_PACKAGE), tree.join(store)).unwrap();
    symlink(tree.join(store), tree.join(COMPONENT_PACKAGE)).unwrap();
    let pins = Pins::scan(tree.path()).unwrap();
    assert!(pins.verify(tree.path()).is_ok());
    // A store that lies outside is not the folder that was given.
    let outside = tempfile::TempDir::new().unwrap();
    let target = outside.path().join("component");
    copy(&tree.join(store), &target);
    fs::remove_file(tree.join(COMPONENT_PACKAGE)).unwrap();
    symlink(&target, tree.join(COMPONENT_PACKAGE)).unwrap();
    assert_eq!(
        errors(tree.path())[0],
        "node_modules/@azure/ai-vision-face-ui: leads out of the folder that was given; give the folder that holds its target"
    );
}

#[test]
fn packages_below_js_are_found_with_or_without_their_package_json() {
    let tree = Tree::installed("1.5.0");
    let expected = Pins::scan(tree.path()).unwrap();
    for named in [true, false] {
        let copied = Tree::empty();
        let component = "js/@azure/ai-vision-face-ui";
        copy(&tree.join(COMPONENT_PACKAGE), &copied.join(component));
        copy(
            &tree.join(&format!("{ASSETS_PACKAGE}/{ASSETS}")),
            &copied.join(ASSETS),
        );
        if !named {
            copied.remove(&format!("{component}/package.json"));
        }
        // What else is there is the application's.
        copied.write(
            "js/app.js",
            "import './@azure/ai-vision-face-ui/FaceLivenessDetector.js'",
        );
        let pins = Pins::scan(copied.path()).unwrap();
        assert_eq!(pins, expected, "{named}");
        pins.verify(copied.path()).unwrap();
        // Twice is once too often.
        copied.write(COMPONENT, copied.read(&format!("{component}/{COMPONENT}")));
        assert_eq!(errors(copied.path()).len(), 1, "{named}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_differ_in_case_only_collide() {
    let tree = Tree::vendored("1.5.0");
    tree.write(&format!("{ASSETS}/images/LOGO.svg"), "<svg/>");
    tree.write(&format!("{ASSETS}/I18N/en.json"), "{}");
    assert_eq!(
        errors(tree.path()),
        [
            "facelivenessdetector-assets/I18N/en.json: not a file of the SDK; remove it: whatever lies in the SDK's folder is served",
            "facelivenessdetector-assets/images/LOGO.svg and facelivenessdetector-assets/images/logo.svg: the same name on file systems that ignore case; remove one",
        ]
    );
}
