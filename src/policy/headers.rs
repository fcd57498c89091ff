//! What is sent where: the headers of each response, in the order of the README's table of that
//! name.

use http::header::{CACHE_CONTROL, HeaderName, LINK};

use super::connections::Connections;
use super::prepared::{CacheRule, Nonced, ServiceWorkers, intern};
use super::{Caching, Headers, HostKind, Isolation, Kind, Policy, Relaxation};
use crate::csp::{Csp, DirectiveName};
use crate::header::{
    Allowlist, CacheControl, CrossOriginEmbedderPolicy, CrossOriginOpenerPolicy,
    CrossOriginResourcePolicy, Feature, IntegrityPolicy, OriginAgentCluster, PermissionsPolicy,
    ReferrerPolicy, ReportingEndpoints, StrictTransportSecurity, XContentTypeOptions,
    XDnsPrefetchControl, XFrameOptions, XPermittedCrossDomainPolicies,
};
use crate::response::ResponseClass;

/// What an answer of an API, or any file, may do when a browser shows it: nothing.
///
/// `base-uri` and `form-action` fall back to nothing, so they are written out.
const OTHER: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";

/// What a file of the SDK may do when a browser shows it: nothing.
const PINNED_ASSET: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";

/// What was worked out for the documents, ready to be written.
pub(super) struct Documents {
    pub(super) enforced: Vec<Csp>,
    pub(super) report_only: Vec<Csp>,
    pub(super) connections: Option<Connections>,
    /// What is loaded ahead of the page.
    pub(super) link: Option<String>,
    pub(super) framing: Option<XFrameOptions>,
    pub(super) caching: Caching,
}

impl Documents {
    /// Whether a document may have a worker.
    pub(super) fn service_workers(&self) -> ServiceWorkers {
        // The first is the policy's own; a further one can only forbid more.
        let own = self.enforced.first().and_then(Csp::worker_src);
        if own.is_some_and(|sources| !sources.is_empty()) {
            ServiceWorkers::Named
        } else {
            ServiceWorkers::Refused
        }
    }
}

/// The headers of a class of response, to one kind of host.
pub(super) fn headers(
    policy: &Policy,
    documents: &Documents,
    class: ResponseClass,
    host: HostKind,
) -> Headers {
    let mut sent = Sent::default();
    // Anything else is shown as a document only by mistake or by attack.
    let is_page = class == ResponseClass::Document && policy.page().is_some();
    let reporting = policy.reporting.as_ref().filter(|_| is_page);
    let endpoint = || reporting.map(|reporting| reporting.name.clone());

    // Content-Security-Policy
    if is_page {
        for csp in &documents.enforced {
            sent.add_csp(&Csp::NAME, csp, host);
        }
        for csp in &documents.report_only {
            sent.add_csp(&Csp::REPORT_ONLY_NAME, csp, host);
        }
    } else if class == ResponseClass::PinnedAsset {
        sent.values.push((Csp::NAME, PINNED_ASSET));
    } else {
        sent.values.push((Csp::NAME, OTHER));
    }

    // Connection-Allowlist
    if let Some(connections) = documents.connections.as_ref().filter(|_| is_page) {
        sent.add(connections.name.clone(), &connections.allowlist);
    }

    // Strict-Transport-Security
    if let (HostKind::Named, Some(value)) = (host, transport_security(policy)) {
        sent.add(StrictTransportSecurity::NAME, value);
    }

    // Permissions-Policy
    if is_page {
        sent.add(PermissionsPolicy::NAME, &permissions(policy));
    }

    // Cross-Origin-Opener-Policy
    if let (true, Some(isolation)) = (is_page, isolation(policy)) {
        let mut opener = match isolation {
            Isolation::AllowPopups => CrossOriginOpenerPolicy::SAME_ORIGIN_ALLOW_POPUPS,
            _ => CrossOriginOpenerPolicy::SAME_ORIGIN,
        };
        if let Some(endpoint) = endpoint() {
            opener = opener.report_to(endpoint);
        }
        sent.add(CrossOriginOpenerPolicy::NAME, &opener);
    }

    // Cross-Origin-Embedder-Policy: an isolated page starts only workers that say the same.
    let embedder = match isolation(policy) {
        Some(Isolation::RequireCorp) => Some(CrossOriginEmbedderPolicy::REQUIRE_CORP),
        Some(Isolation::Credentialless) => Some(CrossOriginEmbedderPolicy::CREDENTIALLESS),
        Some(Isolation::ForeignFrames | Isolation::AllowPopups) | None => None,
    };
    if let Some(mut embedder) = embedder.filter(|_| !matches!(policy.kind, Kind::Api)) {
        if let Some(endpoint) = endpoint() {
            embedder = embedder.report_to(endpoint);
        }
        sent.add(CrossOriginEmbedderPolicy::NAME, &embedder);
    }

    // Cross-Origin-Resource-Policy: a page in a frame of another site whose own page is isolated
    // is a resource of another origin to it.
    let framing = if is_page {
        documents.framing
    } else {
        Some(XFrameOptions::Deny)
    };
    let resource = match framing {
        _ if !is_page => policy.resource_policy,
        Some(_) => CrossOriginResourcePolicy::SameOrigin,
        None => CrossOriginResourcePolicy::CrossOrigin,
    };
    sent.add(CrossOriginResourcePolicy::NAME, &resource);

    // X-Frame-Options
    if let Some(framing) = framing {
        sent.add(XFrameOptions::NAME, &framing);
    }

    // Referrer-Policy
    sent.add(ReferrerPolicy::NAME, &policy.referrer_policy);

    // X-Content-Type-Options
    sent.add(XContentTypeOptions::NAME, &XContentTypeOptions::NoSniff);

    // X-Permitted-Cross-Domain-Policies
    sent.add(
        XPermittedCrossDomainPolicies::NAME,
        &XPermittedCrossDomainPolicies::None,
    );

    if is_page {
        // Origin-Agent-Cluster
        sent.add(OriginAgentCluster::NAME, &OriginAgentCluster::OriginKeyed);

        // X-DNS-Prefetch-Control
        sent.add(XDnsPrefetchControl::NAME, &XDnsPrefetchControl::Off);

        // Link
        if let Some(value) = &documents.link {
            sent.add(LINK, value);
        }

        // Integrity-Policy
        if let Some(value) = &policy.integrity_policy {
            sent.add(IntegrityPolicy::NAME, value);
        }
        if let Some(value) = &policy.integrity_policy_report_only {
            sent.add(IntegrityPolicy::REPORT_ONLY_NAME, value);
        }
    }

    // Cache-Control: a nonce that is stored is a nonce that is used twice.
    let (value, rule) = match (is_page, documents.caching) {
        (true, Caching::NoStore) => (CacheControl::NO_STORE, CacheRule::Policy),
        (true, Caching::Revalidate) if sent.nonced.is_empty() => {
            (CacheControl::NO_CACHE, CacheRule::Application)
        }
        (true, Caching::Revalidate) => (CacheControl::NO_CACHE, CacheRule::Policy),
        (false, _) if class == ResponseClass::PinnedAsset => {
            (CacheControl::NO_CACHE, CacheRule::Application)
        }
        (false, _) => (CacheControl::NO_STORE, CacheRule::Application),
    };
    sent.add(CACHE_CONTROL, &value);

    // Reporting-Endpoints
    if let Some(reporting) = reporting {
        sent.add(ReportingEndpoints::NAME, &reporting.endpoints);
    }

    Headers::new(&sent.values, sent.nonced, rule)
}

/// What is sent, exceptions included.
pub(super) fn isolation(policy: &Policy) -> Option<Isolation> {
    let mut exceptions = policy.relaxed.iter();
    let none = exceptions.any(|relaxed| matches!(relaxed.what, Relaxation::NoIsolation));
    (!none).then_some(policy.isolation)
}

/// What is sent, exceptions included; the last of them counts.
fn transport_security(policy: &Policy) -> Option<&StrictTransportSecurity> {
    let mut exceptions = policy.relaxed.iter().rev();
    let exception = exceptions.find_map(|relaxed| match &relaxed.what {
        Relaxation::StrictTransportSecurity(value) => Some(value.as_ref()),
        _ => None,
    });
    exception.unwrap_or(Some(&policy.strict_transport_security))
}

/// Everything denied but the camera on a liveness page, and what was allowed by name.
pub(super) fn permissions(policy: &Policy) -> PermissionsPolicy {
    let mut permissions = PermissionsPolicy::deny_all();
    if let Kind::Liveness(_) = policy.kind {
        permissions = permissions.allow(Feature::Camera, Allowlist::SelfOrigin);
    }
    for (feature, allowlist) in &policy.features {
        permissions = permissions.allow(*feature, allowlist.clone());
    }
    permissions
}

/// Collects headers; a policy with a nonce slot is kept in pieces.
#[derive(Default)]
struct Sent {
    values: Vec<(HeaderName, &'static str)>,
    nonced: Vec<Nonced>,
}

impl Sent {
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
}

/// Without `upgrade-insecure-requests` on localhost, where Safari would upgrade the page's own
/// files.
fn for_host(csp: &Csp, host: HostKind) -> Csp {
    match host {
        HostKind::Named => csp.clone(),
        // A policy of nothing else is left as it is; to take a directive out of a valid policy
        // gives a valid one otherwise.
        HostKind::Local => csp
            .to_builder()
            .without(DirectiveName::UpgradeInsecureRequests)
            .build()
            .unwrap_or_else(|_| csp.clone()),
    }
}
