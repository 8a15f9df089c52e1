//! Integration tests: one binary, a module per subject, on a real PostgreSQL server.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod bundled;
mod commands;
mod connect;
mod embedded;
mod example;
mod file_format;
mod harness;
mod json_docs;
mod readme;
mod splitting;
mod splitting_properties;
mod support;
mod wording;
