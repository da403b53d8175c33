//! Which addresses are out in the world, and which URLs may be asked at all.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use super::{NetError, Policy};

/// Ports of public servers.
const PUBLIC_PORTS: [u16; 2] = [80, 443];

/// IPv4 that is not out in the world: IANA special-purpose registry, 2026-11.
const V4_CLOSED: [(Ipv4Addr, u32); 16] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10), // shared by providers' customers
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16), // link-local; also where clouds keep machine credentials
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24), // documentation
    (Ipv4Addr::new(192, 31, 196, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24), // 6to4 relays
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),   // benchmarks
    (Ipv4Addr::new(198, 51, 100, 0), 24), // documentation
    (Ipv4Addr::new(203, 0, 113, 0), 24),  // documentation
    (Ipv4Addr::new(224, 0, 0, 0), 4),     // multicast
    (Ipv4Addr::new(240, 0, 0, 0), 4),     // reserved, and broadcast
];

/// Within 2000::/3, which alone is out in the world: the parts that are not.
const V6_CLOSED: [(Ipv6Addr, u32); 5] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23), // protocols, Teredo
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16), // 6to4 carries any IPv4
    (Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0), 48),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20), // documentation
];

/// Whether an address is out in the world: no machine's own, no house's, no special one.
///
/// IPv6 that carries IPv4 (mapped, and NAT64's 64:ff9b::/96, by which IPv6-only machines reach the rest) is judged
/// by the IPv4 inside.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4_is_public(v4),
        IpAddr::V6(v6) => v6_is_public(v6),
    }
}

fn v4_is_public(address: Ipv4Addr) -> bool {
    !V4_CLOSED.iter().any(|(net, bits)| (u32::from(address) ^ u32::from(*net)) >> (32 - bits) == 0)
}

fn v6_is_public(address: Ipv6Addr) -> bool {
    if let Some(inner) = carried_v4(address) {
        return v4_is_public(inner);
    }
    let inside = |net: Ipv6Addr, bits: u32| (u128::from(address) ^ u128::from(net)) >> (128 - bits) == 0;
    inside(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3) && !V6_CLOSED.iter().any(|(net, bits)| inside(*net, *bits))
}

fn carried_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    const NAT64: [u16; 6] = [0x64, 0xff9b, 0, 0, 0, 0];
    match address.segments() {
        [net @ .., high, low] if net == NAT64 => Some(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low))),
        _ => address.to_ipv4_mapped(),
    }
}

/// The way out that every such refusal names.
pub(super) const OWN_NETWORK: &str = "; set KITH_ALLOW_PRIVATE=1 if you mean a server of your own network";

/// Checks what can be told from a URL alone; names are checked when they are resolved.
pub(super) fn check_url(url: &Url, policy: Policy) -> Result<(), NetError> {
    let blocked = |why: String| Err(NetError::blocked(why));
    if !matches!(url.scheme(), "http" | "https" | "ws" | "wss") {
        return blocked(format!("{} is no web address; it has to begin with https://", shown(url)));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return blocked("the address holds a user name or a password; leave them out".to_owned());
    }
    let port = url.port_or_known_default().unwrap_or_default();
    if !policy.allow_private && !PUBLIC_PORTS.contains(&port) {
        return blocked(format!("port {port} of {} is not asked; only 80 and 443 are{OWN_NETWORK}", host(url)));
    }
    let literal = match url.host() {
        Some(Host::Ipv4(v4)) => Some(IpAddr::V4(v4)),
        Some(Host::Ipv6(v6)) => Some(IpAddr::V6(v6)),
        Some(Host::Domain(name)) if !name.is_empty() => None,
        _ => return blocked(format!("{} names no server", shown(url))),
    };
    match literal {
        Some(address) if !policy.allow_private && !is_public(address) => {
            let why = format!("{address} is inside a private network and is not asked{OWN_NETWORK}");
            Err(NetError::Blocked { why, private: true })
        }
        _ => Ok(()),
    }
}

/// The host for people.
pub(super) fn host(url: &Url) -> &str {
    url.host_str().unwrap_or("the server")
}

/// A URL without query and fragment, which may hold secrets.
fn shown(url: &Url) -> String {
    format!("{}://{}", url.scheme(), host(url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_out_in_the_world_are_public() {
        let closed = [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a00:1",
            "64:ff9b:1::808:808",
            "100::1",
            "fc00::1",
            "fdff::1",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "ff02::1",
            "2001::1",
            "2001:0:7f00:1::",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:808:808::1",
            "3fff::1",
            "5f00::1",
            "4000::1",
        ];
        for text in closed {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
        let open = [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "128.0.0.1",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.1",
            "192.167.255.255",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2001:4860:4860::8888",
            "2606:4700::1111",
            "2a01:4f8::1",
        ];
        for text in open {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn urls_that_point_inside_are_refused_however_they_are_written() {
        let refused = [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://017700000001/",
            "http://127.1/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "http://169.254.169.254/latest/meta-data",
            "https://clay.social:8443/",
            "http://clay.social:22/",
            "ftp://clay.social/",
            "file:///etc/passwd",
            "https://mara:secret@clay.social/",
        ];
        for text in refused {
            let error = check_url(&Url::parse(text).unwrap(), Policy::default()).unwrap_err();
            assert!(matches!(error, NetError::Blocked { .. }), "{text}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
        for text in ["https://clay.social/", "http://clay.social/@mara", "https://1.1.1.1/", "wss://clay.social/api"] {
            assert_eq!(check_url(&Url::parse(text).unwrap(), Policy::default()), Ok(()), "{text}");
        }
        let here = Url::parse("http://127.0.0.1:4080/").unwrap();
        assert_eq!(check_url(&here, Policy { allow_private: true }), Ok(()));
    }
}
