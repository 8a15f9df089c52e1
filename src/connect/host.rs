//! The servers of a target: each a socket or a host, with its port.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

use super::parameters::Parameters;
use super::target_error::TargetError;

pub(super) const DEFAULT_PORT: u16 = 5432;

/// Where psql looks for a server on this machine: Debian's and Red Hat's folder, then PostgreSQL's own.
pub(super) const SOCKET_FOLDERS: &[&str] = &["/var/run/postgresql", "/tmp"];

/// One server to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Host {
    pub(super) address: Address,
    pub(super) port: u16,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    /// The folder of a Unix socket.
    Socket(PathBuf),
    /// A host by name, or by an IP address written as the name.
    Name(String),
    /// A host whose address is given beside the name; the name is what its certificate must show.
    NameAt(String, IpAddr),
}

impl Host {
    /// As in a `.pgpass` file.
    pub(super) fn name(&self) -> String {
        match &self.address {
            Address::Socket(folder) => folder.display().to_string(),
            Address::Name(name) | Address::NameAt(name, _) => name.clone(),
        }
    }
}

impl Host {
    /// Whether the server is on this machine, by what it is called. A name beside an address counts: the address may be that of
    /// a tunnel.
    pub(super) fn is_local(&self) -> bool {
        match &self.address {
            Address::Socket(_) => true,
            Address::Name(name) | Address::NameAt(name, _) => match name.parse::<IpAddr>() {
                Ok(address) => address.is_loopback() || address.is_unspecified(),
                Err(_) => name.eq_ignore_ascii_case("localhost"),
            },
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.address {
            Address::Socket(folder) => write!(f, "{}/.s.PGSQL.{}", folder.display(), self.port),
            Address::Name(name) | Address::NameAt(name, _) if name.contains(':') => {
                write!(f, "[{name}]:{}", self.port)
            }
            Address::Name(name) | Address::NameAt(name, _) => write!(f, "{name}:{}", self.port),
        }
    }
}

/// The lists `host`, `hostaddr` and `port` put together. Each host that is left empty stands for the places
/// where a server on this machine may listen.
pub(super) fn hosts(parameters: &Parameters) -> Result<Vec<Host>, TargetError> {
    let names = list(parameters, "host");
    let addresses = addresses(parameters)?;
    let ports = ports(parameters)?;
    let count = names.len().max(addresses.len()).max(1);
    let fits = |len: usize| len == 0 || len == count;
    if !(fits(names.len()) && fits(addresses.len())) {
        return Err(TargetError::Mismatch { hosts: names.len(), others: addresses.len(), what: "addresses" });
    }
    if !(fits(ports.len()) || ports.len() == 1) {
        return Err(TargetError::Mismatch { hosts: count, others: ports.len(), what: "ports" });
    }

    let mut hosts = Vec::new();
    for index in 0..count {
        let port = ports.get(index).or(ports.first()).copied().unwrap_or(DEFAULT_PORT);
        let name = names.get(index).copied().unwrap_or_default();
        let address = addresses.get(index).copied().flatten();
        hosts.extend(places(name, address).into_iter().map(|address| Host { address, port }));
    }
    Ok(hosts)
}

fn places(name: &str, address: Option<IpAddr>) -> Vec<Address> {
    match (name, address) {
        ("", None) => {
            let sockets = SOCKET_FOLDERS.iter().map(|folder| Address::Socket(PathBuf::from(folder)));
            sockets.chain([Address::Name("localhost".into())]).collect()
        }
        ("", Some(address)) => vec![Address::Name(address.to_string())],
        (name, Some(address)) => vec![Address::NameAt(name.to_owned(), address)],
        (name, None) if name.starts_with('/') => vec![Address::Socket(PathBuf::from(name))],
        (name, None) => vec![Address::Name(name.to_owned())],
    }
}

fn list<'a>(parameters: &'a Parameters, name: &str) -> Vec<&'a str> {
    parameters.get(name).map(|value| value.split(',').map(str::trim).collect()).unwrap_or_default()
}

fn addresses(parameters: &Parameters) -> Result<Vec<Option<IpAddr>>, TargetError> {
    let parse = |text: &str| match text {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| parameters.invalid("hostaddr", "a list of IP addresses")),
    };
    list(parameters, "hostaddr").into_iter().map(parse).collect()
}

fn ports(parameters: &Parameters) -> Result<Vec<u16>, TargetError> {
    let invalid = || parameters.invalid("port", "a number from 1 to 65535");
    let parse = |text: &str| match text {
        "" => Ok(DEFAULT_PORT),
        text => text.parse().ok().filter(|port| *port > 0).ok_or_else(invalid),
    };
    list(parameters, "port").into_iter().map(parse).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Environment;
    use super::*;

    fn shown(text: &str) -> Result<String, String> {
        let parameters =
            Parameters::gather(text, &Environment::default()).map_err(|error| error.to_string())?;
        let hosts = hosts(&parameters).map_err(|error| error.to_string())?;
        Ok(hosts.iter().map(Host::to_string).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn a_server_is_on_this_machine_by_what_it_is_called() {
        let is_local = |text: &str| {
            let parameters = Parameters::gather(text, &Environment::default()).unwrap();
            hosts(&parameters).unwrap().iter().all(Host::is_local)
        };
        for local in [
            "",
            "host=/run",
            "host=LocalHost",
            "host=127.1.2.3",
            "host=::1",
            "hostaddr=127.0.0.1",
            "host=0.0.0.0",
        ] {
            assert!(is_local(&format!("dbname=a {local}")), "{local}");
        }
        for remote in [
            "host=db",
            "host=localhost.example.com",
            "host=10.0.0.1",
            "host=db hostaddr=127.0.0.1",
            "hostaddr=192.0.2.1",
            "host=localhost,db",
        ] {
            assert!(!is_local(&format!("dbname=a {remote}")), "{remote}");
        }
    }

    #[test]
    fn without_a_host_the_sockets_of_this_machine_come_first_then_localhost() {
        let local = "/var/run/postgresql/.s.PGSQL.5432 /tmp/.s.PGSQL.5432 localhost:5432";
        assert_eq!(shown("postgresql:///app"), Ok(local.into()));
    }

    #[test]
    fn every_host_has_its_own_port_or_all_share_one() {
        assert_eq!(shown("postgresql://a:1,b,[::1]:3/d"), Ok("a:1 b:5432 [::1]:3".into()));
        assert_eq!(shown("postgresql://a,b/d?port=6"), Ok("a:6 b:6".into()));
        assert_eq!(shown("host=a,/tmp port=1,2"), Ok("a:1 /tmp/.s.PGSQL.2".into()));
    }

    #[test]
    fn an_address_beside_the_host_takes_its_place_in_the_connection_only() {
        assert_eq!(shown("host=db.example.com hostaddr=10.0.0.1"), Ok("db.example.com:5432".into()));
        assert_eq!(shown("hostaddr=10.0.0.1,::1"), Ok("10.0.0.1:5432 [::1]:5432".into()));
    }

    #[test]
    fn lists_of_different_lengths_are_refused() {
        assert_eq!(shown("host=a,b,c port=1,2"), Err("3 hosts have 2 ports".into()));
        assert_eq!(shown("host=a,b hostaddr=10.0.0.1"), Err("2 hosts have 1 addresses".into()));
    }

    #[test]
    fn a_port_that_is_no_port_is_refused_without_being_shown() {
        for port in ["secret", "0", "65536", "-1"] {
            let error = shown(&format!("postgresql://h:{port}/d")).unwrap_err();
            assert_eq!(error, "`port` in the connection string has to be a number from 1 to 65535");
        }
    }
}
