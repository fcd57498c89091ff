//! Why a site is not served.

use crate::app::AppFileError;
use crate::assets::AssetsError;
use crate::page::PageError;
use crate::pins::{Difference, Provenance, VisorLockError, VisorLockErrorKind};
use crate::policy::PolicyError;

/// One thing that keeps a site from being loaded. Each message holds the fix.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SiteError {
    /// The lock file can't be read.
    #[error("{}{error}", if error.kind() == VisorLockErrorKind::Io { String::new() } else { format!("{file}: ") })]
    Lock {
        /// The name of the file, without its folder.
        file: String,
        /// What is wrong with it.
        error: VisorLockError,
    },

    /// A file of the SDK is not the pinned one.
    #[error(transparent)]
    Sdk(#[from] Difference),

    /// The SDK is known less well than was asked for.
    #[error(
        "some files are only {found}, {minimum} is required; pin them again with the tarballs and a lock file, or with published digests"
    )]
    Provenance {
        /// The weakest of all files.
        found: Provenance,
        /// What was asked for.
        minimum: Provenance,
    },

    /// A file of the application can't be taken.
    #[error("the application's files: {0}")]
    App(#[from] AppFileError),

    /// A page that isn't text.
    #[error("{path}: byte {position}: not UTF-8: save the page as UTF-8")]
    NotUtf8 {
        /// The URL path.
        path: String,
        /// Where the first bad byte stands.
        position: usize,
    },

    /// A page in another folder than the SDK.
    #[error(
        "{path}: the SDK looks for its files beside the page, and they are served at `{base}`: move the page there"
    )]
    PageElsewhere {
        /// The URL path.
        path: String,
        /// Where the SDK is served.
        base: String,
    },

    /// A page can't be compiled.
    #[error("{path}: {error}")]
    Page {
        /// The URL path.
        path: String,
        /// What is wrong with it.
        error: PageError,
    },

    /// Files can't be served.
    #[error(transparent)]
    Assets(#[from] AssetsError),

    /// The policy does not compile.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

crate::errors::debug_is_display!(SiteError);
