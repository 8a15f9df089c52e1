//! A server that another pmdb has started, and that this one uses as well.

use std::fs;
use std::path::{Path, PathBuf};

use super::pid_file::PidFile;
use super::users::{self, ServerUser};

/// A server that runs as long as somebody uses it: at least as long as this value lives.
#[derive(Debug)]
pub struct JoinedServer {
    _user: ServerUser,
    socket_dir: PathBuf,
    port: u16,
}

impl JoinedServer {
    /// Joins those who use the server of this home. `None` where none runs, or it is about to start or to stop.
    pub fn find(home: &Path) -> Option<JoinedServer> {
        let data = fs::canonicalize(home.join("data")).ok()?;
        let server = PidFile::read(&data).filter(|server| server.is_ready)?;
        let socket_dir = server.socket_dir.clone()?;
        let user = users::join(&socket_dir)?;
        // Another server may have taken its place in between.
        let is_the_same = PidFile::read(&data).as_ref() == Some(&server);
        let port = server.port.filter(|_| is_the_same)?;
        Some(JoinedServer { _user: user, socket_dir, port })
    }

    /// The folder of the Unix socket: the `host` to connect to.
    pub fn socket_dir(&self) -> &Path {
        &self.socket_dir
    }

    /// The port that belongs to [`socket_dir`](Self::socket_dir).
    pub fn port(&self) -> u16 {
        self.port
    }
}
