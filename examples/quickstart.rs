//! The page with the SDK, on <http://localhost:3000/>.
use axum::{Router, http::StatusCode, routing::post};
use tower_visor::{Document, Endpoint, Resource, Site};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let page = Document::new("http://localhost:3000")?.loads(Resource::Connect, "/api/session");
    // A file of the SDK that isn't the pinned one stops the server here, by name.
    let site = Site::builder("node_modules", "visor-lock.json")
        .app("web")
        .load(page, Endpoint::resource("contoso")?)?;
    for warning in site.warnings() {
        eprintln!("warning: {warning}");
    }
    // The application's own responses get the headers too.
    let app = site.around(Router::new().route("/api/session", post(session)));
    let listener = tokio::net::TcpListener::bind("localhost:3000").await?;
    println!("http://localhost:3000/");
    Ok(axum::serve(listener, Router::new().fallback_service(app)).await?)
}

async fn session() -> (StatusCode, &'static str) {
    (StatusCode::NOT_IMPLEMENTED, "no session with Face yet")
}
