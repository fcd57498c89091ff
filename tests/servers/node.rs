//! The table and its middleware in Node.js.

use std::process::{Child, Command};

use axum::Router;
use http::Method;
use tower_visor::export::Hosting;

use crate::client::{Answer, Asked, Way, ask};
use crate::compared::serve;
use crate::server::{Ports, reachable};
use crate::sites;

struct Node(Child);

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The headers that a policy owns, and what is said of the bytes.
const COMPARED: [&str; 9] = [
    "content-security-policy",
    "permissions-policy",
    "cache-control",
    "content-type",
    "x-frame-options",
    "strict-transport-security",
    "cross-origin-opener-policy",
    "integrity-policy",
    "allow",
];

fn seen(answer: &Answer) -> Vec<String> {
    let headers = COMPARED
        .iter()
        .map(|name| format!("{name}: {:?}", answer.headers.get(*name)));
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    headers.chain([answer.status.to_string(), body]).collect()
}

#[tokio::test]
async fn node_sends_what_our_layer_sends() {
    let skipped = std::env::var("TOWER_VISOR_SKIP_SERVER").unwrap_or_default();
    if skipped.split(',').any(|name| name == "node") {
        eprintln!("NOT RUN: node (TOWER_VISOR_SKIP_SERVER)");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let site = sites::site(folder.path(), "/", |policy| policy);
    let out = folder.path().join("export");
    site.export(Hosting::Node).write(&out).unwrap();
    let ports = Ports::free();
    let server = folder.path().join("server.cjs");
    let code = format!(
        "const visor = require({:?});\nrequire('http').createServer((request, response) => visor(request, response))\
         .listen({}, '127.0.0.1');",
        out.join("visor.cjs"),
        ports.plain
    );
    std::fs::write(&server, code).unwrap();
    let node = Command::new("node")
        .arg(&server)
        .spawn()
        .expect("node: install it, or leave it out with TOWER_VISOR_SKIP_SERVER=node");
    let _node = Node(node);
    assert!(reachable(ports.plain).await);
    let own = Ports {
        plain: serve(site.around(Router::new())).await,
        tls: 0,
    };
    let pages = [
        "/",
        "/index.html",
        "/help.html",
        "/docs/",
        "/docs/a%20b.html",
        "/verify/step2",
        "/t/fabrikam/check",
    ];
    let files = [
        "/app.js",
        "/verify/en.json",
        "/assets/gr%C3%BCn%20(1).svg",
        "/LICENSE",
        "/FaceLivenessDetector.js",
    ];
    let missing = [
        "/nothing",
        "/verify/nothing.js",
        "/facelivenessdetector-assets/nothing.js",
        "/app.js.br",
    ];
    for path in pages.iter().chain(&files).chain(&missing) {
        let asked = Asked::get(path);
        let compressed = asked.clone().with("accept-encoding", "gzip");
        for asked in [asked.clone(), asked.clone().by(Method::HEAD), compressed] {
            let ours = ask(own, folder.path(), Way::Plain, &asked).await;
            let theirs = ask(ports, folder.path(), Way::Plain, &asked).await;
            assert_eq!(seen(&theirs), seen(&ours), "{asked:?}");
        }
        // The second visit.
        let first = ask(ports, folder.path(), Way::Plain, &asked).await;
        if let Some(tag) = first.headers.get("etag") {
            let again = asked.clone().with("if-none-match", tag.to_str().unwrap());
            let again = ask(ports, folder.path(), Way::Plain, &again).await;
            assert_eq!(again.status, 304, "{path}");
            let csp = "content-security-policy";
            assert_eq!(again.headers.get(csp), first.headers.get(csp), "{path}");
        }
    }
    let written = ask(
        ports,
        folder.path(),
        Way::Plain,
        &Asked::get("/").by(Method::POST),
    )
    .await;
    assert_eq!(written.status, 405);
}
