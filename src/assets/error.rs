//! Why files are not served.

#[cfg(feature = "precompressed")]
use super::Coding;

crate::errors::opaque! {
    /// Why no [`PinnedAssets`](super::PinnedAssets) were created, or why a reload was refused. What
    /// was served before still is.
    pub struct AssetsError(AssetsFault);

    /// What an [`AssetsError`] is about.
    pub enum AssetsErrorKind {
        /// `AssetCaching::Immutable` under a URL that stays the same when the version changes.
        Caching = NotVersioned,
        /// A file of the application that can't be served here.
        AppFile = OverSdk | Page,
        /// The new pins differ from those that are served in a way that browsers would not notice.
        Reload = Moved | Immutable,
    } else {
        /// An invalid compressed copy, or no folder of them.
        Compressed
    }
}

/// What is wrong, with the message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AssetsFault {
    #[error(
        "`{base}` does not name version {version}, so a browser would keep its files for a year after an update; pin them at `{base}{version}/`, or use AssetCaching::Revalidate"
    )]
    NotVersioned { base: String, version: String },

    #[error("{path}: a file of the application has the path of an SDK file: move it")]
    OverSdk { path: String },

    #[error(
        "{path}: a page has a policy of its own: compile it with `Page`, and serve it separately"
    )]
    Page { path: String },

    #[error(
        "the files are served under `{served}`, the new pins are for `{pinned}`; pin them for `{served}`, or serve both, one from a second PinnedAssets, so that open pages still find theirs"
    )]
    Moved { served: String, pinned: String },

    #[error(
        "{path}: its bytes changed under a URL that browsers keep for a year; serve it under a new one"
    )]
    Immutable { path: String },

    #[cfg(feature = "precompressed")]
    #[error("no folder `{folder}`, where compressed copies are looked for")]
    // Made by `variants` alone, which is not in every build.
    #[cfg_attr(not(feature = "precompressed"), allow(dead_code))]
    NoFolder { folder: String },

    #[cfg(feature = "precompressed")]
    #[error("{path}{}: {reason}; compress `{path}` again, from the package's own file", coding.extension())]
    // Made by `variants` alone, which is not in every build.
    #[cfg_attr(not(feature = "precompressed"), allow(dead_code))]
    Variant {
        path: String,
        coding: Coding,
        reason: String,
    },
}
