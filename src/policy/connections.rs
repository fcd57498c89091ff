//! Where a page's connections may go: the `Connection-Allowlist` that follows from its policy.

use std::collections::BTreeSet;

use http::HeaderName;

use super::settings::ConnectionMode;
use super::{Policy, PolicyWarning, Relaxation, Resource};
use crate::csp::{
    Csp, DirectiveName, EffectivePolicy, FetchSource, HostPattern, HostSource, PolicyList,
    PortPattern, SourceExpression,
};
use crate::header::{ConnectionAllowlist, ConnectionRule, ConnectionTarget};
use crate::url::{Origin, Url, is_loopback, of_handshake};

/// The header of the documents, and what it says.
pub(super) struct Connections {
    pub(super) name: HeaderName,
    pub(super) allowlist: ConnectionAllowlist,
}

/// What a policy sends; nothing without pages, and no report that nobody gets.
pub(super) fn mode(policy: &Policy) -> Option<ConnectionMode> {
    policy.page()?;
    let mut exceptions = policy.relaxed.iter();
    let reported =
        exceptions.any(|relaxed| matches!(relaxed.what, Relaxation::ConnectionsReported));
    let mode = if reported {
        ConnectionMode::ReportOnly
    } else {
        policy.connections
    };
    (mode == ConnectionMode::Enforced || policy.reporting.is_some()).then_some(mode)
}

/// The header that follows from the page, and from its Content Security Policy as it is sent.
pub(super) fn connections(
    policy: &Policy,
    csp: &Csp,
    warnings: &mut Vec<PolicyWarning>,
) -> Option<Connections> {
    let (page, mode) = (policy.page()?, mode(policy)?);
    let mut places = Places::new(&page.origin);
    // Also what the policy knows by digest alone: it lies somewhere, too.
    for (resource, locations) in &page.resources {
        let Ok(directive) = resource.directive().parse() else {
            continue;
        };
        for location in locations {
            // What can't be one is a fault of the policy's, and told as such.
            if let Ok(FetchSource::Host(source)) = location.source(*resource, &page.origin) {
                places.source(directive, &SourceExpression::Host(source));
            }
        }
    }
    let sent = PolicyList::from(csp);
    for directive in sent.policies().iter().flat_map(EffectivePolicy::directives) {
        if directive.name() != DirectiveName::FrameAncestors {
            for source in directive.sources() {
                places.source(directive.name(), source);
            }
        }
    }
    warnings.extend(places.open.iter().map(|(directive, source)| {
        PolicyWarning::ConnectionNotNamed {
            directive: *directive,
            expression: source.clone(),
        }
    }));
    warnings.extend(places.forbidden_by(&policy.additional_csp));

    let mut allowlist = ConnectionAllowlist::own_origin();
    let named = page.navigates_to.iter().chain(&page.opens);
    let named = named.filter(|origin| **origin != page.origin);
    let mut targets: BTreeSet<ConnectionTarget> =
        named.cloned().map(ConnectionTarget::from).collect();
    targets.extend(places.named.into_iter().map(|place| place.target));
    for target in &targets {
        // A path says nothing beside its whole origin.
        let whole = ConnectionTarget::from(target.origin().clone());
        if target.path().is_none() || !targets.contains(&whole) {
            allowlist = allowlist.and(target.clone());
        }
    }
    let mut exceptions = policy.relaxed.iter();
    if exceptions.any(|relaxed| matches!(relaxed.what, Relaxation::Redirects)) {
        allowlist = allowlist.redirects(ConnectionRule::Allow);
    }
    if let Some(reporting) = &policy.reporting {
        allowlist = allowlist.report_to(reporting.name.clone());
    }
    let name = match mode {
        ConnectionMode::Enforced => ConnectionAllowlist::NAME,
        ConnectionMode::ReportOnly => ConnectionAllowlist::REPORT_ONLY_NAME,
    };
    Some(Connections { name, allowlist })
}

/// Where the page may send its visitor, as the header writes it: what
/// [`Document::navigates_to`](super::Document::navigates_to) and
/// [`opens`](super::Document::opens) name, and the targets of its forms. Nothing where the header
/// isn't enforced.
#[cfg_attr(not(feature = "page"), allow(dead_code))]
pub(crate) fn leads_to(policy: &Policy) -> Option<BTreeSet<String>> {
    let page = policy.page()?;
    if mode(policy) != Some(ConnectionMode::Enforced) {
        return None;
    }
    let forms = page.resources.get(&Resource::Form).into_iter().flatten();
    let forms = forms.map(|form| form.source(Resource::Form, &page.origin).ok());
    let more = policy.relaxed.iter().map(|relaxed| match &relaxed.what {
        Relaxation::Source { directive, source } if *directive == DirectiveName::FormAction => {
            source.parse().ok()
        }
        _ => None,
    });
    let mut places = Places::new(&page.origin);
    for source in forms.chain(more) {
        if let Some(FetchSource::Host(source)) = source {
            places.source(DirectiveName::FormAction, &SourceExpression::Host(source));
        }
    }
    let forms = places.named.iter().map(|place| place.target.to_string());
    let named = page.navigates_to.iter().chain(&page.opens);
    Some(forms.chain(named.map(ToString::to_string)).collect())
}

/// What the sources of a policy say of the network.
struct Places<'a> {
    page: &'a Origin,
    named: BTreeSet<Place>,
    /// Sources that name no place: a whole scheme, any host, any port.
    open: BTreeSet<(DirectiveName, String)>,
}

impl<'a> Places<'a> {
    fn new(page: &'a Origin) -> Self {
        Self {
            page,
            named: BTreeSet::new(),
            open: BTreeSet::new(),
        }
    }

    fn source(&mut self, directive: DirectiveName, source: &SourceExpression) {
        let place = match source {
            SourceExpression::Host(host) => Place::of(directive, host, self.page),
            SourceExpression::Any => None,
            SourceExpression::Scheme(scheme) if is_network(scheme.scheme()) => None,
            _ => return,
        };
        match place {
            // `response-origin` allows it.
            Some(place) if place.target.host().is_some() && place.target.origin() == self.page => {}
            Some(place) => {
                self.named.insert(place);
            }
            None => {
                self.open.insert((directive, source.to_string()));
            }
        }
    }

    /// The places that no further policy lets the page reach.
    fn forbidden_by(&self, further: &[Csp]) -> Vec<PolicyWarning> {
        let further: Vec<PolicyList> = further.iter().map(PolicyList::from).collect();
        let reached = |place: &&Place| {
            let any = match place.target.host() {
                Some(_) => "",
                None => "any.",
            };
            let authority = place.target.origin().authority();
            // Paths are no part of it: a policy's folder is a whole origin here.
            let below = format!("{}://{any}{authority}", place.scheme);
            Url::effective(&below).is_ok_and(|url| {
                let mut lists = further.iter();
                lists.all(|list| list.allows_redirect_to(place.directive, &url, self.page))
            })
        };
        let mut unreached: BTreeSet<_> = self.named.iter().map(|place| &place.target).collect();
        for place in self.named.iter().filter(reached) {
            unreached.remove(&place.target);
        }
        let warnings = unreached.into_iter();
        warnings
            .map(|target| PolicyWarning::ConnectionForbidden {
                target: target.to_string(),
            })
            .collect()
    }
}

fn is_network(scheme: &str) -> bool {
    matches!(scheme, "https" | "http" | "wss" | "ws")
}

/// A place, and which source named it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    directive: DirectiveName,
    /// Of the connection: the target of a web socket has that of its handshake.
    scheme: &'static str,
    target: ConnectionTarget,
}

impl Place {
    /// The place of a host source, for a page of this origin; `None` where it names no single one.
    fn of(directive: DirectiveName, source: &HostSource, page: &Origin) -> Option<Self> {
        let (host, wildcard) = match source.host() {
            HostPattern::Exact(host) => (host, false),
            HostPattern::Subdomains(host) => (host, true),
            HostPattern::Any => return None,
        };
        // `upgrade-insecure-requests`: browsers ask over TLS.
        let upgraded = page.scheme() == "https" && !is_loopback(host);
        let scheme = match source.scheme().unwrap_or(page.scheme()) {
            "https" => "https",
            "http" if upgraded => "https",
            "http" => "http",
            "wss" => "wss",
            "ws" if upgraded => "wss",
            "ws" => "ws",
            _ => return None,
        };
        let port = match source.port() {
            None => String::new(),
            Some(PortPattern::Number(80)) if upgraded && source.scheme() != Some(scheme) => {
                String::new()
            }
            Some(PortPattern::Number(port)) => format!(":{port}"),
            Some(PortPattern::Any) => return None,
        };
        let origin = format!("{}://{host}{port}", of_handshake(scheme));
        let origin: Origin = origin.parse().ok()?;
        let target = if wildcard {
            ConnectionTarget::below(origin).ok()?
        } else {
            // A policy compares paths without their percent-encoding, and a folder by its beginning.
            let plain = |c: char| c.is_ascii_alphanumeric() || "/-._~".contains(c);
            let path = source.path().unwrap_or("/");
            let exact = (!path.ends_with('/') && path.chars().all(plain))
                .then(|| format!("{origin}{path}").parse().ok())
                .flatten();
            exact.unwrap_or_else(|| ConnectionTarget::from(origin))
        };
        Some(Self {
            directive,
            scheme,
            target,
        })
    }
}
