//! The project-management schema and its sample data, compiled into the program.

use include_dir::{Dir, include_dir};

/// The migrations.
pub static MIGRATIONS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/migrations");

/// The seeds.
pub static SEEDS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/seeds");
