//! Sets of URLs that source expressions stand for: does one hold another, what have two in common.

use std::fmt;

use super::effective::SourceExpression;
use super::matching::{host_matches, path_matches};
use super::url::default_port;
use super::{DirectiveName, HostPattern, HostSource, Origin, PortPattern};

/// The URLs that a source of a list admits, with `'self'`, `*` and missing schemes written out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Reach {
    scheme: String,
    /// `None`: every host, as of a scheme source.
    host: Option<HostPattern>,
    port: Option<PortPattern>,
    path: String,
    /// How the policy wrote it.
    label: String,
}

impl Reach {
    /// What a source admits, for what `directive` governs; nothing if it isn't matched against
    /// URLs.
    pub(super) fn of(
        source: &SourceExpression,
        directive: DirectiveName,
        origin: &Origin,
    ) -> Vec<Self> {
        let label = source.to_string();
        let scheme = |scheme: &str| Self::of_scheme(scheme, &label);
        let own = |scheme: &str| Self {
            host: Some(HostPattern::Exact(origin.host().to_owned())),
            port: origin.port().map(PortPattern::Number),
            ..Self::of_scheme(scheme, &label)
        };
        match source {
            SourceExpression::Any => {
                // `http:` and `ws:` hold their upgrades.
                let mut all = vec![scheme("http"), scheme("ws")];
                if !matches!(origin.scheme(), "http" | "https" | "ws" | "wss") {
                    all.push(scheme(origin.scheme()));
                }
                all
            }
            SourceExpression::Scheme(source) => vec![scheme(source.scheme())],
            SourceExpression::Host(source) => vec![Self::of_host(source, &label, origin)],
            SourceExpression::SelfOrigin => {
                let mut all = vec![own(origin.scheme())];
                // Web sockets of the page's own host count as `'self'` (CSP3, section 6.7.2.8,
                // step 4), and nothing but `connect-src` fetches any.
                if directive == DirectiveName::ConnectSrc {
                    match origin.scheme() {
                        "http" => all.push(own("ws")),
                        "https" => all.push(own("wss")),
                        _ => {}
                    }
                }
                all
            }
            _ => Vec::new(),
        }
    }

    fn of_scheme(scheme: &str, label: &str) -> Self {
        Self {
            scheme: scheme.to_owned(),
            host: None,
            port: None,
            path: String::new(),
            label: label.to_owned(),
        }
    }

    fn of_host(source: &HostSource, label: &str, origin: &Origin) -> Self {
        Self {
            scheme: source.scheme().unwrap_or(origin.scheme()).to_owned(),
            host: Some(source.host().clone()),
            port: source.port(),
            path: source.path().unwrap_or_default().to_owned(),
            label: label.to_owned(),
        }
    }

    /// Whether every URL of `other` is one of these.
    ///
    /// [Embedded Enforcement, "does source expression A subsume source expression B"](https://w3c.github.io/webappsec-csp/embedded/#subsume-source-expressions),
    /// as Chromium does it; a port is upgraded with its scheme only.
    pub(super) fn holds(&self, other: &Self) -> bool {
        // Step 2.1.
        if !scheme_holds(&self.scheme, &other.scheme) {
            return false;
        }
        // Step 2.2.
        let (Some(host), Some(other_host)) = (&self.host, &other.host) else {
            return self.host.is_none();
        };
        // Steps 2.3 and 2.4.
        pattern_holds(host, other_host)
            // Steps 2.5 and 2.6.
            && self.port_holds(other)
            // Step 2.7.
            && path_matches(&self.path, &other.path)
    }

    /// What two have in common, or a little more; `None` when it is nothing.
    ///
    /// [Embedded Enforcement, "intersection of two expressions"](https://w3c.github.io/webappsec-csp/embedded/#intersection-source-expressions).
    pub(super) fn intersection(&self, other: &Self) -> Option<Self> {
        let mut scheme = if scheme_holds(&self.scheme, &other.scheme) {
            other.scheme.as_str()
        } else if scheme_holds(&other.scheme, &self.scheme) {
            self.scheme.as_str()
        } else {
            return None;
        };
        let (host, port, path) = match (&self.host, &other.host) {
            (None, _) => (&other.host, other.port, &other.path),
            (_, None) => (&self.host, self.port, &self.path),
            (Some(a), Some(b)) => {
                let host = if pattern_holds(a, b) {
                    &other.host
                } else if pattern_holds(b, a) {
                    &self.host
                } else {
                    return None;
                };
                let ours = scheme == other.scheme && self.port_holds(other);
                let theirs = scheme == self.scheme && other.port_holds(self);
                let port = match (self.port, other.port) {
                    (port, Some(PortPattern::Any)) | (Some(PortPattern::Any), port) => port,
                    (Some(_), None) if theirs => self.port,
                    _ if ours => other.port,
                    _ if theirs => self.port,
                    // `http://example.com` and `http://example.com:443` meet after an upgrade.
                    _ if self.can_be_443() && other.can_be_443() => {
                        scheme = over_tls(scheme);
                        Some(PortPattern::Number(443))
                    }
                    _ => return None,
                };
                let path = if path_matches(&self.path, &other.path) {
                    &other.path
                } else if path_matches(&other.path, &self.path) {
                    &self.path
                } else {
                    return None;
                };
                (host, port, path)
            }
        };
        let mut common = Self {
            scheme: scheme.to_owned(),
            host: host.clone(),
            port,
            path: path.clone(),
            label: String::new(),
        };
        common.label = if common.admits_as(other) {
            other.label.clone()
        } else if common.admits_as(self) {
            self.label.clone()
        } else {
            common.to_string()
        };
        Some(common)
    }

    /// How the policy wrote it, or what is left of it between several policies.
    pub(super) fn label(&self) -> &str {
        &self.label
    }

    fn admits_as(&self, other: &Self) -> bool {
        (&self.scheme, &self.host, self.port, &self.path)
            == (&other.scheme, &other.host, other.port, &other.path)
    }

    /// Whether it matches port 443 over TLS.
    fn can_be_443(&self) -> bool {
        match self.port {
            None => matches!(self.scheme.as_str(), "http" | "https" | "ws" | "wss"),
            Some(PortPattern::Any | PortPattern::Number(443)) => true,
            Some(PortPattern::Number(port)) => {
                port == 80 && matches!(self.scheme.as_str(), "http" | "ws")
            }
        }
    }

    fn port_holds(&self, other: &Self) -> bool {
        let upgraded = self.scheme != other.scheme;
        let theirs = match other.port {
            Some(PortPattern::Any) => return self.port == Some(PortPattern::Any),
            Some(PortPattern::Number(port)) => Some(port),
            None => default_port(&other.scheme),
        };
        match self.port {
            Some(PortPattern::Any) => true,
            None if other.port.is_none() => true,
            None => theirs == default_port(&other.scheme),
            Some(PortPattern::Number(port)) => {
                theirs == Some(port) || upgraded && port == 80 && theirs == Some(443)
            }
        }
    }
}

/// Whether a source of the first scheme admits all that one of the second does. Narrower than the
/// matching of single URLs: what browsers disagree on doesn't count.
fn scheme_holds(a: &str, b: &str) -> bool {
    a == b || matches!((a, b), ("http", "https") | ("ws", "wss"))
}

fn over_tls(scheme: &str) -> &str {
    match scheme {
        "http" => "https",
        "ws" => "wss",
        other => other,
    }
}

fn pattern_holds(a: &HostPattern, b: &HostPattern) -> bool {
    match b {
        HostPattern::Any => *a == HostPattern::Any,
        HostPattern::Exact(host) => host_matches(a, host),
        HostPattern::Subdomains(host) => match a {
            HostPattern::Any => true,
            HostPattern::Exact(_) => false,
            HostPattern::Subdomains(own) => own == host || host_matches(a, host),
        },
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(host) = &self.host else {
            return write!(f, "{}:", self.scheme);
        };
        write!(f, "{}://{host}", self.scheme)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        f.write_str(&self.path)
    }
}
