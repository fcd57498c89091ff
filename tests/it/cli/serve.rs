//! `visor serve`, `headers`, `explain`, `completions` and `man`.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use tower_visor::audit::Code;

use super::{pinned, visor};

/// A server that is stopped at the latest when it is dropped.
struct Server {
    process: Child,
    out: BufReader<ChildStdout>,
    /// `127.0.0.1:PORT`
    address: String,
}

impl Server {
    fn start(folder: &Path, more: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_visor"))
            .args(["serve", "app", "--sdk", "web", "--port", "0"])
            .args(more)
            .current_dir(folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening on http://");
        let address = address
            .unwrap_or_else(|| panic!("{line}"))
            .trim_end_matches('/');
        Self {
            address: address.to_owned(),
            process,
            out,
        }
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let host = &self.address;
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn front_end(folder: &Path) {
    let app = folder.join("app");
    fs::create_dir(&app).unwrap();
    let html = "<!doctype html><html lang=en><meta charset=utf-8><title>Check</title>\
        <link rel=icon href=data:,><script type=module src=app.js></script>";
    fs::write(app.join("index.html"), html).unwrap();
    fs::write(app.join("app.js"), "import('./FaceLivenessDetector.js');").unwrap();
}

const ENDPOINT: [&str; 2] = ["--endpoint", "resource:contoso"];

#[test]
fn a_folder_is_served_hardened_and_its_audit_is_clean() {
    let project = pinned("1.5.0");
    let folder = project.path();
    front_end(folder);
    let mut server = Server::start(folder, &ENDPOINT);

    let page = server.get("/");
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
    assert!(
        page.contains("content-security-policy: default-src 'none'; script-src "),
        "{page}"
    );
    assert!(!page.contains("script-src 'self'"), "{page}");
    let missing = server.get("/nothing");
    assert!(missing.starts_with("HTTP/1.1 404"), "{missing}");
    assert!(missing.contains("content-security-policy: "), "{missing}");
    assert!(server.get("/FaceLivenessDetector.js").contains("etag: "));

    let url = format!("http://{}/", server.address);
    let today = ["--today", "2026-11-23"];
    let ran = visor(
        folder,
        &[
            &["audit", &url, "--pins", "visor-lock.json", "--probe"],
            &today[..],
        ]
        .concat(),
    );
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let ran = visor(
        folder,
        &[
            &["audit", &url, "--pins", "visor-lock.json", "--doctor"],
            &today[..],
        ]
        .concat(),
    );
    let nothing = "nothing that was looked at keeps the SDK from running\n";
    assert!(ran.out.ends_with(nothing), "{}", ran.out);

    // Told to stop, it ends well.
    let id = server.process.id().to_string();
    assert!(Command::new("kill").arg(&id).status().unwrap().success());
    assert_eq!(server.process.wait().unwrap().code(), Some(0));
    let mut rest = String::new();
    server.out.read_to_string(&mut rest).unwrap();
    assert!(rest.ends_with("stopped\n"), "{rest}");
}

#[test]
fn what_is_not_pinned_is_not_served() {
    let project = pinned("1.5.0");
    let folder = project.path();
    front_end(folder);
    let serve = |more: &[&str]| {
        let ran = visor(
            folder,
            &[&["serve", "app", "--sdk", "web", "--port", "0"], more].concat(),
        );
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
        ran.err
    };
    assert!(serve(&[]).contains("--endpoint"));
    let weak = serve(&[&ENDPOINT[..], &["--min-provenance", "registry"]].concat());
    assert!(
        weak.starts_with("visor: the site: ") && weak.contains("registry"),
        "{weak}"
    );
    let policy = format!(
        "{}/fixtures/policies/liveness.toml",
        env!("CARGO_MANIFEST_DIR")
    );
    let more = serve(&["--policy", &policy]);
    assert!(
        more.contains("serve takes `[document]` and `[liveness]` only"),
        "{more}"
    );
    fs::write(folder.join("cert.pem"), "no PEM").unwrap();
    let tls = ["--cert", "cert.pem", "--key", "cert.pem"];
    let no_cert = serve(&[&ENDPOINT[..], &tls].concat());
    assert_eq!(
        no_cert,
        "visor: cert.pem: no certificate in it; give it as PEM\n"
    );

    let component = crate::pins::tree::COMPONENT;
    let package = crate::pins::tree::COMPONENT_PACKAGE;
    let file = folder.join("web").join(package).join(component);
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{text} ")).unwrap();
    let changed = serve(&ENDPOINT);
    assert!(changed.contains("FaceLivenessDetector.js"), "{changed}");
}

#[test]
fn headers_are_printed_for_servers_without_the_layer() {
    let folder = pinned("1.5.0");
    let policy = format!(
        "{}/fixtures/policies/liveness.toml",
        env!("CARGO_MANIFEST_DIR")
    );
    let run = |more: &[&str]| {
        visor(
            folder.path(),
            &[&["headers", "--policy", &policy], more].concat(),
        )
    };
    let plain = run(&[]);
    assert_eq!(plain.code, 0, "{}", plain.err);
    assert!(
        plain.out.starts_with("# pages\ncontent-security-policy: "),
        "{}",
        plain.out
    );
    assert!(
        plain
            .out
            .contains("\n# exception: img-src https: (pictures of all partners, LIV-12)\n")
    );
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/cli/headers");
    for (format, file) in [
        ("nginx", "nginx.conf"),
        ("apache", "apache.conf"),
        ("caddy", "Caddyfile"),
        ("azure-static-web-apps", "staticwebapp.config.json"),
        ("azure-front-door", "frontdoor.bicep"),
        ("json", "headers.json"),
    ] {
        let ran = run(&["--format", format]);
        assert_eq!(ran.code, 0, "{format}: {}", ran.err);
        let file = kept.join(file);
        if std::env::var_os("REBUILD_FIXTURES").is_some() {
            fs::create_dir_all(&kept).unwrap();
            fs::write(&file, &ran.out).unwrap();
        }
        let committed = fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(committed, ran.out, "{format}");
    }

    // The pins' style hashes join the policy, and the rest stays.
    let pinned = run(&["--pins", "visor-lock.json"]);
    assert_eq!(pinned.code, 0, "{}", pinned.err);
    assert!(
        pinned.out.contains("exception: img-src https:"),
        "{}",
        pinned.out
    );
    let old = super::pinned("1.4.8");
    let lock = old.path().join("visor-lock.json");
    let ran = run(&["--pins", lock.to_str().unwrap()]);
    assert_eq!(
        ran.err,
        "visor: liveness.toml: `sdk = \"1.5.0\"`, but version 1.4.8 is pinned; make them the same\n"
    );

    let nonce = "[document]\norigin = \"https://a.example\"\nscripts-by = \"nonce\"\n";
    fs::write(folder.path().join("nonce.toml"), nonce).unwrap();
    let ran = visor(
        folder.path(),
        &["headers", "--policy", "nonce.toml", "--format", "nginx"],
    );
    assert_eq!(ran.code, 2, "{}", ran.out);
    assert!(
        ran.err
            .contains("it uses nonces, which a static server can't make"),
        "{}",
        ran.err
    );
}

#[test]
fn codes_are_explained_and_slips_are_named() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let list = visor(folder, &["explain"]);
    assert_eq!(list.out.lines().count(), Code::all().count());
    for code in Code::all() {
        let ran = visor(folder, &["explain", code.as_str()]);
        assert!(ran.out.contains(code.explanation()), "{code}: {}", ran.out);
        assert!(list.out.contains(&format!("  {code} ")), "{code}");
    }
    let ran = visor(folder, &["explain", "csp-mising"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("'csp-missing'"), "{}", ran.err);
}

#[test]
fn completions_and_the_manual_page_name_every_command() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let ran = visor(folder, &["completions", shell]);
        assert_eq!(ran.code, 0);
        assert!(
            ran.out.contains("--fail-on") || ran.out.contains("fail-on"),
            "{shell}"
        );
    }
    let man = visor(folder, &["man"]);
    for command in [
        "PIN", "VERIFY", "SHOW", "UPDATE", "AUDIT", "EXPLAIN", "HEADERS", "SERVE",
    ] {
        assert!(
            man.out.contains(&format!(".SH \"VISOR {command}\"")),
            "{command}"
        );
    }
    assert!(man.out.starts_with(".ie"));
}
