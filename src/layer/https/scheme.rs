//! How a request reached the first server on its way.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use http::{Extensions, HeaderMap, HeaderName, HeaderValue};

/// How the client sent the request, in its extensions: put there by
/// [`RequireHttps`](super::RequireHttps), or by a server that accepts TLS itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // encrypted, or not
pub enum ClientScheme {
    /// Over TLS.
    Https,
    /// In the clear.
    Http,
}

/// The address that the connection came from, in the request's extensions. A plain
/// [`SocketAddr`] there counts as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_structs)] // an address
pub struct PeerAddress(pub IpAddr);

pub(super) fn peer(extensions: &Extensions) -> Option<IpAddr> {
    let own = extensions.get().map(|PeerAddress(address)| *address);
    own.or_else(|| extensions.get().map(SocketAddr::ip))
}

/// The header in which a proxy says how the client connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Forwarding {
    /// `X-Forwarded-Proto: https`.
    XForwardedProto,
    /// `Forwarded: for=192.0.2.7;proto=https` ([RFC
    /// 7239](https://www.rfc-editor.org/rfc/rfc7239#section-4)), with one element.
    Forwarded,
}

impl Forwarding {
    /// What the header says: once, one value, `https`.
    pub(super) fn read(self, headers: &HeaderMap) -> Result<(), PlainHttp> {
        let name = match self {
            Self::XForwardedProto => HeaderName::from_static("x-forwarded-proto"),
            Self::Forwarded => http::header::FORWARDED,
        };
        let mut values = headers.get_all(name).iter();
        let value = values.next().ok_or(PlainHttp::NoHeader)?;
        if values.next().is_some() {
            return Err(PlainHttp::OddHeader);
        }
        let scheme = match self {
            Self::XForwardedProto => value.to_str().ok(),
            Self::Forwarded => proto(value),
        };
        match scheme {
            Some(scheme) if scheme.eq_ignore_ascii_case("https") => Ok(()),
            Some(scheme) if scheme.eq_ignore_ascii_case("http") => Err(PlainHttp::Said),
            _ => Err(PlainHttp::OddHeader),
        }
    }
}

/// The `proto` of the one element of a `Forwarded` header; `None` for two elements, for two of them
/// or none in it, and for what doesn't follow the grammar.
fn proto(value: &HeaderValue) -> Option<&str> {
    let mut rest = value.to_str().ok()?;
    let mut found = None;
    loop {
        let (name, after) = rest.split_once('=')?;
        let (value, after) = if let Some(quoted) = after.strip_prefix('"') {
            let (value, after) = quoted.split_once('"')?;
            // What is escaped is neither a scheme nor an address; nothing needs it.
            (Some(value).filter(|value| !value.contains('\\'))?, after)
        } else {
            after.split_at(after.find([';', ',']).unwrap_or(after.len()))
        };
        let is_token = |text: &str| {
            !text.is_empty()
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
        };
        if !is_token(name) {
            return None;
        }
        if name.eq_ignore_ascii_case("proto") && found.replace(value).is_some() {
            return None;
        }
        if after.is_empty() {
            return found;
        }
        // A comma begins the element of another proxy.
        rest = after.strip_prefix(';')?;
    }
}

/// Why a request doesn't count as one over HTTPS, in the extensions of the answer that
/// [`RequireHttps`](super::RequireHttps) gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PlainHttp {
    /// Nothing says where the connection came from.
    NoPeer,
    /// It came from an address that is not a proxy's.
    UnlistedPeer,
    /// The proxy's header isn't there.
    NoHeader,
    /// The proxy's header is there twice, or doesn't name a single scheme.
    OddHeader,
    /// The proxy, or the server itself, says so.
    Said,
}

impl fmt::Display for PlainHttp {
    /// What to do about it if HTTPS was in fact used.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoPeer => {
                "the peer's address is unknown: put a `PeerAddress` into the request's extensions, \
                 or say by `peer_by` where it is"
            }
            Self::UnlistedPeer => "the peer is not a proxy that `behind` names",
            Self::NoHeader => "the proxy doesn't send the header that `behind` names",
            Self::OddHeader => "the proxy's header doesn't say `http` or `https`, once",
            Self::Said => "plain http",
        })
    }
}
