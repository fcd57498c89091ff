//! The manifest of a site: whatever the site answers is in it.

use std::io::Read as _;

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::Full;
use proptest::prelude::*;
use tower::ServiceExt as _;
use tower_visor::assets::PinnedAssets;
use tower_visor::header::{Waict, WaictMode, WaictRevision};
use tower_visor::pins::Pins;
use tower_visor::site::{Site, SiteBuilder, SiteWaict};
use tower_visor::sri::{Algorithm, Digest};
use tower_visor::waict::{WaictManifest, WaictSpelling};

use super::{builder, document, endpoint, faults, folder};
use crate::support::tree::{Tree, messages};

const ORIGIN: &str = "https://liveness.contoso.example";
/// What the application behind the site answers.
const OWN: &str = "the application's own";

fn tree() -> Tree {
    let tree = folder("1.5.0");
    tree.write("app/index.html", "<!doctype html><title>Check</title><link rel=stylesheet href=app.css?v=7><script type=module src=app.js?v=7></script><iframe src=help/></iframe>");
    tree.write("app/help/index.html", "<!doctype html><title>Help</title>");
    tree.write(
        "app/404.html",
        "<!doctype html><title>Not here</title><style>p { margin: 0 }</style>",
    );
    tree.write(
        "app/app.js",
        format!(
            "import('./FaceLivenessDetector.js'); // {}",
            "long ".repeat(400)
        ),
    );
    tree.write("app/module.wasm", b"\0asm\x01\0\0\0");
    tree.write("app/a font (1).woff2", b"font");
    tree.write(
        "app/.well-known/security.txt",
        "Contact: mailto:security@contoso.example",
    );
    tree
}

fn all(tree: &Tree, waict: impl Into<SiteWaict>) -> SiteBuilder {
    builder(tree.path())
        .page_at("/verify/{*rest}", "index.html")
        .assets(PinnedAssets::builder().compressing())
        .policy(|policy| policy.reporting("visor", "https://liveness.contoso.example/reports"))
        .waict(waict)
}

fn site(tree: &Tree, waict: impl Into<SiteWaict>) -> Site {
    all(tree, waict).load(document(), endpoint()).unwrap()
}

async fn ask(site: &Site, request: Request<Full<Bytes>>) -> Response<Bytes> {
    let own = tower::service_fn(async |_: Request<Full<Bytes>>| {
        let mut answer = Response::new(Full::<Bytes>::from(OWN));
        answer
            .headers_mut()
            .insert("content-type", http::HeaderValue::from_static("text/html"));
        Ok::<_, std::convert::Infallible>(answer)
    });
    let answer = site.around(own).oneshot(request).await.unwrap();
    let (parts, body) = answer.into_parts();
    let body = http_body_util::BodyExt::collect(body)
        .await
        .unwrap()
        .to_bytes();
    Response::from_parts(parts, body)
}

async fn get(site: &Site, path: &str) -> Response<Bytes> {
    let request = Request::get(path).header("host", "liveness.contoso.example");
    ask(site, request.body(Full::default()).unwrap()).await
}

/// The bytes before content coding.
fn decoded(answer: &Response<Bytes>) -> Vec<u8> {
    let body = answer.body();
    let mut out = Vec::new();
    match answer
        .headers()
        .get("content-encoding")
        .map(|coding| coding.to_str().unwrap())
    {
        Some("br") => brotli::BrotliDecompress(&mut &body[..], &mut out).unwrap(),
        Some("gzip") => drop(
            flate2::read::GzDecoder::new(&body[..])
                .read_to_end(&mut out)
                .unwrap(),
        ),
        Some(other) => panic!("{other}"),
        None => out.extend_from_slice(body),
    }
    out
}

fn header(answer: &Response<Bytes>) -> Waict {
    answer.headers()[Waict::NAME]
        .to_str()
        .unwrap()
        .parse()
        .unwrap()
}

/// Not out of the manifest: of the pins, and of what lies in the folder.
fn known_paths(site: &Site) -> Vec<String> {
    let pins = site.pins();
    let pinned = pins.files().iter().map(|file| file.url().to_owned());
    let own = [
        "/",
        "/index.html",
        "/help/",
        "/help/index.html",
        "/404.html",
        "/app.js",
        "/app.css",
        "/words/en.json",
        "/logo.png",
        "/a%20font%20(1).woff2",
        "/module.wasm",
        "/.well-known/security.txt",
        // No file, and a file of nobody's.
        "/verify/step/2",
        "/nothing",
        "/facelivenessdetector-assets/none.js",
        "/api/session",
    ];
    pinned.chain(own.map(String::from)).collect()
}

/// One character of a path, written otherwise; a query; more behind it.
fn spelt(path: &str, at: usize, how: u8) -> String {
    let at = at % path.len();
    let (before, rest) = path.split_at(at);
    match (how % 5, rest.bytes().next()) {
        (0, Some(byte)) if byte.is_ascii_alphanumeric() => {
            format!("{before}%{byte:02x}{}", &rest[1..])
        }
        (1, _) => format!("{path}?x={at}"),
        (2, _) => format!("{path}/more"),
        (3, _) => before.to_owned() + "/",
        _ => path.to_owned(),
    }
}

#[test]
fn whatever_is_sent_is_in_the_manifest() {
    let tree = tree();
    let site = site(&tree, WaictMode::Enforce);
    let manifest = site.waict_manifest().unwrap();
    let paths = known_paths(&site);
    assert!(paths.len() > 20);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let holds = |bytes: &[u8]| manifest.holds(&Digest::of(Algorithm::Sha256, bytes));
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 1500,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let strategy = (
        proptest::sample::select(paths),
        any::<(usize, u8)>(),
        proptest::sample::select(vec![
            Method::GET,
            Method::GET,
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
        ]),
        proptest::sample::select(vec![
            "",
            "br",
            "gzip",
            "br;q=0.5, gzip, zstd",
            "identity;q=0, *",
            "nonsense",
        ]),
        proptest::sample::select(vec![
            "",
            "",
            "bytes=0-3",
            "bytes=2-",
            "bytes=9999999-",
            "bytes=x",
        ]),
    );
    let seen = std::cell::RefCell::new(std::collections::BTreeMap::<(u16, bool), usize>::new());
    let result = runner.run(&strategy, |(path, (at, how), method, coding, range)| {
        let path = spelt(&path, at, how);
        let mut request = Request::builder().method(method).uri(&path);
        for (name, value) in [("accept-encoding", coding), ("range", range)] {
            if !value.is_empty() {
                request = request.header(name, value);
            }
        }
        let request = request.body(Full::default()).unwrap();
        let answer = runtime.block_on(ask(&site, request));
        let status = answer.status().as_u16();
        let is_coded = answer.headers().contains_key("content-encoding");
        if status == 206 {
            // A part is not checked by anybody; what it is a part of is.
            let request = Request::get(&path).header("accept-encoding", coding);
            let whole = runtime.block_on(ask(&site, request.body(Full::default()).unwrap()));
            assert!(holds(&decoded(&whole)), "{path}");
            let part = answer.body();
            assert!(
                whole
                    .body()
                    .windows(part.len())
                    .any(|window| window == part),
                "{path}"
            );
        } else if !answer.body().is_empty() && answer.body() != OWN {
            assert!(holds(&decoded(&answer)), "{path}: {:?}", answer.body());
        }
        *seen.borrow_mut().entry((status, is_coded)).or_default() += 1;
        Ok(())
    });
    result.unwrap();
    // Each kind of answer was among them.
    let seen = seen.into_inner();
    for kind in [
        (200, false),
        (200, true),
        (206, false),
        (404, false),
        (405, false),
        (416, false),
    ] {
        assert!(seen.contains_key(&kind), "{seen:?}");
    }
}

#[tokio::test]
async fn each_page_names_the_manifest_and_it_is_there() {
    let tree = tree();
    let site = site(&tree, WaictMode::Report);
    let manifest = site.waict_manifest().unwrap();
    let mut urls = Vec::new();
    for path in [
        "/",
        "/index.html",
        "/help/",
        "/404.html",
        "/verify/a/b",
        "/?session=1",
    ] {
        let page = get(&site, path).await;
        let waict = header(&page);
        assert_eq!(waict.mode(), WaictMode::Report, "{path}");
        assert_eq!(waict.max_age(), std::time::Duration::ZERO);
        assert_eq!(
            waict
                .endpoints()
                .map(ToString::to_string)
                .collect::<Vec<_>>(),
            ["visor"]
        );
        assert!(manifest.allows_fallback(page.body()), "{path}");
        urls.push(waict.manifest().to_owned());
        let not_modified = Request::get(path).header("if-none-match", &page.headers()["etag"]);
        let not_modified = ask(&site, not_modified.body(Full::default()).unwrap()).await;
        assert_eq!(not_modified.status(), 304);
        assert_eq!(header(&not_modified), waict, "{path}");
    }
    urls.dedup();
    let [url] = &urls[..] else { panic!("{urls:?}") };

    let answer = get(&site, url).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(
        answer.headers()["content-type"],
        "application/waict-integrity-manifest"
    );
    assert_eq!(
        answer.headers()["cache-control"],
        "public, max-age=31536000, immutable, no-transform"
    );
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    assert!(!answer.headers().contains_key(Waict::NAME));
    let body = str::from_utf8(answer.body()).unwrap();
    assert_eq!(*url, format!("/{}", WaictManifest::path_of(body)));
    let read = WaictManifest::read(answer.body(), manifest.origin()).unwrap();
    assert_eq!(read.manifest(), &manifest);
    assert_eq!(read.refused_by(WaictRevision::Second), None);
    let head = Request::head(url).body(Full::default()).unwrap();
    let head = ask(&site, head).await;
    assert!(head.body().is_empty() && head.headers()["content-length"] == body.len().to_string());
    let post = Request::post(url).body(Full::default()).unwrap();
    assert_eq!(ask(&site, post).await.status(), 405);
    let again = Request::get(url).header("if-none-match", &answer.headers()["etag"]);
    assert_eq!(
        ask(&site, again.body(Full::default()).unwrap())
            .await
            .status(),
        304
    );

    // Files have no header, and neither has what the application answers.
    for path in ["/app.js", "/FaceLivenessDetector.js", "/own"] {
        assert!(
            !get(&site, path).await.headers().contains_key(Waict::NAME),
            "{path}"
        );
    }
    assert!(!manifest.holds(&Digest::of(Algorithm::Sha256, OWN.as_bytes())));
}

#[tokio::test]
async fn it_holds_each_kind_of_file_at_each_url() {
    let tree = tree();
    let site = site(&tree, WaictMode::Report);
    let manifest = site.waict_manifest().unwrap();
    for path in [
        "/",
        "/index.html",
        "/help/",
        "/404.html",
        "/app.js",
        // As the page loads them.
        "/app.js?v=7",
        "/app.css?v=7",
        "/words/en.json",
        "/logo.png",
        "/a%20font%20(1).woff2",
        "/module.wasm",
        "/.well-known/security.txt",
        "/FaceLivenessDetector.js",
    ] {
        let answer = get(&site, path).await;
        assert!(
            manifest.allows(&format!("{ORIGIN}{path}"), answer.body()),
            "{path}"
        );
    }
    assert!(manifest.allows_wasm(b"\0asm\x01\0\0\0"));
    let pins = site.pins();
    let wasm = pins
        .files()
        .iter()
        .filter(|file| std::path::Path::new(file.path()).extension() == Some("wasm".as_ref()));
    let mut count = 0;
    for file in wasm {
        let bytes = std::fs::read(tree.join("sdk").join(file.path())).unwrap();
        assert!(manifest.allows_wasm(&bytes), "{}", file.path());
        count += 1;
    }
    assert!(count > 0);
    assert!(!manifest.allows_fallback(b"{}"));
    // Whoever loads the same site again gets the same bytes.
    let again = all(&tree, WaictMode::Report)
        .load(document(), endpoint())
        .unwrap();
    assert_eq!(again.waict_manifest(), Some(manifest));
}

#[tokio::test]
async fn a_reload_names_the_new_manifest_and_serves_the_old_one() {
    let tree = tree();
    let site = site(&tree, WaictMode::Report);
    let mut urls = vec![header(&get(&site, "/").await).manifest().to_owned()];
    let first = get(&site, &urls[0]).await.into_body();
    for version in 0..6 {
        tree.write("app/app.css", format!("p {{ margin: {version}px }}"));
        site.reload().unwrap();
        let url = header(&get(&site, "/").await).manifest().to_owned();
        assert!(!urls.contains(&url));
        urls.push(url);
        assert_eq!(get(&site, &urls[0]).await.into_body() == first, version < 3);
    }
    // The newest, and three before it.
    for (index, url) in urls.iter().enumerate() {
        let answer = get(&site, url).await;
        let is_manifest = answer.headers()["content-type"] == WaictManifest::CONTENT_TYPE;
        assert_eq!(is_manifest, index >= 3, "{index}");
    }
    // Nothing new: nothing is lost.
    site.reload().unwrap();
    let answer = get(&site, &urls[3]).await;
    assert_eq!(
        answer.headers()["content-type"],
        WaictManifest::CONTENT_TYPE
    );
}

#[tokio::test]
async fn proof_and_spelling_are_those_that_were_asked_for() {
    let tree = tree();
    let waict = SiteWaict::new(WaictMode::Report).proof(b"proof".as_slice());
    let site = site(&tree, waict);
    let url = header(&get(&site, "/").await).manifest().to_owned();
    assert!(get(&site, &url).await.body().ends_with(b"}\ncHJvb2Y=\n"));
    let waict = SiteWaict::from(WaictMode::Enforce).spelling(WaictSpelling::Prototype);
    let site = super::waict::site(&tree, waict);
    let page = header(&get(&site, "/").await);
    assert_eq!(page.mode(), WaictMode::Enforce);
    let body = get(&site, page.manifest()).await;
    let origin = ORIGIN.parse().unwrap();
    let read = WaictManifest::read(body.body(), &origin).unwrap();
    assert_eq!(read.refused_by(WaictRevision::First), None);
    let warnings = messages(&site.warnings());
    let inline = "waict enforces: a browser that follows the draft of 2026-04-15 to the letter blocks every inline script and style, the guard and the import map among them; none does so far";
    assert!(
        warnings.iter().any(|warning| warning == inline),
        "{warnings:?}"
    );
}

#[tokio::test]
async fn without_it_nothing_is_sent() {
    let tree = tree();
    let site = builder(tree.path()).load(document(), endpoint()).unwrap();
    assert_eq!(site.waict_manifest(), None);
    assert!(!get(&site, "/").await.headers().contains_key(Waict::NAME));
}

#[test]
fn what_no_manifest_can_hold_is_refused() {
    let tree = tree();
    tree.replace(
        "app/index.html",
        "src=help/",
        "src=/made/by/the/application",
    );
    assert_eq!(
        faults(all(&tree, WaictMode::Enforce)),
        [
            "waict: /: the frame `/made/by/the/application` is not a page of the folder, and no manifest covers what the application answers: put it into the folder, or let `waict` report",
            "waict: /index.html: the frame `/made/by/the/application` is not a page of the folder, and no manifest covers what the application answers: put it into the folder, or let `waict` report",
        ]
    );
    assert!(
        all(&tree, WaictMode::Report)
            .load(document(), endpoint())
            .is_ok()
    );
    // With a base that its pins were made for.
    let pins = Pins::load(tree.join("visor-lock.json")).unwrap();
    let site = Site::pinned(tree.join("sdk"), pins).waict(WaictMode::Enforce);
    assert!(site.load(document(), endpoint()).is_ok());
}

#[test]
#[cfg(feature = "export")]
fn an_export_for_each_host_has_it() {
    use tower_visor::export::Hosting;

    fn all_text(folder: &std::path::Path, into: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                all_text(&path, into);
            } else if !path.ends_with("sdk") {
                into.push_str(&String::from_utf8_lossy(&std::fs::read(path).unwrap()));
            }
        }
    }

    // Names that every host can serve.
    let tree = folder("1.5.0");
    let site = builder(tree.path()).waict(WaictMode::Report);
    let site = site.load(document(), endpoint()).unwrap();
    let body = site.waict_manifest().unwrap();
    let body = body.to_body(WaictSpelling::Draft);
    let name = WaictManifest::path_of(&body);
    for host in Hosting::ALL {
        let out = tree.join(host.as_str());
        site.export(host).write(&out).unwrap();
        let written = std::fs::read_to_string(out.join("public").join(&name)).unwrap();
        assert_eq!(written, body, "{host}");
        let mut text = String::new();
        all_text(&out, &mut text);
        assert!(text.contains("mode=report"), "{host}");
        // Behind Front Door lies a storage, which is told types where files are put into it.
        let has_type = text.contains(WaictManifest::CONTENT_TYPE);
        assert_eq!(has_type, host != Hosting::AzureFrontDoor, "{host}");
    }
}
