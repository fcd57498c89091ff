//! Exceptions: what the server weakens on purpose, with its reason, as an audit accepts it.

use serde::Serialize;

use super::{Finding, Subject};
use crate::header::{CrossOriginEmbedderPolicy, CrossOriginOpenerPolicy, StrictTransportSecurity};

/// Something that a policy deliberately weakens.
///
/// ```
/// use tower_visor::audit::Exception;
///
/// let known = Exception::new("img-src https:", "pictures of all partners, LIV-12");
/// assert_eq!(known.what, "img-src https:");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Exception {
    /// What, as [`Relaxation`](crate::policy::Relaxation) writes it: for a policy's source the
    /// directive, a space and the source; for a header its name, a colon and what is sent.
    pub what: String,
    /// Why.
    pub reason: String,
}

impl Exception {
    /// What is weakened, and why.
    pub fn new(what: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            reason: reason.into(),
        }
    }

    /// Whether this is what was found: the source, in the directive that it was added to; or the
    /// header.
    pub(super) fn covers(&self, finding: &Finding) -> bool {
        match &finding.subject {
            Subject::Directive { name, .. } => {
                let source = self.what.strip_prefix(name.as_str());
                let source = source.and_then(|rest| rest.strip_prefix(' '));
                source.is_some_and(|source| finding.found.contains(&format!("`{source}`")))
            }
            Subject::Header { name } => match self.what.as_str() {
                "no strict-transport-security" => **name == StrictTransportSecurity::NAME,
                "no cross-origin isolation" => {
                    **name == CrossOriginOpenerPolicy::NAME
                        || **name == CrossOriginEmbedderPolicy::NAME
                }
                what => what
                    .strip_prefix(name.as_str())
                    .is_some_and(|rest| rest.starts_with(": ")),
            },
            _ => false,
        }
    }
}
