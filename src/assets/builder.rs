//! The options of `PinnedAssets`: how long files are cached, compressed copies, files of the application.

use crate::app::AppFiles;

/// How long a browser keeps a file without revalidating it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AssetCaching {
    /// `no-cache`: a browser asks each time, and gets `304` while the file is the same. The
    /// default, because the SDK's file names don't change from version to version, and an old
    /// engine doesn't work with a new component.
    #[default]
    Revalidate,
    /// `immutable`, for a year: a browser doesn't ask. Only allowed if the pins' URL path names
    /// the version, in a part of its own: `/sdk/1.5.0/`, `/sdk/v1.5.0/`, `/face-sdk@1.5.0/`. Files
    /// that the deployer replaced (overrides) are revalidated each time nonetheless: they change
    /// without the version.
    Immutable,
}

/// Choices for [`PinnedAssets`](super::PinnedAssets); from
/// [`PinnedAssets::builder`](super::PinnedAssets::builder).
///
/// ```
/// use tower_visor::assets::{AssetCaching, PinnedAssets};
/// use tower_visor::pins::Scan;
///
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.5.0");
/// let pins = Scan::new(folder).served_at("/sdk/").run().unwrap();
/// let verified = pins.verify(folder).unwrap();
/// let errors = PinnedAssets::builder()
///     .caching(AssetCaching::Immutable)
///     .build(&verified)
///     .unwrap_err();
/// assert_eq!(
///     errors[0].to_string(),
///     "`/sdk/` does not name version 1.5.0, so a browser would keep its files for a year after \
///      an update; pin them at `/sdk/1.5.0/`, or use AssetCaching::Revalidate",
/// );
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct AssetsBuilder {
    pub(super) app: AppFiles,
    /// The pages among these are parts that other pages fetch.
    pub(super) has_parts: bool,
    pub(super) caching: AssetCaching,
    #[cfg(feature = "precompressed")]
    pub(super) precompressed: Option<std::path::PathBuf>,
    #[cfg(feature = "compress")]
    pub(super) compressing: Compressing,
}

/// Whether compressed copies are made.
#[cfg(feature = "compress")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Compressing {
    #[default]
    Never,
    AtStart,
}

impl AssetsBuilder {
    /// How long a browser keeps a file without asking; [`AssetCaching::Revalidate`] unless chosen.
    pub fn caching(mut self, caching: AssetCaching) -> Self {
        self.caching = caching;
        self
    }

    /// The pages among the application's files are parts, which other pages put into themselves, and
    /// are served as they are.
    #[cfg(feature = "page")]
    pub(crate) fn with_parts(mut self) -> Self {
        self.has_parts = true;
        self
    }

    /// The application's files, served alongside the SDK's: the scripts and styles of its page. The
    /// bytes given here are what is sent, and if the page is compiled with the same `AppFiles`,
    /// they match its digests. Browsers revalidate them each time.
    ///
    /// ```
    /// use tower_visor::assets::PinnedAssets;
    /// use tower_visor::app::AppFiles;
    /// use tower_visor::pins::Pins;
    ///
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.5.0");
    /// let pins = Pins::scan(folder)?;
    /// let assets = PinnedAssets::builder()
    ///     .app_files(AppFiles::new().file("/app.js", "import('./FaceLivenessDetector.js')")?)
    ///     .build(&pins.verify(folder)?)?;
    /// let request = http::Request::get("/app.js").body(())?;
    /// assert_eq!(assets.respond(&request).headers()["content-type"], "text/javascript; charset=utf-8");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn app_files(mut self, files: AppFiles) -> Self {
        self.app = files;
        self
    }

    /// Sends compressed copies, where they exist and the client accepts them.
    ///
    /// A copy has the path of its file in `folder`, with `.br`, `.gz` or `.zst` appended:
    /// `FaceLivenessDetector.js.br`. It can't be next to the file: the SDK's folder must contain only
    /// what was published, or it does not verify. A copy that isn't smaller than its file is left
    /// out. At build time, `brotli -q 11` takes 10 seconds for a wasm of 4 MB and compresses
    /// it to 29 %.
    #[cfg(feature = "precompressed")]
    pub fn precompressed(mut self, folder: impl Into<std::path::PathBuf>) -> Self {
        self.precompressed = Some(folder.into());
        self
    }

    /// Makes compressed copies at start: brotli (quality 5) and gzip (level 6), of each file that
    /// becomes smaller and has no such copy yet. In a release build this takes about a second
    /// for the whole SDK.
    #[cfg(feature = "compress")]
    pub fn compressing(mut self) -> Self {
        self.compressing = Compressing::AtStart;
        self
    }
}
