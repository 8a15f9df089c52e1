//! What can go wrong with the embedded server, and how to go on.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use super::Holder;

/// Why there is no embedded server. The text of each names the way out.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// This machine has no PostgreSQL server binaries in any of the usual places.
    #[error(
        "found no PostgreSQL server on this machine (its programs postgres and initdb)\n  \
         looked in: {}\n  install it: {install}\n  \
         or name the folder that holds both programs in PMDB_PG_BIN{}",
        tried.join("\n             "),
        not_fetched.as_ref().map_or_else(String::new, |why| format!("\n  {why}"))
    )]
    NotFound {
        /// Every place that was looked at, with what was missing there.
        tried: Vec<String>,
        /// The command that installs PostgreSQL here.
        install: &'static str,
        /// Why it was not fetched, where that was wanted.
        not_fetched: Option<String>,
    },

    /// `PMDB_PG_BIN` is set, but what it names is of no use. No other place is tried then.
    #[error(
        "PMDB_PG_BIN is {}, but {reason}\n  \
         set it to the folder that holds postgres and initdb, or unset it to let pmdb search",
        path.display()
    )]
    BadPgBin {
        /// The value of the variable.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },

    /// pmdb runs as root, and there is no other user to run PostgreSQL as.
    #[error(
        "PostgreSQL refuses to run as root, and this machine has neither a user postgres nor nobody\n  \
         run pmdb as another user, or create one: useradd --system postgres"
    )]
    NoAccount,

    /// The user that PostgreSQL has to run as cannot enter the folder of its data.
    #[error(
        "the user {user} cannot enter {}, and the embedded server has to run as this user\n  \
         allow it to enter each parent folder (chmod a+x), or move the project",
        path.display()
    )]
    OutOfReach {
        /// The folder.
        path: PathBuf,
        /// The user.
        user: String,
    },

    /// The folder for what is temporary, which `TMPDIR` names, is of no use.
    #[error(
        "TMPDIR is {}, which cannot be used: {reason}\n  \
         set it to a folder that you can write to, or unset it",
        path.display()
    )]
    BadTmpDir {
        /// The value of the variable.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },

    /// There is no folder for the socket: too long a path, or out of reach.
    #[error(
        "found no temporary folder for the server's socket (tried {tried})\n  \
         set TMPDIR to a folder with a short path that {user} can enter"
    )]
    NoSocketDir {
        /// The folders that were tried.
        tried: String,
        /// The user that the server runs as.
        user: String,
    },

    /// Another process runs a server on this data.
    #[error("{} is in use by {holder}\n  wait until it has ended, or stop it, and try again", home.display())]
    Busy {
        /// The folder that is in use.
        home: PathBuf,
        /// Who uses it.
        holder: Holder,
    },

    /// The port that was asked for is taken, or not allowed.
    #[error(
        "cannot listen on 127.0.0.1:{port}: {source}\n  choose another port, or leave the choice to pmdb"
    )]
    Port {
        /// The port.
        port: u16,
        /// What the operating system said.
        source: io::Error,
    },

    /// The caller did not want to wait any longer.
    #[error("interrupted")]
    Interrupted,

    /// The data was made by another major version of PostgreSQL.
    #[error(
        "the data in {} was made by PostgreSQL {data}, but the server here is version {binaries}\n  \
         set PMDB_PG_BIN to the bin folder of a PostgreSQL {data}, \
         or delete {} to begin with an empty database",
        data_dir.display(),
        home.display()
    )]
    WrongVersion {
        /// The major version that made the data.
        data: String,
        /// The major version of the binaries that were found.
        binaries: String,
        /// The data directory.
        data_dir: PathBuf,
        /// What to delete for a fresh start.
        home: PathBuf,
    },

    /// There is something where the data directory should be, but it is no data directory.
    #[error(
        "{} holds files, but no PostgreSQL data (no PG_VERSION)\n  move it away and try again",
        path.display()
    )]
    NotAData {
        /// The folder.
        path: PathBuf,
    },

    /// `initdb` failed; nothing of its work was kept.
    #[error("initdb could not make a database cluster (run as {user})\n{}", output.trim_end())]
    InitFailed {
        /// The user that it ran as.
        user: String,
        /// What it printed.
        output: String,
    },

    /// The server ended before it was ready, or did not get ready in time.
    #[error("the PostgreSQL server did not start: {reason}\n  the end of {}:\n{tail}", log.display())]
    StartFailed {
        /// What was seen of it.
        reason: String,
        /// Its log file.
        log: PathBuf,
        /// The last lines of the log.
        tail: String,
    },

    /// The server did not end as it should have. Its data is safe: it recovers at the next start.
    #[error(
        "the PostgreSQL server did not stop cleanly ({status}); it recovers at its next start\n  \
         the end of {}:\n{tail}",
        log.display()
    )]
    StopFailed {
        /// How its process ended.
        status: ExitStatus,
        /// Its log file.
        log: PathBuf,
        /// The last lines of the log.
        tail: String,
    },

    /// A program could not be run.
    #[error(
        "cannot run {} as {user}: {source}\n  \
         see that this user can enter its folder and run it, or set PMDB_PG_BIN to another PostgreSQL",
        program.display()
    )]
    Spawn {
        /// The program.
        program: PathBuf,
        /// The user to run it as.
        user: String,
        /// What the operating system said.
        source: io::Error,
    },

    /// The operating system gives no random bytes, for a password or a name.
    #[error(
        "cannot get random bytes from the operating system: {0}\n  \
         allow the system call getrandom, or let pmdb read /dev/urandom"
    )]
    Random(io::Error),

    /// A file or a folder could not be used.
    #[error("cannot {action} {}: {source}{}", path.display(), advice(source, path))]
    Io {
        /// What was tried, such as "create".
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

/// What helps most often: a project where root has run pmdb before.
fn advice(error: &io::Error, path: &Path) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            // What could not be created is not there to be looked at.
            let there = path.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("."));
            format!("\n  see who owns it: ls -ld {}", there.display())
        }
        _ => String::new(),
    }
}
