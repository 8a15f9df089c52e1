//! Integration tests: one binary, a module per subject, on a real PostgreSQL server.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod bundled;
mod connect;
mod copy;
mod embedded;
mod errors;
mod file_format;
mod harness;
mod interrupt;
mod isolation;
mod locking;
mod outside;
mod splitting;
mod splitting_properties;
mod support;
mod trouble;
