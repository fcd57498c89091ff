//! What a compiled page holds, and its policy.

use tower_visor::page::Page;
use tower_visor::policy::{HostKind, Policy, Resource};
use tower_visor::response::ResponseClass;
use tower_visor::sri::{Algorithm, Digest};

use super::{app, compile};
use crate::support::{document, pinned, pins, sdk};

fn digest(bytes: &[u8]) -> String {
    Digest::of(Algorithm::Sha384, bytes).to_string()
}

/// The page without guard, import map and preload, and where they stand.
fn rest(page: &Page) -> (usize, String, String) {
    let html = page.html();
    let map = "<script type=\"importmap\">";
    let start = html.find(map).expect("the map");
    let (text, after) = html[start + map.len()..].split_once("</script>").unwrap();
    // The guard has modules loaded, and an import map counts only before that.
    let guard = after.strip_prefix("<script>((").expect("the guard");
    let (_, after) = guard.split_once("</script>").unwrap();
    let after = after.strip_prefix(&preload()).unwrap_or(after);
    (start, text.to_owned(), format!("{}{after}", &html[..start]))
}

/// The tag that loads the component ahead.
fn preload() -> String {
    let component = pins("/").file("FaceLivenessDetector.js").unwrap().digest();
    format!(
        "<link rel=\"modulepreload\" href=\"/FaceLivenessDetector.js\" integrity=\"{component}\" crossorigin=\"anonymous\">"
    )
}

fn csp(page: &Page) -> String {
    let headers = page
        .policy()
        .headers(ResponseClass::Document, HostKind::Named);
    headers["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned()
}

fn directive(page: &Page, name: &str) -> Vec<String> {
    let csp = csp(page);
    let found = csp
        .split("; ")
        .find_map(|d| d.strip_prefix(name)?.strip_prefix(' '));
    found
        .unwrap_or_else(|| panic!("no {name} in {csp}"))
        .split(' ')
        .map(str::to_owned)
        .collect()
}

#[test]
fn pinned_files_get_their_integrity() {
    let (script, style) = (digest(b"import './words.js'"), digest(b"p { margin: 0 }"));
    let pins = pins("/");
    let component = pins.file("FaceLivenessDetector.js").unwrap().digest();
    for (html, expected) in [
        (
            "<script type=module src=app.js></script>",
            format!(
                "<script integrity=\"{script}\" crossorigin=\"anonymous\" type=module src=app.js></script>"
            ),
        ),
        (
            "<SCRIPT\n  SRC='./a/../app.js?v=2#x'\n  crossorigin></SCRIPT>",
            format!(
                "<SCRIPT integrity=\"{script}\"\n  SRC='./a/../app.js?v=2#x'\n  crossorigin></SCRIPT>"
            ),
        ),
        (
            "<link rel=modulepreload href=\"https://liveness.contoso.example/FaceLivenessDetector.js\">",
            format!(
                "<link integrity=\"{component}\" crossorigin=\"anonymous\" rel=modulepreload href=\"https://liveness.contoso.example/FaceLivenessDetector.js\">"
            ),
        ),
        (
            "<link rel='alternate StyleSheet' href='//liveness.contoso.example/app.css'>",
            format!(
                "<link integrity=\"{style}\" crossorigin=\"anonymous\" rel='alternate StyleSheet' href='//liveness.contoso.example/app.css'>"
            ),
        ),
        // A template's content runs when it is cloned.
        (
            "<template><script src=/app.js></script></template>",
            format!(
                "<template><script integrity=\"{script}\" crossorigin=\"anonymous\" src=/app.js></script></template>"
            ),
        ),
        // Neither do these run, nor are they touched.
        (
            "<!-- <script src=app.js> --><textarea><script src=app.js></textarea>",
            "<!-- <script src=app.js> --><textarea><script src=app.js></textarea>".to_owned(),
        ),
        (
            "<script type=text/template src=app.js></script>",
            "<script type=text/template src=app.js></script>".to_owned(),
        ),
    ] {
        let page = compile(html).unwrap_or_else(|faults| panic!("{html}: {faults:?}"));
        assert_eq!(rest(&page).2, expected);
    }
}

#[test]
fn the_component_is_preloaded_once() {
    for (html, once) in [
        ("", true),
        ("<script type=module src=app.js></script>", true),
        (
            "<link rel=modulepreload href=FaceLivenessDetector.js>",
            false,
        ),
        (
            "<script type=module src=/FaceLivenessDetector.js></script>",
            false,
        ),
    ] {
        let page = compile(html).unwrap();
        let follows = format!("</script>{}", preload());
        assert_eq!(page.html().contains(&follows), once, "{html}");
    }
}

#[test]
fn the_guard_is_the_first_script() {
    for (html, before) in [
        (
            "<!doctype html>\n<html lang=en>\n<head><meta charset=utf-8>",
            "<!doctype html>\n<html lang=en>\n<head>",
        ),
        (
            "<!DOCTYPE html><!-- c --><title>t</title>",
            "<!DOCTYPE html>",
        ),
        ("<html><script>1</script><head>", "<html>"),
        ("hello<head>", ""),
        ("</p><head>", ""),
        ("", ""),
        ("\u{feff}<!doctype html><p>", "<!doctype html>"),
    ] {
        let page = compile(html).unwrap();
        let (start, ..) = rest(&page);
        assert_eq!(&page.html()[..start], before, "{html}");
    }
}

#[test]
fn the_import_map_is_merged() {
    let words = digest(b"export {}");
    let html = format!(
        "<head><script type=importmap>\n{{\"imports\": {{\"w\": \"./words.js\", \"</x\": \"/\"}}, \"integrity\": {{\"words.js\": \"{words}\"}}}}\n</script><p>"
    );
    let page = compile(&html).unwrap();
    let (_, text, rest) = rest(&page);
    assert_eq!(rest, "<head><p>");
    // What can be imported: scripts, JSON, style sheets, text and WebAssembly.
    let map: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        map["imports"],
        serde_json::json!({
            "</x": "/",
            "@azure/ai-vision-face-ui": "/FaceLivenessDetector.js",
            "@azure/ai-vision-face-ui/FaceLivenessDetector.js": "/FaceLivenessDetector.js",
            "azure-ai-vision-face-ui": "/FaceLivenessDetector.js",
            "azure-ai-vision-face-ui/FaceLivenessDetector.js": "/FaceLivenessDetector.js",
            "w": "./words.js",
        })
    );
    let integrity = map["integrity"].as_object().unwrap();
    let pins = pins("/");
    for (path, digest) in [
        ("/app.js", digest(b"import './words.js'")),
        ("/words.js", words),
    ] {
        assert_eq!(integrity[path], digest);
    }
    for file in pins.files() {
        let is_there = !file.path().contains("/images/")
            && !file.path().contains("AzureAIVisionFace")
            || file.path().contains(".wasm");
        let found = integrity.get(file.url()).and_then(|digest| digest.as_str());
        assert_eq!(
            found.map(str::to_owned),
            is_there.then(|| file.digest().to_string()),
            "{}",
            file.url()
        );
    }
    assert!(directive(&page, "script-src").contains(&format!("'{}'", digest(text.as_bytes()))));
}

#[test]
fn the_policy_holds_hashes_only() {
    let html = "<head><script>first()\r\n</script><script type=module>second()</script>\
        <script type=application/json>{}</script><style>p { color: red }\r</style>\
        <svg><style>path { fill: red }</style></svg>";
    let page = compile(html).unwrap();
    let scripts = directive(&page, "script-src");
    let pins = pins("/");
    let sdk = pins
        .files()
        .iter()
        .filter(|file| file.content_type().starts_with("text/javascript"));
    let mut expected: Vec<String> = sdk.map(|file| file.digest().to_string()).collect();
    assert_eq!(expected.len(), 3);
    let body = page.html();
    let guard = body.split_once("<script>").unwrap().1;
    let guard = guard.split_once("</script>").unwrap().0;
    for text in [
        guard,
        &rest(&page).1,
        "first()\n",
        "second()",
        "import './words.js'",
        "export {}",
    ] {
        expected.push(digest(text.as_bytes()));
    }
    let mut expected: Vec<String> = expected.iter().map(|hash| format!("'{hash}'")).collect();
    expected.push("'wasm-unsafe-eval'".to_owned());
    expected.sort();
    let mut found = scripts;
    found.sort();
    assert_eq!(
        found, expected,
        "no URL, no 'self', no nonce, and every hash"
    );

    let styles = directive(&page, "style-src");
    for text in ["p { color: red }\n", "path { fill: red }"] {
        assert!(
            styles.contains(&format!("'{}'", digest(text.as_bytes()))),
            "{styles:?}"
        );
    }
    assert_eq!(directive(&page, "require-trusted-types-for"), ["'script'"]);
    assert_eq!(directive(&page, "trusted-types"), ["default"]);
    let headers = page
        .policy()
        .headers(ResponseClass::Document, HostKind::Local);
    assert_eq!(headers["integrity-policy"], "blocked-destinations=(script)");
}

#[test]
fn an_integrity_that_the_page_has_is_kept_and_allowed() {
    let own = Digest::of(Algorithm::Sha512, b"import './words.js'");
    let page = compile(&format!("<script src=app.js integrity='{own}'></script>")).unwrap();
    assert_eq!(
        rest(&page).2,
        format!("<script crossorigin=\"anonymous\" src=app.js integrity='{own}'></script>")
    );
    assert!(directive(&page, "script-src").contains(&format!("'{own}'")));
}

#[test]
fn a_page_below_a_path_means_its_own_files() {
    let pins = pins("/check/");
    let verified = pins.verify(sdk("1.5.0")).unwrap();
    let files = tower_visor::app::AppFiles::new()
        .file("/check/app.js", "1")
        .unwrap();
    let document = tower_visor::policy::Document::new(crate::support::ORIGIN).unwrap();
    let page = Page::builder("<script src=app.js></script>")
        .app_files(files)
        .compile(&verified, &pinned(document, &pins))
        .unwrap();
    assert!(page.html().contains(&digest(b"1")));
    assert!(
        page.html()
            .contains("\"/check/facelivenessdetector-assets/\"")
    );
    assert!(page.html().contains("\"/check/FaceLivenessDetector.js\":"));
}

#[test]
fn reports_go_to_the_endpoint_of_the_policy() {
    let pins = pins("/");
    let verified = pins.verify(sdk("1.5.0")).unwrap();
    let reporting = |policy: Policy| policy.reporting("visor", "https://reports.example/in?page=1");
    let policy = reporting(pinned(document(), &pins));
    let page = Page::builder("")
        .app_files(app())
        .compile(&verified, &policy)
        .unwrap();
    assert!(
        page.html()
            .contains("\"https://reports.example/in?page=1\"")
    );
    assert!(directive(&page, "connect-src").contains(&"https://reports.example/in".to_owned()));
    let headers = page
        .policy()
        .headers(ResponseClass::Document, HostKind::Named);
    assert_eq!(
        headers["integrity-policy"],
        "blocked-destinations=(script), endpoints=(visor)"
    );
}

#[test]
fn the_sites_own_policy_stays_as_it_was() {
    let pins = pins("/");
    let policy = pinned(document().loads(Resource::Image, "/a.png"), &pins);
    let before = policy.compile().unwrap();
    let verified = pins.verify(sdk("1.5.0")).unwrap();
    let page = Page::builder("")
        .app_files(app())
        .compile(&verified, &policy)
        .unwrap();
    assert_eq!(policy.compile().unwrap(), before);
    assert_ne!(page.policy(), before);
    // What the page may do is said once: all but scripts and styles is the same.
    assert_eq!(
        directive(&page, "img-src")[0],
        "https://liveness.contoso.example/a.png"
    );
}
