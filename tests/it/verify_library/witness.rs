//! What pg_dump says of a schema. It is no part of pmdb and reads the catalog by other queries.

use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use similar::TextDiff;

use crate::support::{Database, binaries};

static PG_DUMP: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
    let program = binaries().bin_dir.join("pg_dump");
    program.is_file().then_some(program)
});

/// The program of the server's version, if it is there.
pub fn pg_dump() -> Option<&'static PathBuf> {
    PG_DUMP.as_ref()
}

/// The schema of a database as SQL, with what is set for the database (`--create`), but without its name; `None` without
/// a pg_dump.
pub fn dump(database: &Database) -> Option<String> {
    let output = Command::new(pg_dump()?)
        .args(["--schema-only", "--create", "--exclude-table=public.schema_migrations"])
        .args(["--dbname", database.url()])
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap().replace(database.name(), "[DATABASE]");
    Some(text.split_inclusive('\n').filter(|line| !holds_a_key(line)).collect())
}

/// These two lines hold a key that is another one each time.
fn holds_a_key(line: &str) -> bool {
    line.starts_with("\\restrict ") || line.starts_with("\\unrestrict ")
}

/// Where two dumps differ.
pub fn difference(before: &str, after: &str) -> String {
    TextDiff::from_lines(before, after).unified_diff().context_radius(1).to_string()
}
