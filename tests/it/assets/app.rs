//! The application's own files beside the SDK's.

use http::Request;
use tower_visor::app::AppFiles;
use tower_visor::assets::{AssetCaching, AssetsError, PinnedAssets};
use tower_visor::errors::Errors;
use tower_visor::sri::{Algorithm, Digest};

use super::{COMPONENT, fixture, messages, original};
use crate::server::Server;
use crate::support::pins;

fn build(base: &str, files: AppFiles) -> Result<PinnedAssets, Errors<AssetsError>> {
    let pins = pins(base);
    let verified = pins.verify(fixture("1.5.0")).unwrap();
    PinnedAssets::builder()
        .caching(AssetCaching::Immutable)
        .app_files(files)
        .build(&verified)
}

fn file(files: AppFiles, path: &str, text: &str) -> AppFiles {
    files.file(path, text).unwrap()
}

#[tokio::test]
async fn they_are_sent_as_given_and_asked_for_each_time() {
    let files = file(AppFiles::new(), "/app.js", "go()");
    let files = file(files, "/1.5.0/words.json", "{}");
    let files = file(files, "/1.5.0/font/a.woff2", "f");
    let server = Server::start(build("/1.5.0/", files).unwrap()).await;
    for (path, content_type, text) in [
        ("/app.js", "text/javascript; charset=utf-8", "go()"),
        ("/1.5.0/words.json", "application/json", "{}"),
        ("/1.5.0/font/a.woff2", "font/woff2", "f"),
    ] {
        let answer = server.get(path).await;
        assert_eq!((answer.status, &answer.body[..]), (200, text.as_bytes()));
        assert_eq!(answer.one("content-type"), content_type);
        // No URL names their version.
        assert_eq!(answer.one("cache-control"), "no-cache, no-transform");
        let tag = format!("\"{}\"", Digest::of(Algorithm::Sha384, text.as_bytes()));
        assert_eq!(answer.one("etag"), tag);
    }
    // The SDK's are still theirs, and nothing else is there.
    let answer = server.get("/1.5.0/FaceLivenessDetector.js").await;
    assert_eq!(answer.body, original(COMPONENT));
    assert!(answer.one("cache-control").contains("immutable"));
    for path in [
        "/1.5.0/app.js",
        "/words.json",
        "/1.5.0//app.js",
        "/APP.js",
        "/app.js/",
    ] {
        assert_eq!(server.get(path).await.status, 404, "{path}");
    }
}

#[test]
fn below_a_nested_base_are_those_that_lie_there() {
    let files = file(AppFiles::new(), "/1.5.0/in.js", "1");
    let files = file(files, "/out.js", "2");
    let nested = build("/1.5.0/", files).unwrap().nested();
    for (path, status) in [("/in.js", 200), ("/out.js", 404), ("/1.5.0/in.js", 404)] {
        let request = Request::get(path).body(()).unwrap();
        assert_eq!(nested.respond(&request).status(), status, "{path}");
    }
}

#[test]
fn what_can_not_be_served_so_is_told_at_the_start() {
    let files = file(AppFiles::new(), "/1.5.0/FaceLivenessDetector.js", "evil()");
    let files = file(files, "/index.html", "<p>");
    assert_eq!(
        messages(&build("/1.5.0/", files).unwrap_err()),
        [
            "/1.5.0/FaceLivenessDetector.js: a file of the application has the path of an SDK file: move it",
            "/index.html: a page has a policy of its own: compile it with `Page`, and serve it separately",
        ]
    );
    // The same bytes are no contradiction.
    let component = String::from_utf8(original(COMPONENT)).unwrap();
    let files = file(
        AppFiles::new(),
        "/1.5.0/FaceLivenessDetector.js",
        &component,
    );
    build("/1.5.0/", files).unwrap();
}

#[test]
fn two_lots_are_one_unless_they_share_a_path() {
    let one = || file(AppFiles::new(), "/a.js", "1");
    let both = one().and(file(AppFiles::new(), "/b.js", "2")).unwrap();
    assert_eq!(both.iter().count(), 2);
    assert_eq!(
        both.and(one()).unwrap_err().to_string(),
        "/a.js: two files are served at this path: remove one"
    );
}
