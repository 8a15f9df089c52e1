//! Everything that talks to a PostgreSQL server.

pub mod connect;
pub mod embedded;
