//! `visor serve`, `headers`, `explain`, `completions` and `man`.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use tower_visor::audit::Code;

use crate::support::{pinned, visor};
use crate::tree::{COMPONENT, COMPONENT_PACKAGE, fixtures};

/// A server that is stopped at the latest when it is dropped.
pub(super) struct Server {
    process: Child,
    out: BufReader<ChildStdout>,
    /// `http` or `https`
    pub(super) scheme: String,
    /// `127.0.0.1:PORT`
    pub(super) address: String,
}

impl Server {
    pub(super) fn start(folder: &Path, more: &[&str]) -> Self {
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
        let url = line.trim_end().strip_prefix("listening on ");
        let (scheme, address) = url
            .and_then(|url| url.split_once("://"))
            .unwrap_or_else(|| panic!("{line}"));
        Self {
            scheme: scheme.to_owned(),
            address: address.trim_end_matches('/').to_owned(),
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

pub(super) fn front_end(folder: &Path) {
    let app = folder.join("app");
    fs::create_dir(&app).unwrap();
    let html = "<!doctype html><html lang=en><meta charset=utf-8><title>Check</title>\
        <link rel=icon href=data:,><script type=module src=app.js></script>";
    fs::write(app.join("index.html"), html).unwrap();
    fs::write(app.join("app.js"), "import('./FaceLivenessDetector.js');").unwrap();
}

pub(super) const ENDPOINT: [&str; 2] = ["--endpoint", "resource:contoso"];

#[test]
fn a_folder_is_served_hardened_and_its_audit_is_clean() {
    let project = pinned("1.5.0");
    let folder = project.path();
    front_end(folder);
    let mut server = Server::start(folder, &ENDPOINT);
    assert_eq!(server.scheme, "http");

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
            &["audit", &url, "--lock", "visor-lock.json", "--probe"],
            &today[..],
        ]
        .concat(),
    );
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let ran = visor(
        folder,
        &[
            &["audit", &url, "--lock", "visor-lock.json", "--doctor"],
            &today[..],
        ]
        .concat(),
    );
    let nothing = "nothing that was looked at keeps the SDK from running\n";
    assert!(ran.out.starts_with(nothing), "{}", ran.out);

    // Told to stop, it ends well.
    let id = server.process.id().to_string();
    assert!(Command::new("kill").arg(&id).status().unwrap().success());
    assert_eq!(server.process.wait().unwrap().code(), Some(0));
    let mut rest = String::new();
    server.out.read_to_string(&mut rest).unwrap();
    assert!(rest.ends_with("stopped\n"), "{rest}");
}

#[test]
fn an_own_page_is_clean_to_the_audit_that_knows_its_policy() {
    let project = pinned("1.5.0");
    let folder = project.path();
    front_end(folder);
    let server = Server::start(folder, &ENDPOINT);
    let file = "[document]\norigin = \"https://liveness.contoso.example\"\n\
        [liveness]\nsdk = \"1.5.0\"\nendpoint = \"resource:NAME\"\n";
    let url = format!("http://{}/", server.address);
    let audit = |name: &str| {
        fs::write(folder.join("visor.toml"), file.replace("NAME", name)).unwrap();
        let today = ["--today", "2026-11-23", "--format", "json"];
        let audit = [
            "audit",
            &url,
            "--lock",
            "visor-lock.json",
            "--policy",
            "visor.toml",
        ];
        visor(folder, &[&audit[..], &today[..]].concat())
    };
    let ran = audit("contoso");
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    // Of another resource: what the page's own policy forbids.
    let ran = audit("fabrikam");
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    let codes = ran.codes();
    for code in ["allowlist-blocks", "blocks-connect"] {
        assert!(codes.iter().any(|found| found == code), "{codes:?}");
    }
}

#[test]
fn pages_are_left_out_and_found_at_deep_links() {
    let project = pinned("1.5.0");
    let folder = project.path();
    front_end(folder);
    fs::write(folder.join("app/404.html"), "<p onclick=go()>").unwrap();
    fs::create_dir(folder.join("app/stories")).unwrap();
    fs::write(folder.join("app/stories/one.html"), "<p onclick=go()>").unwrap();
    let without = ["--without", "404.html", "--without", "stories/"];
    let deep = ["--page-at", "/verify/{*rest}=index.html"];
    let server = Server::start(folder, &[&ENDPOINT[..], &without, &deep].concat());
    let page = server.get("/verify/step2");
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
    assert!(page.contains("<base href=\"/\">"), "{page}");
    for path in ["/404.html", "/stories/one.html", "/verify/app.js"] {
        let missing = server.get(path);
        assert!(missing.starts_with("HTTP/1.1 404"), "{path}: {missing}");
        assert!(missing.ends_with("\r\n\r\n"), "{path}: {missing}");
    }
    let serve = |more: &[&str]| {
        let ran = visor(
            folder,
            &[
                &["serve", "app", "--sdk", "web", "--port", "0"],
                &ENDPOINT[..],
                more,
            ]
            .concat(),
        );
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
        ran.err
    };
    let named = serve(&[]);
    assert!(
        named.contains("/404.html: line 1, column 1: `onclick`"),
        "{named}"
    );
    assert!(
        named.contains("; the same on /stories/one.html\n"),
        "{named}"
    );
    let lost = serve(&["--page-at", "/verify=gone.html"]);
    assert!(lost.contains("there is no page `gone.html`"), "{lost}");
    assert!(serve(&["--page-at", "/verify"]).contains("write two parts with `=` between them"));
}

#[test]
fn a_bundle_that_swallowed_the_component_is_named_by_serve_and_audit() {
    let project = pinned("1.5.0");
    let folder = project.path();
    front_end(folder);
    let component = folder.join("web").join(COMPONENT_PACKAGE).join(COMPONENT);
    let component = fs::read_to_string(component).unwrap();
    // With the least that a bundler adds.
    fs::write(folder.join("app/app.js"), format!("{component};")).unwrap();
    let ran = visor(
        folder,
        &[
            &["serve", "app", "--sdk", "web", "--port", "0"],
            &ENDPOINT[..],
        ]
        .concat(),
    );
    assert_eq!(ran.code, 2, "{}", ran.out);
    // Wrapped for a terminal or not, and with the way out.
    let said = ran.err.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "/app.js: it defines <azure-ai-vision-face-ui>, so the SDK was bundled into it",
        "rollupOptions.external",
        "externalsType",
        "webpackIgnore",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }

    let answer = |code: &str| {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n";
        let html = format!("{head}<!doctype html><script type=module>{code}</script>");
        fs::write(folder.join("answer.txt"), html).unwrap();
        let audit = ["audit", "answer.txt", "--url", "https://example.com/"];
        let pins = ["--pins", "visor-lock.json", "--format", "json"];
        visor(folder, &[audit, pins].concat()).codes()
    };
    let is_bundled = |code: &String| code == "sdk-bundled";
    assert!(answer(&component).iter().any(is_bundled));
    let user =
        "import '@azure/ai-vision-face-ui'; document.createElement('azure-ai-vision-face-ui')";
    assert!(!answer(user).iter().any(is_bundled));
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
    let file = folder.join("web").join(COMPONENT_PACKAGE).join(COMPONENT);
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{text} ")).unwrap();
    let changed = serve(&ENDPOINT);
    assert!(changed.contains("FaceLivenessDetector.js"), "{changed}");
}

#[test]
fn headers_are_printed_for_servers_without_the_layer() {
    let folder = pinned("1.5.0");
    let policy = fixtures().join("policies/liveness.toml");
    let policy = policy.to_str().unwrap();
    let run = |more: &[&str]| {
        visor(
            folder.path(),
            &[&["headers", "--policy", policy], more].concat(),
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
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/headers");
    for (format, file) in [
        ("nginx", "nginx.conf"),
        ("apache", "apache.conf"),
        ("caddy", "Caddyfile"),
        ("azure-static-web-apps", "staticwebapp.config.json"),
        ("azure-front-door", "frontdoor.bicep"),
        ("cloudflare-pages", "_headers"),
        ("netlify", "netlify_headers"),
        ("vercel", "vercel.json"),
        ("node", "node.json"),
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

    let nonce = "[document]\norigin = \"https://a.example\"\nscripts-by = \"nonce\"\n";
    fs::write(folder.path().join("nonce.toml"), nonce).unwrap();
    let ran = visor(
        folder.path(),
        &["headers", "--policy", "nonce.toml", "--format", "nginx"],
    );
    assert_eq!(ran.code, 2, "{}", ran.out);
    assert!(
        ran.err
            .contains("the policy: it uses nonces, and nginx can't make a new one"),
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
        let first = code.explanation().split(['`', '[', '\n']).next().unwrap();
        assert!(ran.out.contains(first), "{code}: {}", ran.out);
        assert!(list.out.contains(&format!("  {code} ")), "{code}");
    }
    let ran = visor(folder, &["explain", "csp-mising"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("`csp-missing`"), "{}", ran.err);
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
        "PIN",
        "VERIFY",
        "SHOW",
        "UPDATE",
        "AUDIT",
        "EXPLAIN",
        "HEADERS",
        "SERVE",
        "COMPLETIONS",
        "MAN",
    ] {
        assert!(
            man.out.contains(&format!(".SH \"VISOR {command}\"")),
            "{command}"
        );
    }
    assert!(man.out.starts_with(".ie"));
}

/// A policy with something beside what the pins say, and a table `[liveness]` of these lines.
fn policy(liveness: &str) -> String {
    format!(
        "[document]\norigin = \"https://liveness.contoso.example\"\nscripts = [\"/app.js\"]\n\
         [liveness]\nsdk = \"1.5.0\"\nendpoint = \"resource:contoso\"\n{liveness}\n\
         [reporting]\nname = \"visor\"\nurl = \"https://liveness.contoso.example/reports\"\n\
         [[exceptions]]\nreason = \"partners, LIV-12\"\ndirective = \"img-src\"\nsource = \"https:\"\n"
    )
}

#[test]
fn pins_add_what_they_know_to_a_policy_and_take_nothing_away() {
    let project = pinned("1.5.0");
    let folder = project.path();
    front_end(folder);
    fs::write(folder.join("visor.toml"), policy("languages = [\"de-DE\"]")).unwrap();
    let headers = ["headers", "--policy", "visor.toml"];
    let ran = visor(
        folder,
        &[&headers[..], &["--lock", "visor-lock.json"]].concat(),
    );
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let mut server = Server::start(folder, &["--policy", "visor.toml"]);
    let page = server.get("/");
    let mut said = String::new();
    server.out.read_line(&mut said).unwrap();
    assert_eq!(said, "exception: img-src https: (partners, LIV-12)\n");
    // Of both: the languages and the reporting of the file, the styles of the pins.
    let pins = tower_visor::pins::Pins::load(folder.join("visor-lock.json")).unwrap();
    let styles = pins.styles();
    assert!(!styles.is_empty());
    for said in [&ran.out, &page] {
        let csp = said
            .lines()
            .find(|line| line.starts_with("content-security-policy: "))
            .unwrap();
        for part in [
            "/i18n/de-DE/en.json",
            "; report-to visor",
            " https:;",
            "https://contoso.cognitiveservices.azure.com/face/",
        ] {
            assert!(csp.contains(part), "{part}: {csp}");
        }
        assert!(!csp.contains("/i18n/ "), "not the folder of all: {csp}");
        for (_, digest) in &styles {
            assert!(csp.contains(&format!("'{digest}'")), "{digest}: {csp}");
        }
    }
}

#[test]
fn pins_that_contradict_a_policy_are_refused_by_headers_and_by_serve() {
    let project = pinned("1.5.0");
    let folder = project.path();
    front_end(folder);
    let refused = |text: &str| {
        fs::write(folder.join("visor.toml"), text).unwrap();
        let headers = ["headers", "--policy", "visor.toml"];
        let headers = visor(
            folder,
            &[&headers[..], &["--lock", "visor-lock.json"]].concat(),
        );
        let serve = ["serve", "app", "--sdk", "web", "--port", "0"];
        let serve = visor(folder, &[&serve[..], &["--policy", "visor.toml"]].concat());
        for ran in [&headers, &serve] {
            assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
        }
        let message = headers.err.strip_prefix("visor: visor.toml: ").unwrap();
        let served = serve.err.strip_prefix("visor: the site: ").unwrap();
        (message.to_owned(), served.to_owned())
    };
    for (text, message) in [
        (
            policy("").replace("1.5.0", "1.4.8"),
            "the policy is for SDK 1.4.8, and the pins are for 1.5.0: create the page with `LivenessPage::pinned`, or correct `sdk`\n",
        ),
        (
            policy("sdk-path = \"/sdk/\""),
            "the policy looks for the SDK at `/sdk/`, and the pins are served at `/`: create the page with `LivenessPage::pinned`, or correct `sdk-path`\n",
        ),
        (
            policy("languages = [\"de-DE\", \"xx-XX\"]"),
            "languages: no file of `xx-XX` is pinned: remove it, or check how the SDK spells it\n",
        ),
        (
            policy(
                "styles = [[\"head\", \"sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\"]]",
            ),
            "styles: they don't match the pinned files: leave them out, and the pins supply them\n",
        ),
        (
            policy("").replace(
                "[liveness]\nsdk = \"1.5.0\"\nendpoint = \"resource:contoso\"\n",
                "",
            ),
            "the policy is not for a page with the SDK: create it with `Policy::strict`\n",
        ),
    ] {
        assert_eq!(refused(&text), (message.to_owned(), message.to_owned()));
    }
    // All at once.
    let (both, _) = refused(&policy("sdk-path = \"/sdk/\"\nlanguages = [\"xx-XX\"]"));
    assert_eq!(both.lines().count(), 3, "{both}");
}
