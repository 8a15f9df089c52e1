//! The examples run as the documentation says, and what they print is true.

mod constraints;
mod data_types;
mod dynamic_list;
mod explain;
mod list_users;
mod migrate_at_startup;
mod n_plus_one;
mod playground;
mod pooling;
mod roles;
mod run;
mod soft_delete;
mod transactions;
mod write;
