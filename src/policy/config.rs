//! A policy in a configuration file.
//!
//! A file is read through the same constructors as code, so it can say nothing that code can't,
//! and gets the same errors.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::settings::ConnectionMode;
use super::{
    Caching, Conflict, Document, Isolation, Kind, LivenessPage, Location, Policy, PolicyError,
    Reason, Relaxation, Relaxed, Reporting, Resource, ScriptHashes, ScriptTrust,
};
use crate::csp::{Csp, DirectiveName};
use crate::errors::Errors;
use crate::header::{
    CrossOriginResourcePolicy, IntegrityPolicy, PermissionsPolicy, ReferrerPolicy,
    StrictTransportSecurity,
};
use crate::sdk::{Endpoint, Releases, StyleKind, Version};
use crate::serde_keys::table;
use crate::sri::Digest;
use crate::url::Origin;

table! {
    /// The whole file.
    struct PolicyTable {
        document: DocumentTable = "document",
        liveness: LivenessTable = "liveness",
        strict_transport_security: StrictTransportSecurity = "strict-transport-security",
        isolation: Isolation = "isolation",
        referrer_policy: ReferrerPolicy = "referrer-policy",
        cross_origin_resource_policy: CrossOriginResourcePolicy = "cross-origin-resource-policy",
        permissions_policy: PermissionsPolicy = "permissions-policy",
        connection_allowlist: EnforceWord = "connection-allowlist",
        reporting: ReportingTable = "reporting",
        additional_csp: Vec<Csp> = "additional-csp",
        report_only: Vec<Csp> = "report-only",
        integrity_policy: IntegrityPolicy = "integrity-policy",
        integrity_policy_report_only: IntegrityPolicy = "integrity-policy-report-only",
        exceptions: Vec<ExceptionTable> = "exceptions",
    }
}

table! {
    /// `[document]`: the page.
    struct DocumentTable {
        origin: Origin = "origin",
        scripts: Vec<Location> = "scripts",
        styles: Vec<Location> = "styles",
        images: Vec<Location> = "images",
        fonts: Vec<Location> = "fonts",
        media: Vec<Location> = "media",
        connects: Vec<Location> = "connects",
        web_sockets: Vec<Location> = "web-sockets",
        manifests: Vec<Location> = "manifests",
        frames: Vec<Location> = "frames",
        workers: Vec<Location> = "workers",
        forms: Vec<Location> = "forms",
        script_hashes: Vec<Digest> = "script-hashes",
        style_hashes: Vec<Digest> = "style-hashes",
        framed_by: Vec<Origin> = "framed-by",
        navigates_to: Vec<Origin> = "navigates-to",
        opens: Vec<Origin> = "opens",
        scripts_by: ScriptTrust = "scripts-by",
        caching: Caching = "caching",
    }
}

table! {
    /// `[liveness]`: the SDK on it.
    struct LivenessTable {
        sdk: Version = "sdk",
        endpoint: Endpoint = "endpoint",
        sdk_path: String = "sdk-path",
        languages: Vec<String> = "languages",
        releases: Releases = "releases",
        styles: Vec<(StyleKind, Digest)> = "styles",
    }
}

table! {
    /// `[reporting]`: where browsers report to.
    struct ReportingTable {
        name: String = "name",
        url: String = "url",
        script_hashes: ScriptHashes = "script-hashes",
    }
}

table! {
    /// `[[exceptions]]`: one thing that weakens the policy. `reason`, and one of the other groups.
    struct ExceptionTable {
        reason: Reason = "reason",
        directive: DirectiveName = "directive",
        source: String = "source",
        strict_transport_security: HstsException = "strict-transport-security",
        isolation: NoneWord = "isolation",
        redirects: AllowWord = "redirects",
        connection_allowlist: ReportOnlyWord = "connection-allowlist",
        header: String = "header",
        conflict: Conflict = "conflict",
    }
}

/// A weaker value, or the word `none`.
#[derive(Serialize)]
#[serde(untagged)]
enum HstsException {
    None(NoneWord),
    Value(StrictTransportSecurity),
}

impl<'de> Deserialize<'de> for HstsException {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "none" {
            return Ok(Self::None(NoneWord::None));
        }
        text.parse().map(Self::Value).map_err(D::Error::custom)
    }
}

/// The word `none`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum NoneWord {
    None,
}

/// The word `enforce`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum EnforceWord {
    Enforce,
}

/// The word `allow`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum AllowWord {
    Allow,
}

/// The word `report-only`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ReportOnlyWord {
    ReportOnly,
}

impl<'de> Deserialize<'de> for Policy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(PolicyTable::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl Serialize for Policy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Written without what is wrong, it would come back as another policy.
        check_given(self).map_err(serde::ser::Error::custom)?;
        PolicyTable::from(self).serialize(serializer)
    }
}

fn check_given(policy: &Policy) -> Result<(), Errors<PolicyError>> {
    Ok(Errors::check(policy.given_faults())?)
}

fn missing(key: &'static str, example: &'static str) -> ConfigError {
    ConfigError::Missing { key, example }
}

/// Mistakes that only a file can contain.
#[derive(thiserror::Error)]
pub(super) enum ConfigError {
    #[error("`{key}` is missing; write for example `{key} = {example}`")]
    Missing {
        key: &'static str,
        example: &'static str,
    },
    #[error(
        "an exception names one thing: `directive` and `source`, `header` and `conflict`, `strict-transport-security`, `isolation`, `redirects`, or `connection-allowlist`"
    )]
    Exception,
    #[error("`liveness` needs `document` too, with the origin of the page")]
    NoDocument,
    #[error("`{name}` is not a header name")]
    HeaderName { name: String },
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error(transparent)]
    Given(#[from] Errors<PolicyError>),
}

crate::errors::debug_is_display!(ConfigError);

impl TryFrom<PolicyTable> for Policy {
    type Error = ConfigError;

    fn try_from(table: PolicyTable) -> Result<Self, ConfigError> {
        let mut policy = match (table.document, table.liveness) {
            (Some(document), Some(liveness)) => Self::strict(page(document, liveness)?),
            (Some(document), None) => Self::document(document.try_into()?),
            (None, None) => Self::api(),
            (None, Some(_)) => return Err(ConfigError::NoDocument),
        };
        if let Some(value) = table.strict_transport_security {
            policy.strict_transport_security = value;
        }
        if let Some(isolation) = table.isolation {
            policy.isolation = isolation;
        }
        if let Some(value) = table.referrer_policy {
            policy.referrer_policy = value;
        }
        if let Some(value) = table.cross_origin_resource_policy {
            policy.resource_policy = value;
        }
        for (feature, allowlist) in table
            .permissions_policy
            .iter()
            .flat_map(PermissionsPolicy::iter)
        {
            policy.features.insert(feature, allowlist.clone());
        }
        if table.connection_allowlist.is_some() {
            policy.connections = ConnectionMode::Enforced;
        }
        if let Some(reporting) = table.reporting {
            policy.reporting = Some(reporting.try_into()?);
        }
        policy.additional_csp = table.additional_csp.unwrap_or_default();
        policy.report_only = table.report_only.unwrap_or_default();
        policy.integrity_policy = table.integrity_policy;
        policy.integrity_policy_report_only = table.integrity_policy_report_only;
        for exception in table.exceptions.into_iter().flatten() {
            policy.relaxed.push(exception.try_into()?);
        }
        check_given(&policy)?;
        Ok(policy)
    }
}

fn page(document: DocumentTable, liveness: LivenessTable) -> Result<LivenessPage, ConfigError> {
    let version = liveness.sdk.ok_or(missing("sdk", "\"1.5.0\""))?;
    let endpoint = liveness
        .endpoint
        .ok_or(missing("endpoint", "\"resource:contoso\""))?;
    let mut page = LivenessPage::new(document.try_into()?, version, endpoint);
    if let Some(path) = liveness.sdk_path {
        page = page.sdk_at(&path);
    }
    if let Some(tags) = liveness.languages {
        page = page.languages(tags);
    }
    if let Some(releases) = liveness.releases {
        page = page.releases(releases);
    }
    page.sdk.styles = liveness.styles;
    Ok(page)
}

impl DocumentTable {
    /// The key of each kind of resource.
    fn resources(&mut self) -> [(Resource, &mut Option<Vec<Location>>); 11] {
        [
            (Resource::Script, &mut self.scripts),
            (Resource::Style, &mut self.styles),
            (Resource::Image, &mut self.images),
            (Resource::Font, &mut self.fonts),
            (Resource::Media, &mut self.media),
            (Resource::Connect, &mut self.connects),
            (Resource::WebSocket, &mut self.web_sockets),
            (Resource::Manifest, &mut self.manifests),
            (Resource::Frame, &mut self.frames),
            (Resource::Worker, &mut self.workers),
            (Resource::Form, &mut self.forms),
        ]
    }
}

impl TryFrom<DocumentTable> for Document {
    type Error = ConfigError;

    fn try_from(mut table: DocumentTable) -> Result<Self, ConfigError> {
        let origin = table
            .origin
            .take()
            .ok_or(missing("origin", "\"https://liveness.contoso.example\""))?;
        let mut page = Self::at(origin)?;
        for (resource, locations) in table.resources() {
            for location in locations.take().into_iter().flatten() {
                page = page.loads_from(resource, location);
            }
        }
        page.script_hashes = table.script_hashes.unwrap_or_default();
        page.style_hashes = table.style_hashes.unwrap_or_default();
        for origin in table.framed_by.into_iter().flatten() {
            page.frame_ancestors.push(Self::at(origin)?.origin);
        }
        for origin in table.navigates_to.into_iter().flatten() {
            page.navigates_to.push(Self::at(origin)?.origin);
        }
        for origin in table.opens.into_iter().flatten() {
            page.opens.push(Self::at(origin)?.origin);
        }
        page.scripts_by = table.scripts_by.unwrap_or_default();
        page.caching = table.caching.unwrap_or_default();
        Ok(page)
    }
}

impl TryFrom<ReportingTable> for Reporting {
    type Error = ConfigError;

    fn try_from(table: ReportingTable) -> Result<Self, ConfigError> {
        let name = table.name.ok_or(missing("name", "\"visor\""))?;
        let url = table.url.ok_or(missing(
            "url",
            "\"https://liveness.contoso.example/reports\"",
        ))?;
        let reporting = Self::new(&name, &url)?;
        Ok(reporting.script_hashes(table.script_hashes.unwrap_or_default()))
    }
}

impl TryFrom<ExceptionTable> for Relaxed {
    type Error = ConfigError;

    fn try_from(table: ExceptionTable) -> Result<Self, ConfigError> {
        let reason = table
            .reason
            .ok_or(missing("reason", "\"why, and until when\""))?;
        let mut named = Vec::new();
        match (table.directive, table.source) {
            (Some(directive), Some(source)) => named.push(Relaxation::Source { directive, source }),
            (None, None) => {}
            _ => return Err(ConfigError::Exception),
        }
        match (table.header, table.conflict) {
            (Some(name), Some(conflict)) => {
                let header = http::HeaderName::try_from(&name).map_err(|_| {
                    let name = name.escape_default().to_string();
                    ConfigError::HeaderName { name }
                })?;
                named.push(Relaxation::Conflict { header, conflict });
            }
            (None, None) => {}
            _ => return Err(ConfigError::Exception),
        }
        named.extend(table.strict_transport_security.map(|exception| {
            Relaxation::StrictTransportSecurity(match exception {
                HstsException::Value(value) => Some(value),
                HstsException::None(_) => None,
            })
        }));
        named.extend(table.isolation.map(|_| Relaxation::NoIsolation));
        named.extend(table.redirects.map(|_| Relaxation::Redirects));
        let reported = table.connection_allowlist;
        named.extend(reported.map(|_| Relaxation::ConnectionsReported));
        // One thing, so that its reason is one.
        let what = named.pop().filter(|_| named.is_empty());
        let what = what.ok_or(ConfigError::Exception)?;
        Ok(Self { what, reason })
    }
}

/// Only what differs from the default.
fn changed<T: PartialEq + Clone>(value: &T, default: &T) -> Option<T> {
    (value != default).then(|| value.clone())
}

fn unless_empty<T: Clone>(values: &[T]) -> Option<Vec<T>> {
    (!values.is_empty()).then(|| values.to_vec())
}

impl From<&Policy> for PolicyTable {
    fn from(policy: &Policy) -> Self {
        let default = Policy::api();
        let mut features = policy.features.iter();
        let permissions = features.next().map(|(feature, allowlist)| {
            features.fold(
                PermissionsPolicy::only(*feature, allowlist.clone()),
                |policy, (feature, allowlist)| policy.allow(*feature, allowlist.clone()),
            )
        });
        let (document, liveness) = match &policy.kind {
            Kind::Liveness(page) => (Some((&page.document).into()), Some(page.into())),
            Kind::Document(page) => (Some(page.into()), None),
            Kind::Api => (None, None),
        };
        Self {
            document,
            liveness,
            strict_transport_security: changed(
                &policy.strict_transport_security,
                &default.strict_transport_security,
            ),
            isolation: changed(&policy.isolation, &default.isolation),
            referrer_policy: changed(&policy.referrer_policy, &default.referrer_policy),
            cross_origin_resource_policy: changed(
                &policy.resource_policy,
                &default.resource_policy,
            ),
            permissions_policy: permissions,
            connection_allowlist: (policy.connections != ConnectionMode::of(&policy.kind))
                .then_some(EnforceWord::Enforce),
            reporting: policy.reporting.as_ref().map(|reporting| ReportingTable {
                name: Some(reporting.name.to_string()),
                url: Some(reporting.url.clone()),
                script_hashes: changed(&reporting.hashes, &ScriptHashes::default()),
            }),
            additional_csp: unless_empty(&policy.additional_csp),
            report_only: unless_empty(&policy.report_only),
            integrity_policy: policy.integrity_policy.clone(),
            integrity_policy_report_only: policy.integrity_policy_report_only.clone(),
            exceptions: (!policy.relaxed.is_empty())
                .then(|| policy.relaxed.iter().map(ExceptionTable::from).collect()),
        }
    }
}

impl From<&Document> for DocumentTable {
    fn from(page: &Document) -> Self {
        let mut table = Self {
            origin: Some(page.origin.clone()),
            script_hashes: unless_empty(&page.script_hashes),
            style_hashes: unless_empty(&page.style_hashes),
            framed_by: unless_empty(&page.frame_ancestors),
            navigates_to: unless_empty(&page.navigates_to),
            opens: unless_empty(&page.opens),
            scripts_by: changed(&page.scripts_by, &ScriptTrust::default()),
            caching: changed(&page.caching, &Caching::default()),
            ..Self::default()
        };
        for (resource, slot) in table.resources() {
            *slot = page.resources.get(&resource).cloned();
        }
        table
    }
}

impl From<&LivenessPage> for LivenessTable {
    fn from(page: &LivenessPage) -> Self {
        Self {
            sdk: Some(page.sdk.version.clone()),
            endpoint: Some(page.sdk.endpoint.clone()),
            sdk_path: changed(&page.sdk.path, &String::from("/")),
            languages: page.sdk.languages.clone(),
            releases: changed(&page.sdk.releases, &Releases::builtin()),
            styles: page.sdk.styles.clone(),
        }
    }
}

impl From<&Relaxed> for ExceptionTable {
    fn from(relaxed: &Relaxed) -> Self {
        let mut table = Self {
            reason: Some(relaxed.reason.clone()),
            ..Self::default()
        };
        match &relaxed.what {
            Relaxation::Source { directive, source } => {
                table.directive = Some(*directive);
                table.source = Some(source.clone());
            }
            Relaxation::StrictTransportSecurity(value) => {
                table.strict_transport_security = Some(match value {
                    Some(value) => HstsException::Value(*value),
                    None => HstsException::None(NoneWord::None),
                });
            }
            Relaxation::NoIsolation => table.isolation = Some(NoneWord::None),
            Relaxation::Redirects => table.redirects = Some(AllowWord::Allow),
            Relaxation::ConnectionsReported => {
                table.connection_allowlist = Some(ReportOnlyWord::ReportOnly);
            }
            Relaxation::Conflict { header, conflict } => {
                table.header = Some(header.to_string());
                table.conflict = Some(*conflict);
            }
        }
        table
    }
}
