//! Whom addresses from a handed-in file may lead to: named machines, and none in a private network.
//!
//! Whoever hands in a file chooses the addresses in it. Asked without a guard, they would make this machine
//! ask others in the office's name: a service in its network, or one that counts who looks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs as _};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// The machines that may be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Guard {
    // In lower case, as addresses have them.
    hosts: Vec<String>,
}

/// Why an address is not asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GuardError {
    /// Nobody allowed it.
    #[error("{host} is not one of the machines that may be asked")]
    NotListed {
        /// The machine, as the address has it.
        host: String,
    },
    /// It is in a private network.
    #[error("{host} is in a private network")]
    Private {
        /// The machine, as the address has it.
        host: String,
    },
}

impl Guard {
    /// Makes a guard that lets through these machines, each with its port where one is named.
    pub(super) fn new(hosts: &[String]) -> Self {
        Self {
            hosts: hosts.iter().map(|host| host.to_ascii_lowercase()).collect(),
        }
    }

    /// Checks an address before anything is asked. A name is checked again when it is resolved.
    ///
    /// # Errors
    /// [`GuardError`].
    pub(super) fn check(&self, url: &Url) -> Result<(), GuardError> {
        let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
        let with_port = match url.port_or_known_default() {
            Some(port) => format!("{host}:{port}"),
            None => host.clone(),
        };
        let is_with_port = self.hosts.contains(&with_port);
        // Without a port the usual one of its kind of address is meant.
        let is_listed = is_with_port || (url.port().is_none() && self.hosts.contains(&host));
        if !is_listed {
            return Err(GuardError::NotListed { host });
        }
        let number = host.trim_start_matches('[').trim_end_matches(']');
        match number.parse::<IpAddr>() {
            Ok(address) if !is_public(address) && !is_with_port => {
                Err(GuardError::Private { host })
            }
            Ok(_) | Err(_) => Ok(()),
        }
    }
}

/// Resolves names to public addresses alone. The connection is made to what is given here, so a name cannot
/// lead elsewhere between the look and the question.
#[derive(Debug)]
pub(super) struct PublicAlone;

impl Resolve for PublicAlone {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        Box::pin(async move {
            let asked = host.clone();
            let found = tokio::task::spawn_blocking(move || {
                let found = (asked.as_str(), 0).to_socket_addrs()?;
                Ok::<Vec<SocketAddr>, std::io::Error>(found.collect())
            });
            let found = found.await??;
            // One private address among public ones is a trap, not a choice.
            if found.iter().any(|found| !is_public(found.ip())) {
                return Err(GuardError::Private { host }.into());
            }
            let found: Addrs = Box::new(found.into_iter());
            Ok(found)
        })
    }
}

/// Tells whether an address is one of the open net (IANA's registries of special-purpose addresses).
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        // RFC 6598: shared by carriers' customers.
        || (a == 100 && (64..128).contains(&b))
        // RFC 6890 and RFC 7526: protocols, and the old way to version 6.
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        // RFC 2544: measurements.
        || (a == 198 && (b == 18 || b == 19));
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    // RFC 4291 §2.4: what is given out is in 2000::/3. Of it protocols (2001::/23, which hold addresses
    // of version 4), documentation (2001:db8::/32, 3fff::/20) and the old way from version 4 (2002::/16)
    // are not.
    (a & 0xE000) == 0x2000
        && !(a == 0x2001 && (b < 0x0200 || b == 0x0DB8))
        && a != 0x2002
        && !(a == 0x3FFF && b < 0x1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_networks_are_told_from_the_open_one() {
        for private in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "64:ff9b::a00:1",
            "2001::1",
            "2001:db8::1",
            "2002:a00:1::",
            "fc00::1",
            "fd00::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in [
            "8.8.8.8",
            "100.128.0.1",
            "172.32.0.1",
            "193.10.0.1",
            "2a00:801::1",
            "2001:6b0::1",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn only_named_machines_are_asked() {
        let hosts = [
            "Ocsp.Example.SE",
            "crl.example.se:8080",
            "127.0.0.1:9000",
            "10.0.0.1",
            "[::1]:9000",
        ];
        let guard = Guard::new(&hosts.map(str::to_owned));
        let check = |url: &str| guard.check(&url.parse().unwrap());
        for allowed in [
            "http://ocsp.example.se/a",
            "https://OCSP.example.se/",
            "http://crl.example.se:8080/x",
            "http://127.0.0.1:9000/",
            "http://[::1]:9000/",
        ] {
            assert_eq!(check(allowed), Ok(()), "{allowed}");
        }
        for refused in [
            "http://ocsp.example.se:8081/",
            "http://crl.example.se/",
            "http://example.se/",
            "http://ocsp.example.se.evil.net/",
            "http://x.ocsp.example.se/",
            "http://127.0.0.1/",
            "http://127.0.0.1:9001/",
            "http://localhost:9000/",
            "http://0x7f000001/",
        ] {
            assert!(check(refused).is_err(), "{refused}");
        }
        let host = "10.0.0.1".to_owned();
        assert_eq!(check("http://10.0.0.1/"), Err(GuardError::Private { host }));
    }
}
