//! What pages may load and fetch of their folder.

use tower_visor::site::Site;

use super::{builder, document, endpoint, folder};
use crate::server::Server;
use crate::support::tree::Tree;

const ORIGIN: &str = "https://liveness.contoso.example";
const START: &str = "<!doctype html><script src=app.js></script>";

fn site(tree: &Tree) -> Site {
    builder(tree.path()).load(document(), endpoint()).unwrap()
}

/// Whether the start page's policy has a source in a directive.
fn has(site: &Site, directive: &str, source: &str) -> bool {
    let policy = format!("{:?}", site.page("/").unwrap().policy());
    let found = policy.split("; ").find(|one| one.starts_with(directive));
    let source = format!("{ORIGIN}{source}");
    found.is_some_and(|one| one.split_whitespace().any(|known| known == source))
}

#[tokio::test]
async fn parts_of_pages_are_served_as_they_are_and_checked() {
    let tree = folder("1.5.0");
    tree.write("app/index.html", START);
    let part = "<p>more</p>\n<b>and more</b>";
    tree.write("app/more.html", part);
    tree.write("app/framed.html", part);
    tree.write(
        "app/frames.html",
        "<title>x</title><iframe src=framed.html></iframe>",
    );
    tree.write("app/titled.html", "<title>More</title><p>more</p>");
    tree.write("app/runs.html", "<p>more</p><script src=app.js></script>");
    tree.write(
        "app/sdk.html",
        "<azure-ai-vision-face-ui></azure-ai-vision-face-ui>",
    );
    let site = site(&tree);
    for page in ["framed", "titled", "runs", "sdk"] {
        assert!(site.page(&format!("/{page}.html")).is_some(), "{page}");
    }
    assert!(site.page("/more.html").is_none());
    assert!(has(&site, "connect-src", "/more.html"));
    let html = site.page("/").unwrap().html().to_owned();
    assert!(html.contains("\"/more.html\":\"sha384-"), "{html}");
    assert!(!html.contains("\"/titled.html\":"), "{html}");

    let server = Server::start(site.service()).await;
    let answer = server.get("/more.html").await;
    assert_eq!(answer.text(), part);
    assert_eq!(answer.one("content-type"), "text/html; charset=utf-8");
    assert_eq!(
        answer.one("content-security-policy"),
        "default-src 'none'; frame-ancestors 'none'; sandbox"
    );
}

#[test]
fn a_part_has_nothing_that_a_page_may_not_have_and_one_alone_is_a_page() {
    let tree = folder("1.5.0");
    tree.write("app/more.html", "<p onclick=go()>");
    let errors = builder(tree.path())
        .load(document(), endpoint())
        .unwrap_err();
    assert!(
        errors[0]
            .to_string()
            .starts_with("/more.html: line 1, column 1: `onclick` on <p>")
    );
    tree.remove("app/index.html");
    tree.write("app/more.html", "<p>");
    assert!(site(&tree).page("/more.html").is_some());
}

#[test]
fn what_code_or_data_names_may_be_fetched() {
    let tree = folder("1.5.0");
    tree.write(
        "app/index.html",
        format!("{START}<img src=shown.png><script>play('live.m3u8')</script>"),
    );
    tree.write("app/app.js", "load(`${here}/map.glb`, './sprites.png')");
    tree.write("app/live.m3u8", "#EXTM3U\nfirst.ts\n");
    for name in [
        "first.ts",
        "other.ts",
        "map.glb",
        "sprites.png",
        "shown.png",
    ] {
        tree.write(&format!("app/{name}"), "x");
    }
    let site = site(&tree);
    for name in ["live.m3u8", "first.ts", "map.glb", "sprites.png"] {
        assert!(has(&site, "connect-src", &format!("/{name}")), "{name}");
        // No browser checks a picture.
        let html = site.page("/").unwrap().html().to_owned();
        let is_checked = html.contains(&format!("\"/{name}\":\"sha384-"));
        assert_eq!(is_checked, name != "sprites.png", "{name}");
    }
    for name in ["other.ts", "shown.png"] {
        assert!(!has(&site, "connect-src", &format!("/{name}")), "{name}");
    }
}
