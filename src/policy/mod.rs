//! The policy of a site: from what its pages are to the headers that each response gets.
//!
//! A [`Policy`] is plain data. It comes from code, or from a TOML or JSON file (feature `serde`,
//! see [below](#in-configuration)), and is compiled once, when the server starts; all that can be
//! wrong with it is found then.
//!
//! Each kind of response has one strict set of headers, and there is no weaker preset:
//!
//! | response | constructor | what it may do |
//! |---|---|---|
//! | the page with the SDK | [`Policy::strict`] | load the named files and the SDK, call one Face endpoint, use the camera |
//! | any other page | [`Policy::document`] | load the named files |
//! | answers of an API, files | [`Policy::api`]; beside a page of the two above too | nothing at all |
//! | files of the pinned SDK | beside every page | nothing at all |
//!
//! What weakens a policy stands behind [`Policy::dangerous`] and carries a reason.
//!
//! ```
//! use tower_visor::policy::{Document, LivenessPage, Policy, Resource};
//! use tower_visor::sdk::Endpoint;
//!
//! let page = Document::new("https://liveness.contoso.example")?
//!     .loads(Resource::Script, "/app.js")?
//!     .loads(Resource::Style, "/app.css")?
//!     .loads(Resource::Connect, "/api/session")?;
//! let page = LivenessPage::new(page, "1.5.0".parse()?, Endpoint::resource("contoso")?);
//! let policy = Policy::strict(page).reporting("visor", "https://liveness.contoso.example/reports")?;
//! let compiled = policy.compile()?;
//! assert!(compiled.warnings().len() < 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # In configuration
//!
//! ```
//! # #[cfg(feature = "serde")] {
//! use tower_visor::policy::Policy;
//!
//! let policy: Policy = toml::from_str(r#"
//! [document]
//! origin = "https://liveness.contoso.example"
//! scripts = ["/app.js"]
//! connects = ["/api/session"]
//!
//! [liveness]
//! sdk = "1.5.0"
//! endpoint = "resource:contoso"
//! "#)?;
//! policy.compile()?;
//!
//! let slip = toml::from_str::<Policy>("[document]\norigin = \"https://a.example\"\nscript = []");
//! assert!(slip.unwrap_err().to_string().contains("unknown key `script`, did you mean `scripts`?"));
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! With pins beside the file, [`Policy::pinned`] adds what they know.
//!
//! The reason for every value is in [`docs::defaults`](crate::docs::defaults).

mod class;
mod compile;
#[cfg(feature = "serde")]
mod config;
mod dangerous;
mod document;
mod draft;
mod error;
mod guarded;
mod isolation;
mod liveness;
mod location;
mod pinned;
mod preload;
mod prepared;
mod reporting;
mod strip;

use std::collections::BTreeMap;

pub use dangerous::{Dangerous, Reason, Relaxation, Relaxed};
pub use document::{Caching, Document, Resource, ScriptTrust};
pub use error::{PolicyError, PolicyWarning};
#[cfg(feature = "page")]
pub(crate) use guarded::Guarded;
pub use isolation::Isolation;
pub use liveness::LivenessPage;
pub use location::Location;
pub use preload::ComponentTrust;
pub use prepared::{CompiledPolicy, Conflict, HostKind};
pub(crate) use prepared::{Headers, Prepared};
pub use reporting::{Reporting, ScriptHashes};

use crate::csp::Csp;
use crate::header::{Allowlist, Feature, IntegrityPolicy, ReferrerPolicy, StrictTransportSecurity};

/// What a site's pages are, and so what their headers have to be. See the [module](self).
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a policy does nothing until it is compiled"]
#[allow(clippy::struct_field_names)] // two headers are called so
pub struct Policy {
    kind: Kind,
    strict_transport_security: StrictTransportSecurity,
    isolation: Isolation,
    referrer_policy: ReferrerPolicy,
    features: BTreeMap<Feature, Allowlist>,
    reporting: Option<Reporting>,
    also: Vec<Csp>,
    report_only: Vec<Csp>,
    integrity_policy: Option<IntegrityPolicy>,
    integrity_policy_report_only: Option<IntegrityPolicy>,
    relaxed: Vec<Relaxed>,
}

/// What the site's documents are.
#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Liveness(LivenessPage),
    Document(Document),
    /// There are none: HTML gets what an API's answer gets.
    Api,
}

impl Policy {
    /// The strictest policy that a page with the SDK runs under.
    pub fn strict(page: LivenessPage) -> Self {
        Self::new(Kind::Liveness(page))
    }

    /// The strictest policy of a page without the SDK: it loads what it names, and the camera is
    /// denied.
    pub fn document(page: Document) -> Self {
        Self::new(Kind::Document(page))
    }

    /// The policy of a server without pages: no response may load, run or frame anything.
    pub fn api() -> Self {
        Self::new(Kind::Api)
    }

    fn new(kind: Kind) -> Self {
        Self {
            kind,
            strict_transport_security: StrictTransportSecurity::TWO_YEARS,
            isolation: Isolation::default(),
            referrer_policy: ReferrerPolicy::NoReferrer,
            features: BTreeMap::new(),
            reporting: None,
            also: Vec::new(),
            report_only: Vec::new(),
            integrity_policy: None,
            integrity_policy_report_only: None,
            relaxed: Vec::new(),
        }
    }

    /// How long browsers use TLS only. Default: two years, with subdomains.
    ///
    /// Less than one year, or without subdomains, is an exception: see
    /// [`Dangerous::strict_transport_security`].
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

    /// Allows a feature of the browser to the documents. Default: none, and the camera to the
    /// page itself where the SDK is.
    pub fn allow_feature(mut self, feature: Feature, allowlist: Allowlist) -> Self {
        self.features.insert(feature, allowlist);
        self
    }

    /// Has browsers report what they block to an endpoint: a name, and an `https` URL.
    ///
    /// # Errors
    /// [`PolicyError::Header`] for a name that is no token, and a URL that browsers refuse.
    pub fn reporting(mut self, name: &str, url: &str) -> Result<Self, PolicyError> {
        self.reporting = Some(Reporting::new(name, url)?);
        Ok(self)
    }

    /// Has browsers report to an endpoint.
    pub fn report_by(mut self, reporting: Reporting) -> Self {
        self.reporting = Some(reporting);
        self
    }

    /// A further policy for documents. Browsers enforce all, so it can only forbid more.
    pub fn also(mut self, csp: Csp) -> Self {
        self.also.push(csp);
        self
    }

    /// A policy that is reported on and not enforced: to try out a stricter one.
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

    /// The settings that weaken the policy, each with a reason.
    pub fn dangerous(self) -> Dangerous {
        Dangerous(self)
    }

    /// The page with the SDK, where there is one.
    pub fn liveness_page(&self) -> Option<&LivenessPage> {
        match &self.kind {
            Kind::Liveness(page) => Some(page),
            _ => None,
        }
    }

    /// Lets the page load a file on its own origin, unless it is named already.
    #[cfg(feature = "page")]
    pub(crate) fn load(&mut self, resource: Resource, path: &str) -> Result<(), PolicyError> {
        let (Kind::Liveness(LivenessPage { document, .. }) | Kind::Document(document)) =
            &mut self.kind
        else {
            return Ok(());
        };
        if !document.names(resource, path) {
            *document = document.clone().loads(resource, path)?;
        }
        Ok(())
    }

    /// The page, with or without the SDK.
    pub fn page(&self) -> Option<&Document> {
        match &self.kind {
            Kind::Liveness(page) => Some(&page.document),
            Kind::Document(page) => Some(page),
            Kind::Api => None,
        }
    }
}
