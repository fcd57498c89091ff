//! The one host that the SDK may talk to.

use std::fmt;
use std::str::FromStr;

use super::{EndpointKind, SdkError};
use crate::foreign;

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
/// | `https://face.contoso.example` | that host: a reverse proxy of one's own |
/// | `local-test:http://127.0.0.1:8080` | this machine, for tests |
///
/// A URL that names one of Azure's hosts gives the same endpoint as the short form. Names are
/// written in lower case whatever was given: hosts know no case.
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
/// # Ok::<(), tower_visor::sdk::SdkError>(())
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
    pub fn resource(name: &str) -> Result<Self, SdkError> {
        Self::azure(EndpointKind::Resource, name, 0)
    }

    /// A region of the public cloud: `westeurope` for
    /// `https://westeurope.api.cognitive.microsoft.com`. All resources of the region share this
    /// host; prefer [`Endpoint::resource`].
    ///
    /// # Errors
    /// As [`Endpoint::resource`].
    pub fn region(name: &str) -> Result<Self, SdkError> {
        Self::azure(EndpointKind::Region, name, 0)
    }

    /// A region of the government cloud: `virginia` for
    /// `https://virginia.api.cognitive.microsoft.us`, the only one that the SDK was seen to
    /// accept.
    ///
    /// # Errors
    /// As [`Endpoint::resource`].
    pub fn government(name: &str) -> Result<Self, SdkError> {
        Self::azure(EndpointKind::Government, name, 0)
    }

    /// A reverse proxy of one's own, for a resource with network isolation:
    /// `https://face.contoso.example`, with a port where it is not 443.
    ///
    /// # Errors
    /// * another scheme than https; a wildcard; a user name or password
    /// * a path, query or fragment (one `/` at the end is taken)
    /// * an empty, overlong or malformed host, an IP address, a bad port
    /// * one of Azure's domains without a resource in front
    pub fn proxy(url: &str) -> Result<Self, SdkError> {
        let Some(rest) = strip_prefix_ignoring_case(url, "https://") else {
            return Err(SdkError::EndpointNotHttps);
        };
        let position = url.len() - rest.len();
        let Authority { host, port } = Authority::read(rest, position)?;
        if let Some(port) = port.filter(|port| *port != 443) {
            return Ok(Self {
                kind: Kind::Proxy,
                origin: format!("https://{host}:{port}"),
            });
        }
        for (kind, _, suffix) in AZURE {
            if host == suffix.trim_start_matches('.') {
                return Err(SdkError::EndpointNoResource { host });
            }
            if let Some(name) = host.strip_suffix(suffix) {
                return Self::azure(kind, name, position);
            }
        }
        Ok(Self {
            kind: Kind::Proxy,
            origin: format!("https://{host}"),
        })
    }

    /// A stand-in for Azure on this machine, over plain http: for development and tests only.
    ///
    /// # Errors
    /// [`SdkError::EndpointNotLocal`] for any other host than `localhost` and `127.0.0.1`, or
    /// another scheme than http; and the faults of [`Endpoint::proxy`] in port and path.
    pub fn local_test(url: &str) -> Result<Self, SdkError> {
        let Some(rest) = strip_prefix_ignoring_case(url, "http://") else {
            return Err(SdkError::EndpointNotLocal);
        };
        if rest.contains('@') {
            return Err(SdkError::EndpointUserInfo);
        }
        let end = rest.find([':', '/', '?', '#']).unwrap_or(rest.len());
        let host = rest.get(..end).unwrap_or_default();
        if !host.eq_ignore_ascii_case("localhost") && host != "127.0.0.1" {
            return Err(SdkError::EndpointNotLocal);
        }
        let position = url.len() - rest.len() + end;
        let after = rest.get(end..).unwrap_or_default();
        let port = read_port(without_slash(after, position)?, position)?;
        let mut origin = format!("http://{}", host.to_ascii_lowercase());
        if let Some(port) = port.filter(|port| *port != 80) {
            origin = format!("{origin}:{port}");
        }
        Ok(Self {
            kind: Kind::LocalTest,
            origin,
        })
    }

    fn azure(kind: EndpointKind, name: &str, position: usize) -> Result<Self, SdkError> {
        for (index, character) in name.char_indices() {
            let position = position + index;
            if character == '*' {
                return Err(SdkError::EndpointWildcard { position });
            }
            if !character.is_ascii_alphanumeric() && character != '-' {
                return Err(SdkError::EndpointNameCharacter {
                    kind,
                    position,
                    character,
                });
            }
        }
        if !(2..=63).contains(&name.len()) {
            return Err(SdkError::EndpointNameLength {
                kind,
                length: name.len(),
            });
        }
        if name.starts_with('-') || name.ends_with('-') {
            return Err(SdkError::EndpointHyphen {
                position,
                text: foreign::word(name),
            });
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

    /// Whether this is [`Endpoint::local_test`], which has no place in production.
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
    type Err = SdkError;

    /// Reads one of the text forms.
    ///
    /// # Errors
    /// * what the constructor of that form refuses
    /// * [`SdkError::EndpointForm`] for anything else: `"contoso"`
    fn from_str(text: &str) -> Result<Self, SdkError> {
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
            // A URL without a scheme may hold a password too: it is not repeated.
            None if text.contains('@') => Err(SdkError::EndpointUserInfo),
            None => Err(SdkError::EndpointForm {
                text: foreign::word(text),
            }),
        }
    }
}

/// Host and port of a URL, checked.
struct Authority {
    /// In lower case.
    host: String,
    port: Option<u16>,
}

impl Authority {
    /// Reads what follows `https://`, which stands `position` bytes into the text.
    fn read(rest: &str, position: usize) -> Result<Self, SdkError> {
        if rest.contains('@') {
            return Err(SdkError::EndpointUserInfo);
        }
        if let Some(index) = rest.find('*') {
            return Err(SdkError::EndpointWildcard {
                position: position + index,
            });
        }
        let rest = without_slash(rest, position)?;
        if rest.starts_with('[') {
            return Err(SdkError::EndpointIpAddress { position });
        }
        let end = rest.find(':').unwrap_or(rest.len());
        let (host, port) = rest.split_at(end);
        check_host(host, position)?;
        Ok(Self {
            host: host.to_ascii_lowercase(),
            port: read_port(port, position + end)?,
        })
    }
}

/// Takes one `/` at the end; anything after it is a path, query or fragment.
fn without_slash(text: &str, position: usize) -> Result<&str, SdkError> {
    match text.find(['/', '?', '#', '\\']) {
        None => Ok(text),
        Some(index) if text.get(index..) == Some("/") => Ok(text.get(..index).unwrap_or_default()),
        Some(index) => Err(SdkError::EndpointTail {
            position: position + index,
        }),
    }
}

/// Reads nothing, or a colon and a port.
fn read_port(text: &str, position: usize) -> Result<Option<u16>, SdkError> {
    if text.is_empty() {
        return Ok(None);
    }
    let digits = text.strip_prefix(':').unwrap_or(text);
    let wrong = SdkError::EndpointPort {
        position: position + text.len() - digits.len(),
    };
    if digits.starts_with('0') || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong);
    }
    digits.parse().map(Some).map_err(|_| wrong)
}

fn check_host(host: &str, position: usize) -> Result<(), SdkError> {
    for (index, character) in host.char_indices() {
        if !character.is_ascii_alphanumeric() && !matches!(character, '-' | '.') {
            return Err(SdkError::EndpointHostCharacter {
                position: position + index,
                character,
            });
        }
    }
    if host.len() > 253 {
        return Err(SdkError::EndpointHostLength { position });
    }
    let mut offset = position;
    let mut last = "";
    for label in host.split('.') {
        if label.is_empty() {
            return Err(SdkError::EndpointHostEmpty { position: offset });
        }
        if label.len() > 63 {
            return Err(SdkError::EndpointHostLength { position: offset });
        }
        if label.starts_with('-') || label.ends_with('-') {
            return Err(SdkError::EndpointHyphen {
                position: offset,
                text: foreign::word(label),
            });
        }
        offset += label.len() + 1;
        last = label;
    }
    // The rule of the URL Standard: a host whose last label is a number is an IPv4 address, in
    // whichever of its spellings (https://url.spec.whatwg.org/#ends-in-a-number-checker).
    let hexadecimal = last
        .strip_prefix("0x")
        .or_else(|| last.strip_prefix("0X"))
        .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if hexadecimal || last.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(SdkError::EndpointIpAddress { position });
    }
    Ok(())
}

fn strip_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix)
        .then(|| text.get(prefix.len()..))
        .flatten()
}

#[cfg(feature = "serde")]
mod serde_impl {
    crate::serde_text::as_text!(
        super::Endpoint,
        "an endpoint such as `resource:contoso` or a URL"
    );
}
