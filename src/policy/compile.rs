//! From a policy to its headers; every rule over several of them is here.

use super::class::{Documents, caching};
use super::draft::{Draft, allows_eval};
use super::prepared::Prepared;
use super::strip::StripList;
use super::{
    Caching, CompiledPolicy, Conflict, Document, HostKind, Isolation, Kind, LivenessPage, Policy,
    PolicyError, PolicyErrors, PolicyWarning, Relaxation, Relaxed,
};
use crate::csp::Csp;
use crate::header::{self, Allowlist, EndpointName, Feature, ReferrerPolicy, ResponseClass};
use crate::sdk::{Certainty, EvalNeed};

/// One year: what ASVS 5.0 (3.4.1) asks for at least, in seconds.
const ONE_YEAR: u64 = 31_536_000;

impl Policy {
    /// Works out the headers of every class of response.
    ///
    /// # Errors
    /// All that is wrong, at once:
    ///
    /// * the SDK's version needs `'unsafe-eval'` and no exception allows it
    /// * the camera is denied on a liveness page
    /// * a policy with a nonce on a page that may be stored
    /// * a resource of another origin that `require-corp` would block
    /// * `report-to` without an endpoint of that name
    /// * `Strict-Transport-Security` under a year or without subdomains, outside of
    ///   [`Policy::dangerous`]
    /// * a Content Security Policy that isn't valid, or is longer than 8 KiB
    pub fn compile(&self) -> Result<CompiledPolicy, PolicyErrors> {
        let mut faults = Vec::new();
        let mut warnings = Vec::new();
        let mut unused = Vec::new();

        let documents = self.documents(&mut faults, &mut warnings, &mut unused);
        self.check_headers(&documents, &mut faults, &mut unused);
        self.check_reporting(&mut faults);
        if let Some(page) = self.page() {
            self.check_embedder(page, &mut faults);
        }
        check_nonces(&documents, self.conflicts(), &mut faults);
        if !faults.is_empty() {
            return Err(PolicyErrors(faults));
        }

        warnings.extend(unused.into_iter().map(PolicyWarning::UnusedException));
        let both = |make: &dyn Fn(HostKind) -> super::Headers| {
            [make(HostKind::Named), make(HostKind::Local)]
        };
        let of_class = |class: ResponseClass| match (class, &self.kind) {
            (ResponseClass::PinnedAsset, _) => both(&|host| self.asset_headers(host)),
            (ResponseClass::Document, Kind::Liveness(_) | Kind::Document(_)) => {
                both(&|host| self.document_headers(&documents, host))
            }
            _ => both(&|host| self.other_headers(host)),
        };
        Ok(CompiledPolicy::keep(Prepared {
            headers: [
                of_class(ResponseClass::Document),
                of_class(ResponseClass::PinnedAsset),
                of_class(ResponseClass::Other),
            ],
            conflicts: self.conflicts().map(|(h, c)| (h.clone(), c)).collect(),
            strip: StripList::new(header::STRIP),
            warnings,
            relaxed: self.relaxed.clone(),
        }))
    }

    /// The documents' policies.
    fn documents(
        &self,
        faults: &mut Vec<PolicyError>,
        warnings: &mut Vec<PolicyWarning>,
        unused: &mut Vec<Relaxed>,
    ) -> Documents {
        let mut documents = Documents {
            enforced: Vec::new(),
            report_only: self.report_only.clone(),
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
        if let Some(reporting) = &self.reporting {
            draft.add_reporting(reporting);
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
                documents.enforced.push(csp);
            }
            Err(errors) => {
                faults.extend(errors.into_iter().map(|error| PolicyError::Csp { error }));
            }
        }
        documents.enforced.extend(self.also.iter().cloned());
        documents
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

    fn check_headers(
        &self,
        documents: &Documents,
        faults: &mut Vec<PolicyError>,
        unused: &mut Vec<Relaxed>,
    ) {
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
        if let (Kind::Liveness(_), Some(Allowlist::None)) =
            (&self.kind, self.permissions().allowlist(Feature::Camera))
        {
            faults.push(PolicyError::CameraDenied);
        }
        for relaxed in &self.relaxed {
            let changes = match &relaxed.what {
                // Told by the draft.
                Relaxation::Source { .. } => true,
                Relaxation::StrictTransportSecurity(value) => !value.as_ref().is_some_and(strict),
                Relaxation::NoIsolation => self.page().is_some(),
                Relaxation::Conflict { header, conflict } => {
                    let named = self.document_headers(documents, HostKind::Named);
                    let usual = if *header == Csp::NAME || *header == Csp::REPORT_ONLY_NAME {
                        Conflict::Append
                    } else {
                        Conflict::Replace
                    };
                    named.map.contains_key(header) && *conflict != usual
                }
            };
            if !changes {
                unused.push(relaxed.clone());
            }
        }
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

    /// `require-corp` blocks what another origin sends without agreeing to be embedded.
    fn check_embedder(&self, page: &Document, faults: &mut Vec<PolicyError>) {
        if self.isolation != Isolation::RequireCorp || self.is_not_isolated() {
            return;
        }
        for (resource, locations) in &page.resources {
            let foreign = locations
                .iter()
                .filter(|location| location.is_foreign(&page.origin));
            if resource.is_no_cors() {
                faults.extend(foreign.map(|location| PolicyError::EmbedderPolicy {
                    directive: resource.directive(),
                    location: location.to_string(),
                }));
            }
        }
    }

    fn conflicts(&self) -> impl Iterator<Item = (&http::HeaderName, Conflict)> {
        self.relaxed
            .iter()
            .filter_map(|relaxed| match &relaxed.what {
                Relaxation::Conflict { header, conflict } => Some((header, *conflict)),
                _ => None,
            })
    }
}

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
