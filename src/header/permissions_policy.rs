//! `Permissions-Policy`.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use http::HeaderName;

use super::features::{Feature, FeatureKind, HEADER};
use super::sf::{self, Item, Value};
use super::text::{as_header, combined, printable};
use super::{Allowlist, HeaderError};
use crate::foreign;
use crate::url::{self, Authority, Origin};

const EXAMPLE: &str = "camera=(self), microphone=()";

/// `Permissions-Policy`: which features the page and its frames may use, and on behalf of whom.
///
/// Grammar: a structured-field dictionary of a feature and its [`Allowlist`]. Example:
/// `camera=(self), microphone=()`. Specification: [Permissions Policy]. Obeyed by Chromium only
/// (Chrome 88); Firefox and Safari ignore it. A single syntax error makes Chromium drop the *whole*
/// header.
///
/// Members are kept and written in the order of their names.
///
/// ```
/// use tower_visor::header::{Allowlist, Feature, PermissionsPolicy};
///
/// let policy: PermissionsPolicy = "microphone=(), camera=(self)".parse()?;
/// assert_eq!(policy.to_string(), "camera=(self), microphone=()");
/// assert_eq!(policy.allowlist(Feature::Camera), Some(&Allowlist::SelfOrigin));
///
/// let strict = PermissionsPolicy::deny_all().allow(Feature::Camera, Allowlist::SelfOrigin);
/// assert!(strict.to_string().contains("camera=(self), captured-surface-control=(), "));
/// # Ok::<(), tower_visor::header::HeaderError>(())
/// ```
///
/// [Permissions Policy]: https://w3c.github.io/webappsec-permissions-policy/#permissions-policy-http-header-field
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PermissionsPolicy {
    /// Never empty.
    features: BTreeMap<Feature, Allowlist>,
}

impl PermissionsPolicy {
    /// The header's name.
    pub const NAME: HeaderName = HeaderName::from_static(HEADER);
    /// The name of the form that only reports (Chrome 120).
    pub const REPORT_ONLY_NAME: HeaderName =
        HeaderName::from_static("permissions-policy-report-only");

    /// Denies every feature that is a [capability](FeatureKind::Capability): whatever reaches a
    /// sensor, a device, the user's data or attention, or another party. Add back what the page
    /// needs with [`allow`](Self::allow).
    ///
    /// Not denied, so that the header stays within about a kilobyte and breaks nothing:
    /// * client hints (`ch-*`): they say something about the browser, to origins that the page
    ///   talks to anyway; by default only the page's own origin gets them.
    /// * `cross-origin-isolated`: it gives nothing that the opener and embedder policies haven't
    ///   earned, and denying it would silently undo them.
    /// * `aria-notify`: denying it harms users of screen readers only.
    /// * `media-playback-while-not-visible`, `sync-xhr`, `unload`: matters of speed and comfort.
    /// * `interest-cohort`: no browser has it any more.
    pub fn deny_all() -> Self {
        let features = Feature::ALL
            .iter()
            .filter(|feature| feature.kind() == FeatureKind::Capability)
            .map(|feature| (*feature, Allowlist::None))
            .collect();
        Self { features }
    }

    /// A policy about one feature.
    pub fn only(feature: Feature, allowlist: Allowlist) -> Self {
        Self {
            features: BTreeMap::from([(feature, allowlist)]),
        }
    }

    /// Sets who may use a feature, in place of what was said about it before.
    #[must_use]
    pub fn allow(mut self, feature: Feature, allowlist: Allowlist) -> Self {
        self.features.insert(feature, allowlist);
        self
    }

    /// Who may use this feature; `None` if the policy says nothing about it, so that the browser's
    /// default applies.
    pub fn allowlist(&self, feature: Feature) -> Option<&Allowlist> {
        self.features.get(&feature)
    }

    /// All members, by name.
    pub fn iter(&self) -> impl Iterator<Item = (Feature, &Allowlist)> {
        self.features
            .iter()
            .map(|(feature, allowlist)| (*feature, allowlist))
    }

    /// What a browser obeys. Never fails: a fault of syntax gives a policy that says nothing, as
    /// in Chromium.
    pub fn effective(
        values: impl IntoIterator<Item = impl AsRef<[u8]>>,
    ) -> EffectivePermissionsPolicy {
        EffectivePermissionsPolicy::read(&combined(values).unwrap_or_default())
    }
}

impl fmt::Display for PermissionsPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (feature, allowlist)) in self.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{feature}={allowlist}")?;
        }
        Ok(())
    }
}

impl FromStr for PermissionsPolicy {
    type Err = HeaderError;

    /// Reads a value, strictly.
    ///
    /// # Errors
    /// * `""`: empty
    /// * `"camera 'self'"`: the syntax of the old `Feature-Policy`
    /// * `"camera=(); microphone=()"`: members are separated by commas
    /// * `"camera"`, `"camera=none"`, `"camera=(none)"`: not an allowlist
    /// * `"camera=(\"self\")"`: `self` in quotes is not an origin
    /// * `"camera=(* self)"`: `*` stands alone
    /// * `"camera=(\"https://a.example/path\")"`: not an origin
    /// * `"battery=()"`: a feature that Chromium doesn't know
    /// * `"camera=(), camera=(self)"`: the same feature twice
    fn from_str(text: &str) -> Result<Self, HeaderError> {
        printable(HEADER, text)?;
        let entries = sf::dictionary(HEADER, text.as_bytes(), EXAMPLE)
            .map_err(|error| syntax_fault(text, error))?;
        let mut features = BTreeMap::new();
        for entry in &entries {
            let feature: Feature = entry
                .key
                .parse()
                .map_err(|error: HeaderError| error.shifted(entry.position))?;
            let allowlist = match &entry.value {
                Value::Item(item) => {
                    refuse_parameters(&item.parameters, entry.position)?;
                    Allowlist::from_items(std::slice::from_ref(item), entry.position)?
                }
                Value::List { items, parameters } => {
                    refuse_parameters(parameters, entry.position)?;
                    Allowlist::from_items(items, entry.position)?
                }
            };
            if features.insert(feature, allowlist).is_some() {
                return Err(HeaderError::duplicate(
                    HEADER,
                    entry.position,
                    entry.key,
                    "browsers obey the last one",
                ));
            }
        }
        if features.is_empty() {
            return Err(HeaderError::empty(HEADER, EXAMPLE));
        }
        Ok(Self { features })
    }
}

as_header!(
    PermissionsPolicy,
    "a Permissions-Policy such as `camera=(self), microphone=()`"
);

/// The two slips that real headers are full of have messages of their own.
fn syntax_fault(text: &str, error: HeaderError) -> HeaderError {
    let place = error.position().unwrap_or(text.len());
    let before = text.get(..place).unwrap_or(text);
    let after = text.get(place..).unwrap_or_default();
    if let Some(position) = before
        .find(';')
        .or_else(|| after.starts_with(';').then_some(place))
    {
        return HeaderError::malformed(
            HEADER,
            position,
            "`;` between members",
            "separate them by commas, as in `camera=(self), microphone=()`",
        );
    }
    if before.ends_with(' ') && !before.contains('=') {
        return HeaderError::malformed(
            HEADER,
            place,
            "the syntax of the old Feature-Policy",
            "write `camera=(self)` for `camera 'self'`, `camera=()` for `camera 'none'`",
        );
    }
    error
}

fn refuse_parameters(parameters: &[sf::Parameter<'_>], position: usize) -> Result<(), HeaderError> {
    match parameters.first() {
        None => Ok(()),
        Some((key, _)) => Err(HeaderError::malformed(
            HEADER,
            position,
            format!(
                "the parameter `{}` behind a member",
                foreign::word(key.as_str())
            ),
            "leave it out, and separate members by `, `",
        )),
    }
}

/// What a browser obeys. Made by [`PermissionsPolicy::effective`].
///
/// ```
/// use tower_visor::header::{Feature, PermissionsPolicy};
///
/// let policy = PermissionsPolicy::effective(["camera=(self 'https://a.example')"]);
/// assert_eq!(policy.allowlist(Feature::Camera), None);
/// assert!(policy.syntax_error().is_some(), "single quotes: nothing holds, camera included");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EffectivePermissionsPolicy {
    features: BTreeMap<Feature, EffectiveAllowlist>,
    ignored: Vec<String>,
    syntax_error: Option<HeaderError>,
}

/// Who may use a feature, as a browser reads it: nobody, or any of the page's own origin, named
/// origins and everyone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EffectiveAllowlist {
    everyone: bool,
    self_origin: bool,
    origins: Vec<String>,
}

impl EffectivePermissionsPolicy {
    /// Who may use this feature; `None` if the browser's default applies.
    pub fn allowlist(&self, feature: Feature) -> Option<&EffectiveAllowlist> {
        self.features.get(&feature)
    }

    /// All members that count, by name.
    pub fn iter(&self) -> impl Iterator<Item = (Feature, &EffectiveAllowlist)> {
        self.features
            .iter()
            .map(|(feature, allowlist)| (*feature, allowlist))
    }

    /// What the browser skipped: features it doesn't know, and elements of allowlists that are
    /// neither `*`, `self` nor an origin in quotes.
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// The fault of syntax for which the browser dropped the whole header.
    pub fn syntax_error(&self) -> Option<&HeaderError> {
        self.syntax_error.as_ref()
    }

    fn read(bytes: &[u8]) -> Self {
        let mut policy = Self::default();
        let entries = sf::dictionary(HEADER, bytes, EXAMPLE).unwrap_or_else(|error| {
            policy.syntax_error = Some(error);
            Vec::new()
        });
        for entry in &entries {
            let Some(feature) = Feature::read(entry.key) else {
                policy.ignored.push(entry.key.to_owned());
                continue;
            };
            let items = match &entry.value {
                Value::Item(item) => std::slice::from_ref(item),
                Value::List { items, .. } => items,
            };
            let mut allowlist = EffectiveAllowlist::default();
            for item in items {
                if !allowlist.add(item) {
                    policy
                        .ignored
                        .push(format!("{feature}: {}", item.describe()));
                }
            }
            // The last of several members counts.
            policy.features.insert(feature, allowlist);
        }
        policy
    }
}

impl EffectiveAllowlist {
    /// Whether nobody may use the feature, the page itself included.
    pub fn is_denied(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the page itself may use the feature.
    pub fn allows_self(&self) -> bool {
        self.self_origin || self.everyone
    }

    /// Whether every frame may use it that the page allows.
    pub fn allows_everyone(&self) -> bool {
        self.everyone
    }

    /// The origins that are named, as written: each a scheme and a host, where the host may be `*`
    /// or begin with `*.`, and perhaps a port, which may be `*`.
    pub fn origins(&self) -> &[String] {
        &self.origins
    }

    /// Whether an origin is named, by itself or by a wildcard. `self` is the page's business.
    ///
    /// ```
    /// use tower_visor::header::{Feature, PermissionsPolicy};
    ///
    /// let policy = PermissionsPolicy::effective([r#"camera=("https://*.a.example")"#]);
    /// let camera = policy.allowlist(Feature::Camera).unwrap();
    /// assert!(camera.names(&"https://www.a.example".parse()?));
    /// assert!(!camera.names(&"https://a.example".parse()?));
    /// # Ok::<(), tower_visor::url::UrlError>(())
    /// ```
    pub fn names(&self, origin: &Origin) -> bool {
        self.everyone || self.origins.iter().any(|named| names(named, origin))
    }

    /// `false` if a browser skips the item.
    fn add(&mut self, item: &Item<'_>) -> bool {
        match (item.token(), item.string()) {
            // In quotes as well (measured in Chromium 156).
            (Some("*"), _) | (_, Some("*")) => self.everyone = true,
            (Some("self"), _) => self.self_origin = true,
            (_, Some(origin)) if read_origin(origin).is_some() => {
                self.origins.push(origin.to_owned());
            }
            _ => return false,
        }
        true
    }
}

/// What Chromium 156 reads as an origin (measured): a host source of a CSP with its scheme. It cuts a
/// path off, and takes a wildcard for the whole host, its first label or the port, nowhere else.
fn read_origin(text: &str) -> Option<(String, Authority<'_>)> {
    let (scheme, rest) = text.split_once("://")?;
    let scheme = url::scheme(scheme)?;
    let authority = Authority::split(rest.split('/').next().unwrap_or_default());
    let host = authority.host;
    let name = host.strip_prefix("*.").unwrap_or(host);
    let name = name.strip_suffix('.').unwrap_or(name);
    let is_label = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let is_host = host == "*" || name.split('.').all(is_label);
    let is_port = authority
        .port
        .is_none_or(|port| port == "*" || url::port(port).is_some());
    (is_host && is_port && !authority.has_user).then_some((scheme, authority))
}

fn names(named: &str, origin: &Origin) -> bool {
    let Some((scheme, authority)) = read_origin(named) else {
        return false;
    };
    let own = origin.host().as_str();
    let is_host = match authority.host.to_ascii_lowercase().as_str() {
        "*" => true,
        host => match host.strip_prefix('*') {
            // With its dot.
            Some(end) => own.len() > end.len() && own.ends_with(end),
            None => own == host,
        },
    };
    let is_port = match authority.port {
        None => origin.has_default_port(),
        Some("*") => true,
        Some(port) => url::port(port) == origin.port().or(url::default_port(origin.scheme())),
    };
    scheme == origin.scheme() && is_host && is_port
}
