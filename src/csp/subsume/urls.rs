//! Sets of URLs that source expressions stand for: does one hold another, what have two in common.

use std::collections::BTreeSet;
use std::fmt;

use crate::csp::effective::SourceExpression;
use crate::csp::matching::{host_matches, path_matches};
use crate::csp::{DirectiveName, HostPattern, HostSource, PortPattern};
use crate::url::{Origin, default_port};

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

/// Two sources have no port in common.
struct Disjoint;

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
            host: Some(HostPattern::Exact(origin.host().to_string())),
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
        let scheme = common_scheme(&self.scheme, &other.scheme)?;
        let (host, port, path) = match (&self.host, &other.host) {
            (None, None) => (&None, None, ""),
            (Some(a), Some(b)) => {
                let host = if pattern_holds(a, b) {
                    &other.host
                } else if pattern_holds(b, a) {
                    &self.host
                } else {
                    return None;
                };
                let path = if path_matches(&self.path, &other.path) {
                    &other.path
                } else if path_matches(&other.path, &self.path) {
                    &self.path
                } else {
                    return None;
                };
                (host, self.common_port(other, scheme).ok()?, path.as_str())
            }
            (Some(_), None) => (&self.host, self.port_over(scheme), self.path.as_str()),
            (None, Some(_)) => (&other.host, other.port_over(scheme), other.path.as_str()),
        };
        let mut common = Self {
            scheme: scheme.to_owned(),
            host: host.clone(),
            port,
            path: path.to_owned(),
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

    /// The port of a source that holds what two sources have in common over a scheme.
    fn common_port(&self, other: &Self, scheme: &str) -> Result<Option<PortPattern>, Disjoint> {
        let mut common = BTreeSet::new();
        for url in url_schemes(scheme) {
            match (self.ports(url), other.ports(url)) {
                (None, None) => return Ok(Some(PortPattern::Any)),
                (Some(ports), None) | (None, Some(ports)) => {
                    common.extend(ports.into_iter().map(|port| (url, port)));
                }
                (Some(a), Some(b)) => {
                    common.extend(a.intersection(&b).map(|port| (url, *port)));
                }
            }
        }
        if common.is_empty() {
            return Err(Disjoint);
        }
        let written = [other.port, self.port, None];
        let numbers = common
            .iter()
            .filter_map(|(_, port)| Some(Some(PortPattern::Number((*port)?))));
        let holding = written.into_iter().chain(numbers).find(|port| {
            common
                .iter()
                .all(|(url, wanted)| match ports(scheme, *port, url) {
                    Some(ports) => ports.contains(wanted),
                    None => false,
                })
        });
        Ok(holding.unwrap_or(Some(PortPattern::Any)))
    }

    /// The port as it counts once the scheme is another: port 80 may have become 443.
    fn port_over(&self, scheme: &str) -> Option<PortPattern> {
        match self.port {
            Some(PortPattern::Number(80)) if self.scheme != scheme => Some(PortPattern::Any),
            port => port,
        }
    }

    /// The ports of the URLs of a scheme that are matched; `None` for all of them.
    fn ports(&self, url: &str) -> Option<BTreeSet<Option<u16>>> {
        ports(&self.scheme, self.port, url)
    }

    /// How the policy wrote it, or what is left of it between several policies.
    pub(super) fn label(&self) -> &str {
        &self.label
    }

    fn admits_as(&self, other: &Self) -> bool {
        (&self.scheme, &self.host, self.port, &self.path)
            == (&other.scheme, &other.host, other.port, &other.path)
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

/// The schemes of URLs that a source of this scheme matches, by the standard; some browsers match
/// fewer.
fn url_schemes(source: &str) -> Vec<&str> {
    match source {
        "http" => vec!["http", "https"],
        "ws" => vec!["ws", "wss", "http", "https"],
        "wss" => vec!["wss", "https"],
        other => vec![other],
    }
}

/// The scheme of a source that matches what sources of both schemes match.
fn common_scheme<'a>(a: &'a str, b: &'a str) -> Option<&'a str> {
    match (a, b) {
        (a, b) if a == b => Some(a),
        (a, b) if scheme_holds(a, b) => Some(b),
        (a, b) if scheme_holds(b, a) => Some(a),
        ("ws", "http") | ("http", "ws") => Some("http"),
        ("ws" | "wss", "http" | "https") | ("http" | "https", "ws" | "wss") => Some("https"),
        _ => None,
    }
}

/// The ports of URLs of the scheme `url` that a source matches; `None` for all of them. Within, a
/// `None` is the default port of a scheme that has none.
fn ports(source: &str, port: Option<PortPattern>, url: &str) -> Option<BTreeSet<Option<u16>>> {
    Some(match port {
        Some(PortPattern::Any) => return None,
        Some(PortPattern::Number(80)) if source != url => BTreeSet::from([Some(80), Some(443)]),
        Some(PortPattern::Number(port)) => BTreeSet::from([Some(port)]),
        None => BTreeSet::from([default_port(url)]),
    })
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
