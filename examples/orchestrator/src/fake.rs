//! A fake Face API on loopback, so that a check goes all the way without a resource of Azure's.
//!
//! It behaves as the documented one does where a backend can trip: the attempt that counts comes
//! first in the list, and an earlier one that failed after it; digests are in upper case; a session
//! says `NotStarted` beside finished attempts; refusals have a code, a message and an
//! `apim-request-id`. What the next sessions come to is set by `POST /next`, which the real service
//! doesn't have.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tower_http::cors::CorsLayer;

use crate::{Error, random};

/// The key that it wants.
pub const KEY: &str = "fake-key";

/// What the sessions from now on come to.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Next {
    /// `realface`, unless this says otherwise.
    decision: Option<String>,
    /// Somebody between the page and the service changed what was sent.
    changed_on_the_way: bool,
    /// The code with which a call for a session is refused.
    refuses: Option<String>,
}

struct Session {
    token: String,
    next: Next,
    digest: Option<String>,
    is_over: bool,
}

#[derive(Default)]
struct Service {
    address: Option<SocketAddr>,
    next: Next,
    sessions: HashMap<String, Session>,
}

type Fake = Arc<Mutex<Service>>;

const SESSIONS: &str = "/face/v1.2/detectLiveness-sessions";
const PATHS: [&str; 3] = [
    "face/v1.2/session/start",
    "face/v1.2/detectLiveness/singleModal",
    "face/v1.2/session/attempt/end",
];

/// Starts it on a port that the system picks, for pages of one origin.
pub async fn start(page_origin: &str) -> Result<SocketAddr, Error> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let fake = Fake::default();
    locked(&fake).address = Some(address);
    let origin = HeaderValue::from_str(page_origin).map_err(|_| Error::Origin)?;
    let cors = CorsLayer::new()
        .allow_origin(origin)
        .allow_methods([Method::POST])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE]);
    let [start, detect, end] = PATHS.map(|path| format!("/{path}"));
    let sdk = Router::new()
        .route(&start, post(begin))
        .route(&detect, post(look))
        .route(&end, post(finish))
        .layer(cors);
    let backend = Router::new()
        .route(SESSIONS, post(create))
        .route(&format!("{SESSIONS}/{{id}}"), get(result))
        .layer(middleware::from_fn(with_key));
    let router = backend
        .route("/next", post(next))
        .merge(sdk)
        .with_state(fake);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

fn locked(fake: &Fake) -> MutexGuard<'_, Service> {
    fake.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn next(State(fake): State<Fake>, Json(next): Json<Next>) {
    locked(&fake).next = next;
}

/// An answer in the service's form, good or bad.
fn answer(status: StatusCode, value: &Value) -> Response {
    let call = random().unwrap_or_default();
    // A GUID, as the service's are.
    let part = |from: usize, to: usize| call.get(from..to).unwrap_or_default();
    let parts = [
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32),
    ];
    let call = parts.join("-");
    (status, [("apim-request-id", call)], Json(value)).into_response()
}

fn refused(status: StatusCode, code: &str, message: &str) -> Response {
    let error = json!({ "error": { "code": code, "message": message } });
    answer(status, &error)
}

/// A backend's call has to show the resource's key.
async fn with_key(request: Request, next: middleware::Next) -> Response {
    match request.headers().get("ocp-apim-subscription-key") {
        Some(key) if key == KEY => next.run(request).await,
        _ => {
            let message = "Access denied due to invalid subscription key.";
            refused(StatusCode::UNAUTHORIZED, "401", message)
        }
    }
}

/// The backend asks for a session.
async fn create(State(fake): State<Fake>, Json(asked): Json<Value>) -> Response {
    let lifetime = asked["authTokenTimeToLiveInSeconds"].as_u64();
    if !(60..=86_400).contains(&lifetime.unwrap_or(600)) {
        let message = "The token's lifetime is 60 to 86400 seconds.";
        let code = "InvalidTokenLifetime";
        return refused(StatusCode::BAD_REQUEST, code, message);
    }
    if asked["deviceCorrelationId"]
        .as_str()
        .is_none_or(str::is_empty)
    {
        let message = "deviceCorrelationId is missing.";
        let code = "InvalidDeviceCorrelationId";
        return refused(StatusCode::BAD_REQUEST, code, message);
    }
    let mut service = locked(&fake);
    let next = service.next.clone();
    if let Some(code) = &next.refuses {
        return refused(StatusCode::FORBIDDEN, code, "The call is refused.");
    }
    let Ok(id) = random() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let token = token(service.address, &id);
    let created = json!({
        "sessionId": id, "authToken": token, "status": "NotStarted", "modelVersion": "2024-11-15",
        "results": { "attempts": [] },
    });
    let session = Session {
        token,
        next,
        digest: None,
        is_over: false,
    };
    service.sessions.insert(id, session);
    answer(StatusCode::OK, &created)
}

/// A token of the shape that the SDK reads: two of its claims are texts of JSON.
fn token(address: Option<SocketAddr>, id: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let paths: Vec<Value> = PATHS.iter().map(|path| json!({ "path": path })).collect();
    let endpoint = address.map_or_else(String::new, |address| format!("http://{address}"));
    let header = part(&json!({ "alg": "ES256", "typ": "JWT" }));
    let claims = part(&json!({
        "face": json!({ "endpoint": endpoint }).to_string(),
        "allowed-paths": Value::from(paths).to_string(),
        "jti": id,
    }));
    format!("{header}.{claims}.fake")
}

/// The backend asks what came of it.
async fn result(State(fake): State<Fake>, Path(id): Path<String>) -> Response {
    let service = locked(&fake);
    let Some(session) = service.sessions.get(&id) else {
        let message = "Session is not found.";
        return refused(StatusCode::NOT_FOUND, "SessionNotFound", message);
    };
    let attempts = session.digest.as_ref().map_or_else(Vec::new, |digest| {
        let decision = session.next.decision.as_deref().unwrap_or("realface");
        vec![
            json!({ "attemptId": 2, "attemptStatus": "Succeeded", "result": {
                "livenessDecision": decision, "digest": digest,
                "targets": { "color": { "faceRectangle": { "top": 59, "left": 121, "width": 409, "height": 395 } } },
            } }),
            json!({ "attemptId": 1, "attemptStatus": "Failed",
                "error": { "code": "FaceWithMaskDetected", "message": "A mask was seen." } }),
        ]
    });
    let found = json!({
        "sessionId": id, "status": "NotStarted", "authToken": session.token,
        "modelVersion": "2024-11-15", "results": { "attempts": attempts },
    });
    answer(StatusCode::OK, &found)
}

/// The session of a bearer token, while it runs.
fn of_bearer<'a>(
    service: &'a mut Service,
    headers: &HeaderMap,
) -> Result<&'a mut Session, StatusCode> {
    let token = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let mut sessions = service.sessions.values_mut();
    let session = sessions.find(|session| Some(session.token.as_str()) == token);
    session
        .filter(|session| !session.is_over)
        .ok_or(StatusCode::UNAUTHORIZED)
}

// The SDK's three calls. Bodies are read: a connection with an unread one can't be used again.

async fn begin(
    State(fake): State<Fake>,
    headers: HeaderMap,
    _: Bytes,
) -> Result<Json<Value>, StatusCode> {
    of_bearer(&mut locked(&fake), &headers)?;
    Ok(Json(json!({})))
}

async fn look(
    State(fake): State<Fake>,
    headers: HeaderMap,
    frame: Bytes,
) -> Result<Json<Value>, StatusCode> {
    let mut service = locked(&fake);
    let session = of_bearer(&mut service, &headers)?;
    let mut seen = Sha256::new_with_prefix(&frame);
    if session.next.changed_on_the_way {
        seen.update(b"changed");
    }
    let hex = seen
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect();
    session.digest = Some(hex);
    let id = random().map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(Json(json!({ "resultId": id })))
}

async fn finish(
    State(fake): State<Fake>,
    headers: HeaderMap,
    _: Bytes,
) -> Result<Json<Value>, StatusCode> {
    of_bearer(&mut locked(&fake), &headers)?.is_over = true;
    Ok(Json(json!({})))
}
