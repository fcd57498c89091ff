//! One walk over kinds of response and requests, for each server: what arrives is what our layer sends.

use std::collections::BTreeSet;
use std::path::Path;

use axum::Router;
use http::Method;
use tokio::net::TcpListener;
use tower_visor::layer::Visor;
use tower_visor::site::Served;

use crate::client::{Answer, Asked, Way, ask};
use crate::differences::{compare, told};
use crate::exceptions::EXCEPTIONS;
use crate::server::{Kind, Ports};
use crate::sites;

/// Our own layer, in plain HTTP: the headers don't depend on the way.
pub(crate) async fn serve(service: Visor<Served<Router>>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let service = axum::ServiceExt::<axum::extract::Request>::into_make_service(service);
    tokio::spawn(async move { axum::serve(listener, service).await });
    port
}

/// All requests, but for those that need a validator.
fn requests(base: &str) -> Vec<Asked> {
    let mut all = Vec::new();
    let pages = [
        "",
        "index.html",
        "help.html",
        "docs/",
        "docs/index.html",
        "docs/a%20b.html",
        "404.html",
    ];
    let files = [
        "app.js",
        "app.css",
        "verify/en.json",
        "assets/gr%C3%BCn%20(1).svg",
        "LICENSE",
        "FaceLivenessDetector.js",
        "facelivenessdetector-assets/js/AzureAIVisionFace_SIMD.wasm",
    ];
    let missing = [
        "nothing",
        "nothing.js",
        "docs",
        "verify/nothing.js",
        "facelivenessdetector-assets/nothing.js",
        "app.js.br",
        "FaceLivenessDetector.js.gz",
    ];
    for path in pages.iter().chain(&files).chain(&missing) {
        let asked = Asked::get(&format!("{base}{path}"));
        all.push(asked.clone().by(Method::HEAD));
        all.push(asked.clone().by(Method::POST));
        all.push(asked.clone().with("range", "bytes=2-5"));
        all.push(asked.clone().with("accept-encoding", "gzip"));
        all.push(asked.clone().with("accept-encoding", "gzip, deflate, br"));
        all.push(asked);
    }
    for path in [
        "/verify/step2",
        "/verify/a/b",
        "/verify/help/a",
        "/verify/about.html",
        "/t/fabrikam/check",
        "/verify/",
        "/t/fabrikam/check.js",
    ] {
        all.push(Asked::get(path));
        all.push(Asked::get(path).by(Method::HEAD));
    }
    for path in [
        "/api/session",
        "/api/kept",
        "/api/page",
        "/api/wrong",
        "/api/nothing",
    ] {
        all.push(Asked::get(path));
        all.push(Asked::get(path).by(Method::POST));
    }
    if base != "/" {
        all.push(Asked::get(base.trim_end_matches('/')));
        all.push(Asked::get(&format!("{}?a=b", base.trim_end_matches('/'))));
    }
    all.push(Asked::get(&format!("{base}app.js")).with("range", "bytes=1000-"));
    all.push(Asked::get(&format!("{base}app.js")).with("if-match", "\"other\""));
    all
}

async fn walk(kind: Kind, base: &str) {
    if kind.is_skipped() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    readable(folder.path());
    let site = sites::site(folder.path(), base, |policy| policy);
    let upstream = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = upstream.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(upstream, sites::application()).await });
    let out = folder.path().join("export");
    let export = site
        .export(kind.hosting())
        .at(out.to_str().unwrap())
        .proxying("/api/", format!("http://{address}"));
    export.write(&out).unwrap();
    let ports = Ports::free();
    let file = kind.prepare(folder.path(), &out, ports, &kind.uses(&out));
    let checked = kind.check(folder.path(), &file);
    let says = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert!(checked.status.success(), "{says}");
    let server = kind.start(folder.path(), &file, ports).await;

    let plain = serve(site.around(sites::application())).await;
    let own = Ports { plain, tls: 0 };
    let mut wrong = Vec::new();
    let mut met = BTreeSet::new();
    let mut count = 0;
    for asked in requests(base) {
        for way in [Way::Plain, Way::Tls, Way::Http2] {
            if way != Way::Plain && asked.headers.iter().any(|(name, _)| *name == "range") {
                continue;
            }
            let answers = (
                &ask(own, folder.path(), Way::Plain, &asked).await,
                &ask(ports, folder.path(), way, &asked).await,
            );
            wrong.extend(compare(EXCEPTIONS, kind, way, &asked, answers, &mut met));
            count += 1;
            // The second visit: each is asked with its own validator.
            let tag = |answer: &Answer| {
                answer
                    .headers
                    .get("etag")
                    .map(|tag| tag.to_str().unwrap().to_owned())
            };
            let is_whole = !asked.headers.iter().any(|(name, _)| *name == "range");
            if asked.method == Method::GET
                && is_whole
                && answers.0.status == 200
                && let (Some(one), Some(other)) = (tag(answers.0), tag(answers.1))
            {
                let again = |tag: &str| {
                    asked
                        .clone()
                        .with("if-none-match", tag)
                        .with("sec-fetch-dest", "document")
                };
                let answers = (
                    &ask(own, folder.path(), Way::Plain, &again(&one)).await,
                    &ask(ports, folder.path(), way, &again(&other)).await,
                );
                wrong.extend(compare(
                    EXCEPTIONS,
                    kind,
                    way,
                    &again(&one),
                    answers,
                    &mut met,
                ));
                count += 1;
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differences in {count} answers of {kind:?}\n{}\n{}",
        wrong.len(),
        wrong.join("\n"),
        server.log()
    );
    told(EXCEPTIONS, kind, &met);
}

/// For a server that gives up root.
pub(crate) fn readable(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test]
async fn nginx_sends_what_our_layer_sends() {
    walk(Kind::Nginx, "/").await;
    walk(Kind::Nginx, "/check/").await;
}

#[tokio::test]
async fn apache_sends_what_our_layer_sends() {
    walk(Kind::Apache, "/").await;
    walk(Kind::Apache, "/check/").await;
}

#[tokio::test]
async fn caddy_sends_what_our_layer_sends() {
    walk(Kind::Caddy, "/").await;
    walk(Kind::Caddy, "/check/").await;
}
