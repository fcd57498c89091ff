//! The README's quick start, and the manual's for hyper and for a router, done as a reader does them:
//! the text alone, in an empty folder.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::support::visor;
use crate::tree::{copy, fixture};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace")
}

/// A text that a reader follows.
#[derive(Clone, Copy)]
struct Text {
    /// The folder that all of it is done in, and the name of its package.
    folder: &'static str,
    document: &'static str,
    section: &'static str,
    /// The crates that were there before.
    had: &'static [&'static str],
    /// Where the page is.
    page: &'static str,
}

const README: Text = Text {
    folder: "quickstart",
    document: "README.md",
    section: "## Quick start",
    had: &[],
    page: "/",
};

const HYPER: Text = Text {
    folder: "quickstart-hyper",
    document: "docs/starting.md",
    section: "## With hyper",
    had: &[],
    page: "/",
};

const ROUTER: Text = Text {
    folder: "quickstart-router",
    document: "docs/starting.md",
    section: "## With an existing router",
    had: &[
        "axum",
        "tokio",
        "--features",
        "tokio/macros,tokio/rt-multi-thread",
    ],
    page: "/check/",
};

impl Text {
    /// What it shows, by the language of the block.
    fn block(self, language: &str) -> String {
        let text = fs::read_to_string(root().join(self.document)).unwrap();
        let start = format!("\n{}\n", self.section);
        let (_, text) = text.split_once(&start).unwrap();
        let (text, _) = text.split_once("\n## ").unwrap();
        let (_, text) = text.split_once(&format!("\n```{language}\n")).unwrap();
        text.split_once("```\n").unwrap().0.to_owned()
    }

    /// The command of the shell that begins so, with its arguments.
    fn command(self, start: &str) -> Option<Vec<String>> {
        let shell = self.block("sh");
        let mut commands = shell.lines().flat_map(|line| line.split(" && "));
        let found = commands.find(|command| command.starts_with(start))?;
        let words = found.split_whitespace();
        let words = words.skip(start.split_whitespace().count());
        Some(words.map(str::to_owned).collect())
    }

    /// A manifest with what `cargo add` is told to add, and what is not published from this workspace.
    fn manifest(self) -> String {
        let ours: toml::Table = fs::read_to_string(root().join("Cargo.toml"))
            .unwrap()
            .parse()
            .unwrap();
        let mut added = self.command("cargo add").unwrap();
        added.extend(self.had.iter().map(|&word| word.to_owned()));
        let flag = added.iter().position(|word| word == "--features");
        let (crates, features) = added.split_at(flag.unwrap());
        let mut text = format!("[package]\nname = {:?}\n", self.folder);
        text += "edition = \"2024\"\n\n[workspace]\n\n\
             # So that the workspace's own build of these crates will do.\n\
             [profile.dev]\ndebug = \"line-tables-only\"\n\n\
             [profile.dev.package.sha2]\nopt-level = 3\n\n[dependencies]\n";
        for name in crates {
            let from = if name == "tower-visor" {
                format!("path = {:?}", root().to_string_lossy())
            } else {
                let known = &ours["dev-dependencies"][name.as_str()];
                let version = known.get("version").unwrap_or(known);
                format!("version = {version}")
            };
            let start = format!("{name}/");
            let features: Vec<&str> = features[1]
                .split(',')
                .filter_map(|feature| feature.strip_prefix(&start))
                .collect();
            writeln!(text, "{name} = {{ {from}, features = {features:?} }}").unwrap();
        }
        text
    }

    /// A project of its words, built; the port is one that is free.
    fn project(self, port: u16) -> (PathBuf, PathBuf) {
        let folder = root().join("target/tmp").join(self.folder);
        let _ = fs::remove_dir_all(&folder);
        let write = |name: &str, text: &str| {
            let file = folder.join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        };
        write("Cargo.toml", &self.manifest());
        let main = self
            .block("rust,no_run")
            .replace(":3000", &format!(":{port}"));
        write("src/main.rs", &main);
        write("web/index.html", &README.block("html"));
        // The versions that everything else here is built with.
        fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
        let from = fixture("1.5.0").join("node_modules");
        copy(&from, &folder.join("node_modules"));

        // One for all, since most of their crates are the same.
        let target = root().join("target/quickstart");
        let built = Command::new(env!("CARGO"))
            .args(["build", "--offline", "--quiet"])
            .env("CARGO_TARGET_DIR", &target)
            .current_dir(&folder)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&built.stderr);
        assert!(built.status.success() && said.is_empty(), "{said}");
        // The text on hyper leaves this step to the README.
        let pin = self.command("visor").or_else(|| README.command("visor"));
        let pin = pin.unwrap();
        let ran = visor(&folder, &pin.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        (folder, target.join("debug").join(self.folder))
    }
}

fn free_port() -> u16 {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    free.local_addr().unwrap().port()
}

/// A running server, which ends with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(program: &Path, folder: &Path) -> Server {
    let child = Command::new(program)
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    Server(child.unwrap())
}

/// Status line and headers in lower case, and the body.
fn request(port: u16, method: &str, path: &str) -> (String, String) {
    let mut stream = TcpStream::connect(("localhost", port)).unwrap();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_lowercase(), body.to_owned())
}

/// The server, once it has said that it listens, and all that has to be true of each.
fn serving(text: Text, program: &Path, folder: &Path, port: u16) -> Server {
    let mut server = start(program, folder);
    let mut line = String::new();
    let out = server.0.stdout.take().unwrap();
    BufReader::new(out).read_line(&mut line).unwrap();
    assert_eq!(line, format!("http://localhost:{port}/\n"));
    let (head, page) = request(port, "GET", text.page);
    assert!(head.starts_with("http/1.1 200 "), "{head}");
    assert!(head.contains("content-security-policy: "), "{head}");
    // What its script sends may be sent.
    let session = format!("connect-src http://localhost:{port}/api/session ");
    assert!(head.contains(&session), "{head}");
    assert!(head.contains(" camera=(self),"), "{head}");
    assert!(page.contains("type=\"importmap\""), "{page}");
    assert!(page.contains("./FaceLivenessDetector.js"), "{page}");
    let component = format!("{}FaceLivenessDetector.js", text.page);
    let (head, _) = request(port, "GET", &component);
    assert!(head.starts_with("http/1.1 200 "), "{head}");
    for (method, path, status) in [("POST", "/api/session", 501), ("GET", "/nothing", 404)] {
        let (head, _) = request(port, method, path);
        assert!(head.starts_with(&format!("http/1.1 {status} ")), "{head}");
        assert!(head.contains("content-security-policy: "), "{head}");
    }
    server
}

#[test]
fn the_readme_shows_the_example_as_it_is() {
    let example = fs::read_to_string(root().join("examples/quickstart.rs")).unwrap();
    assert_eq!(README.block("rust,no_run"), example);
    assert!(example.lines().count() <= 25, "a quick start is short");
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.lines().count() <= 160, "the manual has more room");
}

#[test]
fn what_the_readme_says_gives_a_page_and_a_changed_sdk_stops_it() {
    let port = free_port();
    let (folder, program) = README.project(port);
    drop(serving(README, &program, &folder, port));

    // It is not pinned anew at the start.
    let component = folder.join("node_modules/@azure/ai-vision-face-ui/FaceLivenessDetector.js");
    let mut bytes = fs::read(&component).unwrap();
    bytes[100] ^= 1;
    fs::write(&component, bytes).unwrap();
    let mut server = start(&program, &folder);
    let mut said = String::new();
    let mut err = server.0.stderr.take().unwrap();
    err.read_to_string(&mut said).unwrap();
    assert_eq!(server.0.wait().unwrap().code(), Some(1), "{said}");
    assert!(
        said.starts_with("Error: FaceLivenessDetector.js: "),
        "{said}"
    );
}

#[test]
fn what_the_manual_says_of_hyper_gives_a_page() {
    let port = free_port();
    let (folder, program) = HYPER.project(port);
    drop(serving(HYPER, &program, &folder, port));
}

#[test]
fn what_the_manual_says_of_a_router_gives_a_page_beside_its_own() {
    let port = free_port();
    let (folder, program) = ROUTER.project(port);
    let server = serving(ROUTER, &program, &folder, port);
    let (head, page) = request(port, "GET", "/");
    assert!(head.starts_with("http/1.1 200 "), "{head}");
    assert!(page.contains("<title>Shop</title>"), "{page}");
    let own = format!("style-src http://localhost:{port}/shop.css;");
    assert!(head.contains(&own), "{head}");
    assert!(head.contains(" camera=(),"), "{head}");
    drop(server);
}
