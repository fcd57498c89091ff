//! From a policy to its headers; every rule over several of them is here.

use http::header::{CONTENT_LENGTH, CONTENT_TYPE};

use super::class::{Documents, caching};
use super::draft::{Draft, allows_eval};
use super::guarded::Guarded;
use super::preload::Preloads;
use super::prepared::Prepared;
use super::strip::StripList;
use super::{
    Caching, CompiledPolicy, Conflict, Document, Headers, HostKind, Isolation, Kind, LivenessPage,
    Policy, PolicyError, PolicyWarning, Relaxation, Relaxed, Resource,
};
use crate::csp::{Csp, CspWarning, FetchSource, HostPattern};
use crate::errors::Errors;
use crate::header::{self, Allowlist, EndpointName, Feature, ReferrerPolicy};
use crate::response::ResponseClass;
use crate::sdk::{Certainty, EvalNeed};

/// One year: what ASVS 5.0 (3.4.1) asks for at least, in seconds.
const ONE_YEAR: u64 = 31_536_000;

/// What browsers check of a page's scripts.
#[derive(Clone, Copy)]
pub(super) enum Depth<'a> {
    /// Where they come from.
    Urls,
    /// As much as headers can do for a page that is sent as it is.
    HeadersOnly(&'a Preloads),
    /// Every byte.
    Guarded(&'a Guarded),
}

impl Policy {
    /// Works out the headers of every class of response.
    ///
    /// # Errors
    /// All that is wrong, at once:
    ///
    /// * the SDK's version needs `'unsafe-eval'` and no exception allows it
    /// * the camera is denied on a liveness page
    /// * a policy with a nonce on a page that may be stored
    /// * a resource of another origin that `require-corp` would block, and a frame of another
    ///   origin, which needs isolation of its own
    /// * `report-to` without an endpoint of that name
    /// * `Strict-Transport-Security` under a year or without subdomains, outside of
    ///   [`Policy::dangerous`]
    /// * a `connect-src` that admits other customers' Face resources, also by an exception
    /// * a Content Security Policy that isn't valid, or is longer than 8 KiB
    pub fn compile(&self) -> Result<CompiledPolicy, Errors<PolicyError>> {
        self.compile_as(Depth::Urls)
    }

    /// As [`Policy::compile`], with what browsers check.
    pub(super) fn compile_as(
        &self,
        depth: Depth<'_>,
    ) -> Result<CompiledPolicy, Errors<PolicyError>> {
        let mut faults = Vec::new();
        let mut warnings = Vec::new();
        let mut unused = Vec::new();

        let documents = self.documents(depth, &mut faults, &mut warnings, &mut unused);
        self.check_headers(&mut faults, &mut unused);
        self.check_reporting(&mut faults);
        if let Some(page) = self.page() {
            self.check_embedder(page, &mut faults);
        }
        check_nonces(&documents, self.conflicts(), &mut faults);
        Errors::check(faults)?;

        let both =
            |make: &dyn Fn(HostKind) -> Headers| [make(HostKind::Named), make(HostKind::Local)];
        let of_class = |class: ResponseClass| match (class, &self.kind) {
            (ResponseClass::PinnedAsset, _) => both(&|host| self.asset_headers(host)),
            (ResponseClass::Document, Kind::Liveness(_) | Kind::Document(_)) => {
                both(&|host| self.document_headers(&documents, host))
            }
            _ => both(&|host| self.other_headers(host)),
        };
        let headers = [
            of_class(ResponseClass::Document),
            of_class(ResponseClass::PinnedAsset),
            of_class(ResponseClass::Other),
        ];
        unused.extend(self.unused_conflicts(&headers));
        warnings.extend(unused.into_iter().map(PolicyWarning::UnusedException));
        Ok(CompiledPolicy::keep(Prepared {
            headers,
            conflicts: self.conflicts().map(|(h, c)| (h.clone(), c)).collect(),
            strip: StripList::new(stripped().filter(|name| !self.keeps(name))),
            warnings,
            relaxed: self.relaxed.clone(),
        }))
    }

    /// The documents' policies.
    fn documents(
        &self,
        depth: Depth<'_>,
        faults: &mut Vec<PolicyError>,
        warnings: &mut Vec<PolicyWarning>,
        unused: &mut Vec<Relaxed>,
    ) -> Documents {
        let mut documents = Documents {
            enforced: Vec::new(),
            report_only: self.report_only.clone(),
            link: None,
            framing: Some(header::XFrameOptions::Deny),
            caching: caching(self.page()),
        };
        let mut draft = match self.page() {
            Some(page) => Draft::of_page(page, faults),
            None => Draft::default(),
        };
        if let Kind::Liveness(page) = &self.kind {
            self.add_sdk(page, &mut draft, faults, warnings);
        }
        match (depth, self.page()) {
            (Depth::Guarded(guarded), _) => draft.guard(guarded),
            (Depth::HeadersOnly(preloads), Some(page)) => {
                faults.extend(preloads.apply(page, &mut draft).err());
                documents.link = Some(preloads.link.clone());
                match &self.reporting {
                    Some(_) => preloads.report(&mut draft),
                    None => warnings.push(PolicyWarning::NoScriptReports),
                }
            }
            (Depth::HeadersOnly(_), None) | (Depth::Urls, _) => {}
        }
        if let Some(reporting) = &self.reporting {
            draft.add_reporting(reporting);
            if matches!(depth, Depth::Guarded(_)) {
                draft.add_guard_reports(reporting, faults);
            }
        }
        for relaxed in &self.relaxed {
            let Relaxation::Source { directive, source } = &relaxed.what else {
                continue;
            };
            match draft.relax(*directive, source) {
                Ok(true) if self.page().is_some() => {}
                Ok(_) => unused.push(relaxed.clone()),
                Err(fault) => faults.push(fault),
            }
        }
        documents.framing = draft.framing();
        match draft.finish(self.reporting.as_ref()) {
            Ok(csp) => {
                warnings.extend(csp.warnings().into_iter().map(PolicyWarning::Csp));
                if let Kind::Liveness(_) = &self.kind {
                    faults.extend(wide_connections(&csp));
                }
                documents.enforced.push(csp);
            }
            Err(errors) => {
                faults.extend(errors.into_iter().map(|error| PolicyError::Csp { error }));
            }
        }
        documents.enforced.extend(self.also.iter().cloned());
        self.doubts(warnings);
        documents
    }

    /// Settings that do nothing, or more than was probably meant.
    fn doubts(&self, warnings: &mut Vec<PolicyWarning>) {
        // A second policy may be about one thing only, so nothing is missing in it.
        let is_long = |warning: &CspWarning| matches!(warning, CspWarning::Long { .. });
        let further = self.also.iter().chain(&self.report_only);
        let long = further.flat_map(Csp::warnings).filter(is_long);
        let silent = self.report_only.iter().flat_map(Csp::report_only_warnings);
        warnings.extend(long.chain(silent).map(PolicyWarning::Csp));
        if let Some(policy) = &self.integrity_policy_report_only
            && policy.endpoints().next().is_none()
        {
            warnings.push(PolicyWarning::NoIntegrityReports);
        }
        let Some(page) = self.page() else {
            let settings = [
                ("isolation", self.isolation != Isolation::default()),
                ("permissions-policy", !self.features.is_empty()),
                ("reporting", self.reporting.is_some()),
                ("also", !self.also.is_empty()),
                ("report-only", !self.report_only.is_empty()),
                ("integrity-policy", self.integrity_policy.is_some()),
                (
                    "integrity-policy-report-only",
                    self.integrity_policy_report_only.is_some(),
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

    fn add_sdk(
        &self,
        page: &LivenessPage,
        draft: &mut Draft,
        faults: &mut Vec<PolicyError>,
        warnings: &mut Vec<PolicyWarning>,
    ) {
        let sdk = &page.sdk;
        let needs = sdk.needs();
        let version = || sdk.version.clone();
        draft.add_sdk(&page.document, sdk, &needs, faults);
        match (needs.eval, allows_eval(&self.relaxed)) {
            (EvalNeed::Eval, false) => {
                let upgrade = sdk.releases.iter().rev().find(|r| r.eval == EvalNeed::Wasm);
                faults.push(PolicyError::NeedsUnsafeEval {
                    version: version(),
                    upgrade: upgrade.map_or_else(version, |release| release.version.clone()),
                });
            }
            (EvalNeed::Wasm, true) => {
                warnings.push(PolicyWarning::NeedlessEval { version: version() });
            }
            _ => {}
        }
        if needs.certainty != Certainty::Known {
            warnings.push(PolicyWarning::UnknownVersion {
                version: version(),
                assumed: needs.certainty.to_string(),
            });
        }
        // The user may have added hashes, and they can't be told apart; with as many as are
        // missing, nothing is said.
        let unknown = sdk.unknown_styles(&needs).into_iter();
        for place in unknown.skip(page.document.style_hashes.len()) {
            warnings.push(PolicyWarning::UnknownStyle {
                version: version(),
                place,
            });
        }
    }

    fn check_headers(&self, faults: &mut Vec<PolicyError>, unused: &mut Vec<Relaxed>) {
        let strict = |value: &header::StrictTransportSecurity| {
            value.includes_subdomains() && value.max_age().as_secs() >= ONE_YEAR
        };
        if !strict(&self.strict_transport_security) {
            faults.push(PolicyError::WeakTransportSecurity {
                value: self.strict_transport_security.to_string(),
            });
        }
        if let ReferrerPolicy::UnsafeUrl
        | ReferrerPolicy::NoReferrerWhenDowngrade
        | ReferrerPolicy::Origin
        | ReferrerPolicy::OriginWhenCrossOrigin = self.referrer_policy
        {
            faults.push(PolicyError::ReferrerLeak {
                value: self.referrer_policy.to_string(),
            });
        }
        let for_others_only = match self.permissions().allowlist(Feature::Camera) {
            Some(Allowlist::None) => true,
            Some(Allowlist::Origins(origins)) => !origins.includes_self(),
            _ => false,
        };
        if for_others_only && matches!(self.kind, Kind::Liveness(_)) {
            faults.push(PolicyError::CameraDenied);
        }
        for (index, relaxed) in self.relaxed.iter().enumerate() {
            let changes = match &relaxed.what {
                // Told by the draft, and by the finished headers.
                Relaxation::Source { .. } | Relaxation::Conflict { .. } => true,
                // The last one counts.
                Relaxation::StrictTransportSecurity(value) => {
                    let is_last =
                        !self.relaxed.iter().skip(index + 1).any(|later| {
                            matches!(later.what, Relaxation::StrictTransportSecurity(_))
                        });
                    is_last && !value.as_ref().is_some_and(strict)
                }
                Relaxation::NoIsolation => self.page().is_some(),
            };
            if !changes {
                unused.push(relaxed.clone());
            }
        }
    }

    /// Rules for headers that both set, where they say what happens anyway.
    fn unused_conflicts(&self, headers: &[[Headers; 2]; 3]) -> Vec<Relaxed> {
        let is_unused = |&(index, relaxed): &(usize, &Relaxed)| {
            let Relaxation::Conflict { header, conflict } = &relaxed.what else {
                return false;
            };
            let is_last = !self.relaxed.iter().skip(index + 1).any(
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
        let exceptions = self.relaxed.iter().enumerate();
        exceptions
            .filter(is_unused)
            .map(|(_, relaxed)| relaxed.clone())
            .collect()
    }

    /// Whether an exception lets the application send a header that is stripped otherwise.
    fn keeps(&self, name: &str) -> bool {
        let mut rules = self.conflicts().filter(|(header, _)| *header == name);
        rules
            .next_back()
            .is_some_and(|(_, conflict)| conflict == Conflict::Keep)
    }

    /// Every group that a policy reports to must be an endpoint.
    fn check_reporting(&self, faults: &mut Vec<PolicyError>) {
        let policies = self.also.iter().chain(&self.report_only);
        let groups = policies.filter_map(Csp::report_to);
        let integrity = self
            .integrity_policy
            .iter()
            .chain(&self.integrity_policy_report_only);
        let integrity = integrity.flat_map(|policy| policy.endpoints().map(EndpointName::as_str));
        for group in groups.chain(integrity) {
            match &self.reporting {
                None => faults.push(PolicyError::NoReporting {
                    group: group.to_owned(),
                }),
                Some(reporting) if reporting.name.as_str() != group => {
                    faults.push(PolicyError::NoEndpoint {
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
    fn check_embedder(&self, page: &Document, faults: &mut Vec<PolicyError>) {
        if self.is_not_isolated() {
            return;
        }
        for (resource, locations) in &page.resources {
            let foreign = locations
                .iter()
                .filter(|location| location.is_foreign(&page.origin));
            if *resource == Resource::Frame {
                faults.extend(foreign.map(|location| PolicyError::FrameIsolation {
                    location: location.to_string(),
                }));
            } else if resource.is_no_cors() && self.isolation == Isolation::RequireCorp {
                faults.extend(foreign.map(|location| PolicyError::EmbedderPolicy {
                    directive: resource.directive(),
                    location: location.to_string(),
                }));
            }
        }
    }

    fn conflicts(&self) -> impl DoubleEndedIterator<Item = (&http::HeaderName, Conflict)> {
        self.relaxed
            .iter()
            .filter_map(|relaxed| match &relaxed.what {
                Relaxation::Conflict { header, conflict } => Some((header, *conflict)),
                _ => None,
            })
    }
}

/// What an application should not say, and what has no place beside a strict policy.
fn stripped() -> impl Iterator<Item = &'static str> {
    header::STRIP.iter().chain(header::OBSOLETE).copied()
}

/// Sources of `connect-src` that let the SDK's bearer token go to other customers of Azure. The
/// SDK asks nobody before it calls the host that a session token names.
fn wide_connections(csp: &Csp) -> impl Iterator<Item = PolicyError> {
    csp.connect_src()
        .into_iter()
        .flatten()
        .filter(|source| match source {
            FetchSource::Scheme(scheme) => matches!(scheme.scheme(), "https" | "http"),
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
        .map(|source| PolicyError::WideConnections {
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

fn check_nonces(
    documents: &Documents,
    mut conflicts: impl Iterator<Item = (impl AsRef<str>, Conflict)>,
    faults: &mut Vec<PolicyError>,
) {
    let mut all = documents.enforced.iter().chain(&documents.report_only);
    if !all.any(Csp::has_nonce_slot) {
        return;
    }
    let kept = conflicts
        .any(|(header, rule)| header.as_ref() == "cache-control" && rule != Conflict::Replace);
    if documents.caching == Caching::Revalidate || kept {
        faults.push(PolicyError::NonceStored);
    }
    #[cfg(not(feature = "nonce"))]
    faults.push(PolicyError::NonceFeature);
    #[cfg(feature = "nonce")]
    if let Err(error) = getrandom::u32() {
        faults.push(PolicyError::NoRandomness {
            reason: error.to_string(),
        });
    }
}
