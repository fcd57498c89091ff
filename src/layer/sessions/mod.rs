//! Routes that create or read sessions: for the policy's own page, and for no other.

mod answer;
mod body;
mod check;
mod partner;
mod query;
mod refusal;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::{HeaderValue, Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

pub use body::SessionBody;
pub use check::AbsentMetadata;
pub use partner::Partner;
pub use refusal::SessionRefusal;

use super::error::{SessionRoutesError, SessionRoutesFault};
use crate::policy::Policy;
use crate::url::Origin;
use answer::Named;
use body::{IsTooLong, Overrun};
use check::{Caller, Callers};

/// What is read of a body unless [`SessionRoutes::body_limit`] says otherwise: see
/// [the reason](crate::docs::defaults).
const BODY_LIMIT: u64 = 16 * 1024;

/// Protects the routes that create sessions or read their results: they answer only `fetch`
/// on the policy's own page.
///
/// Such a route answers with a bearer token, or decides whether somebody is let in. So, unlike the
/// rest of an application, it can insist on everything that a browser says about a request:
///
/// | what | else |
/// |---|---|
/// | no token in the query, see below | `400` |
/// | `Sec-Fetch-Site: same-origin` | `403` |
/// | `Sec-Fetch-Mode: cors` or `same-origin`, `Sec-Fetch-Dest: empty`, as `fetch` sends them | `403` |
/// | `POST` | `405` |
/// | one `Origin`, letter for letter the policy's | `403` |
/// | one `Content-Type`, `application/json` with any parameters | `415` |
/// | a body of at most 16 KiB, by its `Content-Length` and as it arrives | `413` |
///
/// They are checked in this order, and the body isn't read before all others hold. The reason
/// for a refusal is a [`SessionRefusal`] in the answer's extensions; the answer itself is
/// empty.
///
/// Every answer, the inner service's too, is `Cache-Control: no-store`,
/// `Cross-Origin-Resource-Policy: same-origin`, and has `Vary` for all of these in addition to what
/// it already names.
///
/// # Reading is a `POST` too
///
/// A route that tells the page how its check ended gets the SDK's report in the body, and so is a
/// `POST`. So is one that the page polls with "is it ready?": a `GET` can be a link, a picture or a
/// frame, carries no `Origin` on the page's own origin, and puts the session's identifier into logs
/// and histories.
///
/// # A token in a query
///
/// A token is recognised by its form: base64url of two JSON objects with a dot between them,
/// which is how every session token begins (`eyJ...` twice). It is found under any name, next to other
/// text, with or without its signature, percent-encoded up to three times. Other identifiers pass.
///
/// # Deployment
///
/// * Browsers send Fetch Metadata only over HTTPS and to localhost: put
///   [`RequireHttps`](super::RequireHttps) around everything.
/// * Pages of this crate send `Referrer-Policy: no-referrer`. With it, `fetch` in the mode
///   `same-origin` sends `Origin: null` in Firefox and WebKit, and is refused: leave the mode out.
/// * A [`Partner`] is another origin whose pages may ask.
/// * Programs that aren't browsers don't belong here: give them a separate route, with a
///   credential of their own.
/// * This tells which page asked, not who sits in front of it: sign people in, and limit how much
///   one person may ask for.
/// * For the rest of the application, where links and forms have to work, use
///   [`tower_http::csrf`](https://docs.rs/tower-http/0.7/tower_http/csrf/): it lets `GET` pass, and
///   requests that carry neither header.
///
/// ```
/// use axum::Router;
/// use axum::routing::post;
/// use tower_visor::layer::{SessionRefusal, SessionRoutes};
/// use tower_visor::policy::{Document, Policy};
/// # use tower::ServiceExt as _;
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let policy = Policy::document(Document::new("https://www.contoso.example")?);
/// let sessions = Router::new()
///     .route("/api/session", post(async || "{\"authToken\": \"...\"}"))
///     .route("/api/session/result", post(async || "{\"next\": \"/done\"}"))
///     .layer(SessionRoutes::new(&policy)?);
/// let app = Router::new().merge(sessions); // and everything else
///
/// let by_fetch = http::Request::post("/api/session")
///     .header("origin", "https://www.contoso.example")
///     .header("sec-fetch-site", "same-origin")
///     .header("sec-fetch-mode", "cors")
///     .header("sec-fetch-dest", "empty")
///     .header("content-type", "application/json")
///     .body(axum::body::Body::from("{}"))?;
/// let answer = app.clone().oneshot(by_fetch).await?;
/// assert_eq!(answer.status(), 200);
/// assert_eq!(answer.headers()["cache-control"], "no-store");
///
/// let by_a_form = http::Request::post("/api/session")
///     .header("origin", "https://evil.example")
///     .header("sec-fetch-site", "cross-site")
///     .header("sec-fetch-mode", "navigate")
///     .header("sec-fetch-dest", "document")
///     .header("content-type", "text/plain")
///     .body(axum::body::Body::from("{}"))?;
/// let answer = app.oneshot(by_a_form).await?;
/// assert_eq!(answer.status(), 403);
/// assert_eq!(answer.extensions().get(), Some(&SessionRefusal::ForeignSite));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing until it is put around a service"]
pub struct SessionRoutes {
    config: Arc<Config>,
}

#[derive(Clone, Debug)]
struct Config {
    origin: Origin,
    /// The same, as browsers send it.
    own: HeaderValue,
    partners: Vec<Named>,
    absent: AbsentMetadata,
    body_limit: u64,
}

impl SessionRoutes {
    /// For the origin of a policy's page.
    ///
    /// # Errors
    /// * a policy without a page ([`Policy::api`]): use [`SessionRoutes::at`]
    /// * those of [`SessionRoutes::at`]
    pub fn new(policy: &Policy) -> Result<Self, SessionRoutesError> {
        let page = policy.page().ok_or(SessionRoutesFault::NoPage)?;
        Self::at(page.origin())
    }

    /// For an origin.
    ///
    /// # Errors
    /// `http://` anywhere but on localhost: browsers send no Fetch Metadata there.
    pub fn at(origin: &Origin) -> Result<Self, SessionRoutesError> {
        let not_https = || SessionRoutesFault::NotHttps {
            origin: origin.to_string(),
        };
        match origin.scheme() {
            "https" => {}
            "http" if origin.host().is_loopback() => {}
            _ => return Err(not_https().into()),
        }
        Ok(Self {
            config: Arc::new(Config {
                // An origin is visible ASCII, so this never fails.
                own: HeaderValue::try_from(origin.to_string()).map_err(|_| not_https())?,
                origin: origin.clone(),
                partners: Vec::new(),
                absent: AbsentMetadata::default(),
                body_limit: BODY_LIMIT,
            }),
        })
    }

    /// Lets pages of another origin ask. Their `Sec-Fetch-Site` is `cross-site` or `same-site`,
    /// their browser asks first (`OPTIONS`), and is answered here.
    ///
    /// # Errors
    /// The policy's own origin, and one that was already named.
    pub fn partner(mut self, partner: Partner) -> Result<Self, SessionRoutesError> {
        let origin = partner.origin().to_string();
        let fault = |reason: &str| {
            let reason = reason.to_owned();
            SessionRoutesError::from(SessionRoutesFault::Partner { origin, reason })
        };
        if *partner.origin() == self.config.origin {
            return Err(fault("it is the policy's own, which may ask anyway"));
        }
        let Some(named) = Named::new(partner) else {
            return Err(fault("no header can hold it"));
        };
        let config = Arc::make_mut(&mut self.config);
        let mut known = config.partners.iter();
        if known.any(|known| known.origin() == named.origin()) {
            return Err(fault("it is named twice"));
        }
        config.partners.push(named);
        Ok(self)
    }

    /// What to do with a request that carries no Fetch Metadata at all: it is refused, unless this
    /// says otherwise. Every browser has sent it since 2023 (Safari 16.4 was the last to). With
    /// [`AbsentMetadata::OriginDecides`] older ones are admitted, by an `Origin` that their pages
    /// can't choose; but so is a request whose headers a proxy removed.
    pub fn absent_metadata(mut self, choice: AbsentMetadata) -> Self {
        Arc::make_mut(&mut self.config).absent = choice;
        self
    }

    /// How many bytes a body may have as sent: 16 KiB, unless this says otherwise. Put a
    /// decompressing layer outside this one.
    pub fn body_limit(mut self, bytes: u64) -> Self {
        Arc::make_mut(&mut self.config).body_limit = bytes;
        self
    }
}

impl Config {
    fn callers(&self) -> Callers<'_> {
        Callers {
            own: &self.own,
            partners: &self.partners,
            absent: self.absent,
        }
    }

    /// What `Allow` says.
    fn methods(&self) -> &'static str {
        if self.partners.is_empty() {
            "POST"
        } else {
            "POST, OPTIONS"
        }
    }
}

impl<S> Layer<S> for SessionRoutes {
    type Service = SessionService<S>;

    fn layer(&self, inner: S) -> SessionService<S> {
        SessionService {
            inner,
            config: Arc::clone(&self.config),
        }
    }
}

/// A service for the policy's own page only. Made by [`SessionRoutes`].
#[derive(Clone, Debug)]
pub struct SessionService<S> {
    inner: S,
    config: Arc<Config>,
}

impl<S, Sent, Body> Service<Request<Sent>> for SessionService<S>
where
    S: Service<Request<SessionBody<Sent>>, Response = Response<Body>>,
    Sent: http_body::Body,
    Body: Default,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = SessionFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Sent>) -> Self::Future {
        let config = Arc::clone(&self.config);
        let refused = |reason, partner| State::Refused { reason, partner };
        let state = match config.callers().check(&request) {
            Err((reason, partner)) => refused(reason, partner),
            Ok(Caller::Preflight(partner)) => State::Preflight { partner },
            Ok(caller) => {
                let (parts, body) = request.into_parts();
                let partner = caller.partner();
                match SessionBody::new(body, config.body_limit) {
                    Err(IsTooLong) => refused(SessionRefusal::BodyTooLarge, partner),
                    Ok((body, overrun)) => State::Passed {
                        inner: self.inner.call(Request::from_parts(parts, body)),
                        overrun,
                        partner,
                    },
                }
            }
        };
        SessionFuture { state, config }
    }
}

pin_project! {
    /// The response of a [`SessionService`].
    #[derive(Debug)]
    pub struct SessionFuture<F> {
        #[pin]
        state: State<F>,
        config: Arc<Config>,
    }
}

pin_project! {
    #[derive(Debug)]
    #[project = Project]
    enum State<F> {
        Passed { #[pin] inner: F, overrun: Option<Overrun>, partner: Option<usize> },
        Refused { reason: SessionRefusal, partner: Option<usize> },
        Preflight { partner: usize },
    }
}

impl<F, Body, E> Future for SessionFuture<F>
where
    F: Future<Output = Result<Response<Body>, E>>,
    Body: Default,
{
    type Output = Result<Response<Body>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let config = &**this.config;
        let named = |index: usize| config.partners.get(index);
        let refused = |reason, partner: Option<usize>| {
            answer::refused(reason, partner.and_then(named), config.methods())
        };
        Poll::Ready(match this.state.project() {
            Project::Passed {
                inner,
                overrun,
                partner,
            } => ready!(inner.poll(cx)).map(|mut response| {
                if overrun.as_ref().is_some_and(Overrun::happened) {
                    // Whatever the handler made of the error that it read.
                    return refused(SessionRefusal::BodyTooLarge, *partner);
                }
                answer::protect(response.headers_mut(), partner.and_then(named));
                response
            }),
            Project::Refused { reason, partner } => Ok(refused(*reason, *partner)),
            Project::Preflight { partner } => Ok(match named(*partner) {
                Some(partner) => answer::preflight(partner),
                // Never: the index is of this list.
                None => refused(SessionRefusal::ForeignOrigin, None),
            }),
        })
    }
}
