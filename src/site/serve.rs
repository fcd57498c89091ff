//! From a request to the site's answer, or to the application's.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::{HeaderValue, LOCATION};
use http::{Method, Request, Response, StatusCode, Uri};
use pin_project_lite::pin_project;
use tower_layer::Layer as _;
use tower_service::Service;

use super::Site;
use crate::assets;
use crate::layer::{Visor, VisorLayer};
use crate::policy::CompiledPolicy;
use crate::response::{WholeBody, refusal};

/// A site, and behind it an application that answers all other paths. Made by [`Site::around`] and
/// [`Site::serving`].
#[derive(Clone, Debug)]
pub struct Served<S> {
    site: Site,
    app: S,
    /// That of the layer around it, where it is the site's own.
    around: Option<CompiledPolicy>,
}

impl<S> Served<S> {
    pub(super) fn new(site: Site, app: S, around: Option<CompiledPolicy>) -> Self {
        Self { site, app, around }
    }

    /// The site.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// The application.
    pub fn get_ref(&self) -> &S {
        &self.app
    }
}

impl Site {
    /// The site, and behind it an application that answers all other paths; headers around both.
    ///
    /// The application's body type must be one that can be made from bytes, such as axum's and
    /// `Full<Bytes>`.
    pub fn around<S>(&self, app: S) -> Visor<Served<S>> {
        let policy = self.policy();
        VisorLayer::compiled(policy).layer(Served::new(self.clone(), app, Some(policy)))
    }

    /// The site alone, with `404` for all other paths; headers around both.
    ///
    /// ```
    /// use tower::ServiceExt as _;
    /// use tower_visor::{Document, Site, app::AppFiles, pins::Pins, sdk::Endpoint};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.5.0");
    /// let html = "<!doctype html><title>Check</title><script type=module src=app.js></script>";
    /// let site = Site::pinned(folder, Pins::scan(folder)?)
    ///     .app_files(
    ///         AppFiles::new()
    ///             .file("/index.html", html)?
    ///             .file("/app.js", "import('./FaceLivenessDetector.js')")?,
    ///     )
    ///     .load(
    ///         Document::new("https://liveness.contoso.example")?,
    ///         Endpoint::resource("contoso")?,
    ///     )?;
    ///
    /// let request = http::Request::get("/").body(())?;
    /// let answer = site.service().oneshot(request).await?;
    /// assert_eq!(answer.status(), 200);
    /// assert!(answer.headers().contains_key("content-security-policy"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn service(&self) -> Visor<Served<NotFound>> {
        self.around(NotFound)
    }

    /// As [`Site::around`], **without the headers**: for an application with a
    /// [`VisorLayer`] further out, such as one with two sites. Its pages still bring their
    /// own policies for that layer.
    ///
    /// ```
    /// # fn two(first: &tower_visor::Site, legacy: &tower_visor::Site, router: axum::Router) {
    /// let app = first.around(legacy.serving(router));
    /// # let _: tower_visor::layer::Visor<tower_visor::site::Served<_>> = app;
    /// # }
    /// ```
    pub fn serving<S>(&self, app: S) -> Served<S> {
        Served::new(self.clone(), app, None)
    }

    /// The answer to a request for one of the site's own paths; without headers of its policy,
    /// which the layer adds.
    pub(super) fn answer<B>(&self, request: &Request<B>) -> Option<Response<WholeBody>> {
        let state = self.current.get();
        let path = request.uri().path();
        if let Some(page) = state.pages.at(path) {
            return Some(page.response(request));
        }
        if path == state.start_without_slash() && is_read(request.method()) {
            return Some(with_slash(request.uri()));
        }
        if let Some(file) = assets::find(&state.files, request) {
            return Some(file);
        }
        // Whatever is missing here must not become a page.
        if path.starts_with(&state.sdk_folder) {
            return Some(assets::not_found(path));
        }
        #[cfg(feature = "waict")]
        if let Some(waict) = &state.waict
            && let Some(manifest) = waict.answer(request)
        {
            return Some(manifest);
        }
        let page = state.pages.below(path);
        let page = page.filter(|_| is_read(request.method()))?;
        Some(page.response(request))
    }
}

fn is_read(method: &Method) -> bool {
    *method == Method::GET || *method == Method::HEAD
}

/// To the start page: the SDK looks for its files next to it. By the path alone, so that it holds
/// behind any proxy; for this time only, because a reload may change what there is.
fn with_slash(uri: &Uri) -> Response<WholeBody> {
    let mut response = refusal(StatusCode::TEMPORARY_REDIRECT);
    let query = uri
        .query()
        .map_or(String::new(), |query| format!("?{query}"));
    // Both parts come out of a header-safe URI; should that not hold, there is no way to go.
    if let Ok(to) = HeaderValue::try_from(format!("{}/{query}", uri.path())) {
        response.headers_mut().insert(LOCATION, to);
    }
    response
}

impl<S, Sent, Body> Service<Request<Sent>> for Served<S>
where
    S: Service<Request<Sent>, Response = Response<Body>>,
    Body: From<Bytes>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = ServedFuture<S::Future, Body>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.app.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Sent>) -> Self::Future {
        if let Some(answer) = self.site.answer(&request) {
            let answer = answer.map(|body| Body::from(body.into_bytes()));
            let answer = Some(answer);
            return ServedFuture {
                whose: Whose::Site { answer },
            };
        }
        // After a reload it may differ from the layer's.
        let policy = self.around.and_then(|known| {
            let now = self.site.policy();
            (now != known).then_some(now)
        });
        let answer = self.app.call(request);
        ServedFuture {
            whose: Whose::App { answer, policy },
        }
    }
}

pin_project! {
    /// The answer of a [`Served`], as it arrives.
    #[derive(Debug)]
    pub struct ServedFuture<F, Body> {
        #[pin]
        whose: Whose<F, Body>,
    }
}

pin_project! {
    #[derive(Debug)]
    #[project = WhoseProjected]
    enum Whose<F, Body> {
        Site { answer: Option<Response<Body>> },
        App { #[pin] answer: F, policy: Option<CompiledPolicy> },
    }
}

impl<F, Body, E> Future for ServedFuture<F, Body>
where
    F: Future<Output = Result<Response<Body>, E>>,
{
    type Output = Result<Response<Body>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().whose.project() {
            WhoseProjected::Site { answer } => match answer.take() {
                Some(answer) => Poll::Ready(Ok(answer)),
                // Polled after its end: it has nothing more to say.
                None => Poll::Pending,
            },
            WhoseProjected::App { answer, policy } => {
                let mut response = ready!(answer.poll(cx))?;
                if let Some(policy) = policy.take()
                    && response.extensions().get::<CompiledPolicy>().is_none()
                {
                    response.extensions_mut().insert(policy);
                }
                Poll::Ready(Ok(response))
            }
        }
    }
}

/// The application of a site that has none: `404`, with an empty body.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::exhaustive_structs)] // there is nothing in it
pub struct NotFound;

impl<Sent> Service<Request<Sent>> for NotFound {
    type Response = Response<WholeBody>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Sent>) -> Self::Future {
        ready(Ok(refusal(StatusCode::NOT_FOUND)))
    }
}
