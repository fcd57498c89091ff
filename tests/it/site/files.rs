//! Files of a site with any name and of any kind.

use tower_visor::site::Site;

use super::{builder, document, endpoint, folder};
use crate::server::Server;
use crate::support::tree::Tree;

fn load(tree: &Tree) -> Site {
    builder(tree.path()).load(document(), endpoint()).unwrap()
}

#[tokio::test]
async fn what_a_file_is_is_told_by_the_end_of_its_name_in_upper_case_too() {
    let tree = folder("1.5.0");
    tree.write("app/index.html", "<link rel=stylesheet href=Style.CSS><img src=IMG_1.JPG><script src=App.JS type=module></script>");
    tree.write("app/App.JS", "import './Lib.Mjs'; fetch('Words.JSON')");
    for name in [
        "Lib.Mjs",
        "Style.CSS",
        "IMG_1.JPG",
        "dot.bmp",
        "Words.JSON",
        "Song.Ogg",
        "shop.geojson",
    ] {
        tree.write(&format!("app/{name}"), "");
    }
    tree.write("app/Old.HTM", "<!doctype html><p style='color: red'>x");
    let site = load(&tree);
    let page = site.page("/").unwrap();
    for path in [
        "App.JS",
        "Lib.Mjs",
        "Style.CSS",
        "Words.JSON",
        "shop.geojson",
    ] {
        let pinned = format!("\"/{path}\":\"sha384-");
        assert!(page.html().contains(&pinned), "{path}");
    }
    let csp = format!("{:?}", page.policy());
    for (directive, path) in [
        ("style-src", "Style.CSS"),
        ("img-src", "IMG_1.JPG"),
        ("img-src", "dot.bmp"),
        ("connect-src", "Words.JSON"),
        ("connect-src", "shop.geojson"),
        ("media-src", "Song.Ogg"),
    ] {
        let at = csp.find(&format!("{directive} ")).unwrap();
        let sources = csp[at..].split(';').next().unwrap();
        assert!(
            sources.contains(&format!("https://liveness.contoso.example/{path}")),
            "{csp}"
        );
    }
    let server = Server::start(site.service()).await;
    for (path, kind) in [
        ("/App.JS", "text/javascript; charset=utf-8"),
        ("/IMG_1.JPG", "image/jpeg"),
        ("/Old.HTM", "text/html; charset=utf-8"),
    ] {
        let answer = server.get(path).await;
        assert_eq!(answer.headers["content-type"], kind, "{path}");
    }
}

#[tokio::test]
async fn names_are_found_in_every_spelling_and_written_as_policies_want_them() {
    let tree = folder("1.5.0");
    let names = [
        "a b.js",
        "(group)/[id]/page-1.js",
        "$!'&=,;@+.js",
        "caf\u{e9}.js",
        "100%.js",
        "q?x#y.js",
    ];
    for name in names {
        tree.write(&format!("app/{name}"), name.as_bytes());
    }
    tree.write("app/pictures, all;/\u{e9} 1.png", "png");
    tree.write(
        "app/index.html",
        "<script src='(group)/%5Bid%5D/page-1.js'></script><script src='a b.js'></script>",
    );
    let site = load(&tree);
    let html = site.page("/").unwrap().html().to_owned();
    assert_eq!(
        html.matches("<script integrity=\"sha384-").count(),
        2,
        "{html}"
    );
    let csp = format!("{:?}", site.page("/").unwrap().policy());
    assert!(
        csp.contains("https://liveness.contoso.example/pictures%2C%20all%3B/%C3%A9%201.png"),
        "{csp}"
    );
    let server = Server::start(site.service()).await;
    for name in names {
        let all: String = name
            .bytes()
            .map(|byte| match byte {
                b'/' => "/".to_owned(),
                byte => format!("%{byte:02x}"),
            })
            .collect();
        let some: String = all.replace("%2e", ".").replace("%6a%73", "js");
        for path in [&all, &some] {
            let answer = server.get(&format!("/{path}")).await;
            assert_eq!(
                (answer.status, answer.text()),
                (200, name.to_owned()),
                "{path}"
            );
        }
    }
    // Not every client escapes what a browser does.
    for path in [
        "/(group)/[id]/page-1.js",
        "/$!'&=,;@+.js",
        "/a%20b.js",
        "/caf\u{e9}.js",
    ] {
        assert_eq!(server.get(path).await.status, 200, "{path}");
    }
    for path in [
        "/(group)%2f[id]/page-1.js",
        "/(group)/%2e%2e/a%20b.js",
        "/a%2520b.js",
        "/FaceLivenessDetector%2Ejs",
    ] {
        assert_eq!(server.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn unknown_types_are_bytes_and_dots_are_named() {
    let tree = folder("1.5.0");
    tree.write("app/LICENSE", "text");
    tree.write("app/notes.bak", "text");
    tree.write("app/.well-known/security.txt", "Contact: x");
    tree.write("app/.git/config", "secret");
    tree.write("app/a/.well-known/x", "secret");
    let site = load(&tree);
    let hidden: Vec<_> = site.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(hidden, [".git", ".secret", "a/.well-known"].map(|name| format!(
        "`{name}` is in the application's folder and isn't served, because its name begins with a dot"
    )));
    let server = Server::start(site.service()).await;
    for path in ["/LICENSE", "/notes.bak"] {
        let answer = server.get(path).await;
        assert_eq!(
            answer.one("content-type"),
            "application/octet-stream",
            "{path}"
        );
        assert_eq!(answer.one("x-content-type-options"), "nosniff", "{path}");
    }
    assert_eq!(
        server.get("/.well-known/security.txt").await.text(),
        "Contact: x"
    );
    for path in ["/.git/config", "/.secret", "/a/.well-known/x"] {
        assert_eq!(server.get(path).await.status, 404, "{path}");
    }
}

#[cfg(feature = "precompressed")]
#[tokio::test]
async fn a_copy_beside_its_file_is_checked_and_sent_in_its_place() {
    use crate::assets::precompressed::compress;
    use tower_visor::assets::Coding;
    let text = "const words = 'one two three four five six seven';\n".repeat(20);
    for (coding, name) in [
        (Coding::Brotli, "br"),
        (Coding::Gzip, "gzip"),
        (Coding::Zstd, "zstd"),
    ] {
        let end = coding.extension();
        let write = |tree: &Tree, path: &str, text: &str| {
            tree.write(
                &format!("app/{path}{end}"),
                compress(coding, text.as_bytes()),
            );
        };
        let tree = folder("1.5.0");
        tree.write("app/big.js", &*text);
        write(&tree, "big.js", &text);
        write(&tree, "index.html", "<p>");
        write(&tree, "alone", "alone");
        let server = Server::start(load(&tree).service()).await;
        let mut request = crate::server::request("/big.js");
        request
            .headers_mut()
            .insert("accept-encoding", name.parse().unwrap());
        let sent = server.send(http::Version::HTTP_11, request).await;
        assert_eq!(sent.one("content-encoding"), name);
        assert_eq!(server.get("/big.js").await.text(), text, "{name}");
        for (path, status) in [("/big.js", 404), ("/index.html", 404), ("/alone", 200)] {
            let path = format!("{path}{end}");
            assert_eq!(server.get(&path).await.status, status, "{path}");
        }
        write(&tree, "big.js", "evil()");
        assert_eq!(
            super::faults(builder(tree.path())),
            [format!(
                "big.js{end}: decompressed, it is not the pinned file; compress `big.js` again, from the package's own file"
            )]
        );
    }
}
