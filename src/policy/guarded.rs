//! A page whose scripts are known by their bytes: hashes in place of URLs.
#![cfg_attr(not(feature = "page"), allow(dead_code))] // what compiles pages needs it

use super::compile::Depth;
use super::document::ScriptTrust;
use super::{CompiledPolicy, Policy, PolicyError, Resource};
use crate::errors::Errors;
use crate::header::{IntegrityDestination, IntegrityPolicy};
use crate::sdk::EvalNeed;
use crate::sdk::layout::Layout;
use crate::sri::Digest;

/// What the page's own policy says beside the site's.
#[derive(Clone, Debug, Default)]
pub(crate) struct Guarded {
    /// Of every script, inline or not. Browsers admit an external one by the hashes in its
    /// `integrity`, all of which must be here ([CSP3, section 6.7.1.1]).
    ///
    /// [CSP3, section 6.7.1.1]: https://w3c.github.io/webappsec-csp/#script-pre-request
    pub(crate) scripts: Vec<Digest>,
    /// Of the styles in the page.
    pub(crate) styles: Vec<Digest>,
}

impl Policy {
    /// The policy of a guarded page: `script-src` of hashes, Trusted Types with the guard's
    /// policy, and `Integrity-Policy` for scripts.
    pub(crate) fn compile_guarded(
        &self,
        guarded: &Guarded,
    ) -> Result<CompiledPolicy, Errors<PolicyError>> {
        let mut policy = self.clone();
        policy.integrity_policy = Some(match policy.integrity_policy.take() {
            Some(own) => own.and(IntegrityDestination::Script),
            None => match &self.reporting {
                Some(reporting) => IntegrityPolicy::scripts().report_to(reporting.name.clone()),
                None => IntegrityPolicy::scripts(),
            },
        });
        policy.compile_as(Depth::Guarded(guarded))
    }

    /// What the page names of one kind: paths where it lies on the page's origin, else URLs.
    pub(crate) fn named(&self, resource: Resource) -> Vec<String> {
        let Some(page) = self.page() else {
            return Vec::new();
        };
        let origin = page.origin.to_string();
        let locations = page.resources.get(&resource).into_iter().flatten();
        locations
            .map(|location| {
                let text = location.to_string();
                match text.strip_prefix(origin.as_str()) {
                    Some(path) if path.starts_with('/') => path.to_owned(),
                    _ => text,
                }
            })
            .collect()
    }

    /// Whether the page's scripts are known by a nonce.
    pub(crate) fn trusts_nonces(&self) -> bool {
        self.page()
            .is_some_and(|page| page.scripts_by == ScriptTrust::Nonce)
    }

    /// The language files that the page may need, as paths on its origin; `None` for all.
    pub(crate) fn language_files(&self, layout: &Layout) -> Option<Vec<String>> {
        let sdk = &self.liveness_page()?.sdk;
        let files = sdk.language_files(layout)?;
        let at = |file: &String| format!("{}{file}", sdk.path);
        Some(files.iter().map(at).collect())
    }

    /// Whether the SDK's engine makes code of text.
    pub(crate) fn needs_eval(&self) -> bool {
        self.liveness_page()
            .is_some_and(|page| page.sdk.needs().eval == EvalNeed::Eval)
    }

    /// Where browsers report to.
    pub(crate) fn reports_url(&self) -> Option<&str> {
        self.reporting
            .as_ref()
            .map(|reporting| reporting.url.as_str())
    }
}
