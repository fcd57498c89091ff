//! Why files are not served.

use super::Coding;

/// Why no [`PinnedAssets`](super::PinnedAssets) were made, or why a reload was refused. What was
/// served before still is.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AssetsError {
    /// [`AssetCaching::Immutable`](super::AssetCaching::Immutable) under a URL that stays when the version
    /// changes.
    #[error(
        "`{base}` does not name version {version}, so a browser would keep its files for a year after an update; pin them at `{base}{version}/`, or use AssetCaching::Revalidate"
    )]
    NotVersioned {
        /// The URL path under which the files are pinned.
        base: String,
        /// Their version.
        version: String,
    },

    /// A file of the application lies where one of the SDK does.
    #[error("{path}: a file of the application is served where the SDK's is: move it")]
    OverSdk {
        /// The URL path.
        path: String,
    },

    /// A file of the application that no content type is known for.
    #[error(
        "{path}: no content type is known for such a name, and browsers must not guess one: rename it, or take it out, since all that is here can be read by anybody"
    )]
    NoType {
        /// The URL path.
        path: String,
    },

    /// A page among the files.
    #[error(
        "{path}: a page has a policy of its own: compile it with `Page`, and serve it beside the files"
    )]
    Page {
        /// The URL path.
        path: String,
    },

    /// A reload with pins for another URL path.
    #[error(
        "the files are served under `{served}`, the new pins are for `{pinned}`; pin them for `{served}`, or serve them beside by a second PinnedAssets, so that open pages still find theirs"
    )]
    Moved {
        /// Where files are served.
        served: String,
        /// What the new pins say.
        pinned: String,
    },

    /// A reload with other bytes under a URL that browsers keep for a year.
    #[error(
        "{path}: other bytes than before under a URL that browsers keep for a year; serve them under another one"
    )]
    Immutable {
        /// The file's path in the package.
        path: String,
    },

    /// The folder of compressed copies is not there.
    #[error("no folder `{folder}`; it is where the compressed copies are looked for")]
    NoFolder {
        /// The last part of its path.
        folder: String,
    },

    /// A compressed copy that is not one.
    #[error("{path}{}: {reason}; compress `{path}` again, from the package's own file", coding.extension())]
    Variant {
        /// The path of the file in the package.
        path: String,
        /// How the copy is compressed.
        coding: Coding,
        /// What is wrong with it.
        reason: String,
    },
}

crate::errors::debug_is_display!(AssetsError);
