//! A fake Face endpoint: an origin of its own that answers what the SDK asks.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::routing::{MethodRouter, post};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tower_http::cors::CorsLayer;

use super::Result;

/// Where session tokens come from.
#[derive(Clone)]
pub(crate) enum Face {
    /// Microsoft's: the token was made by a backend with the resource's key.
    Real(String),
    Fake(Fake),
}

#[derive(Clone)]
pub(crate) struct Fake {
    address: SocketAddr,
    /// Tokens that were given out and not used up.
    open: Arc<Mutex<HashSet<String>>>,
}

const PATHS: [&str; 3] = [
    "face/v1.2/session/start",
    "face/v1.2/detectLiveness/singleModal",
    "face/v1.2/session/attempt/end",
];

impl Face {
    /// Starts a fake endpoint on a port that the system picks, for pages of one origin.
    pub(crate) async fn start(page_origin: &str) -> Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let fake = Fake {
            address: listener.local_addr()?,
            open: Arc::default(),
        };
        let cors = CorsLayer::new()
            .allow_origin(page_origin.parse::<HeaderValue>()?)
            .allow_methods([Method::POST])
            .allow_headers([AUTHORIZATION, CONTENT_TYPE]);
        let [start, detect, end] = PATHS.map(|path| format!("/{path}"));
        let router = Router::new()
            .route(&start, answer(&fake, Fake::begin))
            .route(&detect, answer(&fake, Fake::detect))
            .route(&end, answer(&fake, Fake::end))
            .layer(cors);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self::Fake(fake))
    }

    /// Where the fake endpoint listens.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::Real(_) => None,
            Self::Fake(fake) => Some(fake.address),
        }
    }

    /// What a backend answers to a page that wants to start a check: a token for one session.
    pub(crate) fn session(&self) -> Json<Value> {
        match self {
            Self::Real(token) => Json(json!({ "authToken": token })),
            Self::Fake(fake) => Json(json!({ "authToken": fake.token() })),
        }
    }
}

type Answer = Result<Json<Value>, StatusCode>;

fn answer(fake: &Fake, method: fn(&Fake, &HeaderMap) -> Answer) -> MethodRouter {
    let fake = fake.clone();
    // The body is read and dropped: a connection with an unread one can't be used again.
    post(move |headers: HeaderMap, _: Bytes| async move { method(&fake, &headers) })
}

impl Fake {
    /// A token of the shape that the SDK reads: two of its claims are texts of JSON.
    fn token(&self) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let paths: Vec<Value> = PATHS.iter().map(|path| json!({ "path": path })).collect();
        let header = part(&json!({ "alg": "ES256", "typ": "JWT" }));
        let claims = part(&json!({
            "face": json!({ "endpoint": format!("http://{}", self.address) }).to_string(),
            "allowed-paths": Value::from(paths).to_string(),
            "jti": unguessable(),
        }));
        // The SDK does not verify the signature, and this endpoint knows its tokens by heart.
        let token = format!("{header}.{claims}.fake");
        self.tokens().insert(token.clone());
        token
    }

    fn tokens(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The bearer token of a request, if it is one of ours.
    fn bearer(&self, headers: &HeaderMap) -> Result<String, StatusCode> {
        headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "))
            .filter(|token| self.tokens().contains(*token))
            .map(str::to_owned)
            .ok_or(StatusCode::UNAUTHORIZED)
    }

    fn begin(&self, headers: &HeaderMap) -> Answer {
        self.bearer(headers)?;
        Ok(Json(json!({})))
    }

    fn detect(&self, headers: &HeaderMap) -> Answer {
        self.bearer(headers)?;
        Ok(Json(json!({ "resultId": unguessable() })))
    }

    /// The session is over: a page that is loaded again needs a new token.
    fn end(&self, headers: &HeaderMap) -> Answer {
        let token = self.bearer(headers)?;
        self.tokens().remove(&token);
        Ok(Json(json!({})))
    }
}

/// 128 random bits, in hexadecimal.
fn unguessable() -> String {
    let mut random = [0; 16];
    // Should there be no randomness, a fake endpoint does without.
    let _ = getrandom::fill(&mut random);
    format!("{:032x}", u128::from_be_bytes(random))
}
