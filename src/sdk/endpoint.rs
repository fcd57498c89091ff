//! [`Endpoint`]: the one Face API host that the SDK may talk to.

use std::fmt;
use std::str::FromStr;

use super::endpoint_error::{EndpointError, EndpointFault, EndpointKind};
use crate::foreign;
use crate::url::{Host, Origin, UrlError};

/// Where the SDK sends the session: exactly one host, never a wildcard.
///
/// Naming it in `connect-src` is a defence of its own: the SDK sends its bearer token to whatever
/// host the session token names, and its own check of that host can be fooled.
///
/// | text form | host |
/// |---|---|
/// | `resource:contoso` | `https://contoso.cognitiveservices.azure.com` |
/// | `region:westeurope` | `https://westeurope.api.cognitive.microsoft.com` |
/// | `government:virginia` | `https://virginia.api.cognitive.microsoft.us` |
/// | `https://face.contoso.example` | that host: your own reverse proxy |
/// | `local-test:http://127.0.0.1:8080` | this machine, for tests |
///
/// A URL that names one of Azure's hosts gives the same endpoint as the short form. Names are
/// written in lower case whatever was given, since hosts have no case.
///
/// ```
/// use tower_visor::sdk::Endpoint;
///
/// let endpoint: Endpoint = "https://Contoso.cognitiveservices.azure.com/".parse()?;
/// assert_eq!(endpoint, Endpoint::resource("contoso")?);
/// assert_eq!(endpoint.to_string(), "resource:contoso");
/// assert_eq!(endpoint.origin(), "https://contoso.cognitiveservices.azure.com");
///
/// let wildcard = Endpoint::proxy("https://*.cognitiveservices.azure.com").unwrap_err();
/// assert_eq!(
///     wildcard.to_string(),
///     "byte 8: `*` in an endpoint; name the one resource: \
///      a wildcard over Azure's domains also allows every attacker's resource",
/// );
/// # Ok::<(), tower_visor::sdk::EndpointError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    kind: Kind,
    /// Scheme, host and, where it is not the scheme's own, port; in lower case.
    origin: String,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind {
    Azure(EndpointKind, String),
    Proxy,
    LocalTest,
}

/// The kinds of Azure hosts: the prefix of the text form, and what follows the name in the host.
const AZURE: [(EndpointKind, &str, &str); 3] = [
    (
        EndpointKind::Resource,
        "resource:",
        ".cognitiveservices.azure.com",
    ),
    (
        EndpointKind::Region,
        "region:",
        ".api.cognitive.microsoft.com",
    ),
    (
        EndpointKind::Government,
        "government:",
        ".api.cognitive.microsoft.us",
    ),
];

const LOCAL_TEST: &str = "local-test:";

impl Endpoint {
    /// A Face resource by the name of its custom subdomain: `contoso` for
    /// `https://contoso.cognitiveservices.azure.com`.
    ///
    /// # Errors
    /// A name that is not 2 to 63 letters, digits and hyphens, or that begins or ends with a
    /// hyphen: `""`, `"contoso.example"`, `"*"`, `"-contoso"`.
    pub fn resource(name: &str) -> Result<Self, EndpointError> {
        Self::azure(EndpointKind::Resource, name, 0)
    }

    /// A region of the public cloud: `westeurope` for
    /// `https://westeurope.api.cognitive.microsoft.com`. All resources of the region share this host;
    /// prefer [`Endpoint::resource`].
    ///
    /// # Errors
    /// As [`Endpoint::resource`].
    pub fn region(name: &str) -> Result<Self, EndpointError> {
        Self::azure(EndpointKind::Region, name, 0)
    }

    /// A region of the government cloud: `virginia` for `https://virginia.api.cognitive.microsoft.us`,
    /// the only one that the SDK was seen to accept.
    ///
    /// # Errors
    /// As [`Endpoint::resource`].
    pub fn government(name: &str) -> Result<Self, EndpointError> {
        Self::azure(EndpointKind::Government, name, 0)
    }

    /// Your own reverse proxy, for a resource with network isolation:
    /// `https://face.contoso.example`, with a port where it is not 443.
    ///
    /// # Errors
    /// * a scheme other than https; a wildcard
    /// * anything that an [`Origin`] refuses (a user name, a path, a malformed host or port), except
    ///   for one `/` at the end
    /// * an IP address, and a host that DNS or a policy doesn't accept: `_`, a hyphen or a dot at the end
    /// * one of Azure's domains without a resource in front
    pub fn proxy(url: &str) -> Result<Self, EndpointError> {
        let origin = origin(url)?;
        if origin.scheme() != "https" {
            return Err(EndpointFault::NotHttps.into());
        }
        let host = origin.host();
        let position = "https://".len();
        check_host(host).map_err(|fault| EndpointFault::Host { position, fault })?;
        let host = host.as_str();
        for (kind, _, suffix) in AZURE.iter().filter(|_| origin.has_default_port()) {
            if Some(host) == suffix.strip_prefix('.') {
                let fault =
                    format!("`{host}` names no resource; write for example `resource:contoso`");
                return Err(EndpointFault::Host { position, fault }.into());
            }
            if let Some(name) = host.strip_suffix(suffix) {
                return Self::azure(*kind, name, position);
            }
        }
        Ok(Self {
            kind: Kind::Proxy,
            origin: origin.to_string(),
        })
    }

    /// A stand-in for Azure on this machine, over plain http: for development and tests only.
    ///
    /// # Errors
    /// Any other host than `localhost` and `127.0.0.1`, or a scheme
    /// other than http; and anything that an [`Origin`] refuses.
    pub fn local_test(url: &str) -> Result<Self, EndpointError> {
        let origin = origin(url)?;
        let is_here = matches!(origin.host().as_str(), "localhost" | "127.0.0.1");
        if origin.scheme() != "http" || !is_here {
            return Err(EndpointFault::NotLocal.into());
        }
        Ok(Self {
            kind: Kind::LocalTest,
            origin: origin.to_string(),
        })
    }

    fn azure(kind: EndpointKind, name: &str, position: usize) -> Result<Self, EndpointError> {
        let wrong = |index, fault| {
            let position = position + index;
            Err(EndpointFault::Host { position, fault }.into())
        };
        for (index, character) in name.char_indices() {
            if character == '*' {
                let position = position + index;
                return Err(EndpointFault::Wildcard { position }.into());
            }
            if !character.is_ascii_alphanumeric() && character != '-' {
                let hint = if character == '.' {
                    ": write the name, not the host"
                } else {
                    ""
                };
                let shown = character.escape_default();
                let holds = "it may contain only letters, digits and hyphens";
                return wrong(index, format!("`{shown}` in a {kind} name; {holds}{hint}"));
            }
        }
        if !(2..=63).contains(&name.len()) {
            let length = name.len();
            let fault = format!("{kind} name is {length} characters long; it must have 2 to 63");
            return wrong(0, fault);
        }
        if let Some(fault) = hyphen(name) {
            return wrong(0, fault);
        }
        let name = name.to_ascii_lowercase();
        let suffix = AZURE
            .iter()
            .find(|row| row.0 == kind)
            .map_or("", |row| row.2);
        Ok(Self {
            origin: format!("https://{name}{suffix}"),
            kind: Kind::Azure(kind, name),
        })
    }

    /// Scheme, host and, where it is not the scheme's own, port.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The source for `connect-src`: the origin and the one path under which the SDK calls.
    pub fn connect_source(&self) -> String {
        format!("{}/face/", self.origin)
    }

    /// Whether this is [`Endpoint::local_test`], which doesn't belong in production.
    pub const fn is_local_test(&self) -> bool {
        matches!(self.kind, Kind::LocalTest)
    }
}

impl fmt::Display for Endpoint {
    /// The short form where there is one, the origin for a proxy.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Azure(kind, name) => {
                let prefix = AZURE
                    .iter()
                    .find(|row| row.0 == *kind)
                    .map_or("", |row| row.1);
                write!(f, "{prefix}{name}")
            }
            Kind::Proxy => f.write_str(&self.origin),
            Kind::LocalTest => write!(f, "{LOCAL_TEST}{}", self.origin),
        }
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    /// Reads one of the text forms.
    ///
    /// # Errors
    /// * anything that the constructor of that form refuses
    /// * none of the forms: `"contoso"`
    fn from_str(text: &str) -> Result<Self, EndpointError> {
        for (kind, prefix, _) in AZURE {
            if let Some(name) = text.strip_prefix(prefix) {
                return Self::azure(kind, name, prefix.len());
            }
        }
        if let Some(url) = text.strip_prefix(LOCAL_TEST) {
            return Self::local_test(url);
        }
        match text.find("://") {
            Some(_) => Self::proxy(text),
            // A URL without a scheme may hold a password too.
            None if text.contains('@') => Err(UrlError::user_info().into()),
            None => {
                let text = foreign::word(text);
                Err(EndpointFault::Form { text }.into())
            }
        }
    }
}

/// Reads an origin that one `/` may follow.
fn origin(url: &str) -> Result<Origin, EndpointError> {
    if let Some(position) = url.find('*') {
        return Err(EndpointFault::Wildcard { position }.into());
    }
    let is_slash = |url: &str| url.matches('/').count() == 3;
    let bare = url.strip_suffix('/').filter(|_| is_slash(url));
    Ok(bare.unwrap_or(url).parse()?)
}

/// What is wrong with the host of a proxy, which a certificate and a policy have to name.
fn check_host(host: &Host) -> Result<(), String> {
    let name = host.as_str();
    let fault = if host.address().is_some() {
        "the host is an IP address; give a name, a Content Security Policy matches no address but 127.0.0.1"
    } else if name.contains('_') {
        "`_` in a host; a Content Security Policy can't name it, give it another name"
    } else if name.ends_with('.') {
        "the host ends with a dot; remove it"
    } else {
        return match name.split('.').find_map(hyphen) {
            Some(fault) => Err(fault),
            None => Ok(()),
        };
    };
    Err(fault.to_owned())
}

fn hyphen(label: &str) -> Option<String> {
    (label.starts_with('-') || label.ends_with('-')).then(|| {
        let label = foreign::word(label);
        format!("`{label}` begins or ends with a hyphen, which no host name may")
    })
}

#[cfg(feature = "serde")]
mod serde_impl {
    crate::serde_text::as_text!(
        super::Endpoint,
        "an endpoint such as `resource:contoso` or a URL"
    );
}
