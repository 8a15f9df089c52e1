//! Integration tests: one binary, a module per subject, on a real PostgreSQL server.

// Clippy's own exception for tests does not reach helper functions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod connect;
