//! Front ends that nobody here wrote, as npm and `PyPI` have them: they do on a guarded page what they do
//! without one, with what the team declares and nothing changed in them.
//!
//! What is made of them is in `target/`, by the versions here and the lock files in `fronts/`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::http::{StatusCode, Uri};
use axum::response::IntoResponse as _;
use tower_visor::app::AppFiles;
use tower_visor::csp::DirectiveName;
use tower_visor::pins::Pins;
use tower_visor::policy::{Document, Resource};
use tower_visor::sdk::Endpoint;
use tower_visor::site::Site;

use crate::chromium::Chromium;
use crate::page::Page;
use crate::serve;
use crate::vite::{copy, is_skipped, run};

const SDK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.5.0");
const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser/fronts");

/// What the team says in its policy, each with a reason.
#[derive(Clone, Copy)]
enum Says {
    /// `style` attributes of the pages count by their hashes.
    Attributes,
    /// All `style` attributes do: a library writes them at run time.
    AnyAttribute,
    /// So do `<style>` elements.
    AnyStyle,
    /// Fonts in style sheets.
    DataFonts,
    /// A library makes its Trusted Types policy.
    Policy(&'static str),
    /// A URL that scripts fetch.
    Fetches(&'static str),
    /// What no page needs.
    Without(&'static str),
}
use Says::{AnyAttribute, AnyStyle, Attributes, DataFonts, Fetches, Policy, Without};

struct Front {
    name: &'static str,
    /// Its files, below the folder of all that is built.
    files: &'static str,
    says: &'static [Says],
    page: &'static str,
    /// It has come as far as it comes by itself.
    ready: &'static str,
    /// What a visitor does; the page is another one afterwards. Nothing, where there is nothing to do.
    does: &'static str,
}

const CLICK: &str = "document.querySelector('button').click()";

const FRONTS: &[Front] = &[
    vite("React", "vite/react/dist", &[]),
    vite("Vue", "vite/vue/dist", &[Policy("vue")]),
    vite(
        "Svelte",
        "vite/svelte/dist",
        &[Policy("svelte-trusted-html")],
    ),
    vite("Solid", "vite/solid/dist", &[]),
    Front {
        name: "Lit",
        files: "vite/lit/dist",
        says: &[Policy("lit-html")],
        page: "/",
        ready: "document.querySelector('my-element').shadowRoot.querySelector('button')",
        does: "document.querySelector('my-element').shadowRoot.querySelector('button').click()",
    },
    Front {
        name: "Next.js",
        files: "next/out",
        says: &[Attributes, Policy("nextjs"), Policy("nextjs#bundler")],
        page: "/",
        ready: "document.body.innerText.includes('Hello')",
        does: "",
    },
    Front {
        name: "swagger-ui-dist",
        files: "packed/swagger-ui-dist",
        says: &[Policy("dompurify")],
        page: "/",
        ready: "document.querySelector('.opblock-summary-control')",
        does: "document.querySelector('.opblock-summary-control').click()",
    },
    Front {
        name: "reveal.js",
        files: "packed/reveal.js",
        says: &[Without("demo.html"), DataFonts, AnyStyle],
        page: "/",
        ready: "document.querySelector('.navigate-right.enabled')",
        does: "document.querySelector('.navigate-right').click()",
    },
    Front {
        name: "docsify",
        files: "packed/docsify",
        says: &[
            Fetches("/README.md"),
            Fetches("/page.md"),
            Without("src/"),
            Without("dist/plugins/"),
        ],
        page: "/",
        ready: "document.querySelector('h1')",
        does: "location.hash = '#/page'",
    },
    Front {
        name: "mkdocs-material",
        files: "mkdocs",
        says: &[],
        page: "/",
        ready: "document.querySelector('h1')",
        does: "document.querySelector('article a[href*=kiwi]').click()",
    },
    sphinx(
        "sphinx-rtd-theme, with jQuery",
        "sphinx/sphinx_rtd_theme",
        &[KIWI],
    ),
    sphinx("furo", "sphinx/furo", &[KIWI, Attributes]),
    sphinx("alabaster", "sphinx/alabaster", &[KIWI, AnyAttribute]),
    sphinx(
        "pydata-sphinx-theme, with Bootstrap",
        "sphinx/pydata_sphinx_theme",
        &[
            KIWI,
            Attributes,
            AnyStyle,
            Without("_static/webpack-macros.html"),
        ],
    ),
];

/// A template of create-vite: a page with a counter.
const fn vite(name: &'static str, files: &'static str, says: &'static [Says]) -> Front {
    Front {
        name,
        files,
        says,
        page: "/",
        ready: "document.querySelector('button')",
        does: CLICK,
    }
}

/// What a search of Sphinx fetches: the page that it found.
const KIWI: Says = Fetches("/kiwi.html");

/// A theme of Sphinx: the search finds the page about fruit. (Behind the link Sphinx adds one that is a
/// `javascript:` URL, to hide what was found, and that one is refused.)
const fn sphinx(name: &'static str, files: &'static str, says: &'static [Says]) -> Front {
    Front {
        name,
        files,
        says,
        page: "/",
        ready: "document.querySelector('h1')",
        does: "location.href = 'search.html?q=fruit'",
    }
}

/// Those that make code of text: no page with the SDK lets them.
const REFUSED: [(&str, &[Says], &str); 3] = [
    (
        "packed/alpinejs",
        &[Without("src/"), Without("builds/")],
        "/dist/cdn.min.js",
    ),
    ("packed/knockout", &[], "/build/output/knockout-latest.js"),
    ("tiddlywiki", &[Attributes], "the inline script"),
];

/// npm's packages that are front ends as they are.
const PACKED: [(&str, &str); 6] = [
    ("swagger-ui-dist", "5.35.0"),
    ("reveal.js", "6.0.2"),
    ("docsify", "5.0.0"),
    ("alpinejs", "3.17.5"),
    ("knockout", "3.5.3"),
    ("tiddlywiki", "5.4.1"),
];

const PYTHON: [&str; 6] = [
    "mkdocs-material==9.8.2",
    "sphinx==9.0.4",
    "sphinx-rtd-theme==3.1.0",
    "furo==2025.12.19",
    "pydata-sphinx-theme==0.24.0",
    "alabaster==1.0.0",
];

/// Builds all of them where an earlier run didn't; gives the folder.
fn build() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fronts");
    let done = folder.join("done");
    let wanted = format!(
        "{PACKED:?}{PYTHON:?}{}{}",
        include_str!("fronts/vite/package-lock.json"),
        include_str!("fronts/next/package-lock.json")
    );
    if fs::read_to_string(&done).is_ok_and(|known| known == wanted) {
        add_own(&folder);
        return folder;
    }
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    build_vite(&folder.join("vite"));
    build_next(&folder.join("next"));
    unpack(&folder);
    build_python(&folder);
    fs::write(done, wanted).unwrap();
    add_own(&folder);
    folder
}

/// What the users of a package write: where their data is.
fn add_own(folder: &Path) {
    for (name, _) in PACKED {
        let own = Path::new(SOURCES).join(name);
        if own.is_dir() {
            copy(&own, &folder.join("packed").join(name));
        }
    }
}

fn install(name: &str, folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    for file in ["package.json", "package-lock.json"] {
        copy(
            &Path::new(SOURCES).join(name).join(file),
            &folder.join(file),
        );
    }
    let options = [
        "--ignore-scripts",
        "--legacy-peer-deps",
        "--no-audit",
        "--no-fund",
    ];
    run(Command::new("npm")
        .arg("ci")
        .args(options)
        .current_dir(folder));
}

fn build_vite(folder: &Path) {
    install("vite", folder);
    for template in ["react", "vue", "svelte", "lit", "solid"] {
        let from = folder.join(format!("node_modules/create-vite/template-{template}"));
        copy(&from, &folder.join(template));
        run(Command::new("node")
            .args(["../node_modules/vite/bin/vite.js", "build"])
            .current_dir(folder.join(template)));
    }
}

fn build_next(folder: &Path) {
    install("next", folder);
    let template = "node_modules/create-next-app/dist/templates/app-empty/js/app";
    copy(&folder.join(template), &folder.join("app"));
    fs::write(
        folder.join("next.config.mjs"),
        "export default { output: \"export\" };",
    )
    .unwrap();
    run(Command::new("node")
        .args(["node_modules/next/dist/bin/next", "build"])
        .env("NEXT_TELEMETRY_DISABLED", "1")
        .current_dir(folder));
}

fn unpack(folder: &Path) {
    for (name, version) in PACKED {
        let target = folder.join("packed").join(name);
        fs::create_dir_all(&target).unwrap();
        run(Command::new("npm")
            .args([
                "pack",
                "--silent",
                "--pack-destination",
                ".",
                &format!("{name}@{version}"),
            ])
            .current_dir(folder));
        run(Command::new("tar")
            .args([
                "-xzf",
                &format!("{name}-{version}.tgz"),
                "--strip-components=1",
            ])
            .args(["-C", target.to_str().unwrap()])
            .current_dir(folder));
    }
    run(Command::new("node")
        .args([
            "packed/tiddlywiki/tiddlywiki.js",
            "packed/tiddlywiki/editions/empty",
        ])
        .args(["--output", "tiddlywiki", "--build", "index"])
        .current_dir(folder));
}

fn build_python(folder: &Path) {
    run(Command::new("python3")
        .args(["-m", "venv", "python"])
        .current_dir(folder));
    run(Command::new("python/bin/pip")
        .args(["install", "--quiet", "--disable-pip-version-check"])
        .args(PYTHON)
        .current_dir(folder));
    run(Command::new("python/bin/mkdocs")
        .args(["build", "--quiet", "--config-file"])
        .arg(format!("{SOURCES}/mkdocs/mkdocs.yml"))
        .arg("--site-dir")
        .arg(folder.join("mkdocs"))
        .current_dir(folder));
    for theme in [
        "sphinx_rtd_theme",
        "furo",
        "alabaster",
        "pydata_sphinx_theme",
    ] {
        run(Command::new("python/bin/sphinx-build")
            .args(["-q", "-C", "-b", "html", "-D", "project=Docs", "-D"])
            .arg(format!("html_theme={theme}"))
            .args([
                "-d",
                "doctrees",
                &format!("{SOURCES}/docs"),
                &format!("sphinx/{theme}"),
            ])
            .current_dir(folder));
    }
}

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
            Fetches(url) => document = document.loads(Resource::Connect, url),
            Without(name) => site = site.without(name),
            _ => {}
        }
    }
    let site = site.policy(move |policy| {
        says.iter().fold(policy, |policy, say| {
            let (directive, source) = match *say {
                Attributes => (DirectiveName::StyleSrcAttr, "'unsafe-hashes'"),
                AnyAttribute => (DirectiveName::StyleSrcAttr, "'unsafe-inline'"),
                AnyStyle => (DirectiveName::StyleSrc, "'unsafe-inline'"),
                DataFonts => (DirectiveName::FontSrc, "data:"),
                Policy(name) => (DirectiveName::TrustedTypes, name),
                Fetches(_) | Without(_) => return policy,
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
    let folder = build();
    let mut wrong = Vec::new();
    for front in FRONTS {
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

    for (files, says, script) in REFUSED {
        let (_, said) = guarded(&folder.join(files), says).await;
        let is_said =
            |line: &&String| line.contains(script) && line.contains("`Function` with text");
        assert!(said.iter().any(|line| is_said(&line)), "{files}: {said:?}");
    }
}
