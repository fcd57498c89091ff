//! A version of the SDK that needs `'unsafe-eval'`, kept in a frame of an origin of its own: the
//! application's page around it stays strict.
//!
//! ```text
//! cargo run --example isolated-frame
//! ```
//!
//! Two ports of this machine are two origins; in production they are two names, such as
//! `www.contoso.example` and `liveness.contoso.example`.

#[allow(dead_code)] // the other example has a real endpoint, too
#[path = "liveness/face.rs"]
mod face;

use std::error::Error;
use std::future::IntoFuture as _;

use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::response::Html;
use axum::routing::{get, post};
use axum::{Router, ServiceExt};
use tokio::net::TcpListener;
use tower::Layer as _;
use tower_visor::app::AppFiles;
use tower_visor::csp::DirectiveName;
use tower_visor::header::{Allowlist, Feature};
use tower_visor::pins::Pins;
use tower_visor::policy::{Document, LivenessPage, Policy, Resource};
use tower_visor::sdk::Endpoint;
use tower_visor::{Page, PinnedAssets, VisorLayer};

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

const SDK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.4.8");
const OUTER: &str = include_str!("isolated-frame/outer.html");
const OUTER_JS: &str = include_str!("isolated-frame/outer.js");
const FRAME: &str = include_str!("isolated-frame/frame.html");
const FRAME_JS: &str = include_str!("isolated-frame/frame.js");

#[tokio::main]
async fn main() -> Result<()> {
    let outer = TcpListener::bind("127.0.0.1:0").await?;
    let frame = TcpListener::bind("127.0.0.1:0").await?;
    let outer_origin = format!("http://{}", outer.local_addr()?);
    let frame_origin = format!("http://{}", frame.local_addr()?);
    let inner = frame_site(&frame_origin, &outer_origin).await?;
    let around = outer_site(&outer_origin, &frame_origin)?;
    println!("listening on {outer_origin}/");
    println!("the frame is {frame_origin}/");
    tokio::try_join!(
        axum::serve(frame, ServiceExt::<Request>::into_make_service(inner)).into_future(),
        axum::serve(outer, ServiceExt::<Request>::into_make_service(around)).into_future(),
    )?;
    Ok(())
}

type App = tower_visor::layer::Visor<Router>;

/// The application's page: strict, with the camera delegated to one origin.
fn outer_site(origin: &str, frame: &str) -> Result<App> {
    let page = Document::new(origin)?.loads(Resource::Script, "/outer.js");
    let policy = Policy::document(page)
        .allow_feature(
            Feature::Camera,
            // A page can delegate only what it has itself.
            Allowlist::self_and([frame])?,
        )
        .dangerous()
        .allow(
            DirectiveName::FrameSrc,
            &format!("{frame}/"),
            "our own frame, whose server sends COEP as well".parse()?,
        )
        .dangerous()
        .allow(DirectiveName::ImgSrc, "data:", "the empty icon".parse()?);
    let html = OUTER.replace("FRAME", frame);
    let router = Router::new()
        .route("/", get(move || async move { Html(html) }))
        .route("/outer.js", script(OUTER_JS));
    Ok(VisorLayer::new(&policy)?.layer(router))
}

/// The page with the SDK: compiled, with its exception, for one embedder.
async fn frame_site(origin: &str, outer: &str) -> Result<App> {
    let face = face::Face::start(origin).await?;
    let address = face.address().ok_or("the fake endpoint has an address")?;
    let endpoint = Endpoint::local_test(&format!("http://{address}"))?;

    let pins = Pins::scan(SDK)?; // or `Pins::load("visor-lock.json")`
    let verified = pins.verify(SDK)?;
    let document = Document::new(origin)?
        .loads(Resource::Script, "/frame.js")
        .loads(Resource::Connect, "/api/session")
        .framed_by(outer);
    let policy = Policy::strict(LivenessPage::pinned(document, &pins, endpoint))
        .dangerous()
        .allow_unsafe_eval("1.4.8 makes code of text; alone on its origin".parse()?);
    let page = Page::builder(FRAME.replace("OUTER", outer))
        .app_files(AppFiles::new().file("/frame.js", FRAME_JS)?)
        .compile(&verified, &policy)?;
    let router = Router::new()
        .route_service("/", page)
        .route("/frame.js", script(FRAME_JS))
        .route("/api/session", post(move || async move { face.session() }))
        .fallback_service(PinnedAssets::new(&verified)?);
    Ok(VisorLayer::new(&policy)?.layer(router))
}

fn script(text: &'static str) -> axum::routing::MethodRouter {
    get(move || async move { ([(CONTENT_TYPE, "text/javascript; charset=utf-8")], text) })
}
