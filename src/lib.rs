//! pmdb migrates and seeds PostgreSQL.

pub mod migration;
pub mod postgres;
