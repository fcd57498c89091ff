//! One page with one SDK: its files, its routes, its policy.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::OriginalUri;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use tower_visor::header::ResponseClass;
use tower_visor::pins::{Pins, Scan};
use tower_visor::policy::{CompiledPolicy, Document, LivenessPage, Policy, Resource};
use tower_visor::sdk::Endpoint;

use super::Result;
use super::face::Face;

const INDEX: &str = include_str!("index.html");

/// The page's own files.
const FILES: [(&str, Resource, &str, &str); 3] = [
    (
        "app.js",
        Resource::Script,
        "text/javascript; charset=utf-8",
        include_str!("app.js"),
    ),
    (
        "words.js",
        Resource::Script,
        "text/javascript; charset=utf-8",
        include_str!("words.js"),
    ),
    (
        "app.css",
        Resource::Style,
        "text/css; charset=utf-8",
        include_str!("app.css"),
    ),
];

pub(crate) struct Site {
    /// Where it is served: begins and ends with a slash.
    pub(crate) base: &'static str,
    pub(crate) pins: Pins,
    files: Arc<HashMap<String, (&'static str, Bytes)>>,
}

impl Site {
    /// Finds the SDK in a folder, checks that it is complete and of one version, and reads it.
    pub(crate) fn load(base: &'static str, folder: &Path) -> Result<Self> {
        let pins = Scan::new(folder).served_at(base).run()?;
        let verified = pins.verify(folder)?;
        let mut files = HashMap::new();
        for (file, _) in verified.files() {
            let bytes = verified
                .read(file)
                .map_err(|difference| difference.to_string())?;
            files.insert(
                file.url().to_owned(),
                (file.content_type(), Bytes::from(bytes)),
            );
        }
        Ok(Self {
            base,
            pins,
            files: Arc::new(files),
        })
    }

    /// The strictest policy that this page runs under.
    pub(crate) fn policy(&self, origin: &str, endpoint: &Endpoint) -> Result<Policy> {
        let mut page = Document::new(origin)?;
        for (file, resource, ..) in FILES {
            page = page.loads(resource, &format!("{}{file}", self.base))?;
        }
        page = page
            .loads(Resource::Connect, &format!("{}api/session", self.base))?
            // The page shows the headers that it came with.
            .loads(Resource::Connect, &format!("{}index.html", self.base))?;
        let page = LivenessPage::pinned(page, &self.pins, endpoint.clone());
        Ok(Policy::strict(page))
    }

    /// The page, its files, the SDK, and the way to a session token.
    pub(crate) fn router(&self, face: &Face, policy: Option<CompiledPolicy>) -> Router {
        let index = move || async move {
            let mut page = Html(INDEX).into_response();
            if let Some(policy) = policy {
                page.extensions_mut().insert(policy);
            }
            page
        };
        let path = |file: &str| format!("{}{file}", self.base);
        let face = face.clone();
        let mut router = Router::new()
            .route(&path(""), get(index))
            .route(&path("index.html"), get(index))
            .route(
                &path("api/session"),
                post(move || async move { face.session() }),
            );
        for (file, _, content_type, text) in FILES {
            router = router.route(
                &path(file),
                get(move || async move { ([(CONTENT_TYPE, content_type)], text) }),
            );
        }
        let files = Arc::clone(&self.files);
        let sdk = get(move |OriginalUri(uri): OriginalUri| async move { send(&files, uri.path()) });
        router
            .route(&path("FaceLivenessDetector.js"), sdk.clone())
            .route(&path("facelivenessdetector-assets/{*path}"), sdk)
    }

    /// Number and size of the SDK's files.
    pub(crate) fn size(&self) -> (usize, usize) {
        let bytes = self.files.values().map(|(_, bytes)| bytes.len()).sum();
        (self.files.len(), bytes)
    }
}

/// The bytes that were checked at the start, from memory.
fn send(files: &HashMap<String, (&'static str, Bytes)>, path: &str) -> Response {
    let Some((content_type, bytes)) = files.get(path) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut response = ([(CONTENT_TYPE, *content_type)], bytes.clone()).into_response();
    response.extensions_mut().insert(ResponseClass::PinnedAsset);
    response
}
