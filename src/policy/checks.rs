//! Rules over several headers, and over the policy as a whole.

use http::HeaderName;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};

use super::connections::mode;
use super::headers::{Documents, isolation, permissions};
use super::settings::ConnectionMode;
use super::{
    Caching, Conflict, Document, Headers, Isolation, Kind, Policy, PolicyFault, PolicyWarning,
    Relaxation, Relaxed, Resource,
};
use crate::csp::{Csp, CspWarning, FetchSource, HostPattern};
use crate::header::{self, Allowlist, ConnectionAllowlist, EndpointName, Feature, ReferrerPolicy};

/// One year: what ASVS 5.0 (3.4.1) asks for at least, in seconds.
const ONE_YEAR: u64 = 31_536_000;

/// What was found on the way to a compiled policy.
#[derive(Default)]
pub(super) struct Found {
    pub(super) faults: Vec<PolicyFault>,
    pub(super) warnings: Vec<PolicyWarning>,
    /// Exceptions that change nothing.
    pub(super) unused: Vec<Relaxed>,
}

pub(super) fn check_headers(policy: &Policy, found: &mut Found) {
    let strict = |value: &header::StrictTransportSecurity| {
        value.includes_subdomains() && value.max_age().as_secs() >= ONE_YEAR
    };
    if !strict(&policy.strict_transport_security) {
        found.faults.push(PolicyFault::WeakTransportSecurity {
            value: policy.strict_transport_security.to_string(),
        });
    }
    if let ReferrerPolicy::UnsafeUrl
    | ReferrerPolicy::NoReferrerWhenDowngrade
    | ReferrerPolicy::Origin
    | ReferrerPolicy::OriginWhenCrossOrigin = policy.referrer_policy
    {
        found.faults.push(PolicyFault::ReferrerLeak {
            value: policy.referrer_policy.to_string(),
        });
    }
    let for_others_only = match permissions(policy).allowlist(Feature::Camera) {
        Some(Allowlist::None) => true,
        Some(Allowlist::Origins(origins)) => !origins.includes_self(),
        _ => false,
    };
    if for_others_only && matches!(policy.kind, Kind::Liveness(_)) {
        found.faults.push(PolicyFault::CameraDenied);
    }
    for (header, conflict) in conflicts(policy) {
        let is_allowlist = [
            ConnectionAllowlist::NAME,
            ConnectionAllowlist::REPORT_ONLY_NAME,
        ]
        .contains(header);
        if is_allowlist && conflict == Conflict::Append {
            let header = header.to_string();
            found.faults.push(PolicyFault::SecondAllowlist { header });
        }
    }
    for (index, relaxed) in policy.relaxed.iter().enumerate() {
        let changes = match &relaxed.what {
            // Told by the draft, and by the finished headers.
            Relaxation::Source { .. } | Relaxation::Conflict { .. } => true,
            // The last one counts.
            Relaxation::StrictTransportSecurity(value) => {
                let is_last = !policy
                    .relaxed
                    .iter()
                    .skip(index + 1)
                    .any(|later| matches!(later.what, Relaxation::StrictTransportSecurity(_)));
                is_last && !value.as_ref().is_some_and(strict)
            }
            Relaxation::NoIsolation => policy.page().is_some(),
            Relaxation::Redirects => mode(policy).is_some(),
            Relaxation::ConnectionsReported => {
                policy.page().is_some() && policy.connections == ConnectionMode::Enforced
            }
        };
        if !changes {
            found.unused.push(relaxed.clone());
        }
    }
}

/// Every group that a policy reports to must be an endpoint.
pub(super) fn check_reporting(policy: &Policy, faults: &mut Vec<PolicyFault>) {
    let policies = policy.additional_csp.iter().chain(&policy.report_only);
    let groups = policies.filter_map(Csp::report_to);
    let integrity = policy
        .integrity_policy
        .iter()
        .chain(&policy.integrity_policy_report_only);
    let integrity = integrity.flat_map(|policy| policy.endpoints().map(EndpointName::as_str));
    for group in groups.chain(integrity) {
        match &policy.reporting {
            None => faults.push(PolicyFault::NoReporting {
                group: group.to_owned(),
            }),
            Some(reporting) if reporting.name.as_str() != group => {
                faults.push(PolicyFault::NoEndpoint {
                    group: group.to_owned(),
                    known: reporting.name.as_str().to_owned(),
                });
            }
            Some(_) => {}
        }
    }
}

/// `require-corp` blocks what another origin sends without agreeing to be embedded. A frame
/// has to be isolated itself, under `credentialless` too ([HTML, "check a navigation response's
/// adherence to its embedder policy"]).
///
/// [HTML, "check a navigation response's adherence to its embedder policy"]: https://html.spec.whatwg.org/multipage/browsers.html#check-a-navigation-response's-adherence-to-its-embedder-policy
pub(super) fn check_embedder(policy: &Policy, page: &Document, faults: &mut Vec<PolicyFault>) {
    let Some(isolation @ (Isolation::RequireCorp | Isolation::Credentialless)) = isolation(policy)
    else {
        return;
    };
    for (resource, locations) in &page.resources {
        let foreign = locations
            .iter()
            .filter(|location| location.is_foreign(&page.origin));
        if *resource == Resource::Frame {
            faults.extend(foreign.map(|location| PolicyFault::FrameIsolation {
                location: location.to_string(),
            }));
        } else if resource.is_no_cors() && isolation == Isolation::RequireCorp {
            faults.extend(foreign.map(|location| PolicyFault::EmbedderPolicy {
                directive: resource.directive(),
                location: location.to_string(),
            }));
        }
    }
}

/// Settings that do nothing, or more than was probably meant.
pub(super) fn doubts(policy: &Policy, warnings: &mut Vec<PolicyWarning>) {
    // A second policy may be about one thing only, so nothing is missing in it.
    let is_long = |warning: &CspWarning| matches!(warning, CspWarning::Long { .. });
    let further = policy.additional_csp.iter().chain(&policy.report_only);
    let long = further.flat_map(Csp::warnings).filter(is_long);
    let silent = policy
        .report_only
        .iter()
        .flat_map(Csp::report_only_warnings);
    warnings.extend(long.chain(silent).map(PolicyWarning::Csp));
    if let Some(policy) = &policy.integrity_policy_report_only
        && policy.endpoints().next().is_none()
    {
        warnings.push(PolicyWarning::NoIntegrityReports);
    }
    let is_reported = |relaxed: &Relaxed| relaxed.what == Relaxation::ConnectionsReported;
    if policy.relaxed.iter().any(is_reported) && policy.reporting.is_none() {
        warnings.push(PolicyWarning::NoConnectionReports);
    }
    let Some(page) = policy.page() else {
        let settings = [
            ("isolation", policy.isolation != Isolation::default()),
            ("permissions-policy", !policy.features.is_empty()),
            (
                "connection-allowlist",
                policy.connections == ConnectionMode::Enforced,
            ),
            ("reporting", policy.reporting.is_some()),
            ("additional-csp", !policy.additional_csp.is_empty()),
            ("report-only", !policy.report_only.is_empty()),
            ("integrity-policy", policy.integrity_policy.is_some()),
            (
                "integrity-policy-report-only",
                policy.integrity_policy_report_only.is_some(),
            ),
        ];
        let idle = settings.into_iter().filter(|(_, is_set)| *is_set);
        warnings.extend(idle.map(|(setting, _)| PolicyWarning::NoDocuments { setting }));
        return;
    };
    let scripts = page.resources.get(&Resource::Script).into_iter().flatten();
    warnings.extend(scripts.filter(|place| place.is_folder()).map(|place| {
        PolicyWarning::ManyScripts {
            location: place.to_string(),
        }
    }));
}

/// Rules for headers that both set, where they say what happens anyway.
pub(super) fn unused_conflicts(policy: &Policy, headers: &[[Headers; 2]; 3]) -> Vec<Relaxed> {
    let is_unused = |&(index, relaxed): &(usize, &Relaxed)| {
        let Relaxation::Conflict { header, conflict } = &relaxed.what else {
            return false;
        };
        let is_last = !policy.relaxed.iter().skip(index + 1).any(
            |later| matches!(&later.what, Relaxation::Conflict { header: h, .. } if h == header),
        );
        let unstrips = *conflict == Conflict::Keep && stripped().any(|name| header == name);
        let changes = headers.iter().flatten().any(|class| {
            // These two are the application's always.
            *header != CONTENT_TYPE
                && *header != CONTENT_LENGTH
                && class.holds(header)
                && class.usual_conflict(header) != *conflict
        });
        !(is_last && (unstrips || changes))
    };
    let exceptions = policy.relaxed.iter().enumerate();
    exceptions
        .filter(is_unused)
        .map(|(_, relaxed)| relaxed.clone())
        .collect()
}

/// Whether an exception lets the application send a header that is stripped otherwise.
pub(super) fn keeps(policy: &Policy, name: &str) -> bool {
    let mut rules = conflicts(policy).filter(|(header, _)| *header == name);
    rules
        .next_back()
        .is_some_and(|(_, conflict)| conflict == Conflict::Keep)
}

pub(super) fn conflicts(
    policy: &Policy,
) -> impl DoubleEndedIterator<Item = (&HeaderName, Conflict)> {
    policy
        .relaxed
        .iter()
        .filter_map(|relaxed| match &relaxed.what {
            Relaxation::Conflict { header, conflict } => Some((header, *conflict)),
            _ => None,
        })
}

/// What an application should not say, and what doesn't go with a strict policy.
pub(super) fn stripped() -> impl Iterator<Item = &'static str> {
    header::STRIP.iter().chain(header::OBSOLETE).copied()
}

/// Sources of `connect-src` that let the SDK's bearer token go to other customers of Azure. The
/// SDK asks nobody before it calls the host that a session token names.
pub(super) fn wide_connections(csp: &Csp) -> impl Iterator<Item = PolicyFault> {
    csp.connect_src()
        .into_iter()
        .flatten()
        .filter(|source| match source {
            FetchSource::Scheme(scheme) => {
                matches!(scheme.scheme(), "https" | "http" | "wss" | "ws")
            }
            FetchSource::Host(host) => match host.host() {
                HostPattern::Any => true,
                HostPattern::Subdomains(domain) => FACE_DOMAINS.iter().any(|face| {
                    let inside = |inner: &str, outer: &str| {
                        inner
                            .strip_suffix(outer)
                            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
                    };
                    inside(face, domain) || inside(domain, face)
                }),
                HostPattern::Exact(_) => false,
            },
            _ => false,
        })
        .map(|source| PolicyFault::WideConnections {
            expression: source.to_string(),
        })
        .collect::<Vec<_>>()
        .into_iter()
}

/// Where resources of the Face service lie, each customer's under a name of its own.
const FACE_DOMAINS: [&str; 3] = [
    "cognitiveservices.azure.com",
    "api.cognitive.microsoft.com",
    "api.cognitive.microsoft.us",
];

pub(super) fn check_nonces(policy: &Policy, documents: &Documents, faults: &mut Vec<PolicyFault>) {
    let mut all = documents.enforced.iter().chain(&documents.report_only);
    if !all.any(Csp::has_nonce_slot) {
        return;
    }
    let kept = conflicts(policy)
        .any(|(header, rule)| header == "cache-control" && rule != Conflict::Replace);
    if documents.caching == Caching::Revalidate || kept {
        faults.push(PolicyFault::NonceStored);
    }
    #[cfg(not(feature = "nonce"))]
    faults.push(PolicyFault::NonceFeature);
    #[cfg(feature = "nonce")]
    if let Err(error) = getrandom::u32() {
        faults.push(PolicyFault::NoRandomness {
            reason: error.to_string(),
        });
    }
}
