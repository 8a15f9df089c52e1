//! `postmaster.pid`, in which a server says where it is (PostgreSQL, `src/include/utils/pidfile.h`).

use std::fs;
use std::path::{Path, PathBuf};

use rustix::process::Pid;

/// What stands in it, as far as the server has got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PidFile {
    /// The server's process.
    pub(super) pid: Pid,
    /// Its TCP port, and the number in the socket's name.
    pub(super) port: Option<u16>,
    /// The folder of its socket.
    pub(super) socket_dir: Option<PathBuf>,
    /// The address that it listens on over TCP, if it does.
    pub(super) address: Option<String>,
    /// Whether it takes connections.
    pub(super) is_ready: bool,
}

impl PidFile {
    /// Where it lies.
    pub(super) fn path(data: &Path) -> PathBuf {
        data.join("postmaster.pid")
    }

    /// Reads it. `None` where there is none, or one without a process.
    pub(super) fn read(data: &Path) -> Option<PidFile> {
        parse(&fs::read_to_string(PidFile::path(data)).ok()?)
    }
}

fn parse(text: &str) -> Option<PidFile> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let line = |number: usize| lines.get(number - 1).copied().filter(|line| !line.is_empty());
    Some(PidFile {
        pid: Pid::from_raw(line(1)?.parse().ok().filter(|&pid| pid > 0)?)?,
        port: line(4).and_then(|port| port.parse().ok()),
        socket_dir: line(5).map(PathBuf::from),
        address: line(6).map(str::to_owned),
        is_ready: line(8) == Some("ready"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_takes_connections_says_where() {
        let read = parse("12\n/data\n1700000000\n5432\n/tmp/pmdb-1\n127.0.0.1\n 1 2\nready   \n").unwrap();
        assert_eq!(read.pid.as_raw_nonzero().get(), 12);
        assert_eq!((read.port, read.socket_dir.as_deref()), (Some(5432), Some(Path::new("/tmp/pmdb-1"))));
        assert_eq!((read.address.as_deref(), read.is_ready), (Some("127.0.0.1"), true));
    }

    #[test]
    fn a_server_that_starts_is_not_ready_and_may_not_have_said_all() {
        let starting = parse("12\n/data\n1700000000\n5432\n/tmp\n\n 1 2\nstarting\n").unwrap();
        assert_eq!((starting.address, starting.is_ready), (None, false));
        let begun = parse("12\n/data\n").unwrap();
        assert_eq!((begun.port, begun.socket_dir, begun.is_ready), (None, None, false));
    }

    #[test]
    fn without_a_process_it_says_nothing() {
        for text in ["", "-1\n", "0\n", "many\n", "99999999999\n"] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
