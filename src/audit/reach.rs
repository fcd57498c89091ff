//! Which addresses an audit may lead to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{AuditError, AuditFault};
use crate::url::Url;

/// Blocks of IPv4 that aren't the internet, by IANA's [registry] and RFC 1112.
///
/// [registry]: https://www.iana.org/assignments/iana-ipv4-special-registry
const V4: &[(Ipv4Addr, u32, &str)] = &[
    (Ipv4Addr::UNSPECIFIED, 8, "an unspecified address"),
    (Ipv4Addr::new(10, 0, 0, 0), 8, "a private address"),
    (
        Ipv4Addr::new(100, 64, 0, 0),
        10,
        "a provider's internal address",
    ),
    (Ipv4Addr::new(127, 0, 0, 0), 8, "a loopback address"),
    // Azure's platform answers every virtual machine there, in plain HTTP:
    // https://learn.microsoft.com/en-us/azure/virtual-network/what-is-ip-address-168-63-129-16
    (Ipv4Addr::new(168, 63, 129, 16), 32, "Azure's platform"),
    (Ipv4Addr::new(169, 254, 0, 0), 16, "a link-local address"),
    (Ipv4Addr::new(172, 16, 0, 0), 12, "a private address"),
    (Ipv4Addr::new(192, 0, 0, 0), 24, "a reserved address"),
    (Ipv4Addr::new(192, 0, 2, 0), 24, "an address for examples"),
    (Ipv4Addr::new(192, 88, 99, 0), 24, "a 6to4 relay"),
    (Ipv4Addr::new(192, 168, 0, 0), 16, "a private address"),
    (
        Ipv4Addr::new(198, 18, 0, 0),
        15,
        "an address for benchmarks",
    ),
    (
        Ipv4Addr::new(198, 51, 100, 0),
        24,
        "an address for examples",
    ),
    (Ipv4Addr::new(203, 0, 113, 0), 24, "an address for examples"),
    (Ipv4Addr::new(224, 0, 0, 0), 4, "a multicast address"),
    (Ipv4Addr::new(240, 0, 0, 0), 4, "a reserved address"),
];

/// The same of IPv6, the narrower block first ([registry]). Addresses that hold one of IPv4 are
/// here whichever they hold: no name of the internet has one, and what they lead to depends on the
/// network.
///
/// [registry]: https://www.iana.org/assignments/iana-ipv6-special-registry
const V6: &[(Ipv6Addr, u32, &str)] = &[
    (Ipv6Addr::UNSPECIFIED, 128, "an unspecified address"),
    (Ipv6Addr::LOCALHOST, 128, "a loopback address"),
    (v6(0, 0xffff, 0), 96, "a mapped IPv4 address"),
    (v6(0, 0, 0), 96, "an IPv4 address in IPv6"),
    (v6(0x0064_ff9b, 0, 0), 96, "a NAT64 address"),
    (v6(0x0064_ff9b, 0, 1), 48, "a NAT64 address"),
    (v6(0x2001_0000, 0, 0), 32, "a Teredo address"),
    (v6(0x2001_0000, 0, 0), 23, "a reserved address"),
    (v6(0x2001_0db8, 0, 0), 32, "an address for examples"),
    (v6(0x2002_0000, 0, 0), 16, "a 6to4 address"),
    (v6(0x3fff_0000, 0, 0), 20, "an address for examples"),
    // The internet; what is left has never been given out.
    (v6(0x2000_0000, 0, 0), 3, ""),
    (v6(0xfc00_0000, 0, 0), 7, "a unique local address"),
    (v6(0xfe80_0000, 0, 0), 10, "a link-local address"),
    (v6(0xfec0_0000, 0, 0), 10, "a site-local address"),
    (v6(0xff00_0000, 0, 0), 8, "a multicast address"),
    (Ipv6Addr::UNSPECIFIED, 0, "a reserved address"),
];

/// The first 32 bits of an address, its sixth group and its third.
const fn v6(high: u32, sixth: u16, third: u16) -> Ipv6Addr {
    Ipv6Addr::from_bits((high as u128) << 96 | (third as u128) << 80 | (sixth as u128) << 32)
}

/// What an address is that isn't the internet's.
fn kind(address: IpAddr) -> Option<&'static str> {
    let kind = match address {
        IpAddr::V4(address) => V4.iter().find_map(|(block, prefix, kind)| {
            let differs = block.to_bits() ^ address.to_bits();
            (differs.leading_zeros() >= *prefix).then_some(*kind)
        }),
        IpAddr::V6(address) => V6.iter().find_map(|(block, prefix, kind)| {
            let differs = block.to_bits() ^ address.to_bits();
            (differs.leading_zeros() >= *prefix).then_some(*kind)
        }),
    };
    kind.filter(|kind| !kind.is_empty())
}

/// The addresses that an audit may lead to: the internet's, and the one that was asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Reach {
    asked: Vec<IpAddr>,
}

impl Reach {
    /// From what was asked for, before anything was looked up: a name allows nothing, because
    /// whoever owns it says where it leads.
    pub(super) fn of(asked: &Url) -> Self {
        Self {
            asked: addresses(asked),
        }
    }

    pub(super) fn check(&self, address: IpAddr) -> Result<(), AuditError> {
        match kind(address).filter(|_| !self.asked.contains(&address)) {
            None => Ok(()),
            Some(kind) => Err(AuditFault::Address { address, kind }.into()),
        }
    }

    /// The same, as far as a URL says where it leads.
    pub(super) fn check_url(&self, url: &Url) -> Result<(), AuditError> {
        let mut refused = None;
        for address in addresses(url) {
            match self.check(address) {
                Ok(()) => return Ok(()),
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        refused.map_or(Ok(()), Err)
    }
}

/// The addresses that a URL itself holds. `localhost` and the names below it are these without a
/// look-up (RFC 6761, section 6.3).
fn addresses(url: &Url) -> Vec<IpAddr> {
    let Some(host) = url.host() else {
        return Vec::new();
    };
    match host.address() {
        Some(address) => vec![address],
        None if host.is_loopback() => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Reach, kind};
    use crate::url::Url;

    #[test]
    fn addresses_that_are_not_the_internets() {
        for (address, expected) in [
            ("0.0.0.0", "an unspecified address"),
            ("0.255.255.255", "an unspecified address"),
            ("1.0.0.0", ""),
            ("1.1.1.1", ""),
            ("9.255.255.255", ""),
            ("10.0.0.0", "a private address"),
            ("10.255.255.255", "a private address"),
            ("11.0.0.0", ""),
            ("100.63.255.255", ""),
            ("100.64.0.0", "a provider's internal address"),
            ("100.100.100.200", "a provider's internal address"),
            ("100.127.255.255", "a provider's internal address"),
            ("100.128.0.0", ""),
            ("126.255.255.255", ""),
            ("127.0.0.1", "a loopback address"),
            ("127.255.255.255", "a loopback address"),
            ("128.0.0.0", ""),
            ("168.63.129.15", ""),
            ("168.63.129.16", "Azure's platform"),
            ("168.63.129.17", ""),
            ("169.253.255.255", ""),
            ("169.254.169.254", "a link-local address"),
            ("169.255.0.0", ""),
            ("172.15.255.255", ""),
            ("172.16.0.0", "a private address"),
            ("172.31.255.255", "a private address"),
            ("172.32.0.0", ""),
            ("192.0.0.192", "a reserved address"),
            ("192.0.1.0", ""),
            ("192.0.2.1", "an address for examples"),
            ("192.88.99.1", "a 6to4 relay"),
            ("192.167.255.255", ""),
            ("192.168.0.0", "a private address"),
            ("192.169.0.0", ""),
            ("198.17.255.255", ""),
            ("198.18.0.0", "an address for benchmarks"),
            ("198.19.255.255", "an address for benchmarks"),
            ("198.51.100.1", "an address for examples"),
            ("203.0.113.1", "an address for examples"),
            ("223.255.255.255", ""),
            ("224.0.0.1", "a multicast address"),
            ("239.255.255.255", "a multicast address"),
            ("240.0.0.0", "a reserved address"),
            ("255.255.255.255", "a reserved address"),
            ("::", "an unspecified address"),
            ("::1", "a loopback address"),
            ("::2", "an IPv4 address in IPv6"),
            ("::127.0.0.1", "an IPv4 address in IPv6"),
            ("::ffff:127.0.0.1", "a mapped IPv4 address"),
            ("::ffff:8.8.8.8", "a mapped IPv4 address"),
            ("::ffff:0:127.0.0.1", "a reserved address"),
            ("64:ff9b::7f00:1", "a NAT64 address"),
            ("64:ff9b::808:808", "a NAT64 address"),
            ("64:ff9b:1::1", "a NAT64 address"),
            ("64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "a NAT64 address"),
            ("64:ff9b:2::1", "a reserved address"),
            ("100::1", "a reserved address"),
            ("1fff::1", "a reserved address"),
            ("2000::1", ""),
            ("2001::1", "a Teredo address"),
            ("2001:1::1", "a reserved address"),
            ("2001:1ff::1", "a reserved address"),
            ("2001:200::1", ""),
            ("2001:db8::1", "an address for examples"),
            ("2001:4860:4860::8888", ""),
            ("2002:7f00:1::", "a 6to4 address"),
            ("2002:808:808::", "a 6to4 address"),
            ("2003::1", ""),
            ("2606:4700:4700::1111", ""),
            ("3ffe:ffff::1", ""),
            ("3fff:fff::1", "an address for examples"),
            ("3fff:1000::1", ""),
            ("4000::1", "a reserved address"),
            ("5f00::1", "a reserved address"),
            ("fc00::1", "a unique local address"),
            ("fd00:ec2::254", "a unique local address"),
            ("fe00::1", "a reserved address"),
            ("fe80::1", "a link-local address"),
            ("febf::1", "a link-local address"),
            ("fec0::1", "a site-local address"),
            ("ff02::1", "a multicast address"),
        ] {
            let found = kind(address.parse().unwrap()).unwrap_or_default();
            assert_eq!(found, expected, "{address}");
        }
    }

    #[test]
    fn what_was_asked_for_allows_that_address_only() {
        for (asked, address, is_allowed) in [
            ("https://example.com", "8.8.8.8", true),
            ("https://example.com", "127.0.0.1", false),
            ("https://10.1.2.3", "10.1.2.3", true),
            ("https://10.1.2.3", "10.1.2.4", false),
            ("https://10.1.2.3", "::ffff:10.1.2.3", false),
            ("http://127.0.0.1", "127.0.0.1", true),
            ("http://0x7f.1", "127.0.0.1", true),
            ("http://127.0.0.1", "127.0.0.2", false),
            ("http://127.0.0.1", "::1", false),
            ("http://127.0.0.1", "8.8.8.8", true),
            ("http://localhost:8080", "127.0.0.1", true),
            ("http://localhost:8080", "::1", true),
            ("http://app.localhost", "127.0.0.1", true),
            ("http://localhost", "127.0.0.2", false),
            ("http://localhost", "10.1.2.3", false),
            ("http://[::ffff:7f00:1]", "::ffff:127.0.0.1", true),
            ("http://[::ffff:7f00:1]", "127.0.0.1", false),
        ] {
            let reach = Reach::of(&Url::effective(asked).unwrap());
            let found = reach.check(address.parse().unwrap());
            assert_eq!(found.is_ok(), is_allowed, "{asked} {address}");
        }
    }

    #[test]
    fn urls_are_checked_as_far_as_they_say_where_they_lead() {
        for (asked, url, is_allowed) in [
            ("https://example.com", "https://example.org", true),
            ("https://example.com", "http://localhost", false),
            ("https://example.com", "http://a.localhost.", false),
            ("https://example.com", "http://0x7f000001", false),
            ("https://example.com", "http://8.8.8.8", true),
            ("http://127.0.0.1", "http://localhost:3000", true),
            ("http://127.0.0.2", "http://localhost:3000", false),
            ("http://localhost", "http://[::1]", true),
        ] {
            let reach = Reach::of(&Url::effective(asked).unwrap());
            let found = reach.check_url(&Url::effective(url).unwrap());
            assert_eq!(found.is_ok(), is_allowed, "{asked} {url}");
        }
        let reach = Reach::of(&"https://example.com".parse().unwrap());
        assert_eq!(
            reach.check([127, 0, 0, 2].into()).unwrap_err().to_string(),
            "127.0.0.2 is a loopback address, and only an address of the internet, or the one that \
             was asked for, is connected to; for any other, audit what `curl -si` received"
        );
    }
}
