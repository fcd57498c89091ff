//! Exports at three sizes, read by what the hosts themselves give out for that. One place more than the
//! largest names, and the site or its export is refused.
//!
//! npm and `PyPI` have the tools, in `hosts/`; they are fetched once. `TOWER_VISOR_SKIP=npm` leaves them out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use http::HeaderMap;
use tempfile::TempDir;
use tower_visor::export::{Exported, Hosting};

use crate::client::{Asked, Way, ask};
use crate::compared::{readable, serve};
use crate::server::{Kind, Ports, Server};
use crate::sites;

/// What is asked for: pages, a route of one, and files.
const PATHS: [&str; 10] = [
    "/",
    "/help.html",
    "/docs/",
    "/verify/step2",
    "/verify/about.html",
    "/app.js",
    "/app.css",
    "/verify/en.json",
    "/FaceLivenessDetector.js",
    "/facelivenessdetector-assets/i18n/en-US/en.json",
];

/// More places than a policy may name for any host.
const TOO_MANY: usize = 300;

/// The headers of an answer, of one name joined.
type Headers = BTreeMap<String, String>;

/// What a server says of itself, of the connection and of the bytes.
const OF_THE_SERVER: [&str; 15] = [
    "accept-ranges",
    "allow",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "etag",
    "keep-alive",
    "last-modified",
    "server",
    "transfer-encoding",
    "unencoded-digest",
    "upgrade",
    "vary",
];

/// Headers of a file that a host adds, whatever it is told, and why it may.
pub(crate) const ADDED: [(Hosting, &[&str], &str); 3] = [
    (
        Hosting::CloudflarePages,
        &["x-server-env"],
        "wrangler says that it is not Cloudflare",
    ),
    (
        Hosting::AzureStaticWebApps,
        &["x-xss-protection", "x-dns-prefetch-control"],
        "Azure sends them with files too; browsers have no such filter any more, and a file looks nothing up",
    ),
    (
        Hosting::Netlify,
        OF_PAGES,
        "a file below a pattern of a page keeps what the page has and files have not; none of it means anything there",
    ),
];

/// What pages have and files have not.
const OF_PAGES: &[&str] = &[
    "connection-allowlist",
    "cross-origin-opener-policy",
    "integrity-policy",
    "origin-agent-cluster",
    "permissions-policy",
    "x-dns-prefetch-control",
];

fn policy(headers: &HeaderMap) -> Headers {
    let mut all = Headers::new();
    for (name, value) in headers {
        if !OF_THE_SERVER.contains(&name.as_str()) {
            add(&mut all, name.as_str(), value.to_str().unwrap());
        }
    }
    all
}

fn add(all: &mut Headers, name: &str, value: &str) {
    let before = all.entry(name.to_ascii_lowercase()).or_default();
    if !before.is_empty() {
        before.push_str(", ");
    }
    before.push_str(value);
}

/// Two policies that allow together what one allows: of each directive what isn't left open.
fn together(headers: &mut Headers) {
    let Some(value) = headers.get_mut("content-security-policy") else {
        return;
    };
    let mut policies = value.split(", ").map(str::to_owned);
    let mut first = policies.next().unwrap();
    for directive in policies.flat_map(|policy| {
        let directives = policy.split("; ").map(str::to_owned);
        directives.collect::<Vec<_>>()
    }) {
        let (name, _) = directive.split_once(' ').unwrap();
        let open = first.split("; ").find(|one| {
            let mut words = one.split(' ');
            words.next() == Some(name) && words.next() == Some("*")
        });
        first = first.replace(open.unwrap(), &directive);
    }
    *value = first;
}

/// A site, what our own layer says for each path, and how far the host goes along.
struct Sized {
    folder: TempDir,
    places: usize,
    ours: BTreeMap<String, Headers>,
}

impl Sized {
    fn export(&self) -> PathBuf {
        self.folder.path().join("export")
    }

    async fn new(hosting: Hosting, places: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        readable(folder.path());
        let site = sites::plain(folder.path(), places).unwrap();
        let out = folder.path().join("export");
        let export = site.export(hosting).at(out.to_str().unwrap());
        export.write(&out).unwrap();
        let plain = serve(site.around(Router::new())).await;
        let own = Ports { plain, tls: 0 };
        let mut ours = BTreeMap::new();
        for path in PATHS {
            let answer = ask(own, folder.path(), Way::Plain, &Asked::get(path)).await;
            assert_eq!(answer.status, 200, "{path}");
            ours.insert(path.to_owned(), policy(&answer.headers));
        }
        Self {
            folder,
            places,
            ours,
        }
    }

    /// Compares what the host answers for each path.
    fn compare(&self, hosting: Hosting, mut theirs: BTreeMap<String, Headers>) {
        for (path, ours) in &self.ours {
            let theirs = theirs.get_mut(path).unwrap();
            together(theirs);
            let mut added = ADDED.iter().filter(|(host, ..)| *host == hosting);
            let added = added.next().map_or(&[][..], |(_, names, _)| names);
            theirs.retain(|name, _| ours.contains_key(name) || !added.contains(&name.as_str()));
            assert_eq!(theirs, ours, "{hosting}, {} places, {path}", self.places);
        }
    }
}

fn exported(hosting: Hosting, places: usize) -> Result<Exported, String> {
    let folder = tempfile::tempdir().unwrap();
    let site = sites::plain(folder.path(), places)?;
    let files = site.export(hosting).files();
    files.map_err(|errors| errors.to_string())
}

/// A small, a usual and the largest policy that the host takes. One more place is refused in words.
async fn sizes(hosting: Hosting) -> [Sized; 3] {
    let mut says = String::new();
    let (mut largest, mut too_large) = (0, TOO_MANY);
    while too_large - largest > 1 {
        let middle = usize::midpoint(largest, too_large);
        match exported(hosting, middle) {
            Ok(_) => largest = middle,
            Err(error) => (too_large, says) = (middle, error),
        }
    }
    assert!(
        says.contains(&format!("{hosting} allows "))
            || says.contains("servers and proxies stop at 8192"),
        "{says}"
    );
    eprintln!("{hosting}: the largest policy names {largest} places more");
    [
        Sized::new(hosting, 0).await,
        Sized::new(hosting, largest.min(10)).await,
        Sized::new(hosting, largest).await,
    ]
}

/// Whether the tools of npm and `PyPI` are left out; says so.
fn is_skipped(what: &str) -> bool {
    let skip = std::env::var("TOWER_VISOR_SKIP").unwrap_or_default();
    let is_skipped = skip.split(',').any(|name| name.trim() == "npm");
    if is_skipped {
        eprintln!("NOT RUN: {what} (TOWER_VISOR_SKIP)");
    }
    is_skipped
}

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/servers/hosts");

fn run(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap_or_else(|error| {
        panic!("{command:?}: {error}: install it, or leave it out with TOWER_VISOR_SKIP=npm")
    });
    let says = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{says}");
    output.stdout
}

/// One at a time: the tests run side by side.
static ONE: Mutex<()> = Mutex::new(());

/// The folder of what npm has, fetched by the lock file.
fn npm() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("npm-hosts");
    let done = folder.join("done.json");
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let lock = std::fs::read(format!("{SOURCES}/package-lock.json")).unwrap();
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::copy(format!("{SOURCES}/read.cjs"), folder.join("read.cjs")).unwrap();
    if std::fs::read(&done).ok().as_ref() != Some(&lock) {
        for name in ["package.json", "package-lock.json"] {
            std::fs::copy(format!("{SOURCES}/{name}"), folder.join(name)).unwrap();
        }
        run(Command::new("npm")
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(&folder));
        std::fs::write(done, lock).unwrap();
    }
    folder
}

/// A Python that knows the parser of Bicep.
fn python() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python-hosts");
    let program = folder.join("bin/python");
    let done = folder.join("done");
    let wanted = ["pycep-parser==0.7.1", "lark==1.3.1"];
    if std::fs::read_to_string(&done).ok() != Some(wanted.join(" ")) {
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder));
        run(Command::new(&program)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ])
            .args(wanted));
        std::fs::write(done, wanted.join(" ")).unwrap();
    }
    program
}

/// What a program prints: headers by paths.
fn printed(command: &mut Command) -> BTreeMap<String, Headers> {
    let text = run(command.args(PATHS));
    let answers: BTreeMap<String, Headers> = serde_json::from_slice(&text).unwrap();
    let mut all = BTreeMap::new();
    for (path, headers) in answers {
        let of_this: &mut Headers = all.entry(path).or_default();
        for (name, value) in headers {
            add(of_this, &name, &value);
        }
    }
    all
}

async fn read_by_a_package(hosting: Hosting) {
    if is_skipped(hosting.as_str()) {
        return;
    }
    let folder = npm();
    for sized in sizes(hosting).await {
        let theirs = printed(
            Command::new("node")
                .arg(folder.join("read.cjs"))
                .arg(hosting.as_str())
                .arg(sized.export())
                .current_dir(&folder),
        );
        sized.compare(hosting, theirs);
    }
}

#[tokio::test]
async fn netlify_reads_every_size() {
    read_by_a_package(Hosting::Netlify).await;
}

#[tokio::test]
async fn vercel_reads_every_size() {
    read_by_a_package(Hosting::Vercel).await;
}

#[tokio::test]
async fn a_parser_of_bicep_reads_every_size() {
    let hosting = Hosting::AzureFrontDoor;
    if is_skipped(hosting.as_str()) {
        return;
    }
    let python = python();
    for sized in sizes(hosting).await {
        let theirs = printed(
            Command::new(&python)
                .arg(format!("{SOURCES}/front_door.py"))
                .arg(sized.export().join("frontdoor.bicep")),
        );
        sized.compare(hosting, theirs);
    }
}

/// Asks a development server of the host for each path.
async fn served(
    hosting: Hosting,
    sized: &Sized,
    command: &mut Command,
    port: u16,
    spelt: fn(&str) -> &str,
) {
    let server = Server::spawn(command, sized.folder.path().join("log"));
    let server = server.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let ports = Ports {
        plain: port,
        tls: 0,
    };
    // These are slow to start.
    let mut tries = 0;
    while !crate::server::reachable(port).await {
        tries += 1;
        assert!(tries < 8, "{hosting}: {}", server.log());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let mut theirs = BTreeMap::new();
    for path in PATHS {
        let asked = Asked::get(spelt(path));
        let answer = ask(ports, sized.folder.path(), Way::Plain, &asked).await;
        assert_eq!(answer.status, 200, "{hosting} {path} {}", server.log());
        theirs.insert(path.to_owned(), policy(&answer.headers));
    }
    sized.compare(hosting, theirs);
}

#[tokio::test]
async fn wrangler_serves_every_size() {
    let hosting = Hosting::CloudflarePages;
    if is_skipped(hosting.as_str()) {
        return;
    }
    let folder = npm();
    for sized in sizes(hosting).await {
        let Ports { plain, tls } = Ports::free();
        let mut command = Command::new("node");
        command
            .arg(folder.join("node_modules/wrangler/bin/wrangler.js"))
            .args(["pages", "dev"])
            .arg(sized.export().join("public"))
            .args(["--ip", "127.0.0.1", "--port", &plain.to_string()])
            .args(["--inspector-port", &tls.to_string()])
            .args(["--compatibility-date", "2025-01-01"])
            .args(["--show-interactive-dev-session", "false"])
            .envs([("WRANGLER_SEND_METRICS", "false"), ("CI", "true")])
            .env("HOME", sized.folder.path())
            .current_dir(sized.folder.path());
        // It sends from the one to the other, and the policy is the same at both.
        let spelt: fn(&str) -> &str = |path| match path {
            "/help.html" => "/help",
            "/verify/about.html" => "/verify/about",
            _ => path,
        };
        served(hosting, &sized, &mut command, plain, spelt).await;
    }
}

#[tokio::test]
async fn the_emulator_of_static_web_apps_serves_every_size() {
    let hosting = Hosting::AzureStaticWebApps;
    if is_skipped(hosting.as_str()) {
        return;
    }
    let folder = npm();
    for sized in sizes(hosting).await {
        // The schema that comes with it.
        run(Command::new("node")
            .arg(folder.join("read.cjs"))
            .arg(hosting.as_str())
            .arg(sized.export())
            .current_dir(&folder));
        let Ports { plain, .. } = Ports::free();
        let public = sized.export().join("public");
        let mut command = Command::new("node");
        command
            .arg(folder.join("node_modules/@azure/static-web-apps-cli/dist/cli/bin.js"))
            .arg("start")
            .arg(&public)
            .arg("--swa-config-location")
            .arg(&public)
            .args(["--host", "127.0.0.1", "--port", &plain.to_string()])
            .env("HOME", sized.folder.path())
            .current_dir(sized.folder.path());
        served(hosting, &sized, &mut command, plain, |path| path).await;
    }
}

async fn read_by_a_server(kind: Kind) {
    if kind.is_skipped() {
        return;
    }
    let hosting = kind.hosting();
    for sized in sizes(hosting).await {
        let export = sized.export();
        let ports = Ports::free();
        let file = kind.prepare(sized.folder.path(), &export, ports, &kind.uses(&export));
        let checked = kind.check(sized.folder.path(), &file);
        let says = String::from_utf8_lossy(&checked.stderr);
        assert!(checked.status.success(), "{says}");
        let server = kind.start(sized.folder.path(), &file, ports).await;
        let mut theirs = BTreeMap::new();
        for path in PATHS {
            let answer = ask(ports, sized.folder.path(), Way::Plain, &Asked::get(path)).await;
            assert_eq!(answer.status, 200, "{kind:?} {path} {}", server.log());
            theirs.insert(path.to_owned(), policy(&answer.headers));
        }
        sized.compare(hosting, theirs);
    }
}

#[tokio::test]
async fn nginx_reads_exports_of_every_size() {
    read_by_a_server(Kind::Nginx).await;
}

#[tokio::test]
async fn apache_reads_exports_of_every_size() {
    read_by_a_server(Kind::Apache).await;
}

#[tokio::test]
async fn caddy_reads_exports_of_every_size() {
    read_by_a_server(Kind::Caddy).await;
}

#[test]
fn the_manual_lists_what_hosts_add_and_no_more() {
    let manual = include_str!("../../docs/hosting.md");
    let (_, after) = manual.split_once("What hosts add").unwrap();
    let (section, _) = after.split_once("\n## ").unwrap();
    let table = section.lines().filter(|line| line.starts_with('|'));
    let rows = ADDED.iter().map(|(hosting, names, reason)| {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        format!("| {hosting} | {} | {reason} |", names.join(", "))
    });
    // Its head has two lines.
    assert!(table.skip(2).eq(rows));
}
