//! What a reload changes, and what it doesn't.

use axum::response::Html;

use super::{HTML, builder, document, endpoint, folder, load, pin, renew_sdk};
use crate::server::Server;
use crate::support::tree::{ASSETS, COMPONENT, messages};

#[tokio::test]
async fn everything_is_replaced_at_once() {
    let tree = folder("1.4.8");
    let site = builder(tree.path())
        .policy(|policy| {
            policy
                .dangerous()
                .allow_unsafe_eval("kiosks".parse().unwrap())
        })
        .load(document(), endpoint())
        .unwrap();
    let router = axum::Router::new().fallback(|| async { Html("<p>own") });
    let server = Server::start(site.around(router)).await;
    let old = server.get("/").await;
    let old_own = server.get("/own").await;

    renew_sdk(&tree, "1.5.0", "/");
    tree.write("app/index.html", HTML.replace("Check", "Newer"));
    tree.write("app/app.js", "newer()");
    tree.write("app/added.css", "p { margin: 1px }");
    assert_eq!(server.get("/").await.body, old.body);

    // Clones are one site.
    site.clone().reload().unwrap();
    let new = server.get("/").await;
    assert!(String::from_utf8_lossy(&new.body).contains("<title>Newer</title>"));
    assert_ne!(new.one("etag"), old.one("etag"));
    assert!(new.one("content-security-policy").contains("/added.css"));
    assert_eq!(server.get("/app.js").await.body, "newer()");
    assert_eq!(server.get("/added.css").await.status, 200);
    let component = server.get("/FaceLivenessDetector.js").await.body;
    assert!(
        site.pins()
            .file(COMPONENT)
            .unwrap()
            .digest()
            .matches(&component)
    );
    assert_eq!(site.pins().version().to_string(), "1.5.0");

    // What the application answers gets the new policy as well, and only that one.
    let own = server.get("/own").await;
    assert_ne!(
        own.one("content-security-policy"),
        old_own.one("content-security-policy")
    );
    assert!(own.one("content-security-policy").contains("/added.css"));
}

#[tokio::test]
async fn what_is_wrong_leaves_all_as_it_was() {
    let tree = folder("1.5.0");
    let site = load(&tree);
    let server = Server::start(site.service()).await;
    let paths = ["/", "/app.js", "/FaceLivenessDetector.js"];
    let mut before = Vec::new();
    for path in paths {
        before.push(server.get(path).await.body);
    }
    let engine = format!("sdk/{ASSETS}/js/AzureAIVisionFace.js");
    // The page is good and the SDK isn't; the SDK is good and the page isn't.
    tree.write("app/app.js", "newer()");
    tree.replace(&engine, "function", "Function");
    let errors = messages(&site.reload().unwrap_err());
    assert!(
        errors[0].starts_with(&format!("{ASSETS}/js/AzureAIVisionFace.js: changed")),
        "{errors:?}"
    );
    pin(&tree, "/");
    tree.write("app/index.html", "<p onclick=go()>");
    let errors = messages(&site.reload().unwrap_err());
    assert!(
        errors[0].starts_with("/index.html: line 1, column 1: "),
        "{errors:?}"
    );
    // Good, and for another place.
    tree.write("app/index.html", HTML);
    pin(&tree, "/sdk/");
    assert_eq!(
        messages(&site.reload().unwrap_err()),
        [
            "the files are served under `/`, the new pins are for `/sdk/`; pin them for `/`, or serve both, one from a second PinnedAssets, so that open pages still find theirs"
        ]
    );
    for (path, before) in paths.into_iter().zip(before) {
        assert_eq!(server.get(path).await.body, before, "{path}");
    }
    pin(&tree, "/");
    site.reload().unwrap();
    assert_eq!(server.get("/app.js").await.body, "newer()");
}

#[cfg(all(feature = "reports", feature = "session", feature = "tracing"))]
#[tokio::test]
async fn reloads_and_missing_files_are_told() {
    let tree = folder("1.5.0");
    let site = load(&tree);
    let server = Server::start(site.service()).await;
    let (ear, _guard) = crate::events::capture::Ear::open();
    site.reload().unwrap();
    tree.write("app/index.html", "<p onclick=go()>");
    site.reload().unwrap_err();
    let missing = format!("/{ASSETS}/js/missing.js");
    assert_eq!(server.get(&missing).await.status, 404);
    let lines = ear.lines();
    let [reloaded, refused, file] = &lines[..] else {
        panic!("{lines:?}")
    };
    assert_eq!(reloaded, "INFO reloaded service=site");
    let start = "WARN reload refused service=site faults=1 first=/index.html: line 1, column 1: ";
    assert!(refused.starts_with(start), "{refused}");
    assert_eq!(*file, format!("INFO file refused path={missing}"));
}
