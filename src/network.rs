//! IP addresses and blocks of them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// An IP address or a block of addresses in CIDR notation ([RFC 4632]).
///
/// ```
/// use tower_visor::network::Network;
///
/// let office: Network = "203.0.113.0/24".parse()?;
/// assert!(office.contains("203.0.113.7".parse()?));
/// // An IPv4 address that a socket for both families shows as IPv6 is the same address.
/// assert!(office.contains("::ffff:203.0.113.7".parse()?));
///
/// let slip = "203.0.113.7/24".parse::<Network>().unwrap_err();
/// assert_eq!(
///     slip.to_string(),
///     "`203.0.113.7/24` names an address inside the block: write `203.0.113.0/24`, \
///      or `203.0.113.7` for that address alone",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [RFC 4632]: https://www.rfc-editor.org/rfc/rfc4632#section-3.1
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network {
    /// The first address, canonical: never IPv4 as IPv6.
    first: IpAddr,
    prefix: u8,
}

impl Network {
    /// Whether the address lies in it. IPv4 addresses that are written as IPv6 count as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.first.is_ipv4() && first(address, self.prefix) == self.first
    }
}

/// A single address.
impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        let first = address.to_canonical();
        Self {
            first,
            prefix: bits(first),
        }
    }
}

fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// The first address of the block that holds this one.
fn first(address: IpAddr, prefix: u8) -> IpAddr {
    // A shift by all bits leaves nothing, which `checked_shl` says as `None`.
    let away = u32::from(bits(address).saturating_sub(prefix));
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(away).unwrap_or(0);
            Ipv4Addr::from_bits(address.to_bits() & mask).into()
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(away).unwrap_or(0);
            Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
    }
}

impl fmt::Display for Network {
    /// A single address without its prefix.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.prefix == bits(self.first) {
            self.first.fmt(f)
        } else {
            write!(f, "{}/{}", self.first, self.prefix)
        }
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    /// Reads an address, or an address, a slash and the number of leading bits.
    ///
    /// # Errors
    /// * `"contoso.example"`, `"10.0.0"`, `"010.0.0.1"`: no address
    /// * `"10.0.0.0/33"`, `"10.0.0.0/08"`, `"10.0.0.0/"`: no prefix of such an address
    /// * `"10.0.0.1/8"`: bits set behind the prefix
    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let shown = crate::foreign::word(text);
        let address: IpAddr = address.parse().map_err(|_| {
            NetworkError(format!(
                "`{shown}` is not an IP address or a block of them; \
                 write for example `203.0.113.7`, `203.0.113.0/24` or `2001:db8::/32`"
            ))
        })?;
        let Some(prefix) = prefix else {
            return Ok(address.into());
        };
        let most = bits(address);
        let is_number = prefix.bytes().all(|byte| byte.is_ascii_digit())
            && (prefix == "0" || !prefix.starts_with('0'));
        let prefix = Some(prefix).filter(|_| is_number);
        let number = prefix.and_then(|prefix| prefix.parse().ok());
        let Some(prefix) = number.filter(|number| *number <= most) else {
            return Err(NetworkError(format!(
                "`{shown}`: behind the slash stands a number from 0 to {most}"
            )));
        };
        if first(address, prefix) != address {
            return Err(NetworkError(format!(
                "`{shown}` names an address inside the block: write `{}/{prefix}`, \
                 or `{address}` for that address alone",
                first(address, prefix)
            )));
        }
        // A block of IPv4 addresses that is written as IPv6 is one of IPv4; a larger one isn't.
        let canonical = address.to_canonical();
        Ok(match prefix.checked_sub(96) {
            Some(prefix) if canonical != address => Self {
                first: canonical,
                prefix,
            },
            _ => Self {
                first: address,
                prefix,
            },
        })
    }
}

/// Why a text is no [`Network`].
#[derive(Clone, PartialEq, Eq)]
pub struct NetworkError(String);

impl fmt::Display for NetworkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

crate::errors::debug_is_display!(NetworkError);

impl std::error::Error for NetworkError {}

#[cfg(test)]
mod tests {
    use super::Network;

    #[test]
    fn blocks_hold_their_addresses_in_either_spelling() {
        for (network, address, expected) in [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.0.0.0/8", "::ffff:10.1.2.3", true),
            ("::ffff:10.0.0.0/104", "10.1.2.3", true),
            ("::ffff:10.0.0.0/104", "11.1.2.3", false),
            ("::ffff:10.1.2.3", "10.1.2.3", true),
            ("::/0", "2001:db8::1", true),
            // Everything of IPv6, and IPv4 isn't.
            ("::/0", "10.1.2.3", false),
            ("0.0.0.0/0", "10.1.2.3", true),
            ("0.0.0.0/0", "::1", false),
            ("::1", "::1", true),
            ("::1", "::2", false),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
        ] {
            let read: Network = network.parse().unwrap();
            let address = address.parse().unwrap();
            assert_eq!(read.contains(address), expected, "{network} {address}");
        }
    }

    #[test]
    fn what_was_read_is_written() {
        for (text, written) in [
            ("1.2.3.4", "1.2.3.4"),
            ("1.2.3.4/32", "1.2.3.4"),
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
            ("2001:DB8:0::/32", "2001:db8::/32"),
        ] {
            assert_eq!(text.parse::<Network>().unwrap().to_string(), written);
        }
    }

    #[test]
    fn messages() {
        for (text, message) in [
            (
                "contoso.example",
                "`contoso.example` is not an IP address or a block of them; \
                 write for example `203.0.113.7`, `203.0.113.0/24` or `2001:db8::/32`",
            ),
            (
                "10.0.0.0/33",
                "`10.0.0.0/33`: behind the slash stands a number from 0 to 32",
            ),
            (
                "10.0.0.0/+8",
                "`10.0.0.0/+8`: behind the slash stands a number from 0 to 32",
            ),
            (
                "::/129",
                "`::/129`: behind the slash stands a number from 0 to 128",
            ),
            (
                "10.0.0.1/8",
                "`10.0.0.1/8` names an address inside the block: write `10.0.0.0/8`, \
                 or `10.0.0.1` for that address alone",
            ),
        ] {
            assert_eq!(text.parse::<Network>().unwrap_err().to_string(), message);
        }
        for odd in [
            "",
            "/",
            "10.0.0",
            "010.0.0.1",
            "10.0.0.0/",
            "10.0.0.0/08",
            "[::1]",
            "fe80::1%1",
        ] {
            assert!(odd.parse::<Network>().is_err(), "{odd:?}");
        }
    }
}
