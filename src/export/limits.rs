//! The documented limits of each host (lengths, numbers of rules), as data with their sources.

use super::Hosting;

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Counted {
    /// Bytes of one parameter of the configuration. Longer values are split.
    Parameter,
    /// Bytes of one header's value.
    Value,
    /// Characters of a line of the configuration, the name included.
    Line,
    /// Rules.
    Rules,
    /// Actions of one rule. Further ones get rules of their own.
    Actions,
    /// Bytes of the whole file with the configuration.
    File,
    /// Bytes of all headers of a response together.
    Headers,
}

/// How much of something a host accepts, and the source for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limit {
    /// Whose limit it is.
    pub hosting: Hosting,
    /// What is counted.
    pub counted: Counted,
    /// The most that is accepted.
    pub most: usize,
    /// Where that is said.
    pub source: &'static str,
    /// When it was looked up or measured, as `YYYY-MM-DD`.
    pub seen: &'static str,
}

const fn limit(hosting: Hosting, counted: Counted, most: usize, source: &'static str) -> Limit {
    Limit {
        hosting,
        counted,
        most,
        source,
        seen: "2026-11-26",
    }
}

/// Every limit that the writers keep to.
///
/// ```
/// use tower_visor::export::{Counted, Hosting, LIMITS};
///
/// let line = LIMITS.iter().find(|limit| {
///     limit.hosting == Hosting::CloudflarePages && limit.counted == Counted::Line
/// });
/// assert_eq!(line.map(|limit| limit.most), Some(2000));
/// ```
pub const LIMITS: &[Limit] = &[
    limit(
        Hosting::Nginx,
        Counted::Parameter,
        4_000,
        "nginx 1.22.1, measured: \"too long parameter\" at 4,096 bytes with its quotes (NGX_CONF_BUFFER in ngx_conf_file.c)",
    ),
    limit(
        Hosting::Apache,
        Counted::Line,
        8_190,
        "Apache 2.4, LimitRequestFieldSize and HUGE_STRING_LEN: what a second Apache in front takes of a field",
    ),
    limit(
        Hosting::AzureFrontDoor,
        Counted::Value,
        640,
        "MicrosoftDocs/azure-docs issue 81991: a value of a rule's action",
    ),
    limit(
        Hosting::AzureFrontDoor,
        Counted::Actions,
        5,
        "learn.microsoft.com/azure/frontdoor/front-door-rules-engine: \"A rule can contain up to five actions\"",
    ),
    limit(
        Hosting::AzureFrontDoor,
        Counted::Rules,
        25,
        "learn.microsoft.com/azure/azure-resource-manager/management/azure-subscription-service-limits: rules in a rule set",
    ),
    limit(
        Hosting::AzureStaticWebApps,
        Counted::File,
        20 * 1024,
        "learn.microsoft.com/azure/static-web-apps/configuration: \"The maximum allowed file size is 20 KB\"",
    ),
    limit(
        Hosting::CloudflarePages,
        Counted::Line,
        2_000,
        "developers.cloudflare.com/pages/configuration/headers and @cloudflare/pages-shared 0.13.189: MAX_LINE_LENGTH",
    ),
    limit(
        Hosting::CloudflarePages,
        Counted::Rules,
        100,
        "developers.cloudflare.com/pages/configuration/headers and @cloudflare/pages-shared 0.13.189: MAX_HEADER_RULES",
    ),
    limit(
        Hosting::Vercel,
        Counted::Value,
        4_096,
        "@vercel/routing-utils 6.6.0, its schema of `headers`: maxLength",
    ),
    limit(
        Hosting::Vercel,
        Counted::Rules,
        2_048,
        "@vercel/routing-utils 6.6.0, its schema of `headers`: maxItems",
    ),
    limit(
        Hosting::Node,
        Counted::Headers,
        16 * 1024,
        "nodejs.org/api/cli.html, --max-http-header-size: what a Node.js proxy in front takes",
    ),
];

/// The most that a host takes of something, where it says so.
pub(super) fn most(hosting: Hosting, counted: Counted) -> Option<usize> {
    let mut limits = LIMITS.iter();
    let found = limits.find(|limit| limit.hosting == hosting && limit.counted == counted);
    found.map(|limit| limit.most)
}
