//! What some tests need beyond Rust and PostgreSQL's server programs. Where it is missing, they are skipped, and say so.

use std::env;
use std::io::{self, Write};
use std::path::PathBuf;
use std::thread;

use super::{binaries, server};

/// Set where everything has to be there: what is missing fails its test then.
const NEED_ALL: &str = "PMDB_TEST_NEED_ALL";

/// A program of PostgreSQL's that belongs to the clients, from beside the server's. `None`: skip the test.
pub fn client_program(name: &str) -> Option<PathBuf> {
    let folder = binaries().bin_dir;
    let program = folder.join(name);
    if program.is_file() {
        return Some(program);
    }
    let how = "install PostgreSQL's client programs (on Debian: apt-get install postgresql-client)";
    missing(&format!("{name} in {}", folder.display()), how);
    None
}

/// Whether the server has an extension, such as those of contrib. `false`: skip the test.
pub fn has_extension(name: &str) -> bool {
    let query = format!("SELECT FROM pg_available_extensions WHERE name = '{name}'");
    let is_there = !server().sql("postgres", &query).is_empty();
    if !is_there {
        missing(&format!("the extension {name}"), "install PostgreSQL's contrib package");
    }
    is_there
}

/// Whether the server is of this major version or a newer one. `false`: skip the test. That is no failure anywhere, since
/// one run has one version.
pub fn is_at_least(version: u32) -> bool {
    let (major, enough) = (server().major(), server().major() >= version);
    if !enough {
        skipped(&format!("PostgreSQL {version} (this is {major})"), "PMDB_PG_BIN names another one");
    }
    enough
}

/// Says that the test at hand is skipped, since this is missing, and how to have it. Fails it instead where nothing may be
/// missing.
pub fn missing(what: &str, how: &str) {
    assert!(env::var_os(NEED_ALL).is_none(), "this test needs {what}: {how}");
    skipped(what, how);
}

/// Says that the test at hand leaves out what needs this. It says so past the harness, which shows what a test prints
/// only when the test fails. The thread of a test bears its name.
pub fn skipped(what: &str, how: &str) {
    let name = thread::current().name().unwrap_or("a test").to_owned();
    let _ = writeln!(io::stderr(), "{name}: skipped what needs {what}; {how}");
}
