//! The layer around a plain hyper service, over HTTP/1.1 and HTTP/2.
//!
//! ```text
//! cargo run --example hyper
//! ```

use std::convert::Infallible;
use std::error::Error;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tower_layer::Layer as _;
use tower_visor::{Document, Policy, Resource, VisorLayer};

const PAGE: &str = "<!doctype html><title>hyper</title><link rel=icon href=/icon.svg>\
    <link rel=stylesheet href=/page.css><h1>Look at my headers</h1>";
const ICON: &str =
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'><circle cx='4' cy='4' r='4'/></svg>";
const STYLE: &str = "body { font: 1.2rem system-ui; margin: 4rem }";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let origin = format!("http://{}", listener.local_addr()?);

    let page = Document::new(&origin)?
        .loads(Resource::Style, "/page.css")
        .loads(Resource::Image, "/icon.svg");
    let layer = VisorLayer::new(&Policy::document(page))?;
    for warning in layer.policy().warnings() {
        eprintln!("warning: {warning}");
    }
    let service = layer.layer(tower::service_fn(answer));
    println!("listening on {origin}/");

    loop {
        let (stream, _) = listener.accept().await?;
        // Nagle's algorithm holds back the end of a response for up to 40 ms.
        stream.set_nodelay(true)?;
        let service = TowerToHyperService::new(service);
        tokio::spawn(async move {
            // A client that hangs up is not a fault of the server.
            let _ = auto::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (status, content_type, text) = match request.uri().path() {
        "/" => (StatusCode::OK, "text/html; charset=utf-8", PAGE),
        "/page.css" => (StatusCode::OK, "text/css; charset=utf-8", STYLE),
        "/icon.svg" => (StatusCode::OK, "image/svg+xml", ICON),
        _ => (
            StatusCode::NOT_FOUND,
            "text/plain; charset=utf-8",
            "nothing here\n",
        ),
    };
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    Ok(response)
}
