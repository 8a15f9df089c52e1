//! What is worth telling while PostgreSQL is fetched.

use std::path::PathBuf;

use super::Holder;

/// A step of a download.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DownloadEvent {
    /// Another pmdb is fetching the same. Its end is waited for.
    Waiting(Holder),
    /// It begins.
    Begins {
        /// PostgreSQL's version.
        version: String,
        /// From where, without a password.
        url: String,
        /// The folder where it will be kept.
        cache: PathBuf,
    },
    /// A part of it is here.
    Progress {
        /// How many bytes have come.
        done: u64,
        /// How many will come, if the other side has said so.
        total: Option<u64>,
    },
    /// It is there to stay.
    Ends {
        /// PostgreSQL's version.
        version: String,
        /// Its folder.
        folder: PathBuf,
    },
}
