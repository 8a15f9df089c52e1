//! Why PostgreSQL was not fetched.

use std::io;

use super::super::EmbeddedError;

/// Why PostgreSQL was not fetched. The texts are the last line of the message that no PostgreSQL was found.
#[derive(Debug, thiserror::Error)]
pub(in super::super) enum DownloadError {
    /// Somebody does not want it.
    #[error("pmdb would fetch it, but PMDB_DOWNLOAD is `never`")]
    Forbidden,

    /// Nobody knows what is wanted.
    #[error("pmdb would fetch it, but PMDB_DOWNLOAD is `{0}`, and `never` is all that it can be")]
    BadWish(String),

    /// There is no build for this kind of machine.
    #[error(
        "pmdb cannot fetch it: there is no portable build for {} on {}",
        std::env::consts::OS,
        std::env::consts::ARCH
    )]
    NoBuild,

    /// There is no folder to keep it in.
    #[error("pmdb cannot fetch it: neither HOME nor XDG_CACHE_HOME says where to keep it")]
    NoCache,

    /// The mirror is not a URL that can be fetched from.
    #[error(
        "pmdb cannot fetch it from PMDB_PG_MIRROR, which is {0}: it has to be an https address, \
         or an http address on this machine"
    )]
    BadMirror(String),

    /// The operating system's certificates can't be read.
    #[error("pmdb could not fetch it: {0}")]
    Certificates(String),

    /// A file did not come.
    #[error("pmdb could not fetch it from {url}: {reason}\n  PMDB_PG_MIRROR names another place")]
    Fetch {
        /// From where.
        url: String,
        /// What went wrong.
        reason: String,
    },

    /// The answer is not a SHA-256 sum.
    #[error("pmdb could not fetch it: {url} holds no SHA-256 sum")]
    NoSum {
        /// Its address.
        url: String,
    },

    /// The archive is not the one that it should be.
    #[error(
        "pmdb has not kept what it fetched from {url}: its SHA-256 sum is {found}, and should be {wanted}"
    )]
    WrongSum {
        /// From where.
        url: String,
        /// What it is.
        found: String,
        /// What it should be.
        wanted: String,
    },

    /// The archive is broken, or not harmless.
    #[error("pmdb has not kept what it fetched, since the archive is not in order: {0}")]
    Archive(String),

    /// It cannot be written.
    #[error(transparent)]
    Keep(io::Error),

    /// A file or a folder cannot be created or written.
    #[error("pmdb could not keep what it fetched: {0}\n  XDG_CACHE_HOME names another folder for it")]
    Files(#[from] EmbeddedError),

    /// The programs don't run, as where a library is missing.
    #[error("pmdb has fetched it, but it does not run on this machine: {0}")]
    DoesNotRun(String),
}
