//! Guard for addresses that a person typed (a webhook target, a push endpoint): our server must
//! not be talked into calling its own network.
//!
//! Two doors, both needed: [`check_public`] refuses a URL by its look, literal addresses included;
//! [`PublicOnly`] resolves names for the HTTP client and drops every private address at the moment
//! of connecting, so that a name that changes its mind in between gains nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Why an address is not called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotPublic {
    #[error("The address must begin with https://.")]
    Scheme,
    #[error("The address must not contain a user name or password.")]
    Credentials,
    #[error("The address must use the usual port for https.")]
    Port,
    #[error(
        "The address points into a private network. Use one that is reachable from the internet."
    )]
    Private,
}

/// Refuses a URL that is not plain https to a host which could be public.
pub fn check_public(url: &Url) -> Result<(), NotPublic> {
    if url.scheme() != "https" {
        return Err(NotPublic::Scheme);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(NotPublic::Credentials);
    }
    if url.port().is_some() {
        return Err(NotPublic::Port);
    }
    match url.host() {
        Some(Host::Ipv4(ip)) if is_public(ip.into()) => Ok(()),
        Some(Host::Ipv6(ip)) if is_public(ip.into()) => Ok(()),
        Some(Host::Domain(name)) if is_public_name(name) => Ok(()),
        _ => Err(NotPublic::Private),
    }
}

fn is_public_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let inner = [
        "localhost",
        "local",
        "internal",
        "home.arpa",
        "lan",
        "intranet",
    ];
    let is_inner = inner
        .iter()
        .any(|end| name == *end || name.strip_suffix(end).is_some_and(|n| n.ends_with('.')));
    name.contains('.') && !is_inner
}

/// True for an address of the public internet; false for loopback, private, link-local, shared,
/// multicast, documentation, translated and otherwise reserved ones.
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let reserved = a == 0
        || a >= 224
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19));
    !(reserved
        || ip.is_loopback()
        || ip.is_private()
        || ip.is_link_local()
        || ip.is_documentation())
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    if let Some(v4) = ip.to_ipv4_mapped() {
        return is_public_v4(v4);
    }
    let [first, second, ..] = ip.segments();
    // Only 2000::/3 is given out; inside it: Teredo, benchmarking, documentation, 6to4.
    let given_out = first & 0xe000 == 0x2000;
    let special = (first == 0x2001 && (second < 0x0200 || second == 0x0db8))
        || first == 0x2002
        || first == 0x3fff;
    given_out && !special
}

/// A resolver for [`reqwest::ClientBuilder::dns_resolver`] that knows public addresses only.
#[derive(Debug, Clone, Copy, Default)]
pub struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<_> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(NotPublic::Private.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{NotPublic, PublicOnly, check_public, is_public};
    use reqwest::dns::Resolve;
    use url::Url;

    #[test]
    fn private_addresses_are_known() {
        for ip in [
            "127.0.0.1",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "192.0.0.8",
            "198.18.0.1",
            "203.0.113.5",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "::127.0.0.1",
        ] {
            assert!(!is_public(ip.parse().unwrap()), "{ip}");
        }
        for ip in [
            "8.8.8.8",
            "1.1.1.1",
            "172.32.0.1",
            "2606:4700::1111",
            "2001:4860:4860::8888",
        ] {
            assert!(is_public(ip.parse().unwrap()), "{ip}");
        }
    }

    #[test]
    fn urls_are_judged_by_their_look() {
        let check = |text: &str| check_public(&Url::parse(text).unwrap());
        assert_eq!(check("https://hooks.example.com/x"), Ok(()));
        assert_eq!(check("https://8.8.8.8/"), Ok(()));
        assert_eq!(check("http://hooks.example.com/x"), Err(NotPublic::Scheme));
        assert_eq!(
            check("https://a:b@hooks.example.com/"),
            Err(NotPublic::Credentials)
        );
        assert_eq!(
            check("https://hooks.example.com:8443/"),
            Err(NotPublic::Port)
        );
        for text in [
            "https://localhost/",
            "https://LOCALHOST./",
            "https://db.internal/",
            "https://printer/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://169.254.169.254/latest/meta-data",
        ] {
            assert_eq!(check(text), Err(NotPublic::Private), "{text}");
        }
    }

    #[tokio::test]
    async fn names_of_private_hosts_do_not_resolve() {
        let refused = PublicOnly.resolve("localhost".parse().unwrap()).await;
        assert!(refused.is_err());
    }
}
