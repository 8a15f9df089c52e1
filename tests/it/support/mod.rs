//! What the integration tests stand on: a server, databases, project folders, and the `pmdb` command.
#![allow(dead_code, unused_imports, reason = "the tests of the moment need not use all of it")]

mod browser;
mod citus;
mod command;
mod database;
mod filter;
mod held;
mod mirror;
mod needs;
mod pgbouncer;
mod project;
mod proxy;
mod random;
mod replicas;
mod rules_page;
mod running;
mod server;
mod setup;
mod side_by_side;
mod template;
mod trap;
mod wait;

pub use browser::Browser;
pub use command::{Outcome, Pmdb, assert_as_published};
pub use database::{Database, Rows, run_on as run_elsewhere, try_run_on as try_run_elsewhere};
pub use held::Held;
pub use mirror::{Delivery, Mirror};
pub use needs::{client_program, has_extension, is_at_least, missing, skipped};
pub use pgbouncer::PgBouncer;
pub use project::Project;
pub use proxy::{Load, Proxy, Traffic};
pub use random::Random;
pub use replicas::{Mode, Node, Replicas};
pub use rules_page::{assert_page_has_rules, filled};
pub use running::Running;
pub use server::{Server, binaries, server};
pub use setup::Setup;
pub use side_by_side::side_by_side;
pub use trap::Trap;
pub use wait::{PATIENCE, SetOnDrop, wait_until};
