//! The `pmdb` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    pmdb::app::run(std::env::args_os())
}
