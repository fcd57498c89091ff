//! A whole site in a few lines: pages, files, the SDK and the headers around all of it.
//!
//! [`Site`] takes the SDK's folder with its lock file and the folder of the application, verifies
//! the one against the other, compiles every page, and puts a [`VisorLayer`] around what it
//! serves and around what else the application answers:
//!
//! ```no_run
//! use axum::{Router, extract::Request, routing::post};
//! use tower_visor::{Document, Resource, Site, sdk::Endpoint};
//!
//! # async fn session() -> &'static str { "" }
//! # async fn run(listener: tokio::net::TcpListener) -> Result<(), Box<dyn std::error::Error>> {
//! let page = Document::new("https://liveness.contoso.example")?
//!     .loads(Resource::Connect, "/api/session")?;
//! let site = Site::builder("web/sdk", "visor-lock.json")
//!     .app("web/app") // index.html, app.js, app.css ...
//!     .load(page, Endpoint::resource("contoso")?)?;
//!
//! let app = site.around(Router::new().route("/api/session", post(session)));
//! axum::serve(listener, axum::ServiceExt::<Request>::into_make_service(app)).await?;
//! # Ok(())
//! # }
//! ```
//!
//! With hyper it is [`Site::service`], or [`Site::around`] a service of one's own, each through
//! `hyper_util`'s `TowerToHyperService`; `examples/hyper.rs` has the loop that accepts connections.
//! Set `TCP_NODELAY` on the listener's streams.
//!
//! # What is served
//!
//! | path | answer |
//! |---|---|
//! | `index.html` of the folder, at the base of the pins and by its name | the [`Page`] that was compiled of it, with a policy of hashes |
//! | any other `.html` at the top of the folder | the same |
//! | the other files of the folder | their bytes, as they were at the start ([`PinnedAssets`]) |
//! | the files of the SDK | the pinned bytes |
//! | any other path below the SDK's folder of assets | `404` without a body |
//! | anything else | the application's own answer, or `404` |
//!
//! All of it lies below the pins' base ([`Scan::served_at`]), because the SDK looks for its files
//! beside the page.
//!
//! # The policy
//!
//! It is [`Policy::strict`] of the page that is given to [`SiteBuilder::load`] with the pinned SDK
//! on it. What the folder holds is allowed by its exact URL: style sheets, pictures, fonts, sound
//! and video, and for scripts to fetch, `.json` and `.wasm`. Scripts are allowed by their hashes, in
//! each page's own policy. [`SiteBuilder::policy`] changes it: reporting, a longer list of features,
//! or an exception. A policy out of a file is given to [`SiteBuilder::load_policy`].
//!
//! HTML that the application answers itself gets that policy too, with URLs in place of hashes; to
//! give it another one, put a [`CompiledPolicy`] into the extensions of its response. Templates want
//! a nonce: [`docs::dynamic_pages`](crate::docs::dynamic_pages).
//!
//! # Reloading
//!
//! [`Site::reload`] reads and verifies everything anew, then swaps it at once; where anything is
//! wrong, nothing changes. It reads files, so call it where that may block:
//!
//! ```no_run
//! # #[cfg(unix)]
//! # async fn reload(site: tower_visor::Site) -> std::io::Result<()> {
//! use tokio::signal::unix::{SignalKind, signal};
//!
//! let mut hangup = signal(SignalKind::hangup())?;
//! tokio::spawn(async move {
//!     while hangup.recv().await.is_some() {
//!         let site = site.clone();
//!         match tokio::task::spawn_blocking(move || site.reload()).await {
//!             Ok(Ok(())) => println!("reloaded"),
//!             Ok(Err(errors)) => eprintln!("still serving the old files: {errors}"),
//!             Err(panic) => eprintln!("{panic}"),
//!         }
//!     }
//! });
//! # Ok(())
//! # }
//! ```
//!
//! A page that is open loads further files later, and refuses those of another version; its
//! visitor has to load it again.
//!
//! [`PinnedAssets`]: crate::PinnedAssets
//! [`Policy::strict`]: crate::Policy::strict
//! [`Scan::served_at`]: crate::pins::Scan::served_at

mod builder;
mod error;
mod serve;
mod state;

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

pub use builder::SiteBuilder;
pub use error::SiteError;
pub use serve::{NotFound, Served, ServedFuture};

use tower_layer::Layer as _;

use crate::errors::Errors;
use crate::layer::{Visor, VisorLayer};
use crate::page::Page;
use crate::pins::Pins;
use crate::policy::{CompiledPolicy, PolicyWarning};
use builder::Options;
use state::State;

/// Pages, files and headers of a whole site. See the [module](self).
///
/// Clones share everything, and a [`reload`](Self::reload) of one is a reload of all.
#[derive(Clone)]
pub struct Site {
    shared: Arc<Shared>,
}

struct Shared {
    options: Options,
    /// Held while the head of a response is made, and while a new state moves in.
    state: RwLock<State>,
}

impl Site {
    /// A site with the SDK that lies in a folder and is pinned by a lock file.
    pub fn builder(
        folder: impl Into<std::path::PathBuf>,
        lock: impl Into<std::path::PathBuf>,
    ) -> SiteBuilder {
        SiteBuilder::new(folder.into(), builder::Source::File(lock.into()))
    }

    /// A site with pins that are at hand already: out of a build script, say.
    pub fn pinned(folder: impl Into<std::path::PathBuf>, pins: Pins) -> SiteBuilder {
        SiteBuilder::new(folder.into(), builder::Source::Pins(Box::new(pins)))
    }

    fn load(options: Options) -> Result<Self, Errors<SiteError>> {
        let state = RwLock::new(State::load(&options)?);
        Ok(Self {
            shared: Arc::new(Shared { options, state }),
        })
    }

    /// The site, and behind it an application that answers all other paths; headers around both.
    ///
    /// The application's body has to be one that can be made of bytes, as axum's and `Full<Bytes>`
    /// are.
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

    /// As [`Site::around`], **without the headers**: for an application in which a
    /// [`VisorLayer`] stands further out, such as one with two sites. Its pages still bring their
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

    /// Reads, verifies and compiles everything anew, and replaces the old at once. A request that
    /// came earlier is answered from the old, to its end.
    ///
    /// # Errors
    /// As [`SiteBuilder::load`]; and where the new pins are for another base, or have other bytes
    /// for a URL that browsers keep. Then nothing changes.
    pub fn reload(&self) -> Result<(), Errors<SiteError>> {
        let next = State::load(&self.shared.options)?;
        // Nothing panics while it is held.
        let mut current = self
            .shared
            .state
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        Errors::check(current.against(&next))?;
        let old = std::mem::replace(&mut *current, next);
        drop(current);
        // Freed when nobody waits for it.
        drop(old);
        Ok(())
    }

    /// The policy of what the application answers itself. Each page has a stricter one of its own.
    pub fn policy(&self) -> CompiledPolicy {
        self.current().policy
    }

    /// What is legal and probably not meant, of that policy and those of the pages, each once:
    /// print it when the server starts.
    pub fn warnings(&self) -> Vec<PolicyWarning> {
        self.current().warnings()
    }

    /// The page that is served at a URL path, such as `/`.
    pub fn page(&self, path: &str) -> Option<Page> {
        self.current().pages.get(path).cloned()
    }

    /// The pins of the SDK that is served.
    pub fn pins(&self) -> Pins {
        self.current().pins.clone()
    }

    fn current(&self) -> RwLockReadGuard<'_, State> {
        self.shared
            .state
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Without the bytes.
impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.current();
        f.debug_struct("Site")
            .field("sdk", state.pins.version())
            .field("base", &state.pins.base())
            .field("pages", &state.pages.keys())
            .finish_non_exhaustive()
    }
}
