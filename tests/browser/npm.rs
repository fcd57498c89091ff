//! Libraries and engines of others, as npm has them, on guarded pages in Chromium.
//!
//! npm fetches them once, by the lock file in `npm/`; esbuild, one of them, makes a script of each.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use tower_visor::app::AppFiles;
use tower_visor::csp::DirectiveName;
use tower_visor::policy::Policy;

use crate::guard::{Stage, files, refused};

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser/npm");
const REPORTS: &str = "https://liveness.example/reports/in";

const LIBRARIES: [&str; 9] = [
    "jspdf",
    "core-js",
    "zone",
    "sentry",
    // Bugsnag, Datadog, Application Insights and the interceptors of msw at once.
    "monitors",
    "lit",
    "dompurify",
    "jquery",
    "jquery-3.6",
];

/// Builds of manifold-3d by four Emscriptens: the first two write names into the code, the third hands
/// them over, and the last hands over what converts, too.
const ENGINES: [&str; 4] = [
    "manifold-2.1",
    "manifold-2.5",
    "manifold-3.0",
    "manifold-3.5",
];

/// Whether the tests that need npm are left out; then it says so.
fn is_skipped() -> bool {
    let skip = std::env::var("TOWER_VISOR_SKIP").unwrap_or_default();
    let is_skipped = skip.split(',').any(|name| name.trim() == "npm");
    if is_skipped {
        // Not `eprintln!`: the test harness would keep it to itself.
        let _ = writeln!(
            std::io::stderr(),
            "NOT RUN: libraries on guarded pages: TOWER_VISOR_SKIP names npm"
        );
    }
    is_skipped
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| {
        panic!(
            "{command:?}: {error}: install npm, or leave out these tests with TOWER_VISOR_SKIP=npm"
        )
    });
    assert!(
        output.status.success(),
        "{command:?}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// One at a time: the tests run side by side.
static ONE: Mutex<()> = Mutex::new(());

/// Has npm fetch what the lock file names, where an earlier run didn't.
fn install() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("npm-libraries");
    let modules = folder.join("node_modules");
    let done = folder.join("done.json");
    let lock = fs::read(format!("{SOURCES}/package-lock.json")).unwrap();
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    if fs::read(&done).ok().as_ref() != Some(&lock) {
        fs::create_dir_all(&folder).unwrap();
        for name in ["package.json", "package-lock.json"] {
            fs::copy(format!("{SOURCES}/{name}"), folder.join(name)).unwrap();
        }
        run(Command::new("npm")
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(&folder));
        fs::write(done, lock).unwrap();
    }
    modules
}

/// One script with all that an entry imports but the page's own `check.js`.
fn bundle(modules: &Path, entry: &Path) -> String {
    let out = tempfile::NamedTempFile::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    run(Command::new(modules.join(".bin/esbuild"))
        .arg(entry)
        .args(["--bundle", "--minify", "--format=esm", "--target=es2022"])
        .args(["--external:./check.js", "--allow-overwrite"])
        // What only Node.js runs.
        .args(
            ["module", "node:module", "fs", "path"]
                .map(|name| format!("--alias:{name}={SOURCES}/empty.js")),
        )
        .arg(format!("--outfile={}", out.path().display()))
        .env("NODE_PATH", modules));
    fs::read_to_string(out.path()).unwrap()
}

/// A page for each of these scripts.
fn site(scripts: &[(String, String)]) -> AppFiles {
    let pages: Vec<(String, String)> = scripts
        .iter()
        .map(|(name, _)| {
            let head = format!("<script type=module src={name}.js></script>");
            (format!("/{name}.html"), head)
        })
        .chain([("/index.html".to_owned(), String::new())])
        .collect();
    let scripts: Vec<(String, &str)> = scripts
        .iter()
        .map(|(name, text)| (format!("/{name}.js"), text.as_str()))
        .collect();
    let pages: Vec<(&str, &str)> = pages.iter().map(|(a, b)| (&**a, &**b)).collect();
    let scripts: Vec<(&str, &str)> = scripts.iter().map(|(a, b)| (&**a, *b)).collect();
    files(&pages, &scripts)
}

/// The policies for Trusted Types that two of the libraries make.
fn with_their_policies(policy: Policy) -> Policy {
    ["lit-html", "dompurify"]
        .into_iter()
        .fold(policy, |policy, name| {
            let reason = "what the application is built with".parse().unwrap();
            policy
                .dangerous()
                .allow(DirectiveName::TrustedTypes, name, reason)
        })
}

#[tokio::test]
async fn libraries_run_on_a_guarded_page_and_weaken_no_check() {
    if is_skipped() {
        return;
    }
    let modules = install();
    let scripts: Vec<(String, String)> = LIBRARIES
        .into_iter()
        .map(|name| {
            let entry = Path::new(SOURCES).join(format!("{name}.js"));
            (name.to_owned(), bundle(&modules, &entry))
        })
        .collect();
    let data = |files: AppFiles| files.file("/words.json", r#"{"word":"hello"}"#).unwrap();
    let files = data(site(&scripts));
    let Some(stage) = Stage::open_with("1.5.0", REPORTS, files, with_their_policies).await else {
        return;
    };
    for name in LIBRARIES {
        let page = stage.run(&format!("/{name}.html"), None).await;
        let came_to = page.eval::<(bool, String)>("[shows, end]").await;
        assert_eq!(
            came_to,
            Ok((true, "done".to_owned())),
            "{name} {:?}",
            page.console().await
        );
        let mut told = refused(&page).await;
        // The handler in what it cleans: the browser tells of it in any document.
        told.retain(|line| name != "dompurify" || line != "blocked by script-src-attr: inline");
        assert_eq!(told, Vec::<String>::new(), "{name}");
        let evals: Vec<String> = page.eval("evals").await.unwrap();
        assert!(!evals.contains(&"ran".to_owned()), "{name}");

        // With any of them on the page each file of the SDK is checked as before.
        for file in [
            "/AzureAIVisionFace_SIMD.js",
            "/AzureAIVisionFace_SIMD.wasm",
            "/en-US/en.json",
        ] {
            let page = stage.run(&format!("/{name}.html"), Some(file)).await;
            assert_ne!(
                page.eval("end").await,
                Ok("done".to_owned()),
                "{name} {file}"
            );
            let mut told = refused(&page).await;
            told.retain(|line| line != "blocked by script-src-attr: inline");
            assert!(
                !told.is_empty()
                    && told
                        .iter()
                        .all(|line| line.starts_with("changed: ") && line.ends_with(file)),
                "{name} {file}: {told:?}"
            );
        }
        // The component is named by its preload or by the page's script, of which one is enough.
        let page = stage.run(&format!("/{name}.html"), Some(".js")).await;
        let told = refused(&page).await;
        assert!(
            told.iter().any(|line| line.starts_with("changed: ")),
            "{name}: {told:?}"
        );
        assert_ne!(
            page.eval("window.end ?? ''").await,
            Ok("done".to_owned()),
            "{name}"
        );
    }

    // What jQuery asks for by `XMLHttpRequest` is checked.
    let page = stage.run("/jquery.html", Some("/words.json")).await;
    assert_eq!(page.eval("shows").await, Ok(false));
    let told = format!("changed: {}/words.json", crate::guard::ORIGIN_OF_PAGE);
    assert_eq!(refused(&page).await, [told]);

    // Without the name the page says which one it was.
    let Some(stage) = Stage::open("1.5.0", REPORTS, data(site(&scripts))).await else {
        return;
    };
    let page = stage.browser.page().await;
    page.goto(&format!("{}/lit.html", crate::guard::ORIGIN_OF_PAGE))
        .await;
    page.wait_for("visorRefused.length > 0").await;
    assert_eq!(refused(&page).await, ["policy for Trusted Types: lit-html"]);
}

#[tokio::test]
async fn engines_of_others_make_their_code_of_text() {
    if is_skipped() {
        return;
    }
    let modules = install();
    let template = fs::read_to_string(format!("{SOURCES}/manifold.js")).unwrap();
    let mut scripts = Vec::new();
    let mut wasm = Vec::new();
    for name in ENGINES {
        let path = format!("/engines/{name}.wasm");
        let module = modules.join(name).join("manifold.js");
        let text = template
            .replace("\"MODULE\"", &format!("{:?}", module.display().to_string()))
            .replace("=> FILE", &format!("=> \".{path}\""));
        // Beside the module, so that its imports are found.
        let entry = modules.join(format!("{name}.entry.js"));
        fs::write(&entry, text).unwrap();
        scripts.push((name.to_owned(), bundle(&modules, &entry)));
        wasm.push((
            path,
            fs::read(modules.join(name).join("manifold.wasm")).unwrap(),
        ));
    }
    let files = wasm
        .into_iter()
        .fold(site(&scripts), |files, (path, bytes)| {
            files.file(path, bytes).unwrap()
        });
    let Some(stage) = Stage::open("1.4.8", REPORTS, files).await else {
        return;
    };
    for name in ENGINES {
        let page = stage.run(&format!("/{name}.html"), None).await;
        let came_to = page.eval::<(bool, String)>("[shows, end]").await;
        assert_eq!(
            came_to,
            Ok((true, "done".to_owned())),
            "{name} {:?}",
            page.console().await
        );
        // Those that the page's script tries for the test.
        let mut told = refused(&page).await;
        told.retain(|line| line != "code from text: eval");
        assert_eq!(told, Vec::<String>::new(), "{name}");
        let evals: Vec<String> = page.eval("evals").await.unwrap();
        assert!(!evals.contains(&"ran".to_owned()), "{name}: {evals:?}");
    }
}
