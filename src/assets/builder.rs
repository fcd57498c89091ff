//! The options of `PinnedAssets`: how long files are cached, compressed copies, files of the application.

use crate::app::AppFiles;

/// How long a browser keeps a file without asking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AssetCaching {
    /// `no-cache`: a browser asks each time, and gets `304` while the file is the same. The
    /// default, because the SDK's file names stay the same from version to version, and an old
    /// engine beside a new component doesn't work.
    #[default]
    Revalidate,
    /// `immutable`, for a year: a browser doesn't ask. Only where the pins' URL path names the
    /// version, in a part of its own: `/sdk/1.5.0/`, `/sdk/v1.5.0/`, `/face-sdk@1.5.0/`. Files
    /// that the deployer replaced (overrides) are asked for each time all the same: they change
    /// without the version.
    Immutable,
}

/// Choices for [`PinnedAssets`](super::PinnedAssets); from [`PinnedAssets::builder`](super::PinnedAssets::builder).
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

    /// Files of the application beside the SDK's: the scripts and styles of its page. What is sent
    /// are the bytes that are given here, which are those that the page is compiled with when it
    /// gets the same `AppFiles`. Browsers ask for them each time.
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

    /// Sends compressed copies, where they are and where the client takes them.
    ///
    /// A copy lies in `folder` under the path of its file with `.br`, `.gz` or `.zst` after it:
    /// `FaceLivenessDetector.js.br`. It can't lie beside the file: the SDK's folder holds what
    /// was published and nothing else, or it does not verify. A copy that isn't smaller than its
    /// file is left out. At a build, `brotli -q 11` takes 10 seconds for a wasm of 4 MB and
    /// leaves 29 % of it.
    #[cfg(feature = "precompressed")]
    pub fn precompressed(mut self, folder: impl Into<std::path::PathBuf>) -> Self {
        self.precompressed = Some(folder.into());
        self
    }

    /// Makes compressed copies at the start: brotli (quality 5) and gzip (level 6), of each file
    /// that gets smaller so and has no such copy already. It takes about a second for the whole
    /// SDK in a release build.
    #[cfg(feature = "compress")]
    pub fn compressing(mut self) -> Self {
        self.compressing = Compressing::AtStart;
        self
    }
}
