//! Warnings of a site: what is legal but probably unintended.

use std::fmt;

use super::alike::{OfPage, Others};
use crate::page::PageWarning;
use crate::policy::{PolicyWarning, Relaxation};

/// Something that is legal but probably unintended: print it when the server starts.
#[derive(Clone, PartialEq, Eq)]
pub struct SiteWarning(pub(super) Warned);

/// What it is.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Warned {
    Policy(PolicyWarning),
    Page {
        path: String,
        warning: PageWarning,
        others: Others,
    },
    Hidden {
        name: String,
    },
    /// A page that may be one with the SDK, and isn't.
    Styled {
        path: String,
        others: Others,
    },
    /// The mode is to enforce.
    #[cfg(feature = "waict")]
    Inline,
}

impl SiteWarning {
    /// What is wrong with the policy, where that is what it is about.
    pub fn policy(&self) -> Option<&PolicyWarning> {
        match &self.0 {
            Warned::Policy(warning) => Some(warning),
            _ => None,
        }
    }

    /// The exceptions that allow what it names, where there are any: with a reason of your own, each goes into
    /// [`Dangerous::allow`](crate::policy::Dangerous::allow), called in
    /// [`SiteBuilder::policy`](super::SiteBuilder::policy), or into a policy file.
    pub fn exceptions(&self) -> Vec<Relaxation> {
        match &self.0 {
            Warned::Page { warning, .. } => warning.exceptions(),
            Warned::Styled { .. } => vec![Relaxation::hashed_style_attributes()],
            _ => Vec::new(),
        }
    }
}

impl OfPage for Warned {
    fn alike(&self) -> Option<(String, String)> {
        match self {
            Self::Page { path, warning, .. } => {
                // One of a script is said once, by the script.
                let is_of_page = !warning.script().starts_with('/');
                is_of_page.then(|| (path.clone(), warning.what().to_string()))
            }
            Self::Styled { path, .. } => Some((path.clone(), "styled".to_owned())),
            _ => None,
        }
    }

    fn others(&mut self) -> Option<&mut Others> {
        match self {
            Self::Page { others, .. } | Self::Styled { others, .. } => Some(others),
            _ => None,
        }
    }
}

impl fmt::Display for SiteWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Warned::Policy(warning) => warning.fmt(f),
            // A script's path says where it is; of one in a page, the page has to.
            Warned::Page { warning, .. } if warning.script().starts_with('/') => warning.fmt(f),
            Warned::Hidden { name } => write!(
                f,
                "`{name}` is in the application's folder and isn't served, because its name begins with a dot"
            ),
            Warned::Styled { path, others } => write!(
                f,
                "{path}: it has `style` attributes, and neither it nor a script that it loads by name names the SDK, so it is served without the SDK: if it is a page for the check, move them to a style sheet, or have them allowed by their hashes with an exception (`dangerous().allow(..)`) for `'unsafe-hashes'` in style-src-attr{others}"
            ),
            Warned::Page {
                path,
                warning,
                others,
            } => write!(f, "{path}: {warning}{others}"),
            #[cfg(feature = "waict")]
            Warned::Inline => f.write_str("waict enforces: a browser that follows the draft of 2026-04-15 to the letter blocks every inline script and style, the guard and the import map among them; none does so far"),
        }
    }
}

crate::errors::debug_is_display!(SiteWarning);
