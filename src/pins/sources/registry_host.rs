//! The host that a package came from, and nothing else of its URL.

use std::fmt;

use crate::url::Url;

/// The host of a registry, with its port where the URL names one: `registry.npmjs.org`.
///
/// Path, query and user never get in: a feed's URL may carry a token.
///
/// ```
/// use tower_visor::pins::sources::RegistryHost;
///
/// let host = RegistryHost::of_url("https://user:secret@Registry.npmjs.org/x/-/x-1.0.0.tgz?token=1");
/// assert_eq!(host.unwrap().as_str(), "registry.npmjs.org");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegistryHost(String);

impl RegistryHost {
    /// The host of an `http:` or `https:` URL, as the URL standard writes it; `None` where there is
    /// none, where it has characters other than letters, digits, `.`, `-` (and brackets around an
    /// IPv6 address), or where it may be a piece of a password.
    pub fn of_url(url: &str) -> Option<Self> {
        let url = Url::effective(url).ok()?;
        let origin = url.origin()?;
        // A password with a bare `/` would put the host behind it, and a piece of the password in
        // its place. In a registry's paths `@` begins a scope, so it follows a `/`.
        let path = url.path();
        let is_clear = path.matches('@').count() == path.matches("/@").count();
        let authority = origin.authority();
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.[]:".contains(&byte);
        (is_clear && matches!(url.scheme(), "http" | "https") && authority.bytes().all(is_plain))
            .then_some(Self(authority))
    }

    /// The host, with its port where the URL names one.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RegistryHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
