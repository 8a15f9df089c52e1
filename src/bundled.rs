//! The project-management schema and its sample data, compiled into the program: each file's name and its bytes.

use std::path::Path;

use include_dir::{Dir, include_dir};

static MIGRATIONS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/migrations");
static SEEDS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/seeds");

/// The migrations.
pub fn migrations() -> impl Iterator<Item = (&'static Path, &'static [u8])> {
    files(&MIGRATIONS)
}

/// The seeds.
pub fn seeds() -> impl Iterator<Item = (&'static Path, &'static [u8])> {
    files(&SEEDS)
}

/// There are no folders within.
fn files(dir: &'static Dir<'_>) -> impl Iterator<Item = (&'static Path, &'static [u8])> {
    dir.files().map(|file| (file.path(), file.contents()))
}
