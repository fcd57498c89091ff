//! The Face API, as the backend calls it: it creates sessions and fetches their results.

use std::time::Duration;

use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tower_visor::sdk::Endpoint;
use tower_visor::session::{
    ApiVersion, CorrelationId, CreatedSession, OperationMode, Refusal, SessionRecord,
    SessionRequest, SessionResult,
};

use crate::{Error, now};

/// Answers are some kilobytes.
const LONGEST: usize = 256 * 1024;
const PATIENCE: Duration = Duration::from_secs(15);

/// The service at one endpoint, called with the resource's key. The key never gets to a page.
#[derive(Clone)]
pub struct Face {
    endpoint: Endpoint,
    key: HeaderValue,
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

/// A session, and what is kept of it.
pub struct Session {
    pub created: CreatedSession,
    pub record: SessionRecord,
}

/// A call that came to nothing.
pub enum Failed {
    /// The service answered, and refused.
    Refused(Box<Refusal>),
    /// It was not reached, or its answer could not be read.
    Error(Error),
}

impl<E: Into<Error>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

struct Answer {
    headers: HeaderMap,
    body: Bytes,
}

impl Face {
    pub fn new(endpoint: Endpoint, key: &str) -> Result<Self, Error> {
        let mut key = HeaderValue::from_str(key).map_err(|_| Error::Key)?;
        key.set_sensitive(true);
        let tls = HttpsConnectorBuilder::new().with_webpki_roots();
        // Plain http is for the fake service, on this machine alone.
        let connector = if endpoint.is_local_test() {
            tls.https_or_http().enable_http1().build()
        } else {
            tls.https_only().enable_http1().build()
        };
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Self {
            endpoint,
            key,
            client,
        })
    }

    fn request(id: CorrelationId) -> SessionRequest {
        SessionRequest::liveness(ApiVersion::V1_2, OperationMode::PassiveActive, id)
    }

    /// A session for the person whom the service knows by this id.
    pub async fn create(&self, id: CorrelationId) -> Result<Session, Failed> {
        let request = Self::request(id);
        let url = request.url(&self.endpoint);
        let answer = self.call(Method::POST, url, request.to_json()).await?;
        let created = CreatedSession::from_json(&answer.body)?;
        // The SDK sends its token to whatever host the token names.
        created.token().admitted_by(&self.endpoint)?;
        let call = answer.headers.get("apim-request-id");
        let call = call.and_then(|value| value.to_str().ok());
        let record = SessionRecord::new(&request, &created, call, now());
        Ok(Session { created, record })
    }

    /// What the service says of a session.
    pub async fn result(&self, session: &SessionRecord) -> Result<SessionResult, Failed> {
        let id = session.session_id();
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if !id.chars().all(is_plain) {
            return Err(Error::SessionId.into());
        }
        let url = format!("{}{}/{id}", self.endpoint.origin(), session.api_path());
        let answer = self.call(Method::GET, url, String::new()).await?;
        Ok(SessionResult::from_json(&answer.body)?)
    }

    /// One call. It follows no redirect: the key goes to the endpoint, and nowhere else.
    async fn call(&self, method: Method, url: String, json: String) -> Result<Answer, Failed> {
        let request = Request::builder()
            .method(method)
            .uri(url)
            .header("ocp-apim-subscription-key", self.key.clone())
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(json)))
            .map_err(|error| Error::Unreachable(error.to_string()))?;
        let call = async {
            let response = self.client.request(request).await;
            let (head, body) = response
                .map_err(|error| Error::Unreachable(error.to_string()))?
                .into_parts();
            let body = Limited::new(body, LONGEST).collect().await;
            let body = body.map_err(|error| Error::Unreachable(error.to_string()))?;
            Ok::<_, Error>((head, body.to_bytes()))
        };
        let (head, body) = tokio::time::timeout(PATIENCE, call)
            .await
            .map_err(|_| Error::Unreachable("no answer in time".into()))??;
        if !head.status.is_success() {
            return Err(refusal(head.status, &head.headers, &body));
        }
        Ok(Answer {
            headers: head.headers,
            body,
        })
    }
}

fn refusal(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Failed {
    Failed::Refused(Box::new(Refusal::read(status, headers, body, now())))
}
