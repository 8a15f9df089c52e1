//! A private PostgreSQL server, run from the binaries on this machine. Where there are none, they can be fetched.
//!
//! One folder, the *home* (`.pmdb/` in a project), holds all that outlives a run:
//!
//! ```text
//! .pmdb/.gitignore    holds `*`: the folder ignores itself
//! .pmdb/lock          locked while the pmdb lives that has started the server; its pid stands inside
//! .pmdb/port          the port for connections over TCP, once one was needed
//! .pmdb/server.log    what the server said since its last start
//! .pmdb/data/         the database cluster, or a link to it
//! ```
//!
//! The socket lies in a short folder of its own below the temporary folder, because its path may have
//! about a hundred bytes. The server runs as a child in a process group of its own, so that Ctrl-C
//! reaches pmdb alone, and a tiny shell, the watcher, stops it when pmdb is killed.
//!
//! **Several at once.** One pmdb starts the server; others that come meanwhile join it. It ends with the last of them:
//! where the one that started it has ended or was killed before, its watcher waits for the others.
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
mod claim;
mod cluster;
mod data_dir;
#[cfg(feature = "download")]
mod download;
mod download_event;
mod durability;
mod error;
mod files;
mod holder;
mod home;
mod home_server;
mod joined;
mod lock;
mod options;
mod orphan;
mod os_release;
mod pid_file;
mod port;
mod postmaster;
mod run_dir;
mod server;
mod throwaway;
mod users;
mod watcher;

pub use binaries::Binaries;
pub use claim::Waiting;
pub use download_event::DownloadEvent;
pub use durability::Durability;
pub use error::EmbeddedError;
pub use holder::Holder;
pub use home_server::HomeServer;
pub use joined::JoinedServer;
pub use options::{Listen, Port, ServerOptions};
pub use server::{EmbeddedServer, Stopped};
pub use throwaway::start_throwaway;
#[cfg(feature = "cli")]
pub(crate) use watcher::Watcher;
