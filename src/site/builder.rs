//! What a site is made of.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::app::AppFiles;
use crate::assets::AssetsBuilder;
use crate::pins::{Pins, Provenance};
use crate::policy::{Document, Policy};
use crate::sdk::Endpoint;

/// What a site is made from; created by [`Site::builder`](super::Site::builder).
#[derive(Clone, Debug)]
#[must_use = "nothing is read before it is loaded"]
pub struct SiteBuilder {
    pub(super) folders: Vec<PathBuf>,
    pub(super) source: Source,
    pub(super) minimum: Provenance,
    pub(super) app_folder: Option<PathBuf>,
    pub(super) app_files: AppFiles,
    pub(super) assets: AssetsBuilder,
    pub(super) adjust: Option<Adjust>,
    pub(super) left_out: Vec<String>,
    pub(super) deep: Vec<Deep>,
    #[cfg(feature = "reports")]
    pub(super) collector: Option<crate::reports::Collector>,
    #[cfg(feature = "waict")]
    pub(super) waict: Option<super::SiteWaict>,
}

/// A page at more than one URL.
#[derive(Clone, Debug)]
pub(super) struct Deep {
    pub(super) pattern: String,
    /// Its name in the folder.
    pub(super) page: String,
}

/// Where the pins come from.
#[derive(Clone, Debug)]
pub(super) enum Source {
    File(PathBuf),
    Pins(Box<Pins>),
}

/// The user's changes to the policy.
#[derive(Clone)]
pub(super) struct Adjust(pub(super) Arc<dyn Fn(Policy) -> Policy + Send + Sync>);

impl fmt::Debug for Adjust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Adjust(..)")
    }
}

/// All that a load and each reload needs.
pub(super) struct Options {
    pub(super) made_of: SiteBuilder,
    pub(super) wanted: Wanted,
}

/// What the page is.
pub(super) enum Wanted {
    Page {
        document: Box<Document>,
        endpoint: Endpoint,
    },
    Policy(Box<Policy>),
}

impl SiteBuilder {
    pub(super) fn new(folder: PathBuf, source: Source) -> Self {
        Self {
            folders: vec![folder],
            source,
            minimum: Provenance::Observed,
            app_folder: None,
            app_files: AppFiles::new(),
            assets: AssetsBuilder::default(),
            adjust: None,
            left_out: Vec::new(),
            deep: Vec::new(),
            #[cfg(feature = "reports")]
            collector: None,
            #[cfg(feature = "waict")]
            waict: None,
        }
    }

    /// One more folder, if the SDK's component and assets are in different ones.
    pub fn and(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folders.push(folder.into());
        self
    }

    /// Refuses to start if any file of the SDK has weaker provenance than this. The default is
    /// [`Provenance::Observed`], which accepts everything: a project has to start somewhere.
    pub fn requiring(mut self, minimum: Provenance) -> Self {
        self.minimum = minimum;
        self
    }

    /// The folder of the application: its pages (`.html`), scripts, styles, pictures. **Everything
    /// in it is public**, except for names that begin with a dot, of which only `.well-known` at its top
    /// is served; [`Site::warnings`](super::Site::warnings) names what isn't. A name that
    /// [`AppFiles::content_type`] doesn't know is sent as `application/octet-stream`.
    ///
    /// It is served at the pins' base. A compressed copy next to its file (`app.js.br`) is checked,
    /// and sent in its place if a client accepts it (feature `precompressed`).
    pub fn app(mut self, folder: impl Into<PathBuf>) -> Self {
        self.app_folder = Some(folder.into());
        self
    }

    /// Leaves out a file of the folder, or a whole folder in it: for example a page that isn't needed
    /// and doesn't compile.
    ///
    /// ```
    /// use tower_visor::Site;
    ///
    /// let builder = Site::builder("web/sdk", "visor-lock.json")
    ///     .app("web/app")
    ///     .without("404.html")
    ///     .without("stories/");
    /// # let _ = builder;
    /// ```
    pub fn without(mut self, name: impl Into<String>) -> Self {
        self.left_out.push(name.into());
        self
    }

    /// Serves a page of the folder at further URLs, such as the routes of a single-page application: a
    /// pattern as in axum, with `{name}` for one part and `{*name}` for everything that is left. There,
    /// too, the page gets its own policy, and a `<base>`, so that its files and the SDK's are found.
    ///
    /// A path that looks like a file's (`.js`, `.wasm`, `.json`, `.css` and all others of
    /// [`AppFiles::content_type`]) never matches, so that a missing file stays a `404`; nor does a request
    /// with a method other than `GET` and `HEAD`. Whatever the site has at a path takes precedence,
    /// and the application behind it comes last: no pattern should cover the paths of an API.
    ///
    /// ```
    /// use tower_visor::Site;
    ///
    /// let builder = Site::builder("web/sdk", "visor-lock.json")
    ///     .app("web/app")
    ///     .page_at("/verify/{*rest}", "index.html");
    /// # let _ = builder;
    /// ```
    pub fn page_at(mut self, pattern: impl Into<String>, page: impl Into<String>) -> Self {
        self.deep.push(Deep {
            pattern: pattern.into(),
            page: page.into(),
        });
        self
    }

    /// Files of the application that are already in memory, for example by `include_str!`, with
    /// their full URL paths; in addition to those of the [folder](Self::app), if there is one.
    pub fn app_files(mut self, files: AppFiles) -> Self {
        self.app_files = files;
        self
    }

    /// How files are sent: how long browsers keep them, and compressed copies.
    ///
    /// ```
    /// use tower_visor::assets::{AssetCaching, PinnedAssets};
    /// use tower_visor::Site;
    ///
    /// let builder = Site::builder("web/sdk", "visor-lock.json")
    ///     .assets(PinnedAssets::builder().caching(AssetCaching::Immutable));
    /// # let _ = builder;
    /// ```
    pub fn assets(mut self, assets: AssetsBuilder) -> Self {
        self.assets = assets;
        self
    }

    /// Changes the policy: the function gets the one that follows from the page, the pins and the
    /// folder. It is called again at each reload.
    ///
    /// ```
    /// use tower_visor::Site;
    ///
    /// let builder = Site::builder("web/sdk", "visor-lock.json").policy(|policy| {
    ///     policy.reporting("visor", "https://liveness.contoso.example/reports")
    /// });
    /// # let _ = builder;
    /// ```
    pub fn policy(mut self, adjust: impl Fn(Policy) -> Policy + Send + Sync + 'static) -> Self {
        self.adjust = Some(Adjust(Arc::new(adjust)));
        self
    }

    /// Makes browsers report to a collector, which learns what the site serves, again at each reload:
    /// `Reporting-Endpoints`, `report-to`, `report-uri` and the guard name its path on the site's
    /// origin. Put it in front of the application:
    ///
    /// ```
    /// use axum::Router;
    /// use tower_visor::reports::Collector;
    /// # use tower_visor::{Site, app::AppFiles, pins::Pins, sdk::Endpoint, Document};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.5.0");
    /// # let html = "<!doctype html><title>Check</title><script type=module src=FaceLivenessDetector.js></script>";
    /// # let page = Document::new("https://liveness.contoso.example")?;
    /// # let endpoint = Endpoint::resource("contoso")?;
    ///
    /// let collector = Collector::builder().build();
    /// let site = Site::pinned(folder, Pins::scan(folder)?)
    ///     # .app_files(AppFiles::new().file("/index.html", html)?)
    ///     .collect(&collector)
    ///     .load(page, endpoint)?;
    /// let router: Router = Router::new(); // and the routes of the application
    /// let app = site.around(collector.around(router));
    /// # let _ = app;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// See [`docs::reports`](crate::docs::reports).
    #[cfg(feature = "reports")]
    pub fn collect(mut self, collector: &crate::reports::Collector) -> Self {
        self.collector = Some(collector.clone());
        self
    }

    /// Serves a manifest of everything that the site can send, and names it in a header of each page
    /// (`Integrity-Policy-WAICT-v1`): **experimental**, by the drafts of 2026-03-06 and 2026-04-15, and off
    /// by default. Every browser ignores it but Firefox Nightly with `security.waict.enabled`.
    ///
    /// The application's own routes are not covered: their answers are in no manifest, and don't carry
    /// the header. [The manual](crate::docs::waict) describes how to begin, and what the two modes do.
    ///
    /// ```
    /// use tower_visor::Site;
    /// use tower_visor::header::WaictMode;
    ///
    /// let builder = Site::builder("web/sdk", "visor-lock.json")
    ///     .app("web/app")
    ///     .waict(WaictMode::Report);
    /// # let _ = builder;
    /// ```
    ///
    /// # Errors
    /// [`load`](Self::load) refuses [`WaictMode::Enforce`](crate::header::WaictMode::Enforce) if a
    /// page has a nonce, or shows a frame of the application: no manifest can know bytes that are
    /// generated for each answer.
    #[cfg(feature = "waict")]
    pub fn waict(mut self, waict: impl Into<super::SiteWaict>) -> Self {
        self.waict = Some(waict.into());
        self
    }
}
