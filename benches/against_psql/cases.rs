//! What is measured.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use crate::proxy::Proxy;
use crate::ready_rows::ReadyRows;
use crate::server::Server;
use crate::tool::{Measured, Task, Tool};
use crate::workload::Workload;

/// One line of the table.
pub struct Case {
    pub letter: char,
    pub what: &'static str,
    kind: Kind,
    /// How often each tool is run.
    pub pairs: usize,
    /// How long pmdb may take, as a part of what psql takes.
    pub target: Option<f64>,
    /// How much memory pmdb may have, in bytes.
    pub most_memory: Option<u64>,
}

enum Kind {
    /// Every run begins with an empty database; `from` is brought about before the clock starts.
    Fresh { files: Files, from: From, task: Task, delay: Duration },
    /// Everything is applied once, and then looked at again and again. psql only connects.
    Settled { files: usize, task: Task },
    /// A million rows into the empty tables of the bundled schema, all of them indexed in the end.
    Fill { task: Task },
    /// `plan` of 20 files on a database of 1,000 tables: how long all of it takes, or the target alone is asked. psql has no such
    /// thing: it loads rows, which tells how fast the machine is.
    Plan { share: Share },
}

/// How long psql took to load a million rows from binary files and to build their indexes, on the machine on which it was said how
/// long a plan may take.
const SECONDS_OF_YARDSTICK: f64 = 3.1;

/// What of a plan is measured.
#[derive(Clone, Copy, PartialEq)]
enum Share {
    All,
    Target,
}

enum Files {
    Tables(usize),
    Steps(usize),
    /// The same, but every tenth down half forgets something. psql runs right ones.
    WrongSteps(usize),
    Statements(usize),
    /// One file with this many megabytes of data for COPY.
    Copy(usize),
}

#[derive(PartialEq)]
enum From {
    Nothing,
    Applied,
}

const MEGABYTE: u64 = 1_000_000;

const fn fresh(files: Files, from: From, task: Task) -> Kind {
    Kind::Fresh { files, from, task, delay: Duration::ZERO }
}

/// All of them.
pub const CASES: &[Case] = &[
    Case {
        letter: 'A',
        what: "up of 1,000 files",
        kind: fresh(Files::Tables(1000), From::Nothing, Task::Up),
        pairs: 7,
        target: Some(0.75),
        most_memory: Some(30 * MEGABYTE),
    },
    Case {
        letter: 'B',
        what: "up, nothing pending of 1,000",
        kind: Kind::Settled { files: 1000, task: Task::Up },
        pairs: 31,
        target: Some(0.4),
        most_memory: None,
    },
    Case {
        letter: 'C',
        what: "status of 1,000",
        kind: Kind::Settled { files: 1000, task: Task::Status },
        pairs: 31,
        target: Some(0.4),
        most_memory: None,
    },
    Case {
        letter: 'D',
        what: "down of 1,000 files",
        kind: fresh(Files::Tables(1000), From::Applied, Task::DownAll),
        pairs: 7,
        target: Some(0.8),
        most_memory: None,
    },
    Case {
        letter: 'E',
        what: "up, nothing pending of 10,000",
        kind: Kind::Settled { files: 10_000, task: Task::Up },
        pairs: 15,
        target: Some(4.0),
        most_memory: Some(30 * MEGABYTE),
    },
    Case {
        letter: 'F',
        what: "up of one file, 5,000 statements",
        kind: fresh(Files::Statements(5000), From::Nothing, Task::Up),
        pairs: 9,
        target: Some(0.45),
        most_memory: None,
    },
    Case {
        letter: 'G',
        what: "A, the server 5 ms away",
        kind: Kind::Fresh {
            files: Files::Tables(1000),
            from: From::Nothing,
            task: Task::Up,
            delay: Duration::from_millis(5),
        },
        // Each takes psql half a minute, and waiting has no noise.
        pairs: 2,
        target: None,
        most_memory: None,
    },
    // 2 GB, tried by hand: 10 MB.
    Case {
        letter: 'L',
        what: "up of one file, COPY of 300 MB",
        kind: fresh(Files::Copy(300), From::Nothing, Task::Up),
        pairs: 5,
        target: Some(1.1),
        most_memory: Some(64 * MEGABYTE),
    },
    // Twenty times as many rows, tried by hand, take no more memory: 12 MB.
    Case {
        letter: 'M',
        what: "fill, 1,000,000 rows (psql: \\copy of these)",
        kind: Kind::Fill { task: Task::CopyText },
        pairs: 3,
        target: Some(1.0),
        most_memory: Some(64 * MEGABYTE),
    },
    Case {
        letter: 'N',
        what: "M (psql: binary, indexes afterwards)",
        kind: Kind::Fill { task: Task::CopyBinary },
        pairs: 5,
        target: Some(1.0),
        most_memory: Some(64 * MEGABYTE),
    },
    Case {
        letter: 'P',
        what: "plan of 20 files, 1,000 tables (psql: as N)",
        kind: Kind::Plan { share: Share::All },
        pairs: 5,
        target: Some(5.0 / SECONDS_OF_YARDSTICK),
        most_memory: None,
    },
    Case {
        letter: 'Q',
        what: "P, what the target alone takes",
        kind: Kind::Plan { share: Share::Target },
        pairs: 5,
        target: Some(0.3 / SECONDS_OF_YARDSTICK),
        most_memory: None,
    },
    Case {
        letter: 'V',
        what: "verify of 300 files (psql: up, down, up)",
        kind: fresh(Files::Steps(300), From::Nothing, Task::Verify),
        pairs: 5,
        target: Some(2.5),
        most_memory: None,
    },
    Case {
        letter: 'W',
        what: "V, every tenth down half wrong",
        kind: fresh(Files::WrongSteps(300), From::Nothing, Task::VerifyWrong),
        pairs: 5,
        target: Some(3.75),
        most_memory: None,
    },
];

/// The runs of each tool.
pub type Runs = HashMap<&'static str, Vec<Measured>>;

/// Runs a case: the tools in turn, as often as it says.
pub fn run(case: &Case, server: &Server, tools: &[Tool]) -> Runs {
    let mut runs = Runs::new();
    match &case.kind {
        Kind::Fresh { files, from, task, delay } => {
            let workload = files.write();
            for _ in 0..case.pairs {
                for tool in tools {
                    let database = server.new_database();
                    let measured = fresh_run(*tool, *task, from, &workload, server, &database, *delay);
                    server.drop_database(&database);
                    runs.entry(tool.name()).or_default().extend(measured);
                }
            }
        }
        Kind::Settled { files, task } => {
            let workload = Workload::of_tables(*files);
            let database = server.new_database();
            Tool::Pmdb.run(Task::Up, workload.path(), server.socket_dir(), &database);
            for _ in 0..case.pairs {
                for tool in tools {
                    let task = if *tool == Tool::Psql { Task::Least } else { *task };
                    let measured = tool.run(task, workload.path(), server.socket_dir(), &database);
                    runs.entry(tool.name()).or_default().extend(measured);
                }
            }
            server.drop_database(&database);
        }
        Kind::Fill { task } => {
            let ready = ReadyRows::new(server);
            for _ in 0..case.pairs {
                for tool in tools {
                    let is_bare = (*tool, *task) == (Tool::Psql, Task::CopyBinary);
                    let database = server.copy_of(if is_bare { &ready.bare } else { &ready.whole });
                    let measured = tool.run(*task, ready.path(), server.socket_dir(), &database);
                    server.drop_database(&database);
                    runs.entry(tool.name()).or_default().extend(measured);
                }
            }
        }
        Kind::Plan { share } => {
            let database = server.new_database();
            let workload = Workload::of_steps(1000, &|_| true);
            Tool::Pmdb.run(Task::Up, workload.path(), server.socket_dir(), &database);
            workload.add_changes(20);
            let ready = ReadyRows::new(server);
            for _ in 0..case.pairs {
                let measured = plan(*share, &workload, server, &database);
                runs.entry(Tool::Pmdb.name()).or_default().extend(measured);
                let loaded = server.copy_of(&ready.bare);
                let yardstick = Tool::Psql.run(Task::CopyBinary, ready.path(), server.socket_dir(), &loaded);
                runs.entry(Tool::Psql.name()).or_default().extend(yardstick);
                server.drop_database(&loaded);
            }
            server.drop_database(&database);
        }
    }
    runs
}

/// Goes by way of a proxy, which knows how long the target has worked. The scratch database is on the server itself.
fn plan(share: Share, workload: &Workload, server: &Server, database: &str) -> Option<Measured> {
    let proxy = Proxy::new(server.socket(), Duration::ZERO);
    let scratch = format!("host={} dbname=postgres user=postgres", server.socket_dir().display());
    let measured =
        Tool::Pmdb.run(Task::Plan(scratch.leak()), workload.path(), proxy.socket_dir(), database)?;
    Some(if share == Share::All { measured } else { Measured { took: proxy.load().busy, ..measured } })
}

fn fresh_run(
    tool: Tool,
    task: Task,
    from: &From,
    workload: &Workload,
    server: &Server,
    database: &str,
    delay: Duration,
) -> Option<Measured> {
    if *from == From::Applied {
        tool.run(Task::Up, workload.path(), server.socket_dir(), database)?;
    }
    let run = |socket_dir: &Path| tool.run(task, workload.path(), socket_dir, database);
    if delay.is_zero() {
        return run(server.socket_dir());
    }
    let proxy = Proxy::new(server.socket(), delay);
    run(proxy.socket_dir())
}

impl Files {
    fn write(&self) -> Workload {
        match self {
            Files::Tables(count) => Workload::of_tables(*count),
            Files::Steps(count) => Workload::of_steps(*count, &|_| true),
            Files::WrongSteps(count) => Workload::of_steps(*count, &|number| number % 10 != 0),
            Files::Statements(count) => Workload::of_statements(*count),
            Files::Copy(megabytes) => Workload::of_copy(megabytes * 1_000_000).unwrap(),
        }
    }
}
