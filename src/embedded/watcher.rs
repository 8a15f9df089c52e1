//! What stops the server when pmdb is killed.
//!
//! A shell waits for input on a pipe whose other end only pmdb has. It never gets any while the server
//! runs. When pmdb dies, however it dies, the system closes the pipe and the shell goes on. Both ends close
//! themselves when another program is started, so that no other child of pmdb keeps the pipe open.
//! (`PR_SET_PDEATHSIG` exists on Linux only and is tied to a thread, not to the process.)

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::{Durability, EmbeddedError};

/// A line on the pipe means that pmdb has stopped the server itself. After the end of the pipe: the
/// number cannot belong to another process, since pmdb writes that line as soon as it has seen the
/// server's end, and until then the system keeps the number. The wait is for at most a minute.
const SCRIPT: &str = r#"
read -r _ && exit
kill -INT "$1"
pid_file=$2
shift 2
tenths=0
while [ -e "$pid_file" ] && [ "$tenths" -lt 600 ]; do sleep 0.1; tenths=$((tenths + 1)); done
rm -rf -- "$@"
"#;

/// The shell that watches pmdb. Dropped without [`Watcher::dismiss`], it stops the server.
#[derive(Debug)]
pub(super) struct Watcher {
    shell: Child,
}

/// What the watcher looks after.
#[derive(Debug)]
pub(super) struct Watched<'a> {
    /// The server's process.
    pub(super) pid: u32,
    pub(super) home: &'a Path,
    pub(super) data: &'a Path,
    pub(super) run_dir: &'a Path,
    pub(super) durability: Durability,
}

impl Watcher {
    /// Starts to watch. As root the shell runs as root: it removes what pmdb would remove.
    pub(super) fn start(watched: &Watched<'_>) -> Result<Watcher, EmbeddedError> {
        let program = Path::new("/bin/sh");
        let mut command = Command::new(program);
        command.args(["-c", SCRIPT, "pmdb-watcher"]).arg(watched.pid.to_string());
        command.arg(watched.data.join("postmaster.pid")).arg(watched.run_dir);
        if watched.durability == Durability::ThrowAway {
            command.arg(watched.data).arg(watched.home);
        }
        // Away from pmdb's terminal and its streams: Ctrl-C is not for it, and a program that reads pmdb's
        // output must see its end.
        command.current_dir("/").process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let shell = command.spawn().map_err(|source| EmbeddedError::Spawn {
            program: program.to_owned(),
            user: "the current user".to_owned(),
            source,
        })?;
        Ok(Watcher { shell })
    }

    /// Ends the watch, since the server has ended. The pipe is closed by it.
    pub(super) fn dismiss(&mut self) {
        if let Some(mut pipe) = self.shell.stdin.take() {
            // When the shell is gone already, so is the watch.
            let _ = pipe.write_all(b"done\n");
        }
        let _ = self.shell.wait();
    }
}
