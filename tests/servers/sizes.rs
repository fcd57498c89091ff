//! Small, usual and largest policies, read back by the server's own tool.

use std::path::Path;

use http::StatusCode;
use tower_visor::export;
use tower_visor::{CompiledPolicy, Document, Endpoint, LivenessPage, Policy, Resource};

use crate::client::{Asked, Way, ask};
use crate::compared::readable;
use crate::server::{Kind, NAME, Ports};

/// A policy of a page with so many languages' worth of places.
fn policy(places: usize) -> CompiledPolicy {
    let page = Document::new(&format!("https://{NAME}"))
        .unwrap()
        .loads(Resource::Script, "/app.js");
    let page = (0..places).fold(page, |page, number| {
        page.loads(
            Resource::Connect,
            &format!("/facelivenessdetector-assets/i18n/l{number}/en.json"),
        )
    });
    let endpoint = Endpoint::resource("contoso").unwrap();
    Policy::strict(LivenessPage::new(page, "1.5.0".parse().unwrap(), endpoint))
        .compile()
        .unwrap()
}

/// The parts of a snippet for `http` and for `server`.
fn parts(kind: Kind, text: &str) -> (String, String) {
    match kind {
        Kind::Nginx => {
            let (http, server) = text.split_once("\n# Into `server`").unwrap();
            (http.to_owned(), format!("# Into `server`{server}"))
        }
        Kind::Apache | Kind::Caddy => (String::new(), text.to_owned()),
    }
}

/// Serves `index.html` and one route behind it under the snippet of `visor headers`.
async fn read_back(kind: Kind) {
    if kind.is_skipped() {
        return;
    }
    for places in [0, 10, 60] {
        let folder = tempfile::tempdir().unwrap();
        readable(folder.path());
        let root = folder.path().join("public");
        std::fs::create_dir(&root).unwrap();
        std::fs::write(root.join("index.html"), "<!doctype html>").unwrap();
        std::fs::write(root.join("app.js"), "1").unwrap();
        let policy = policy(places);
        let text = export::headers(policy, kind.hosting()).unwrap();
        let (http, server) = parts(kind, &text);
        let site = site(kind, &root, &server);
        let ports = Ports::free();
        let file = kind.prepare(folder.path(), Path::new("/nowhere"), ports, &site);
        if !http.is_empty() {
            Kind::into_http(&file, &http);
        }
        let checked = kind.check(folder.path(), &file);
        assert!(
            checked.status.success(),
            "{kind:?} {places}: {}",
            String::from_utf8_lossy(&checked.stderr)
        );
        let server = kind.start(folder.path(), &file, ports).await;
        let csp = |answer: &crate::client::Answer| {
            let value = answer.headers.get("content-security-policy");
            value.map(|value| value.to_str().unwrap().to_owned())
        };
        let expected = policy.headers(
            tower_visor::response::ResponseClass::Document,
            tower_visor::policy::HostKind::Named,
        )["content-security-policy"]
            .to_str()
            .unwrap()
            .to_owned();
        // The page, a route that is rewritten to it, and the second visit of both.
        for path in ["/", "/verify/step2"] {
            let first = ask(ports, folder.path(), Way::Plain, &Asked::get(path)).await;
            assert_eq!(
                first.status,
                StatusCode::OK,
                "{kind:?} {path}: {}",
                server.log()
            );
            assert_eq!(
                csp(&first).as_ref(),
                Some(&expected),
                "{kind:?} {path} {places}"
            );
            let tag = first.headers["etag"].to_str().unwrap();
            let again = ask(
                ports,
                folder.path(),
                Way::Plain,
                &Asked::get(path).with("if-none-match", tag),
            )
            .await;
            assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{kind:?} {path}");
            // The page's own, or none.
            assert!(
                csp(&again).is_none_or(|value| value == expected),
                "{kind:?} {path}: {again:?}"
            );
        }
        let script = ask(ports, folder.path(), Way::Plain, &Asked::get("/app.js")).await;
        assert!(csp(&script).unwrap().contains("sandbox"), "{kind:?}");
    }
}

fn site(kind: Kind, root: &Path, snippet: &str) -> String {
    let root = root.display();
    match kind {
        Kind::Nginx => format!(
            "root {root};\ntypes {{ text/html html; text/javascript js; }}\n{snippet}\n\
             location / {{ try_files $uri $uri/index.html /index.html; }}"
        ),
        Kind::Apache => format!(
            "DocumentRoot {root}\nAddType text/html .html\nAddType text/javascript .js\n\
             <Directory {root}>\nRequire all granted\nDirectoryIndex index.html\nFallbackResource /index.html\n</Directory>\n{snippet}"
        ),
        Kind::Caddy => {
            format!("root * {root}\ntry_files {{path}} /index.html\nfile_server\n{snippet}")
        }
    }
}

#[tokio::test]
async fn nginx_reads_every_size() {
    read_back(Kind::Nginx).await;
}

#[tokio::test]
async fn apache_reads_every_size() {
    read_back(Kind::Apache).await;
}

#[tokio::test]
async fn caddy_reads_every_size() {
    read_back(Kind::Caddy).await;
}
