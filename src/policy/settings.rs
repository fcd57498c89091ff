//! The policy as data: what the pages are, and what is asked of their headers.

use std::collections::BTreeMap;

use super::document::ScriptTrust;
use super::{
    Document, Isolation, LivenessPage, PolicyError, PolicyFault, Relaxation, Relaxed, Reporting,
    Resource,
};
use crate::csp::{Csp, DirectiveName};
use crate::errors::Errors;
use crate::header::{
    Allowlist, CrossOriginResourcePolicy, Feature, IntegrityPolicy, ReferrerPolicy,
    StrictTransportSecurity,
};
use crate::pins::Pins;
use crate::sdk::EvalNeed;
use crate::sdk::layout::Layout;

/// What a site's pages are, and so what their headers have to be. See the [module](super).
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a policy does nothing until it is compiled"]
#[allow(clippy::struct_field_names)] // two headers are called so
pub struct Policy {
    pub(super) kind: Kind,
    pub(super) strict_transport_security: StrictTransportSecurity,
    pub(super) isolation: Isolation,
    pub(super) referrer_policy: ReferrerPolicy,
    pub(super) resource_policy: CrossOriginResourcePolicy,
    pub(super) features: BTreeMap<Feature, Allowlist>,
    pub(super) connections: ConnectionMode,
    pub(super) reporting: Option<Reporting>,
    pub(super) additional_csp: Vec<Csp>,
    pub(super) report_only: Vec<Csp>,
    pub(super) integrity_policy: Option<IntegrityPolicy>,
    pub(super) integrity_policy_report_only: Option<IntegrityPolicy>,
    pub(super) relaxed: Vec<Relaxed>,
    /// What was wrong with a setting, for `compile`.
    pub(super) faults: Vec<PolicyFault>,
}

/// What the site's documents are.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Liveness(LivenessPage),
    Document(Document),
    /// There are none: HTML gets what an API response gets.
    Api,
}

/// Whether browsers block what the page doesn't name, or say so only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ConnectionMode {
    Enforced,
    ReportOnly,
}

impl ConnectionMode {
    /// The page with the SDK is made for it; any other is asked first.
    pub(super) const fn of(kind: &Kind) -> Self {
        match kind {
            Kind::Liveness(_) => Self::Enforced,
            Kind::Document(_) | Kind::Api => Self::ReportOnly,
        }
    }
}

impl Policy {
    /// The strictest policy that a page with the SDK runs under.
    pub fn strict(page: LivenessPage) -> Self {
        Self::new(Kind::Liveness(page))
    }

    /// The strictest policy of a page without the SDK: it loads what it names, and the camera is
    /// denied.
    ///
    /// Where its connections may go is reported, until [`Policy::enforce_connections`] is called: links
    /// that lead elsewhere have to be named first. Without an endpoint
    /// ([`reporting`](Self::reporting)) nothing is sent of it, since browsers tell nobody then.
    pub fn document(page: Document) -> Self {
        Self::new(Kind::Document(page))
    }

    /// The policy of a server without pages: no response may load, run or frame anything.
    pub fn api() -> Self {
        Self::new(Kind::Api)
    }

    fn new(kind: Kind) -> Self {
        Self {
            connections: ConnectionMode::of(&kind),
            kind,
            strict_transport_security: StrictTransportSecurity::TWO_YEARS,
            isolation: Isolation::default(),
            referrer_policy: ReferrerPolicy::NoReferrer,
            resource_policy: CrossOriginResourcePolicy::SameOrigin,
            features: BTreeMap::new(),
            reporting: None,
            additional_csp: Vec::new(),
            report_only: Vec::new(),
            integrity_policy: None,
            integrity_policy_report_only: None,
            relaxed: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// How long browsers use TLS only. Default: two years, with subdomains.
    ///
    /// Less than one year, or without subdomains, is an exception: see
    /// [`Dangerous::strict_transport_security`](super::Dangerous::strict_transport_security).
    pub fn strict_transport_security(mut self, value: StrictTransportSecurity) -> Self {
        self.strict_transport_security = value;
        self
    }

    /// How the documents are kept apart from other sites. Default: [`Isolation::RequireCorp`].
    pub fn isolation(mut self, isolation: Isolation) -> Self {
        self.isolation = isolation;
        self
    }

    /// What other sites learn of the page's address. Default: nothing (`no-referrer`).
    pub fn referrer_policy(mut self, value: ReferrerPolicy) -> Self {
        self.referrer_policy = value;
        self
    }

    /// Who may load what isn't a page: pictures, fonts, scripts, answers of an API. Default: pages
    /// of the same origin.
    ///
    /// For files that everybody may show. Put it only on their routes: anything else that the
    /// policy covers could then be loaded into the process of any site.
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use tower_visor::header::CrossOriginResourcePolicy;
    /// use tower_visor::policy::Policy;
    ///
    /// let public = Policy::api()
    ///     .cross_origin_resource_policy(CrossOriginResourcePolicy::CrossOrigin)
    ///     .compile()?;
    /// let router = Router::<()>::new()
    ///     .route("/badge.svg", get(|| async { "" }))
    ///     .route_layer(public.layer());
    /// # let _ = router;
    /// # Ok::<(), tower_visor::errors::Errors<tower_visor::policy::PolicyError>>(())
    /// ```
    pub fn cross_origin_resource_policy(mut self, value: CrossOriginResourcePolicy) -> Self {
        self.resource_policy = value;
        self
    }

    /// Allows the documents a feature of the browser. Default: none, except the camera for the
    /// page with the SDK.
    pub fn allow_feature(mut self, feature: Feature, allowlist: Allowlist) -> Self {
        self.features.insert(feature, allowlist);
        self
    }

    /// Makes browsers block every connection of the documents to a place that the policy
    /// doesn't name, including navigations, WebRTC and preconnects, which no Content Security Policy
    /// blocks. On a page with the SDK this is the default. On any other page such connections are
    /// only reported until this is called, if the policy has an endpoint for reports.
    ///
    /// What may be reached is what the page loads and connects to, the Face endpoint,
    /// [`Document::navigates_to`] and [`Document::opens`]; see
    /// [`ConnectionAllowlist`](crate::header::ConnectionAllowlist).
    ///
    /// ```
    /// use tower_visor::policy::{Document, HostKind, Policy, Resource};
    /// use tower_visor::response::ResponseClass;
    ///
    /// let page = Document::new("https://www.contoso.example")?
    ///     .loads(Resource::Font, "https://fonts.contoso.example/inter.woff2")
    ///     .navigates_to("https://login.contoso.example");
    /// let policy = Policy::document(page).enforce_connections().compile()?;
    /// let headers = policy.headers(ResponseClass::Document, HostKind::Named);
    /// assert_eq!(
    ///     headers["connection-allowlist"],
    ///     "(response-origin \"https://fonts.contoso.example/inter.woff2\" \"https://login.contoso.example\")",
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn enforce_connections(mut self) -> Self {
        self.connections = ConnectionMode::Enforced;
        self
    }

    /// Has browsers report what they block to an endpoint: a name, and an `https` URL.
    ///
    /// What [`Reporting::new`] refuses is an error of [`Policy::compile`].
    pub fn reporting(mut self, name: &str, url: &str) -> Self {
        match Reporting::checked(name, url) {
            Ok(reporting) => self.reporting = Some(reporting),
            Err(error) => self.faults.push(error.into()),
        }
        self
    }

    /// Has browsers report to an endpoint.
    pub fn report_by(mut self, reporting: Reporting) -> Self {
        self.reporting = Some(reporting);
        self
    }

    /// An additional policy for documents. Browsers enforce all of them, so it can only forbid more.
    pub fn additional_csp(mut self, csp: Csp) -> Self {
        self.additional_csp.push(csp);
        self
    }

    /// A policy that is reported on but not enforced, to try out a stricter one.
    pub fn report_only(mut self, csp: Csp) -> Self {
        self.report_only.push(csp);
        self
    }

    /// Has browsers block scripts that carry no integrity metadata.
    ///
    /// The SDK adds a script without it at run time, so on a liveness page this is for pages that
    /// supply it, and [`Policy::integrity_policy_report_only`] for all others.
    pub fn integrity_policy(mut self, value: IntegrityPolicy) -> Self {
        self.integrity_policy = Some(value);
        self
    }

    /// Has browsers report scripts that carry no integrity metadata.
    pub fn integrity_policy_report_only(mut self, value: IntegrityPolicy) -> Self {
        self.integrity_policy_report_only = Some(value);
        self
    }

    /// The page with the SDK, where there is one.
    pub fn liveness_page(&self) -> Option<&LivenessPage> {
        match &self.kind {
            Kind::Liveness(page) => Some(page),
            _ => None,
        }
    }

    /// The page, with or without the SDK.
    pub fn page(&self) -> Option<&Document> {
        match &self.kind {
            Kind::Liveness(page) => Some(&page.document),
            Kind::Document(page) => Some(page),
            Kind::Api => None,
        }
    }

    /// The same policy for the pinned SDK: a policy from a file gets the hashes of the styles that
    /// are in the pinned files. Everything that it says itself stays.
    ///
    /// ```
    /// # #[cfg(feature = "serde")] {
    /// use tower_visor::{Policy, pins::Pins};
    ///
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.5.0");
    /// let pins = Pins::scan(folder).unwrap();
    /// let text = r#"
    ///     [document]
    ///     origin = "https://liveness.contoso.example"
    ///     [liveness]
    ///     sdk = "1.5.0"
    ///     endpoint = "resource:contoso"
    ///     languages = ["de-DE"]
    /// "#;
    /// let policy: Policy = toml::from_str(text)?;
    /// let policy = policy.pinned(&pins)?;
    /// assert_eq!(policy.compile()?.warnings(), []);
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the two contradict each other, so that one of them must be wrong: another version,
    /// another folder, other hashes of styles, a language that isn't pinned. Also for a
    /// policy without a page with the SDK.
    pub fn pinned(mut self, pins: &Pins) -> Result<Self, Errors<PolicyError>> {
        let mut faults = self.disagreements(pins);
        let Kind::Liveness(page) = &mut self.kind else {
            return Err(Errors::or(faults, PolicyFault::NoSdk).into());
        };
        for tag in page.sdk.languages.iter().flatten() {
            if pins.file(&pins.layout().language(tag)).is_none() {
                let tag = tag.clone();
                faults.push(PolicyFault::UnpinnedLanguage { tag });
            }
        }
        let styles = pins.styles();
        if let Some(own) = &page.sdk.styles
            && !(own.len() == styles.len() && own.iter().all(|style| styles.contains(style)))
        {
            faults.push(PolicyFault::OtherStyles);
        }
        page.sdk.styles = Some(styles);
        Errors::check(faults)?;
        Ok(self)
    }

    /// What was wrong with the page and the settings, as they were given.
    pub(super) fn given_faults(&self) -> Vec<PolicyFault> {
        let page = self.page().into_iter().flat_map(|page| &page.faults);
        page.chain(&self.faults).cloned().collect()
    }

    /// Where a policy isn't one for these pins.
    pub(crate) fn disagreements(&self, pins: &Pins) -> Vec<PolicyFault> {
        let Some(page) = self.liveness_page() else {
            return vec![PolicyFault::NoSdk];
        };
        let mut faults = Vec::new();
        if page.version() != pins.version() {
            faults.push(PolicyFault::OtherVersion {
                policy: page.version().clone(),
                pins: pins.version().clone(),
            });
        }
        if page.sdk.path != pins.base() {
            faults.push(PolicyFault::OtherPath {
                policy: page.sdk.path.clone(),
                pins: pins.base().to_owned(),
            });
        }
        faults
    }
}

/// What compiling a page against its pins asks for.
#[cfg_attr(not(feature = "page"), allow(dead_code))]
impl Policy {
    /// Lets the page load a file on its own origin, unless it is named already.
    pub(crate) fn load(&mut self, resource: Resource, path: &str) -> Result<(), PolicyError> {
        let (Kind::Liveness(LivenessPage { document, .. }) | Kind::Document(document)) =
            &mut self.kind
        else {
            return Ok(());
        };
        if !document.names(resource, path) {
            *document = document.clone().loads_from(resource, path.parse()?);
        }
        Ok(())
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

    /// The policy of a page of the same site that doesn't use the SDK: without its files, its endpoint,
    /// wasm, and any feature.
    pub(crate) fn without_sdk(&self) -> Self {
        let mut policy = self.clone();
        if let Kind::Liveness(page) = policy.kind {
            policy.kind = Kind::Document(page.document);
        }
        policy.features.clear();
        policy.relaxed.retain(|relaxed| {
            !matches!(
                relaxed.what(),
                Relaxation::Source {
                    directive: DirectiveName::ScriptSrc,
                    ..
                }
            )
        });
        policy
    }

    /// The same for a page that pages of its own origin show in a frame.
    pub(crate) fn framed_by_itself(mut self) -> Self {
        if let Kind::Liveness(LivenessPage { document, .. }) | Kind::Document(document) =
            &mut self.kind
        {
            let origin = document.origin.clone();
            document.frame_ancestors.push(origin);
        }
        self
    }

    /// Whether an exception lets `style` attributes count by their hashes.
    pub(crate) fn hashes_style_attributes(&self) -> bool {
        self.makes_exception(DirectiveName::StyleSrcAttr, "'unsafe-hashes'")
    }

    /// Whether an exception lets event handlers in the markup count by their hashes.
    pub(crate) fn hashes_handlers(&self) -> bool {
        self.makes_exception(DirectiveName::ScriptSrcAttr, "'unsafe-hashes'")
    }

    /// Whether an exception lets all `style` attributes count.
    pub(crate) fn allows_style_attributes(&self) -> bool {
        self.makes_exception(DirectiveName::StyleSrcAttr, "'unsafe-inline'")
    }

    /// Whether an exception lets all `<style>` elements count.
    pub(crate) fn allows_styles(&self) -> bool {
        [DirectiveName::StyleSrc, DirectiveName::StyleSrcElem]
            .into_iter()
            .any(|directive| self.makes_exception(directive, "'unsafe-inline'"))
    }

    /// Whether an exception lets a library make its Trusted Types policy.
    pub(crate) fn allows_trusted_types(&self, name: &str) -> bool {
        [name, "*"]
            .into_iter()
            .any(|source| self.makes_exception(DirectiveName::TrustedTypes, source))
    }

    /// Whether an exception lets libraries make a Trusted Types policy of a name that there has been.
    pub(crate) fn repeats_trusted_types(&self) -> bool {
        self.makes_exception(DirectiveName::TrustedTypes, "'allow-duplicates'")
    }

    fn makes_exception(&self, wanted: DirectiveName, expression: &str) -> bool {
        self.relaxed.iter().any(|relaxed| {
            matches!(
                relaxed.what(),
                Relaxation::Source { directive, source }
                    if *directive == wanted && source == expression
            )
        })
    }

    /// Whether an exception allows scripts at a path of the page's origin by the URL of their folder.
    #[cfg(feature = "page")]
    pub(crate) fn allows_scripts_below(&self, path: &str) -> bool {
        let Some(origin) = self.page().map(|page| page.origin.to_string()) else {
            return false;
        };
        self.relaxed.iter().any(|relaxed| match relaxed.what() {
            Relaxation::Source {
                directive: DirectiveName::ScriptSrc,
                source,
            } => {
                let folder = source.strip_prefix(&origin);
                folder.is_some_and(|folder| folder.ends_with('/') && path.starts_with(folder))
            }
            _ => false,
        })
    }

    /// Whether an exception allows style sheets by more than hashes.
    #[cfg(feature = "page")]
    pub(crate) fn relaxes_styles(&self) -> bool {
        self.relaxed.iter().any(|relaxed| {
            matches!(
                relaxed.what(),
                Relaxation::Source {
                    directive: DirectiveName::StyleSrc | DirectiveName::StyleSrcElem,
                    ..
                }
            )
        })
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

    /// The name of where browsers report to.
    #[cfg(all(feature = "page", feature = "waict"))]
    pub(crate) fn reports_name(&self) -> Option<&crate::header::EndpointName> {
        self.reporting.as_ref().map(|reporting| &reporting.name)
    }

    /// Where browsers report to.
    pub(crate) fn reports_url(&self) -> Option<&str> {
        self.reporting
            .as_ref()
            .map(|reporting| reporting.url.as_str())
    }
}
