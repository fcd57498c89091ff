//! What a request for a file gets.

use http::{Method, Request, Version};
use tower_visor::assets::{AssetCaching, PinnedAssets};
use tower_visor::header::UnencodedDigest;
use tower_visor::pins::Scan;

use super::{ASSETS, COMPONENT, Tree, assets, fixture, messages, original, wasm};
use crate::server::{Server, request};
use crate::support::pins;

#[tokio::test]
async fn every_file_is_sent_as_it_was_pinned_over_both_versions_of_http() {
    let pins = pins("/sdk/");
    let server = Server::start(assets("/sdk/")).await;
    for file in pins.files() {
        for version in [Version::HTTP_11, Version::HTTP_2] {
            let answer = server.send(version, request(file.url())).await;
            assert_eq!((answer.status, answer.version), (200, version));
            assert!(file.digest().matches(&answer.body), "{}", file.path());
            assert_eq!(answer.one("content-type"), file.content_type());
            assert_eq!(answer.one("etag"), format!("\"{}\"", file.digest()));
            let unencoded = UnencodedDigest::of(&answer.body).to_string();
            assert_eq!(answer.one("unencoded-digest"), unencoded);
            assert_eq!(answer.one("content-length"), file.bytes().to_string());
            assert_eq!(answer.one("cache-control"), "no-cache, no-transform");
            assert_eq!(answer.one("accept-ranges"), "bytes");
            // One form only, so nothing to vary by.
            assert_eq!(answer.all("vary"), [""; 0]);
            assert_eq!(answer.all("content-encoding"), [""; 0]);
            // A length that is known: not in chunks.
            assert_eq!(answer.all("transfer-encoding"), [""; 0]);
        }
    }
}

#[tokio::test]
async fn content_types_are_those_that_browsers_insist_on() {
    let server = Server::start(assets("/")).await;
    for (path, expected) in [
        (COMPONENT.to_owned(), "text/javascript; charset=utf-8"),
        (wasm(), "application/wasm"),
        (format!("{ASSETS}/i18n/en.json"), "application/json"),
        (format!("{ASSETS}/images/logo.svg"), "image/svg+xml"),
        (
            format!("{ASSETS}/images/activeMotionVisualHint.png"),
            "image/png",
        ),
    ] {
        let answer = server.get(&format!("/{path}")).await;
        assert_eq!(answer.one("content-type"), expected, "{path}");
        assert_eq!(answer.body, original(&path));
    }
}

#[tokio::test]
async fn head_gets_what_get_gets_without_the_bytes() {
    let server = Server::start(assets("/")).await;
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let get = server.send(version, request("/FaceLivenessDetector.js"));
        let mut get = get.await;
        let mut head = request("/FaceLivenessDetector.js");
        *head.method_mut() = Method::HEAD;
        // Ranges are for GET only.
        head.headers_mut()
            .insert("range", "bytes=0-1".parse().unwrap());
        let mut head = server.send(version, head).await;
        assert_eq!((head.status, head.body.len()), (200, 0));
        // Chromium would compare it with no bytes at all.
        assert!(get.headers.remove("unencoded-digest").is_some());
        for answer in [&mut get, &mut head] {
            answer.headers.remove("date");
        }
        assert_eq!(head.headers, get.headers);
    }
}

#[tokio::test]
async fn other_methods_are_refused_and_told_what_is_allowed() {
    let server = Server::start(assets("/")).await;
    for method in [
        "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "QUERY", "get",
    ] {
        let request = |path| {
            Request::builder()
                .method(method)
                .uri(path)
                .body("alert(1)")
                .unwrap()
        };
        let answer = server
            .send(Version::HTTP_11, request("/FaceLivenessDetector.js"))
            .await;
        assert_eq!((answer.status, answer.body.len()), (405, 0), "{method}");
        assert_eq!(answer.one("allow"), "GET, HEAD");
        assert_eq!(answer.one("cache-control"), "no-store");
        assert_eq!(answer.one("content-length"), "0");
        let answer = server.send(Version::HTTP_11, request("/other.js")).await;
        assert_eq!(answer.status, 404, "{method}");
    }
}

#[tokio::test]
async fn a_query_changes_nothing() {
    let server = Server::start(assets("/")).await;
    let answer = server.get("/FaceLivenessDetector.js?v=1.5.0").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, original(COMPONENT));
}

#[tokio::test]
async fn files_are_kept_for_a_year_only_under_the_name_of_their_version() {
    for base in ["/sdk/1.5.0/", "/v1.5.0/", "/1.5.0/x/", "/a@1.5.0/"] {
        let pins = pins(base);
        let verified = pins.verify(fixture("1.5.0")).unwrap();
        let assets = PinnedAssets::builder()
            .caching(AssetCaching::Immutable)
            .build(&verified)
            .unwrap();
        let server = Server::start(assets).await;
        let answer = server.get(&format!("{base}{COMPONENT}")).await;
        assert_eq!(
            answer.one("cache-control"),
            "public, max-age=31536000, immutable, no-transform"
        );
        // What isn't there may be there after a reload.
        let answer = server.get(&format!("{base}other.js")).await;
        assert_eq!(answer.one("cache-control"), "no-store");
    }
    for base in [
        "/",
        "/sdk/",
        "/1.5/",
        "/11.5.0/",
        "/1.5.0-beta/",
        "/1.5.01/",
    ] {
        let pins = pins(base);
        let verified = pins.verify(fixture("1.5.0")).unwrap();
        let errors = PinnedAssets::builder()
            .caching(AssetCaching::Immutable)
            .build(&verified)
            .unwrap_err();
        assert_eq!(
            messages(&errors),
            [format!(
                "`{base}` does not name version 1.5.0, so a browser would keep its files for a year after an update; pin them at `{base}1.5.0/`, or use AssetCaching::Revalidate"
            )]
        );
    }
}

#[tokio::test]
async fn a_replaced_picture_is_asked_for_each_time() {
    let tree = Tree::vendored("1.5.0");
    let logo = format!("{ASSETS}/images/logo.svg");
    tree.write(&logo, "<svg xmlns='http://www.w3.org/2000/svg'/>");
    let pins = Scan::new(tree.path())
        .served_at("/sdk/1.5.0/")
        .overriding(&logo, "our logo")
        .run()
        .unwrap();
    let verified = pins.verify(tree.path()).unwrap();
    let assets = PinnedAssets::builder()
        .caching(AssetCaching::Immutable)
        .build(&verified)
        .unwrap();
    let server = Server::start(assets).await;
    let answer = server.get(&format!("/sdk/1.5.0/{logo}")).await;
    assert_eq!(answer.one("cache-control"), "no-cache, no-transform");
    assert_eq!(answer.body, "<svg xmlns='http://www.w3.org/2000/svg'/>");
}

#[test]
fn it_shows_itself_without_its_bytes() {
    fn thread_safe<T: Send + Sync + Clone + 'static>() {}
    let shown = format!("{:?}", assets("/sdk/"));
    assert!(shown.starts_with("PinnedAssets { base: \"/sdk/\", files: "));
    assert!(shown.len() < 300, "{shown}");
    thread_safe::<PinnedAssets>();
}
