//! Integration tests: one binary, a module per subject, on a real PostgreSQL server.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod bundled;
mod connect;
mod embedded;
mod file_format;
mod harness;
mod round_trips;
mod splitting;
mod splitting_properties;
mod support;
