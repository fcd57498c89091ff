//! Why a site can't be served.

use super::alike::{OfPage, Others};
use crate::app::AppFileError;
use crate::assets::AssetsError;
use crate::page::PageError;
use crate::pins::{Difference, Provenance, VisorLockError, VisorLockErrorKind};
use crate::policy::{PolicyError, Relaxation};

crate::errors::opaque! {
    /// One thing that keeps a site from being loaded. Each message holds the fix.
    pub struct SiteError(SiteFault);

    /// What a [`SiteError`] is about.
    pub enum SiteErrorKind {
        /// The lock file can't be read.
        Lock = Lock,
        /// A file of the SDK is not the pinned one.
        Sdk = Sdk,
        /// The SDK's provenance is weaker than was asked for.
        Provenance = Provenance,
        /// A file of the application can't be used.
        AppFile = App | NotThere,
        /// A page can't be compiled, or is not there.
        Page = NotUtf8 | Deep | Page,
        /// Files can't be served.
        Assets = Assets,
        /// The policy does not compile, or can't be met.
        Policy = Policy | Reports | Waict,
    }
}

/// What is wrong, with the message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum SiteFault {
    #[error("{}{error}", if error.kind() == VisorLockErrorKind::Io { String::new() } else { format!("{file}: ") })]
    Lock { file: String, error: VisorLockError },

    #[error(transparent)]
    Sdk(#[from] Difference),

    #[error(
        "some files are only {found}, but {minimum} is required; pin them again with the tarballs and a lock file, or with published digests"
    )]
    Provenance {
        found: Provenance,
        minimum: Provenance,
    },

    #[error("the application's files: {0}")]
    App(#[from] AppFileError),

    #[error("{path}: byte {position}: not UTF-8: save the page as UTF-8")]
    NotUtf8 { path: String, position: usize },

    #[error("page at `{pattern}`: {reason}")]
    Deep { pattern: String, reason: String },

    #[error(
        "`{name}` is to be left out, but nothing in the application's folder has that name: remove it from the list, or write its path within the folder"
    )]
    NotThere { name: String },

    #[error("{path}: {error}{others}")]
    Page {
        path: String,
        error: PageError,
        others: Others,
    },

    #[error(transparent)]
    Assets(#[from] AssetsError),

    #[error(transparent)]
    Policy(#[from] PolicyError),

    #[cfg_attr(not(feature = "reports"), allow(dead_code))]
    #[error(
        "the policy reports to `{url}`, but the site's collector is at `{own}`: remove the endpoint from the policy, or name this one"
    )]
    Reports { url: String, own: String },

    #[error("waict: {reason}")]
    #[cfg_attr(not(feature = "waict"), allow(dead_code))]
    Waict { reason: String },
}

impl SiteError {
    /// The exceptions that allow it, where there are any: with a reason of your own, each goes into
    /// [`Dangerous::allow`](crate::policy::Dangerous::allow), called in
    /// [`SiteBuilder::policy`](super::SiteBuilder::policy), or into a policy file.
    pub fn exceptions(&self) -> Vec<Relaxation> {
        match &self.0 {
            SiteFault::Page { error, .. } => error.exceptions(),
            _ => Vec::new(),
        }
    }
}

impl OfPage for SiteFault {
    fn alike(&self) -> Option<(String, String)> {
        match self {
            Self::Page { path, error, .. } => Some((path.clone(), error.without_place())),
            _ => None,
        }
    }

    fn others(&mut self) -> Option<&mut Others> {
        match self {
            Self::Page { others, .. } => Some(others),
            _ => None,
        }
    }
}
