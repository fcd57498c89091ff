//! The README's quick start, done as a reader does it: its text alone, in an empty folder.

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

/// What the README shows in its quick start, by the language of the block.
fn block(language: &str) -> String {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let (_, text) = readme.split_once("\n## Quick start\n").unwrap();
    let (text, _) = text.split_once("\n## ").unwrap();
    let (_, text) = text.split_once(&format!("\n```{language}\n")).unwrap();
    text.split_once("```\n").unwrap().0.to_owned()
}

/// The command of the shell that begins so, with its arguments.
fn command(start: &str) -> Vec<String> {
    let shell = block("sh");
    let commands = shell.lines().flat_map(|line| line.split(" && "));
    let mut found = commands.filter(|command| command.starts_with(start));
    let words = found.next().unwrap_or_else(|| panic!("no `{start}`"));
    words
        .split_whitespace()
        .skip(start.split_whitespace().count())
        .map(str::to_owned)
        .collect()
}

/// A manifest with what `cargo add` is told to add, and what is not published from this workspace.
fn manifest() -> String {
    let ours: toml::Table = fs::read_to_string(root().join("Cargo.toml"))
        .unwrap()
        .parse()
        .unwrap();
    let added = command("cargo add");
    let flag = added.iter().position(|word| word == "--features");
    let (crates, features) = added.split_at(flag.unwrap());
    let mut text = "[package]\nname = \"liveness\"\nedition = \"2024\"\n\n[workspace]\n\n\
         # So that the workspace's own build of these crates will do.\n\
         [profile.dev]\ndebug = \"line-tables-only\"\n\n\
         [profile.dev.package.sha2]\nopt-level = 3\n\n[dependencies]\n"
        .to_owned();
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

/// A project of the README's text, built; the port is one that is free.
fn project(port: u16) -> (PathBuf, PathBuf) {
    let folder = root().join("target/tmp/quickstart");
    let _ = fs::remove_dir_all(&folder);
    let write = |name: &str, text: &str| {
        let file = folder.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    };
    write("Cargo.toml", &manifest());
    let main = block("rust,no_run");
    assert_eq!(main.matches(":3000").count(), 4, "the port, everywhere");
    write("src/main.rs", &main.replace(":3000", &format!(":{port}")));
    write("web/index.html", &block("html"));
    // The versions that everything else here is built with.
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let from = fixture("1.5.0").join("node_modules");
    copy(&from, &folder.join("node_modules"));

    let target = root().join("target/quickstart");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--offline", "--quiet"])
        .env("CARGO_TARGET_DIR", &target)
        .current_dir(&folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success() && said.is_empty(), "{said}");
    (folder, target.join("debug/liveness"))
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

#[test]
fn the_readme_shows_the_example_as_it_is() {
    let example = fs::read_to_string(root().join("examples/quickstart.rs")).unwrap();
    assert_eq!(block("rust,no_run"), example);
    assert!(example.lines().count() <= 25, "a quick start is short");
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.lines().count() <= 160, "the manual has more room");
}

#[test]
fn what_the_readme_says_gives_a_page_and_a_changed_sdk_stops_it() {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let (folder, program) = project(port);

    let pin = command("visor");
    let pin: Vec<&str> = pin.iter().map(String::as_str).collect();
    let ran = visor(&folder, &pin);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);

    let mut server = start(&program, &folder);
    let mut line = String::new();
    let out = server.0.stdout.take().unwrap();
    BufReader::new(out).read_line(&mut line).unwrap();
    assert_eq!(line, format!("http://localhost:{port}/\n"));
    let (head, page) = request(port, "GET", "/");
    assert!(head.starts_with("http/1.1 200 "), "{head}");
    assert!(head.contains("content-security-policy: "), "{head}");
    assert!(head.contains(" camera=(self),"), "{head}");
    assert!(page.contains("type=\"importmap\""), "{page}");
    assert!(page.contains("./FaceLivenessDetector.js"), "{page}");
    let (head, _) = request(port, "GET", "/FaceLivenessDetector.js");
    assert!(head.starts_with("http/1.1 200 "), "{head}");
    for (method, path, status) in [("POST", "/api/session", 501), ("GET", "/nothing", 404)] {
        let (head, _) = request(port, method, path);
        assert!(head.starts_with(&format!("http/1.1 {status} ")), "{head}");
        assert!(head.contains("content-security-policy: "), "{head}");
    }
    drop(server);

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
