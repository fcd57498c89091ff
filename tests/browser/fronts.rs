//! Front ends that nobody here wrote, as npm and `PyPI` have them: they do on a guarded page what they do
//! without one, with what the team declares and nothing changed in them.
//!
//! Which they are is in `fronts/rows.rs`, and how they are built in `fronts/build.rs`.

mod build;
mod rows;

use std::path::Path;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::http::{StatusCode, Uri};
use axum::response::IntoResponse as _;
use tower_visor::app::AppFiles;
use tower_visor::csp::DirectiveName;
use tower_visor::pins::Pins;
use tower_visor::policy::{Document, Isolation, Resource};
use tower_visor::sdk::Endpoint;
use tower_visor::site::Site;

use crate::chromium::Chromium;
use crate::page::Page;
use crate::serve;
use crate::vite::is_skipped;
use rows::{FRONTS, Front, REFUSED, Refused, Says, documented};

const SDK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.5.0");

/// Serves the files as any static server does.
async fn bare(folder: &Path) -> String {
    let files = AppFiles::read(folder, "/").unwrap();
    let answer = move |uri: Uri| async move {
        let path = match uri.path() {
            path if path.ends_with('/') => format!("{path}index.html"),
            path => path.to_owned(),
        };
        let kind = AppFiles::content_type(&path).unwrap_or("application/octet-stream");
        match files.get(&path) {
            Some(bytes) => ([(CONTENT_TYPE, kind)], bytes.to_vec()).into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        }
    };
    serve(Router::new().fallback(answer)).await
}

/// The same files in a site with the SDK; gives what is said at the start, too.
async fn guarded(folder: &Path, says: &'static [Says]) -> (String, Vec<String>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let mut document = Document::new(&origin).unwrap();
    let mut site = Site::pinned(SDK, Pins::scan(SDK).unwrap()).app(folder);
    for say in says {
        match *say {
            Says::Shows(url) => document = document.loads(Resource::Image, url),
            Says::Loads(path) => document = document.loads(Resource::Script, path),
            Says::Without(name) => site = site.without(name),
            _ => {}
        }
    }
    let site = site.policy(move |policy| {
        says.iter().fold(policy, |policy, say| {
            let (directive, source) = match *say {
                Says::Attributes => (DirectiveName::StyleSrcAttr, "'unsafe-hashes'"),
                Says::AnyAttribute => (DirectiveName::StyleSrcAttr, "'unsafe-inline'"),
                Says::Handlers => (DirectiveName::ScriptSrcAttr, "'unsafe-hashes'"),
                Says::AnyStyle => (DirectiveName::StyleSrc, "'unsafe-inline'"),
                Says::Policy(name) => (DirectiveName::TrustedTypes, name),
                Says::Shows(_) => return policy.isolation(Isolation::Credentialless),
                Says::Loads(_) | Says::Without(_) => return policy,
            };
            let reason = "the front end is another's".parse().unwrap();
            policy.dangerous().allow(directive, source, reason)
        })
    });
    let site = site.load(
        document,
        Endpoint::local_test("http://127.0.0.1:9").unwrap(),
    );
    let site = site.unwrap_or_else(|errors| panic!("{}: {errors}", folder.display()));
    let said = site.warnings().iter().map(ToString::to_string).collect();
    let served =
        axum::ServiceExt::<axum::extract::Request>::into_make_service(site.around(Router::new()));
    tokio::spawn(async move { axum::serve(listener, served).await });
    (origin, said)
}

/// What a visitor sees: the text, also in shadow trees, and how each element looks.
const LOOK: &str = "(() => { const seen = [];
    const walk = (node) => {
      if (node.nodeType === 3) return void seen.push(node.nodeValue.trim());
      if (/^(SCRIPT|STYLE|NOSCRIPT|TEMPLATE)$/.test(node.tagName)) return;
      if (node.nodeType === 1) {
        const { display, color, backgroundColor, fontSize } = getComputedStyle(node);
        seen.push(`<${node.tagName} ${display} ${color} ${backgroundColor} ${fontSize}>`);
      }
      if (node.shadowRoot) walk(node.shadowRoot);
      node.childNodes.forEach(walk);
    };
    walk(document.body);
    return seen.filter(Boolean).join('\\n').replaceAll(location.origin, 'ORIGIN') })()";

/// What is seen once nothing moves any more.
async fn look(page: &Page) -> String {
    let mut last = String::new();
    let mut same = 0;
    for _ in 0..100 {
        let seen = page.eval::<String>(LOOK).await.unwrap_or_default();
        same = if seen == last { same + 1 } else { 0 };
        if same > 4 {
            break;
        }
        last = seen;
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    last
}

struct Seen {
    before: String,
    after: String,
    said: Vec<String>,
    refused: String,
}

async fn visit(page: &Page, origin: &str, front: &Front) -> Seen {
    page.goto(&format!("{origin}{}", front.page)).await;
    page.wait_for(front.ready).await;
    let before = look(page).await;
    page.eval::<serde_json::Value>(&format!(
        "void ({})",
        Some(front.does).filter(|js| !js.is_empty()).unwrap_or("0")
    ))
    .await
    .unwrap();
    let after = look(page).await;
    let lines = page.console().await.into_iter();
    let said = lines
        .filter(|line| line.level == "error" || line.level == "warning")
        .map(|line| line.text.replace(origin, "ORIGIN"))
        // Advice about frames, which the page is not.
        .filter(|text| !text.contains("can escape its sandboxing"))
        .collect();
    let refused = "JSON.stringify(window.visorRefused ?? [])";
    Seen {
        before,
        after,
        said,
        refused: page.eval(refused).await.unwrap(),
    }
}

#[tokio::test]
async fn front_ends_of_others_do_what_they_do_without_a_guard() {
    if is_skipped() {
        return;
    }
    let Some(browser) = Chromium::launch(&[]).await else {
        return;
    };
    let folder = build::build();
    let told = include_str!("../../docs/bundlers.md");
    let mut wrong = Vec::new();
    for front in FRONTS {
        let row = documented(front.name, front.says);
        if !told.contains(&row) {
            wrong.push(format!("docs/bundlers.md lacks {row}"));
        }
        let files = folder.join(front.files);
        let alone = visit(&browser.page().await, &bare(&files).await, front).await;
        assert!(!alone.before.is_empty(), "{}", front.name);
        let changes = alone.before != alone.after;
        assert_eq!(changes, !front.does.is_empty(), "{}", front.name);
        let (origin, said) = guarded(&files, front.says).await;
        let seen = visit(&browser.page().await, &origin, front).await;
        let more = seen.said.iter().filter(|text| !alone.said.contains(text));
        let more: Vec<_> = more.collect();
        let name = front.name;
        if seen.before != alone.before || seen.after != alone.after {
            wrong.push(format!(
                "{name}: another look:\n{}\n--- and not\n{}",
                seen.after, alone.after
            ));
        }
        if !more.is_empty() || seen.refused != "[]" {
            wrong.push(format!("{name}: {more:?} {} {said:?}", seen.refused));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    for Refused {
        name,
        files,
        says,
        script,
    } in REFUSED
    {
        let (_, said) = guarded(&folder.join(files), says).await;
        let is_said =
            |line: &&String| line.contains(script) && line.contains("`Function` with text");
        assert!(said.iter().any(|line| is_said(&line)), "{name}: {said:?}");
        let row = format!("| {name} | refused: it makes code of text |");
        assert!(told.contains(&row), "docs/bundlers.md lacks {row}");
    }
}
