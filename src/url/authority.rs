//! The parts around a host in a URL: scheme, user and password, port.

/// What stands between `//` and the path, in its parts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Authority<'a> {
    /// A user name or a password is in front. Which is nobody's business.
    pub(crate) has_user: bool,
    pub(crate) host: &'a str,
    /// Where the host begins.
    pub(crate) host_at: usize,
    /// What follows the colon behind the host.
    pub(crate) port: Option<&'a str>,
}

impl<'a> Authority<'a> {
    /// Splits a text that ends before the path.
    ///
    /// [URL, authority state](https://url.spec.whatwg.org/#authority-state): the last `@` ends the
    /// user, as a password may hold others; [host state](https://url.spec.whatwg.org/#host-state):
    /// the first colon outside of brackets begins the port.
    pub(crate) fn split(text: &'a str) -> Self {
        let user = text.rfind('@');
        let host_at = user.map_or(0, |at| at + 1);
        let rest = text.get(host_at..).unwrap_or_default();
        let inside = match rest.strip_prefix('[') {
            Some(_) => rest.find(']').unwrap_or(rest.len()),
            None => 0,
        };
        let colon = rest.bytes().skip(inside).position(|byte| byte == b':');
        let (host, port) = match colon.map(|at| rest.split_at(inside + at)) {
            Some((host, port)) => (host, port.get(1..)),
            None => (rest, None),
        };
        Self {
            has_user: user.is_some(),
            host,
            host_at,
            port,
        }
    }

    /// Where the port begins, if there is one.
    pub(crate) const fn port_at(&self) -> usize {
        self.host_at + self.host.len() + 1
    }
}

/// A scheme in lower case, if the text is one
/// ([URL, scheme state](https://url.spec.whatwg.org/#scheme-state)).
pub(crate) fn scheme(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let first = bytes.next()?.is_ascii_alphabetic();
    let others = bytes.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    (first && others).then(|| text.to_ascii_lowercase())
}

/// [URL, special scheme](https://url.spec.whatwg.org/#special-scheme): a backslash is a slash, and
/// a host is a domain or an address and can't be left out. `file` is one to the standard; but no
/// page on the network loads such URLs, so they are read as those of any other scheme.
pub(super) fn is_special(scheme: &str) -> bool {
    default_port(scheme).is_some()
}

/// The scheme of the request that a connection begins with: a web socket's is a handshake over HTTP
/// (Fetch, "establish a WebSocket connection").
pub(crate) fn of_handshake(scheme: &str) -> &str {
    match scheme {
        "wss" => "https",
        "ws" => "http",
        other => other,
    }
}

/// The port that a scheme means when none is written; `None` for schemes without one.
pub(crate) fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        "ftp" => Some(21),
        _ => None,
    }
}

/// A number from 0 to 65535, in digits ([URL, port state]); `u16`'s own parser would take a plus
/// sign. Whoever reads strictly refuses 0.
///
/// [URL, port state]: https://url.spec.whatwg.org/#port-state
pub(crate) fn port(text: &str) -> Option<u16> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}
