//! The strict reading: whatever browsers would mend is an error that names its place.

use std::str::FromStr;

use super::absolute::Url;
use super::authority::{self, Authority, is_special};
use super::browser::{bad_port, no_host, relative, without_scheme};
use super::error::{UrlError, UrlErrorKind};
use super::host::Host;
use super::origin::Origin;
use super::percent::is_encoded;

impl FromStr for Url {
    type Err = UrlError;

    /// Reads an absolute URL strictly. Upper case and a default port are accepted; both are written
    /// in the usual way.
    ///
    /// # Errors
    /// * `""`, `"/app.js"`, `"//example.com"`, `"example.com"`: not absolute
    /// * `"https:///x"`, `"https:x"`, `"a://#x"`: no host
    /// * `"https://user@example.com"`: user names
    /// * `"https://example.com:0"`, `"https://example.com:"`, `"https://example.com:080"`: not a port
    /// * a host or path that isn't printable ASCII; `%` without two hexadecimal digits; a backslash
    /// * `"https://0x7f.1/"`: a host that ends in a number but is not a plain IPv4 address
    fn from_str(text: &str) -> Result<Self, UrlError> {
        check(text)?;
        Self::effective(text)
    }
}

impl FromStr for Origin {
    type Err = UrlError;

    /// Reads an origin. Upper case and a default port are accepted; both are written in the usual way.
    ///
    /// # Errors
    /// * `"example.com"`: no scheme
    /// * `"https://example.com/"`: a path, be it only a slash
    /// * `"data:,x"`, `"https://"`: no host
    /// * anything that [`Url`] refuses in a host or a port
    fn from_str(text: &str) -> Result<Self, UrlError> {
        let url: Url = text.parse()?;
        let Some(origin) = url.origin else {
            return Err(no_host().at(text.find(':').unwrap_or(0) + 1));
        };
        let start = text.find("://").map_or(0, |colon| colon + 3);
        let rest = text.get(start..).unwrap_or_default();
        match rest.find(['/', '?', '#']) {
            None => Ok(origin),
            Some(end) => {
                let what = "an origin has no path";
                Err(UrlError::new(UrlErrorKind::Path, what, "remove it").at(start + end))
            }
        }
    }
}

/// A name with a dot, and at most a port and a path behind it, as people say a host.
fn looks_like_host(text: &str) -> bool {
    let authority = text.split('/').next().unwrap_or_default();
    let (name, port) = authority.split_once(':').unwrap_or((authority, ""));
    name.contains('.')
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
        && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// What is wrong with a URL, for somebody who wrote it.
fn check(text: &str) -> Result<(), UrlError> {
    let bad = |c: char, fix| {
        let what = format!("`{}` isn't allowed in a URL", c.escape_default());
        UrlError::new(UrlErrorKind::Character, what, fix)
    };
    if let Some((position, character)) = text.char_indices().find(|(_, c)| !c.is_ascii_graphic()) {
        let fix = if character.is_ascii() {
            "write it as `%` and two hexadecimal digits"
        } else {
            "write hosts in punycode (`xn--...`) and the rest percent-encoded"
        };
        return Err(bad(character, fix).at(position));
    }
    let relative = || {
        if looks_like_host(text) {
            without_scheme(text).at(0)
        } else {
            relative(text).at(0)
        }
    };
    let (scheme, rest) = text.split_once(':').ok_or_else(relative)?;
    let start = scheme.len() + 1;
    let scheme = authority::scheme(scheme).ok_or_else(relative)?;
    let Some(rest) = rest.strip_prefix("//") else {
        // `example.com:8080` and `localhost:3000` would read as schemes; none in use holds a dot.
        let is_port = !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit());
        return match rest {
            _ if is_special(&scheme) => Err(no_host().at(start)),
            "" => Err(relative()),
            _ if scheme.contains('.') => Err(relative()),
            _ if is_port => Err(without_scheme(text).at(0)),
            _ => Ok(()),
        };
    };
    let start = start + 2;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    if authority.is_empty() && (tail.is_empty() || tail.starts_with('#')) {
        return Err(no_host().at(start));
    }
    if is_special(&scheme) || !authority.is_empty() {
        check_authority(authority, tail).map_err(|error| error.shifted(start))?;
    }
    let path = tail.split(['?', '#']).next().unwrap_or_default();
    for (position, byte) in path.bytes().enumerate() {
        let at = start + end + position;
        if byte == b'%' && !is_encoded(path, position) {
            let what = "`%` must be followed by two hexadecimal digits";
            let fix = "write `%25` for a percent sign";
            return Err(UrlError::new(UrlErrorKind::Path, what, fix).at(at));
        }
        if byte == b'\\' && is_special(&scheme) {
            return Err(bad('\\', "write `/`").at(at));
        }
    }
    Ok(())
}

/// What is wrong with `host` or `host:port`, before a path.
fn check_authority(text: &str, path: &str) -> Result<(), UrlError> {
    let authority = Authority::split(text);
    if authority.has_user {
        return Err(UrlError::user_info().at(0));
    }
    if authority.host.is_empty() {
        return Err(no_host().at(0));
    }
    if let Some(port) = authority.port
        && (port.starts_with('0') || authority::port(port).is_none())
    {
        return Err(bad_port(port, path).at(authority.port_at()));
    }
    Host::check(authority.host)
}

#[cfg(feature = "serde")]
mod serde_impl {
    crate::serde_text::as_text!(super::Origin, "an origin such as `https://example.com`");
    crate::serde_text::as_text!(
        super::Url,
        "an absolute URL such as `https://example.com/app.js`"
    );
}
