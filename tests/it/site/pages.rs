//! Pages of a site beside the one at its start: at further URLs, in folders, without the SDK, in frames.

use tower_visor::csp::DirectiveName;
use tower_visor::policy::Resource;
use tower_visor::site::{Site, SiteBuilder};

use super::{builder, document, endpoint, faults, folder, site};
use crate::server::{Answer, Server};
use crate::support::tree::Tree;

async fn served(tree: &Tree, change: fn(SiteBuilder) -> SiteBuilder) -> Server {
    Server::start(site(tree, change).service()).await
}

/// The sources of a directive.
fn sources(answer: &Answer, directive: &str) -> Vec<String> {
    let csp = answer.one("content-security-policy").to_owned();
    let mut all = csp.split("; ").map(str::to_owned);
    let found = all.find_map(|one| {
        one.strip_prefix(&format!("{directive} "))
            .map(str::to_owned)
    });
    let found = found.unwrap_or_default();
    found
        .split(' ')
        .filter(|source| !source.is_empty())
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn deep_links_are_the_page_and_missing_files_are_not() {
    let tree = folder("1.5.0");
    let server = served(&tree, |site| site.page_at("/verify/{*rest}", "index.html")).await;
    let start = server.get("/").await;
    for path in [
        "/verify/step2",
        "/verify/a/b?c=d",
        "/verify/%C3%A9",
        "/verify/john.doe",
    ] {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(
            answer
                .text()
                .contains("<base href=\"/\"><script type=\"importmap\">"),
            "{path}"
        );
        assert_eq!(
            sources(&answer, "base-uri"),
            ["https://liveness.contoso.example/"]
        );
        assert_eq!(
            sources(&answer, "connect-src"),
            sources(&start, "connect-src")
        );
        assert!(
            answer.one("permissions-policy").contains("camera=(self)"),
            "{path}"
        );
    }
    assert_eq!(sources(&start, "base-uri"), ["'none'"]);
    for path in [
        "/verify/app.js",
        "/verify/x.wasm",
        "/verify/a/en.json",
        "/verify/app.css",
        "/verify/x.png",
        "/verify",
        "/other",
        "/facelivenessdetector-assets/gone",
    ] {
        let answer = server.get(path).await;
        assert_eq!((answer.status, answer.text().len()), (404, 0), "{path}");
    }
}

#[test]
fn a_page_that_is_not_there_and_a_pattern_that_is_none_are_said() {
    let tree = folder("1.5.0");
    let wrong = builder(tree.path())
        .page_at("verify", "index.html")
        .page_at("/verify/{*rest}", "verify.html");
    assert_eq!(
        faults(wrong),
        [
            "page at `verify`: begin it with a slash",
            "page at `/verify/{*rest}`: there is no page `verify.html`",
        ]
    );
}

#[tokio::test]
async fn a_page_without_the_sdk_gets_no_more_than_it_needs() {
    let tree = folder("1.5.0");
    tree.write(
        "app/404.html",
        "<h1 style=\"color: red\">Not here</h1><link rel=stylesheet href=app.css>",
    );
    tree.write(
        "app/help/index.html",
        "<script src=help.js></script><img src=../logo.png>",
    );
    tree.write("app/help/help.js", "document.title = 'Help'");
    let server = served(&tree, |site| site).await;
    for path in ["/404.html", "/help/", "/help/index.html"] {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(
            answer.one("permissions-policy").contains("camera=()"),
            "{path}"
        );
        let csp = answer.one("content-security-policy");
        for more in ["wasm", "azure", "facelivenessdetector", "unsafe-eval'"] {
            assert!(!csp.contains(more), "{path}: {csp}");
        }
        assert!(!answer.text().contains("FaceLivenessDetector"), "{path}");
    }
    let lost = server.get("/404.html").await;
    let style = tower_visor::sri::Digest::of(tower_visor::sri::Algorithm::Sha384, b"color: red");
    assert_eq!(
        sources(&lost, "style-src-attr"),
        [format!("'{style}'"), "'unsafe-hashes'".to_owned()]
    );
    let help = server.get("/help/").await;
    assert!(
        help.text().contains("<script integrity=\"sha384-"),
        "{}",
        help.text()
    );
    let start = server.get("/").await;
    assert!(start.one("permissions-policy").contains("camera=(self)"));
    assert!(
        start
            .one("content-security-policy")
            .contains("'wasm-unsafe-eval'")
    );
}

#[test]
fn where_a_chunk_is_loaded_by_no_name_each_page_with_scripts_may_be_the_one() {
    let tree = folder("1.5.0");
    tree.write("app/app.js", "const load = id => add(`/chunks/${id}.js`)");
    tree.write("app/chunks/7.js", "import('@azure/ai-vision-face-ui')");
    tree.write("app/other.html", "<script src=app.js></script>");
    tree.write("app/still.html", "<title>Still</title>");
    let site = site(&tree, |site| site);
    let has = |path| {
        site.page(path)
            .unwrap()
            .html()
            .contains("href=\"/FaceLivenessDetector.js\"")
    };
    assert!(has("/") && has("/other.html") && !has("/still.html"));
}

#[test]
fn an_error_page_with_style_attributes_does_not_stop_the_site() {
    // As Next.js exports it: no chunk is loaded by a name, so each page with a script may be the one.
    let tree = folder("1.5.0");
    tree.write("app/app.js", "const load = id => add(`/chunks/${id}.js`)");
    tree.write("app/chunks/7.js", "import('@azure/ai-vision-face-ui')");
    let lost = "<h1 style=\"color: red\">404</h1><script src=app.js></script>";
    tree.write("app/404.html", lost);
    let said = "/404.html: it has `style` attributes, and neither it nor a script that it loads by name \
         names the SDK, so it is served without the SDK: if it is a page for the check, move them to \
         a style sheet, or have them allowed by their hashes with an exception (`dangerous().allow(..)`) for `'unsafe-hashes'` \
         in style-src-attr";
    let loaded = site(&tree, |site| site);
    let has = |path| {
        let page = loaded.page(path).unwrap();
        page.html().contains("href=\"/FaceLivenessDetector.js\"")
    };
    assert!(has("/") && !has("/404.html"));
    let warnings = |site: &Site| -> Vec<String> {
        let all = site.warnings();
        let all = all.iter().map(ToString::to_string);
        all.filter(|text| !text.contains("`.secret`")).collect()
    };
    assert_eq!(warnings(&loaded), [said]);

    // Where that is allowed, it may have the SDK as well.
    let allowed = site(&tree, |site| {
        site.policy(|policy| {
            policy.dangerous().allow(
                DirectiveName::StyleSrcAttr,
                "'unsafe-hashes'",
                "pages of a framework, LIV-9".parse().unwrap(),
            )
        })
    });
    let page = allowed.page("/404.html").unwrap();
    assert!(page.html().contains("href=\"/FaceLivenessDetector.js\""));
    assert_eq!(warnings(&allowed), [""; 0]);

    // One that names the SDK is refused, and so is each where there is no other.
    let fault = |path: &str| {
        format!(
            "{path}: line 1, column 1: `style` on <h1> would not apply: move it to a style sheet, or \
             have such attributes allowed by their hashes with an exception (`dangerous().allow(..)`) for `'unsafe-hashes'` in \
             style-src-attr"
        )
    };
    tree.write("app/404.html", format!("{lost}<azure-ai-vision-face-ui>"));
    assert_eq!(faults(builder(tree.path())), [fault("/404.html")]);
    tree.write("app/404.html", lost);
    tree.write("app/index.html", lost);
    assert_eq!(
        faults(builder(tree.path())),
        [format!("{}; the same on /index.html", fault("/404.html"))]
    );
}

#[tokio::test]
async fn a_page_with_the_sdk_may_lie_in_a_folder() {
    let tree = folder("1.5.0");
    tree.write(
        "app/check/index.html",
        "<title>x</title><script type=module src=check.js></script><img src=./a.png?b=c&amp;d><a href=#top>\
         <a href=../index.html><svg><use href=#x></use></svg>",
    );
    tree.write(
        "app/check/check.js",
        "import '../FaceLivenessDetector.js'; import './more.js'",
    );
    tree.write("app/check/more.js", "");
    tree.write("app/check/a.png", "png");
    let server = served(&tree, |site| site).await;
    let answer = server.get("/check/").await;
    let text = answer.text();
    for part in [
        "<base href=\"/\">",
        "<script src=\"/check/check.js\" integrity=\"sha384-",
        "<img src=\"/check/a.png?b=c&amp;d\" src=./a.png",
        "<a href=\"/check/index.html#top\" href=#top>",
        "<a href=\"/index.html\" href=../index.html>",
        "<use href=#x>",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(
        sources(&answer, "base-uri"),
        ["https://liveness.contoso.example/"]
    );
    tree.write(
        "app/check/index.html",
        "<p>\n<img srcset=a.png><azure-ai-vision-face-ui>",
    );
    assert_eq!(
        faults(builder(tree.path())),
        [
            "/check/index.html: line 2, column 1: `srcset` on <img> holds URLs that may be relative, and \
          the base of the SDK is a different one: begin each with a slash, and name a single one in `src` or `href`"
        ]
    );
}

#[tokio::test]
async fn a_page_that_the_site_shows_in_a_frame_says_so_for_itself() {
    let tree = folder("1.5.0");
    tree.write(
        "app/index.html",
        "<script type=module src=app.js></script><iframe src=terms/></iframe>",
    );
    tree.write("app/terms/index.html", "<p>Terms");
    tree.write("app/other.html", "<p>");
    let server = served(&tree, |site| site).await;
    let terms = server.get("/terms/").await;
    assert_eq!(sources(&terms, "frame-ancestors"), ["'self'"]);
    assert_eq!(terms.one("x-frame-options"), "SAMEORIGIN");
    let start = server.get("/").await;
    assert_eq!(
        sources(&start, "frame-src"),
        ["https://liveness.contoso.example/terms/"]
    );
    for answer in [start, server.get("/other.html").await] {
        assert_eq!(sources(&answer, "frame-ancestors"), ["'none'"]);
        assert_eq!(answer.one("x-frame-options"), "DENY");
    }
}

#[test]
fn a_page_that_a_script_shows_in_a_frame_is_one_that_the_policy_names() {
    let tree = folder("1.5.0");
    tree.write("app/terms/a.html", "<title>Terms</title>");
    tree.write(
        "app/terms/check.html",
        "<title>Check</title><azure-ai-vision-face-ui>",
    );
    tree.write("app/other page.html", "<title>Other</title>");
    let framed = |place: &str| {
        let document = document().loads(Resource::Frame, place);
        let site = builder(tree.path()).load(document, endpoint()).unwrap();
        let pages = [
            "/",
            "/terms/a.html",
            "/terms/check.html",
            "/other%20page.html",
        ];
        pages.map(|page| {
            let policy = format!("{:?}", site.page(page).unwrap().policy());
            policy.contains("frame-ancestors 'self'")
        })
    };
    assert_eq!(framed("/terms/a.html"), [false, true, false, false]);
    assert_eq!(framed("/terms/check.html"), [false, false, true, false]);
    assert_eq!(framed("/other%20page.html"), [false, false, false, true]);
    // Of the pages below a folder those with the SDK are none of them, unless the URL is a page's own.
    assert_eq!(framed("/terms/"), [false, true, false, false]);
    assert_eq!(framed("/"), [true, true, false, true]);
}

#[tokio::test]
async fn what_is_left_out_is_not_there() {
    let tree = folder("1.5.0");
    tree.write("app/broken.html", "<p onclick=go()>");
    tree.write("app/stories/a.html", "<p onclick=go()>");
    tree.write("app/stories/b/c.js", "x");
    let server = served(&tree, |site| {
        site.without("broken.html").without("stories/")
    })
    .await;
    for path in ["/broken.html", "/stories/a.html", "/stories/b/c.js"] {
        assert_eq!(server.get(path).await.status, 404, "{path}");
    }
    assert_eq!(
        faults(
            builder(tree.path())
                .without("broke.html")
                .without("stories/")
                .without("broken.html")
        ),
        [
            "`broke.html` is to be left out, but nothing in the application's folder has that name: \
          remove it from the list, or write its path within the folder"
        ]
    );
}

#[test]
fn style_attributes_beside_the_sdk_take_an_exception() {
    let tree = folder("1.5.0");
    tree.write(
        "app/index.html",
        "<script type=module src=app.js></script><p style='margin: 0'>",
    );
    assert_eq!(
        faults(builder(tree.path())),
        [
            "/index.html: line 1, column 41: `style` on <p> would not apply: move it to a style sheet, or have such attributes allowed by their hashes with an exception (`dangerous().allow(..)`) for `'unsafe-hashes'` in style-src-attr"
        ]
    );
    let site = site(&tree, |site| {
        site.policy(|policy| {
            let reason = "one attribute of a widget, LIV-9".parse().unwrap();
            policy
                .dangerous()
                .allow(DirectiveName::StyleSrcAttr, "'unsafe-hashes'", reason)
        })
    });
    let policies: Vec<_> = site
        .warnings()
        .iter()
        .filter_map(|warning| warning.policy().cloned())
        .collect();
    assert_eq!(policies, []);
    let csp = format!("{:?}", site.page("/").unwrap().policy());
    let digest = tower_visor::sri::Digest::of(tower_visor::sri::Algorithm::Sha384, b"margin: 0");
    assert!(
        csp.contains(&format!("style-src-attr 'unsafe-hashes' '{digest}'"))
            || csp.contains(&format!("style-src-attr '{digest}' 'unsafe-hashes'")),
        "{csp}"
    );
}
