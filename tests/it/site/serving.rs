//! What a site answers, and what the application behind it.

use axum::response::Html;
use axum::routing::{get, post};
use http::header::ALLOW;
use http::{Method, StatusCode, Version};
use tower_visor::app::AppFiles;
use tower_visor::header::{Allowlist, Feature};
use tower_visor::policy::{Policy, Resource};
use tower_visor::site::Site;

use super::{HTML, builder, document, endpoint, folder, load};
use crate::server::{Answer, Server, request};
use crate::support::tree::{ASSETS, Tree};

/// The sources of one directive of the only policy.
fn sources<'a>(answer: &'a Answer, directive: &str) -> Vec<&'a str> {
    let mut all = answer.one("content-security-policy").split("; ");
    let found = all.find_map(|text| text.strip_prefix(directive)?.strip_prefix(' '));
    found.unwrap_or_default().split(' ').collect()
}

#[tokio::test]
async fn all_of_it_comes_with_its_headers() {
    let site = load(&folder("1.5.0"));
    let server = Server::start(site.service()).await;
    for version in [Version::HTTP_11, Version::HTTP_2] {
        for path in ["/", "/index.html"] {
            let answer = server.send(version, request(path)).await;
            assert_eq!(answer.status, 200, "{path}");
            assert_eq!(answer.one("content-type"), "text/html; charset=utf-8");
            assert_eq!(answer.body, site.page("/").unwrap().html());
            assert_ne!(answer.body, HTML);
            // Scripts by hashes alone, everything else by its exact URL.
            let scripts = sources(&answer, "script-src");
            let by_hash =
                |source: &&str| source.starts_with("'sha") || **source == *"'wasm-unsafe-eval'";
            assert!(scripts.iter().all(by_hash), "{scripts:?}");
            let origin = "https://liveness.contoso.example";
            for (directive, file) in [
                ("style-src", "/app.css"),
                ("img-src", "/logo.png"),
                ("connect-src", "/words/en.json"),
                ("connect-src", "/api/session"),
            ] {
                let found = sources(&answer, directive);
                let url = format!("{origin}{file}");
                assert!(found.contains(&url.as_str()), "{directive}: {found:?}");
            }
            assert_eq!(
                answer.one("permissions-policy").matches("=(self)").count(),
                1
            );
        }
        for (path, content_type, text) in [
            (
                "/app.js",
                "text/javascript; charset=utf-8",
                "import('./FaceLivenessDetector.js')",
            ),
            ("/app.css", "text/css; charset=utf-8", "p { margin: 0 }"),
            ("/words/en.json", "application/json", "{}"),
            ("/logo.png", "image/png", "png"),
        ] {
            let answer = server.send(version, request(path)).await;
            assert_eq!((answer.status, &answer.body[..]), (200, text.as_bytes()));
            assert_eq!(answer.one("content-type"), content_type);
            assert_eq!(answer.one("x-content-type-options"), "nosniff");
        }
        for file in site.pins().files() {
            let answer = server.send(version, request(file.url())).await;
            assert!(file.digest().matches(&answer.body), "{}", file.path());
            assert!(
                answer
                    .one("content-security-policy")
                    .contains("default-src 'none'")
            );
        }
        for path in [
            "/other",
            "/.secret",
            "/app/index.html",
            "/../index.html",
            "/INDEX.html",
        ] {
            let answer = server.send(version, request(path)).await;
            assert_eq!((answer.status, answer.body.len()), (404, 0), "{path}");
            assert_eq!(answer.one("cache-control"), "no-store");
            assert!(
                answer
                    .one("content-security-policy")
                    .contains("default-src 'none'")
            );
        }
    }
}

#[tokio::test]
async fn what_is_written_to_the_disk_later_reaches_nobody() {
    let tree = folder("1.5.0");
    let site = load(&tree);
    let page = site.page("/").unwrap().html().to_owned();
    let server = Server::start(site.service()).await;
    tree.write("app/index.html", "<script>evil()</script>");
    tree.write("app/app.js", "evil()");
    tree.write("sdk/FaceLivenessDetector.js", "evil()");
    assert_eq!(server.get("/").await.body, page);
    assert_eq!(
        server.get("/app.js").await.body,
        "import('./FaceLivenessDetector.js')"
    );
    let component = server.get("/FaceLivenessDetector.js").await.body;
    assert!(
        site.pins()
            .file("FaceLivenessDetector.js")
            .unwrap()
            .digest()
            .matches(&component)
    );
}

#[tokio::test]
async fn other_paths_are_the_application_s() {
    let router = axum::Router::new()
        .route("/api/session", post(|| async { "token" }))
        .route("/about", get(|| async { Html("<p>about") }))
        .fallback(|| async { Html("<p>start page") });
    let site = load(&folder("1.5.0"));
    let server = Server::start(site.around(router)).await;

    let mut session = request("/api/session");
    *session.method_mut() = Method::POST;
    let answer = server.send(Version::HTTP_11, session).await;
    assert_eq!((answer.status, &answer.body[..]), (200, &b"token"[..]));
    assert!(
        answer
            .one("content-security-policy")
            .contains("default-src 'none'")
    );

    let answer = server.get("/about").await;
    assert_eq!(answer.body, "<p>about");
    // It may look like the page, and no more.
    assert_eq!(sources(&answer, "script-src"), ["'none'"]);
    assert_eq!(
        sources(&answer, "style-src"),
        ["https://liveness.contoso.example/app.css"]
    );

    // What the SDK lacks is not a start page, whatever else is.
    for (path, status) in [
        (format!("/{ASSETS}/js/other.wasm"), 404),
        (format!("/{ASSETS}/"), 404),
        ("/other.js".to_owned(), 200),
    ] {
        assert_eq!(server.get(&path).await.status, status, "{path}");
    }

    // The site's paths are the site's, with any method.
    let mut posted = request("/");
    *posted.method_mut() = Method::POST;
    let answer = server.send(Version::HTTP_11, posted).await;
    assert_eq!(
        (answer.status, answer.one(ALLOW.as_str())),
        (405, "GET, HEAD")
    );
}

#[tokio::test]
async fn it_goes_where_axum_wants_it() {
    let site = load(&folder("1.5.0"));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let app = site.around(axum::Router::new());
    let serving = axum::serve(
        listener,
        axum::ServiceExt::<axum::extract::Request>::into_make_service(app),
    );
    drop(serving);
    // As a route among others, too: it brings its headers along.
    let router: axum::Router = axum::Router::new().fallback_service(site.service());
    let server = Server::start(router).await;
    let answer = server.get("/").await;
    assert_eq!(answer.status, 200);
    assert!(
        answer
            .one("content-security-policy")
            .contains("trusted-types default")
    );
}

#[tokio::test]
async fn the_start_page_is_found_without_its_slash() {
    let tree = folder("1.5.0");
    super::pin(&tree, "/liveness/");
    let router: axum::Router = axum::Router::new().route("/liveness", post(async || "ours"));
    let server = Server::start(load(&tree).around(router)).await;
    for (path, location) in [
        ("/liveness", "/liveness/"),
        ("/liveness?lang=de&x=%2F", "/liveness/?lang=de&x=%2F"),
    ] {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 307, "{path}");
        assert_eq!(answer.one("location"), location);
        assert_eq!(answer.one("cache-control"), "no-store");
    }
    assert_eq!(server.get("/liveness/").await.status, 200);
    for path in ["/livenes", "/liveness//", "/liveness/index"] {
        assert_eq!(server.get(path).await.status, 404, "{path}");
    }
    // What changes something is the application's.
    let mut posted = request("/liveness");
    *posted.method_mut() = Method::POST;
    assert_eq!(server.send(Version::HTTP_11, posted).await.body, "ours");
}

/// Whoever can change one file on the way would run it here, with the camera.
#[tokio::test]
async fn other_pages_have_no_sdk_no_camera_and_no_exception() {
    let tree = folder("1.4.8");
    let site = builder(tree.path())
        .policy(|policy| {
            policy
                .allow_feature(Feature::Microphone, Allowlist::SelfOrigin)
                .dangerous()
                .allow_unsafe_eval("kiosks".parse().unwrap())
        })
        .load(
            document()
                .framed_by("https://partner.example")
                .loads(Resource::Script, "/app.js"),
            endpoint(),
        )
        .unwrap();
    assert_eq!(site.relaxed().len(), 1);
    let route = Policy::document(document().loads(Resource::Script, "/app.js"));
    let router: axum::Router = axum::Router::new()
        .route("/admin", get(async || Html("<p>")))
        .route_layer(route.compile().unwrap().layer())
        .fallback(async || (StatusCode::NOT_FOUND, Html("<p>nothing here")));
    let server = Server::start(site.around(router)).await;
    let missing = server.get("/nowhere").await;
    assert_eq!(missing.status, 404);
    assert_eq!(
        missing.one("content-security-policy"),
        "default-src 'none'; script-src 'none'; style-src https://liveness.contoso.example/app.css; img-src https://liveness.contoso.example/logo.png; worker-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; upgrade-insecure-requests"
    );
    let features = missing.one("permissions-policy");
    assert!(features.contains("camera=()"), "{features}");
    assert!(features.contains("microphone=()"), "{features}");
    assert_eq!(missing.one("x-frame-options"), "DENY");
    // What a route asks for.
    let admin = server.get("/admin").await;
    assert_eq!(
        sources(&admin, "script-src"),
        ["https://liveness.contoso.example/app.js"]
    );
    assert!(admin.one("permissions-policy").contains("camera=()"));
}

#[tokio::test]
async fn two_sites_have_a_policy_each() {
    let tree = folder("1.5.0");
    let old = folder("1.4.8");
    super::pin(&old, "/legacy/");
    let old = builder(old.path())
        .policy(|policy| {
            policy
                .dangerous()
                .allow_unsafe_eval("kiosks".parse().unwrap())
        })
        .load(document(), endpoint())
        .unwrap();
    let other = axum::Router::new();
    let app = load(&tree).around(old.serving(other));
    let server = Server::start(app).await;
    let (new, old) = (server.get("/").await, server.get("/legacy/").await);
    assert!(!sources(&new, "script-src").contains(&"'unsafe-eval'"));
    assert!(sources(&old, "script-src").contains(&"'unsafe-eval'"));
    assert_eq!(server.get("/legacy/app.js").await.status, 200);
    assert_eq!(server.get("/legacy/other").await.status, 404);
}

#[tokio::test]
async fn files_at_hand_are_as_good_as_a_folder() {
    let sdk = Tree::vendored("1.5.0");
    let pins = tower_visor::pins::Pins::scan(sdk.path()).unwrap();
    let files = [
        ("/index.html", HTML),
        ("/app.js", "1"),
        ("/app.css", "p { margin: 0 }"),
        ("/about.html", "<!doctype html><title>About</title>"),
        ("/elsewhere/more.css", "p { margin: 0 }"),
    ];
    let files = files
        .into_iter()
        .fold(AppFiles::new(), |files, (path, text)| {
            files.file(path, text).unwrap()
        });
    let site = Site::pinned(sdk.path(), pins)
        .app_files(files)
        .load(document(), endpoint())
        .unwrap();
    let server = Server::start(site.service()).await;
    for path in ["/", "/about.html", "/app.js", "/elsewhere/more.css"] {
        assert_eq!(server.get(path).await.status, 200, "{path}");
    }
    assert!(site.page("/about").is_none());
}

#[tokio::test]
async fn the_policy_is_the_user_s_to_change() {
    let tree = folder("1.5.0");
    tree.write("app/fonts/a.woff2", "a");
    tree.write("app/fonts/b.woff2", "b");
    let site = builder(tree.path())
        .policy(|policy| policy.reporting("visor", "https://liveness.contoso.example/reports"))
        // A folder that is named stands for its files.
        .load(document().loads(Resource::Font, "/fonts/"), endpoint())
        .unwrap();
    let hidden = "`.secret` is in the application's folder and isn't served, because its name begins with a dot";
    let warnings: Vec<_> = site.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(warnings, [hidden]);
    let server = Server::start(site.service()).await;
    let answer = server.get("/").await;
    assert!(
        answer
            .one("content-security-policy")
            .contains("report-to visor")
    );
    assert_eq!(
        sources(&answer, "font-src"),
        ["https://liveness.contoso.example/fonts/"]
    );
    // A report-only policy that reports to nobody.
    let silent = |policy: Policy| policy.report_only("default-src 'none'".parse().unwrap());
    let twice = builder(tree.path())
        .policy(silent)
        .load(document(), endpoint())
        .unwrap();
    // The same of the policy and of the page is said once.
    assert_eq!(twice.warnings().len(), 2, "{:?}", twice.warnings());
}

#[test]
fn it_goes_everywhere_and_shows_no_bytes() {
    fn is_shared<T: Send + Sync + Clone + std::fmt::Debug + 'static>(_: &T) {}
    let site = load(&folder("1.5.0"));
    is_shared(&site);
    is_shared(&site.service());
    assert_eq!(
        format!("{site:?}"),
        "Site { sdk: 1.5.0, base: \"/\", pages: [\"/\", \"/index.html\"], .. }"
    );
}
