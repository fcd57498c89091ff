//! What a bundler made, as what a page loads.

use tower_visor::app::AppFiles;
use tower_visor::bundle::ViteManifest;
use tower_visor::policy::{Document, HostKind, Policy};
use tower_visor::response::ResponseClass;

fn csp(page: Document) -> String {
    let compiled = Policy::document(page).compile().unwrap();
    let headers = compiled.headers(ResponseClass::Document, HostKind::Named);
    headers["content-security-policy"].to_str().unwrap().into()
}

fn document() -> Document {
    Document::new("https://a.example").unwrap()
}

#[test]
fn each_file_is_named_as_what_it_is() {
    let names = [
        "/index.html",
        "/assets/index-B1.js",
        "/assets/index-B1.js.map",
        "/assets/index-D3.css",
        "/assets/logo-C4.svg",
        "/assets/inter-E5.woff2",
        "/assets/clip-F6.mp4",
        "/assets/words-G7.json",
        "/app.webmanifest",
        "/terms.pdf",
        "/robots.txt",
    ];
    let files = names.into_iter().fold(AppFiles::new(), |files, name| {
        files.file(name, "x").unwrap()
    });
    assert_eq!(
        csp(document().loads_files(&files)),
        "default-src 'none'; script-src https://a.example/assets/index-B1.js; style-src https://a.example/assets/index-D3.css; img-src https://a.example/assets/logo-C4.svg; connect-src https://a.example/assets/words-G7.json; font-src https://a.example/assets/inter-E5.woff2; media-src https://a.example/assets/clip-F6.mp4; manifest-src https://a.example/app.webmanifest; worker-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; upgrade-insecure-requests"
    );
}

#[test]
fn a_manifest_names_what_the_folder_holds() {
    let json = r#"{
        "_shared-A1.js": { "file": "assets/shared-A1.js", "name": "shared" },
        "index.html": {
            "file": "assets/index-B2.js", "isEntry": true, "imports": ["_shared-A1.js"],
            "css": ["assets/index-C3.css"], "assets": ["assets/logo-D4.svg"]
        },
        "src/later.js": { "file": "assets/later-E5.js", "isDynamicEntry": true },
        "logo.svg": { "file": "assets/logo-D4.svg", "src": "logo.svg" }
    }"#;
    let manifest = ViteManifest::from_json(json, "/shop/").unwrap();
    let found: Vec<_> = manifest.files().collect();
    let names = [
        "index-B2.js",
        "index-C3.css",
        "later-E5.js",
        "logo-D4.svg",
        "shared-A1.js",
    ];
    let names = names.map(|name| format!("/shop/assets/{name}"));
    assert_eq!(found, names);
    let files = names.into_iter().fold(AppFiles::new(), |files, name| {
        files.file(name, "x").unwrap()
    });
    assert_eq!(
        csp(document().loads_bundle(&manifest)),
        csp(document().loads_files(&files))
    );
}

#[test]
fn what_is_no_manifest_says_so() {
    let told = |json: &str, base: &str| -> Vec<String> {
        let errors = ViteManifest::from_json(json, base).unwrap_err();
        errors.iter().map(ToString::to_string).collect()
    };
    assert_eq!(
        told("{}", "shop"),
        ["shop: not a path of a folder: write it with a slash at both ends, such as `/app/`"]
    );
    assert_eq!(
        told("{\n\"a\": }", "/"),
        [
            "line 2, column 6: not JSON: give the file that Vite writes with `build.manifest`, `dist/.vite/manifest.json`"
        ]
    );
    for other in ["[]", "{\"src/a.js\": [\"/assets/a.js\"]}"] {
        assert_eq!(
            told(other, "/"),
            [
                "not Vite's manifest: it is a table of files; give `dist/.vite/manifest.json`, not `ssr-manifest.json`"
            ]
        );
    }
    assert_eq!(
        told(
            r#"{"a.js": {"src": "a.js"}, "b.js": {"file": "b.js", "css": "b.css"}, "c.js": {"file": "c.js", "assets": [1]}}"#,
            "/"
        ),
        [
            "a.js: no `file` that names a file: build again with Vite 5 or later",
            "b.js: no `css` that names a file: build again with Vite 5 or later",
            "c.js: no `assets` that names a file: build again with Vite 5 or later",
        ]
    );
    // What it names is checked as any place is.
    let odd = ViteManifest::from_json(r#"{"a": {"file": "assets/a b.js"}}"#, "/").unwrap();
    let errors = Policy::document(document().loads_bundle(&odd)).compile();
    assert_eq!(
        errors.unwrap_err().to_string(),
        "script-src: `/assets/a b.js`, byte 9: ` ` isn't allowed in a path; write it as `%20`"
    );
}
