//! Origins: scheme, host and port.

use std::fmt;

use super::authority::{default_port, of_handshake};
use super::host::{Host, is_localhost};

/// An origin: scheme, host and port, such as `https://example.com` or `http://localhost:3000`.
///
/// ```
/// use tower_visor::url::Origin;
///
/// let origin: Origin = "HTTPS://Example.com:443".parse()?;
/// assert_eq!(origin.to_string(), "https://example.com");
/// assert_eq!(origin.port(), Some(443));
/// assert!(!origin.is_local());
/// assert!("http://[::1]:8080".parse::<Origin>()?.is_local());
/// assert_eq!(
///     "https://example.com/app".parse::<Origin>().unwrap_err().to_string(),
///     "byte 19: an origin has no path; remove it",
/// );
/// # Ok::<(), tower_visor::url::UrlError>(())
/// ```
///
/// Specification: [HTML, origin](https://html.spec.whatwg.org/multipage/browsers.html#concept-origin).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    scheme: String,
    host: Host,
    /// Never the scheme's default port, so that equal origins are equal.
    port: Option<u16>,
}

impl Origin {
    pub(super) fn new(scheme: String, host: Host, port: Option<u16>) -> Self {
        Self {
            port: port.filter(|port| default_port(&scheme) != Some(*port)),
            scheme,
            host,
        }
    }

    /// The origin that a web socket's handshake goes to; any other is its own.
    pub(crate) fn of_handshake(mut self) -> Self {
        // The default ports are the same.
        self.scheme = of_handshake(&self.scheme).to_owned();
        self
    }

    /// The scheme, in lower case.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The host.
    pub const fn host(&self) -> &Host {
        &self.host
    }

    /// The port, or the scheme's default port; `None` for a scheme that has none.
    pub fn port(&self) -> Option<u16> {
        self.port.or_else(|| default_port(&self.scheme))
    }

    /// Whether the port is the scheme's default port.
    pub fn has_default_port(&self) -> bool {
        self.port.is_none()
    }

    /// Host and, if it is not the scheme's default, port: the content of a request's `Host`.
    pub fn authority(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.to_string(),
        }
    }

    /// Whether a browser can't have been told to use TLS only for it: `localhost`, a name below
    /// it, or an IP address.
    ///
    /// Such hosts get no `Strict-Transport-Security` (browsers ignore it for addresses, and on
    /// localhost it would break every other development server) and no
    /// `upgrade-insecure-requests`. Not every one of them is this machine: see
    /// [`Host::is_loopback`].
    pub fn is_local(&self) -> bool {
        is_localhost(self.host.as_str()) || self.host.address().is_some()
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority())
    }
}
