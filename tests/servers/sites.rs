//! Sites to export, and the application behind them.

use axum::Router;
use axum::extract::Path;
use axum::response::{AppendHeaders, Html};
use axum::routing::{get, post};
use http::StatusCode;
use tower_visor::pins::{Pins, Scan};
use tower_visor::sdk::Endpoint;
use tower_visor::site::SiteBuilder;
use tower_visor::{Document, PinnedAssets, Policy, Resource, Site};

use crate::server::NAME;

const SDK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.5.0");

const HTML: &str = "<!doctype html><title>Check</title><link rel=stylesheet href=app.css>\
    <script type=module src=app.js></script>";

/// A site of several pages at a base, each of which a server has to tell apart.
pub(crate) fn site(folder: &std::path::Path, base: &str, adjust: fn(Policy) -> Policy) -> Site {
    load(built(folder, base).policy(adjust))
}

/// For the tests' origin.
pub(crate) fn load(builder: SiteBuilder) -> Site {
    let document = Document::new(&format!("https://{NAME}"))
        .unwrap()
        .loads(Resource::Connect, "/api/session");
    builder
        .load(document, Endpoint::resource("contoso").unwrap())
        .unwrap()
}

/// The same site before it is loaded.
pub(crate) fn built(folder: &std::path::Path, base: &str) -> SiteBuilder {
    let app = folder.join("app");
    for (name, text) in [
        ("index.html", HTML),
        (
            "help.html",
            "<!doctype html><title>Help</title><style>p { margin: 0 }</style>",
        ),
        ("docs/index.html", "<!doctype html><title>Docs</title>"),
        ("docs/a b.html", "<!doctype html><title>Spaces</title>"),
        ("404.html", "<!doctype html><title>Not here</title>"),
        ("app.js", "import('./FaceLivenessDetector.js')"),
        ("app.css", "p { margin: 0 }"),
        ("verify/en.json", "{}"),
        // A page of its own below a pattern.
        ("verify/about.html", "<!doctype html><title>About</title>"),
        (
            "assets/gr\u{fc}n (1).svg",
            "<svg xmlns='http://www.w3.org/2000/svg'/>",
        ),
        ("LICENSE", "no type is known of it"),
    ] {
        let file = app.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    let builder = Site::pinned(SDK, Scan::new(SDK).served_at(base).run().unwrap())
        .app(&app)
        // Of two that fit the first one counts.
        .page_at("/verify/help/{*rest}", "help.html")
        .page_at("/verify/{*rest}", "index.html")
        .page_at("/t/{tenant}/check", "help.html");
    #[cfg(feature = "compress")]
    let builder = builder.assets(PinnedAssets::builder().compressing());
    builder
}

/// A site with names that every host takes, whose policy names so many places more.
pub(crate) fn plain(folder: &std::path::Path, places: usize) -> Result<Site, String> {
    let app = folder.join("app");
    for (name, text) in [
        ("index.html", HTML.replace("app.", "/app.").as_str()),
        (
            "help.html",
            "<!doctype html><title>Help</title><style>p { margin: 0 }</style>",
        ),
        ("docs/index.html", "<!doctype html><title>Docs</title>"),
        ("app.js", "import('/FaceLivenessDetector.js')"),
        ("app.css", "p { margin: 0 }"),
        ("verify/en.json", "{}"),
        // Below the pattern, and another page.
        ("verify/about.html", "<!doctype html><title>About</title>"),
    ] {
        let file = app.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    let document = Document::new(&format!("https://{NAME}")).unwrap();
    let document = (0..places).fold(document, |document, number| {
        let place = format!("/api/tenants/{number:03}/sessions");
        document.loads(Resource::Connect, &place)
    });
    Site::pinned(SDK, Pins::scan(SDK).unwrap())
        .app(&app)
        .page_at("/verify/{*rest}", "index.html")
        .load(document, Endpoint::resource("contoso").unwrap())
        .map_err(|errors| errors.to_string())
}

/// The application behind the site, with headers of its own.
pub(crate) fn application() -> Router {
    let session = || async {
        let own = AppendHeaders([
            ("set-cookie", "a=1"),
            ("set-cookie", "b=2"),
            ("x-powered-by", "tests"),
            ("x-frame-options", "SAMEORIGIN"),
            ("x-request-id", "7"),
        ]);
        (own, "{}")
    };
    let kept = || async {
        (
            [
                ("cache-control", "private, max-age=60"),
                ("content-type", "application/json"),
            ],
            "{}",
        )
    };
    let page = || async {
        (
            [("content-security-policy", "img-src 'none'")],
            Html("<!doctype html>page"),
        )
    };
    Router::new()
        .route("/api/session", post(session).get(session))
        .route("/api/kept", get(kept))
        .route("/api/page", get(page))
        .route(
            "/api/status/{code}",
            get(|Path(code): Path<u16>| async move { StatusCode::from_u16(code).unwrap() }),
        )
        .route(
            "/api/wrong",
            get(|| async { (StatusCode::INTERNAL_SERVER_ERROR, "wrong") }),
        )
}
