//! A proxy between browser and server that can change one letter of one file.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, HOST, IF_NONE_MATCH};
use axum::http::{HeaderValue, Uri};
use axum::response::Response;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::serve;

/// The proxy. Whatever host it is asked for, it asks 127.0.0.1.
#[derive(Clone)]
pub(crate) struct Proxy {
    /// `http://127.0.0.1:PORT`.
    pub(crate) address: String,
    client: Client<HttpConnector, Body>,
    /// The end of the file's URL, and a text in it whose last letter changes its case.
    target: Arc<Mutex<Option<(&'static str, &'static str)>>>,
    /// How often it was changed.
    changed: Arc<Mutex<usize>>,
}

impl Proxy {
    pub(crate) async fn start() -> Self {
        let mut proxy = Self {
            address: String::new(),
            client: Client::builder(TokioExecutor::new()).build_http(),
            target: Arc::default(),
            changed: Arc::default(),
        };
        let app = Router::new().fallback(pass).with_state(proxy.clone());
        proxy.address = serve(app).await;
        proxy
    }

    /// From now on the last letter of this text is in the other case, where it first stands.
    pub(crate) fn change(&self, file: &'static str, text: &'static str) {
        *self.target.lock().unwrap() = Some((file, text));
        *self.changed.lock().unwrap() = 0;
    }

    /// How often it was, since it was asked for.
    pub(crate) fn changed(&self) -> usize {
        *self.changed.lock().unwrap()
    }
}

async fn pass(State(proxy): State<Proxy>, mut request: Request) -> Response {
    let host = request.headers()[HOST].to_str().unwrap();
    let port = host.rsplit_once(':').map_or("80", |(_, port)| port);
    let path = request.uri().path_and_query().unwrap().as_str();
    let uri = format!("http://127.0.0.1:{port}{path}");
    *request.uri_mut() = uri.parse::<Uri>().unwrap();
    // Nothing is kept of one page for the next.
    request.headers_mut().remove(IF_NONE_MATCH);
    let path = request.uri().path().to_owned();
    let (mut parts, body) = proxy.client.request(request).await.unwrap().into_parts();
    let body = to_bytes(Body::new(body), usize::MAX).await.unwrap();
    let target = *proxy.target.lock().unwrap();
    let body = match target {
        Some((file, text)) if path.ends_with(file) && !body.is_empty() => {
            *proxy.changed.lock().unwrap() += 1;
            // Whoever changes the bytes can change what is said of them.
            parts.headers.remove("unencoded-digest");
            flip(&body, text)
        }
        _ => body,
    };
    parts.headers.remove(CONTENT_LENGTH);
    parts
        .headers
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Response::from_parts(parts, Body::from(body))
}

/// The bytes with one letter in the other case: the last one of `text`, where it first stands.
pub(crate) fn flip(bytes: &[u8], text: &str) -> Bytes {
    let at = bytes
        .windows(text.len())
        .position(|window| window == text.as_bytes())
        .unwrap_or_else(|| panic!("no `{text}` in the file"));
    let mut bytes = bytes.to_vec();
    let letter = &mut bytes[at + text.len() - 1];
    assert!(letter.is_ascii_alphabetic());
    *letter ^= 0x20;
    Bytes::from(bytes)
}
