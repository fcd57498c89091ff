//! Building a Content Security Policy in code.

use super::directives::{Directives, source_lists};
use super::{
    AncestorSource, Csp, CspError, CspFault, DefaultSource, DirectiveName, FetchSource,
    SandboxToken, ScriptAttrSource, ScriptSource, Sources, StyleAttrSource, StyleSource,
    TrustedTypesEntry, rules,
};
use crate::errors::Errors;

/// Builds a [`Csp`], one method a directive. Made by [`Csp::builder`].
///
/// An empty list is `'none'`. Faults are collected, and [`build`](Self::build) reports all of them
/// at once; setting a directive twice is one.
///
/// ```
/// use tower_visor::csp::{Csp, FetchSource, ScriptSource};
///
/// let faults = Csp::builder()
///     .default_src([])
///     .script_src([ScriptSource::StrictDynamic])
///     .img_src([FetchSource::SelfOrigin])
///     .img_src([])
///     .build()
///     .unwrap_err();
/// let messages: Vec<String> = faults.iter().map(ToString::to_string).collect();
/// assert_eq!(
///     messages,
///     [
///         "img-src: set twice; a browser would obey only the first: remove one",
///         "script-src: `'strict-dynamic'` needs a nonce or a hash next to it, or no script runs",
///     ],
/// );
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct CspBuilder {
    pub(super) directives: Directives,
    /// What was set by this builder (not what it began with).
    set: Vec<DirectiveName>,
    faults: Vec<CspError>,
}

macro_rules! setters {
    ($($field:ident: $class:ident = $name:ident, $text:literal, $what:literal;)*) => {
        impl CspBuilder {
            $(
                #[doc = concat!("Sets `", $text, "`: ", $what, ".")]
                pub fn $field(mut self, sources: impl Into<Sources<$class>>) -> Self {
                    self.note(DirectiveName::$name);
                    self.directives.$field = Some(sources.into());
                    self
                }
            )*
        }
    };
}

source_lists!(setters);

impl CspBuilder {
    /// Sets `sandbox`: the page is treated as in a sandboxed frame, apart from what the tokens
    /// allow.
    pub fn sandbox(mut self, tokens: impl IntoIterator<Item = SandboxToken>) -> Self {
        self.note(DirectiveName::Sandbox);
        self.directives.sandbox = Some(tokens.into_iter().collect());
        self
    }

    /// Sets `require-trusted-types-for 'script'`: sinks that can run a string as a script take
    /// typed values only.
    pub fn require_trusted_types_for_script(mut self) -> Self {
        self.note(DirectiveName::RequireTrustedTypesFor);
        self.directives.require_trusted_types_for_script = true;
        self
    }

    /// Sets `trusted-types`: the policies that may be created.
    pub fn trusted_types(mut self, entries: impl Into<Sources<TrustedTypesEntry>>) -> Self {
        self.note(DirectiveName::TrustedTypes);
        self.directives.trusted_types = Some(entries.into());
        self
    }

    /// Sets `upgrade-insecure-requests`: what the page loads with `http:` is fetched with `https:`.
    ///
    /// Not for localhost: Safari upgrades there too, and nothing loads.
    pub fn upgrade_insecure_requests(mut self) -> Self {
        self.note(DirectiveName::UpgradeInsecureRequests);
        self.directives.upgrade_insecure_requests = true;
        self
    }

    /// Sets `report-to`: the name of an endpoint in the `Reporting-Endpoints` header.
    pub fn report_to(mut self, endpoint: impl Into<String>) -> Self {
        self.note(DirectiveName::ReportTo);
        self.directives.report_to = Some(endpoint.into());
        self
    }

    /// Sets `report-uri`: where browsers that don't know `report-to` send reports. URLs, absolute
    /// or relative.
    pub fn report_uri<T: Into<String>>(mut self, uris: impl IntoIterator<Item = T>) -> Self {
        self.note(DirectiveName::ReportUri);
        self.directives.report_uri = Some(uris.into_iter().map(Into::into).collect());
        self
    }

    /// Removes a directive again.
    pub fn without(mut self, name: DirectiveName) -> Self {
        self.directives.remove(name);
        self.set.retain(|set| *set != name);
        self
    }

    /// The policy.
    ///
    /// # Errors
    /// All faults, those of the whole policy last; see [`CspErrorKind`](super::CspErrorKind).
    pub fn build(self) -> Result<Csp, Errors<CspError>> {
        let mut faults = self.faults;
        let csp = Csp {
            directives: self.directives,
        };
        faults.extend(rules::directive_faults(&csp.directives));
        // With a fault somewhere a directive may be missing, and what is said of the whole would
        // be about another policy.
        if faults.is_empty() {
            faults.extend(rules::policy_faults(&csp));
        }
        Errors::check(faults).map(|()| csp)
    }

    /// Notes that a directive is set, and a fault if it already was.
    pub(super) fn note(&mut self, name: DirectiveName) {
        if self.is_set(name) {
            self.fault(CspError::from(CspFault::DuplicateDirective).within(name));
        } else {
            self.set.push(name);
        }
    }

    pub(super) fn is_set(&self, name: DirectiveName) -> bool {
        self.set.contains(&name)
    }

    pub(super) fn fault(&mut self, fault: CspError) {
        self.faults.push(fault);
    }
}

impl Csp {
    /// A builder without any directive.
    pub fn builder() -> CspBuilder {
        CspBuilder::default()
    }

    /// A builder that holds this policy's directives; setting one again replaces it.
    pub fn to_builder(&self) -> CspBuilder {
        CspBuilder::from(self.directives.clone())
    }
}

impl From<Directives> for CspBuilder {
    fn from(directives: Directives) -> Self {
        Self {
            directives,
            set: Vec::new(),
            faults: Vec::new(),
        }
    }
}

impl TryFrom<CspBuilder> for Csp {
    type Error = Errors<CspError>;

    fn try_from(builder: CspBuilder) -> Result<Self, Errors<CspError>> {
        builder.build()
    }
}
