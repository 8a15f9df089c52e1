//! Integration tests: one binary, a module per subject, on a real PostgreSQL server.

// A helper of a test may panic as the test itself may, which clippy's own exception leaves out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod file_format;
mod splitting;
mod splitting_properties;
