//! How a server is to run.

use std::path::PathBuf;
use std::time::Duration;

use super::Durability;

/// Where the server takes connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listen {
    /// Only through its Unix socket.
    Socket,
    /// Through its Unix socket, and over TCP on 127.0.0.1 with a password.
    Loopback(Port),
}

/// On which port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// That of the last time, if it is free now; else another one, for this time.
    Usual,
    /// This one, from now on.
    Fixed(u16),
}

/// How to run the server.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// The folder for the data, the log and the lock: `.pmdb` in a project. Created when it is missing.
    pub home: PathBuf,
    /// What happens to the data.
    pub durability: Durability,
    /// Where to take connections.
    pub listen: Listen,
    /// How long to wait for another pmdb that uses the same home.
    pub lock_wait: Duration,
    /// What those who have to wait are told about who runs the server, such as `pmdb dev`.
    pub program: Option<String>,
}
