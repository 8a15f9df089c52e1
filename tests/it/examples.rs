//! The examples run as the documentation says, and what they print is true.

mod explain;
mod list_users;
mod migrate_at_startup;
mod playground;
mod pooling;
mod run;
mod soft_delete;
