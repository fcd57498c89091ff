//! The routes that the page calls: sign in, begin a session, and say how it ended.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse};
use axum::{Json, Router, routing::post};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use serde::{Deserialize, Serialize};
use tower_visor::layer::SessionRoutes;
use tower_visor::policy::Policy;
use tower_visor::session::{ClientReport, CorrelationId, Person, SessionErrorKind, SessionVerdict};

use crate::face::{Face, Failed};
use crate::store::Store;
use crate::{Error, now};

/// Attempts that a person has at once, and the time after which they have one more. Five in a few
/// minutes are plenty for an honest person.
const ATTEMPTS: NonZeroU32 = NonZeroU32::new(5).unwrap();
const ONE_MORE: Duration = Duration::from_secs(30 * 60);

#[derive(Clone)]
struct Checks {
    store: Store,
    face: Face,
    /// By correlation id: who was released after a review begins anew.
    attempts: Arc<DefaultKeyedRateLimiter<CorrelationId>>,
    /// `; Secure` where the page is served over HTTPS.
    secure: &'static str,
}

/// The routes, for the policy's own page and nobody else's.
pub fn routes(store: Store, face: Face, policy: &Policy) -> Result<Router, Error> {
    // The period is not zero.
    let quota = Quota::with_period(ONE_MORE)
        .ok_or(Error::Quota)?
        .allow_burst(ATTEMPTS);
    let is_https = policy
        .page()
        .is_some_and(|page| page.origin().scheme() == "https");
    let checks = Checks {
        store,
        face,
        attempts: Arc::new(RateLimiter::keyed(quota)),
        secure: if is_https { "; Secure" } else { "" },
    };
    Ok(Router::new()
        .route("/api/sign-in", post(sign_in))
        .route("/api/session", post(begin))
        .route("/api/session/result", post(end))
        .layer(SessionRoutes::new(policy)?)
        .with_state(checks))
}

/// What the page does next. It is told no more than that.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Next {
    SignIn,
    Done,
    Again,
    Later,
    Review,
}

/// An answer to the page.
type Answer = Result<(StatusCode, Json<serde_json::Value>), Error>;

#[allow(clippy::unnecessary_wraps)] // it is the end of handlers
fn next(status: StatusCode, next: Next) -> Answer {
    Ok((status, Json(serde_json::json!({ "next": next }))))
}

#[derive(Deserialize)]
struct SignIn {
    name: String,
}

/// Stands for the sign-in that your application has. This one believes every name.
async fn sign_in(
    State(checks): State<Checks>,
    Json(SignIn { name }): Json<SignIn>,
) -> Result<impl IntoResponse, Error> {
    let name = name.trim();
    let is_name = |c: char| c.is_alphanumeric() || " .-'".contains(c);
    if name.is_empty() || name.len() > 100 || !name.chars().all(is_name) {
        return Err(Error::Name);
    }
    let new = Person::new(CorrelationId::random()?, now());
    let cookie = checks.store.sign_in(name, new).await?;
    let cookie = format!(
        "person={cookie}; Path=/api; HttpOnly; SameSite=Strict{}",
        checks.secure
    );
    Ok((
        AppendHeaders([(SET_COOKIE, cookie)]),
        Json(serde_json::json!({})),
    ))
}

impl Checks {
    async fn signed_in(&self, headers: &HeaderMap) -> Result<Option<String>, Error> {
        match cookie(headers, "person") {
            Some(cookie) => self.store.signed_in(cookie).await,
            None => Ok(None),
        }
    }
}

/// A cookie that is there once.
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split("; "));
    let mut found = pairs.filter_map(|pair| pair.split_once('=').filter(|pair| pair.0 == name));
    match (found.next(), found.next()) {
        (Some((_, value)), None) => Some(value.to_owned()),
        _ => None,
    }
}

/// Begins a session, and gives its token to the page.
async fn begin(State(checks): State<Checks>, headers: HeaderMap) -> Answer {
    let Some(name) = checks.signed_in(&headers).await? else {
        return next(StatusCode::UNAUTHORIZED, Next::SignIn);
    };
    let (person, _) = checks.store.person(&name).await?;
    let Ok(id) = person.may_begin() else {
        return next(StatusCode::FORBIDDEN, Next::Review);
    };
    if checks.attempts.check_key(&id).is_err() {
        let used_up = |person: &mut Person| {
            let why = format!("used {ATTEMPTS} attempts");
            person.review(why.parse()?, now());
            Ok(((), format!("in review: {why}")))
        };
        checks.store.change(&name, used_up).await?;
        return next(StatusCode::TOO_MANY_REQUESTS, Next::Review);
    }
    match checks.face.create(id).await {
        Ok(session) => {
            let token = session.created.token().expose().to_owned();
            let began = move |person: &mut Person| {
                let event = format!("session {} created", session.record.session_id());
                person.began(session.record)?;
                Ok(((), event))
            };
            // Kept before the page gets the token.
            match checks.store.change(&name, began).await {
                Err(Error::Session(error)) if error.kind() == SessionErrorKind::InReview => {
                    return next(StatusCode::FORBIDDEN, Next::Review);
                }
                kept => kept?,
            }
            Ok((
                StatusCode::OK,
                Json(serde_json::json!({ "authToken": token })),
            ))
        }
        Err(Failed::Refused(refusal)) => {
            let refused = move |person: &mut Person| {
                let code = refusal.code.as_deref().unwrap_or("no code");
                let why = format!("the service refused a session: {} {code}", refusal.status);
                person.refused(*refusal);
                // Which code says that an id is flagged is documented nowhere, so a human looks.
                person.review(why.parse()?, now());
                Ok(((), format!("in review: {why}")))
            };
            checks.store.change(&name, refused).await?;
            next(StatusCode::FORBIDDEN, Next::Review)
        }
        Err(Failed::Error(error)) => Err(error),
    }
}

/// What the SDK told the page at the end is compared with what the service says.
async fn end(State(checks): State<Checks>, headers: HeaderMap, body: Bytes) -> Answer {
    let Some(name) = checks.signed_in(&headers).await? else {
        return next(StatusCode::UNAUTHORIZED, Next::SignIn);
    };
    let Ok(report) = ClientReport::from_json(&body) else {
        return next(StatusCode::BAD_REQUEST, Next::Again);
    };
    let (person, _) = checks.store.person(&name).await?;
    // The one that runs, by our own record: the page has no say in whose result is read.
    let Some(session) = person
        .sessions()
        .last()
        .filter(|last| last.verdict().is_none())
    else {
        return next(StatusCode::CONFLICT, Next::Again);
    };
    let verdict = match checks.face.result(session).await {
        Ok(result) => result.judge(&report),
        Err(Failed::Refused(refusal)) => {
            let event = format!("the service refused a result: {}", refusal.status);
            let refused = move |person: &mut Person| {
                person.refused(*refusal);
                Ok(((), event))
            };
            checks.store.change(&name, refused).await?;
            return next(StatusCode::BAD_GATEWAY, Next::Later);
        }
        Err(Failed::Error(error)) => return Err(error),
    };
    if verdict == SessionVerdict::Pending {
        return next(StatusCode::OK, Next::Later);
    }
    let id = session.session_id().to_owned();
    let judged = move |person: &mut Person| {
        let mut event = format!("session {id}: {verdict}");
        person.judged(&id, verdict.clone(), now())?;
        if matches!(
            verdict,
            SessionVerdict::DigestDiffers | SessionVerdict::DigestMissing(_)
        ) {
            person.review(verdict.to_string().parse()?, now());
            event.push_str("; in review");
        }
        let is_live = verdict == SessionVerdict::Live;
        Ok(((is_live, person.may_begin().is_ok()), event))
    };
    match checks.store.change(&name, judged).await? {
        // Here your application lets them in.
        (true, _) => next(StatusCode::OK, Next::Done),
        (false, true) => next(StatusCode::OK, Next::Again),
        (false, false) => next(StatusCode::OK, Next::Review),
    }
}
