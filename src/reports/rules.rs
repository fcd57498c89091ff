//! Reports that no site can do anything about, as data: what a rule looks at, and who has described it.
//!
//! A rule is written where somebody has published such a report. None is by the text of a script,
//! and none of a name that a site's own pages may use, such as that of a CDN. Unwanted programs that wrote
//! into pages have come and gone by the hundred, and lists of their domains are published: they are not
//! here, because who registers one that was given up could attack from a place that counts as noise.

use super::kind::written_as_text;
use crate::named::named;

named! {
    /// Where a report that no site can do anything about comes from.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum NoiseSort {
        /// An extension, a bookmarklet or an unwanted program in the visitor's browser.
        Extension = "extension",
        /// A proxy, a filter or an antivirus between browser and server, or the operator of a network.
        Network = "network",
        /// The browser itself, or an application that shows pages.
        Browser = "browser",
        /// A translation of the page.
        Translation = "translation",
        /// A page of another origin: a copy, an archive, a proxy.
        OtherPage = "other-page",
    }
}

written_as_text!(NoiseSort);

/// What a rule looks at.
#[derive(Clone, Copy, Debug)]
pub(super) enum Test {
    /// One of these schemes, of what was blocked or of the source.
    Scheme(&'static [&'static str]),
    /// Any scheme that nothing is loaded from over a network, and that pages don't make themselves
    /// (`data:`, `blob:`).
    ForeignScheme,
    /// What was blocked, or its source, is of one of these domains or below it.
    Domain(&'static [&'static str]),
    /// The host of what was blocked is one word, as no name on the internet is.
    LocalName,
    /// What was blocked is at an address of a private network, or of the machine itself.
    PrivateAddress,
    /// What was blocked is at this address.
    Address([u8; 4]),
    /// The page is of a host other than the site's.
    PageElsewhere,
}

/// A rule for reports that no site can do anything about.
#[derive(Clone, Copy, Debug)]
pub struct NoiseRule {
    name: &'static str,
    sort: NoiseSort,
    source: &'static str,
    pub(super) test: Test,
}

impl NoiseRule {
    /// Its name: kebab-case, and stable.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Where such reports come from.
    pub const fn sort(&self) -> NoiseSort {
        self.sort
    }

    /// Where somebody has described them, or what shows that they aren't the site's.
    pub const fn source(&self) -> &'static str {
        self.source
    }

    /// All rules. The first one that holds is the one that counts.
    pub const fn all() -> &'static [Self] {
        RULES
    }
}

const fn rule(name: &'static str, sort: NoiseSort, test: Test, source: &'static str) -> NoiseRule {
    NoiseRule {
        name,
        sort,
        source,
        test,
    }
}

use NoiseSort::{Browser, Extension, Network, OtherPage, Translation};
use Test::{Address, Domain, ForeignScheme, LocalName, PageElsewhere, PrivateAddress, Scheme};

/// What Sentry's collector drops.
const SENTRY: &str =
    "https://github.com/getsentry/sentry/blob/master/src/sentry/interfaces/security.py";

const RULES: &[NoiseRule] = &[
    rule(
        "page-elsewhere",
        OtherPage,
        PageElsewhere,
        "https://w3c.github.io/reporting/#concept-report-url",
    ),
    rule(
        "extension-scheme",
        Extension,
        Scheme(&[
            "chrome-extension",
            "moz-extension",
            "safari-extension",
            "safari-web-extension",
        ]),
        "https://github.com/w3c/webappsec-csp/issues/450",
    ),
    rule(
        "trusteer",
        Extension,
        Scheme(&["none"]),
        "https://github.com/report-uri/report-uri-bugs/issues/7",
    ),
    rule(
        "foreign-scheme",
        Browser,
        ForeignScheme,
        "https://github.com/getsentry/sentry/issues/2442",
    ),
    rule(
        "private-address",
        Network,
        PrivateAddress,
        "https://github.com/bikeindex/bike_index/pull/3837",
    ),
    rule(
        "carrier",
        Network,
        Address([1, 1, 1, 1]),
        "https://github.com/nico3333fr/CSP-useful/blob/master/csp-wtf/explained.md#google-search-for-android",
    ),
    rule(
        "local-name",
        Network,
        LocalName,
        "https://github.com/report-uri/report-uri-bugs/issues/45",
    ),
    rule(
        "contentkeeper",
        Network,
        Domain(&["contentkeeper.com"]),
        "https://github.com/koala73/worldmonitor/pull/2372",
    ),
    rule(
        "netstar",
        Network,
        Domain(&["netstar-inc.com"]),
        "https://github.com/koala73/worldmonitor/pull/4943",
    ),
    rule(
        "trend-micro",
        Network,
        Domain(&["trendmicro.com"]),
        "https://github.com/koala73/worldmonitor/pull/4943",
    ),
    rule(
        "adguard",
        Network,
        Domain(&[
            "injections.adguard.com",
            "local.adguard.com",
            "local.adguard.org",
        ]),
        "https://github.com/AdguardTeam/CoreLibs/issues/1903",
    ),
    rule(
        "zscaler",
        Network,
        Domain(&[
            "zscaler.net",
            "zscalerone.net",
            "zscalerthree.net",
            "zscalertwo.net",
            "zscloud.net",
        ]),
        SENTRY,
    ),
    rule(
        "opera-mini",
        Browser,
        Domain(&["opera-mini.net"]),
        "https://github.com/jacobbednarz/go-csp-collector/pull/1",
    ),
    rule(
        "google-translate",
        Translation,
        Domain(&["translate.google.com"]),
        "https://github.com/getodk/central-backend/issues/1509",
    ),
    rule(
        "google-translate-api",
        Translation,
        Domain(&["translate.googleapis.com"]),
        "https://github.com/getodk/central/issues/1129",
    ),
    rule(
        "microsoft-translator",
        Translation,
        Domain(&["microsofttranslator.com"]),
        "https://github.com/jeremiahlee/page-translator/issues/2",
    ),
    rule("passpack", Extension, Domain(&["passpack.com"]), SENTRY),
    rule(
        "ciuvo",
        Extension,
        Domain(&["ciuvo.com"]),
        "https://github.com/nico3333fr/CSP-useful/blob/master/csp-wtf/explained.md#ciuvo",
    ),
    rule(
        "doubao",
        Extension,
        Domain(&["doubao.com"]),
        "https://github.com/koala73/worldmonitor/pull/4943",
    ),
    rule(
        "h5player",
        Extension,
        Domain(&["anzz.site"]),
        "https://github.com/koala73/worldmonitor/pull/5221",
    ),
    rule(
        "infostatsvc",
        Extension,
        Domain(&["infostatsvc.com"]),
        "https://github.com/nico3333fr/CSP-useful/blob/master/csp-wtf/explained.md#jslinfostatsvccom",
    ),
    rule(
        "lingualeo",
        Extension,
        Domain(&["lingualeo.com"]),
        "https://github.com/nico3333fr/CSP-useful/blob/master/csp-wtf/explained.md#audiocdnlingualeocom",
    ),
    rule(
        "loadingpaqes",
        Extension,
        Domain(&["loadingpaqes.info"]),
        "https://github.com/report-uri/report-uri-bugs/issues/42",
    ),
    rule(
        "pocket",
        Extension,
        Domain(&["getpocket.com"]),
        "https://github.com/nico3333fr/CSP-useful/blob/master/csp-wtf/explained.md#pocket",
    ),
];
