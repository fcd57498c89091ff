//! Absolute URLs and origins: as much of a URL as a policy is matched against.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use super::host::{is_percent_encoded, parse_port_number, parse_scheme};
use super::{CspError, CspFault};
use crate::foreign;

/// An origin: scheme, host and port, such as `https://example.com` or `http://localhost:3000`.
///
/// ```
/// use tower_visor::csp::Origin;
///
/// let origin: Origin = "HTTPS://Example.com:443".parse()?;
/// assert_eq!(origin.to_string(), "https://example.com");
/// assert_eq!(origin.port(), Some(443));
/// assert!(!origin.is_local());
/// assert!("http://[::1]:8080".parse::<Origin>()?.is_local());
/// assert_eq!(
///     "https://example.com/app".parse::<Origin>().unwrap_err().to_string(),
///     "byte 19: an origin has no path; remove `/app`",
/// );
/// # Ok::<(), tower_visor::csp::CspError>(())
/// ```
///
/// Specification: [HTML, origin](https://html.spec.whatwg.org/multipage/browsers.html#concept-origin).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    scheme: String,
    /// In lower case; an IPv6 address in its brackets.
    host: String,
    /// Never the scheme's default port, so that equal origins are equal.
    port: Option<u16>,
}

impl Origin {
    /// The scheme, in lower case.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The host, in lower case; an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, or the scheme's default port; `None` for a scheme that has none.
    pub fn port(&self) -> Option<u16> {
        self.port.or_else(|| default_port(&self.scheme))
    }

    /// Whether the port is the scheme's default port.
    pub fn has_default_port(&self) -> bool {
        self.port.is_none()
    }

    /// Whether a browser can't have been told to use TLS only for it: `localhost`, a name below
    /// it, or an IP address.
    ///
    /// Such hosts get no `Strict-Transport-Security` (browsers ignore it for addresses, and on
    /// localhost it would break every other development server) and no
    /// `upgrade-insecure-requests`.
    pub fn is_local(&self) -> bool {
        let host = self.host.strip_suffix('.').unwrap_or(&self.host);
        host == "localhost"
            || host.ends_with(".localhost")
            || host.starts_with('[')
            || host.parse::<Ipv4Addr>().is_ok()
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Origin {
    type Err = CspError;

    /// Reads an origin. Upper case is taken, and a default port; both are written in the usual way.
    ///
    /// # Errors
    /// * `"example.com"`: no scheme
    /// * `"https://example.com/"`: a path, be it only a slash
    /// * `"data:,x"`, `"https://"`: no host
    /// * all that [`Url`] refuses in a host or a port
    fn from_str(text: &str) -> Result<Self, CspError> {
        let url: Url = text.parse()?;
        let tail = text
            .split_once("://")
            .and_then(|(scheme, rest)| Some((scheme.len() + 3, rest, rest.find(['/', '?', '#'])?)));
        match (url.origin, tail) {
            (Some(origin), None) => Ok(origin),
            (Some(_), Some((start, rest, length))) => Err(CspError::from(CspFault::PathInOrigin {
                text: foreign::word(rest.get(length..).unwrap_or_default()),
            })
            .at(start + length)),
            (None, _) => Err(CspError::from(CspFault::NoHost { scheme: url.scheme })
                .at(text.find(':').unwrap_or(0))),
        }
    }
}

/// An absolute URL, split for matching against sources.
///
/// The fragment is dropped. The query is kept, as it is part of what a browser asks for, of what an
/// import map names and of what equality means; no source is compared with it. `.` and `..` in a
/// path are resolved as browsers do before they fetch. Without a host (`data:`, `blob:`, `about:`)
/// there is no origin, and only scheme sources can match.
///
/// ```
/// use tower_visor::csp::Url;
///
/// let url: Url = "https://cdn.example.com:8443/a/../app.js?v=3#top".parse()?;
/// assert_eq!(url.scheme(), "https");
/// assert_eq!(url.origin().map(ToString::to_string).as_deref(), Some("https://cdn.example.com:8443"));
/// assert_eq!(url.path(), "/app.js");
/// assert_eq!(url.query(), Some("v=3"));
/// assert_eq!(url.to_string(), "https://cdn.example.com:8443/app.js?v=3");
///
/// let inline: Url = "data:image/png;base64,AAAA".parse()?;
/// assert_eq!(inline.origin(), None);
/// # Ok::<(), tower_visor::csp::CspError>(())
/// ```
///
/// Specification: [URL](https://url.spec.whatwg.org/#url-parsing), of which this reads absolute
/// URLs in ASCII.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Url {
    scheme: String,
    origin: Option<Origin>,
    path: String,
    /// Without its question mark.
    query: Option<String>,
}

impl Url {
    /// The scheme, in lower case.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// Scheme, host and port; `None` for a URL without a host. (The origin that a `blob:` URL
    /// carries inside is no part of matching and not read.)
    pub const fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// The host, in lower case; `None` for a URL without one.
    pub fn host(&self) -> Option<&str> {
        self.origin().map(Origin::host)
    }

    /// The port, or the scheme's default port.
    pub fn port(&self) -> Option<u16> {
        self.origin().and_then(Origin::port)
    }

    /// The path, percent-encoded as written; it begins with a slash where there is a host, and is
    /// all behind the colon where there is none.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What stands behind the question mark, as written; `None` without one.
    pub fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }

    /// The same without its query: as much as a source can name, and without what may be a
    /// credential.
    #[must_use]
    pub fn without_query(&self) -> Self {
        self.with_query(None)
    }

    pub(super) fn with_query(&self, query: Option<String>) -> Self {
        Self {
            scheme: self.scheme.clone(),
            origin: self.origin.clone(),
            path: self.path.clone(),
            query,
        }
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Some(origin) => write!(f, "{origin}{}", self.path)?,
            // The slashes keep the path from being read as a host.
            None if self.path.starts_with("//") => write!(f, "{}://{}", self.scheme, self.path)?,
            None => write!(f, "{}:{}", self.scheme, self.path)?,
        }
        match &self.query {
            Some(query) => write!(f, "?{query}"),
            None => Ok(()),
        }
    }
}

impl From<Origin> for Url {
    /// The root of the origin.
    fn from(origin: Origin) -> Self {
        Self {
            scheme: origin.scheme.clone(),
            origin: Some(origin),
            path: String::from("/"),
            query: None,
        }
    }
}

impl FromStr for Url {
    type Err = CspError;

    /// Reads an absolute URL.
    ///
    /// # Errors
    /// * `""`, `"/app.js"`, `"//example.com"`, `"example.com"`: not absolute
    /// * `"https:///x"`, `"https:x"`: no host
    /// * `"https://user@example.com"`: user names
    /// * `"https://example.com:0"`, `"https://example.com:x"`: no port
    /// * a host or path that isn't printable ASCII; `%` without two hexadecimal digits
    /// * `"https://0x7f.1/"`: a host that ends in a number but is no plain IPv4 address
    fn from_str(text: &str) -> Result<Self, CspError> {
        for (position, character) in text.char_indices() {
            if !character.is_ascii_graphic() {
                return Err(CspError::from(CspFault::BadCharacter {
                    character,
                    part: "a URL",
                    fix: if character.is_ascii() {
                        "write it as `%` and two hexadecimal digits"
                    } else {
                        "write hosts in punycode (`xn--...`) and the rest percent-encoded"
                    },
                })
                .at(position));
            }
        }
        let relative = || {
            CspError::from(CspFault::RelativeUrl {
                text: foreign::word(text),
            })
            .at(0)
        };
        let (scheme, rest) = text.split_once(':').ok_or_else(relative)?;
        let start = scheme.len() + 1;
        let scheme = parse_scheme(scheme).map_err(|_| relative())?;
        let Some(rest) = rest.strip_prefix("//") else {
            if default_port(&scheme).is_some() {
                return Err(CspError::from(CspFault::NoHost { scheme }).at(start));
            }
            // `example.com:8080` would read as a scheme; no scheme in use holds a dot.
            if scheme.contains('.') || rest.is_empty() {
                return Err(relative());
            }
            let (path, query) = split_query(rest);
            return Ok(Self {
                scheme,
                origin: None,
                path: path.to_owned(),
                query,
            });
        };
        let start = start + 2;
        let length = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(length);
        let origin = match authority {
            "" if default_port(&scheme).is_some() => {
                return Err(CspError::from(CspFault::NoHost { scheme }).at(start));
            }
            // `file:///etc/hosts`
            "" => None,
            authority => {
                Some(parse_authority(&scheme, authority).map_err(|error| error.shifted(start))?)
            }
        };
        let (path, query) = split_query(tail);
        if let Some(position) = path
            .bytes()
            .enumerate()
            .find(|(position, byte)| *byte == b'%' && !is_percent_encoded(path, *position))
            .map(|(position, _)| position)
        {
            return Err(CspError::from(CspFault::BadPercent).at(start + length + position));
        }
        Ok(Self {
            scheme,
            origin,
            path: resolve_dots(path),
            query,
        })
    }
}

/// The path, and the query without its question mark; the fragment is left out.
fn split_query(text: &str) -> (&str, Option<String>) {
    let text = text.split('#').next().unwrap_or_default();
    match text.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (text, None),
    }
}

fn parse_authority(scheme: &str, authority: &str) -> Result<Origin, CspError> {
    if authority.contains('@') {
        return Err(CspError::from(CspFault::UserInfo).at(0));
    }
    // The colons inside an IPv6 address end before its bracket.
    let inside = match (authority.starts_with('['), authority.rfind(']')) {
        (true, None) => authority.len(),
        (_, bracket) => bracket.unwrap_or(0),
    };
    let port_at = authority
        .get(inside..)
        .and_then(|rest| rest.find(':'))
        .map(|colon| inside + colon);
    let (host, port) = match port_at {
        Some(colon) => (
            authority.get(..colon).unwrap_or_default(),
            authority.get(colon + 1..),
        ),
        None => (authority, None),
    };
    let port = match port {
        // A colon with nothing behind it is the default port (URL standard, port state).
        None | Some("") => None,
        Some(port) => Some(
            parse_port_number(port)
                .map_err(|fault| CspError::from(fault).at(authority.len() - port.len()))?,
        ),
    };
    Ok(Origin {
        host: parse_url_host(scheme, host)?,
        port: port.filter(|port| default_port(scheme) != Some(*port)),
        scheme: scheme.to_owned(),
    })
}

fn parse_url_host(scheme: &str, host: &str) -> Result<String, CspError> {
    if host.is_empty() {
        return Err(CspError::from(CspFault::NoHost {
            scheme: scheme.to_owned(),
        })
        .at(0));
    }
    if let Some(inside) = host.strip_prefix('[') {
        return match inside.strip_suffix(']').map(str::parse::<Ipv6Addr>) {
            Some(Ok(address)) => Ok(format!("[{address}]")),
            _ => Err(CspError::from(CspFault::BadCharacter {
                character: '[',
                part: "a host",
                fix: "write an IPv6 address in brackets, for example `[::1]`",
            })
            .at(0)),
        };
    }
    // URL standard, "forbidden domain code points".
    if let Some((position, character)) = host.char_indices().find(|(_, c)| {
        matches!(
            c,
            '%' | '<' | '>' | '\\' | ']' | '[' | '^' | '|' | '"' | '`' | '{' | '}' | '*'
        )
    }) {
        return Err(CspError::from(CspFault::BadCharacter {
            character,
            part: "a host",
            fix: "a host holds letters, digits, `-` and `.`",
        })
        .at(position));
    }
    let name = host.strip_suffix('.').unwrap_or(host);
    let mut position = 0;
    for label in name.split('.') {
        if label.is_empty() {
            return Err(CspError::from(CspFault::EmptyLabel).at(position));
        }
        position += label.len() + 1;
    }
    // URL standard, "ends in a number": such a host is an IPv4 address or nothing.
    let last = name.rsplit('.').next().unwrap_or_default();
    let number = last.bytes().all(|byte| byte.is_ascii_digit())
        || last.len() > 1 && (last.starts_with("0x") || last.starts_with("0X"));
    if number && name.parse::<Ipv4Addr>().is_err() {
        return Err(CspError::from(CspFault::BadIpv4 {
            text: foreign::word(host),
        })
        .at(0));
    }
    Ok(host.to_ascii_lowercase())
}

/// The port that a scheme means when none is written; `None` for schemes without one.
pub(super) fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        "ftp" => Some(21),
        _ => None,
    }
}

/// Resolves `.` and `..`, also percent-encoded, and gives an empty path its slash.
fn resolve_dots(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    let mut inside = path.strip_prefix('/').unwrap_or(path).split('/').peekable();
    while let Some(segment) = inside.next() {
        let last = inside.peek().is_none();
        match segment.to_ascii_lowercase().replace("%2e", ".").as_str() {
            ".." => {
                segments.pop();
                if last {
                    segments.push("");
                }
            }
            "." if last => segments.push(""),
            "." => {}
            _ => segments.push(segment),
        }
    }
    format!("/{}", segments.join("/"))
}

#[cfg(feature = "serde")]
mod serde_impl {
    crate::serde_text::as_text!(super::Origin, "an origin such as `https://example.com`");
    crate::serde_text::as_text!(
        super::Url,
        "an absolute URL such as `https://example.com/app.js`"
    );
}
