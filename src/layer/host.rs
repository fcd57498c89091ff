//! Which host a request was sent to: a name on the network, or this machine.

use std::net::Ipv4Addr;

use http::HeaderValue;

use crate::policy::HostKind;

/// By the host of a URI, which is the `:authority` of HTTP/2.
pub(super) fn of_authority(host: &str) -> HostKind {
    kind_of(host.as_bytes())
}

/// By the `Host` header of HTTP/1.1.
#[inline]
pub(super) fn of_header(host: &HeaderValue) -> HostKind {
    match host.as_bytes() {
        // Any address, `localhost` and whatever a port or a dot follows end in one of these.
        host @ [.., b'0'..=b'9' | b']' | b':' | b'.' | b't' | b'T'] => kind_of(without_port(host)),
        _ => HostKind::Named,
    }
}

fn kind_of(host: &[u8]) -> HostKind {
    let host = host.strip_suffix(b".").unwrap_or(host);
    let local = match host {
        [b'[', ..] => true,
        // Only an IPv4 address ends in a digit, apart from a few names in punycode.
        [.., last] if last.is_ascii_digit() => {
            std::str::from_utf8(host).is_ok_and(|host| host.parse::<Ipv4Addr>().is_ok())
        }
        _ => host
            .len()
            .checked_sub(b"localhost".len())
            .is_some_and(|start| {
                host[start..].eq_ignore_ascii_case(b"localhost")
                    && (start == 0 || host[start - 1] == b'.')
                    // Of what is not a name, the end says nothing.
                    && host.iter().all(|&c| c.is_ascii_alphanumeric() || b"-._".contains(&c))
            }),
    };
    if local {
        HostKind::Local
    } else {
        HostKind::Named
    }
}

/// A port is digits after a colon, so this ends at the first byte of nearly every host, and before
/// the colons inside `[::1]`.
fn without_port(authority: &[u8]) -> &[u8] {
    let mut host = authority;
    while let [start @ .., b'0'..=b'9'] = host {
        host = start;
    }
    host.strip_suffix(b":").unwrap_or(authority)
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, Uri};

    use super::{of_authority, of_header};
    use crate::policy::HostKind;

    #[test]
    fn hosts_are_told_apart() {
        for (host, expected) in [
            ("liveness.contoso.example", HostKind::Named),
            ("liveness.contoso.example:8443", HostKind::Named),
            ("notlocalhost", HostKind::Named),
            ("localhost.contoso.example", HostKind::Named),
            ("contoso.xn--p1a1", HostKind::Named),
            ("", HostKind::Named),
            (":80", HostKind::Named),
            ("80", HostKind::Named),
            ("localhost", HostKind::Local),
            ("LOCALHOST", HostKind::Local),
            ("localhost:", HostKind::Local),
            ("LOCALHOST:3000", HostKind::Local),
            ("localhost.", HostKind::Local),
            ("app.localhost:3000", HostKind::Local),
            ("127.0.0.1:80", HostKind::Local),
            ("10.1.2.3", HostKind::Local),
            ("a.example/.localhost", HostKind::Named),
            ("a.example?.localhost:80", HostKind::Named),
            ("[::1]", HostKind::Local),
            ("[::1]:8080", HostKind::Local),
        ] {
            let header = HeaderValue::from_static(host);
            assert_eq!(of_header(&header), expected, "{host:?}");
            if let Ok(uri) = format!("https://{host}/").parse::<Uri>() {
                let host = uri.host().unwrap();
                assert_eq!(of_authority(host), expected, "{host:?} as authority");
            }
        }
        // No port, so not known to be local, and no protection is lost.
        let odd = HeaderValue::from_static("localhost:http");
        assert_eq!(of_header(&odd), HostKind::Named);
    }
}
