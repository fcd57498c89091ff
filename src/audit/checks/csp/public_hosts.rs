//! Hosts on which more people publish than the one who is trusted.

use crate::csp::{HostPattern, HostSource};

/// Hosts that serve what anybody uploads, or answer with whatever they are asked to (JSONP,
/// libraries that turn markup into code). To allow one of them is to allow everybody's scripts.
const PUBLIC: [&str; 23] = [
    "accounts.google.com",
    "ajax.googleapis.com",
    "ajax.microsoft.com",
    "cdn.jsdelivr.net",
    "cdn.polyfill.io",
    "cdn.skypack.dev",
    "cdnjs.cloudflare.com",
    "code.angularjs.org",
    "esm.run",
    "esm.sh",
    "fastly.jsdelivr.net",
    "ga.jspm.io",
    "gist.githubusercontent.com",
    "googletagmanager.com",
    "gstatic.com",
    "polyfill.io",
    "raw.githubusercontent.com",
    "rawcdn.githack.com",
    "storage.googleapis.com",
    "unpkg.com",
    "www.google.com",
    "www.googletagmanager.com",
    "www.gstatic.com",
];

/// Domains below which anybody can have a host.
const TENANTS: [&str; 25] = [
    "api.cognitive.microsoft.com",
    "azureedge.net",
    "azurefd.net",
    "azurestaticapps.net",
    "azurewebsites.net",
    "b-cdn.net",
    "blob.core.windows.net",
    "cloudapp.azure.com",
    "cloudfront.net",
    "cognitiveservices.azure.com",
    "firebaseapp.com",
    "fly.dev",
    "github.io",
    "gitlab.io",
    "herokuapp.com",
    "netlify.app",
    "onrender.com",
    "pages.dev",
    "s3.amazonaws.com",
    "storage.googleapis.com",
    "trafficmanager.net",
    "vercel.app",
    "web.app",
    "web.core.windows.net",
    "workers.dev",
];

/// Whether the source admits files that anybody may have published.
///
/// One file of such a host is fine: its path counts, redirects aside.
pub(super) fn is_public(source: &HostSource) -> bool {
    if is_file(source) {
        return false;
    }
    match source.host() {
        HostPattern::Any => true,
        HostPattern::Exact(host) => PUBLIC.contains(&host.as_str()),
        HostPattern::Subdomains(domain) => {
            PUBLIC.iter().any(|host| is_below(host, domain)) || is_of_tenants(source)
        }
    }
}

/// Whether the source is a wildcard over hosts of different customers of a cloud.
pub(super) fn is_of_tenants(source: &HostSource) -> bool {
    let HostPattern::Subdomains(domain) = source.host() else {
        return false;
    };
    // `*.azure.com` holds all below `cognitiveservices.azure.com`, too.
    TENANTS
        .iter()
        .any(|tenants| domain == tenants || is_below(tenants, domain))
}

/// Whether the source names one file.
pub(super) fn is_file(source: &HostSource) -> bool {
    source.path().is_some_and(|path| !path.ends_with('/'))
}

fn is_below(host: &str, domain: &str) -> bool {
    let above = host.strip_suffix(domain);
    above.is_some_and(|above| above.ends_with('.'))
}
