//! The tower layer that gives every response its headers.
//!
//! Put it *around* the router, so that what never reaches a handler (404, 405, 413, a time-out,
//! a panic that a layer turned into a response) gets the headers too:
//!
//! ```
//! use tower_layer::Layer as _;
//! use tower_visor::layer::VisorLayer;
//! use tower_visor::policy::Policy;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let router = axum::Router::<()>::new();
//! let app = VisorLayer::new(&Policy::api())?.layer(router);
//! // axum::serve(listener, axum::ServiceExt::<axum::extract::Request>::into_make_service(app))
//! # let _ = app;
//! # Ok(())
//! # }
//! ```
//!
//! `Router::layer` works as well, but costs two more allocations per response, and misses what
//! layers further out answer themselves.
//!
//! # What happens to a response
//!
//! 1. The class is chosen: what the response itself says ([`ResponseClass`] in its extensions),
//!    otherwise by its content type: HTML and XHTML are documents.
//! 2. The policy is the layer's, or the [`CompiledPolicy`] in the response's extensions.
//! 3. A copy of the prepared headers is made and the application's own are moved in, in order, all
//!    values of each. For a header that both have: an application's `Content-Security-Policy` is sent
//!    in addition to the policy's (browsers enforce both); its `Cache-Control` stays, unless the
//!    response holds a nonce or a session token (then `CDN-Cache-Control` and the like are removed
//!    too). A response without `Cache-Control` that names a validator (`ETag`, `Last-Modified`), sets
//!    no cookie and is neither a page nor JSON gets `no-cache`. Any other header is replaced.
//!    [`Dangerous::conflict`](crate::policy::Dangerous::conflict) changes this for one header.
//! 4. Headers that tell an attacker about the server ([`header::STRIP`]), and obsolete protections
//!    ([`header::OBSOLETE`]), are removed.
//!
//! Body, trailers, status, version and the other extensions pass untouched.
//!
//! # Related layers
//!
//! [`RequireHttps`] lets nothing through that came over plain http, and [`SessionRoutes`] lets only
//! the policy's own page ask for sessions.
//!
//! # Not modified
//!
//! A browser copies the headers of a `304` into the response that it has stored. So a `304` never
//! names a nonce: the stored page's scripts carry the old one and would be blocked. Policies with
//! hashes are sent, but because a `304` has no content type, only if the request says that a
//! document was asked for (`Sec-Fetch-Dest`, or `Accept`). If the policy's is not sent, the
//! application's isn't either: alone, it would replace both.
//!
//! # Service workers
//!
//! The answer to a request for the script of a service worker (`Service-Worker: script`, or
//! `Sec-Fetch-Dest: serviceworker`) becomes a `403` without the application's headers, unless
//! `worker-src` of the policy names a worker. Once registered, a service worker answers every later
//! navigation of the origin, without any header of this layer. The answer's
//! extensions hold [`ServiceWorkerRefused`].
//!
//! The application is asked before: only its answer says whether the route has a policy of its own, which may
//! name a worker. So the handler of such a `GET` runs, and its body goes out with the `403`, without a
//! type, which no browser runs.
//!
//! # What a layer can't do
//!
//! An inner service that *fails* (returns `Err`) has no response to put headers on: put
//! `tower_http::catch_panic`, time-outs and error handlers inside this layer. A proxy in front may
//! remove or replace headers, which the layer can't see.
//!
//! Without [`RequireHttps`], which finds out how the client connected, the layer tells from `Host`
//! whether it was addressed by a name or as this machine. A proxy that puts an address there (nginx
//! does so by default: `proxy_set_header Host $host;` helps) makes every request look like one from a
//! developer's own machine, and `Strict-Transport-Security` and `upgrade-insecure-requests` are not
//! sent. See [`HostKind`](crate::policy::HostKind).
//!
//! # A policy for some routes
//!
//! [`CompiledPolicy::layer`] is the layer for them: the visor around the application then sends
//! the route's policy in place of its own. A handler does this for a single response by putting a
//! [`CompiledPolicy`] into its extensions.
//!
//! Nesting two `VisorLayer`s only makes sense with the same policy. With two policies, browsers
//! enforce both Content Security Policies, and of every other header they get the outer one's, for
//! example `camera=()`. The outer layer [reports this](VisorLayer::notices).
//!
//! [`ResponseClass`]: crate::response::ResponseClass
//! [`CompiledPolicy`]: crate::policy::CompiledPolicy
//! [`header::OBSOLETE`]: crate::header::OBSOLETE
//! [`header::STRIP`]: crate::header::STRIP

#[cfg(feature = "axum")]
mod axum;
mod error;
mod host;
mod https;
mod nonce;
mod notice;
#[cfg(feature = "nonce")]
mod random;
mod respond;
mod route;
mod sessions;
mod worker;

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

#[cfg(feature = "axum")]
pub use self::axum::MissingNonce;
pub use error::{BodyTooLarge, RequireHttpsError, SessionRoutesError};
pub use https::{
    ClientScheme, Forwarding, HttpsOnly, HttpsOnlyFuture, PeerAddress, PlainHttp, RequireHttps,
};
pub use nonce::Nonce;
pub use notice::Notice;
pub use sessions::{
    AbsentMetadata, Partner, SessionBody, SessionFuture, SessionRefusal, SessionRoutes,
    SessionService,
};
pub use worker::ServiceWorkerRefused;

use crate::errors::Errors;
use crate::policy::{CompiledPolicy, Policy, PolicyError};
use respond::Asked;

/// Gives every response of a service the headers of a [`Policy`]. See the [module](self).
#[derive(Clone, Copy, Debug)]
pub struct VisorLayer {
    policy: CompiledPolicy,
    nonces: Nonces,
    place: Place,
    notices: fn(&Notice),
}

/// Whether requests get a nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Nonces {
    Made,
    None,
}

/// Whose headers are sent in the end.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// This layer's.
    Around,
    /// Those of the visor further out, which is told the policy.
    Inside,
}

impl VisorLayer {
    /// A layer for a policy, which is compiled once, here.
    ///
    /// What is legal but probably unintended is not an error: print the warnings when the server starts.
    ///
    /// ```
    /// use tower_visor::layer::VisorLayer;
    /// use tower_visor::policy::{Document, Policy, Resource};
    ///
    /// let page = Document::new("https://www.contoso.example")?.loads(Resource::Script, "/js/");
    /// let layer = VisorLayer::new(&Policy::document(page))?;
    /// for warning in layer.policy().warnings() {
    ///     eprintln!("{warning}"); // script-src: `/js/` lets every file there run as a script, ...
    /// }
    /// # assert_eq!(layer.policy().warnings().len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Policy::compile`].
    pub fn new(policy: &Policy) -> Result<Self, Errors<PolicyError>> {
        Ok(Self::compiled(policy.compile()?))
    }

    /// A layer for a policy that was compiled before.
    pub fn compiled(policy: CompiledPolicy) -> Self {
        let nonces = if policy.needs_nonce() {
            Nonces::Made
        } else {
            Nonces::None
        };
        Self {
            policy,
            nonces,
            place: Place::Around,
            notices: notice::to_stderr,
        }
    }

    /// For some routes, inside another visor.
    fn inside(mut self) -> Self {
        self.place = Place::Inside;
        self
    }

    /// Where the layer reports what is probably unintended and only shows while requests are served.
    /// By default each [`Notice`] is a line on standard error.
    ///
    /// ```
    /// use tower_visor::layer::{Notice, VisorLayer};
    /// use tower_visor::policy::Policy;
    ///
    /// fn log(notice: &Notice) {
    ///     println!("visor: {notice}"); // or `tracing::warn!`
    /// }
    ///
    /// let layer = VisorLayer::new(&Policy::api())?.notices(log);
    /// # let _ = layer;
    /// # Ok::<(), tower_visor::errors::Errors<tower_visor::policy::PolicyError>>(())
    /// ```
    #[must_use]
    pub fn notices(mut self, to: fn(&Notice)) -> Self {
        self.notices = to;
        self
    }

    /// Makes a nonce for each request although the layer's own policy has none: for routes that
    /// put a policy with a nonce into their responses.
    #[must_use]
    #[cfg(feature = "nonce")]
    pub fn with_nonces(mut self) -> Self {
        self.nonces = Nonces::Made;
        self
    }

    /// The policy.
    pub fn policy(&self) -> CompiledPolicy {
        self.policy
    }
}

/// The headers of a response as they leave the layer of a policy without nonces, for code that lists
/// what a server sends without sending it.
#[cfg(any(feature = "export", all(feature = "page", feature = "waict")))]
pub(crate) fn sent<Sent, B>(
    request: &Request<Sent>,
    mut response: Response<B>,
    policy: CompiledPolicy,
) -> http::HeaderMap {
    respond::protect(&mut response, policy, |_| {}, Asked::of(request), None);
    response.into_parts().0.headers
}

impl<S> Layer<S> for VisorLayer {
    type Service = Visor<S>;

    fn layer(&self, inner: S) -> Visor<S> {
        Visor {
            inner,
            layer: *self,
        }
    }
}

/// A service whose responses carry the headers of a policy. Made by [`VisorLayer`].
#[derive(Clone, Copy, Debug)]
pub struct Visor<S> {
    inner: S,
    layer: VisorLayer,
}

impl<S> Visor<S> {
    /// The service inside.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The service inside.
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// The service inside, without its visor.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S, Sent, Body> Service<Request<Sent>> for Visor<S>
where
    S: Service<Request<Sent>, Response = Response<Body>>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Sent>) -> Self::Future {
        let nonce = match self.layer.nonces {
            Nonces::Made => nonce::of(&mut request),
            Nonces::None => None,
        };
        let asked = Asked::of(&request);
        let is_local = asked.is_local();
        if self
            .layer
            .policy
            .prepared()
            .expected_host
            .is_watched(is_local)
        {
            respond::look_at_host(&request, is_local, self.layer.policy, self.layer.notices);
        }
        ResponseFuture {
            layer: self.layer,
            asked,
            nonce,
            inner: self.inner.call(request),
        }
    }
}

pin_project! {
    /// The response of a [`Visor`], as it arrives.
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        layer: VisorLayer,
        asked: Asked,
        nonce: Option<Nonce>,
        #[pin]
        inner: F,
    }
}

impl<F, Body, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<Body>, E>>,
{
    type Output = Result<Response<Body>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = ready!(this.inner.poll(cx))?;
        let policy = respond::protect(
            &mut response,
            this.layer.policy,
            this.layer.notices,
            *this.asked,
            this.nonce.as_ref(),
        );
        if let Place::Inside = this.layer.place {
            respond::hand_over(response.extensions_mut(), policy, *this.nonce);
        }
        Poll::Ready(Ok(response))
    }
}
