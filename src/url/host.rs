//! Hosts: names, and addresses in each of their spellings.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::error::{UrlError, UrlErrorKind};
use super::percent;
use crate::foreign;

/// A host, written as browsers write it: names in lower case, IPv4 addresses as four decimal
/// numbers, IPv6 addresses short and in brackets.
///
/// ```
/// use tower_visor::url::Url;
///
/// let url = Url::effective("http://0x7F.1:3000/")?;
/// let host = url.host().unwrap();
/// assert_eq!(host.as_str(), "127.0.0.1");
/// assert!(host.is_loopback());
/// # Ok::<(), tower_visor::url::UrlError>(())
/// ```
///
/// Specification: [URL, host representation](https://url.spec.whatwg.org/#host-representation).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Host(String);

impl Host {
    /// The host as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address, if it is one.
    pub fn address(&self) -> Option<IpAddr> {
        let inner = self.0.strip_prefix('[').and_then(|s| s.strip_suffix(']'));
        inner.unwrap_or(&self.0).parse().ok()
    }

    /// Whether it is this very machine: `localhost`, a name below it, `127.0.0.0/8` or `[::1]`.
    ///
    /// These, and no other address, browsers trust without TLS ([Secure Contexts, section
    /// 3.1](https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy)).
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }

    /// What a browser makes of the text of a host ([URL, host parser]). A host of a scheme that
    /// isn't special is opaque: it is neither decoded nor put into lower case.
    ///
    /// [URL, host parser]: https://url.spec.whatwg.org/#concept-host-parser
    pub(super) fn effective(text: &str, is_special: bool) -> Result<Self, UrlError> {
        let wrong = |what: String, fix| UrlError::new(UrlErrorKind::Host, what, fix);
        // Step 1.
        if let Some(inside) = text.strip_prefix('[') {
            let address = inside.strip_suffix(']').and_then(|text| text.parse().ok());
            return address.map(Self::of_v6).ok_or_else(bad_v6);
        }
        // Steps 2 to 4.
        let host = if is_special {
            String::from_utf8_lossy(&percent::decoded(text)).into_owned()
        } else {
            percent::encoded(text, &[])
        };
        // Step 5. Unicode maps many a character to an ASCII one, or to none at all, so that such a
        // host may be any.
        if let Some(character) = host.chars().find(|c| !c.is_ascii()) {
            return Err(not_in_host(character));
        }
        // Steps 3 and 7, "forbidden host code points" and "forbidden domain code points".
        let forbidden = |c: char| {
            " #/:<>?@[\\]^|\0\t\n\r".contains(c) || is_special && (c == '%' || c.is_ascii_control())
        };
        if let Some(character) = host.chars().find(|c| forbidden(*c)) {
            return Err(not_in_host(character));
        }
        if !is_special {
            return Ok(Self(host));
        }
        // Step 6: a label that is ASCII in spite of its `xn--` is not valid (UTS 46, section 4.1).
        let host = host.to_ascii_lowercase();
        let mut labels = host.split('.');
        if labels.any(|label| label.starts_with("xn--") && label.ends_with('-')) {
            let what = format!("`{}` is not a domain name", foreign::word(&host));
            return Err(wrong(what, "write it without `xn--`"));
        }
        // Steps 8 and 9.
        if ends_in_a_number(&host) {
            return match ipv4(&host) {
                Some(address) => Ok(Self(address.to_string())),
                None => Err(bad_v4(&host)),
            };
        }
        Ok(Self(host))
    }

    /// [URL, IPv6 serializer](https://url.spec.whatwg.org/#concept-ipv6-serializer), which unlike
    /// the standard library never writes an IPv4 address at the end.
    fn of_v6(address: Ipv6Addr) -> Self {
        Self(match (address.to_ipv4_mapped(), address.segments()) {
            (Some(_), [.., high, low]) => format!("[::ffff:{high:x}:{low:x}]"),
            _ => format!("[{address}]"),
        })
    }

    /// What is wrong with a host, for somebody who wrote it. A host without a fault has one meaning
    /// in every program.
    pub(super) fn check(text: &str) -> Result<(), UrlError> {
        let wrong = |what: &str, fix, at| Err(UrlError::new(UrlErrorKind::Host, what, fix).at(at));
        if let Some(inside) = text.strip_prefix('[') {
            let address = inside.strip_suffix(']').map(str::parse::<Ipv6Addr>);
            return match address {
                Some(Ok(_)) => Ok(()),
                _ => Err(bad_v6().at(0)),
            };
        }
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if let Some((position, character)) = text.char_indices().find(|(_, c)| !is_plain(*c)) {
            return Err(not_in_host(character).at(position));
        }
        let name = text.strip_suffix('.').unwrap_or(text);
        // RFC 1035, section 2.3.4.
        let too_long = "the host is longer than 253 characters or a part of it longer than 63";
        let mut position = 0;
        for label in name.split('.') {
            if label.is_empty() {
                return wrong(
                    "an empty part in the host",
                    "remove the surplus dot",
                    position,
                );
            }
            if label.len() > 63 || name.len() > 253 {
                return wrong(too_long, "write a name that DNS can hold", position);
            }
            position += label.len() + 1;
        }
        if ends_in_a_number(name) && name.parse::<Ipv4Addr>().is_err() {
            return Err(bad_v4(text).at(0));
        }
        Ok(())
    }
}

fn not_in_host(character: char) -> UrlError {
    let fix = if character.is_ascii() {
        "a host holds letters, digits, `-` and `.`"
    } else {
        "write an international name in its ASCII form (punycode, `xn--...`)"
    };
    let what = format!("`{}` isn't allowed in a host", character.escape_default());
    UrlError::new(UrlErrorKind::Host, what, fix)
}

fn bad_v6() -> UrlError {
    let fix = "write an IPv6 address in brackets, for example `[::1]`";
    UrlError::new(UrlErrorKind::Host, "`[` isn't allowed in a host", fix)
}

fn bad_v4(host: &str) -> UrlError {
    let what = format!(
        "`{}` ends in a number but is not an IPv4 address",
        foreign::word(host)
    );
    UrlError::new(UrlErrorKind::Host, what, "write four decimal numbers")
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// [`Host::is_loopback`] for the text of a host.
pub(crate) fn is_loopback(host: &str) -> bool {
    is_localhost(host)
        || host == "[::1]"
        || host
            .parse()
            .is_ok_and(|address: Ipv4Addr| address.is_loopback())
}

/// `localhost` and the names below it, which no resolver asks others for
/// ([RFC 6761, section 6.3](https://www.rfc-editor.org/rfc/rfc6761#section-6.3)).
pub(super) fn is_localhost(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    host == "localhost" || host.ends_with(".localhost")
}

/// [URL, ends-in-a-number checker](https://url.spec.whatwg.org/#ends-in-a-number-checker): such a
/// host is an IPv4 address or nothing.
fn ends_in_a_number(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let last = host.rsplit('.').next().unwrap_or_default();
    !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit())
        || ipv4_number(last).is_some()
}

/// [URL, IPv4 parser](https://url.spec.whatwg.org/#concept-ipv4-parser): one to four numbers, each
/// decimal, octal or hexadecimal, the last of which fills all that is left.
fn ipv4(host: &str) -> Option<Ipv4Addr> {
    // Steps 1 to 4.
    let host = host.strip_suffix('.').unwrap_or(host);
    // Steps 5 and 6.
    let numbers = host
        .split('.')
        .map(ipv4_number)
        .collect::<Option<Vec<u64>>>()?;
    // Steps 7 to 12.
    let (last, others) = numbers.split_last()?;
    let is_byte = |number: &u64| *number <= 255;
    if others.len() > 3 || !others.iter().all(is_byte) || *last >= 1 << (8 * (4 - others.len())) {
        return None;
    }
    let places = [24, 16, 8];
    let high: u64 = others
        .iter()
        .zip(places)
        .map(|(byte, place)| byte << place)
        .sum();
    u32::try_from(high + last).ok().map(Ipv4Addr::from)
}

/// [URL, IPv4 number parser](https://url.spec.whatwg.org/#ipv4-number-parser).
fn ipv4_number(text: &str) -> Option<u64> {
    let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let (digits, radix) = match (hexadecimal, text.strip_prefix('0')) {
        (Some(digits), _) => (digits, 16),
        (None, Some(digits)) if !digits.is_empty() => (digits, 8),
        _ => (text, 10),
    };
    match digits {
        "" => hexadecimal.map(|_| 0),
        // Not a number's sign, which the parser would take.
        _ if !digits.chars().all(|c| c.is_digit(radix)) => None,
        // What doesn't fit is too large for any address.
        _ => Some(u64::from_str_radix(digits, radix).unwrap_or(u64::MAX)),
    }
}
