//! What a site has to do with a collector of reports.

use super::SiteFault;
use super::builder::SiteBuilder;
use crate::app::AppFiles;
use crate::errors::Errors;
use crate::pins::Pins;
use crate::policy::Policy;
use crate::reports::KnownScripts;

/// The name of the endpoint in headers.
const NAME: &str = "visor";

/// The policy, pointed at the collector.
pub(super) fn pointed(made_of: &SiteBuilder, policy: Policy) -> Result<Policy, Errors<SiteFault>> {
    let Some(collector) = &made_of.collector else {
        return Ok(policy);
    };
    // A policy without a page is refused where it is compiled.
    let Some(page) = policy.page() else {
        return Ok(policy);
    };
    let own = format!("{}{}", page.origin(), collector.path());
    match policy.reports_url() {
        None => Ok(policy.reporting(NAME, &own)),
        // With a name of its own, or hashes of scripts.
        Some(url) if url == own => Ok(policy),
        Some(url) => Err(SiteFault::Reports {
            url: crate::foreign::shown(url),
            own,
        }
        .into()),
    }
}

/// What the site serves.
pub(super) fn scripts(
    made_of: &SiteBuilder,
    policy: &Policy,
    pins: &Pins,
    files: &AppFiles,
) -> Option<KnownScripts> {
    made_of.collector.as_ref()?;
    let origin = policy.page()?.origin().clone();
    Some(KnownScripts::new(origin, pins).and(files))
}

/// Says to the collector what is served from now on.
pub(super) fn tell(made_of: &SiteBuilder, scripts: Option<&KnownScripts>) {
    if let (Some(collector), Some(scripts)) = (&made_of.collector, scripts) {
        collector.serves(scripts.clone());
    }
}
