//! A private PostgreSQL server, run from the binaries on this machine. Where there are none, they can be fetched.
//!
//! One folder, the *home* (`.pmdb/` in a project), holds all that outlives a run:
//!
//! ```text
//! .pmdb/.gitignore    holds `*`: the folder ignores itself
//! .pmdb/lock          locked while a pmdb runs the server; its pid stands inside
//! .pmdb/server.log    what the server said since its last start
//! .pmdb/data/         the database cluster, or a link to it
//! ```
//!
//! The socket lies in a short folder of its own below the temporary folder, because its path may have
//! about a hundred bytes. The server runs as a child in a process group of its own, so that Ctrl-C
//! reaches pmdb alone, and a tiny shell, the watcher, stops it when pmdb is killed.
//!
//! **As root.** PostgreSQL refuses to run as root, so its programs run as another user: the one behind
//! `sudo`, else `postgres`, else `nobody` (a cluster that exists already runs as its owner). When that
//! user cannot enter the home, as below `/root`, the cluster is made in `/var/lib/pmdb/` and `data` in
//! the home is a link to it.
//!
//! **Who can connect.** Through the socket: every user who may enter its folder (mode 0700), hence the server's
//! own user and root, without a password. Over TCP, where every user of the machine can connect: only
//! with the random password that was made with the cluster.

mod account;
mod binaries;
#[cfg(feature = "download")]
mod cache;
mod cluster;
mod data_dir;
#[cfg(feature = "download")]
mod download;
mod download_event;
mod durability;
mod error;
mod files;
mod home;
mod lock;
mod orphan;
mod os_release;
mod postmaster;
mod run_dir;
mod server;
mod throwaway;
mod watcher;

pub use binaries::Binaries;
pub use download_event::DownloadEvent;
pub use durability::Durability;
pub use error::EmbeddedError;
pub use lock::Holder;
pub use server::{EmbeddedServer, Listen, ServerOptions};
pub use throwaway::start_throwaway;
