//! The servers and hosts that can be written for.

use crate::named::named;

named! {
    /// A server or a static host that isn't ours.
    ///
    /// ```
    /// use tower_visor::export::Hosting;
    ///
    /// assert_eq!("cloudflare-pages".parse(), Ok(Hosting::CloudflarePages));
    /// assert_eq!(
    ///     "cloudfare-pages".parse::<Hosting>().unwrap_err().to_string(),
    ///     "unknown host `cloudfare-pages`, did you mean `cloudflare-pages`?; known are nginx, apache, caddy, \
    ///      azure-static-web-apps, azure-front-door, cloudflare-pages, netlify, vercel, node, json"
    /// );
    /// ```
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum Hosting {
        /// nginx, 1.18 or newer.
        Nginx = "nginx",
        /// Apache httpd, 2.4.10 or newer.
        Apache = "apache",
        /// Caddy, 2.6 or newer.
        Caddy = "caddy",
        /// Azure Static Web Apps.
        AzureStaticWebApps = "azure-static-web-apps",
        /// Azure Front Door (standard and premium), in front of an origin that serves the files.
        AzureFrontDoor = "azure-front-door",
        /// Cloudflare Pages.
        CloudflarePages = "cloudflare-pages",
        /// Netlify.
        Netlify = "netlify",
        /// Vercel.
        Vercel = "vercel",
        /// Node.js, Express included: a table, and a middleware of a few lines that reads it.
        Node = "node",
        /// The table alone, for anything else.
        Json = "json",
    }
}

/// A name that isn't one of [`Hosting`]'s.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown host `{name}`{hint}; known are {known}")]
pub struct UnknownHosting {
    name: String,
    hint: String,
    known: String,
}

crate::errors::debug_is_display!(UnknownHosting);

impl std::str::FromStr for Hosting {
    type Err = UnknownHosting;

    fn from_str(name: &str) -> Result<Self, UnknownHosting> {
        let known = Self::ALL.into_iter().find(|host| host.as_str() == name);
        known.ok_or_else(|| {
            let names = Self::ALL.map(Self::as_str);
            UnknownHosting {
                name: crate::foreign::shown(name),
                hint: crate::suggest::hint(name, names),
                known: names.join(", "),
            }
        })
    }
}
