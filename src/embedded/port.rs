//! The port for connections over TCP: the same each time, so that a connection string that somebody has kept stays right.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use super::EmbeddedError;
use super::account::Account;
use super::files::{failed_to, random_hex, sibling, write_private};

/// The file in the home that keeps it.
const FILE: &str = "port";

/// A new port is looked for among these: below what systems give to outgoing connections, and above what programs
/// usually listen on.
const RANGE: std::ops::Range<u16> = 20_000..30_000;

/// How many of them are tried.
const ATTEMPTS: u32 = 100;

/// The port that this home had the last time.
pub(super) fn usual(home: &Path) -> Option<u16> {
    fs::read_to_string(home.join(FILE)).ok()?.trim().parse().ok().filter(|&port| port > 0)
}

/// Keeps it for the next time.
pub(super) fn keep(home: &Path, account: &Account, port: u16) -> Result<(), EmbeddedError> {
    let file = home.join(FILE);
    // Under another name first, so that a killed pmdb leaves no half of it.
    let new = sibling(&file, ".new");
    write_private(&new, &format!("{port}\n"))?;
    account.hand_over(&new)?;
    fs::rename(&new, &file).map_err(failed_to("write", &file))
}

/// Whether it can be listened on now.
pub(super) fn try_listen(port: u16) -> io::Result<()> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map(drop)
}

/// One that is free now.
pub(super) fn free() -> Result<u16, EmbeddedError> {
    for _ in 0..ATTEMPTS {
        let number = u16::from_str_radix(&random_hex(2)?, 16).unwrap_or_default();
        let port = RANGE.start + number % RANGE.end.abs_diff(RANGE.start);
        if try_listen(port).is_ok() {
            return Ok(port);
        }
    }
    let any = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    Ok(any.map_err(failed_to("find a free port on", Path::new("127.0.0.1")))?.port())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_port_is_kept_for_its_owner_alone() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(usual(home.path()), None);
        keep(home.path(), &Account::Own, 20_001).unwrap();
        keep(home.path(), &Account::Own, 20_002).unwrap();
        assert_eq!(usual(home.path()), Some(20_002));
        let mode = fs::metadata(home.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_no_port_does_not_count() {
        let home = tempfile::tempdir().unwrap();
        for text in ["", "0", "many", "65536"] {
            fs::write(home.path().join(FILE), text).unwrap();
            assert_eq!(usual(home.path()), None, "{text:?}");
        }
    }

    #[test]
    fn a_free_port_can_be_listened_on_and_a_taken_one_cannot() {
        let port = free().unwrap();
        assert!(RANGE.contains(&port));
        let _taken = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        assert!(try_listen(port).is_err());
    }
}
