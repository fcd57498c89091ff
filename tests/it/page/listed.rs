//! A page whose folder has more scripts than its policy has room for.

use std::fmt::Write as _;

use tower_visor::app::AppFiles;
use tower_visor::csp::DirectiveName;
use tower_visor::page::{Page, PageBuilder};
use tower_visor::policy::{Document, HostKind, Policy, Resource};
use tower_visor::response::ResponseClass;
use tower_visor::sri::{Algorithm, Digest};

use crate::support::{pinned, pins, sdk};

fn document() -> Document {
    Document::new("https://liveness.contoso.example").unwrap()
}

/// 200 scripts that nothing names, below `/pack/`.
fn many() -> AppFiles {
    (0..200).fold(AppFiles::new(), |files, n| {
        files.file(format!("/pack/{n}.js"), n.to_string()).unwrap()
    })
}

fn page(
    html: &str,
    app: AppFiles,
    document: Document,
    change: impl Fn(Policy) -> Policy,
) -> Result<Page, Vec<String>> {
    let pins = pins("/");
    let verified = pins.verify(sdk("1.5.0")).unwrap();
    let builder: PageBuilder = Page::builder(html).app_files(app);
    let policy = change(pinned(document, &pins));
    let page = builder.compile(&verified, &policy);
    page.map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

fn allows(page: &Page, text: &str) -> bool {
    let policy = page.policy();
    let headers = policy.headers(ResponseClass::Document, HostKind::Named);
    let csp = headers["content-security-policy"].to_str().unwrap();
    let digest = Digest::of(Algorithm::Sha384, text.as_bytes());
    csp.contains(&digest.to_string())
}

fn said(page: &Page) -> Vec<String> {
    page.warnings().iter().map(ToString::to_string).collect()
}

const UNLISTED: &str = "the policy has no room for the hashes of all scripts, so";

#[test]
fn scripts_that_no_code_names_are_refused_and_said() {
    let app = many()
        .file(
            "/app.js",
            "load('modules/first'); s.src = '/pack/7.js'; import('./second.js')",
        )
        .unwrap()
        .file("/modules/first.js", "'third.js'")
        .unwrap()
        .file("/second.js", "2")
        .unwrap()
        .file("/modules/third.js", "3")
        .unwrap()
        .file("/modules/second.js", "not what is imported")
        .unwrap();
    let html =
        "<!doctype html><script src=app.js></script><script>start('/pack/8.js?v=1')</script>";
    let page = page(html, app, document(), |policy| policy).unwrap();
    for text in ["7", "'third.js'", "2", "3", "8"] {
        assert!(allows(&page, text), "{text}");
    }
    for text in ["0", "199", "not what is imported"] {
        assert!(!allows(&page, text), "{text}");
    }
    assert_eq!(
        said(&page),
        [
            format!(
                "/modules/: {UNLISTED} 1 in this folder that no code names are refused: if a page loads one of them by a name that it puts together, name that file, or its folder, in the policy (`scripts`, `Resource::Script`)"
            ),
            format!(
                "/pack/: {UNLISTED} 198 in this folder that no code names are refused: if a page loads one of them by a name that it puts together, name that file, or its folder, in the policy (`scripts`, `Resource::Script`)"
            ),
        ]
    );
}

#[test]
fn the_policy_names_those_whose_names_are_put_together() {
    let html = "<!doctype html><script src=app.js></script>";
    let app = many().file("/app.js", "load(1 + '.js')").unwrap();
    let app = app.file("/more/a.js", "a").unwrap();
    let document = document()
        .loads(Resource::Script, "/pack/1.js")
        .loads(Resource::Script, "/more/");
    let page = page(html, app, document, |policy| policy).unwrap();
    assert!(allows(&page, "1") && allows(&page, "a") && !allows(&page, "2"));
    assert_eq!(said(&page), [""; 0]);
}

#[test]
fn where_there_is_room_all_are_allowed() {
    let files = (0..20).fold(AppFiles::new(), |files, n| {
        files.file(format!("/pack/{n}.js"), n.to_string()).unwrap()
    });
    let page = page("<!doctype html>", files, document(), |policy| policy).unwrap();
    assert!(allows(&page, "0") && allows(&page, "19"));
    assert_eq!(said(&page), [""; 0]);
}

#[test]
fn more_than_fit_take_an_exception_for_their_folder_and_keep_their_digests() {
    let mut code = String::new();
    for n in 0..200 {
        write!(code, "import './pack/{n}.js';").unwrap();
    }
    let html = "<!doctype html><script type=module src=app.js></script>";
    let app = || many().file("/app.js", code.as_str()).unwrap();
    let faults = page(html, app(), document(), |policy| policy).unwrap_err();
    let [fault] = &faults[..] else {
        panic!("{faults:?}");
    };
    assert!(
        fault.ends_with(
            "where each script that the page names has a hash (200 are in `/pack/`): bundle them, \
             leave out those that no page needs (`SiteBuilder::without`, `--without FOLDER/`), or have a folder's \
             allowed by its URL with an exception (`dangerous().allow(..)`) for \
             `https://liveness.contoso.example/pack/` in script-src; their digests are still checked"
        ),
        "{fault}"
    );
    let allowed = page(html, app(), document(), |policy| {
        policy.dangerous().allow(
            DirectiveName::ScriptSrc,
            "https://liveness.contoso.example/pack/",
            "it isn't bundled, LIV-5".parse().unwrap(),
        )
    });
    let page = allowed.unwrap();
    assert!(!allows(&page, "0") && allows(&page, &code));
    // The import map has them.
    let digest = Digest::of(Algorithm::Sha384, b"199");
    assert!(
        page.html()
            .contains(&format!("\"/pack/199.js\":\"{digest}\""))
    );
}
