//! From a policy to the headers of each class of response: the three ways to compile one.

use super::checks::{
    Found, check_embedder, check_headers, check_nonces, check_reporting, conflicts, doubts, keeps,
    stripped, unused_conflicts, wide_connections,
};
use super::connections::connections;
use super::draft::{Draft, Guarded, ScriptChecks, allows_eval};
use super::expected::ExpectedHost;
use super::headers::{Documents, headers, isolation};
use super::preload::Preloads;
use super::second::Looks;
use super::strip::StripList;
use super::{
    Caching, CompiledPolicy, ComponentTrust, Document, HostKind, Isolation, Kind, LivenessPage,
    Policy, PolicyError, PolicyFault, PolicyWarning, Prepared, Relaxation,
};
use crate::errors::Errors;
use crate::header::{IntegrityDestination, IntegrityPolicy, XFrameOptions};
use crate::pins::Verified;
use crate::response::ResponseClass;
use crate::sdk::layout::Layout;
use crate::sdk::{Certainty, EvalNeed};

impl Policy {
    /// Computes the headers of every class of response.
    ///
    /// # Errors
    /// Everything that is wrong, at once:
    ///
    /// * invalid values of the page, the SDK on it and the settings: a path, an origin, a language,
    ///   a URL for reports
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
        self.compile_with(ScriptChecks::Urls)
    }

    /// As [`Policy::compile`], for a page with the SDK that can't be changed, and so can't be
    /// [compiled](crate::docs::integrity): it does what headers alone can do.
    ///
    /// * `Link` loads the component (`rel=modulepreload`) and the engine that nearly every browser
    ///   uses (`rel=preload`) ahead of the page, with their `integrity`.
    /// * With [`Policy::reporting`], browsers report the digest of each script that they ran
    ///   (`'report-sha384'`, or the algorithm of the pins; [`reports`](crate::reports) compares it
    ///   with them) and each script without `integrity` (`Integrity-Policy-Report-Only`).
    ///
    /// This is the weakest of the three ways. [`docs::integrity`](crate::docs::integrity)
    /// says what each browser makes of it; no browser checks the WebAssembly.
    ///
    /// ```
    /// use tower_visor::response::ResponseClass;
    /// use tower_visor::layer::VisorLayer;
    /// use tower_visor::pins::Pins;
    /// use tower_visor::policy::{ComponentTrust, Document, HostKind, LivenessPage, Policy};
    /// use tower_visor::sdk::Endpoint;
    ///
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.5.0");
    /// # let pins = Pins::scan(folder)?;
    /// // let pins = Pins::load("visor-lock.json")?;
    /// let verified = pins.verify(folder)?;
    /// let document = Document::new("https://liveness.contoso.example")?;
    /// let policy = Policy::strict(LivenessPage::pinned(document, &pins, Endpoint::resource("contoso")?))
    ///     .reporting("visor", "https://liveness.contoso.example/reports")
    ///     .compile_headers_only(&verified, ComponentTrust::Url)?;
    /// let headers = policy.headers(ResponseClass::Document, HostKind::Named);
    /// let link = headers["link"].to_str()?;
    /// assert!(link.starts_with("</FaceLivenessDetector.js>; rel=modulepreload; integrity=\"sha384-"));
    ///
    /// let layer = VisorLayer::compiled(policy);
    /// # let _ = layer;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Policy::compile`], and
    ///
    /// * a page without the SDK, or one of another version or folder than the pins
    /// * with [`ComponentTrust::Digest`]: a nonce, or a folder in `script-src`, that admits the
    ///   component without its digest
    pub fn compile_headers_only(
        &self,
        verified: &Verified<'_>,
        component: ComponentTrust,
    ) -> Result<CompiledPolicy, Errors<PolicyError>> {
        let pins = verified.pins();
        Errors::check(self.disagreements(pins))?;
        let mut policy = self.clone();
        if let Some(reporting) = &policy.reporting {
            let reported = IntegrityPolicy::scripts().report_to(reporting.name.clone());
            policy.integrity_policy_report_only.get_or_insert(reported);
        }
        policy.compile_with(ScriptChecks::HeadersOnly(&Preloads::new(pins, component)))
    }

    /// What [`Page`](crate::Page) is sent with: `script-src` of hashes, Trusted Types with the guard's
    /// policy, and `Integrity-Policy` for scripts, and for style sheets where all have integrity.
    #[cfg_attr(not(feature = "page"), allow(dead_code))]
    pub(crate) fn compile_guarded(
        &self,
        guarded: &Guarded,
    ) -> Result<CompiledPolicy, Errors<PolicyError>> {
        let mut policy = self.clone();
        let blocks = match policy.integrity_policy.take() {
            Some(own) => own.and(IntegrityDestination::Script),
            None => match &self.reporting {
                Some(reporting) => IntegrityPolicy::scripts().report_to(reporting.name.clone()),
                None => IntegrityPolicy::scripts(),
            },
        };
        policy.integrity_policy = Some(if guarded.checks_styles {
            blocks.and(IntegrityDestination::Style)
        } else {
            blocks
        });
        policy.compile_with(ScriptChecks::Guarded(guarded))
    }

    fn compile_with(
        &self,
        checks: ScriptChecks<'_>,
    ) -> Result<CompiledPolicy, Errors<PolicyError>> {
        let mut found = Found {
            faults: self.given_faults(),
            ..Found::default()
        };
        let documents = self.documents(checks, &mut found);
        check_headers(self, &mut found);
        check_reporting(self, &mut found.faults);
        if let Some(page) = self.page() {
            check_embedder(self, page, &mut found.faults);
        }
        check_nonces(self, &documents, &mut found.faults);
        Errors::check(found.faults)?;

        let of_class = |class| {
            [HostKind::Named, HostKind::Local].map(|host| headers(self, &documents, class, host))
        };
        let headers = [
            of_class(ResponseClass::Document),
            of_class(ResponseClass::PinnedAsset),
            of_class(ResponseClass::Other),
        ];
        found.unused.extend(unused_conflicts(self, &headers));
        let unused = found.unused.into_iter();
        found
            .warnings
            .extend(unused.map(PolicyWarning::UnusedException));
        Ok(CompiledPolicy::keep(Prepared {
            headers,
            conflicts: conflicts(self).map(|(h, c)| (h.clone(), c)).collect(),
            service_workers: documents.service_workers(),
            strip: StripList::new(stripped().filter(|name| !keeps(self, name))),
            warnings: found.warnings,
            relaxed: self.relaxed.clone(),
            looks: Looks::new(),
            expected_host: ExpectedHost::new(self.page().map(Document::origin)),
        }))
    }

    /// The documents' policies.
    fn documents(&self, checks: ScriptChecks<'_>, found: &mut Found) -> Documents {
        let mut documents = Documents {
            enforced: Vec::new(),
            report_only: self.report_only.clone(),
            connections: None,
            link: None,
            framing: Some(XFrameOptions::Deny),
            caching: self.page().map_or(Caching::NoStore, |page| page.caching),
        };
        let mut draft = match self.page() {
            Some(page) => Draft::of_page(page, &mut found.faults),
            None => Draft::default(),
        };
        if let Kind::Liveness(page) = &self.kind {
            self.add_sdk(page, &mut draft, found);
        }
        if isolation(self) == Some(Isolation::AllowPopups) {
            draft.open_windows();
        }
        match (checks, self.page()) {
            (ScriptChecks::Guarded(guarded), page) => {
                draft.guard(guarded);
                if !guarded.style_attributes.is_empty() && !self.hashes_style_attributes() {
                    draft.hash_attributes();
                }
                if let Some(page) = page {
                    draft.add_named(&page.origin, guarded, &mut found.faults);
                }
            }
            (ScriptChecks::HeadersOnly(preloads), Some(page)) => {
                found
                    .faults
                    .extend(draft.admit_by_digest(page, preloads).err());
                documents.link = Some(preloads.link.clone());
                match &self.reporting {
                    Some(_) => draft.report_hashes(preloads.algorithm),
                    None => found.warnings.push(PolicyWarning::NoScriptReports),
                }
            }
            (ScriptChecks::HeadersOnly(_), None) | (ScriptChecks::Urls, _) => {}
        }
        if let Some(reporting) = &self.reporting {
            draft.add_reporting(reporting);
            if matches!(checks, ScriptChecks::Guarded(_)) {
                draft.add_guard_reports(reporting, &mut found.faults);
            }
        }
        for relaxed in &self.relaxed {
            let Relaxation::Source { directive, source } = &relaxed.what else {
                continue;
            };
            match draft.relax(*directive, source) {
                Ok(true) if self.page().is_some() => {}
                Ok(_) => found.unused.push(relaxed.clone()),
                Err(fault) => found.faults.push(fault),
            }
        }
        documents.framing = draft.framing();
        match draft.finish(self.reporting.as_ref()) {
            Ok(csp) => {
                found
                    .warnings
                    .extend(csp.warnings().into_iter().map(PolicyWarning::Csp));
                if let Kind::Liveness(_) = &self.kind {
                    found.faults.extend(wide_connections(&csp));
                }
                documents.connections = connections(self, &csp, &mut found.warnings);
                documents.enforced.push(csp);
            }
            Err(errors) => {
                found
                    .faults
                    .extend(errors.into_iter().map(|error| PolicyFault::Csp { error }));
            }
        }
        documents
            .enforced
            .extend(self.additional_csp.iter().cloned());
        doubts(self, &mut found.warnings);
        documents
    }

    fn add_sdk(&self, page: &LivenessPage, draft: &mut Draft, found: &mut Found) {
        let sdk = &page.sdk;
        let needs = sdk.needs();
        let version = || sdk.version.clone();
        if Layout::of(&sdk.version).is_none() {
            let upgrade = sdk.releases.latest().version.clone();
            found.faults.push(PolicyFault::Preview {
                version: version(),
                upgrade,
            });
            return;
        }
        draft.add_sdk(&page.document, sdk, &needs, &mut found.faults);
        match (needs.eval, allows_eval(&self.relaxed)) {
            (EvalNeed::Eval, false) => {
                let upgrade = sdk.releases.iter().rev().find(|r| r.eval == EvalNeed::Wasm);
                found.faults.push(PolicyFault::NeedsUnsafeEval {
                    version: version(),
                    upgrade: upgrade.map_or_else(version, |release| release.version.clone()),
                });
            }
            (EvalNeed::Wasm, true) => {
                found
                    .warnings
                    .push(PolicyWarning::NeedlessEval { version: version() });
            }
            _ => {}
        }
        if needs.certainty != Certainty::Known {
            found.warnings.push(PolicyWarning::UnknownVersion {
                version: version(),
                assumed: needs.certainty.to_string(),
            });
        }
        // The user may have added hashes, and they can't be told apart; with as many as are
        // missing, nothing is said.
        let unknown = sdk.unknown_styles(&needs).into_iter();
        for place in unknown.skip(page.document.style_hashes.len()) {
            found.warnings.push(PolicyWarning::UnknownStyle {
                version: version(),
                place,
            });
        }
    }
}
