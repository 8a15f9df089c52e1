//! pmdb migrates and seeds PostgreSQL: every file once, all or nothing, and back again.
//!
//! An application that migrates its database when it starts needs three things: a [`Session`], a [`MigrationSet`] and
//! a [`Migrator`]. `examples/migrate_at_startup.rs` shows it, with a folder of migrations compiled into the program by
//! the crate `include_dir`.
//!
//! # Features
//!
//! | feature | what it brings |
//! |---|---|
//! | `cli` | the command: the modules [`app`], [`cli`], [`commands`], [`output`] and [`bundled`] |
//! | `download` | fetching PostgreSQL for the private server, where the machine has none |
//! | `inspect` | the modules [`advise`], [`catalog`] and [`ignore`], and in [`postgres`] what reads schemas and verifies migrations; part of `cli` |
//! | `embedded` | the private server; part of `inspect` and `download` |
//! | `tls` | encrypted connections; part of `cli` and `download` |
//!
//! All are there by default. An application that only migrates takes `default-features = false, features = ["tls"]`. Without
//! `tls` pmdb does what libpq does without OpenSSL: `sslmode=prefer`, the default, connects in plain text, and `require` and
//! more are an error.
//!
//! # The house
//!
//! Dependencies point downwards only.
//!
//! | module | what is there |
//! |---|---|
//! | [`app`] | the command as a whole: arguments in, exit code out |
//! | [`cli`] | the command line's definition |
//! | [`commands`] | one file per command: a recipe of calls that returns a report |
//! | [`output`] | reports, progress and errors as text or JSON: the only place that prints |
//! | [`commands::error`] | what can stop a command |
//! | [`postgres`] | what talks to a server: history, lock, migrator, catalog reader, verify |
//! | [`connect`] | finding a database as libpq does, TLS, passwords; knows nothing of migrations |
//! | [`embedded`] | the private server; knows nothing of migrations |
//! | [`migration`] | pure: files, splitting, checksums, where things stand, plans |
//! | [`advise`] | pure: the rules of `pmdb advise`, as data |
//! | [`catalog`] | pure: the schema of a database as a value |
//! | [`impact`] | pure: what pending migrations will do to a database in use |
//! | [`fill`] | pure: made-up rows, and the shape of a database that they follow |
//! | [`diagnosis`], [`exit`] | pure: what an error is for a person and for a program |
//! | [`json_file`] | pure: files that pmdb writes for itself |
//! | [`ignore`] | pure: what is known and to be left out of an answer |
//! | [`bundled`] | the schema and the sample data inside the program |

#[cfg(test)]
#[macro_use]
mod json_schema;

#[cfg(feature = "inspect")]
pub mod advise;
#[cfg(feature = "cli")]
pub mod app;
pub mod blocking;
#[cfg(feature = "cli")]
pub mod bundled;
#[cfg(feature = "inspect")]
pub mod catalog;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "cli")]
pub mod commands;
pub mod connect;
pub mod diagnosis;
#[cfg(feature = "embedded")]
pub mod embedded;
pub mod exit;
#[cfg(feature = "inspect")]
pub mod fill;
#[cfg(feature = "inspect")]
pub mod ignore;
#[cfg(feature = "inspect")]
pub mod impact;
#[cfg(feature = "inspect")]
pub mod json_file;
pub mod migration;
#[cfg(feature = "cli")]
pub mod output;
pub mod postgres;

pub use connect::{Session, Target};
pub use migration::{Goal, MigrationSet, Plan, load_compiled, load_folder};
pub use postgres::{Event, HistoryTable, Listener, Migrator, MigratorError, NoopListener, Outcome};

/// The Rust in the documents is compiled with the tests of the documentation.
#[cfg(doctest)]
mod documents {
    #[doc = include_str!("../README.md")]
    struct Readme;
    #[doc = include_str!("../docs/testing.md")]
    struct Testing;
}
