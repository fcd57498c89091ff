//! Noise: whether a report is about something that no site can change.

use std::net::IpAddr;

use super::place::{ReportedPlace, is_of_network};
use super::read::BrowserReport;
use super::rules::{NoiseRule, Test};
use crate::url::{Host, Origin, Url};

/// What pages make themselves: a frame, a picture or a script of these may be an attack.
const OF_PAGES: &[&str] = &["blob", "data", "filesystem", "javascript"];

impl NoiseRule {
    /// The rule by which a report is noise for a site of this origin.
    ///
    /// None applies to a report that names a URL of the site's own host as what was blocked or as the
    /// source, whatever else is in it: such a report may be about an attack on the site, and
    /// someone who can forge a report can't hide another's.
    pub fn of(report: &BrowserReport, own: &Origin) -> Option<&'static Self> {
        let is_own = |place: &ReportedPlace| host(place) == Some(own.host());
        if is_own(report.blocked()) || is_own(report.source()) {
            return None;
        }
        Self::all().iter().find(|rule| rule.test.holds(report, own))
    }
}

impl Test {
    fn holds(self, report: &BrowserReport, own: &Origin) -> bool {
        let (blocked, source) = (report.blocked(), report.source());
        let either = |holds: &dyn Fn(&ReportedPlace) -> bool| holds(blocked) || holds(source);
        match self {
            Self::Scheme(schemes) => {
                either(&|place| scheme(place).is_some_and(|scheme| schemes.contains(&scheme)))
            }
            Self::ForeignScheme => either(&|place| {
                scheme(place).is_some_and(|it| !is_of_network(it) && !OF_PAGES.contains(&it))
            }),
            Self::Domain(domains) => either(&|place| {
                let of = |host| domains.iter().any(|domain| is_below(host, domain));
                host(place).is_some_and(of)
            }),
            Self::LocalName => host(blocked)
                .is_some_and(|host| host.address().is_none() && !host.as_str().contains('.')),
            Self::PrivateAddress => host(blocked)
                .and_then(Host::address)
                .is_some_and(is_private),
            Self::Address(address) => {
                host(blocked).and_then(Host::address) == Some(IpAddr::from(address))
            }
            Self::PageElsewhere => host(report.page()).is_some_and(|host| host != own.host()),
        }
    }
}

fn host(place: &ReportedPlace) -> Option<&Host> {
    place.url().and_then(Url::host)
}

fn scheme(place: &ReportedPlace) -> Option<&str> {
    match place {
        ReportedPlace::Scheme(scheme) => Some(scheme),
        _ => None,
    }
}

fn is_below(host: &Host, domain: &str) -> bool {
    let rest = host.as_str().strip_suffix(domain);
    rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            // 100.64.0.0/10: of an operator (RFC 6598).
            let is_shared = first == 100 && second & 0xc0 == 64;
            address.is_private() || address.is_loopback() || address.is_link_local() || is_shared
        }
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
    }
}
