//! Does a policy allow this URL, this script, this style? Section 6.7 of CSP3.

mod code;
mod urls;

pub use code::{ExternalScript, Inline};
pub(super) use urls::{host_matches, path_matches};
