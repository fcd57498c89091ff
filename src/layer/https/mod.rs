//! HTTPS only: requests over plain http are redirected to the policy's origin, or refused.

mod scheme;

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::header::{CACHE_CONTROL, CONTENT_LENGTH, LOCATION};
use http::{Extensions, HeaderValue, Method, Request, Response, StatusCode, Uri};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

pub use scheme::{ClientScheme, Forwarding, PeerAddress, PlainHttp};

use super::RequireHttpsError;
use crate::events::event;
use crate::network::Network;
use crate::policy::Policy;
use crate::url::Origin;

/// Lets requests through that came over HTTPS, and no others.
///
/// A request over plain http is answered here, and its body is not read:
///
/// | request | answer |
/// |---|---|
/// | `GET`, `HEAD` | `308` to the same path and query at the *policy's* origin; never at the request's `Host` or `X-Forwarded-Host`, which whoever sends it chooses |
/// | anything else | `403`: its content was already sent in the clear, and a browser that repeats it over HTTPS would hide that |
/// | a path named by [`RequireHttps::except`] | passes |
///
/// # How the scheme is found
///
/// 1. A [`ClientScheme`] in the request's extensions is trusted: a server that accepts TLS
///    itself puts it there, and a client can't.
/// 2. Otherwise the peer must be a proxy that is named here, by network, and must state it in
///    the header that is named with it ([`RequireHttps::behind`]): once, with one value.
/// 3. Anything else is plain http: no address of the peer, a peer that isn't listed, no header, two
///    of them, a list in one, another word.
///
/// The peer's address is a [`PeerAddress`] or a [`SocketAddr`](std::net::SocketAddr) in the
/// request's extensions, or what [`RequireHttps::peer_by`] finds. IPv4 addresses written as IPv6
/// count as IPv4.
///
/// The result is a [`ClientScheme`] in the extensions of the request and of the response.
/// [`VisorLayer`](super::VisorLayer) follows it, inside or outside of this layer: over plain http it
/// sends no `Strict-Transport-Security` ([RFC 6797, section
/// 7.2](https://www.rfc-editor.org/rfc/rfc6797#section-7.2)), over HTTPS always, whatever `Host` says.
///
/// # Deployment
///
/// Endless redirects are a common fault behind a proxy that terminates TLS: it doesn't send the
/// header, or its address isn't listed. The answer's extensions hold the reason
/// ([`PlainHttp`]). With nginx: `proxy_set_header X-Forwarded-Proto $scheme;`, which also replaces
/// what the client sent. A proxy that passes the client's own header on must not be listed.
///
/// ```
/// use std::net::{IpAddr, SocketAddr};
///
/// use axum::Router;
/// use axum::extract::ConnectInfo;
/// use axum::routing::get;
/// use tower_layer::Layer as _;
/// use tower_visor::layer::{Forwarding, PeerAddress, RequireHttps, VisorLayer};
/// use tower_visor::policy::{Document, Policy};
/// # use tower::ServiceExt as _;
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let policy = Policy::document(Document::new("https://www.contoso.example")?);
/// let https = RequireHttps::new(&policy)?
///     .behind(Forwarding::XForwardedProto, ["10.0.0.0/8".parse()?])
///     // axum's own, by `into_make_service_with_connect_info::<SocketAddr>`.
///     .peer_by(|extensions| Some(extensions.get::<ConnectInfo<SocketAddr>>()?.ip()))
///     .except("/healthz")?;
/// let router = Router::new().route("/", get(async || "hello"));
/// let app = VisorLayer::new(&policy)?.layer(https.layer(router));
///
/// let peer = ConnectInfo(SocketAddr::from(([10, 0, 0, 7], 4711)));
/// let request = |proto: &str| {
///     let request = http::Request::get("/").header("x-forwarded-proto", proto);
///     request.extension(peer.clone()).body(axum::body::Body::empty())
/// };
/// let passed = app.clone().oneshot(request("https")?).await?;
/// assert_eq!(passed.status(), 200);
///
/// let sent_on = app.oneshot(request("http")?).await?;
/// assert_eq!(sent_on.status(), 308);
/// assert_eq!(sent_on.headers()["location"], "https://www.contoso.example/");
/// assert!(!sent_on.headers().contains_key("strict-transport-security"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing until it is put around a service"]
pub struct RequireHttps {
    config: Arc<Config>,
}

#[derive(Clone, Debug)]
struct Config {
    /// As a prefix of addresses.
    origin: String,
    proxies: Vec<(Network, Forwarding)>,
    peer: fn(&Extensions) -> Option<IpAddr>,
    except: Vec<String>,
}

impl RequireHttps {
    /// For the origin of a policy's page. Without proxies, only a [`ClientScheme`] in the request's
    /// extensions counts.
    ///
    /// # Errors
    /// * [`RequireHttpsError::NoPage`]: [`Policy::api`]; use [`RequireHttps::at`]
    /// * [`RequireHttpsError::NotHttps`]: a page on `http://localhost`
    pub fn new(policy: &Policy) -> Result<Self, RequireHttpsError> {
        let page = policy.page().ok_or(RequireHttpsError::NoPage)?;
        Self::at(page.origin())
    }

    /// For an origin.
    ///
    /// # Errors
    /// [`RequireHttpsError::NotHttps`].
    pub fn at(origin: &Origin) -> Result<Self, RequireHttpsError> {
        if origin.scheme() != "https" {
            return Err(RequireHttpsError::NotHttps {
                origin: origin.to_string(),
            });
        }
        Ok(Self {
            config: Arc::new(Config {
                origin: origin.to_string(),
                proxies: Vec::new(),
                peer: scheme::peer,
                except: Vec::new(),
            }),
        })
    }

    /// Trusts proxies in these networks, by this header and no other. Name the proxies and
    /// nothing else: any machine in the network decides what counts as HTTPS. If two networks contain
    /// an address, the one named first counts.
    pub fn behind(
        mut self,
        header: Forwarding,
        networks: impl IntoIterator<Item = Network>,
    ) -> Self {
        let networks = networks.into_iter().map(|network| (network, header));
        Arc::make_mut(&mut self.config).proxies.extend(networks);
        self
    }

    /// Where to find the peer's address: in axum's `ConnectInfo`, for example, as [above](Self).
    /// No feature does that automatically, because the type would bring in all of axum, tokio and hyper.
    pub fn peer_by(mut self, peer: fn(&Extensions) -> Option<IpAddr>) -> Self {
        Arc::make_mut(&mut self.config).peer = peer;
        self
    }

    /// Lets requests for exactly this path pass over plain http: a health check of a load balancer
    /// that speaks nothing else.
    ///
    /// # Errors
    /// [`RequireHttpsError::Path`] for anything that is not a path: `"healthz"`, `"/healthz?x"`, `"/a b"`.
    pub fn except(mut self, path: &str) -> Result<Self, RequireHttpsError> {
        let is_path = path.starts_with('/')
            && path
                .parse::<Uri>()
                .is_ok_and(|uri| uri.path() == path && uri.query().is_none());
        if !is_path {
            return Err(RequireHttpsError::Path {
                text: crate::foreign::shown(path),
            });
        }
        let path = path.to_owned();
        Arc::make_mut(&mut self.config).except.push(path);
        Ok(self)
    }
}

impl<S> Layer<S> for RequireHttps {
    type Service = HttpsOnly<S>;

    fn layer(&self, inner: S) -> HttpsOnly<S> {
        HttpsOnly {
            inner,
            config: Arc::clone(&self.config),
        }
    }
}

/// A service that answers over HTTPS only. Made by [`RequireHttps`].
#[derive(Clone, Debug)]
pub struct HttpsOnly<S> {
    inner: S,
    config: Arc<Config>,
}

impl<S, Sent, Body> Service<Request<Sent>> for HttpsOnly<S>
where
    S: Service<Request<Sent>, Response = Response<Body>>,
    Body: Default,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = HttpsOnlyFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Sent>) -> Self::Future {
        let found = self.config.find(request.headers(), request.extensions());
        let Err(reason) = found else {
            return self.pass(request, ClientScheme::Https);
        };
        let path = request.uri().path();
        if self.config.except.iter().any(|except| except == path) {
            return self.pass(request, ClientScheme::Http);
        }
        let location = match *request.method() {
            Method::GET | Method::HEAD => self.config.location(request.uri()),
            _ => None,
        };
        HttpsOnlyFuture::Stopped { location, reason }
    }
}

impl<S> HttpsOnly<S> {
    fn pass<Sent>(
        &mut self,
        mut request: Request<Sent>,
        scheme: ClientScheme,
    ) -> HttpsOnlyFuture<S::Future>
    where
        S: Service<Request<Sent>>,
    {
        request.extensions_mut().insert(scheme);
        HttpsOnlyFuture::Passed {
            inner: self.inner.call(request),
            scheme,
        }
    }
}

impl Config {
    /// Whether a request came over HTTPS, or why it doesn't count as such.
    fn find(&self, headers: &http::HeaderMap, extensions: &Extensions) -> Result<(), PlainHttp> {
        match extensions.get() {
            Some(ClientScheme::Https) => return Ok(()),
            Some(ClientScheme::Http) => return Err(PlainHttp::Said),
            None => {}
        }
        let peer = (self.peer)(extensions).ok_or(PlainHttp::NoPeer)?;
        let proxy = self
            .proxies
            .iter()
            .find(|(network, _)| network.contains(peer));
        let (_, header) = proxy.ok_or(PlainHttp::UnlistedPeer)?;
        header.read(headers)
    }

    /// The same path and query at the policy's origin.
    fn location(&self, uri: &Uri) -> Option<HeaderValue> {
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        // `*`, and whatever else is not a path, would become part of the host.
        path.starts_with('/')
            .then(|| HeaderValue::try_from(format!("{}{path}", self.origin)).ok())
            .flatten()
    }
}

pin_project! {
    /// The response of [`HttpsOnly`].
    #[derive(Debug)]
    #[project = Project]
    pub enum HttpsOnlyFuture<F> {
        #[doc(hidden)]
        Passed { #[pin] inner: F, scheme: ClientScheme },
        #[doc(hidden)]
        Stopped { location: Option<HeaderValue>, reason: PlainHttp },
    }
}

impl<F, Body, E> Future for HttpsOnlyFuture<F>
where
    F: Future<Output = Result<Response<Body>, E>>,
    Body: Default,
{
    type Output = Result<Response<Body>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(match self.project() {
            Project::Passed { inner, scheme } => ready!(inner.poll(cx)).map(|mut response| {
                response.extensions_mut().insert(*scheme);
                response
            }),
            Project::Stopped { location, reason } => Ok(stopped(location.take(), *reason)),
        })
    }
}

fn stopped<Body: Default>(location: Option<HeaderValue>, reason: PlainHttp) -> Response<Body> {
    let mut response = Response::new(Body::default());
    *response.status_mut() = if location.is_some() {
        StatusCode::PERMANENT_REDIRECT
    } else {
        StatusCode::FORBIDDEN
    };
    event!(
        INFO,
        "request refused",
        layer = "RequireHttps",
        reason = ?reason,
        status = response.status().as_u16()
    );
    let headers = response.headers_mut();
    headers.extend(location.map(|location| (LOCATION, location)));
    // A redirect that is kept outlives a proxy that was set up wrongly for an hour.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(0));
    response.extensions_mut().insert(ClientScheme::Http);
    response.extensions_mut().insert(reason);
    response
}
