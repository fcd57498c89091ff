//! The host that a package came from, and nothing else of its URL.

use std::fmt;

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
    /// The host of an `http:` or `https:` URL, in lower case; `None` where there is none or where
    /// it holds other characters than letters, digits, `.`, `-` (and brackets around an IPv6
    /// address).
    pub fn of_url(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
            return None;
        }
        let address = rest.split(['?', '#']).next()?;
        let authority = address.split(['/', '\\']).next()?;
        // A password with a bare `/` would put the host behind it, and a piece of the password in
        // its place. In a registry's paths `@` begins a scope, so it follows a `/`.
        let path = address.get(authority.len()..)?;
        if path.matches('@').count() != path.matches("/@").count() {
            return None;
        }
        // The last `@` ends the user part: a password may hold one.
        let host_port = authority.rsplit('@').next()?.to_ascii_lowercase();
        let (host, port) = match host_port.strip_prefix('[') {
            Some(rest) => {
                let (address, after) = rest.split_once(']')?;
                let valid = address
                    .bytes()
                    .all(|b| b.is_ascii_hexdigit() || b == b':' || b == b'.');
                (valid && !address.is_empty()).then_some(())?;
                (format!("[{address}]"), after.strip_prefix(':'))
            }
            None => match host_port.split_once(':') {
                Some((host, port)) => (host.to_owned(), Some(port)),
                None => (host_port.clone(), None),
            },
        };
        let name = host
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-.[]:".contains(&b));
        let port_valid = port.is_none_or(|port| port.parse::<u16>().is_ok());
        (!host.is_empty() && name && port_valid).then(|| match port {
            Some(port) => Self(format!("{host}:{port}")),
            None => Self(host),
        })
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
