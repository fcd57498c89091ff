//! Which host a request was sent to: a name on the network, or this machine.

use std::net::Ipv4Addr;

use http::Request;
use http::header::HOST;

use crate::policy::HostKind;

/// Reads the `:authority` of HTTP/2, or the `Host` header of HTTP/1.1.
pub(super) fn kind<B>(request: &Request<B>) -> HostKind {
    match request.uri().host() {
        Some(host) => kind_of(host.as_bytes()),
        None => match request.headers().get(HOST) {
            Some(value) => kind_of(without_port(value.as_bytes())),
            None => HostKind::Named,
        },
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
            }),
    };
    if local {
        HostKind::Local
    } else {
        HostKind::Named
    }
}

fn without_port(authority: &[u8]) -> &[u8] {
    // In `[::1]:80` the colons inside the brackets are no port's.
    match authority
        .iter()
        .rposition(|&byte| byte == b':' || byte == b']')
    {
        Some(colon) if authority[colon] == b':' => &authority[..colon],
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::kind;
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
            ("localhost", HostKind::Local),
            ("LOCALHOST:3000", HostKind::Local),
            ("localhost.", HostKind::Local),
            ("app.localhost:3000", HostKind::Local),
            ("127.0.0.1:80", HostKind::Local),
            ("10.1.2.3", HostKind::Local),
            ("[::1]", HostKind::Local),
            ("[::1]:8080", HostKind::Local),
        ] {
            let request = http::Request::builder()
                .header("host", host)
                .body(())
                .unwrap();
            assert_eq!(kind(&request), expected, "{host:?}");
            if !host.is_empty() && !host.starts_with(':') {
                let uri = format!("https://{host}/");
                let request = http::Request::builder().uri(uri).body(()).unwrap();
                assert_eq!(kind(&request), expected, "{host:?} as authority");
            }
        }
        assert_eq!(kind(&http::Request::new(())), HostKind::Named);
    }
}
