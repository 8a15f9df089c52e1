//! The examples run as the documentation says, and what they print is true.

mod dynamic_list;
mod list_users;
mod migrate_at_startup;
mod n_plus_one;
mod playground;
mod run;
mod transactions;
mod write;
