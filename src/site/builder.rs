//! What a site is made of.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::app::AppFiles;
use crate::assets::AssetsBuilder;
use crate::pins::{Pins, Provenance};
use crate::policy::{Document, Policy};
use crate::sdk::Endpoint;

/// What a site is made of; from [`Site::builder`](super::Site::builder).
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
        }
    }

    /// One more folder, where the SDK's component and assets lie apart.
    pub fn and(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folders.push(folder.into());
        self
    }

    /// Refuses to start with files of the SDK that are known less well than this. The default is
    /// [`Provenance::Observed`], which takes all: a project has to start somewhere.
    pub fn requiring(mut self, minimum: Provenance) -> Self {
        self.minimum = minimum;
        self
    }

    /// The folder of the application: its pages (`.html`), scripts, styles, pictures. **Everything
    /// in it is public**, but for names that begin with a dot; a name that
    /// [`AppFiles::content_type`] doesn't know keeps the site from loading.
    ///
    /// It is served at the pins' base. Pages lie at its top, beside the SDK.
    pub fn app(mut self, folder: impl Into<PathBuf>) -> Self {
        self.app_folder = Some(folder.into());
        self
    }

    /// Files of the application that are at hand, by `include_str!` for example, with their whole
    /// URL paths; beside those of the [folder](Self::app), if there is one.
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

    /// Changes the policy: it gets the one that follows from the page, the pins and the folder. It
    /// is called again at each reload.
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
}
