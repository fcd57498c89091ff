//! The headers of each class of response.

use http::header::{CACHE_CONTROL, HeaderName, LINK};

use super::prepared::{CacheRule, Headers, Nonced, intern};
use super::{Caching, Document, HostKind, Isolation, Kind, Policy, Relaxation};
use crate::csp::Csp;
use crate::header::{
    Allowlist, CacheControl, CrossOriginEmbedderPolicy, CrossOriginOpenerPolicy,
    CrossOriginResourcePolicy, Feature, IntegrityPolicy, OriginAgentCluster, PermissionsPolicy,
    ReferrerPolicy, ReportingEndpoints, StrictTransportSecurity, XContentTypeOptions,
    XDnsPrefetchControl, XFrameOptions, XPermittedCrossDomainPolicies,
};

/// What an answer of an API, or any file, may do when a browser shows it: nothing.
///
/// `base-uri` and `form-action` fall back to nothing, so they are written out.
pub(super) const OTHER: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";

/// What a file of the SDK may do when a browser shows it: nothing.
pub(super) const PINNED_ASSET: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";

/// The documents' policies, ready to be written.
pub(super) struct Documents {
    pub(super) enforced: Vec<Csp>,
    pub(super) report_only: Vec<Csp>,
    /// What is loaded ahead of the page.
    pub(super) link: Option<String>,
    pub(super) framing: Option<XFrameOptions>,
    pub(super) caching: Caching,
}

/// Collects headers; a policy with a nonce slot is kept in pieces.
#[derive(Default)]
struct Collected {
    values: Vec<(HeaderName, &'static str)>,
    nonced: Vec<Nonced>,
}

impl Collected {
    fn add(&mut self, name: HeaderName, value: &impl ToString) {
        self.values.push((name, intern(value.to_string())));
    }

    fn add_csp(&mut self, name: &HeaderName, csp: &Csp, host: HostKind) {
        let csp = for_host(csp, host);
        let mut pieces: Vec<_> = csp.pieces().into_iter().map(intern).collect();
        match pieces.len() {
            1 => self.values.push((name.clone(), pieces.remove(0))),
            _ => self.nonced.push(Nonced {
                name: name.clone(),
                pieces,
            }),
        }
    }

    fn finish(self, cache: CacheRule) -> Headers {
        Headers::new(&self.values, self.nonced, cache)
    }
}

/// Without `upgrade-insecure-requests` on localhost, where Safari would upgrade the page's own
/// files.
fn for_host(csp: &Csp, host: HostKind) -> Csp {
    use crate::csp::DirectiveName::UpgradeInsecureRequests;
    match host {
        HostKind::Named => csp.clone(),
        // A policy of nothing else is left as it is; to take a directive out of a valid policy
        // gives a valid one otherwise.
        HostKind::Local => csp
            .to_builder()
            .without(UpgradeInsecureRequests)
            .build()
            .unwrap_or_else(|_| csp.clone()),
    }
}

impl Policy {
    pub(super) fn document_headers(&self, documents: &Documents, host: HostKind) -> Headers {
        let mut headers = Collected::default();
        for csp in &documents.enforced {
            headers.add_csp(&Csp::NAME, csp, host);
        }
        for csp in &documents.report_only {
            headers.add_csp(&Csp::REPORT_ONLY_NAME, csp, host);
        }
        self.add_common(&mut headers, host);
        let endpoint = self
            .reporting
            .as_ref()
            .map(|reporting| reporting.name.clone());
        if !self.is_not_isolated() {
            let opener = CrossOriginOpenerPolicy::SAME_ORIGIN;
            headers.add(
                CrossOriginOpenerPolicy::NAME,
                &match &endpoint {
                    Some(endpoint) => opener.report_to(endpoint.clone()),
                    None => opener,
                },
            );
            let embedder = self.embedder_policy();
            headers.add(
                CrossOriginEmbedderPolicy::NAME,
                &match endpoint {
                    Some(endpoint) => embedder.report_to(endpoint),
                    None => embedder,
                },
            );
        }
        // A page in a frame of another site whose own page is isolated is a resource of another
        // origin to it.
        let resource = match documents.framing {
            Some(_) => CrossOriginResourcePolicy::SameOrigin,
            None => CrossOriginResourcePolicy::CrossOrigin,
        };
        headers.add(CrossOriginResourcePolicy::NAME, &resource);
        if let Some(framing) = documents.framing {
            headers.add(XFrameOptions::NAME, &framing);
        }
        headers.add(PermissionsPolicy::NAME, &self.permissions());
        headers.add(ReferrerPolicy::NAME, &self.referrer_policy);
        headers.add(OriginAgentCluster::NAME, &OriginAgentCluster::OriginKeyed);
        headers.add(XDnsPrefetchControl::NAME, &XDnsPrefetchControl::Off);
        if let Some(value) = &documents.link {
            headers.add(LINK, value);
        }
        if let Some(value) = &self.integrity_policy {
            headers.add(IntegrityPolicy::NAME, value);
        }
        if let Some(value) = &self.integrity_policy_report_only {
            headers.add(IntegrityPolicy::REPORT_ONLY_NAME, value);
        }
        if let Some(reporting) = &self.reporting {
            headers.add(ReportingEndpoints::NAME, &reporting.endpoints);
        }
        let (value, rule) = match documents.caching {
            Caching::NoStore => (CacheControl::NO_STORE, CacheRule::Policy),
            Caching::Revalidate => (CacheControl::NO_CACHE, CacheRule::Application),
        };
        headers.add(CACHE_CONTROL, &value);
        // A nonce that is stored is a nonce that is used twice.
        let rule = if headers.nonced.is_empty() {
            rule
        } else {
            CacheRule::Policy
        };
        headers.finish(rule)
    }

    pub(super) fn asset_headers(&self, host: HostKind) -> Headers {
        self.inert_headers(PINNED_ASSET, &CacheControl::NO_CACHE, host)
    }

    pub(super) fn other_headers(&self, host: HostKind) -> Headers {
        self.inert_headers(OTHER, &CacheControl::NO_STORE, host)
    }

    /// Of a response that a browser shows as a document only by mistake or by attack.
    fn inert_headers(&self, policy: &'static str, cache: &CacheControl, host: HostKind) -> Headers {
        let mut headers = Collected::default();
        headers.values.push((Csp::NAME, policy));
        self.add_common(&mut headers, host);
        if !matches!(self.kind, Kind::Api) && !self.is_not_isolated() {
            // An isolated page starts only workers that say the same of themselves.
            headers.add(CrossOriginEmbedderPolicy::NAME, &self.embedder_policy());
        }
        headers.add(
            CrossOriginResourcePolicy::NAME,
            &CrossOriginResourcePolicy::SameOrigin,
        );
        headers.add(XFrameOptions::NAME, &XFrameOptions::Deny);
        headers.add(ReferrerPolicy::NAME, &self.referrer_policy);
        headers.add(CACHE_CONTROL, cache);
        headers.finish(CacheRule::Application)
    }

    /// What every response carries.
    fn add_common(&self, headers: &mut Collected, host: HostKind) {
        if let (HostKind::Named, Some(value)) = (host, self.transport_security()) {
            headers.add(StrictTransportSecurity::NAME, value);
        }
        headers.add(XContentTypeOptions::NAME, &XContentTypeOptions::NoSniff);
        headers.add(
            XPermittedCrossDomainPolicies::NAME,
            &XPermittedCrossDomainPolicies::None,
        );
    }

    fn embedder_policy(&self) -> CrossOriginEmbedderPolicy {
        match self.isolation {
            Isolation::RequireCorp => CrossOriginEmbedderPolicy::REQUIRE_CORP,
            Isolation::Credentialless => CrossOriginEmbedderPolicy::CREDENTIALLESS,
        }
    }

    pub(super) fn is_not_isolated(&self) -> bool {
        self.relaxed
            .iter()
            .any(|relaxed| matches!(relaxed.what, Relaxation::NoIsolation))
    }

    /// What is sent, exceptions included.
    pub(super) fn transport_security(&self) -> Option<&StrictTransportSecurity> {
        let exception = self
            .relaxed
            .iter()
            .rev()
            .find_map(|relaxed| match &relaxed.what {
                Relaxation::StrictTransportSecurity(value) => Some(value.as_ref()),
                _ => None,
            });
        exception.unwrap_or(Some(&self.strict_transport_security))
    }

    /// Everything denied but the camera on a liveness page, and what was allowed by name.
    pub(super) fn permissions(&self) -> PermissionsPolicy {
        let mut permissions = PermissionsPolicy::deny_all();
        if let Kind::Liveness(_) = self.kind {
            permissions = permissions.allow(Feature::Camera, Allowlist::SelfOrigin);
        }
        for (feature, allowlist) in &self.features {
            permissions = permissions.allow(*feature, allowlist.clone());
        }
        permissions
    }
}

/// What the policy of a site without documents says of one.
pub(super) fn caching(page: Option<&Document>) -> Caching {
    page.map_or(Caching::NoStore, |page| page.caching)
}
