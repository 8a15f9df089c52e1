//! How long pmdb takes, side by side with psql, and with dbmate where it is on the PATH.
//!
//! `cargo bench` runs all cases and prints a table; `cargo bench -- A F` runs these two. The tools take turns, so that
//! a slow moment of the machine hits all of them, and medians are compared. The server is a throw-away one with its
//! data in memory and nothing flushed: a disk would hide how the tools differ. psql has to be on the PATH.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark"
)]

mod cases;
#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../../tests/it/support/proxy.rs"]
mod proxy;
mod ready_rows;
mod server;
mod table;
mod tool;
mod workload;

use cases::CASES;
use server::Server;
use tool::Tool;

fn main() {
    // `cargo test --all-targets` starts benchmarks without this argument.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let chosen: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let server = Server::start();
    let tools: Vec<Tool> = [Tool::Pmdb, Tool::Psql, Tool::Dbmate].into_iter().filter(Tool::is_here).collect();
    let mut rows = Vec::new();
    for case in CASES {
        if chosen.is_empty() || chosen.iter().any(|letters| letters.contains(case.letter)) {
            eprintln!("{} {} …", case.letter, case.what);
            rows.push(table::row(case, &cases::run(case, &server, &tools)));
        }
    }
    println!("{}", table::render(rows));
}
