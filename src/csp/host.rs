//! Host sources and scheme sources, by the grammar of the standard.

use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

use super::keyword::{directive_without_semicolon, is_unquoted_keyword};
use super::{CspError, CspFault};
use crate::foreign;
use crate::url::{self, Authority};

/// A scheme source: `https:`, `data:`, `blob:`. It admits every URL with that scheme.
///
/// ```
/// use tower_visor::csp::SchemeSource;
///
/// let data: SchemeSource = "data:".parse()?;
/// assert_eq!(data.scheme(), "data");
/// assert_eq!(SchemeSource::BLOB.to_string(), "blob:");
/// assert_eq!(
///     "data:image/png".parse::<SchemeSource>().unwrap_err().to_string(),
///     "byte 5: `data:image/png` is neither a scheme nor a host: write `data:` or `data://` and a host",
/// );
/// # Ok::<(), tower_visor::csp::CspError>(())
/// ```
///
/// Specification: [CSP3, section 2.3.1,
/// `scheme-source`](https://w3c.github.io/webappsec-csp/#grammardef-scheme-source).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SchemeSource(Scheme);

/// A known scheme needs no allocation, so the common ones can be constants.
type Scheme = std::borrow::Cow<'static, str>;

impl SchemeSource {
    /// `https:`: every host over TLS.
    pub const HTTPS: Self = Self(Scheme::Borrowed("https"));
    /// `http:`: every host, including over TLS (browsers match the upgrade).
    pub const HTTP: Self = Self(Scheme::Borrowed("http"));
    /// `wss:`: web sockets to every host.
    pub const WSS: Self = Self(Scheme::Borrowed("wss"));
    /// `data:`: content inside the URL itself.
    pub const DATA: Self = Self(Scheme::Borrowed("data"));
    /// `blob:`: content that the page made itself.
    pub const BLOB: Self = Self(Scheme::Borrowed("blob"));

    /// The scheme, in lower case, without the colon.
    pub fn scheme(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SchemeSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.0)
    }
}

impl FromStr for SchemeSource {
    type Err = CspError;

    /// Reads a scheme and its colon. Upper case is accepted, and written in lower case.
    ///
    /// # Errors
    /// * `""`, `"https"`, `"example.com"`: no colon
    /// * `"0https:"`, `"+:"`: not a scheme
    /// * `"data:image/png"`, `"https://example.com"`: something after the colon
    fn from_str(text: &str) -> Result<Self, CspError> {
        let Some((scheme, rest)) = text.split_once(':') else {
            return Err(CspError::from(CspFault::Empty {
                expected: "a scheme and a colon, for example `https:`",
            })
            .at(text.len()));
        };
        let scheme = parse_scheme(scheme)?;
        if rest.is_empty() {
            return Ok(Self(Scheme::Owned(scheme)));
        }
        Err(CspError::from(CspFault::NotASource {
            text: foreign::word(text),
            scheme: foreign::word(&scheme),
        })
        .at(scheme.len() + 1))
    }
}

/// A host source: `https://cdn.example.com/app.js`, `*.example.com:*`, `*`.
///
/// Host and scheme are kept in lower case; the path keeps its case. A path that ends in a slash
/// admits everything below it, any other path one file; after a redirect browsers don't compare paths at all.
///
/// ```
/// use tower_visor::csp::{HostSource, HostPattern, PortPattern};
///
/// let source: HostSource = "https://*.Example.com:8443/app.js".parse()?;
/// assert_eq!(source.scheme(), Some("https"));
/// assert_eq!(source.host(), &HostPattern::Subdomains("example.com".into()));
/// assert_eq!(source.port(), Some(PortPattern::Number(8443)));
/// assert_eq!(source.path(), Some("/app.js"));
/// assert_eq!(source.to_string(), "https://*.example.com:8443/app.js");
///
/// let unquoted = "self".parse::<HostSource>().unwrap_err();
/// assert_eq!(unquoted.to_string(), "byte 0: `self` must be quoted: write `'self'`");
/// # Ok::<(), tower_visor::csp::CspError>(())
/// ```
///
/// Specification: [CSP3, section 2.3.1,
/// `host-source`](https://w3c.github.io/webappsec-csp/#grammardef-host-source).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostSource {
    scheme: Option<String>,
    host: HostPattern,
    port: Option<PortPattern>,
    path: Option<String>,
}

/// The host part of a [`HostSource`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_enums)] // the grammar has these three
pub enum HostPattern {
    /// `*`: every host.
    Any,
    /// `*.example.com`: every host below it, not itself. Holds `example.com`.
    Subdomains(String),
    /// `example.com`: this host.
    Exact(String),
}

/// The port part of a [`HostSource`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_enums)] // the grammar has these two
pub enum PortPattern {
    /// `:*`: every port.
    Any,
    /// `:443`: this port, 1 to 65535; browsers read 0 as well.
    Number(u16),
}

impl HostSource {
    /// The scheme, in lower case; `None` takes the page's own, or its upgrade to TLS.
    pub fn scheme(&self) -> Option<&str> {
        self.scheme.as_deref()
    }

    /// The host.
    pub const fn host(&self) -> &HostPattern {
        &self.host
    }

    /// The port; `None` takes the scheme's default port.
    pub const fn port(&self) -> Option<PortPattern> {
        self.port
    }

    /// The path as written, with its leading slash; `None` takes every path.
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// Whether it admits more than one host.
    pub const fn is_wildcard(&self) -> bool {
        !matches!(self.host, HostPattern::Exact(_))
    }

    /// Whether the host is an IPv4 address. By the standard, browsers match 127.0.0.1 and no other
    /// address; IPv6 addresses can't be written at all.
    pub fn is_ip(&self) -> bool {
        matches!(&self.host, HostPattern::Exact(host) if host.parse::<Ipv4Addr>().is_ok())
    }

    /// Whether the standard lets this source match anything: false for an IPv4 address other than
    /// 127.0.0.1.
    pub fn can_match(&self) -> bool {
        !self.is_ip() || matches!(&self.host, HostPattern::Exact(host) if host == "127.0.0.1")
    }
}

impl fmt::Display for HostSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(scheme) = &self.scheme {
            write!(f, "{scheme}://")?;
        }
        write!(f, "{}", self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        f.write_str(self.path.as_deref().unwrap_or_default())
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Subdomains(host) => write!(f, "*.{host}"),
            Self::Exact(host) => f.write_str(host),
        }
    }
}

impl fmt::Display for PortPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Number(port) => write!(f, "{port}"),
        }
    }
}

impl FromStr for HostSource {
    type Err = CspError;

    /// Reads a host source strictly.
    ///
    /// # Errors
    /// * `"self"`, `"nonce-abc"`: a keyword, nonce or hash without its quotes
    /// * `"object-src"`: a directive whose semicolon was forgotten
    /// * `"//example.com"`: no scheme before the slashes
    /// * `"www.*.com"`, `"*example.com"`: a wildcard anywhere but at the very left
    /// * `"exa_mple.com"`, `"[::1]"`, `"user@example.com"`, a host that isn't ASCII
    /// * `"example.com:0"`, `"example.com:65536"`, `"example.com:80:80"`
    /// * `"example.com/a?b"`, `"example.com/#f"`: a query or a fragment
    /// * `"example.com/a;b"`, `"example.com/a,b"`: write `%3B` and `%2C`
    fn from_str(text: &str) -> Result<Self, CspError> {
        if text.is_empty() {
            return Err(CspError::from(CspFault::Empty {
                expected: "a host, for example `https://example.com`",
            })
            .at(0));
        }
        if is_unquoted_keyword(text) {
            return Err(CspError::from(CspFault::NotQuoted {
                text: foreign::word(text),
            })
            .at(0));
        }
        if let Some(name) = directive_without_semicolon(text) {
            return Err(CspError::from(CspFault::MissingSemicolon { name }).at(0));
        }
        // No server has the port 0.
        Self::read_from_port(1, text)
    }
}

impl HostSource {
    /// Reads the grammar, in which a bare keyword is a host and 0 a port.
    pub(super) fn read(text: &str) -> Result<Self, CspError> {
        Self::read_from_port(0, text)
    }

    fn read_from_port(lowest: u16, text: &str) -> Result<Self, CspError> {
        if text.starts_with("//") {
            return Err(CspError::from(CspFault::NoScheme).at(0));
        }
        let (scheme, start) = match text.split_once("://") {
            // A colon and two slashes may also stand inside a path.
            Some((scheme, _)) if !scheme.contains('/') => {
                (Some(parse_scheme(scheme)?), scheme.len() + 3)
            }
            _ => (None, 0),
        };
        let rest = text.get(start..).unwrap_or_default();
        let authority_len = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(authority_len);
        let authority = Authority::split(authority);
        let fault = |fault: CspFault, at: usize| CspError::from(fault).at(start + at);
        let host = authority.host;
        if authority.has_user {
            return Err(fault(CspFault::UserInfo, 0));
        }
        if host.starts_with('[') {
            return Err(fault(CspFault::Ipv6, 0));
        }
        if host.is_empty() {
            let missing = match scheme {
                Some(scheme) => CspFault::NoHost { scheme },
                None => CspFault::Empty {
                    expected: "a host in front, for example `https://example.com`",
                },
            };
            return Err(fault(missing, 0));
        }
        let port = match authority.port {
            None => None,
            Some("*") => Some(PortPattern::Any),
            Some(port) => {
                // `data:image/png`, `mailto:somebody`: meant as a scheme, with too much behind it.
                let is_text = scheme.is_none() && !looks_like_port(port);
                let wrong = || match url::scheme(host).filter(|_| is_text) {
                    Some(scheme) => CspFault::NotASource {
                        text: foreign::word(text),
                        scheme,
                    },
                    None => CspFault::BadPort {
                        text: foreign::word(port),
                    },
                };
                let number = url::port(port).filter(|port| *port >= lowest);
                let number = number.ok_or_else(|| fault(wrong(), authority.port_at()))?;
                Some(PortPattern::Number(number))
            }
        };
        let host = parse_host(host).map_err(|error| error.shifted(start))?;
        let path = match tail {
            "" => None,
            tail => {
                check_path(tail).map_err(|error| error.shifted(start + authority_len))?;
                Some(tail.to_owned())
            }
        };
        Ok(Self {
            scheme,
            host,
            port,
            path,
        })
    }
}

/// A scheme, in lower case.
fn parse_scheme(text: &str) -> Result<String, CspError> {
    let bad = || CspFault::BadScheme {
        text: foreign::word(text),
    };
    url::scheme(text).ok_or_else(|| CspError::from(bad()).at(0))
}

/// Whether the text behind a colon was meant as a port.
fn looks_like_port(text: &str) -> bool {
    text.is_empty()
        || text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '*' | '-' | '+'))
}

fn parse_host(text: &str) -> Result<HostPattern, CspError> {
    if text == "*" {
        return Ok(HostPattern::Any);
    }
    let (wildcard, name) = match text.strip_prefix("*.") {
        Some(name) => (2, name),
        None => (0, text),
    };
    for (position, character) in name.char_indices() {
        let fault = match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '.' => continue,
            '*' => CspFault::BadWildcard,
            _ => CspFault::BadCharacter {
                character,
                part: "a host",
                fix: match character {
                    '_' => "browsers drop the whole source, so the host needs another name",
                    ';' | ',' => "it would begin another directive or policy",
                    '\'' | '"' => "write the host without quotes",
                    c if c.is_whitespace() || c.is_control() => {
                        "a source can't contain white space"
                    }
                    c if !c.is_ascii() => {
                        "write an international name in its ASCII form (punycode, `xn--...`)"
                    }
                    _ => "a host holds letters, digits, `-` and `.`",
                },
            },
        };
        return Err(CspError::from(fault).at(wildcard + position));
    }
    // One dot at the very end is the root, and allowed.
    let labels = name.strip_suffix('.').unwrap_or(name);
    let mut position = wildcard;
    for label in labels.split('.') {
        if label.is_empty() {
            return Err(CspError::from(CspFault::EmptyLabel).at(position));
        }
        position += label.len() + 1;
    }
    let name = name.to_ascii_lowercase();
    Ok(if wildcard > 0 {
        HostPattern::Subdomains(name)
    } else {
        HostPattern::Exact(name)
    })
}

/// Checks a path that begins at its slash (or at `?`, `#` when there is none).
///
/// Specification: [RFC 3986, section 3.3, `path-absolute`](https://www.rfc-editor.org/rfc/rfc3986#section-3.3)
/// without `;` and `,`.
fn check_path(path: &str) -> Result<(), CspError> {
    if path.starts_with("//") {
        return Err(CspError::from(CspFault::DoubleSlash).at(1));
    }
    for (position, character) in path.char_indices() {
        let fault = match character {
            // Browsers would look for the very character.
            '*' => CspFault::BadCharacter {
                character,
                part: "a path",
                fix: "browsers read no wildcard there: a folder ends in a slash, and the character is written `%2A`",
            },
            c if is_path_character(c) => continue,
            '%' if url::is_encoded(path, position) => continue,
            '%' => CspFault::BadPercent,
            '?' | '#' => CspFault::QueryOrFragment { mark: character },
            _ => CspFault::BadCharacter {
                character,
                part: "a path",
                fix: match character {
                    ';' => "write it as `%3B`",
                    ',' => "write it as `%2C`",
                    ' ' => "write it as `%20`",
                    c if !c.is_ascii() => "write the bytes of its UTF-8 as `%` and two digits each",
                    _ => "write it as `%` and two hexadecimal digits",
                },
            },
        };
        return Err(CspError::from(fault).at(position));
    }
    Ok(())
}

pub(super) fn is_path_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-._~!$&'()*+=:@/".contains(character)
}

#[cfg(feature = "serde")]
mod serde_impl {
    crate::serde_text::as_text!(super::SchemeSource, "a scheme source such as `https:`");
    crate::serde_text::as_text!(
        super::HostSource,
        "a host source such as `https://example.com`"
    );
}
