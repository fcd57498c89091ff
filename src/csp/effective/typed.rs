//! What a browser reads in a typed policy.

use super::PolicyList;
use crate::csp::Csp;

/// Stands for the nonce that a response will have.
const SOME_NONCE: &str = "c29tZSBub25jZSBvciBvdGhlcg==";

impl From<&Csp> for PolicyList {
    /// Reads the policy as a browser will, enforced, with some nonce in each nonce slot. Nothing
    /// is ever dropped from it.
    ///
    /// ```
    /// use tower_visor::csp::{Csp, PolicyList};
    ///
    /// let csp: Csp = "default-src 'none'; script-src 'nonce-{nonce}'".parse()?;
    /// let deployed = PolicyList::effective(["default-src 'none'; script-src 'nonce-r4nd0m' 'unsafe-eval'"]);
    /// let points = deployed.weakenings(&PolicyList::from(&csp), &"https://example.com".parse()?);
    /// assert_eq!(points[0].to_string(), "script-src: allows `'unsafe-eval'`, the baseline doesn't");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn from(csp: &Csp) -> Self {
        Self::effective([csp.pieces().join(SOME_NONCE)])
    }
}
