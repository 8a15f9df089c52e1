//! An example brings its own database, and leaves nothing behind, however it ends.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::run::{example, succeed};
use crate::support::Server;

/// The databases that an example has made on this server, and that are still there.
fn playgrounds(server: &Server) -> String {
    let query = "SELECT count(*) FROM pg_database WHERE datname LIKE 'pmdb_example_%'";
    crate::support::Database::on(server).value(query)
}
