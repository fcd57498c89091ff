//! A whole site in a few lines: pages, files, the SDK and the headers around all of it.
//!
//! [`Site`] takes the SDK's folder with its lock file and the folder of the application, verifies
//! one against the other, compiles every page, and puts a [`VisorLayer`] around what it serves
//! and around everything else that the application answers:
//!
//! ```no_run
//! use axum::{Router, extract::Request, routing::post};
//! use tower_visor::{Document, Resource, Site, sdk::Endpoint};
//!
//! # async fn session() -> &'static str { "" }
//! # async fn run(listener: tokio::net::TcpListener) -> Result<(), Box<dyn std::error::Error>> {
//! let page = Document::new("https://liveness.contoso.example")?
//!     .loads(Resource::Connect, "/api/session");
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
//! With hyper, use [`Site::service`], or [`Site::around`] your own service, each through
//! `hyper_util`'s `TowerToHyperService`; `examples/hyper.rs` has the loop that accepts connections.
//! Set `TCP_NODELAY` on the listener's streams.
//!
//! # What is served
//!
//! | path | answer |
//! |---|---|
//! | `index.html` of the folder, at the base of the pins and by its name | the [`Page`] compiled from it, with a policy of hashes |
//! | that base without its last slash | a redirect to it |
//! | any other `.html`, in folders too | the same; without the SDK, the endpoint and the camera if it doesn't use them |
//! | a path of [`SiteBuilder::page_at`] | the page |
//! | an `.html` that is part of other pages: without a doctype, `<html>`, `<head>`, `<body>`, `<title>`, `<meta>`, `<link>`, `<script>` and handlers, and not `index.html` | its bytes, for scripts to fetch |
//! | the other files of the folder | their bytes, as they were at the start ([`PinnedAssets`]) |
//! | the files of the SDK | the pinned bytes |
//! | any other path below the SDK's folder of assets | `404` without a body |
//! | anything else | the application's own answer, or `404` |
//!
//! All of it is below the pins' base ([`Scan::served_at`]), because the SDK looks for its files
//! next to the page.
//!
//! # Which pages use the SDK
//!
//! A page uses the SDK if it names its element, component or package, or loads a script that does.
//! Scripts are followed by the names in their code; if one that names the SDK is loaded by a name that
//! is computed at run time, any page with scripts may be the one. A page that doesn't use the SDK gets
//! the policy of [`Policy::document`], and its `style` attributes are allowed by their hashes, so that
//! a build tool's `404.html` doesn't prevent a start. A page that only might use the SDK, and has
//! `style` attributes (which would need an exception on a page with it), counts as one without it if
//! other pages might use it too; the warnings say so. To mark a page as one that uses the SDK, let it
//! preload the component: `<link rel=modulepreload href=FaceLivenessDetector.js>`.
//!
//! A page that another page of the site shows in an `<iframe>` may be framed by the site's own origin; nobody
//! may frame the others.
//!
//! # The policy
//!
//! It is [`Policy::strict`] for the page that is given to [`SiteBuilder::load`], with the pinned
//! SDK on it. Files in the folder are allowed by their exact URLs: style sheets, pictures, fonts,
//! sound and video, and for scripts to fetch `.json`, `.wasm`, texts and data, whatever file a script or data
//! names, and the pages of a site that has at most 24. Where more than 16 pictures, fonts or recordings, 24 files
//! to fetch or 32 style sheets are in one folder below the site's own, that folder is named in their place.
//! Scripts are allowed by their hashes, in
//! each page's own policy. [`SiteBuilder::policy`] changes it: reporting, a longer list of features,
//! or an exception. A policy from a file is given to [`SiteBuilder::load_policy`].
//!
//! HTML that the application answers itself, a `404` page too, gets less: the style sheets, pictures,
//! fonts, sound and video of that page, and **no SDK, no wasm, no Face endpoint, no camera, no script
//! and no exception's source**. Otherwise, whoever can change what a cache answers for one URL could
//! run a changed SDK there, with the camera. If a page needs more, its route asks for it:
//!
//! ```
//! use axum::{Router, response::Html, routing::get};
//! use tower_visor::{Document, Policy, Resource, Site};
//!
//! # fn around(site: &Site) -> Result<(), Box<dyn std::error::Error>> {
//! let login = Document::new("https://liveness.contoso.example")?
//!     .loads(Resource::Style, "/app.css")
//!     .loads(Resource::Form, "/login");
//! let login = Policy::document(login).compile()?;
//! let router = Router::new()
//!     .route("/login", get(|| async { Html("<!doctype html><form method=post></form>") }))
//!     .route_layer(login.layer());
//! let app = site.around(router);
//! # let _: tower_visor::layer::Visor<tower_visor::site::Served<Router>> = app;
//! # Ok(())
//! # }
//! ```
//!
//! Templates need a nonce: [`docs::dynamic_pages`](crate::docs::dynamic_pages).
//!
//! # Reloading
//!
//! [`Site::reload`] reads and verifies everything again, then swaps it atomically; if anything is
//! wrong, nothing changes. It reads files, so call it where blocking is allowed:
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
//! An open page that loads further files later refuses those of another version; its visitor
//! has to reload it.
//!
//! [`PinnedAssets`]: crate::PinnedAssets
//! [`Policy::strict`]: crate::Policy::strict
//! [`Scan::served_at`]: crate::pins::Scan::served_at
//! [`VisorLayer`]: crate::VisorLayer

mod alike;
mod builder;
#[cfg(feature = "reports")]
mod collected;
#[cfg(feature = "waict")]
mod covered;
mod error;
#[cfg(any(feature = "export", feature = "waict"))]
mod inventory;
mod loads;
mod pages;
mod pattern;
mod serve;
mod state;
#[cfg(feature = "waict")]
mod waict;
mod warning;

use std::fmt;
use std::sync::Arc;

pub use builder::SiteBuilder;
use error::SiteFault;
pub use error::{SiteError, SiteErrorKind};
#[cfg(any(feature = "export", feature = "waict"))]
pub(crate) use inventory::{Answer, Inventory, Kind};
#[cfg(any(feature = "export", feature = "waict"))]
pub(crate) use pattern::{Part, Pattern};
pub use serve::{NotFound, Served, ServedFuture};
#[cfg(feature = "waict")]
pub use waict::SiteWaict;
pub use warning::SiteWarning;
use warning::Warned;

use crate::errors::Errors;
use crate::events;
use crate::page::Page;
use crate::pins::Pins;
use crate::policy::{CompiledPolicy, Document, Policy, Relaxed};
use crate::response::Current;
use crate::sdk::Endpoint;
use builder::{Options, Source, Wanted};
use state::State;

/// Pages, files and headers of a whole site. See the [module](self).
///
/// Clones share everything, and a [`reload`](Self::reload) of one is a reload of all.
#[derive(Clone)]
pub struct Site {
    current: Arc<Current<Options, State>>,
}

impl Site {
    /// A site with the SDK in a folder, pinned by a lock file.
    pub fn builder(
        folder: impl Into<std::path::PathBuf>,
        lock: impl Into<std::path::PathBuf>,
    ) -> SiteBuilder {
        SiteBuilder::new(folder.into(), Source::File(lock.into()))
    }

    /// A site with pins that are already in memory, for example from a build script.
    pub fn pinned(folder: impl Into<std::path::PathBuf>, pins: Pins) -> SiteBuilder {
        SiteBuilder::new(folder.into(), Source::Pins(Box::new(pins)))
    }

    fn load(made_of: SiteBuilder, wanted: Wanted) -> Result<Self, Errors<SiteError>> {
        let options = Options { made_of, wanted };
        let state = State::load(&options)?;
        #[cfg(feature = "reports")]
        collected::tell(&options.made_of, state.scripts.as_ref());
        let current = Arc::new(Current::new(options, state));
        Ok(Self { current })
    }

    /// Reads, verifies and compiles everything again, and replaces the old version atomically. A
    /// request that came earlier is answered from the old version, to its end.
    ///
    /// # Errors
    /// As [`SiteBuilder::load`]; and if the new pins are for another base, or have different bytes
    /// for a URL that browsers keep. Then nothing changes.
    pub fn reload(&self) -> Result<(), Errors<SiteError>> {
        let next = State::load(&self.current.options).map_err(Errors::from);
        #[cfg(feature = "waict")]
        let next = next.map(|mut next| {
            next.keep_waict(&self.current.get());
            next
        });
        let done = next.and_then(|next| self.current.replace(next, State::check_next));
        #[cfg(feature = "reports")]
        if done.is_ok() {
            let made_of = &self.current.options.made_of;
            collected::tell(made_of, self.current.get().scripts.as_ref());
        }
        events::reloaded("site", &done);
        done
    }

    /// The policy of what the application answers itself: no SDK and no camera, see [the
    /// module](self#the-policy). Each page has one of its own.
    pub fn policy(&self) -> CompiledPolicy {
        self.current.get().policy
    }

    /// Every exception that weakens a page's policy, with its reason: for start-up logs.
    pub fn relaxed(&self) -> &'static [Relaxed] {
        self.current.get().of_page.relaxed()
    }

    /// What is legal but probably unintended in the policy and the pages, each once: print it when
    /// the server starts.
    pub fn warnings(&self) -> Vec<SiteWarning> {
        self.current.get().warnings()
    }

    /// The manifest of what is served now, if the site [sends one](SiteBuilder::waict).
    #[cfg(feature = "waict")]
    pub fn waict_manifest(&self) -> Option<crate::waict::WaictManifest> {
        let state = self.current.get();
        Some(state.waict.as_ref()?.value.clone())
    }

    /// The page that is served at a URL path, such as `/`.
    pub fn page(&self, path: &str) -> Option<Page> {
        self.current.get().pages.at(path).cloned()
    }

    /// The pins of the SDK that is served.
    pub fn pins(&self) -> Pins {
        self.current.get().pins.clone()
    }
}

impl SiteBuilder {
    /// Reads the pins, verifies the SDK, compiles the pages.
    ///
    /// The page says what else it loads: the paths of an API under
    /// [`Resource::Connect`](crate::Resource::Connect), and what comes from other hosts. Files in
    /// the folder needn't be named.
    ///
    /// # Errors
    /// Everything that is wrong, at once, as far as it can be told: without the pins, nothing else can.
    ///
    /// * an invalid lock file
    /// * files of the SDK that are not the pinned ones, each by its name
    /// * pins with weaker provenance than [required](Self::requiring)
    /// * files of the application that can't be read, have the path of one of the SDK's, or have
    ///   no known content type
    /// * pages that can't be compiled, with line and column
    /// * a policy that does not compile
    pub fn load(self, document: Document, endpoint: Endpoint) -> Result<Site, Errors<SiteError>> {
        let document = Box::new(document);
        Site::load(self, Wanted::Page { document, endpoint })
    }

    /// As [`load`](Self::load), with an existing policy: one from a file, with its exceptions,
    /// its reporting and its languages. Files in the folder needn't be named in it.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use tower_visor::{Policy, Site};
    ///
    /// let policy: Policy = toml::from_str(&std::fs::read_to_string("visor.toml")?)?;
    /// let site = Site::builder("web/sdk", "visor-lock.json")
    ///     .app("web/app")
    ///     .load_policy(policy)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`load`](Self::load), and if the policy contradicts the pins ([`Policy::pinned`]).
    pub fn load_policy(self, policy: Policy) -> Result<Site, Errors<SiteError>> {
        Site::load(self, Wanted::Policy(Box::new(policy)))
    }
}

/// Without the bytes.
impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.current.get();
        f.debug_struct("Site")
            .field("sdk", state.pins.version())
            .field("base", &state.pins.base())
            .field("pages", &state.pages.by_path.keys())
            .finish_non_exhaustive()
    }
}
