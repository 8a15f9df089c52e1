//! The rows that `pmdb fill` makes, ready in files for psql: what it takes the server to load them, and nothing to make them.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::server::{Server, folder};
use crate::tool::{Task, Tool};

/// Parents first.
const TABLES: [&str; 5] = ["users", "user_profiles", "projects", "tasks", "project_members"];

/// Files of rows, scripts that load them, and databases to begin with.
pub struct ReadyRows {
    folder: TempDir,
    /// With the bundled schema.
    pub whole: String,
    /// The same without indexes, keys and foreign keys.
    pub bare: String,
}

impl ReadyRows {
    /// Has pmdb make them, and writes them down.
    pub fn new(server: &Server) -> ReadyRows {
        let folder = folder();
        let path = folder.path();
        let whole = server.new_database();
        Tool::Pmdb.run(Task::UpBundled, path, server.socket_dir(), &whole);
        let filled = server.copy_of(&whole);
        Tool::Pmdb.run(Task::CopyText, path, server.socket_dir(), &filled);
        let (mut out, mut text, mut binary) = (String::new(), String::new(), String::new());
        for table in TABLES {
            let _ = writeln!(
                out,
                "\\copy {table} TO '{table}.text'\n\\copy {table} TO '{table}.binary' (FORMAT binary)"
            );
            let _ = writeln!(text, "\\copy {table} FROM '{table}.text'");
            let _ = writeln!(binary, "\\copy {table} FROM '{table}.binary' (FORMAT binary)");
        }
        let dump = |section: &str| dump(path, server, &filled, section);
        let _ = writeln!(binary, "{}", dump("post-data"));
        for (name, script) in [("out", out), ("text", text), ("binary", binary), ("bare", dump("pre-data"))] {
            fs::write(path.join(format!("{name}.sql")), script).unwrap();
        }
        let bare = server.new_database();
        Tool::Psql.run(Task::Script("out.sql"), path, server.socket_dir(), &filled);
        Tool::Psql.run(Task::Script("bare.sql"), path, server.socket_dir(), &bare);
        server.drop_database(&filled);
        ReadyRows { folder, whole, bare }
    }

    /// The folder with the files.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

fn dump(folder: &Path, server: &Server, database: &str, section: &str) -> String {
    let output = Command::new("pg_dump")
        .arg(format!("--section={section}"))
        .args(["-U", "postgres", "-d", database, "-h"])
        .arg(server.socket_dir())
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "pg_dump: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    // A database has its schema public already.
    text.lines()
        .filter(|line| !line.starts_with("CREATE SCHEMA public"))
        .map(|line| format!("{line}\n"))
        .collect()
}
